//! Which move comes next: a function of the queue's heads and the devices.
//!
//! The heads are asked in the order of rank, and the first that can make a move makes it. One that lacks memory lays a claim on the
//! devices that it waits for, so that what frees up there is not taken by those behind it:
//!
//! - Nothing behind it is loaded there, nor makes room there.
//! - Nothing behind it starts there, unless its rank with the credit for [availability](crate::Settings::availability) is before it, or it
//!   ends so early that the first can still be brought by the time that was promised to it ([reordering](crate::Settings::reordering)).
//! - In return it does not evict what such a job waits for.
//!
//! So the first head of all waits only for what is under way, which ends. That is why there is neither starvation nor deadlock.

use std::{collections::BTreeMap, time::Duration};

use maestria_vocabulary::{Bytes, Executor, ModelId, Timestamp};

use crate::{
    Phase, Settings,
    attempt::Attempts,
    device::{Device, Relief},
    devices::Devices,
    jobs::Jobs,
    lane::{Lane, LaneId, Line, Reach},
    queue::Queue,
    rank::Rank,
    residency::Demand,
    slab::Ticket,
    suitability::{better, suitability},
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

/// The heads that were asked since anything but a start happened. A start takes, and gives nothing, so that those before it need not be
/// asked again.
#[derive(Debug, Default)]
pub(crate) struct Sweep {
    /// The last head that was asked.
    behind: Option<(Rank, LaneId)>,
    /// What waits for memory of a device, by its place.
    claims: Vec<Option<Claim>>,
    /// What will have the next slot of a device as soon as its model has arrived there, by its place.
    turns: Vec<Option<Claim>>,
    over: bool,
    /// When a batch has waited for long enough.
    hold: Option<Timestamp>,
}

/// A head that waits for memory of a device.
#[derive(Debug, Clone, Copy)]
struct Claim {
    rank: Rank,
    /// What ends until then is let before it.
    until: Timestamp,
}

impl Sweep {
    /// Asks all heads again.
    pub(crate) fn restart(&mut self) {
        self.behind = None;
        self.claims.clear();
        self.turns.clear();
        self.over = false;
        self.hold = None;
    }

    /// When to ask again although nothing happened.
    pub(crate) fn hold(&self) -> Option<Timestamp> {
        self.hold
    }

    /// The next move; nothing when every head waits for something that is under way, or for memory that others use.
    pub(crate) fn next_move(&mut self, queue: &mut Queue, ground: Ground<'_>) -> Option<Move> {
        let Ground { devices, now, .. } = ground;
        if self.hold.is_some_and(|hold| hold <= now) {
            self.restart();
        }
        if self.over {
            return None;
        }
        self.claims.resize(devices.len(), None);
        self.turns.resize(devices.len(), None);
        queue.refresh(devices);
        for (next, line) in queue.heads_behind(self.behind) {
            let (rank, id) = next;
            let Some((_, ticket)) = line.head() else { break };
            let floor = Floor { queue, ground, claims: &self.claims, turns: &self.turns };
            let head = Head { line, id, rank, ticket };
            match floor.place(&head) {
                Placement::Move(Move::Start(lane, place)) => {
                    // Where a model has several hosts, one of them may be idle for good now.
                    if line.reach().hosts.len() > 1 {
                        self.restart();
                    }
                    return Some(Move::Start(lane, place));
                }
                Placement::Move(step) => return Some(step),
                Placement::Waits => {}
                Placement::Arrives(place, at) => {
                    let until = floor.promise(&head).map_or(at, |promise| promise.max(at));
                    note(&mut self.turns, place, Claim { rank, until });
                }
                Placement::Holds(until) => self.hold = Some(self.hold.map_or(until, |hold| hold.min(until))),
                Placement::Lacks(places) => {
                    let until = floor.latest_load(&head);
                    if until > now {
                        self.hold = Some(self.hold.map_or(until, |hold| hold.min(until)));
                    }
                    for place in places {
                        note(&mut self.claims, place, Claim { rank, until });
                    }
                }
            }
            self.behind = Some(next);
        }
        self.over = true;
        None
    }
}

/// Where the jobs of a lane would run as things stand: where its model is or is coming, or else on the device that suits it best.
pub(crate) fn home(lane: &Lane, reach: &Reach, devices: &Devices) -> Option<usize> {
    let first = reach.hosts.first().copied();
    first.or_else(|| ranked(lane, reach.eligible.iter().copied(), devices).first().copied())
}

/// The places by the preference of their kind, and then by suitability.
fn ranked(lane: &Lane, eligible: impl Iterator<Item = (usize, usize)>, devices: &Devices) -> Vec<usize> {
    let rated =
        eligible.filter_map(|(preference, place)| Some((preference, suitability(devices.at(place)?, lane), place)));
    let mut rated: Vec<_> = rated.collect();
    rated.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| better(a.1, b.1)));
    rated.into_iter().map(|(_, _, place)| place).collect()
}

struct Head<'a> {
    line: &'a Line,
    id: LaneId,
    rank: Rank,
    ticket: Ticket,
}

/// What a head can do.
enum Placement {
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
struct Floor<'a> {
    queue: &'a Queue,
    ground: Ground<'a>,
    claims: &'a [Option<Claim>],
    turns: &'a [Option<Claim>],
}

impl Floor<'_> {
    fn place(&self, head: &Head<'_>) -> Placement {
        if head.line.reach().eligible.is_empty() {
            return Placement::Move(self.split_to_fit(head).unwrap_or(Move::Pass(head.ticket)));
        }
        match &head.line.lane.executor {
            Executor::Model(model) => self.place_model(head, model),
            Executor::Tool(_) => self.place_tool(head),
        }
    }

    /// A model runs where it is resident. It is loaded a second time elsewhere only where there is room, and where that takes less time
    /// than the jobs that wait for it.
    fn place_model(&self, head: &Head<'_>, model: &ModelId) -> Placement {
        let hosts = &head.line.reach().hosts;
        if hosts.is_empty() {
            return self.bring(head, model);
        }
        let ready = |place: &&usize| {
            let device = self.ground.devices.at(**place);
            device.is_some_and(|device| {
                device.phase(model) == Some(Phase::Ready) && self.may_start(head, **place, device)
            })
        };
        if let Some(placement) = self.start_on(head, hosts.iter().filter(ready).copied()) {
            return placement;
        }
        let usable = |place: &usize| self.ground.devices.at(*place).is_some_and(|device| !device.condition().is_over());
        if !hosts.iter().any(usable) {
            return self.bring(head, model);
        }
        self.replica(head, model).or_else(|| self.arrival(head, model)).unwrap_or(Placement::Waits)
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

    /// Loads the model of a head where there is room, or makes it.
    fn bring(&self, head: &Head<'_>, model: &ModelId) -> Placement {
        let lane = &head.line.lane;
        let memory = lane.all_memory();
        let reach = head.line.reach();
        for kind in lane.kinds.iter() {
            let unclaimed = reach.eligible.iter().copied().filter(|&(_, place)| {
                let device = self.ground.devices.at(place);
                device.is_some_and(|device| {
                    device.kind() == kind && !device.hosts(&lane.executor) && !self.is_claimed(place)
                })
            });
            let places = ranked(lane, unclaimed, self.ground.devices);
            let has_room = |place: &&usize| {
                self.ground
                    .devices
                    .at(**place)
                    .is_some_and(|device| device.has_room_for(model, memory, self.ground.settings))
            };
            if let Some(&place) = places.iter().find(has_room) {
                return Placement::Move(Move::Load(head.ticket, place));
            }
            if let Some(placement) = places.iter().find_map(|&place| self.make_room(head, place, memory)) {
                return placement;
            }
        }
        Placement::Lacks(reach.places().collect())
    }

    /// Where the model of a head is on its way to, if others are let before it only so far as it starts in time.
    fn arrival(&self, head: &Head<'_>, model: &ModelId) -> Option<Placement> {
        self.promise(head)?;
        let arrives = |&place: &usize| Some((self.ground.devices.at(place)?.residents().get(model)?.arrives()?, place));
        let (at, place) = head.line.reach().hosts.iter().filter_map(arrives).min()?;
        Some(Placement::Arrives(place, at))
    }

    /// Loads the model of a head once more.
    fn replica(&self, head: &Head<'_>, model: &ModelId) -> Option<Placement> {
        let lane = &head.line.lane;
        let (reach, entry) = (head.line.reach(), self.ground.jobs.get(head.ticket)?);
        if !self.ground.settings.replicas || reach.hosts.len() == reach.eligible.len() {
            return None;
        }
        let all_ready = reach.hosts.iter().all(|&place| {
            self.ground.devices.at(place).is_some_and(|device| device.phase(model) == Some(Phase::Ready))
        });
        let (_, candidate) = entry.candidate()?;
        let hosts = u32::try_from(reach.hosts.len()).unwrap_or(u32::MAX).max(1);
        if !all_ready || head.line.work() / hosts < candidate.expected.load {
            return None;
        }
        let best = reach.eligible.first().map(|&(preference, _)| preference);
        let free = reach.eligible.iter().copied().filter(|&(preference, place)| {
            let has_room = |device: &Device| device.has_room_for(model, lane.all_memory(), self.ground.settings);
            Some(preference) == best && !self.is_claimed(place) && self.ground.devices.at(place).is_some_and(has_room)
        });
        ranked(lane, free, self.ground.devices).first().map(|&place| Placement::Move(Move::Load(head.ticket, place)))
    }

    /// A tool runs wherever its memory is free.
    fn place_tool(&self, head: &Head<'_>) -> Placement {
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

    /// Starts, or waits for others where a batch is not full and there is time.
    fn start(&self, head: &Head<'_>, place: usize) -> Placement {
        let waited = self.ground.jobs.get(head.ticket).map_or(Duration::MAX, |entry| self.ground.now - entry.ready);
        let left = self.ground.settings.batching.wait.saturating_sub(waited);
        if !left.is_zero() && head.line.lane.shape.batch.is_some() && !self.is_full(head) {
            return Placement::Holds(self.ground.now + left);
        }
        Placement::Move(Move::Start(head.id, place))
    }

    fn is_full(&self, head: &Head<'_>) -> bool {
        let batching = &self.ground.settings.batching;
        let mut sizes =
            head.line.iter().take(batching.jobs.get()).filter_map(|ticket| self.ground.jobs.get(ticket)?.batch());
        let reached = sizes.try_fold(0_u64, |sum, batch| {
            let sum = sum.saturating_add(batch.size);
            if sum < batching.size { Ok(sum) } else { Err(()) }
        });
        reached.is_err() || head.line.len() >= batching.jobs.get()
    }

    /// The part of a job that fits the device with the most memory.
    fn split_to_fit(&self, head: &Head<'_>) -> Option<Move> {
        let lane = &head.line.lane;
        let serving = self.ground.devices.iter().filter(|device| lane.preference(device.id(), device.kind()).is_some());
        let capacity = serving.map(|device| device.account().capacity()).max()?;
        self.split(head, within_target(capacity).saturating_sub(lane.memory))
    }

    /// The part of a job that fits what is free on a device.
    fn split_now(&self, head: &Head<'_>, device: &Device) -> Option<Move> {
        let lane = &head.line.lane;
        let own = if matches!(lane.executor, Executor::Tool(_)) { lane.memory } else { Bytes::ZERO };
        let free = device.account().free();
        let Some(Move::Split(job, units)) = self.split(head, within_target(free).saturating_sub(own)) else {
            return None;
        };
        // The least part may still be too large for what is free, though not for the device.
        let fits = self.ground.jobs.get(job).is_some_and(|entry| own + entry.working_for(units) <= free);
        fits.then_some(Move::Split(job, units))
    }

    fn split(&self, head: &Head<'_>, within: Bytes) -> Option<Move> {
        let entry = self.ground.jobs.get(head.ticket).filter(|_| head.line.lane.shape.splits)?;
        entry.part_within(within).map(|units| Move::Split(head.ticket, units))
    }

    /// Evicts for a head, or waits for what is on its way out; nothing when that would not be enough.
    fn make_room(&self, head: &Head<'_>, place: usize, memory: Bytes) -> Option<Placement> {
        let device = self.ground.devices.at(place)?;
        let claim = Claim { rank: head.rank, until: self.latest_load(head) };
        let kept = |model: &ModelId| self.is_wanted_before(model, device, claim);
        let own = |model: &ModelId| head.line.lane.executor == Executor::Model(model.clone());
        let clearance = match &head.line.lane.executor {
            Executor::Model(model) if device.phase(model).is_none() => device.clearance(self.ground.settings, kept),
            _ => None,
        };
        let queued = self.places_in_line(device);
        let worth = |model: &ModelId, facts| {
            self.ground.demand.worth(model, facts, queued.get(model).copied(), self.ground.now, self.ground.settings)
        };
        let relief = clearance.unwrap_or_else(|| device.relief(memory, worth, |model| own(model) || kept(model)));
        match relief {
            Relief::Coming => Some(Placement::Lacks(vec![place])),
            Relief::Unload(model) => Some(Placement::Move(Move::Unload(model, place))),
            Relief::Impossible => None,
        }
    }

    fn is_claimed(&self, place: usize) -> bool {
        self.claim(place).is_some()
    }

    fn claim(&self, place: usize) -> Option<Claim> {
        self.claims.get(place).copied().flatten()
    }

    fn may_start(&self, head: &Head<'_>, place: usize, device: &Device) -> bool {
        let precedes = |claim| self.precedes(head.rank, head.ticket, self.ground.now, claim);
        let turn = self.turns.get(place).copied().flatten();
        device.has_slot(self.ground.settings) && self.claim(place).is_none_or(precedes) && turn.is_none_or(precedes)
    }

    /// Whether a job waits for this model on this device that would be allowed to start before the claim is met, and has the memory for it.
    fn is_wanted_before(&self, model: &ModelId, device: &Device, claim: Claim) -> bool {
        let wants = |lane: &Lane| {
            matches!(&lane.executor, Executor::Model(wanted) if wanted == model)
                && lane.preference(device.id(), device.kind()).is_some()
                && lane.attempt_memory() <= device.account().free()
        };
        let from = self.next_slot(device);
        self.queue.heads().any(|(rank, line)| {
            let job = line.head().map(|(_, job)| job);
            wants(&line.lane) && job.is_some_and(|job| self.precedes(rank, job, from, claim))
        })
    }

    /// Whether what is available, and has a slot from then on, goes before what needs room.
    fn precedes(&self, available: Rank, job: Ticket, from: Timestamp, claim: Claim) -> bool {
        let ends_in_time = || self.ground.jobs.get(job).is_some_and(|entry| from + entry.run() <= claim.until);
        available.with_credit(self.ground.settings.availability) < claim.rank || claim.until > from && ends_in_time()
    }

    /// When a slot of a device is probably free.
    fn next_slot(&self, device: &Device) -> Timestamp {
        if device.has_slot(self.ground.settings) {
            return self.ground.now;
        }
        let here =
            self.ground.attempts.iter().filter(|attempt| attempt.seat.is_some() && attempt.device == *device.id());
        here.map(|attempt| attempt.since + attempt.expected).min().unwrap_or(self.ground.now).max(self.ground.now)
    }

    /// The models that jobs wait for which this device serves, each with the number of those that are waited for before it.
    fn places_in_line(&self, device: &Device) -> BTreeMap<&ModelId, usize> {
        let mut places = BTreeMap::new();
        for (_, line) in self.queue.heads() {
            if let Executor::Model(model) = &line.lane.executor
                && line.lane.preference(device.id(), device.kind()).is_some()
            {
                let next = places.len();
                places.entry(model).or_insert(next);
            }
        }
        places
    }

    /// When a head starts at the latest, so far as others are let before it.
    fn promise(&self, head: &Head<'_>) -> Option<Timestamp> {
        self.ground.jobs.get(head.ticket)?.promise
    }

    /// When the model of a head must begin to load so that it starts when it was promised to; long ago when nothing was.
    fn latest_load(&self, head: &Head<'_>) -> Timestamp {
        let promise = self.ground.jobs.get(head.ticket).and_then(|entry| Some((entry.promise?, entry.candidate()?.1)));
        promise.map_or(Timestamp::ZERO, |(promise, candidate)| {
            Timestamp::from_epoch(promise.since_epoch().saturating_sub(candidate.expected.load))
        })
    }
}

/// Adds a claim on a device: nobody is let before it who may not go before all.
fn note(claims: &mut [Option<Claim>], place: usize, claim: Claim) {
    if let Some(known) = claims.get_mut(place) {
        *known = Some(known.map_or(claim, |first| Claim { until: claim.until.min(first.until), ..first }));
    }
}

/// What a part may take of so much memory, so that a little more than expected is no harm: four fifths.
fn within_target(bytes: Bytes) -> Bytes {
    Bytes(bytes.0 - bytes.0 / 5)
}
