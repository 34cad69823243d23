//! WfInstances: scientific workflows as they were executed, with the run time of every task (Coleman et al., FGCS 2022).

use std::{
    collections::{BTreeSet, HashMap},
    io::BufRead,
    num::NonZeroUsize,
    time::Duration,
};

use serde::Deserialize;

use super::{Fault, Setup, column::LONGEST, json_lines};
use crate::workload::{Class, Scene, Work, cpu};

/// Tasks that run at once when `--workers` does not say.
const WORKERS: usize = 4;

#[derive(Debug, Deserialize)]
struct Workflow {
    name: String,
    tasks: Vec<Task>,
}

#[derive(Debug, Deserialize)]
struct Task {
    id: String,
    parents: Vec<String>,
    runtime_s: f64,
}

pub(super) fn read(text: impl BufRead, setup: &Setup) -> Result<Vec<Scene>, Fault> {
    json_lines(text)?.into_iter().map(|(line, workflow)| scene(line, workflow, setup)).collect()
}

fn scene(line: u64, workflow: Workflow, setup: &Setup) -> Result<Scene, Fault> {
    let fault = |problem: String| Fault { line, problem };
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (place, task) in workflow.tasks.iter().enumerate() {
        if places.insert(&task.id, place).is_some() {
            return Err(fault(format!("`tasks`: there are two of the name {}", task.id)));
        }
    }
    let mut work = Vec::new();
    for task in &workflow.tasks {
        let run = Duration::try_from_secs_f64(task.runtime_s).ok().filter(|&run| run < LONGEST);
        let run = run.ok_or_else(|| {
            fault(format!("`runtime_s` of task {}: {} is no number of seconds", task.id, task.runtime_s))
        })?;
        let mut after = BTreeSet::new();
        for parent in &task.parents {
            let place = places.get(parent.as_str());
            after.insert(*place.ok_or_else(|| fault(format!("`parents` of task {}: there is no {parent}", task.id)))?);
        }
        work.push(Work {
            arrival: Duration::ZERO,
            after: after.into_iter().collect(),
            model: None,
            run,
            class: Class::default(),
            due: None,
            joules: None,
        });
    }
    let slots = setup.workers.map_or(WORKERS, NonZeroUsize::get);
    Ok(Scene { name: workflow.name, devices: cpu(), slots, models: Vec::new(), work, plan: true, optimum: None })
}
