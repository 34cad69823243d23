//! Chance as a value, so that a decision that uses it can be repeated.

use serde::{Deserialize, Serialize};

/// A number drawn evenly from `[0, 1)`, by which one of several candidates is chosen.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Draw(f64);

impl Draw {
    /// A number that the caller drew.
    ///
    /// # Errors
    /// [`OutOfRange`](maestria_vocabulary::OutOfRange) outside `[0, 1)`.
    pub fn new(value: f64) -> Result<Self, maestria_vocabulary::OutOfRange> {
        if (0.0..1.0).contains(&value) {
            return Ok(Self(value));
        }
        Err(maestria_vocabulary::OutOfRange { quantity: "a draw", range: "[0, 1)", value })
    }

    /// The draw of a seed: equal seeds give equal draws, and counting seeds give independent ones (SplitMix64; Steele et al., 2014).
    #[must_use]
    pub fn from_seed(seed: u64) -> Self {
        Self((mixed(seed) >> 11) as f64 / (1_u64 << 53) as f64)
    }

    /// The value in `[0, 1)`.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }

    /// The place of the share in which the draw falls, when shares that sum to one are laid end to end.
    pub(crate) fn pick(self, shares: impl IntoIterator<Item = f64>) -> usize {
        let (mut end, mut chosen) = (0.0, 0);
        for (place, share) in shares.into_iter().enumerate() {
            // Where rounding leaves the end below one, the last share that is any takes the rest.
            if share > 0.0 {
                chosen = place;
            }
            end += share;
            if self.0 < end {
                break;
            }
        }
        chosen
    }
}

impl TryFrom<f64> for Draw {
    type Error = maestria_vocabulary::OutOfRange;

    fn try_from(value: f64) -> Result<Self, Self::Error> {
        Self::new(value)
    }
}

impl From<Draw> for f64 {
    fn from(draw: Draw) -> Self {
        draw.0
    }
}

/// One step of SplitMix64.
pub(crate) fn mixed(seed: u64) -> u64 {
    let z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_falls_into_a_share_as_often_as_the_share_is_large() {
        let shares = [0.2, 0.0, 0.5, 0.3];
        let mut counts = [0_u32; 4];
        for seed in 0..10_000 {
            counts[Draw::from_seed(seed).pick(shares)] += 1;
        }
        assert_eq!(counts[1], 0);
        for (count, share) in counts.into_iter().zip(shares) {
            assert!((f64::from(count) / 10_000.0 - share).abs() < 0.02, "{counts:?}");
        }
    }

    #[test]
    fn what_lies_outside_of_the_range_is_refused() {
        for value in [-0.1, 1.0, f64::NAN, f64::INFINITY] {
            assert!(Draw::new(value).is_err(), "{value}");
        }
    }
}
