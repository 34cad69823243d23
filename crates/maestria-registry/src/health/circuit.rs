//! A circuit breaker as a machine without a clock: closed, open for a growing while, half-open for a few trials.

use std::time::Duration;

use maestria_vocabulary::{Probability, Timestamp};
use serde::{Deserialize, Serialize};

/// When a circuit opens, for how long, and when it closes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BreakerSettings {
    /// Failures in a row that open it, from 1 to 64. Five by default.
    pub consecutive: u32,
    /// Share of failures among the latest outcomes that opens it; outcomes yet to come count as successes. One half by default.
    pub ratio: Probability,
    /// Outcomes of which that share is taken, from 1 to 64. Twenty by default.
    pub window: u32,
    /// How long it is open the first time. Thirty seconds by default.
    pub cool_down: Duration,
    /// How much longer it is open each time that its trials fail. Twice by default.
    pub growth: u32,
    /// Longest that it is open. Ten minutes by default.
    pub longest: Duration,
    /// Calls let through at once when it is half-open, and those of them that must succeed to close it; at least one. One by default.
    pub trials: u32,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self {
            consecutive: 5,
            ratio: Probability::saturating(0.5),
            window: 20,
            cool_down: Duration::from_secs(30),
            growth: 2,
            longest: Duration::from_secs(600),
            trials: 1,
        }
    }
}

/// Whether calls go through, at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Circuit {
    /// They do.
    Closed,
    /// They do not.
    Open {
        /// When the first trial may be made.
        until: Timestamp,
    },
    /// A few do, to see whether the model has recovered.
    HalfOpen {
        /// How many more may be made now.
        trials: u32,
    },
}

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Report {
    Succeeded,
    Failed,
    /// It says nothing of the model.
    Withdrawn,
}

/// The state of one circuit.
///
/// # Invariants
/// Open, it lets nothing through before its time. Half-open, it lets at most as many calls through as there are trials until one of them is
/// reported, or until as much time has passed as it was open before: a trial that is never reported does not keep it shut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Breaker {
    /// The latest 64 outcomes as bits: the latest is the lowest, failures are set.
    Closed { latest: u64 },
    /// Open until a time, and half-open from then on.
    Tripped { until: Timestamp, cool_down: Duration, trials: Trials },
}

/// The trials of a half-open circuit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Trials {
    needed: u32,
    succeeded: u32,
    /// Let through and not reported yet.
    under_way: u32,
    /// When the latest was let through.
    latest: Timestamp,
}

impl Default for Breaker {
    fn default() -> Self {
        Self::CLOSED
    }
}

impl Breaker {
    /// No failure is remembered.
    pub(crate) const CLOSED: Self = Self::Closed { latest: 0 };

    #[inline]
    pub(crate) fn circuit(&self, now: Timestamp) -> Circuit {
        match *self {
            Self::Closed { .. } => Circuit::Closed,
            Self::Tripped { until, .. } if now < until => Circuit::Open { until },
            Self::Tripped { cool_down, trials, .. } => Circuit::HalfOpen { trials: trials.left(now, cool_down) },
        }
    }

    /// Whether no failure is remembered.
    pub(crate) const fn is_clear(&self) -> bool {
        matches!(self, Self::Closed { latest: 0 })
    }

    /// Whether both are closed, or both tripped until the same time.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Closed { .. }, Self::Closed { .. }) => true,
            (Self::Tripped { until: a, .. }, Self::Tripped { until: b, .. }) => a == b,
            _ => false,
        }
    }

    /// The state when a call is let through; nothing when none is.
    pub(crate) fn admitting(&self, now: Timestamp, settings: &BreakerSettings) -> Option<Self> {
        match (self.circuit(now), *self) {
            (Circuit::Closed, _) => Some(*self),
            (Circuit::HalfOpen { trials: 1.. }, Self::Tripped { until, cool_down, trials }) => {
                let trials = trials.admitting(now, cool_down).on(settings);
                Some(Self::Tripped { until, cool_down, trials })
            }
            _ => None,
        }
    }

    /// The state after a call that started and ended at these times was reported.
    pub(crate) fn after(
        &self,
        report: Report,
        started: Timestamp,
        ended: Timestamp,
        settings: &BreakerSettings,
    ) -> Self {
        match (*self, report) {
            // It was made before the circuit opened, and says nothing of what happened since.
            (Self::Tripped { until, .. }, _) if started < until => *self,
            (Self::Closed { .. }, Report::Withdrawn) => *self,
            (Self::Closed { latest }, Report::Succeeded) => Self::Closed { latest: latest << 1 },
            (Self::Closed { latest }, Report::Failed) => Self::closed(latest << 1 | 1, ended, settings),
            (Self::Tripped { until, cool_down, trials }, Report::Withdrawn) => {
                Self::Tripped { until, cool_down, trials: trials.reported(0) }
            }
            (Self::Tripped { until, cool_down, trials }, Report::Succeeded) => match trials.reported(1) {
                trials if trials.succeeded >= trials.needed => Self::CLOSED,
                trials => Self::Tripped { until, cool_down, trials },
            },
            (Self::Tripped { cool_down, .. }, Report::Failed) => {
                Self::open(ended, cool_down.saturating_mul(settings.growth.max(1)), settings)
            }
        }
    }

    /// Closed with these outcomes, unless they open it.
    fn closed(latest: u64, now: Timestamp, settings: &BreakerSettings) -> Self {
        let window = settings.window.clamp(1, u64::BITS);
        let failures = (latest << (u64::BITS - window)).count_ones();
        let in_a_row = latest.trailing_ones() >= settings.consecutive.clamp(1, u64::BITS);
        let too_many = f64::from(failures) >= settings.ratio.get() * f64::from(window);
        if in_a_row || too_many { Self::open(now, settings.cool_down, settings) } else { Self::Closed { latest } }
    }

    fn open(now: Timestamp, cool_down: Duration, settings: &BreakerSettings) -> Self {
        let cool_down = cool_down.min(settings.longest);
        let trials = Trials { needed: 1, succeeded: 0, under_way: 0, latest: now }.on(settings);
        Self::Tripped { until: now + cool_down, cool_down, trials }
    }
}

impl Trials {
    fn on(self, settings: &BreakerSettings) -> Self {
        Self { needed: settings.trials.max(1), ..self }
    }

    /// How many more may be made. Those that were let through and not heard of for as long as the circuit was open are not waited for.
    fn left(self, now: Timestamp, cool_down: Duration) -> u32 {
        let under_way = if now - self.latest > cool_down { 0 } else { self.under_way };
        self.needed.saturating_sub(self.succeeded).saturating_sub(under_way)
    }

    fn admitting(self, now: Timestamp, cool_down: Duration) -> Self {
        let under_way = self.needed.saturating_sub(self.succeeded).saturating_sub(self.left(now, cool_down)) + 1;
        Self { under_way, latest: now, ..self }
    }

    fn reported(self, succeeded: u32) -> Self {
        Self { succeeded: self.succeeded + succeeded, under_way: self.under_way.saturating_sub(1), ..self }
    }
}

#[cfg(test)]
mod tests;
