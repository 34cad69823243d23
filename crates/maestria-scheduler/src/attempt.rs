//! The attempts under way, and what they occupy.

use std::time::Duration;

use maestria_vocabulary::{DeviceId, DeviceKind, Executor, Timestamp};

use crate::{device::Seat, slab::Ticket};

/// The number of an attempt, free again once the attempt is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AttemptId(u32);

/// An attempt that was started and is not answered; its jobs may have ended meanwhile.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) executor: Executor,
    pub(crate) device: DeviceId,
    pub(crate) kind: DeviceKind,
    pub(crate) since: Timestamp,
    /// Time it was expected to run.
    pub(crate) expected: Duration,
    /// What it occupies; nothing when its device is gone.
    pub(crate) seat: Option<Seat>,
    /// Jobs that were started together.
    pub(crate) size: usize,
    /// Those that are not answered.
    pub(crate) members: Vec<Ticket>,
}

/// The attempts by number.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    all: Vec<Option<Attempt>>,
    vacant: Vec<AttemptId>,
    running: usize,
}

/// What the answer for one job of an attempt tells.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) device: DeviceId,
    pub(crate) kind: DeviceKind,
    /// Whether its device is gone.
    pub(crate) lost: bool,
    pub(crate) since: Timestamp,
    pub(crate) expected: Duration,
    pub(crate) size: usize,
    /// What is free again, now that the last job is answered.
    pub(crate) seat: Option<Seat>,
}

impl Attempts {
    pub(crate) fn insert(&mut self, attempt: Attempt) -> Option<AttemptId> {
        self.running += 1;
        if let Some(id) = self.vacant.pop() {
            *self.all.get_mut(id.0 as usize)? = Some(attempt);
            return Some(id);
        }
        let id = AttemptId(u32::try_from(self.all.len()).ok()?);
        self.all.push(Some(attempt));
        Some(id)
    }

    /// One of its jobs was answered. The attempt is forgotten with the last.
    pub(crate) fn answer(&mut self, id: AttemptId, job: Ticket) -> Option<Answered> {
        let slot = self.all.get_mut(id.0 as usize)?;
        let attempt = slot.as_mut()?;
        attempt.members.retain(|&member| member != job);
        let &mut Attempt { kind, since, expected, size, .. } = attempt;
        let lost = attempt.seat.is_none();
        let (device, seat) = if attempt.members.is_empty() {
            let Attempt { device, seat, .. } = slot.take()?;
            self.vacant.push(id);
            self.running -= 1;
            (device, seat)
        } else {
            (attempt.device.clone(), None)
        };
        Some(Answered { device, kind, lost, since, expected, size, seat })
    }

    pub(crate) fn get(&self, id: AttemptId) -> Option<&Attempt> {
        self.all.get(id.0 as usize)?.as_ref()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.running == 0
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Attempt> {
        self.all.iter().flatten()
    }

    /// A device is gone, and what attempts occupied there. Gives the jobs that run there.
    pub(crate) fn lose(&mut self, device: &DeviceId) -> Vec<Ticket> {
        let mut lost = Vec::new();
        for attempt in self.all.iter_mut().flatten().filter(|attempt| attempt.device == *device) {
            attempt.seat = None;
            lost.extend(&attempt.members);
        }
        lost
    }
}
