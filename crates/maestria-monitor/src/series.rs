//! Measurements over time, as many as there is room for.

use std::{
    collections::{VecDeque, vec_deque},
    num::NonZeroUsize,
};

use maestria_vocabulary::{Probability, Timestamp};

use crate::{Error, Result};

/// One measurement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// When it was taken.
    pub at: Timestamp,
    /// What was measured; finite.
    pub value: f64,
}

/// The latest measurements of one quantity, in the order of their times. When it is full, the oldest goes.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    capacity: NonZeroUsize,
    points: VecDeque<Point>,
}

impl Series {
    /// An empty series with room for `capacity` measurements.
    #[must_use]
    pub const fn new(capacity: NonZeroUsize) -> Self {
        Self { capacity, points: VecDeque::new() }
    }

    /// Takes a measurement in. Several may be of the same time.
    ///
    /// # Errors
    /// [`Error::NotFinite`] for NaN and the infinities; [`Error::OutOfOrder`] for a time before the latest.
    pub fn record(&mut self, at: Timestamp, value: f64) -> Result<()> {
        Error::check(at, value, self.latest().map(|point| point.at))?;
        if self.points.len() == self.capacity.get() {
            self.points.pop_front();
        }
        self.points.push_back(Point { at, value });
        Ok(())
    }

    /// The latest measurement.
    #[must_use]
    pub fn latest(&self) -> Option<Point> {
        self.points.back().copied()
    }

    /// The measurements taken from `from` to `to`, both included.
    #[must_use]
    pub fn between(&self, from: Timestamp, to: Timestamp) -> Stretch<'_> {
        let end = self.points.partition_point(|point| point.at <= to);
        let start = self.points.partition_point(|point| point.at < from).min(end);
        Stretch { points: self.points.range(start..end) }
    }

    /// All measurements.
    #[must_use]
    pub fn all(&self) -> Stretch<'_> {
        Stretch { points: self.points.iter() }
    }
}

/// Some consecutive measurements of a [`Series`].
#[derive(Debug, Clone)]
pub struct Stretch<'a> {
    points: vec_deque::Iter<'a, Point>,
}

impl Stretch<'_> {
    /// The measurements, oldest first.
    pub fn points(&self) -> impl Iterator<Item = Point> {
        self.points.clone().copied()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.points.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Their arithmetic mean, every measurement counting the same; none of nothing.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        // Dividing first keeps the sum within range, but for the rounding.
        let n = self.len() as f64;
        (!self.is_empty()).then(|| self.points().map(|point| point.value / n).sum::<f64>().clamp(f64::MIN, f64::MAX))
    }

    /// The least measurement that a share `q` of all do not exceed (nearest rank); none of nothing.
    ///
    /// It is always one of the measurements: the least for `q = 0`, the greatest for `q = 1`.
    #[must_use]
    pub fn quantile(&self, q: Probability) -> Option<f64> {
        let mut values: Vec<_> = self.points().map(|point| point.value).collect();
        values.sort_unstable_by(f64::total_cmp);
        let rank = (q.get() * values.len() as f64).ceil() as usize;
        values.get(rank.saturating_sub(1)).copied()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn at(second: u64) -> Timestamp {
        Timestamp::from_epoch(Duration::from_secs(second))
    }

    fn series(capacity: usize, points: &[(u64, f64)]) -> Series {
        let mut series = Series::new(NonZeroUsize::new(capacity).unwrap());
        for &(second, value) in points {
            series.record(at(second), value).unwrap();
        }
        series
    }

    #[test]
    fn only_the_latest_measurements_are_kept() {
        let series = series(2, &[(1, 10.0), (2, 20.0), (2, 30.0)]);
        assert_eq!(series.all().points().map(|point| point.value).collect::<Vec<_>>(), [20.0, 30.0]);
        assert_eq!(series.latest(), Some(Point { at: at(2), value: 30.0 }));
    }

    #[test]
    fn what_is_no_measurement_is_refused_and_changes_nothing() {
        let mut series = series(4, &[(5, 1.0)]);
        let before = series.clone();
        assert_eq!(series.record(at(4), 2.0), Err(Error::OutOfOrder { at: at(4), latest: at(5) }));
        assert_eq!(series.record(at(6), f64::INFINITY), Err(Error::NotFinite { value: f64::INFINITY }));
        assert!(matches!(series.record(at(6), f64::NAN), Err(Error::NotFinite { value }) if value.is_nan()));
        assert_eq!(series, before);
    }

    #[test]
    fn a_stretch_has_both_its_ends() {
        let series = series(9, &[(1, 1.0), (2, 2.0), (2, 3.0), (4, 4.0)]);
        let check = |from, to, mean| assert_eq!(series.between(at(from), at(to)).mean(), mean, "{from} to {to}");
        check(0, 9, Some(2.5));
        check(2, 2, Some(2.5));
        check(3, 4, Some(4.0));
        check(3, 3, None);
        check(9, 0, None);
    }

    #[test]
    fn a_quantile_is_a_measurement() {
        let series = series(9, &[(1, 40.0), (2, 10.0), (3, 30.0), (4, 20.0)]);
        let check = |q, value| assert_eq!(series.all().quantile(Probability::saturating(q)), Some(value), "{q}");
        check(0.0, 10.0);
        check(0.25, 10.0);
        check(0.26, 20.0);
        check(0.5, 20.0);
        check(0.99, 40.0);
        check(1.0, 40.0);
        assert_eq!(series.between(at(5), at(6)).quantile(Probability::ONE), None);
    }

    proptest! {
        #[test]
        fn mean_and_quantiles_lie_between_the_least_and_the_greatest(
            values in proptest::collection::vec(proptest::num::f64::NORMAL | proptest::num::f64::ZERO, 1..50),
            q in 0.0..=1.0_f64,
        ) {
            let points: Vec<_> = values.iter().map(|&value| (0, value)).collect();
            let series = series(50, &points);
            let least = values.iter().copied().fold(f64::INFINITY, f64::min);
            let greatest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let quantile = series.all().quantile(Probability::saturating(q)).unwrap();
            prop_assert!((least..=greatest).contains(&quantile));
            let mean = series.all().mean().unwrap();
            let rounding = least.abs().max(greatest.abs()) * 1e-12;
            prop_assert!((least - rounding..=greatest + rounding).contains(&mean));
        }
    }
}
