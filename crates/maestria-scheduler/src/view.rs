//! What can be seen of the machine from outside.

use std::time::Duration;

use maestria_vocabulary::{Bytes, DeviceId, DeviceKind, Executor, ModelId, Timestamp};

use crate::{JobId, Phase, Scheduler, attempt::Attempt, device::Device, entry::Entry, lane::Line};

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
        waiting.into_iter().map(|entry| entry.id.clone()).collect()
    }

    /// How many waiting jobs have a higher effective priority than this one; nothing when it does not wait.
    #[must_use]
    pub fn position(&self, job: &JobId) -> Option<usize> {
        let entry = self.jobs.find(job).and_then(|ticket| self.open_job(ticket));
        let rank = entry.filter(|entry| entry.attempt.is_none())?.rank;
        Some(self.waiting().filter(|entry| entry.rank < rank).count())
    }

    fn waiting(&self) -> impl Iterator<Item = &Entry> {
        self.jobs.iter().map(|(_, entry)| entry).filter(|entry| entry.attempt.is_none())
    }

    /// The attempts under way, in the order of their jobs' names; those that share one are told one by one.
    #[must_use]
    pub fn running(&self) -> Vec<AttemptView> {
        let mut views: Vec<_> = self.attempts.iter().flat_map(|attempt| self.attempt_views(attempt)).collect();
        views.sort_unstable_by(|a, b| a.job.cmp(&b.job));
        views
    }

    fn attempt_views(&self, attempt: &Attempt) -> impl Iterator<Item = AttemptView> {
        let members = attempt.members.iter().filter_map(|&member| self.jobs.get(member));
        members.map(|entry| AttemptView {
            job: entry.id.clone(),
            executor: attempt.executor.clone(),
            device: attempt.device.clone(),
            since: attempt.since,
            stopping: entry.stopping,
        })
    }

    /// The devices, in the order of their names.
    #[must_use]
    pub fn devices(&self) -> Vec<DeviceView> {
        let view = |device: &Device| DeviceView {
            id: device.id().clone(),
            kind: device.kind(),
            total: device.account().total(),
            others: device.account().others(),
            promised: device.account().promised(),
            free: device.account().free(),
            slots: device.slots(&self.settings),
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
        self.devices.iter().any(|device| device.phase(model) == Some(Phase::Ready))
    }

    /// How long the work that a device has now is expected to keep it busy at `now`; nothing when it is not known.
    ///
    /// It is `(Σ time left of its attempts + Σ run time of the jobs that are ready and would run there) ÷ slots`. Loading is not in it.
    #[must_use]
    pub fn estimated_wait(&self, device: &DeviceId, now: Timestamp) -> Option<Duration> {
        let place = self.devices.place_of(device)?;
        let slots = self.devices.at(place)?.slots(&self.settings);
        let queued = self.queued_work(place, Line::work);
        let work = queued.saturating_add(self.running_work(device, now));
        Some(work / u32::try_from(slots).unwrap_or(u32::MAX))
    }
}
