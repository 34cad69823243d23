//! What first come, first served would have done: when each job would have started, so that reordering never costs it much.

use std::{collections::BTreeMap, time::Duration};

use maestria_vocabulary::{Bytes, DeviceId, Executor, ModelId, Timestamp};

use crate::{
    Scheduler, Settings,
    attempt::Answered,
    devices::Devices,
    lane::{Lane, Reach},
    residency::victim,
    slab::Ticket,
};

/// A second, simpler schedule of the same jobs, in which each is given its place when it enters the queue and keeps it: on the device that
/// has its model or else is free first, behind all earlier ones, its model being loaded once the one before it has started, and what was
/// used least recently making room.
///
/// It knows what jobs are expected to take; when one took more or less, all that comes after it on its device moves. Where nothing waits
/// and nothing runs it begins anew, so that errors do not add up.
#[derive(Debug, Default)]
pub(crate) struct Yardstick(BTreeMap<DeviceId, Shadow>);

/// One device in that schedule.
#[derive(Debug, Default)]
struct Shadow {
    /// When each slot is free.
    slots: Vec<Timestamp>,
    /// When the last job starts.
    last: Timestamp,
    /// What is in memory, the least recently used first.
    residents: Vec<(ModelId, Bytes)>,
}

impl Scheduler {
    /// When a job that enters the queue now starts at the latest, so far as it may be put off to spare a swap.
    ///
    /// A job of high priority would have had to come earlier to be served at its turn, and is promised to start as much earlier.
    pub(crate) fn promise(&mut self, job: Ticket, now: Timestamp) -> Option<Timestamp> {
        if !self.settings.promises() {
            return None;
        }
        if self.queue.heads().next().is_none() && self.attempts.is_empty() {
            self.yardstick.begin_anew(now);
        }
        let entry = self.jobs.get(job)?;
        let load = entry.candidate()?.1.expected.load;
        let (lane, run, lead) = (entry.lane()?, entry.run(), entry.rank.lead(now));
        let start = self.yardstick.place(&lane, load, run, &self.devices, &self.settings, now)?;
        let promise = start.since_epoch().saturating_sub(lead).saturating_add(self.settings.reordering);
        Some(Timestamp::from_epoch(promise))
    }
}

impl Yardstick {
    /// Gives a job its place; nothing when no device serves.
    fn place(
        &mut self,
        lane: &Lane,
        load: Duration,
        run: Duration,
        devices: &Devices,
        settings: &Settings,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let reach = Reach::new(lane, devices);
        let places = reach.places().filter_map(|place| devices.at(place));
        let chosen = places.min_by_key(|device| {
            let shadow = self.0.get(device.id());
            (!shadow.is_some_and(|shadow| shadow.holds(&lane.executor)), shadow.map(Shadow::free))
        })?;
        let shadow = self.0.entry(chosen.id().clone()).or_default();
        shadow.slots.resize(chosen.slots(settings), now);
        let capacity = chosen.account().capacity();
        let there = lane.resident().is_none_or(|model| shadow.bring(model, lane.memory, capacity));
        let called = shadow.last.max(now);
        let ready = if there { called } else { called + load };
        let slot = shadow.slots.iter_mut().min()?;
        let start = ready.max(*slot);
        *slot = start + run;
        shadow.last = start;
        Some(start)
    }

    /// Takes note of how long an attempt took.
    pub(crate) fn correct(&mut self, answered: &Answered, now: Timestamp) {
        let Some(Shadow { slots, .. }) = self.0.get_mut(&answered.device) else { return };
        let took = now - answered.since;
        let count = u32::try_from(slots.len()).unwrap_or(u32::MAX).max(1);
        let (more, less) = (took.saturating_sub(answered.expected), answered.expected.saturating_sub(took));
        for slot in slots {
            *slot = Timestamp::from_epoch((*slot + more / count).since_epoch().saturating_sub(less / count));
        }
    }

    /// The line is empty: what comes next starts at once.
    fn begin_anew(&mut self, now: Timestamp) {
        for shadow in self.0.values_mut() {
            shadow.slots.fill(now);
            shadow.last = now;
        }
    }
}

impl Shadow {
    fn free(&self) -> Timestamp {
        self.slots.iter().min().copied().unwrap_or_default()
    }

    fn holds(&self, executor: &Executor) -> bool {
        matches!(executor, Executor::Model(model) if self.residents.iter().any(|(resident, _)| resident == model))
    }

    /// Uses a model; false when it has to be loaded for that.
    fn bring(&mut self, model: &ModelId, memory: Bytes, capacity: Bytes) -> bool {
        let before = self.residents.len();
        self.residents.retain(|(resident, _)| resident != model);
        let there = self.residents.len() < before;
        loop {
            let bytes: Vec<_> = self.residents.iter().map(|&(_, bytes)| bytes).collect();
            let taken: Bytes = bytes.iter().copied().sum();
            let needed = (taken + memory).saturating_sub(capacity);
            match victim(&bytes, needed) {
                Some(place) if needed > Bytes::ZERO => drop(self.residents.remove(place)),
                _ => break,
            }
        }
        self.residents.push((model.clone(), memory));
        there
    }
}
