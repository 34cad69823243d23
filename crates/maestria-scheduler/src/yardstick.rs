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

/// The place of a job in that schedule, and what follows from it.
#[derive(Debug)]
pub(crate) struct Promise {
    /// When it starts at the latest, as far as others are let before it to spare a swap.
    pub(crate) at: Timestamp,
    device: DeviceId,
    /// What it takes of the device: from when a slot is free until it has run.
    time: Duration,
}

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
    /// What is promised to a job that enters the queue now. One that enters again without having been tried keeps its place.
    ///
    /// A job of high priority would have had to come earlier to be served at its turn, and is promised to start as much earlier.
    pub(crate) fn promise(&mut self, job: Ticket, now: Timestamp) -> Option<Box<Promise>> {
        if !self.settings.promises() {
            return None;
        }
        if let Some(known) = self.jobs.get_mut(job)?.promise.take() {
            return Some(known);
        }
        if self.queue.heads().next().is_none() && self.attempts.is_empty() {
            self.yardstick.begin_anew(now);
        }
        let entry = self.jobs.get(job)?;
        let load = entry.way()?.load;
        let (lane, run, lead) = (entry.lane()?, entry.run(), entry.rank.lead(now));
        let place = self.yardstick.place(&lane, load, run, &self.devices, &self.settings, now)?;
        let latest = place.at.since_epoch().saturating_sub(lead).saturating_add(self.settings.reordering);
        Some(Box::new(Promise { at: Timestamp::from_epoch(latest), ..place }))
    }
}

impl Yardstick {
    /// Gives a job its place, at which it starts in this schedule; nothing when no device serves.
    fn place(
        &mut self,
        lane: &Lane,
        load: Duration,
        run: Duration,
        devices: &Devices,
        settings: &Settings,
        now: Timestamp,
    ) -> Option<Promise> {
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
        let at = ready.max(*slot);
        let time = at + run - now.max(*slot);
        *slot = at + run;
        shadow.last = at;
        Some(Promise { at, device: chosen.id().clone(), time })
    }

    /// A job that has a place leaves without an attempt: what comes after it moves up.
    pub(crate) fn give_back(&mut self, promise: &Promise) {
        let Some(shadow) = self.0.get_mut(&promise.device) else { return };
        let count = u32::try_from(shadow.slots.len()).unwrap_or(u32::MAX).max(1);
        let earlier = |at: Timestamp| Timestamp::from_epoch(at.since_epoch().saturating_sub(promise.time / count));
        shadow.slots.iter_mut().for_each(|slot| *slot = earlier(*slot));
        shadow.last = earlier(shadow.last);
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
