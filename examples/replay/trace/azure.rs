//! Azure's trace of 2023: requests to a language model, with the lengths of prompts and answers.
//!
//! How long a request runs comes from a cost model fitted to measurements of Splitwise (Patel et al., ISCA 2024): llama2-70b on four A100
//! with 80 GB, one request at a time. A device of the replay is such a group of four.
//!
//! The trace knows neither classes nor deadlines. Each request is drawn into one of three classes, equally likely, and is due its own run
//! time and the patience of its class after it came.

use std::{io::Read, num::NonZeroUsize, time::Duration};

use maestria::Bytes;

use super::{
    Fault, Setup,
    column::{Table, scale, since_first},
};
use crate::{
    draw::draw,
    workload::{Class, Scene, Work, gpus},
};

/// Before the first word of an answer, whatever the prompt.
const FIRST: Duration = Duration::from_millis(40);
/// For every token of the prompt.
const PER_PROMPT_TOKEN: Duration = Duration::from_micros(200);
/// For every token of the answer.
const PER_TOKEN: Duration = Duration::from_micros(44_500);
/// Power of four A100 while they answer: 0.59 of 4 · 400 W.
const WATTS: f64 = 944.0;
/// Share of the devices that is asked for when `--load` does not say.
const LOAD: f64 = 0.9;

pub(super) fn read(text: impl Read, setup: &Setup) -> Result<Vec<Scene>, Fault> {
    let table = Table::new(text, &["TIMESTAMP", "ContextTokens", "GeneratedTokens"])?;
    let (mut moments, mut runs) = (Vec::new(), Vec::new());
    for row in table.rows() {
        let row = row?;
        moments.push(row.moment(0)?);
        runs.push(FIRST + PER_PROMPT_TOKEN * row.count(1)? + PER_TOKEN * row.count(2)?);
    }
    let devices = setup.devices.map_or(2, NonZeroUsize::get);
    let mut arrivals = since_first(&moments);
    scale(&mut arrivals, runs.iter().sum(), devices, setup.load.unwrap_or(LOAD));
    let work = arrivals.into_iter().zip(runs).enumerate().map(|(place, (arrival, run))| {
        let class = class(draw(setup.seed, 0, place as u64));
        Work {
            arrival,
            after: Vec::new(),
            model: None,
            run,
            class,
            due: (!setup.without_deadlines).then(|| arrival + run + patience(class)),
            joules: Some(run.as_secs_f64() * WATTS),
        }
    });
    let mut work: Vec<_> = work.collect();
    work.sort_by_key(|work| work.arrival);
    let name = "azure".to_owned();
    Ok(vec![Scene {
        name,
        devices: gpus(devices, Bytes::gib(320)),
        slots: 1,
        models: Vec::new(),
        work,
        plan: false,
        optimum: None,
    }])
}

fn class(drawn: f64) -> Class {
    let place = (drawn * Class::ALL.len() as f64) as usize;
    Class::ALL.get(place).copied().unwrap_or_default()
}

fn patience(class: Class) -> Duration {
    Duration::from_secs(match class {
        Class::Interactive => 10,
        Class::Standard => 30,
        Class::Batch => 120,
    })
}
