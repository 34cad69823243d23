//! Claims: who goes before whom on a device.
//!
//! The heads are asked in the order of rank, and the first that can make a move makes it. One that lacks memory lays a claim on the
//! devices that it waits for, so that what frees up there is not taken by those behind it:
//!
//! - Nothing behind it is loaded there, nor makes room there.
//! - Nothing behind it starts there, unless its rank with the credit for [availability](crate::Settings::availability) is before it; or, where
//!   the first was promised to start by some time ([reordering](crate::Settings::reordering)), unless it ends so early that the first can still
//!   be brought by then.
//! - In return it does not evict what such a job waits for.
//!
//! So the first head of all waits only for what is under way, which ends. That is why there is neither starvation nor deadlock.

use std::time::Duration;

use maestria_vocabulary::{Executor, ModelId, Timestamp};

use super::{Floor, Head};
use crate::{
    device::Device,
    lane::{Lane, Line, Reach},
    rank::Rank,
    slab::Ticket,
};

/// A head that waits for memory of a device.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claim {
    pub(crate) rank: Rank,
    /// What ends until then is let before it.
    pub(crate) until: Timestamp,
}

impl Claim {
    /// Adds a claim on a device: nobody is let before it who may not go before all.
    pub(crate) fn note(self, claims: &mut [Option<Self>], place: usize) {
        if let Some(known) = claims.get_mut(place) {
            *known = Some(known.map_or(self, |first| Self { until: self.until.min(first.until), ..first }));
        }
    }
}

impl Floor<'_> {
    /// When a head starts at the latest, so far as others are let before it.
    pub(crate) fn promise(&self, head: &Head<'_>) -> Option<Timestamp> {
        if !self.ground.settings.promises() {
            return None;
        }
        self.ground.jobs.get(head.ticket)?.promise.as_ref().map(|promise| promise.at)
    }

    /// When the model of a head must begin to load so that it starts when it was promised to; long ago when nothing was.
    pub(crate) fn latest_load(&self, head: &Head<'_>) -> Timestamp {
        let promise =
            self.ground.jobs.get(head.ticket).and_then(|entry| Some((entry.promise.as_ref()?.at, entry.way()?.load)));
        promise.map_or(Timestamp::ZERO, |(promise, load)| {
            Timestamp::from_epoch(promise.since_epoch().saturating_sub(load))
        })
    }

    /// Whether a job may start here as far as those before it are concerned, and finds a slot.
    pub(super) fn may_start(&self, head: &Head<'_>, place: usize, device: &Device) -> bool {
        let precedes = |claim| self.precedes(head.rank, head.ticket, self.ground.now, claim);
        let turn = self.turns.get(place).copied().flatten();
        device.has_slot(self.ground.settings) && self.claim(place).is_none_or(precedes) && turn.is_none_or(precedes)
    }

    /// Whether a head before this one waits for memory here.
    pub(super) fn is_claimed(&self, place: usize) -> bool {
        self.claim(place).is_some()
    }

    /// Whether a job waits for this model on a device that would be allowed to start before the claim is met, and has the memory for it.
    ///
    /// Those between that lack memory there will lay their claims too, and may be in more of a hurry.
    pub(super) fn is_wanted_before(&self, model: &ModelId, place: usize, device: &Device, mut claim: Claim) -> bool {
        let wants = |lane: &Lane| {
            matches!(&lane.executor, Executor::Model(wanted) if wanted == model)
                && lane.preference(device.id(), device.kind()).is_some()
                && lane.attempt_memory() <= device.account().free()
        };
        let from = self.next_slot(device);
        for ((rank, id), line) in self.queue.heads_behind(None) {
            let Some((_, ticket)) = line.head() else { continue };
            if wants(&line.lane) && self.precedes(rank, ticket, from, claim) {
                return true;
            }
            if lacks(line, place, device) {
                claim.until = claim.until.min(self.latest_load(&Head { line, id, rank, ticket }));
            }
        }
        false
    }

    /// Whether what is available, and has a slot from then on, goes before what needs room.
    fn precedes(&self, available: Rank, job: Ticket, from: Timestamp, claim: Claim) -> bool {
        let ends_in_time = || self.ground.jobs.get(job).is_some_and(|entry| from + entry.run() <= claim.until);
        let settings = self.ground.settings;
        let credit = if settings.promises() { Duration::ZERO } else { settings.availability };
        available.with_credit(credit) < claim.rank || claim.until > from && ends_in_time()
    }

    fn claim(&self, place: usize) -> Option<Claim> {
        self.claims.get(place).copied().flatten()
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
}

/// Whether the first job of a line would wait for memory of this device.
fn lacks(line: &Line, place: usize, device: &Device) -> bool {
    let Reach { hosts, .. } = line.reach();
    let here = hosts.contains(&place);
    let memory = if here { line.lane.attempt_memory() } else { line.lane.all_memory() };
    (here || hosts.is_empty())
        && line.reach().places().any(|served| served == place)
        && memory > device.account().free()
}
