//! What can be seen of the machine from outside.

use std::time::Duration;

use maestria_vocabulary::{Bytes, DeviceId, DeviceKind, Executor, ModelId, Timestamp};

use crate::{
    JobId, Phase, Scheduler,
    entry::{Attempt, Entry},
    placement,
};

/// A device as the ledger sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceView {
    /// Which device.
    pub id: DeviceId,
    /// What kind of unit.
    pub kind: DeviceKind,
    /// Memory it has.
    pub total: Bytes,
    /// Memory of it that others use, as last measured.
    pub others: Bytes,
    /// Memory that is promised to models and attempts.
    pub promised: Bytes,
    /// Memory that can be promised.
    pub free: Bytes,
    /// Attempts that may run at once.
    pub slots: usize,
    /// Attempts that occupy a slot.
    pub busy: usize,
    /// Models that hold memory, in the order of their names.
    pub residents: Vec<ResidentView>,
}

/// A model that holds memory of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResidentView {
    /// Which model.
    pub model: ModelId,
    /// Memory it holds.
    pub memory: Bytes,
    /// Where it is on its way.
    pub phase: Phase,
    /// Attempts that use it.
    pub leases: usize,
}

/// An attempt under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptView {
    /// The job.
    pub job: JobId,
    /// Who runs it.
    pub executor: Executor,
    /// Where.
    pub device: DeviceId,
    /// Since when.
    pub since: Timestamp,
    /// Whether its end is only waited for: the driver was told to stop it.
    pub stopping: bool,
}

impl Scheduler {
    /// The jobs that wait to start, for their predecessors or for room, in the order of effective priority.
    #[must_use]
    pub fn queued(&self) -> Vec<JobId> {
        let mut waiting: Vec<&Entry> = self.waiting().collect();
        waiting.sort_unstable_by_key(|entry| entry.rank);
        waiting.into_iter().map(|entry| entry.job.id.clone()).collect()
    }

    /// How many waiting jobs have a higher effective priority than this one; nothing when it does not wait.
    #[must_use]
    pub fn position(&self, job: &JobId) -> Option<usize> {
        let rank = self.jobs.get(job).filter(|_| !self.attempts.contains_key(job))?.rank;
        Some(self.waiting().filter(|entry| entry.rank < rank).count())
    }

    fn waiting(&self) -> impl Iterator<Item = &Entry> {
        self.jobs.values().filter(|entry| !self.attempts.contains_key(&entry.job.id))
    }

    /// The attempts under way, in the order of their jobs' names.
    #[must_use]
    pub fn running(&self) -> Vec<AttemptView> {
        let view = |(job, attempt): (&JobId, &Attempt)| AttemptView {
            job: job.clone(),
            executor: attempt.executor.clone(),
            device: attempt.device.clone(),
            since: attempt.since,
            stopping: attempt.stopping,
        };
        self.attempts.iter().map(view).collect()
    }

    /// The devices, in the order of their names.
    #[must_use]
    pub fn devices(&self) -> Vec<DeviceView> {
        let view = |(id, device): (&DeviceId, &crate::device::Device)| DeviceView {
            id: id.clone(),
            kind: device.kind(),
            total: device.account().total(),
            others: device.account().others(),
            promised: device.account().promised(),
            free: device.account().free(),
            slots: self.settings.slots.of(device.kind()),
            busy: device.busy(),
            residents: device
                .residents()
                .iter()
                .map(|(model, resident)| ResidentView {
                    model: model.clone(),
                    memory: resident.bytes(),
                    phase: resident.phase(),
                    leases: resident.leases(),
                })
                .collect(),
        };
        self.devices.iter().map(view).collect()
    }

    /// Whether a model could be used at once, slots aside, on some device.
    #[must_use]
    pub fn is_resident(&self, model: &ModelId) -> bool {
        self.devices.values().any(|device| device.phase(model) == Some(Phase::Ready))
    }

    /// How long the work that a device has now is expected to keep it busy at `now`; nothing when it is not known.
    ///
    /// It is `(Σ time left of its attempts + Σ run time of the jobs that are ready and would run there) ÷ slots`. Loading is not in it.
    #[must_use]
    pub fn estimated_wait(&self, device: &DeviceId, now: Timestamp) -> Option<Duration> {
        let slots = self.settings.slots.of(self.devices.get(device)?.kind());
        let running = self.attempts.values().filter(|attempt| attempt.seat.is_some() && attempt.device == *device);
        let left = running.map(|attempt| attempt.expected.saturating_sub(now - attempt.since));
        let lanes = self.queue.lanes().filter(|(lane, _)| placement::home(lane, &self.devices) == Some(device));
        let work = left.chain(lanes.map(|(_, work)| work)).fold(Duration::ZERO, Duration::saturating_add);
        Some(work / u32::try_from(slots).unwrap_or(u32::MAX))
    }
}
