//! What first come, first served would have done at best: when each job would have started, so that reordering never costs it much.

use std::{collections::BTreeMap, time::Duration};

use maestria_vocabulary::{DeviceId, Timestamp};

use crate::{
    Order, Scheduler, Settings,
    attempt::Answered,
    devices::Devices,
    jobs::Ticket,
    lane::{Lane, Reach},
};

/// A second, simpler schedule of the same jobs, in which each is given its place when it enters the queue and keeps it: behind all earlier
/// ones, on the device that is free first, as if every model were there already. So no schedule that is first come, first served is ahead
/// of it.
///
/// It knows what jobs are expected to take; when one took more or less, all that comes after it on its device moves. Where nothing waits
/// and nothing runs it begins anew, so that errors do not add up.
#[derive(Debug, Default)]
pub(crate) struct Yardstick(BTreeMap<DeviceId, Vec<Timestamp>>);

impl Scheduler {
    /// When a job that enters the queue now starts at the latest, so far as it may be put off to spare a swap.
    ///
    /// A job of high priority would have had to come earlier to be served at its turn, and is promised to start as much earlier.
    pub(crate) fn promise(&mut self, job: Ticket, now: Timestamp) -> Option<Timestamp> {
        if self.settings.reordering.is_zero() || !matches!(self.settings.order, Order::Fifo | Order::Aged) {
            return None;
        }
        if self.queue.heads().next().is_none() && self.attempts.is_empty() {
            self.yardstick.0.clear();
        }
        let entry = self.jobs.get(job)?;
        let (lane, run, lead) = (entry.lane()?, entry.run(), entry.rank.lead(now));
        let start = self.yardstick.place(&lane, run, &self.devices, &self.settings, now)?;
        let promise = start.since_epoch().saturating_sub(lead).saturating_add(self.settings.reordering);
        Some(Timestamp::from_epoch(promise))
    }
}

impl Yardstick {
    /// Gives a job its place; nothing when no device serves.
    fn place(
        &mut self,
        lane: &Lane,
        run: Duration,
        devices: &Devices,
        settings: &Settings,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let reach = Reach::new(lane, devices);
        let free = |id: &DeviceId| self.0.get(id).and_then(|slots| slots.iter().min().copied());
        let places = reach.places().filter_map(|place| devices.at(place));
        let chosen = places.min_by_key(|device| free(device.id()))?;
        let slots = self.0.entry(chosen.id().clone()).or_default();
        slots.resize(settings.slots.of(chosen.kind()), now);
        let slot = slots.iter_mut().min()?;
        let start = now.max(*slot);
        *slot = start + run;
        Some(start)
    }

    /// Takes note of how long an attempt took.
    pub(crate) fn correct(&mut self, answered: &Answered, now: Timestamp) {
        let Some(slots) = self.0.get_mut(&answered.device) else { return };
        let took = now - answered.since;
        let count = u32::try_from(slots.len()).unwrap_or(u32::MAX).max(1);
        let (more, less) = (took.saturating_sub(answered.expected), answered.expected.saturating_sub(took));
        for slot in slots {
            *slot = Timestamp::from_epoch((*slot + more / count).since_epoch().saturating_sub(less / count));
        }
    }
}
