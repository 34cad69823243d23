//! A model in the memory of a device: its way in and out, and who uses it. What keeping it is worth depends on the uses of all models.

mod demand;
mod eviction;
mod keep_alive;

use std::time::Duration;

use maestria_vocabulary::{Bytes, Timestamp};

pub use self::eviction::{Eviction, Oracle};
pub(crate) use self::{
    demand::Demand,
    eviction::{Facts, victim},
};
use crate::ledger::Hold;

/// Where a model is on its way through the memory of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// It is being brought in.
    Loading,
    /// It can be used.
    Ready,
    /// It is being removed.
    Unloading,
}

/// A model that holds memory of a device, from the decision to load it until it is known to be gone.
///
/// Invariant: only a [`Ready`](Phase::Ready) model has leases, and a model with leases does not leave that phase.
#[derive(Debug)]
pub(crate) struct Resident {
    hold: Hold,
    phase: Phase,
    leases: usize,
    reload: Duration,
    /// When its load began.
    since: Timestamp,
    /// When it was last in use, or else when it arrived.
    used: Timestamp,
}

impl Resident {
    /// A model that is about to be loaded, which is expected to take `reload`.
    pub(crate) fn loading(hold: Hold, reload: Duration, now: Timestamp) -> Self {
        Self { hold, phase: Phase::Loading, leases: 0, reload, since: now, used: now }
    }

    pub(crate) fn phase(&self) -> Phase {
        self.phase
    }

    pub(crate) fn leases(&self) -> usize {
        self.leases
    }

    pub(crate) fn bytes(&self) -> Bytes {
        self.hold.bytes()
    }

    /// Whether it can be used, and nothing uses it.
    pub(crate) fn is_idle(&self) -> bool {
        self.phase == Phase::Ready && self.leases == 0
    }

    pub(crate) fn loaded(&mut self, now: Timestamp) {
        self.phase = Phase::Ready;
        self.used = now;
    }

    /// Whether it may go; if so, it is on its way out.
    pub(crate) fn unload(&mut self) -> bool {
        let idle = self.is_idle();
        if idle {
            self.phase = Phase::Unloading;
        }
        idle
    }

    /// Whether it can be used; if so, it now is, by one more.
    pub(crate) fn lease(&mut self) -> bool {
        let ready = self.phase == Phase::Ready;
        if ready {
            self.leases += 1;
        }
        ready
    }

    pub(crate) fn end_lease(&mut self, now: Timestamp) {
        self.leases = self.leases.saturating_sub(1);
        self.used = now;
    }

    /// What matters when room is made.
    pub(crate) fn facts(&self) -> Facts {
        Facts { reload: self.reload, bytes: self.bytes() }
    }

    /// When it was last in use, or else when it arrived; nothing while it is in use or on its way.
    pub(crate) fn idle_since(&self) -> Option<Timestamp> {
        self.is_idle().then_some(self.used)
    }

    /// When it can probably be used, while it is on its way in.
    pub(crate) fn arrives(&self) -> Option<Timestamp> {
        (self.phase == Phase::Loading).then(|| self.since + self.reload)
    }

    /// Its memory, once it is gone.
    pub(crate) fn into_hold(self) -> Hold {
        self.hold
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Account;

    #[test]
    fn a_model_in_use_stays() {
        let at = |seconds| Timestamp::from_epoch(Duration::from_secs(seconds));
        let hold = Account::new(Bytes(1), Bytes::ZERO).promise(Bytes(1)).unwrap();
        let mut model = Resident::loading(hold, Duration::ZERO, at(0));
        model.loaded(at(3));
        assert_eq!(model.idle_since(), Some(at(3)));
        assert!(model.lease());
        assert_eq!(model.idle_since(), None);
        assert!(!model.unload());
        model.end_lease(at(5));
        assert_eq!(model.idle_since(), Some(at(5)));
        assert!(model.unload());
        assert!(!model.lease());
    }
}
