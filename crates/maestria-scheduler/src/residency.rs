//! A model in the memory of a device: its way in and out, who uses it, and what keeping it is worth.

use std::time::Duration;

use maestria_vocabulary::{Bytes, Timestamp};

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
    usage: Usage,
}

impl Resident {
    /// A model that is about to be loaded, which is expected to take `reload`.
    pub(crate) fn loading(hold: Hold, reload: Duration, now: Timestamp) -> Self {
        Self { hold, phase: Phase::Loading, leases: 0, reload, usage: Usage { uses: 0.0, at: now } }
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

    pub(crate) fn loaded(&mut self) {
        self.phase = Phase::Ready;
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
    pub(crate) fn lease(&mut self, now: Timestamp, half_life: Duration) -> bool {
        let ready = self.phase == Phase::Ready;
        if ready {
            self.leases += 1;
            self.usage = Usage { uses: self.usage.decayed(now, half_life) + 1.0, at: now };
        }
        ready
    }

    pub(crate) fn end_lease(&mut self) {
        self.leases = self.leases.saturating_sub(1);
    }

    /// What keeping it saves per byte: `reload time · recent uses ÷ bytes`, in seconds per byte. The least goes first.
    ///
    /// This is the GreedyDual-Size idea (Cao and Irani, USENIX ITS 1997) with decayed use in the place of its ageing.
    pub(crate) fn worth(&self, now: Timestamp, half_life: Duration) -> f64 {
        self.reload.as_secs_f64() * self.usage.decayed(now, half_life) / self.bytes().0.max(1) as f64
    }

    /// When it was last used, or else when its load began.
    pub(crate) fn last_use(&self) -> Timestamp {
        self.usage.at
    }

    /// Its memory, once it is gone.
    pub(crate) fn into_hold(self) -> Hold {
        self.hold
    }
}

/// Uses, each counting half as much after every half-life.
#[derive(Debug)]
struct Usage {
    uses: f64,
    at: Timestamp,
}

impl Usage {
    fn decayed(&self, now: Timestamp, half_life: Duration) -> f64 {
        if half_life.is_zero() {
            return 0.0;
        }
        self.uses * (-(now - self.at).as_secs_f64() / half_life.as_secs_f64()).exp2()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Account;

    const HALF_LIFE: Duration = Duration::from_secs(60);

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_epoch(Duration::from_secs(seconds))
    }

    fn resident(bytes: u64, reload: u64, uses: usize) -> Resident {
        let hold = Account::new(Bytes(bytes), Bytes::ZERO).promise(Bytes(bytes)).unwrap();
        let mut resident = Resident::loading(hold, Duration::from_secs(reload), at(0));
        resident.loaded();
        for _ in 0..uses {
            assert!(resident.lease(at(0), HALF_LIFE));
            resident.end_lease();
        }
        resident
    }

    #[test]
    fn what_is_slow_to_reload_often_used_and_small_is_worth_most() {
        let check = |more: Resident, less: Resident| {
            assert!(more.worth(at(60), HALF_LIFE) > less.worth(at(60), HALF_LIFE), "{more:?} {less:?}");
        };
        check(resident(10, 8, 1), resident(10, 4, 1));
        check(resident(10, 4, 3), resident(10, 4, 1));
        check(resident(10, 4, 1), resident(20, 4, 1));
    }

    #[test]
    fn use_is_forgotten_by_halves() {
        let used = resident(1, 1, 4);
        assert!((used.worth(at(120), HALF_LIFE) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_model_in_use_stays() {
        let mut model = resident(1, 1, 0);
        assert!(model.lease(at(0), HALF_LIFE));
        assert!(!model.unload());
        model.end_lease();
        assert!(model.unload());
        assert!(!model.lease(at(0), HALF_LIFE));
    }
}
