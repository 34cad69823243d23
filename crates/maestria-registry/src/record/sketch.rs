//! Quantiles of decayed latencies within a stated relative error, in memory that does not grow.

use std::time::Duration;

use maestria_vocabulary::{Probability, Timestamp};
use serde::{Deserialize, Serialize};

use super::mean::fading;

/// Most that a quantile may be off, relative to a latency that was observed at that rank.
pub(crate) const RELATIVE_ERROR: f64 = 0.02;
/// Ratio of the bounds of a bin: a value between them differs from their harmonic mean by at most the relative error.
const GAMMA: f64 = (1.0 + RELATIVE_ERROR) / (1.0 - RELATIVE_ERROR);
/// Least latency that is told apart, in seconds.
const LEAST: f64 = 1e-6;
/// Bins from a microsecond to 11.6 days: `ln(10¹²) / ln γ`.
const BINS: u16 = 691;
/// Most evidence that a sketch keeps, in attempts: five of them lie beyond the 99th percentile.
const MEMORY: f64 = 500.0;
/// Evidence below which what is known fades no more: it is outweighed by the next attempt, but not forgotten before.
const TRACE: f64 = 1e-6;
/// Share of all evidence below which a bin is dropped; all bins that could be make up less than 0.1 %.
const NEGLIGIBLE: f64 = 1e-6;

/// A histogram of latencies over bins whose bounds grow by a constant ratio, as in `DDSketch` (Masson, Rim and Lee, VLDB 2019), with weights
/// that halve once per half-life.
///
/// The sketches that are to be had as crates count in integers, so that nothing in them can fade but by being thrown away, hide their bins
/// or hold all of them at once. This one holds those that are not empty: eight bytes each, some sixty for a model whose latencies vary
/// tenfold, 691 at most.
///
/// # Error
/// A [quantile](Self::quantile) lies within 2 % of the weighted quantile of the latencies between a microsecond and 11.6 days; those outside
/// count as the nearer of the two. Weights are single-precision and bins of less than a millionth are dropped, which moves a rank by less
/// than a thousandth.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sketch {
    /// Ordered by bin, none empty.
    bins: Vec<(u16, f32)>,
    at: Timestamp,
}

impl Sketch {
    /// Takes one latency in. One older than the latest counts as if it had been then.
    pub(super) fn add(&mut self, latency: Duration, at: Timestamp, half_life: Duration) {
        let total = self.total();
        if total > 0.0 {
            let left = (total * fading(at - self.at, half_life)).clamp(TRACE, MEMORY - 1.0).min(total);
            self.fade(left / total, left * NEGLIGIBLE);
        }
        let bin = bin(latency);
        match self.bins.binary_search_by_key(&bin, |(bin, _)| *bin) {
            Ok(place) => self.bins.iter_mut().skip(place).take(1).for_each(|(_, weight)| *weight += 1.0),
            Err(place) => self.bins.insert(place, (bin, 1.0)),
        }
        self.at = self.at.max(at);
    }

    fn fade(&mut self, kept: f64, negligible: f64) {
        self.bins.retain_mut(|(_, weight)| {
            *weight = (f64::from(*weight) * kept) as f32;
            f64::from(*weight) > negligible
        });
    }

    /// The latency that a share `q` of the evidence does not exceed; nothing before the first.
    pub(super) fn quantile(&self, q: Probability) -> Option<Duration> {
        let rank = q.get() * self.total();
        let mut seen = 0.0;
        let reached = self.bins.iter().find(|(_, weight)| {
            seen += f64::from(*weight);
            seen >= rank
        });
        let (bin, _) = reached.or(self.bins.last())?;
        Some(Duration::from_secs_f64(value(*bin)))
    }

    /// Evidence that is left at a time, in attempts.
    pub(super) fn evidence(&self, now: Timestamp, half_life: Duration) -> f64 {
        self.total() * fading(now - self.at, half_life)
    }

    pub(super) const fn at(&self) -> Timestamp {
        self.at
    }

    /// Whether some history of latencies leaves this.
    pub(super) fn is_sound(&self) -> bool {
        let weights = self.bins.iter().all(|(bin, weight)| *bin < BINS && *weight > 0.0 && weight.is_finite());
        weights && self.bins.is_sorted_by(|(a, _), (b, _)| a < b) && self.total() <= MEMORY * 1.001
    }

    fn total(&self) -> f64 {
        self.bins.iter().map(|(_, weight)| f64::from(*weight)).sum()
    }
}

fn bin(latency: Duration) -> u16 {
    let bin = ((latency.as_secs_f64() / LEAST).ln() / GAMMA.ln()).floor();
    // A cast of less than zero gives zero.
    (bin as u16).min(BINS - 1)
}

/// The value in seconds that differs least, relatively, from any in the bin: `2 γ^(i+1) / (γ + 1)`.
fn value(bin: u16) -> f64 {
    LEAST * GAMMA.powi(i32::from(bin)) * 2.0 * GAMMA / (GAMMA + 1.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    /// The latency at which the weights of all up to it reach a share of all weights.
    fn exact(latencies: &[(f64, f64)], q: f64) -> f64 {
        let mut ordered = latencies.to_vec();
        ordered.sort_by(|a, b| a.0.total_cmp(&b.0));
        let total: f64 = ordered.iter().map(|(_, weight)| weight).sum();
        let mut seen = 0.0;
        ordered
            .iter()
            .find(|(_, weight)| {
                seen += weight;
                seen >= q * total
            })
            .map_or(f64::NAN, |(x, _)| *x)
    }

    #[test]
    fn what_is_outside_the_range_counts_as_its_end() {
        let check = |latency: Duration, expected: f64| {
            let mut sketch = Sketch::default();
            sketch.add(latency, Timestamp::ZERO, HOUR);
            let found = sketch.quantile(Probability::ONE).unwrap().as_secs_f64();
            assert!((found / expected - 1.0).abs() <= 0.03, "{latency:?}: {found}");
        };
        check(Duration::ZERO, 1e-6);
        check(Duration::from_secs(1), 1.0);
        check(Duration::MAX, 1e6);
    }

    #[test]
    fn a_sketch_of_everything_stays_small() {
        let mut sketch = Sketch::default();
        for n in 0..100_000_u64 {
            sketch.add(Duration::from_nanos(1 << (n % 60)), Timestamp::ZERO, HOUR);
        }
        assert!(sketch.bins.len() <= 60, "{}", sketch.bins.len());
        assert!((sketch.total() - MEMORY).abs() < 0.1, "{}", sketch.total());
        assert!(sketch.is_sound());
    }

    #[test]
    fn what_is_known_does_not_fade_to_nothing() {
        let mut sketch = Sketch::default();
        sketch.add(HOUR, Timestamp::ZERO, HOUR);
        for n in 1..50 {
            sketch.add(HOUR, Timestamp::from_epoch(HOUR * 1000 * n), HOUR);
        }
        assert_eq!(sketch.evidence(Timestamp::MAX, HOUR), 0.0);
        assert!(sketch.quantile(Probability::ONE).is_some() && sketch.is_sound());
    }

    proptest! {
        #[test]
        fn a_quantile_is_within_two_percent_of_the_weighted_one(
            attempts in prop::collection::vec((1.0e-6_f64..1.0e5, 0_u64..100_000), 1..300), q in 0.01_f64..0.99,
        ) {
            let (mut sketch, mut weighted, mut last) = (Sketch::default(), Vec::new(), 0);
            for (seconds, later) in attempts {
                let kept = fading(Duration::from_secs(later), HOUR * 24);
                weighted.iter_mut().for_each(|(_, weight)| *weight *= kept);
                weighted.push((seconds, 1.0));
                last += later;
                sketch.add(Duration::from_secs_f64(seconds), Timestamp::from_epoch(Duration::from_secs(last)), HOUR * 24);
            }
            // A rank may be a thousandth off, so the value lies between the exact ones of both neighbours.
            let [low, high] = [q - 0.001, q + 0.001].map(|q| exact(&weighted, q));
            let found = sketch.quantile(Probability::saturating(q)).unwrap().as_secs_f64();
            prop_assert!(found >= low * (1.0 - RELATIVE_ERROR) - 2e-9, "{found} < {low}");
            prop_assert!(found <= high * (1.0 + RELATIVE_ERROR) + 2e-9, "{found} > {high}");
        }

        #[test]
        fn any_history_leaves_a_sound_sketch_that_survives_being_written_down(
            history in prop::collection::vec((any::<Duration>(), any::<Duration>()), 0..100), half_life: Duration,
        ) {
            let mut sketch = Sketch::default();
            for (latency, at) in history {
                sketch.add(latency, Timestamp::from_epoch(at), half_life);
                prop_assert!(sketch.is_sound(), "{sketch:?}");
            }
            let text = serde_json::to_string(&sketch).unwrap();
            prop_assert_eq!(serde_json::from_str::<Sketch>(&text).unwrap(), sketch);
        }
    }
}
