//! Time passes: jobs that come at certain times, on one device that is contended for, until all have run.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    time::Duration,
};

use maestria_scheduler::{Decision, Event, Finish, JobId, Priority, Scheduler, Settings};
use maestria_vocabulary::{DeviceId, ModelId, Timestamp};

use crate::stage::*;

/// Models that there are.
pub(crate) const MODELS: usize = 6;

const NAMES: [&str; MODELS] = ["a", "b", "c", "d", "e", "f"];
/// Memory of each.
const MEMORY: u64 = 6;

/// A job that comes. Times are in milliseconds.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    pub(crate) at: u64,
    /// Less than [`MODELS`].
    pub(crate) model: usize,
    pub(crate) points: i8,
    pub(crate) due_in: Option<u64>,
    pub(crate) runs: u64,
}

/// The device, with models that are all alike.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Floor {
    /// Models that fit at the same time.
    pub(crate) models: u64,
    /// Milliseconds that loading each model takes, as is expected of it.
    pub(crate) loads: [u64; MODELS],
    /// Milliseconds until the memory of a model that leaves is free.
    pub(crate) unload: u64,
}

/// What became of a job that ran: when it came, began and ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told {
    pub(crate) came: u64,
    pub(crate) began: u64,
    pub(crate) ended: u64,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Happening {
    Arrives(usize),
    Loaded(ModelId, DeviceId),
    Unloaded(ModelId, DeviceId),
    Ends(JobId),
}

/// Plays jobs, which are expected to take what they take; gives what became of each, in the order of `arrivals`.
pub(crate) fn simulate(arrivals: &[Arrival], floor: Floor, settings: &Settings) -> Vec<Told> {
    let mut scheduler = Scheduler::new(settings.clone());
    let mut happenings: BinaryHeap<Reverse<(u64, Happening)>> =
        arrivals.iter().enumerate().map(|(which, arrival)| Reverse((arrival.at, Happening::Arrives(which)))).collect();
    scheduler.handle(device("cuda:0", floor.models * MEMORY), Timestamp::ZERO).unwrap();
    let (mut began, mut told) = (BTreeMap::new(), BTreeMap::new());
    let (mut now, mut wake) = (0, None);
    loop {
        let next = happenings.peek().map(|Reverse((at, _))| *at);
        now = match (next, wake) {
            (None, None) => break,
            (next, wake) => next.into_iter().chain(wake).min().unwrap().max(now),
        };
        if next == Some(now) {
            let Reverse((_, happening)) = happenings.pop().unwrap();
            let event = match happening {
                Happening::Arrives(which) => {
                    let Arrival { model: name, points, due_in, runs, .. } = arrivals[which];
                    let mut candidate = model(NAMES[name], MEMORY, GPU);
                    candidate.expected.load = Duration::from_millis(floor.loads[name]);
                    candidate.expected.run = Duration::from_millis(runs);
                    let mut job = job(&format!("r{which}/s"), [candidate]);
                    job.priority = Priority(points);
                    job.deadline = due_in.map(|millis| time(now + 3_600_000 + millis));
                    Event::Submit(vec![job])
                }
                Happening::Loaded(model, device) => Event::Loaded { model, device },
                Happening::Unloaded(model, device) => Event::Unloaded { model, device },
                Happening::Ends(job) => Event::Finished { job, how: Finish::Succeeded },
            };
            scheduler.handle(event, time(now)).unwrap();
        }
        wake = loop {
            match scheduler.poll(time(now)) {
                Decision::Start { batch, .. } => {
                    let which = number(&batch[0].job);
                    began.insert(which, now);
                    happenings.push(Reverse((now + arrivals[which].runs, Happening::Ends(batch[0].job.clone()))));
                }
                Decision::Load { model, device, .. } => {
                    let which = NAMES.iter().position(|name| *name == model.as_str()).unwrap();
                    happenings.push(Reverse((now + floor.loads[which], Happening::Loaded(model, device))));
                }
                Decision::Unload { model, device } => {
                    happenings.push(Reverse((now + floor.unload, Happening::Unloaded(model, device))));
                }
                Decision::End { job, .. } => {
                    let which = number(&job);
                    told.insert(which, Told { came: arrivals[which].at, began: began[&which], ended: now });
                }
                Decision::Wait { until } => {
                    assert!(until.is_none_or(|until| until > time(now)), "{until:?} is not to come");
                    break until.map(|until| until.since_epoch().as_millis() as u64);
                }
                Decision::Idle => break None,
                Decision::Stop { .. } | Decision::Degrade { .. } => {}
            }
        };
    }
    assert_eq!(told.len(), arrivals.len(), "every job runs");
    told.into_values().collect()
}

fn time(millis: u64) -> Timestamp {
    Timestamp::from_epoch(Duration::from_millis(millis))
}

fn number(job: &JobId) -> usize {
    job.run.as_str()[1..].parse().unwrap()
}
