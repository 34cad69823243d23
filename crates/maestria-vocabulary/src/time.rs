//! Points in time as plain values, so that every decision can be replayed under virtual time.

use std::{
    fmt,
    ops::{Add, Sub},
    time::Duration,
};

use serde::{Deserialize, Serialize};

/// A point in time: the duration since an epoch that the driver chooses and never changes (the Unix epoch in the umbrella crate).
///
/// `std::time::Instant` can be neither made up, stored nor replayed; machines below the umbrella therefore take a `Timestamp`.
/// Arithmetic saturates: time never panics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Timestamp(Duration);

impl Timestamp {
    /// The epoch itself.
    pub const ZERO: Self = Self(Duration::ZERO);
    /// Later than every other point in time.
    pub const MAX: Self = Self(Duration::MAX);

    /// The point in time `elapsed` after the epoch.
    #[must_use]
    pub const fn from_epoch(elapsed: Duration) -> Self {
        Self(elapsed)
    }

    /// Time since the epoch.
    #[must_use]
    pub const fn since_epoch(self) -> Duration {
        self.0
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;
    fn add(self, delay: Duration) -> Self {
        Self(self.0.saturating_add(delay))
    }
}

impl Sub for Timestamp {
    type Output = Duration;
    /// Time from `earlier` to `self`; zero when `earlier` is the later one.
    #[inline]
    fn sub(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}s", self.0.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_saturates() {
        let second = Duration::from_secs(1);
        assert_eq!(Timestamp::ZERO + second - Timestamp::ZERO, second);
        assert_eq!(Timestamp::ZERO - (Timestamp::ZERO + second), Duration::ZERO);
        assert_eq!(Timestamp::MAX + second, Timestamp::MAX);
    }
}
