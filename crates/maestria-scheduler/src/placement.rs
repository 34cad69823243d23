//! Which move comes next: a pure function of the queue's heads and the devices.
//!
//! The heads are asked in the order of rank, and the first that can make a move makes it. One that lacks memory lays a claim on the
//! devices that it waits for, so that what frees up there is not taken by those behind it:
//!
//! - Nothing behind it is loaded there, nor makes room there.
//! - Nothing behind it starts there, unless its rank with the credit for [availability](crate::Settings::availability) is before it.
//! - In return it does not evict what such a job waits for.
//!
//! So the first head of all waits only for what is under way, which ends. That is why there is neither starvation nor deadlock.

use std::{cmp::Reverse, collections::BTreeMap};

use maestria_vocabulary::{DeviceId, Executor, ModelId, Timestamp};

use crate::{
    JobId, Phase, Settings,
    device::{Device, Relief},
    queue::{Head, Lane},
    rank::Rank,
    residency::Demand,
};

/// The devices by their names, so that equal choices are made in the same order everywhere.
pub(crate) type Devices = BTreeMap<DeviceId, Device>;

/// A step forward.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Move {
    /// This job can start here.
    Start(JobId, DeviceId),
    /// The model of this job can be loaded here.
    Load(JobId, DeviceId),
    /// This model must make room.
    Unload(ModelId, DeviceId),
    /// The current candidate of this job fits nowhere.
    Pass(JobId),
}

/// The next move; nothing when every head waits for something that is under way, or for memory that others use.
pub(crate) fn next_move(
    heads: &[Head<'_>],
    devices: &Devices,
    demand: &Demand,
    settings: &Settings,
    now: Timestamp,
) -> Option<Move> {
    let mut floor = Floor { heads, devices, demand, settings, now, claims: BTreeMap::new() };
    heads.iter().find_map(|head| match floor.place(head) {
        Placement::Move(step) => Some(step),
        Placement::Waits => None,
        Placement::Lacks(devices) => {
            for device in devices {
                floor.claims.entry(device).or_insert(head.rank);
            }
            None
        }
    })
}

/// Where the jobs of a lane would run as things stand: where its model is or is coming, or else on the best device it fits.
pub(crate) fn home<'a>(lane: &Lane, devices: &'a Devices) -> Option<&'a DeviceId> {
    let eligible = eligible(lane, devices);
    let resident = eligible.iter().find(|(_, device)| hosts(device, lane));
    resident.or(eligible.first()).map(|&(id, _)| id)
}

/// The devices that serve a lane and could hold what it needs if nothing else were there; best kind first, then the most free memory.
fn eligible<'a>(lane: &Lane, devices: &'a Devices) -> Vec<(&'a DeviceId, &'a Device)> {
    let serves = |(id, device): (&'a DeviceId, &'a Device)| {
        let fits = lane.memory <= device.account().capacity() || hosts(device, lane);
        lane.preference(id, device.kind()).filter(|_| fits).map(|preference| (preference, id, device))
    };
    let mut found: Vec<_> = devices.iter().filter_map(serves).collect();
    found.sort_by_key(|&(preference, _, device)| (preference, Reverse(device.account().free())));
    found.into_iter().map(|(_, id, device)| (id, device)).collect()
}

/// Whether the lane's model is on this device, or on its way to it.
fn hosts(device: &Device, lane: &Lane) -> bool {
    match &lane.executor {
        Executor::Model(model) => matches!(device.phase(model), Some(Phase::Loading | Phase::Ready)),
        Executor::Tool(_) => false,
    }
}

/// What a head can do.
enum Placement<'a> {
    Move(Move),
    /// It waits for a slot, for a load, or behind a claim.
    Waits,
    /// It waits for memory of these devices.
    Lacks(Vec<&'a DeviceId>),
}

/// The devices as the heads that were asked so far leave them to the next.
struct Floor<'a> {
    heads: &'a [Head<'a>],
    devices: &'a Devices,
    demand: &'a Demand,
    settings: &'a Settings,
    now: Timestamp,
    /// The best rank that waits for memory of a device.
    claims: BTreeMap<&'a DeviceId, Rank>,
}

impl<'a> Floor<'a> {
    fn place(&self, head: &Head<'_>) -> Placement<'a> {
        let eligible = eligible(head.lane, self.devices);
        if eligible.is_empty() {
            return Placement::Move(Move::Pass(head.job.clone()));
        }
        match &head.lane.executor {
            Executor::Model(model) => self.place_model(head, model, &eligible),
            Executor::Tool(_) => self.place_tool(head, &eligible),
        }
    }

    /// A model runs where it is resident, and is not loaded a second time elsewhere.
    fn place_model(&self, head: &Head<'_>, model: &ModelId, eligible: &[(&'a DeviceId, &'a Device)]) -> Placement<'a> {
        let mut hosts = eligible.iter().filter(|(_, device)| hosts(device, head.lane)).peekable();
        if hosts.peek().is_some() {
            let ready = |(id, device): &&(&DeviceId, &Device)| {
                device.phase(model) == Some(Phase::Ready) && self.may_start(head, id, device)
            };
            return hosts.find(ready).map_or(Placement::Waits, |(id, _)| start(head, id));
        }
        for &kind in &head.lane.kinds {
            let unclaimed = || eligible.iter().filter(|(id, device)| device.kind() == kind && !self.is_claimed(id));
            if let Some((id, _)) = unclaimed().find(|(_, device)| device.has_room_for(model, head.lane.memory)) {
                return Placement::Move(Move::Load(head.job.clone(), (*id).clone()));
            }
            if let Some(placement) = unclaimed().find_map(|(id, device)| self.make_room(head, id, device)) {
                return placement;
            }
        }
        Placement::Lacks(eligible.iter().map(|(id, _)| *id).collect())
    }

    /// A tool runs wherever its memory is free.
    fn place_tool(&self, head: &Head<'_>, eligible: &[(&'a DeviceId, &'a Device)]) -> Placement<'a> {
        let fits = |device: &Device| head.lane.memory <= device.account().free();
        let free = eligible.iter().find(|(id, device)| fits(device) && self.may_start(head, id, device));
        if let Some((id, _)) = free {
            return start(head, id);
        }
        let lacking = || eligible.iter().filter(|(_, device)| !fits(device));
        let with_slot = lacking().filter(|(id, device)| !self.is_claimed(id) && device.has_slot(&self.settings.slots));
        if let Some(placement) = with_slot.into_iter().find_map(|(id, device)| self.make_room(head, id, device)) {
            return placement;
        }
        let lacking: Vec<_> = lacking().map(|(id, _)| *id).collect();
        if lacking.is_empty() { Placement::Waits } else { Placement::Lacks(lacking) }
    }

    /// Evicts for a head, or waits for what is on its way out; nothing when that would not be enough.
    fn make_room(&self, head: &Head<'_>, id: &'a DeviceId, device: &Device) -> Option<Placement<'a>> {
        let kept = |model: &ModelId| self.is_wanted_before(model, id, device, head.rank);
        let worth = |model: &ModelId, facts| self.demand.worth(model, facts, self.now, self.settings);
        match device.relief(head.lane.memory, worth, kept) {
            Relief::Coming => Some(Placement::Lacks(vec![id])),
            Relief::Unload(model) => Some(Placement::Move(Move::Unload(model, id.clone()))),
            Relief::Impossible => None,
        }
    }

    fn is_claimed(&self, id: &DeviceId) -> bool {
        self.claims.contains_key(id)
    }

    fn may_start(&self, head: &Head<'_>, id: &DeviceId, device: &Device) -> bool {
        let precedes = |&claim: &Rank| self.precedes(head.rank, claim);
        device.has_slot(&self.settings.slots) && self.claims.get(id).is_none_or(precedes)
    }

    /// Whether a job waits for this model on this device that would be allowed to start before `rank`.
    fn is_wanted_before(&self, model: &ModelId, id: &DeviceId, device: &Device, rank: Rank) -> bool {
        let wants = |lane: &Lane| lane.executor == Executor::Model(model.clone());
        let serves = |lane: &Lane| lane.preference(id, device.kind()).is_some();
        self.heads.iter().any(|other| self.precedes(other.rank, rank) && wants(other.lane) && serves(other.lane))
    }

    /// Whether what is available goes before what needs room.
    fn precedes(&self, available: Rank, needing_room: Rank) -> bool {
        available.with_credit(self.settings.availability) < needing_room
    }
}

fn start<'a>(head: &Head<'_>, id: &DeviceId) -> Placement<'a> {
    Placement::Move(Move::Start(head.job.clone(), id.clone()))
}
