//! Whether a model may be asked now: a circuit that opens when it keeps failing, and what was reported of its being brought into service.

mod circuit;
mod residency;

pub(crate) use circuit::{Breaker, Report};
pub use circuit::{BreakerSettings, Circuit};
pub use residency::{Residency, ResidencyEvent};

use maestria_vocabulary::{Outcome, Timestamp, Verdict};

/// Whether a model may be asked now.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Health {
    breaker: Breaker,
    residency: Residency,
}

/// The health of a model of which nothing bad is known.
pub(crate) static WELL: Health = Health { breaker: Breaker::CLOSED, residency: Residency::Unreported };

impl Health {
    /// Whether calls go through.
    #[inline]
    #[must_use]
    pub fn circuit(&self, now: Timestamp) -> Circuit {
        self.breaker.circuit(now)
    }

    /// What was last reported of its being brought into service.
    #[must_use]
    pub const fn residency(&self) -> Residency {
        self.residency
    }

    /// Whether it could take a call at once: its circuit lets one through, and it is not reported to be anything but ready.
    #[must_use]
    pub fn is_ready(&self, now: Timestamp) -> bool {
        self.residency.is_ready() && !matches!(self.circuit(now), Circuit::Open { .. })
    }

    /// Whether subscribers would call it the same.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.residency == other.residency && self.breaker.is_like(&other.breaker)
    }

    pub(crate) const fn is_well(&self) -> bool {
        self.breaker.is_clear() && matches!(self.residency, Residency::Unreported)
    }

    /// The health after an outcome.
    pub(crate) fn with(&self, outcome: &Outcome, settings: &BreakerSettings) -> Self {
        let fault = outcome.error.is_none_or(|error| error.is_fault());
        let report = match outcome.verdict {
            Verdict::Succeeded => Report::Succeeded,
            Verdict::Failed if fault => Report::Failed,
            Verdict::TimedOut => Report::Failed,
            Verdict::Failed | Verdict::Cancelled => Report::Withdrawn,
        };
        let started = Timestamp::from_epoch(outcome.at.since_epoch().saturating_sub(outcome.ran));
        Self { breaker: self.breaker.after(report, started, outcome.at, settings), residency: self.residency }
    }

    /// The health when a call is let through; nothing when none is.
    pub(crate) fn admitting(&self, now: Timestamp, settings: &BreakerSettings) -> Option<Self> {
        Some(Self { breaker: self.breaker.admitting(now, settings)?, residency: self.residency })
    }

    pub(crate) fn on(&self, residency: Residency) -> Self {
        Self { residency, ..self.clone() }
    }
}
