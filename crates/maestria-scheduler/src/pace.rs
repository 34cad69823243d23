//! How long attempts take against what was expected of them, learned from those that succeeded.

use std::time::Duration;

/// Mean and variance of `actual ÷ expected`, in which an attempt weighs half as much after every 64.
///
/// Before the first attempt the mean is one and the standard deviation a half, and that guess weighs as much as four attempts.
#[derive(Debug)]
pub(crate) struct Pace {
    weight: f64,
    mean: f64,
    /// Weighted sum of squared distances from the mean (West 1979).
    spread: f64,
}

impl Default for Pace {
    fn default() -> Self {
        Self { weight: GUESS, mean: 1.0, spread: GUESS * 0.25 }
    }
}

const GUESS: f64 = 4.0;
/// One half to the power of 1/64.
const KEPT: f64 = 0.989_228_013_193_975_5;
/// More than this is the same to us: one hung attempt must not decide everything.
const MOST: f64 = 16.0;

impl Pace {
    pub(crate) fn observe(&mut self, expected: Duration, actual: Duration) {
        if expected.is_zero() {
            return;
        }
        let ratio = (actual.as_secs_f64() / expected.as_secs_f64()).min(MOST);
        self.weight = self.weight * KEPT + 1.0;
        self.spread *= KEPT;
        let distance = ratio - self.mean;
        self.mean += distance / self.weight;
        self.spread += distance * (ratio - self.mean);
    }

    /// Time that work of so many expected seconds in about so many pieces takes, at this distance from the mean in standard deviations. The
    /// errors of the pieces are taken to be independent, so that the deviation of their sum grows with the root of their number.
    pub(crate) fn time(&self, expected: Duration, pieces: f64, deviations: f64) -> Duration {
        let deviation = (self.spread / self.weight).max(0.0).sqrt() / pieces.max(1.0).sqrt();
        let factor = (self.mean + deviations * deviation).max(0.0);
        Duration::try_from_secs_f64(expected.as_secs_f64() * factor).unwrap_or(Duration::MAX)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_pace_is_learned_and_the_guess_forgotten() {
        let mut pace = Pace::default();
        assert_eq!(pace.time(SECOND, 1.0, 0.0), SECOND);
        for _ in 0..2_000 {
            pace.observe(SECOND, 3 * SECOND);
        }
        let check =
            |pace: &Pace, deviations| assert!((pace.time(SECOND, 1.0, deviations).as_secs_f64() - 3.0).abs() < 1e-3);
        check(&pace, 0.0);
        check(&pace, 1.3);
        pace.observe(Duration::ZERO, SECOND);
        check(&pace, 0.0);
    }

    #[test]
    fn many_pieces_are_surer_than_one() {
        let pace = Pace::default();
        let late = |pieces| pace.time(100 * SECOND, pieces, 1.28);
        assert_eq!(late(1.0), Duration::from_secs(164));
        assert_eq!(late(16.0), Duration::from_secs(116));
        assert_eq!(pace.time(100 * SECOND, 1.0, -9.0), Duration::ZERO);
    }
    proptest! {
        /// Against the mean and the variance of all observations, added up anew.
        #[test]
        fn the_pace_is_the_weighted_mean_and_variance(ratios in prop::collection::vec(0.0..20.0_f64, 0..200)) {
            let mut pace = Pace::default();
            for &ratio in &ratios {
                pace.observe(10 * SECOND, Duration::from_secs_f64(10.0 * ratio));
            }
            let weight = |age: usize| (-(age as f64) / 64.0).exp2();
            let guess = 4.0 * weight(ratios.len());
            let weighed = || ratios.iter().rev().enumerate().map(|(age, ratio)| (weight(age), ratio.min(16.0)));
            let all = guess + weighed().map(|(weight, _)| weight).sum::<f64>();
            let mean = (guess + weighed().map(|(weight, ratio)| weight * ratio).sum::<f64>()) / all;
            let squares = weighed().map(|(weight, ratio)| weight * (ratio - mean).powi(2)).sum::<f64>();
            let variance = (guess * (0.25 + (1.0 - mean).powi(2)) + squares) / all;
            for (pieces, deviations) in [(1.0, 0.0), (1.0, 1.0), (4.0, 1.0), (1.0, -0.1)] {
                let expected = 100.0 * (mean + deviations * (variance / pieces).sqrt()).max(0.0);
                let told = pace.time(100 * SECOND, pieces, deviations).as_secs_f64();
                prop_assert!((told - expected).abs() < 1e-6, "{} {}", told, expected);
            }
        }
    }
}
