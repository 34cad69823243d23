//! What the first job of a lane can do, as those before it leave the devices to it.

mod claim;
mod loading;
mod parts;
mod room;

use std::time::Duration;

use maestria_vocabulary::{ModelId, Timestamp};

pub(crate) use self::claim::Claim;
use crate::{
    Settings,
    attempt::Attempts,
    devices::Devices,
    jobs::Jobs,
    lane::{LaneId, Line, Reach},
    queue::Queue,
    rank::Rank,
    residency::Demand,
    slab::Ticket,
    suitability::ranked,
};

/// What a move depends on, beside the queue.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ground<'a> {
    pub(crate) jobs: &'a Jobs,
    pub(crate) devices: &'a Devices,
    pub(crate) demand: &'a Demand,
    pub(crate) attempts: &'a Attempts,
    pub(crate) settings: &'a Settings,
    pub(crate) now: Timestamp,
}

/// A step forward; devices are told by their places.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Move {
    /// The first jobs of this lane can start here.
    Start(LaneId, usize),
    /// The model of this lane can be loaded here, for this job.
    Load(Ticket, usize),
    /// This model must make room.
    Unload(ModelId, usize),
    /// This job can go on with a part of this many units.
    Split(Ticket, u32),
    /// The current candidate of this job fits nowhere.
    Pass(Ticket),
}

/// The first job of a lane.
pub(crate) struct Head<'a> {
    pub(crate) line: &'a Line,
    pub(crate) id: LaneId,
    pub(crate) rank: Rank,
    pub(crate) ticket: Ticket,
}

/// What a head can do.
pub(crate) enum Placement {
    Move(Move),
    /// It waits for a slot, for a load, or behind a claim.
    Waits,
    /// It waits until then for others to share its attempt.
    Holds(Timestamp),
    /// Its model arrives here then.
    Arrives(usize, Timestamp),
    /// It waits for memory of these devices.
    Lacks(Vec<usize>),
}

/// The devices as the heads that were asked so far leave them to the next.
pub(crate) struct Floor<'a> {
    pub(crate) queue: &'a Queue,
    pub(crate) ground: Ground<'a>,
    /// What waits for memory of a device, by its place.
    pub(crate) claims: &'a [Option<Claim>],
    /// What will have the next slot of a device as soon as its model has arrived there, by its place.
    pub(crate) turns: &'a [Option<Claim>],
}

impl Floor<'_> {
    pub(crate) fn place(&self, head: &Head<'_>) -> Placement {
        if head.line.reach().eligible.is_empty() {
            return Placement::Move(self.split_to_fit(head).unwrap_or(Move::Pass(head.ticket)));
        }
        match head.line.lane.resident() {
            Some(model) => self.place_model(head, model),
            None => self.place_at_once(head),
        }
    }

    /// A model runs where it is resident. It is loaded a second time elsewhere only where there is room, and where that takes less time
    /// than the jobs that wait for it.
    fn place_model(&self, head: &Head<'_>, model: &ModelId) -> Placement {
        let Reach { hosts, ready, .. } = head.line.reach();
        if hosts.is_empty() {
            return self.bring(head, model);
        }
        let starts =
            |place: &usize| self.ground.devices.at(*place).is_some_and(|device| self.may_start(head, *place, device));
        if let Some(placement) = self.start_on(head, ready.iter().copied().filter(starts)) {
            return placement;
        }
        let usable = |place: &usize| self.ground.devices.at(*place).is_some_and(|device| !device.condition().is_over());
        if !hosts.iter().any(usable) {
            return self.bring(head, model);
        }
        self.replica(head, model).or_else(|| self.arrival(head, model)).unwrap_or(Placement::Waits)
    }

    /// A tool runs wherever its memory is free, and a remote model as soon as there is a slot.
    fn place_at_once(&self, head: &Head<'_>) -> Placement {
        let memory = head.line.lane.all_memory();
        let fits =
            |place: &usize| self.ground.devices.at(*place).is_some_and(|device| memory <= device.account().free());
        let starts =
            |place: &usize| self.ground.devices.at(*place).is_some_and(|device| self.may_start(head, *place, device));
        let places = ranked(&head.line.lane, head.line.reach().eligible.iter().copied(), self.ground.devices);
        if let Some(&place) = places.iter().find(|place| fits(place) && starts(place)) {
            return self.start(head, place);
        }
        let lacking: Vec<usize> = places.into_iter().filter(|place| !fits(place)).collect();
        let split = |&place: &usize| self.split_now(head, self.ground.devices.at(place)?);
        if let Some(step) = lacking.iter().filter(|place| starts(place)).find_map(split) {
            return Placement::Move(step);
        }
        let with_slot = lacking.iter().filter(|&&place| {
            !self.is_claimed(place)
                && self.ground.devices.at(place).is_some_and(|device| device.has_slot(self.ground.settings))
        });
        if let Some(placement) = with_slot.into_iter().find_map(|&place| self.make_room(head, place, memory)) {
            return placement;
        }
        if lacking.is_empty() { Placement::Waits } else { Placement::Lacks(lacking) }
    }

    /// Starts on the first of these places that has the memory, or makes room there.
    fn start_on(&self, head: &Head<'_>, places: impl Iterator<Item = usize>) -> Option<Placement> {
        let memory = head.line.lane.attempt_memory();
        let mut lacking = Vec::new();
        for place in places {
            let device = self.ground.devices.at(place)?;
            if memory <= device.account().free() {
                return Some(self.start(head, place));
            }
            lacking.push(place);
        }
        if let Some(step) = lacking.iter().find_map(|&place| self.split_now(head, self.ground.devices.at(place)?)) {
            return Some(Placement::Move(step));
        }
        let unclaimed = lacking.iter().filter(|&&place| !self.is_claimed(place));
        if let Some(placement) = unclaimed.into_iter().find_map(|&place| self.make_room(head, place, memory)) {
            return Some(placement);
        }
        (!lacking.is_empty()).then_some(Placement::Lacks(lacking))
    }

    /// Starts, or waits for others where a batch is not full and none of it would be too late for that.
    fn start(&self, head: &Head<'_>, place: usize) -> Placement {
        if let Some(until) = self.holds_until(head).filter(|&until| !self.is_full(head) && self.can_hold(head, until)) {
            return Placement::Holds(until);
        }
        Placement::Move(Move::Start(head.id, place))
    }

    /// Until when a job waits for others to share its attempt; nothing when it does not.
    fn holds_until(&self, head: &Head<'_>) -> Option<Timestamp> {
        head.line.lane.shape.batch?;
        let waited = self.ground.jobs.get(head.ticket).map_or(Duration::MAX, |entry| self.ground.now - entry.ready);
        let left = self.ground.settings.batching.wait.saturating_sub(waited);
        (!left.is_zero()).then(|| self.ground.now + left)
    }

    /// Whether none of the jobs that would share the attempt is too late when it starts then.
    fn can_hold(&self, head: &Head<'_>, until: Timestamp) -> bool {
        let mut jobs = head.line.iter().take(self.ground.settings.batching.jobs.get());
        let latest = |job| self.ground.jobs.get(job)?.latest_start();
        jobs.all(|job| latest(job).is_none_or(|latest| until < latest))
    }

    /// Whether those that wait fill an attempt.
    fn is_full(&self, head: &Head<'_>) -> bool {
        let batching = &self.ground.settings.batching;
        let (mut most, mut size) = (batching.jobs.get(), 0_u64);
        for (before, job) in head.line.iter().enumerate() {
            let Some(entry) = self.ground.jobs.get(job) else { break };
            most = most.min(entry.batch_cap());
            size = size.saturating_add(entry.batch().map_or(0, |batch| batch.size));
            if before + 1 >= most || size >= batching.size {
                return true;
            }
        }
        false
    }
}
