//! A decayed mean that knows how much evidence is behind it: it can be neither NaN nor out of the range of what it was made of.

use std::time::Duration;

use maestria_vocabulary::Timestamp;
use serde::{Deserialize, Serialize};

/// Most evidence, in outcomes, that a mean keeps: however fast outcomes come, a change shows within about a hundred of them.
const MEMORY: f64 = 100.0;

/// A mean, the evidence behind it in outcomes, and when the latest of them was.
///
/// Evidence of `n` outcomes fades to `n · 2^(−elapsed / half-life)` and never exceeds a hundred; then `mean ← (n · mean + x) / (n + 1)`.
/// As `n ≥ 0`, the divisor is at least one.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mean {
    pub(super) value: f64,
    evidence: f64,
    pub(super) at: Timestamp,
}

impl Mean {
    /// The mean after `x` at a time. What is older than the latest counts as if it had been then.
    pub(super) fn with(self, x: f64, at: Timestamp, half_life: Duration) -> Self {
        let weight = self.weight_of_next(at, half_life);
        let evidence = (1.0 / weight).min(MEMORY);
        Self { value: self.value * (1.0 - weight) + x * weight, evidence, at: self.at.max(at) }
    }

    /// Weight of the next outcome against all before it, in `(0, 1]`.
    pub(super) fn weight_of_next(self, at: Timestamp, half_life: Duration) -> f64 {
        1.0 / (self.evidence(at, half_life) + 1.0)
    }

    /// Evidence that is left at a time, in outcomes, in `[0, 100]`.
    #[inline]
    pub(super) fn evidence(self, now: Timestamp, half_life: Duration) -> f64 {
        self.evidence * fading(now - self.at, half_life)
    }

    /// Whether anything was ever taken in.
    pub(super) fn is_told(self) -> bool {
        self.evidence > 0.0
    }

    /// Whether this can be a mean of values between zero and `most`.
    pub(super) fn is_sound(self, most: f64) -> bool {
        (0.0..=most).contains(&self.value) && (0.0..=MEMORY).contains(&self.evidence)
    }
}

/// Share of the evidence that is left after `elapsed`, in `[0, 1]`.
#[inline]
pub(super) fn fading(elapsed: Duration, half_life: Duration) -> f64 {
    if elapsed.is_zero() { 1.0 } else { (-elapsed.as_secs_f64() / half_life.as_secs_f64()).exp2() }
}
