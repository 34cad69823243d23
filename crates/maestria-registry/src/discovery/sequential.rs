//! How sure scores make us, at whatever moment one looks: a test of two hypotheses, and an interval.

/// Scores in `[0, 1]` of a model on probes drawn at random, of which only number and sum are kept.
///
/// Let `p` be the score to be expected. For any `q`, `E[(q/p)^X · ((1−q)/(1−p))^(1−X)] ≤ 1`, with equality for `X ∈ {0, 1}`: the term is
/// convex in `X`, so that it lies below the chord between its values at 0 and 1. Products of such terms are therefore a non-negative
/// supermartingale, and by Ville's inequality exceed `1/α` at any time with probability at most `α`. Both methods here rest on that, which
/// is why they hold for scores between right and wrong too, and however one decides when to stop.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Scores {
    sum: f64,
    count: u32,
}

impl Scores {
    /// The scores with one more, in `[0, 1]`.
    pub(super) fn with(self, score: f64) -> Self {
        Self { sum: self.sum + score.clamp(0.0, 1.0), count: self.count.saturating_add(1) }
    }

    pub(super) const fn count(self) -> u32 {
        self.count
    }

    /// Mean of the scores; absent before the first.
    pub(super) fn mean(self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / f64::from(self.count))
    }

    /// What is missing to a perfect score.
    fn missed(self) -> f64 {
        f64::from(self.count) - self.sum
    }

    /// The logarithm of the likelihood of mean `high` over that of mean `low`, both in `(0, 1)`.
    ///
    /// Wald's sequential probability ratio test ("Sequential Tests of Statistical Hypotheses", 1945) accepts `high` when this reaches
    /// `ln(1/α)` and `low` when it falls to `−ln(1/α)`. Of a model whose mean is `low` or less, and of one whose mean is `high` or more, a
    /// share of at most `α` is judged wrongly; among tests with these errors none needs fewer probes (Wald and Wolfowitz 1948).
    pub(super) fn log_ratio(self, low: f64, high: f64) -> f64 {
        self.sum * (high / low).ln() + self.missed() * ((1.0 - high) / (1.0 - low)).ln()
    }

    /// An interval that holds the mean at all times at once with probability `1 − error`: a confidence sequence.
    ///
    /// It consists of the means `p` that the likelihood ratio of a mixture against `p` does not reject at `1/error` (Robbins 1970; for
    /// bounded scores Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", 2024). The mixture is Jeffreys'
    /// prior on a grid.
    pub(super) fn interval(self, error: f64) -> (f64, f64) {
        let Some(mean) = self.mean() else { return (0.0, 1.0) };
        let mixture = self.log_mixture();
        let rejects = |p: f64| mixture - self.log_likelihood(p) >= -error.ln();
        // The evidence against p grows from the mean to either side.
        (edge(mean, 0.0, rejects), edge(mean, 1.0, rejects))
    }

    fn log_likelihood(self, p: f64) -> f64 {
        times_log(self.sum, p) + times_log(self.missed(), 1.0 - p)
    }

    /// `ln Σ w(q) · q^sum · (1−q)^missed`, the q spaced evenly in `arcsin √q`, which gives them the weight of Jeffreys' prior.
    fn log_mixture(self) -> f64 {
        const GRID: u32 = 48;
        let logs = (0..GRID).map(|i| {
            let angle = std::f64::consts::FRAC_PI_2 * (f64::from(i) + 0.5) / f64::from(GRID);
            self.log_likelihood(angle.sin().powi(2))
        });
        let logs: Vec<f64> = logs.collect();
        let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        top + (logs.iter().map(|log| (log - top).exp()).sum::<f64>() / f64::from(GRID)).ln()
    }
}

/// `x · ln p`, where nothing times anything is nothing.
fn times_log(x: f64, p: f64) -> f64 {
    if x > 0.0 { x * p.ln() } else { 0.0 }
}

/// The last value from `inner` towards `outer` that is not rejected.
fn edge(inner: f64, outer: f64, rejects: impl Fn(f64) -> bool) -> f64 {
    /// Halvings: 2⁻⁴⁰ is far below any difference that matters.
    const STEPS: u32 = 40;
    if !rejects(outer) {
        return outer;
    }
    let (mut kept, mut rejected) = (inner, outer);
    for _ in 0..STEPS {
        let middle = f64::midpoint(kept, rejected);
        if rejects(middle) {
            rejected = middle;
        } else {
            kept = middle;
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::discovery::Draw;

    fn scores(all: &[f64]) -> Scores {
        all.iter().fold(Scores::default(), |scores, &score| scores.with(score))
    }

    #[test]
    fn five_right_answers_more_than_wrong_ones_decide_at_five_percent() {
        let check = |right: usize, wrong: usize, decided: bool| {
            let ratio = scores(&[vec![1.0; right], vec![0.0; wrong]].concat()).log_ratio(0.35, 0.65);
            assert_eq!(ratio >= 20_f64.ln(), decided, "{right} right, {wrong} wrong: {ratio}");
        };
        check(4, 0, false);
        check(5, 0, true);
        check(9, 5, false);
        check(10, 5, true);
        check(0, 5, false);
    }

    #[test]
    fn intervals_narrow_around_the_mean() {
        assert_eq!(Scores::default().interval(0.05), (0.0, 1.0));
        let (low, high) = scores(&[1.0; 20]).interval(0.05);
        assert!((0.7..0.8).contains(&low) && high == 1.0, "{low} {high}");
        let (low, high) = scores(&[1.0, 0.0].repeat(500)).interval(0.05);
        assert!(low > 0.43 && high < 0.57, "{low} {high}");
    }

    /// Share of sequences of 100 scores whose interval misses the mean at any time. Ville's inequality says at most 5 %.
    #[test]
    fn an_interval_holds_the_mean_at_all_times_at_once() {
        let mut draw = Draw::new(11);
        for mean in [0.05, 0.3, 0.5, 0.9] {
            let missed = (0..100).filter(|_| {
                let mut scores = Scores::default();
                (0..100).any(|_| {
                    // Half of the scores lie between right and wrong.
                    let score = if draw.chance(0.5) { mean } else { f64::from(u8::from(draw.chance(mean))) };
                    scores = scores.with(score);
                    let (low, high) = scores.interval(0.05);
                    mean < low || high < mean
                })
            });
            let missed = missed.count();
            assert!(missed <= 5, "{missed} of 100 at a mean of {mean}");
        }
    }

    proptest! {
        #[test]
        fn an_interval_is_one_and_holds_the_mean_of_the_scores(all in prop::collection::vec(0.0..=1.0_f64, 1..60)) {
            let scores = scores(&all);
            let (low, high) = scores.interval(0.1);
            let mean = scores.mean().unwrap();
            prop_assert!(0.0 <= low && low <= mean && mean <= high && high <= 1.0, "{low} {mean} {high}");
        }
    }
}
