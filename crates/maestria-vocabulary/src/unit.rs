//! Quantities whose unit is their type, and that cannot hold a value outside their range.

use std::{fmt, iter::Sum, ops::Add};

use serde::{Deserialize, Serialize};

/// A number outside the range of its quantity.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("{quantity} lies within {range}, not {value}")]
pub struct OutOfRange {
    /// What was to be expressed.
    pub quantity: &'static str,
    /// Its permitted range.
    pub range: &'static str,
    /// The value refused.
    pub value: f64,
}

macro_rules! count {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
        pub struct $name(pub u64);

        impl $name {
            /// Nothing.
            pub const ZERO: Self = Self(0);

            /// What remains after taking `other` away; zero when there is less than that.
            #[must_use]
            pub const fn saturating_sub(self, other: Self) -> Self {
                Self(self.0.saturating_sub(other.0))
            }
        }

        impl Add for $name {
            type Output = Self;
            /// Saturates at the largest value.
            fn add(self, other: Self) -> Self {
                Self(self.0.saturating_add(other.0))
            }
        }

        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
                iter.fold(Self::ZERO, Add::add)
            }
        }
    };
}

count! {
    /// An amount of memory in bytes.
    Bytes
}
count! {
    /// An amount of text in model tokens.
    Tokens
}
count! {
    /// An amount of money in millionths of one currency unit; every price of one application is in the same currency.
    Money
}

impl Bytes {
    /// `n` mebibytes.
    #[must_use]
    pub const fn mib(n: u64) -> Self {
        Self(n.saturating_mul(1 << 20))
    }

    /// `n` gibibytes.
    #[must_use]
    pub const fn gib(n: u64) -> Self {
        Self(n.saturating_mul(1 << 30))
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
        if self.0 < 1024 {
            return write!(f, "{} B", self.0);
        }
        let mut value = self.0 as f64 / 1024.0;
        let mut unit = "KiB";
        for next in &UNITS[1..] {
            if value < 1024.0 {
                break;
            }
            value /= 1024.0;
            unit = next;
        }
        write!(f, "{value:.1} {unit}")
    }
}

impl fmt::Display for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} tokens", self.0)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

/// A probability, share or score in `[0, 1]`; never NaN.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Probability(f64);

impl Probability {
    /// Impossible.
    pub const ZERO: Self = Self(0.0);
    /// Certain.
    pub const ONE: Self = Self(1.0);

    /// Checks that `value` lies in `[0, 1]`.
    ///
    /// # Errors
    /// [`OutOfRange`] for anything else, NaN included.
    pub fn new(value: f64) -> Result<Self, OutOfRange> {
        if (0.0..=1.0).contains(&value) {
            Ok(Self(value))
        } else {
            Err(OutOfRange { quantity: "a probability", range: "[0, 1]", value })
        }
    }

    /// The nearest probability to `value`; NaN becomes zero.
    #[inline]
    #[must_use]
    pub fn saturating(value: f64) -> Self {
        if value.is_nan() { Self::ZERO } else { Self(value.clamp(0.0, 1.0)) }
    }

    /// The value in `[0, 1]`.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }

    /// `1 − p`.
    #[inline]
    #[must_use]
    pub fn complement(self) -> Self {
        Self(1.0 - self.0)
    }
}

impl Eq for Probability {}

#[expect(clippy::derive_ord_xor_partial_ord, reason = "never NaN, so both orders agree")]
impl Ord for Probability {
    #[inline]
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl TryFrom<f64> for Probability {
    type Error = OutOfRange;
    fn try_from(value: f64) -> Result<Self, OutOfRange> {
        Self::new(value)
    }
}

impl From<Probability> for f64 {
    fn from(p: Probability) -> f64 {
        p.0
    }
}

impl fmt::Display for Probability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Energy in joules; finite and not negative.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Joules(f64);

impl Joules {
    /// No energy.
    pub const ZERO: Self = Self(0.0);

    /// Checks that `value` is finite and not negative.
    ///
    /// # Errors
    /// [`OutOfRange`] for anything else, NaN included.
    #[inline]
    pub fn new(value: f64) -> Result<Self, OutOfRange> {
        if value.is_finite() && value >= 0.0 {
            Ok(Self(value))
        } else {
            Err(OutOfRange { quantity: "an energy in joules", range: "[0, ∞)", value })
        }
    }

    /// The value in joules.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Joules {
    type Error = OutOfRange;
    fn try_from(value: f64) -> Result<Self, OutOfRange> {
        Self::new(value)
    }
}

impl From<Joules> for f64 {
    fn from(joules: Joules) -> f64 {
        joules.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bytes_read_as_a_person_would_write_them() {
        let check = |bytes: u64, text: &str| assert_eq!(Bytes(bytes).to_string(), text);
        check(0, "0 B");
        check(1023, "1023 B");
        check(1024, "1.0 KiB");
        check(Bytes::gib(2).0, "2.0 GiB");
        check(u64::MAX, "16384.0 PiB");
    }

    proptest! {
        #[test]
        fn a_probability_is_always_in_range(value in proptest::num::f64::ANY) {
            let saturated = Probability::saturating(value).get();
            prop_assert!((0.0..=1.0).contains(&saturated));
            prop_assert_eq!(Probability::new(value).is_ok(), (0.0..=1.0).contains(&value));
        }

        #[test]
        fn sums_saturate(a: u64, b: u64) {
            prop_assert_eq!(Bytes(a) + Bytes(b), Bytes(a.saturating_add(b)));
        }
    }
}
