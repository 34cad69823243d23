//! What a job waits for: jobs of one lane can be placed wherever any of them can, so that only the first of each needs a look.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    time::Duration,
};

use maestria_vocabulary::{Bytes, DeviceId, DeviceKind, Executor, ModelId};

use crate::{devices::Devices, rank::Rank, slab::Ticket, way::Way};

/// The place of a lane in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LaneId(pub(crate) u32);

/// What the jobs of a lane have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Lane {
    /// Who would run them.
    pub(crate) executor: Executor,
    /// Memory that the executor takes: of a model while it is resident, of a tool while it runs, and none of a remote model.
    pub(crate) memory: Bytes,
    pub(crate) kinds: Kinds,
    /// Devices on which it was tried in vain.
    pub(crate) barred: BTreeSet<DeviceId>,
    pub(crate) shape: Shape,
}

/// Kinds of device that serve, best first. There are but two on one machine, so that two places hold every list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Kinds {
    best: DeviceKind,
    other: Option<DeviceKind>,
}

impl Kinds {
    pub(crate) const PROCESSOR: Self = Self { best: DeviceKind::Cpu, other: None };

    pub(crate) fn new(kinds: &[DeviceKind]) -> Self {
        let Some(&best) = kinds.first() else { return Self::PROCESSOR };
        let here = |&kind: &DeviceKind| best != DeviceKind::Remote && kind != DeviceKind::Remote;
        Self { best, other: kinds.iter().copied().filter(here).find(|&kind| kind != best) }
    }

    /// Whether another machine does the work.
    fn are_remote(self) -> bool {
        self.best == DeviceKind::Remote
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = DeviceKind> {
        std::iter::once(self.best).chain(self.other)
    }
}

/// What an attempt is like, beside who makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Shape {
    /// Memory that an attempt takes beside that of its executor.
    pub(crate) working: Bytes,
    /// The key and the class of sizes of jobs that may share an attempt.
    pub(crate) batch: Option<(u64, u32)>,
    /// Whether it may be done in parts.
    pub(crate) splits: bool,
}

impl Lane {
    pub(crate) fn new(way: &Way, shape: Shape) -> Self {
        let kinds = way.kinds;
        let (memory, working) =
            if kinds.are_remote() { (Bytes::ZERO, Bytes::ZERO) } else { (way.memory, shape.working) };
        let (executor, shape) = (way.executor.clone(), Shape { working, ..shape });
        Self { executor, memory, kinds, barred: BTreeSet::new(), shape }
    }

    /// The model that must be in the memory of a device for an attempt; none of a tool, nor of a model that another machine answers for.
    pub(crate) fn resident(&self) -> Option<&ModelId> {
        match &self.executor {
            Executor::Model(model) if !self.kinds.are_remote() => Some(model),
            Executor::Model(_) | Executor::Tool(_) => None,
        }
    }

    /// How much this device is preferred, zero being best; nothing when it does not serve.
    pub(crate) fn preference(&self, id: &DeviceId, kind: DeviceKind) -> Option<usize> {
        let answers = || matches!(&self.executor, Executor::Model(model) if id.answers_for(model));
        if self.barred.contains(id) || kind == DeviceKind::Remote && !answers() {
            return None;
        }
        self.kinds.iter().position(|served| served == kind)
    }

    /// Memory that must be there for the first job to run where nothing is yet.
    pub(crate) fn all_memory(&self) -> Bytes {
        self.memory + self.shape.working
    }

    /// Memory that an attempt at one job takes while it runs.
    pub(crate) fn attempt_memory(&self) -> Bytes {
        match self.executor {
            Executor::Model(_) => self.shape.working,
            Executor::Tool(_) => self.all_memory(),
        }
    }
}

/// The jobs that wait in one lane, in the order of rank.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) lane: Lane,
    jobs: BTreeMap<Rank, Ticket>,
    /// The first of the jobs, which is asked for far more often than it changes.
    head: Option<(Rank, Ticket)>,
    /// How long the jobs are expected to run, by their ranks, coarsely.
    work: BTreeMap<i64, (Duration, u32)>,
    total: Duration,
    reach: Reach,
}

/// Where the jobs of a lane could run, as the devices were at a certain epoch; places are those in [`Devices`].
#[derive(Debug, Clone, Default)]
pub(crate) struct Reach {
    epoch: u64,
    /// Devices that serve and could hold what it needs if nothing else were there; best kind first.
    pub(crate) eligible: Vec<(usize, usize)>,
    /// Those of them that its model is on, or on its way to.
    pub(crate) hosts: Vec<usize>,
    /// Those of them where it can be used.
    pub(crate) ready: Vec<usize>,
}

/// Jobs that are added up one by one.
const FEW: u32 = 64;

impl Line {
    pub(crate) fn new(lane: Lane) -> Self {
        Self {
            lane,
            jobs: BTreeMap::new(),
            head: None,
            work: BTreeMap::new(),
            total: Duration::ZERO,
            reach: Reach::default(),
        }
    }

    pub(crate) fn head(&self) -> Option<(Rank, Ticket)> {
        self.head
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Ticket> {
        self.jobs.values().copied()
    }

    pub(crate) fn insert(&mut self, rank: Rank, ticket: Ticket, run: Duration) {
        if self.jobs.insert(rank, ticket).is_none() {
            let (work, jobs) = self.work.entry(rank.coarse()).or_default();
            *work = work.saturating_add(run);
            *jobs += 1;
            self.total = self.total.saturating_add(run);
            let new = (rank, ticket);
            self.head = Some(self.head.map_or(new, |head| head.min(new)));
        }
    }

    /// Takes a job out that was expected to run for `run`.
    pub(crate) fn remove(&mut self, rank: Rank, run: Duration) {
        if self.jobs.remove(&rank).is_none() {
            return;
        }
        if self.head.is_some_and(|(head, _)| head == rank) {
            self.head = self.jobs.first_key_value().map(|(&rank, &ticket)| (rank, ticket));
        }
        self.total = self.total.saturating_sub(run);
        if let Entry::Occupied(mut slot) = self.work.entry(rank.coarse()) {
            let (work, jobs) = slot.get_mut();
            *work = work.saturating_sub(run);
            *jobs -= 1;
            if *jobs == 0 {
                slot.remove();
            }
        }
    }

    /// How long all its jobs are expected to run.
    pub(crate) fn work(&self) -> Duration {
        self.total
    }

    /// How long the jobs that go before this rank are expected to run, when each runs as long as `run` says. Where there are many of
    /// nearly this rank, they are taken to be spread evenly.
    pub(crate) fn work_before(&self, rank: Rank, run: impl Fn(Ticket) -> Duration) -> Duration {
        if self.jobs.last_key_value().is_none_or(|(&last, _)| last < rank) {
            return self.total;
        }
        let coarse = rank.coarse();
        let before = self.work.range(..coarse).fold(Duration::ZERO, |sum, (_, &(work, _))| sum.saturating_add(work));
        let near = match self.work.get(&coarse) {
            None => Duration::ZERO,
            Some(&(work, jobs)) if jobs > FEW => work.mul_f64(rank.fraction()),
            Some(_) => {
                let near = self.jobs.range(rank.first_alike()..rank);
                near.fold(Duration::ZERO, |sum, (_, &job)| sum.saturating_add(run(job)))
            }
        };
        before.saturating_add(near)
    }

    /// Where its jobs could run when it was last [refreshed](Self::refresh).
    pub(crate) fn reach(&self) -> &Reach {
        &self.reach
    }

    /// Where its jobs could run.
    pub(crate) fn current_reach(&self, devices: &Devices) -> Cow<'_, Reach> {
        if self.reach.epoch == devices.epoch() {
            Cow::Borrowed(&self.reach)
        } else {
            Cow::Owned(Reach::new(&self.lane, devices))
        }
    }

    /// Looks again where its jobs could run, if the devices have changed since.
    pub(crate) fn refresh(&mut self, devices: &Devices) {
        if self.reach.epoch != devices.epoch() {
            self.reach = Reach::new(&self.lane, devices);
        }
    }
}

impl Reach {
    pub(crate) fn new(lane: &Lane, devices: &Devices) -> Self {
        let mut reach = Self { epoch: devices.epoch(), ..Self::default() };
        for (place, device) in devices.iter().enumerate() {
            let Some(preference) = lane.preference(device.id(), device.kind()) else { continue };
            let hosts = device.hosts(&lane.executor);
            let own = device.held_by(&lane.executor).unwrap_or(lane.memory);
            let fits = own + lane.shape.working <= device.account().capacity();
            // What is there already can be used, whatever others took since.
            if fits || hosts && lane.shape.working == Bytes::ZERO {
                reach.eligible.push((preference, place));
            }
        }
        reach.eligible.sort_unstable();
        let hosts = |place: &usize| devices.at(*place).is_some_and(|device| device.hosts(&lane.executor));
        reach.hosts = reach.places().filter(hosts).collect();
        let ready = |place: &usize| devices.at(*place).is_some_and(|device| device.is_ready(&lane.executor));
        reach.ready = reach.hosts.iter().copied().filter(ready).collect();
        reach
    }

    /// The devices by preference of their kind.
    pub(crate) fn places(&self) -> impl Iterator<Item = usize> {
        self.eligible.iter().map(|&(_, place)| place)
    }
}

#[cfg(test)]
mod tests {
    use maestria_vocabulary::{Candidate, Expected, Needs, Timestamp};
    use proptest::prelude::*;

    use super::*;
    use crate::{Job, JobId, Settings, settings::Order, slab::Slab};

    /// Tickets and ranks of jobs that come at these milliseconds, first come, first served.
    fn ranked(arrivals: &[u64]) -> Vec<(Rank, Ticket)> {
        let settings = Settings { order: Order::Fifo, ..Settings::default() };
        let mut slab = Slab::default();
        let id = JobId { run: "r".parse().unwrap(), step: "s".parse().unwrap() };
        let rank = |(sequence, &millis): (u64, &u64)| {
            let arrival = Timestamp::from_epoch(Duration::from_millis(millis));
            let job = Job::new(id.clone(), Vec::new());
            let rank = Rank::new(&job, arrival, sequence, &settings);
            (rank, slab.vacancy().unwrap())
        };
        (0..).zip(arrivals).map(rank).collect()
    }

    fn line() -> Line {
        let executor = Executor::Tool("t".parse().unwrap());
        let candidate = Candidate { executor, needs: Needs::default(), expected: Expected::default() };
        Line::new(Lane::new(&Way::from(candidate), Shape::default()))
    }

    proptest! {
        /// Against the jobs in a plain list.
        #[test]
        fn a_line_knows_its_first_job_and_the_work_before_each(
            jobs in prop::collection::vec((0..30_000_u64, 0..5_000_u64, any::<bool>()), 1..60),
        ) {
            let arrivals: Vec<u64> = jobs.iter().map(|&(arrival, ..)| arrival).collect();
            let mut line = line();
            let mut left: Vec<(Rank, Ticket, Duration)> = Vec::new();
            for ((rank, ticket), &(_, millis, _)) in ranked(&arrivals).into_iter().zip(&jobs) {
                line.insert(rank, ticket, Duration::from_millis(millis));
                left.push((rank, ticket, Duration::from_millis(millis)));
                prop_assert_eq!(line.head(), left.iter().map(|&(rank, ticket, _)| (rank, ticket)).min());
            }
            let all = left.clone();
            for (&(rank, _, run), _) in all.iter().zip(&jobs).filter(|(_, job)| job.2) {
                line.remove(rank, run);
                left.retain(|job| job.0 != rank);
                prop_assert_eq!(line.head(), left.iter().map(|&(rank, ticket, _)| (rank, ticket)).min());
            }
            prop_assert_eq!(line.work(), left.iter().map(|job| job.2).sum());
            let run = |wanted| left.iter().find(|job| job.1 == wanted).unwrap().2;
            for (rank, ..) in all {
                let before = left.iter().filter(|job| job.0 < rank).map(|job| job.2).sum();
                prop_assert_eq!(line.work_before(rank, run), before);
            }
            for (rank, _, run) in left {
                line.remove(rank, run);
            }
            prop_assert!(line.work.is_empty() && line.work() == Duration::ZERO);
        }
    }

    /// What is nearly of one rank, the first 2^32 ns, is added up job by job as long as it is little, and then taken to be spread evenly.
    #[test]
    fn the_work_of_many_jobs_of_nearly_one_rank_is_estimated() {
        let second = Duration::from_secs(1);
        let check = |jobs: u64, expected: Duration| {
            let mut line = line();
            let arrivals: Vec<u64> = (0..jobs).chain([60_000]).collect();
            let ranks = ranked(&arrivals);
            for &(rank, ticket) in &ranks {
                line.insert(rank, ticket, second);
            }
            let (middle, _) = ranked(&[2_000])[0];
            let told = line.work_before(middle, |_| second);
            assert!(told.abs_diff(expected) < Duration::from_micros(1), "{told:?} {expected:?}");
        };
        check(64, 64 * second);
        check(65, 65 * second.mul_f64(2e9 / 32_f64.exp2()));
    }
}
