//! When a model no longer does what it did: a change of its success rate, found soon and seldom found wrongly.
//!
//! ```
//! use maestria_registry::drift::Drift;
//! use maestria_vocabulary::Probability;
//!
//! let mut drift = Drift::new(Probability::new(0.05)?, 1_000);
//! // 400 tasks of which nine in ten succeed, then every second one fails.
//! let alarm = (0..500).find(|task| drift.observe(if *task < 400 { task % 10 != 0 } else { task % 2 == 0 }).is_some());
//! assert!((400..450).contains(&alarm.ok_or("no alarm")?));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod streams;

use maestria_vocabulary::Probability;

pub use streams::{Streams, Suspect};

/// Success rates that may come after a change.
const RATES: [f64; 9] = [0.02, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.98];

/// Outcomes of one model at one thing, watched for a change of its success rate. Of the outcomes only counts are kept.
///
/// For every rate `q` of a fixed set, `R(q) ← (R(q) + w(q)) · P(x | q) / P(x | past)` after every outcome `x`, where `P(success | past) =
/// (s + ½) / (n + 1)` after `s` successes in `n` outcomes. The weights `w` sum up to one; they are shared by the rates that are at least
/// 0.12 away from that, in proportion to `1/d²` for a distance `d`, as is the time to notice a change. The sum of all `R` is the
/// Shiryaev–Roberts statistic of a change at any time to any of these rates, against a constant rate that is unknown: the rate before the
/// change is learnt as it goes (Lorden and Pollak, "Nonanticipating estimation applied to sequential analysis and changepoint detection",
/// 2005), which makes it an e-detector (Shin, Ramdas and Rinaldo, "E-detectors: a nonparametric framework for sequential change
/// detection", 2024).
///
/// If the rate never changes, the mean of the sum after `n` outcomes is at most `n`, the rate taken as drawn from Jeffreys' prior, and the
/// sum is a submartingale. By Doob's inequality the share of unchanged streams that alarm within `n` outcomes is at most `n` divided by
/// the threshold. That is a bound over all rates together, not for each.
#[derive(Debug, Clone, PartialEq)]
pub struct Drift {
    threshold: f64,
    evidence: [f64; RATES.len()],
    successes: u64,
    outcomes: u64,
}

/// A change that was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shift {
    /// Share of successes since the watch began, those after the change included.
    pub before: Probability,
    /// The likeliest rate since the change, of a few that are looked for.
    pub after: Probability,
}

impl Shift {
    /// Whether it is for the worse.
    #[must_use]
    pub fn is_decline(&self) -> bool {
        self.after < self.before
    }
}

impl Drift {
    /// Watches so that at most this share of the streams that never change alarms within so many outcomes. A share of zero never alarms.
    #[must_use]
    pub fn new(false_alarms: Probability, within: u64) -> Self {
        let threshold = within.max(1) as f64 / false_alarms.get();
        Self { threshold, evidence: [0.0; RATES.len()], successes: 0, outcomes: 0 }
    }

    /// Takes an outcome in. After an alarm it starts anew: what comes next is what is usual.
    pub fn observe(&mut self, success: bool) -> Option<Shift> {
        /// Evidence beyond which more makes no difference; the sum of all stays finite.
        const MOST: f64 = f64::MAX / (2 * RATES.len()) as f64;
        let usual = self.usual();
        let weights = self.weights(usual);
        let of = |rate: f64| if success { rate } else { 1.0 - rate };
        for ((evidence, rate), weight) in self.evidence.iter_mut().zip(RATES).zip(weights) {
            *evidence = ((*evidence + weight) * of(rate) / of(usual)).min(MOST);
        }
        self.outcomes = self.outcomes.saturating_add(1);
        self.successes = self.successes.saturating_add(u64::from(success));
        if self.evidence.iter().sum::<f64>() < self.threshold {
            return None;
        }
        let likeliest = self.evidence.iter().zip(RATES).max_by(|(a, _), (b, _)| a.total_cmp(b));
        let after = likeliest.map_or(usual, |(_, rate)| rate);
        let shift = Shift { before: Probability::saturating(self.usual()), after: Probability::saturating(after) };
        self.reset();
        Some(shift)
    }

    /// Forgets all outcomes: what comes next is what is usual.
    pub const fn reset(&mut self) {
        self.evidence = [0.0; RATES.len()];
        self.successes = 0;
        self.outcomes = 0;
    }

    /// Outcomes since the watch began.
    #[must_use]
    pub const fn outcomes(&self) -> u64 {
        self.outcomes
    }

    /// The probability of success by what was seen, within `(0, 1)`.
    fn usual(&self) -> f64 {
        (self.successes as f64 + 0.5) / (self.outcomes as f64 + 1.0)
    }

    /// How much of the belief in a change that begins now each rate gets; nothing as long as too little was seen to know what is usual.
    fn weights(&self, usual: f64) -> [f64; RATES.len()] {
        /// Outcomes after which a change can begin.
        const LEARNING: u64 = 20;
        /// Least change that is looked for.
        const LEAST: f64 = 0.12;
        if self.outcomes < LEARNING {
            return [0.0; RATES.len()];
        }
        let wanted = RATES.map(|rate| (rate - usual).abs()).map(|d| if d >= LEAST { 1.0 / (d * d) } else { 0.0 });
        let total: f64 = wanted.iter().sum();
        wanted.map(|weight| weight / total)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::discovery::Draw;

    fn drift() -> Drift {
        Drift::new(Probability::saturating(0.05), 1_000)
    }

    /// Outcomes until the first alarm of a stream that changes after 300 outcomes.
    fn alarm(seed: u64, before: f64, after: f64, length: u64) -> Option<(u64, Shift)> {
        let (mut draw, mut drift) = (Draw::new(seed), drift());
        (0..length).find_map(|n| Some((n, drift.observe(draw.chance(if n < 300 { before } else { after }))?)))
    }

    #[test]
    fn streams_that_never_change_seldom_alarm() {
        for rate in [0.0, 0.3, 0.9, 1.0] {
            let alarms = (0..100).filter(|seed| alarm(*seed, rate, rate, 1_000).is_some()).count();
            assert!(alarms <= 9, "{alarms} of 100 at {rate}");
        }
    }

    #[test]
    fn a_large_change_is_found_soon_and_named() {
        let check = |before: f64, after: f64, is_decline| {
            let found = (1000..1100).filter_map(|seed| alarm(seed, before, after, 350)).filter(|(at, _)| *at >= 300);
            let found: Vec<_> = found.collect();
            assert!(found.len() >= 90, "{} of 100 from {before} to {after}", found.len());
            let named = found.iter().filter(|(_, shift)| shift.is_decline() == is_decline).count();
            assert_eq!(named, found.len());
        };
        check(0.9, 0.4, true);
        check(1.0, 0.6, true);
        check(0.2, 0.8, false);
    }

    #[test]
    fn after_an_alarm_the_watch_starts_anew() {
        let mut drift = drift();
        (0..100).for_each(|_| assert_eq!(drift.observe(true), None));
        let shift = (0..50).find_map(|_| drift.observe(false)).unwrap();
        assert!(shift.is_decline() && drift == super::tests::drift());
    }

    #[test]
    fn no_false_alarm_at_all_is_no_alarm() {
        let mut drift = Drift::new(Probability::ZERO, 1_000);
        assert!((0..2000).all(|n| drift.observe(n < 1000).is_none()));
    }

    proptest! {
        #[test]
        fn evidence_is_never_lost_in_numbers(outcomes in prop::collection::vec(any::<bool>(), 0..400), share in 0.0..=1.0_f64) {
            let mut drift = Drift::new(Probability::saturating(share), 1_000);
            for success in outcomes {
                drift.observe(success);
                prop_assert!(drift.evidence.iter().all(|evidence| *evidence >= 0.0 && evidence.is_finite()));
            }
        }
    }
}
