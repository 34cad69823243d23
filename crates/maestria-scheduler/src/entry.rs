//! A job on its way: which candidate it is at, where it was tried, and the attempt under way.

use std::{collections::BTreeSet, time::Duration};

use maestria_vocabulary::{Candidate, DeviceId, Executor, Timestamp};

use crate::{Job, device::Seat, queue::Lane, rank::Rank};

/// A job that has not ended.
///
/// Invariant: there is a current candidate until the job ends.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) job: Job,
    pub(crate) rank: Rank,
    at: usize,
    barred: BTreeSet<DeviceId>,
    failed: bool,
}

impl Entry {
    pub(crate) fn new(job: Job, rank: Rank) -> Self {
        Self { job, rank, at: 0, barred: BTreeSet::new(), failed: false }
    }

    /// The candidate whose turn it is, with its index.
    pub(crate) fn candidate(&self) -> Option<(usize, &Candidate)> {
        self.job.candidates.get(self.at).map(|candidate| (self.at, candidate))
    }

    /// What it waits for, and the time it would run.
    pub(crate) fn lane(&self) -> Option<(Lane, Duration)> {
        self.candidate().map(|(_, candidate)| (Lane::new(candidate, &self.barred), candidate.expected.run))
    }

    /// Takes the next candidate; false when there is none.
    pub(crate) fn advance(&mut self) -> bool {
        self.at = self.at.saturating_add(1);
        self.barred.clear();
        self.candidate().is_some()
    }

    /// Never tries the current candidate on this device again.
    pub(crate) fn bar(&mut self, device: DeviceId) {
        self.barred.insert(device);
    }

    /// Notes that an attempt or a load was made in vain.
    pub(crate) fn note_failure(&mut self) {
        self.failed = true;
    }

    /// Whether an attempt or a load was made in vain.
    pub(crate) fn has_failed(&self) -> bool {
        self.failed
    }

    /// Least time that any candidate left is expected to run.
    pub(crate) fn quickest(&self) -> Duration {
        let left = self.job.candidates.iter().skip(self.at);
        left.map(|candidate| candidate.expected.run).min().unwrap_or_default()
    }

    /// When the job is too late unless it has started.
    pub(crate) fn latest_start(&self) -> Option<Timestamp> {
        let deadline = self.job.deadline?;
        Some(Timestamp::from_epoch(deadline.since_epoch().saturating_sub(self.quickest())))
    }

    /// When an attempt that starts at `now` has run for too long.
    pub(crate) fn latest_end(&self, now: Timestamp) -> Option<Timestamp> {
        let timeout = self.job.timeout.map(|timeout| now + timeout);
        timeout.into_iter().chain(self.job.deadline).min()
    }
}

/// An attempt that was started and is not answered; its job may have ended meanwhile.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) executor: Executor,
    pub(crate) device: DeviceId,
    pub(crate) since: Timestamp,
    /// Time it was expected to run.
    pub(crate) expected: Duration,
    /// What it occupies; nothing when its device is gone.
    pub(crate) seat: Option<Seat>,
    /// Whether the driver was told to stop it.
    pub(crate) stopping: bool,
}
