//! The formulas: shares, F1, calibration error, and how well two groups are told apart.

use std::{collections::BTreeMap, iter::Sum, ops::Add};

/// Bins of the expected calibration error and of the diagram.
pub const BINS: usize = 15;

/// What a classifier said of one text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Claim {
    /// Confidence in the first label, in `[0, 1]`.
    pub confidence: f64,
    /// Whether the first label is the true one.
    pub right: bool,
}

/// The claims of like confidence.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Bin {
    /// How many there are.
    pub count: usize,
    /// Mean confidence, in `[0, 1]`; zero of an empty bin.
    pub confidence: f64,
    /// Share that is right, in `[0, 1]`; zero of an empty bin.
    pub accuracy: f64,
}

/// The share of hits, in `[0, 1]`; zero of nothing.
#[must_use]
pub fn share(hits: impl IntoIterator<Item = bool>) -> f64 {
    let (count, hit) = hits.into_iter().fold((0_usize, 0_usize), |(count, hit), is| (count + 1, hit + usize::from(is)));
    hit as f64 / count.max(1) as f64
}

/// How many things were expected, how many were given, and how many of those are among the expected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Agreement {
    /// Things that are both expected and given.
    pub right: usize,
    /// Things that are expected.
    pub expected: usize,
    /// Things that are given.
    pub given: usize,
}

impl Agreement {
    /// How two multisets agree: what stands several times in both counts as often as it stands in the one that has it less often.
    pub fn of<T: Ord>(expected: impl IntoIterator<Item = T>, given: impl IntoIterator<Item = T>) -> Self {
        let mut agreement = Self::default();
        let mut left: BTreeMap<T, usize> = BTreeMap::new();
        for thing in expected {
            agreement.expected += 1;
            *left.entry(thing).or_default() += 1;
        }
        for thing in given {
            agreement.given += 1;
            if let Some(count) = left.get_mut(&thing).filter(|count| **count > 0) {
                *count -= 1;
                agreement.right += 1;
            }
        }
        agreement
    }

    /// The harmonic mean of precision and recall, `2·right / (expected + given)`, in `[0, 1]` (van Rijsbergen 1979); one where nothing is
    /// expected and nothing given. Of a sum of agreements it is the micro-averaged F1.
    #[must_use]
    pub fn f1(self) -> f64 {
        match self.expected + self.given {
            0 => 1.0,
            both => 2.0 * self.right as f64 / both as f64,
        }
    }
}

impl Add for Agreement {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            right: self.right + other.right,
            expected: self.expected + other.expected,
            given: self.given + other.given,
        }
    }
}

impl Sum for Agreement {
    fn sum<I: Iterator<Item = Self>>(agreements: I) -> Self {
        agreements.fold(Self::default(), Add::add)
    }
}

/// The claims in [`BINS`] bins of equal width.
#[must_use]
pub fn bins(claims: &[Claim]) -> Vec<Bin> {
    let place = |claim: &Claim| ((claim.confidence * BINS as f64) as usize).min(BINS - 1);
    let bin = |i: usize| {
        let inside: Vec<&Claim> = claims.iter().filter(|claim| place(claim) == i).collect();
        let confidence = inside.iter().map(|claim| claim.confidence).sum::<f64>() / inside.len().max(1) as f64;
        Bin { count: inside.len(), confidence, accuracy: share(inside.iter().map(|claim| claim.right)) }
    };
    (0..BINS).map(bin).collect()
}

/// Expected calibration error `Σ_b n_b/n · |accuracy_b − confidence_b|`, in `[0, 1]` (Naeini et al. 2015, "Obtaining Well Calibrated
/// Probabilities Using Bayesian Binning"; Guo et al. 2017).
#[must_use]
pub fn ece(claims: &[Claim]) -> f64 {
    let distance = |bin: &Bin| bin.count as f64 * (bin.accuracy - bin.confidence).abs();
    bins(claims).iter().map(distance).sum::<f64>() / claims.len().max(1) as f64
}

/// The probability that a text inside has more energy than one outside, ties counted half: the area under the receiver operating
/// characteristic (Hanley and McNeil 1982).
#[must_use]
pub fn auroc(inside: &[f32], outside: &[f32]) -> f64 {
    let outside = sorted(outside);
    let below = |energy: &f32| outside.partition_point(|other| other < energy);
    let not_above = |energy: &f32| outside.partition_point(|other| other <= energy);
    let twice: usize = inside.iter().map(|energy| below(energy) + not_above(energy)).sum();
    twice as f64 / (2 * inside.len() * outside.len()).max(1) as f64
}

/// The share of texts outside whose energy is below the threshold that loses the share `lost` of those inside.
#[must_use]
pub fn recall(inside: &[f32], outside: &[f32], lost: f64) -> f64 {
    let inside = sorted(inside);
    let threshold = inside.get((inside.len() as f64 * lost) as usize).or(inside.last()).copied();
    share(outside.iter().map(|energy| threshold.is_some_and(|threshold| *energy < threshold)))
}

fn sorted(values: &[f32]) -> Vec<f32> {
    let mut values = values.to_vec();
    values.sort_by(f32::total_cmp);
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
    }

    #[test]
    fn calibration_error_is_the_distance_of_claims_from_truth() {
        let claims = |confidence: f64, right: usize, wrong: usize| {
            let claim = move |right| Claim { confidence, right };
            std::iter::repeat_n(claim(true), right).chain(std::iter::repeat_n(claim(false), wrong))
        };
        check(ece(&claims(0.75, 3, 1).collect::<Vec<_>>()), 0.0);
        check(ece(&claims(1.0, 1, 1).collect::<Vec<_>>()), 0.5);
        check(ece(&claims(1.0, 1, 1).chain(claims(0.5, 1, 1)).collect::<Vec<_>>()), 0.25);
        check(ece(&[]), 0.0);
    }

    #[test]
    fn f1_counts_what_two_multisets_have_in_common() {
        check(Agreement::of(["a", "b"], ["b", "a"]).f1(), 1.0);
        check(Agreement::of(["a", "b"], ["b"]).f1(), 2.0 / 3.0);
        check(Agreement::of(["a", "a", "b"], ["a", "a", "a", "c"]).f1(), 4.0 / 7.0);
        check(Agreement::of(["a"], []).f1(), 0.0);
        check(Agreement::of([""; 0], []).f1(), 1.0);
        // Micro-averaged: the sum of the counts decides, not the mean of the shares.
        check(
            [Agreement::of(vec!["a"], vec!["a"]), Agreement::of(vec!["a"; 3], vec![])]
                .into_iter()
                .sum::<Agreement>()
                .f1(),
            0.4,
        );
    }

    #[test]
    fn every_claim_is_in_one_bin() {
        let claims: Vec<Claim> = (0..=100).map(|i| Claim { confidence: f64::from(i) / 100.0, right: true }).collect();
        assert_eq!(bins(&claims).iter().map(|bin| bin.count).sum::<usize>(), claims.len());
    }

    #[test]
    fn the_area_counts_pairs_in_order_and_ties_half() {
        check(auroc(&[2.0, 3.0], &[0.0, 1.0]), 1.0);
        check(auroc(&[0.0], &[1.0]), 0.0);
        check(auroc(&[1.0, 2.0], &[1.0, 1.5]), (0.5 + 2.0) / 4.0);
    }

    #[test]
    fn recall_is_taken_where_the_share_inside_is_lost() {
        let inside: Vec<f32> = (0..100_u8).map(f32::from).collect();
        check(recall(&inside, &[4.0, 4.9, 5.0, 50.0], 0.05), 0.5);
        check(recall(&[], &[1.0], 0.05), 0.0);
    }
}
