//! A job on its way: which candidate it is at, where it was tried, what it was made to do with less of, and the attempt under way.

mod parts;

use std::{collections::BTreeSet, time::Duration};

use maestria_vocabulary::{Bytes, DeviceId, Timestamp};

use self::parts::{Parts, rounded_up};
use crate::{
    Job, JobId, Split,
    attempt::AttemptId,
    job::Batch,
    jobs::{Books, Fate},
    lane::{Kinds, Lane, LaneId, Shape},
    rank::Rank,
    slab::Ticket,
    way::{Way, Ways},
    yardstick::Promise,
};

/// A job, and what is remembered of it as a step of its run once it has ended.
///
/// Invariant: there is a current way until the job ends.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) id: JobId,
    pub(crate) rank: Rank,
    pub(crate) deadline: Option<Timestamp>,
    timeout: Option<Duration>,
    ways: Ways,
    /// What sets it apart from most jobs.
    terms: Option<Box<Terms>>,
    /// When to look at it again: when it is too late to start, or has run for too long. The timers know it too.
    pub(crate) timer: Option<Timestamp>,
    /// When it entered the queue.
    pub(crate) ready: Timestamp,
    /// When it starts at the latest, as far as others are let before it to spare a swap; until an attempt begins.
    pub(crate) promise: Option<Box<Promise>>,
    pub(crate) followers: Vec<Ticket>,
    /// The step that its run took on before it.
    pub(crate) next: Option<Ticket>,
    /// The first step of its run, where it is another.
    pub(crate) first: Option<Ticket>,
    /// Of its run, where it is the first.
    pub(crate) books: Books,
    pub(crate) attempt: Option<AttemptId>,
    /// Where it waits.
    pub(crate) lane: Option<LaneId>,
    /// Predecessors that have not succeeded yet.
    pub(crate) unmet: u32,
    at: u32,
    pub(crate) fate: Fate,
    /// Whether an attempt or a load was made in vain.
    failed: bool,
    /// Whether the driver was told to stop the attempt.
    pub(crate) stopping: bool,
    /// Whether it was made to give way in overload.
    pub(crate) degraded: bool,
    /// Whether its priority allows that.
    pub(crate) critical: bool,
}

/// What few jobs have, or come to have.
#[derive(Debug, Default)]
struct Terms {
    working: Bytes,
    batch: Option<Batch>,
    /// Most jobs in a batch with it.
    most: Option<usize>,
    parts: Option<Parts>,
    barred: BTreeSet<DeviceId>,
    /// Whether it only runs on processors from now on.
    processor: bool,
}

impl Entry {
    pub(crate) fn new(job: Job, rank: Rank, critical: bool) -> Self {
        let terms = job.batch.map(|batch| Box::new(Terms { batch: Some(batch), ..Terms::default() }));
        let mut entry = Self {
            id: job.id,
            rank,
            deadline: job.deadline,
            timeout: job.timeout,
            ways: Ways::new(job.candidates),
            terms,
            timer: None,
            ready: Timestamp::ZERO,
            promise: None,
            followers: Vec::new(),
            next: None,
            first: None,
            books: Books::default(),
            attempt: None,
            lane: None,
            unmet: 0,
            at: 0,
            fate: Fate::Open,
            failed: false,
            stopping: false,
            degraded: false,
            critical,
        };
        entry.take(job.working, job.split);
        entry
    }

    /// Takes so much memory to work in from now on, and is done in such parts.
    pub(crate) fn take(&mut self, working: Bytes, split: Option<Split>) {
        let parts = split.and_then(Parts::new);
        if self.terms.is_some() || working > Bytes::ZERO || parts.is_some() {
            let terms = self.terms_mut();
            (terms.working, terms.parts) = (working, parts);
        }
    }

    /// Drops what only matters until the end.
    pub(crate) fn forget_work(&mut self) {
        self.ways = Ways::default();
        self.terms = None;
    }

    pub(crate) fn ways(&self) -> &Ways {
        &self.ways
    }

    /// The way whose turn it is.
    pub(crate) fn way(&self) -> Option<&Way> {
        self.ways.get(self.at())
    }

    /// Which candidate that is.
    pub(crate) fn at(&self) -> usize {
        self.at as usize
    }

    /// The ways behind it, with the places of their candidates.
    pub(crate) fn ways_behind(&self) -> impl Iterator<Item = (usize, &Way)> {
        self.ways.iter().enumerate().skip(self.at() + 1)
    }

    /// Time that its next attempt is expected to take: of the whole, or of the next part.
    pub(crate) fn run(&self) -> Duration {
        let whole = self.way().map_or(Duration::ZERO, |way| way.run);
        match self.parts() {
            Some(parts) => whole.saturating_mul(parts.next) / parts.split.units.max(1),
            None => whole,
        }
    }

    /// What is left of a time that the whole job is expected to take.
    pub(crate) fn left(&self, whole: Duration) -> Duration {
        match self.parts() {
            Some(parts) => whole.saturating_mul(parts.left()) / parts.split.units.max(1),
            None => whole,
        }
    }

    /// What it waits for.
    pub(crate) fn lane(&self) -> Option<Lane> {
        let mut lane = self.lane_by(self.way()?);
        if let Some(terms) = &self.terms {
            lane.barred.clone_from(&terms.barred);
            if terms.processor {
                lane.kinds = Kinds::PROCESSOR;
            }
        }
        Some(lane)
    }

    /// What it would wait for another way, had it not been tried.
    pub(crate) fn lane_by(&self, way: &Way) -> Lane {
        Lane::new(way, self.shape())
    }

    fn shape(&self) -> Shape {
        let Some(terms) = &self.terms else { return Shape::default() };
        let splits = terms.parts.is_some();
        let working = terms.parts.map_or_else(|| rounded_up(terms.working), |parts| self.working_for(parts.next));
        Shape { working, batch: terms.batch.map(Batch::class).filter(|_| !splits), splits }
    }

    /// What may share an attempt with it.
    pub(crate) fn batch(&self) -> Option<Batch> {
        self.terms.as_ref().and_then(|terms| terms.batch)
    }

    /// Most jobs in an attempt, this one included.
    pub(crate) fn batch_cap(&self) -> usize {
        self.terms.as_ref().and_then(|terms| terms.most).unwrap_or(usize::MAX)
    }

    /// Never runs in an attempt of more jobs than these.
    pub(crate) fn cap_batch(&mut self, most: usize) {
        self.terms_mut().most = Some(most);
    }

    /// Takes the next candidate; false when there is none.
    pub(crate) fn advance(&mut self) -> bool {
        self.advance_to(self.at as usize + 1)
    }

    /// Takes this candidate; false when there is none.
    pub(crate) fn advance_to(&mut self, at: usize) -> bool {
        self.at = u32::try_from(at).unwrap_or(u32::MAX);
        if let Some(terms) = &mut self.terms {
            terms.barred.clear();
            terms.processor = false;
        }
        self.way().is_some()
    }

    /// Never tries the current candidate on this device again.
    pub(crate) fn bar(&mut self, device: DeviceId) {
        self.terms_mut().barred.insert(device);
    }

    /// Runs the current candidate on processors only; false when it already does, or cannot.
    pub(crate) fn keep_to_processors(&mut self) -> bool {
        let serves = self.way().is_some_and(Way::runs_on_processor);
        let change = serves && !self.terms.as_ref().is_some_and(|terms| terms.processor);
        if change {
            self.terms_mut().processor = true;
        }
        change
    }

    fn terms_mut(&mut self) -> &mut Terms {
        self.terms.get_or_insert_default()
    }

    /// Notes that an attempt or a load was made in vain.
    pub(crate) fn note_failure(&mut self) {
        self.failed = true;
    }

    /// Whether an attempt or a load was made in vain.
    pub(crate) fn has_failed(&self) -> bool {
        self.failed
    }

    /// Least time that any candidate left is expected to run, for what is not done.
    pub(crate) fn quickest(&self) -> Duration {
        let ways = self.ways.iter().skip(self.at());
        ways.map(|way| self.left(way.run)).min().unwrap_or_default()
    }

    /// When the job is too late unless it has started.
    pub(crate) fn latest_start(&self) -> Option<Timestamp> {
        let deadline = self.deadline?;
        Some(Timestamp::from_epoch(deadline.since_epoch().saturating_sub(self.quickest())))
    }

    /// When an attempt that starts at `now` has run for too long.
    pub(crate) fn latest_end(&self, now: Timestamp) -> Option<Timestamp> {
        let timeout = self.timeout.map(|timeout| now + timeout);
        timeout.into_iter().chain(self.deadline).min()
    }
}

#[cfg(test)]
mod tests {
    use maestria_vocabulary::{Candidate, Executor, Expected, Needs};

    use super::*;
    use crate::Settings;

    /// A job with three candidates, each twice as quick as the one before.
    fn entry(change: impl Fn(Job) -> Job) -> Entry {
        let id = JobId { run: "r".parse().unwrap(), step: "s".parse().unwrap() };
        let candidate = |seconds| Candidate {
            executor: Executor::Tool("t".parse().unwrap()),
            needs: Needs::default(),
            expected: Expected { run: Duration::from_secs(seconds), ..Expected::default() },
        };
        let job = change(Job::new(id, [40, 20, 10].map(candidate).into()));
        let rank = Rank::new(&job, Timestamp::ZERO, 0, &Settings::default());
        Entry::new(job, rank, false)
    }

    #[test]
    fn candidates_are_taken_one_after_the_other() {
        let mut entry = entry(|job| job);
        let behind = |entry: &Entry| entry.ways_behind().map(|(at, _)| at).collect::<Vec<_>>();
        for (at, expected) in [(0, &[1, 2][..]), (1, &[2]), (2, &[])] {
            assert_eq!((entry.at(), behind(&entry)), (at, expected.to_vec()));
            assert_eq!(entry.advance(), at < 2);
        }
        assert!(entry.way().is_none());
    }

    #[test]
    fn what_has_ended_keeps_nothing_of_its_work() {
        let mut entry = entry(|job| job.with_working_memory(Bytes(1)));
        entry.forget_work();
        assert!(entry.ways().iter().next().is_none());
        assert!(entry.terms.is_none());
    }

    #[test]
    fn an_attempt_ends_by_its_timeout_or_the_deadline_whichever_comes_first() {
        let at = |seconds| Timestamp::from_epoch(Duration::from_secs(seconds));
        let check = |timeout: Option<u64>, deadline: Option<u64>, expected: Option<u64>| {
            let timeout = timeout.map(Duration::from_secs);
            let entry = entry(|job| Job { timeout, deadline: deadline.map(at), ..job });
            assert_eq!(entry.latest_end(at(100)), expected.map(at));
            // The quickest candidate takes ten seconds.
            assert_eq!(entry.latest_start(), deadline.map(|due| at(due - 10)));
        };
        check(None, None, None);
        check(Some(5), None, Some(105));
        check(Some(5), Some(107), Some(105));
        check(Some(9), Some(107), Some(107));
    }
}
