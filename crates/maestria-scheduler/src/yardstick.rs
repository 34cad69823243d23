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
            let Some(place) = victim(&bytes, (taken + memory).saturating_sub(capacity)) else { break };
            self.residents.remove(place);
        }
        self.residents.push((model.clone(), memory));
        there
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use maestria_vocabulary::{Candidate, DeviceKind, DeviceSnapshot, Expected, Needs};

    use super::*;
    use crate::{Slots, lane::Shape, way::Way};

    /// The schedule, and devices `cuda:0` and so on, of 10 bytes each.
    struct Floor {
        yardstick: Yardstick,
        devices: Devices,
        settings: Settings,
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_epoch(Duration::from_secs(seconds))
    }

    impl Floor {
        fn new(devices: usize, slots: usize) -> Self {
            let gpu = NonZeroUsize::new(slots).unwrap();
            let settings = Settings { slots: Slots { gpu, ..Slots::default() }, ..Settings::default() };
            let mut known = Devices::new();
            for unit in 0..devices {
                let snapshot = DeviceSnapshot {
                    id: DeviceId::local(&format!("cuda:{unit}")),
                    kind: DeviceKind::Gpu,
                    memory_total: Bytes(10),
                    memory_used: Bytes::ZERO,
                    utilisation: None,
                    temperature_celsius: None,
                    power_watts: None,
                };
                known.observe(&snapshot, &settings, at(0));
            }
            Self { yardstick: Yardstick::default(), devices: known, settings }
        }

        /// A job that comes now for this model, which loads in two seconds, and runs for three.
        fn place(&mut self, now: u64, model: &str, memory: u64) -> Promise {
            let executor = Executor::Model(model.parse().unwrap());
            let needs = Needs { memory: Bytes(memory), devices: vec![DeviceKind::Gpu] };
            let lane =
                Lane::new(&Way::from(Candidate { executor, needs, expected: Expected::default() }), Shape::default());
            let (load, run) = (Duration::from_secs(2), Duration::from_secs(3));
            self.yardstick.place(&lane, load, run, &self.devices, &self.settings, at(now)).unwrap()
        }

        /// The same, and where and when it starts in this schedule, and what it takes of the device.
        fn check(&mut self, now: u64, model: &str, memory: u64, unit: usize, start: u64, time: u64) {
            let promise = self.place(now, model, memory);
            let expected = (DeviceId::local(&format!("cuda:{unit}")), at(start), Duration::from_secs(time));
            assert_eq!((promise.device, promise.at, promise.time), expected, "{model} at {now}");
        }
    }

    #[test]
    fn each_job_starts_behind_those_before_it_once_its_model_is_there() {
        let mut floor = Floor::new(1, 1);
        floor.check(10, "a", 6, 0, 12, 5);
        floor.check(11, "a", 6, 0, 15, 3);
        // Its model is loaded once the job before has started.
        floor.check(11, "b", 4, 0, 18, 3);
        floor.check(40, "a", 6, 0, 40, 3);
        // It has to go for this one, being used longer ago than the other.
        floor.check(50, "c", 4, 0, 52, 5);
        floor.check(60, "a", 6, 0, 60, 3);
        floor.check(70, "b", 4, 0, 72, 5);
        floor.check(80, "large", 10, 0, 82, 5);
        floor.check(90, "a", 6, 0, 92, 5);
    }

    #[test]
    fn a_job_goes_where_its_model_is_or_else_where_a_slot_is_free_first() {
        let mut floor = Floor::new(2, 1);
        floor.check(10, "a", 6, 0, 12, 5);
        floor.check(10, "a", 6, 0, 15, 3);
        floor.check(10, "b", 6, 1, 12, 5);
        floor.check(10, "c", 4, 1, 15, 3);
        floor.check(10, "d", 4, 0, 18, 3);
    }

    #[test]
    fn what_leaves_or_takes_another_time_moves_those_behind_it() {
        let answered = |since, expected| Answered {
            device: DeviceId::local("cuda:0"),
            kind: DeviceKind::Gpu,
            lost: false,
            since: at(since),
            expected: Duration::from_secs(expected),
            size: 1,
            seat: None,
        };
        let mut floor = Floor::new(1, 2);
        let millis = |millis| Timestamp::from_epoch(Duration::from_millis(millis));
        floor.check(10, "a", 6, 0, 12, 5);
        floor.check(10, "a", 6, 0, 12, 5);
        let third = floor.place(10, "a", 6);
        assert_eq!((third.at, third.time), (at(15), Duration::from_secs(3)));
        // The slots are free at 18 and 15 s: each half of three seconds earlier from now on.
        floor.yardstick.give_back(&third);
        assert_eq!(floor.place(10, "a", 6).at, millis(13_500));
        // Both at 16.5 s: an attempt took four seconds more than expected, half of which each slot is late.
        floor.yardstick.correct(&answered(20, 3), at(27));
        assert_eq!(floor.place(10, "a", 6).at, millis(18_500));
        // At 21.5 and 18.5 s, each a second earlier since another took two less; but none starts before the one before it.
        floor.yardstick.correct(&answered(20, 3), at(21));
        assert_eq!(floor.place(10, "a", 6).at, millis(18_500));
        assert_eq!(floor.place(10, "a", 6).at, millis(20_500));
        // What comes now would start behind those.
        floor.yardstick.begin_anew(at(20));
        floor.check(20, "a", 6, 0, 20, 3);
    }
}
