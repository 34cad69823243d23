//! Split-conformal prediction: how improbable a label may be before a set of labels may leave it out.

use maestria_vocabulary::Probability;
use serde::{Deserialize, Serialize};

/// The nonconformity score, as a model file names it.
const SCORE: &str = "one_minus_probability";

/// Ranks below the greatest score that are all kept; further down, one in `1 + distance / DENSE`.
const DENSE: usize = 64;

/// Scores are rounded up to a multiple of one over this, which can only enlarge a set.
const STEPS: f64 = 1e6;

/// Nonconformity scores `1 − p` of examples the head had not seen, where `p` is the confidence in the right label (Sadinle, Lei and
/// Wasserman 2019, "Least Ambiguous Set-Valued Classifiers").
///
/// Of `n` scores, those are kept that any coverage needs to within about 2 % of its shortfall: the 64 greatest, and ever fewer further
/// down (about 300 of 100,000). A rank that is not kept is answered by the next greater one, so that rounding never costs coverage.
///
/// In a model file, metadata `conformal` is `{"score": "one_minus_probability", "count": n, "ranks": […], "scores": […]}`: ranks
/// from 1 to `n`, strictly ascending, and the score at each, in `[0, 1]`, ascending.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct ConformalScores {
    count: usize,
    /// Ranks, 1 being the least score, and the score at each.
    kept: Vec<(usize, f64)>,
}

impl ConformalScores {
    /// Scores of examples, in any order; values beyond `[0, 1]` are taken for the nearest bound, and one that is not a number for 1.
    #[must_use]
    pub fn new(scores: impl IntoIterator<Item = f64>) -> Self {
        let up = |score: f64| if score.is_nan() { 1.0 } else { ((score * STEPS).ceil() / STEPS).clamp(0.0, 1.0) };
        let mut scores: Vec<f64> = scores.into_iter().map(up).collect();
        scores.sort_by(f64::total_cmp);
        let mut kept = Vec::new();
        let mut distance = 0;
        while let Some(rank) = scores.len().checked_sub(distance).filter(|rank| *rank > 0) {
            kept.extend(scores.get(rank - 1).map(|score| (rank, *score)));
            distance += 1 + distance / DENSE;
        }
        kept.reverse();
        Self { count: scores.len(), kept }
    }

    /// Calibration examples behind the scores.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }

    /// The greatest score of a label in a set of this coverage `c`: the `⌈(n + 1) · c⌉`-th least of `n` scores (Vovk, Gammerman and
    /// Shafer 2005), and 1, which leaves no label out, where that is beyond `n`.
    ///
    /// If calibration examples and texts are exchangeable, the right label's score is no greater with probability `c` at least.
    #[must_use]
    pub fn greatest(&self, coverage: Probability) -> f64 {
        // Less what multiplication may have added, so that ten scores and a coverage of 0.7 do not ask for the ninth.
        let rank = ((self.count as f64 + 1.0) * coverage.get() - 1e-9).ceil().max(1.0) as usize;
        let at = self.kept.partition_point(|(kept, _)| *kept < rank);
        self.kept.get(at).map_or(1.0, |(_, score)| *score)
    }
}

/// The form in a model file.
#[derive(Serialize, Deserialize)]
struct Stored {
    score: String,
    count: usize,
    ranks: Vec<usize>,
    scores: Vec<f64>,
}

impl TryFrom<Stored> for ConformalScores {
    type Error = &'static str;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        let Stored { score, count, ranks, scores } = stored;
        if score != SCORE {
            return Err("it is of another nonconformity score");
        }
        if ranks.len() != scores.len() {
            return Err("there is not one score per rank");
        }
        if !ranks.is_sorted_by(|a, b| a < b) || ranks.iter().any(|rank| !(1..=count).contains(rank)) {
            return Err("the ranks do not ascend from 1 to the count");
        }
        if !scores.is_sorted() || scores.iter().any(|score| !(0.0..=1.0).contains(score)) {
            return Err("the scores do not ascend from 0 to 1");
        }
        Ok(Self { count, kept: ranks.into_iter().zip(scores).collect() })
    }
}

impl From<ConformalScores> for Stored {
    fn from(ConformalScores { count, kept }: ConformalScores) -> Self {
        let (ranks, scores) = kept.into_iter().unzip();
        Self { score: SCORE.to_owned(), count, ranks, scores }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(count: usize, coverage: f64, expected: f64) {
        let scores = ConformalScores::new((1..=count).map(|i| i as f64 / 1000.0));
        let found = scores.greatest(Probability::saturating(coverage));
        assert!((found - expected).abs() < 1e-9, "{count} scores, coverage {coverage}: {found}, not {expected}");
    }

    #[test]
    fn the_rank_is_that_of_one_more_example() {
        check(9, 0.9, 0.009);
        check(9, 0.7, 0.007);
        check(10, 0.7, 0.008);
        check(99, 0.95, 0.095);
        check(99, 0.0, 0.001);
    }

    #[test]
    fn too_few_scores_leave_no_label_out() {
        check(0, 0.5, 1.0);
        check(8, 0.9, 1.0);
        check(500, 1.0, 1.0);
    }

    #[test]
    fn stored_scores_that_contradict_themselves_are_refused() {
        let read = |ranks: &str, scores: &str| {
            let json = format!(r#"{{"score":"one_minus_probability","count":9,"ranks":{ranks},"scores":{scores}}}"#);
            serde_json::from_str::<ConformalScores>(&json)
        };
        assert!(read("[1, 9]", "[0.25, 0.5]").is_ok());
        for (ranks, scores) in
            [("[1]", "[]"), ("[2, 1]", "[0, 1]"), ("[0]", "[0]"), ("[10]", "[0]"), ("[1, 2]", "[1, 0]"), ("[1]", "[2]")]
        {
            assert!(read(ranks, scores).is_err(), "{ranks} {scores}");
        }
        assert!(
            serde_json::from_str::<ConformalScores>(r#"{"score":"other","count":0,"ranks":[],"scores":[]}"#).is_err()
        );
    }

    proptest! {
        #[test]
        fn what_is_kept_is_little_and_never_below_the_exact_quantile(
            scores in prop::collection::vec(0.0_f64..1.0, 1..3000),
            coverage in 0.0_f64..1.0,
        ) {
            let compact = ConformalScores::new(scores.clone());
            prop_assert!(compact.kept.len() <= 320);
            let mut exact = scores;
            exact.sort_by(f64::total_cmp);
            let rank = ((exact.len() as f64 + 1.0) * coverage - 1e-9).ceil().max(1.0) as usize;
            let at_least = exact.get(rank - 1).copied().unwrap_or(1.0);
            prop_assert!(compact.greatest(Probability::saturating(coverage)) >= at_least);
        }

        #[test]
        fn more_coverage_never_takes_a_lesser_score_and_storing_changes_nothing(
            scores in prop::collection::vec(0.0_f64..1.0, 0..300),
            (low, high) in (0.0_f64..=1.0, 0.0_f64..=1.0),
        ) {
            let scores = ConformalScores::new(scores);
            let (low, high) = (Probability::saturating(low.min(high)), Probability::saturating(low.max(high)));
            prop_assert!(scores.greatest(low) <= scores.greatest(high));
            let stored = serde_json::to_string(&scores).unwrap();
            prop_assert_eq!(serde_json::from_str::<ConformalScores>(&stored).unwrap(), scores);
        }
    }
}
