//! The part of a record that models are compared by, small enough to be copied.

use std::time::Duration;

use maestria_vocabulary::{Probability, Timestamp};

use super::{Record, mean::Mean};

/// The part of a [`Record`] that models are compared by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    success: Mean,
    error: Probability,
    latency: Option<Duration>,
    samples: u64,
    half_life: Duration,
}

impl Summary {
    pub(super) fn of(record: &Record) -> Self {
        Self {
            success: record.success,
            error: record.error(),
            latency: record.latency(),
            samples: record.samples,
            half_life: record.half_life,
        }
    }

    /// As [`Record::success`].
    #[inline]
    #[must_use]
    pub fn success(&self) -> Probability {
        Probability::saturating(self.success.value)
    }

    /// As [`Record::error`].
    #[inline]
    #[must_use]
    pub const fn error(&self) -> Probability {
        self.error
    }

    /// As [`Record::latency`].
    #[inline]
    #[must_use]
    pub const fn latency(&self) -> Option<Duration> {
        self.latency
    }

    /// As [`Record::samples`].
    #[inline]
    #[must_use]
    pub const fn samples(&self) -> u64 {
        self.samples
    }

    /// As [`Record::evidence`].
    #[inline]
    #[must_use]
    pub fn evidence(&self, now: Timestamp) -> f64 {
        self.success.evidence(now, self.half_life)
    }
}
