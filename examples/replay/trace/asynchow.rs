//! AsyncHow: plans of everyday tasks, with how long each step takes and which come before it (Lin et al., ICML 2024).

use std::{collections::BTreeMap, io::BufRead, num::NonZeroUsize, time::Duration};

use serde::Deserialize;

use super::{Fault, Setup, column::LONGEST, json_lines};
use crate::workload::{Class, Scene, Work, cpu};

#[derive(Debug, Deserialize)]
struct Record {
    titles: String,
    edge_list: Vec<(String, String)>,
    /// Least and most seconds of every step; the most are taken, since the least of all steps do not always add up to the least of the whole.
    timedelta_dic: BTreeMap<String, (f64, f64)>,
    /// Least and most seconds of the whole.
    task_time: Option<(f64, f64)>,
}

pub(super) fn read(text: impl BufRead, setup: &Setup) -> Result<Vec<Scene>, Fault> {
    json_lines(text)?.into_iter().map(|(line, record)| scene(line, record, setup)).collect()
}

fn scene(line: u64, record: Record, setup: &Setup) -> Result<Scene, Fault> {
    let places: BTreeMap<&str, usize> =
        record.timedelta_dic.keys().enumerate().map(|(place, step)| (step.as_str(), place)).collect();
    let mut work = Vec::new();
    for (step, &(_, seconds)) in &record.timedelta_dic {
        let run = Duration::try_from_secs_f64(seconds).ok().filter(|&run| run < LONGEST);
        let Some(run) = run else {
            let problem = format!("`timedelta_dic`: step {step} takes {seconds}, which is no number of seconds");
            return Err(Fault { line, problem });
        };
        work.push(Work {
            arrival: Duration::ZERO,
            after: Vec::new(),
            model: None,
            run,
            class: Class::default(),
            due: None,
            joules: None,
        });
    }
    for (before, step) in &record.edge_list {
        let place = |name: &str| match name {
            "START" | "END" => Ok(None),
            name => places.get(name).copied().map(Some).ok_or_else(|| Fault {
                line,
                problem: format!("`edge_list`: step {name} has no duration in `timedelta_dic`"),
            }),
        };
        if let (Some(before), Some(step)) = (place(before)?, place(step)?)
            && let Some(step) = work.get_mut(step)
        {
            step.after.push(before);
        }
    }
    let optimum = record.task_time.and_then(|(_, seconds)| Duration::try_from_secs_f64(seconds).ok());
    let slots = setup.workers.map_or(work.len().max(1), NonZeroUsize::get);
    Ok(Scene { name: record.titles, devices: cpu(), slots, models: Vec::new(), work, plan: true, optimum })
}
