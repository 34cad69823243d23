//! The jobs that could start if there were room: one line per thing they wait for, each in the order of rank.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use maestria_vocabulary::{Bytes, Candidate, DeviceId, DeviceKind, Executor};
use priority_queue::PriorityQueue;

use crate::{JobId, rank::Rank};

/// What a job waits for. Jobs of one lane can be placed wherever any of them can, so that only the first of each needs a look.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Lane {
    /// Who would run it.
    pub(crate) executor: Executor,
    /// Memory that takes.
    pub(crate) memory: Bytes,
    /// Kinds of device that serve, best first; never empty.
    pub(crate) kinds: Vec<DeviceKind>,
    /// Devices on which it was tried in vain.
    pub(crate) barred: BTreeSet<DeviceId>,
}

impl Lane {
    pub(crate) fn new(candidate: &Candidate, barred: &BTreeSet<DeviceId>) -> Self {
        let needs = &candidate.needs;
        let kinds = if needs.devices.is_empty() { vec![DeviceKind::Cpu] } else { needs.devices.clone() };
        Self { executor: candidate.executor.clone(), memory: needs.memory, kinds, barred: barred.clone() }
    }

    /// How much this device is preferred, zero being best; nothing when it does not serve.
    pub(crate) fn preference(&self, id: &DeviceId, kind: DeviceKind) -> Option<usize> {
        if self.barred.contains(id) { None } else { self.kinds.iter().position(|&served| served == kind) }
    }
}

/// The first job of a lane.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head<'a> {
    pub(crate) lane: &'a Lane,
    pub(crate) job: &'a JobId,
    pub(crate) rank: Rank,
}

/// Jobs whose predecessors have succeeded and that do not run. Entering, leaving and looking at the heads cost `O(log n)` in the number
/// of jobs and `O(l log l)` in the number of lanes.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    lines: HashMap<Lane, Line>,
}

#[derive(Debug, Default)]
struct Line {
    jobs: PriorityQueue<JobId, Reverse<Rank>>,
    work: Duration,
}

impl Line {
    fn head<'a>(&'a self, lane: &'a Lane) -> Option<Head<'a>> {
        self.jobs.peek().map(|(job, &Reverse(rank))| Head { lane, job, rank })
    }
}

impl Queue {
    /// Adds a job that is expected to run for `run`.
    pub(crate) fn enter(&mut self, lane: Lane, job: JobId, rank: Rank, run: Duration) {
        let line = self.lines.entry(lane).or_default();
        if line.jobs.push(job, Reverse(rank)).is_none() {
            line.work = line.work.saturating_add(run);
        }
    }

    /// Removes a job, if it is there.
    pub(crate) fn leave(&mut self, lane: &Lane, job: &JobId, run: Duration) {
        let Some(line) = self.lines.get_mut(lane) else { return };
        if line.jobs.remove(job).is_some() {
            line.work = line.work.saturating_sub(run);
        }
        if line.jobs.is_empty() {
            self.lines.remove(lane);
        }
    }

    /// The first job of every lane, in the order of rank.
    pub(crate) fn heads(&self) -> Vec<Head<'_>> {
        let mut heads: Vec<_> = self.lines.iter().filter_map(|(lane, line)| line.head(lane)).collect();
        heads.sort_unstable_by_key(|head| head.rank);
        heads
    }

    /// The lanes, each with the time that its jobs are expected to run.
    pub(crate) fn lanes(&self) -> impl Iterator<Item = (&Lane, Duration)> {
        self.lines.iter().map(|(lane, line)| (lane, line.work))
    }

    /// The jobs of the lanes that `wanted` chooses.
    pub(crate) fn jobs_in(&self, wanted: impl Fn(&Lane) -> bool) -> Vec<JobId> {
        let lines = self.lines.iter().filter(|(lane, _)| wanted(lane));
        lines.flat_map(|(_, line)| line.jobs.iter().map(|(job, _)| job.clone())).collect()
    }
}
