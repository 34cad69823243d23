//! Estimates of a policy's mean reward, and how far to trust them.

use serde::{Deserialize, Serialize};

use super::target::Target;
use crate::{Decision, LearningError};

/// Propensities below which a single decision may decide an estimate.
const SMALL: f64 = 0.01;
/// Share of the decisions that must count effectively for an estimate to be trusted.
const LEAST_EFFECTIVE: f64 = 0.02;
/// Quantile of the standard normal distribution for a two-sided interval of 95 %.
const NORMAL_95: f64 = 1.959_964;

/// How a mean reward is estimated; see the [module](super).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Estimator {
    /// Inverse propensity scoring.
    Ips,
    /// The same, divided by the sum of its weights.
    Snips,
    /// Predicted rewards, corrected by the weighted errors of prediction.
    DoublyRobust,
}

/// How an interval of 95 % is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interval {
    /// `1.96` standard errors to either side: right in the long run.
    #[default]
    Normal,
    /// Empirical Bernstein (Maurer & Pontil, 2009), for terms no farther apart than was seen: wider, for short logs.
    Bernstein,
}

/// A mean reward as estimated from a log.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// The least that the interval of 95 % holds.
    pub low: f64,
    /// The most.
    pub high: f64,
    /// Decisions with a reward.
    pub decisions: usize,
    /// As many decisions of equal weight would tell as much: `(Σw)² / Σw²` (Kish, 1965).
    pub effective: f64,
    /// The least propensity of what was chosen and the policy might choose; absent if it would have chosen none of it.
    pub least_propensity: Option<f64>,
}

impl Estimate {
    /// Whether the log has little to say of the policy: few decisions count, or some count so much that the interval is not to be trusted.
    #[must_use]
    pub fn is_doubtful(&self) -> bool {
        let few = self.effective < 30.0 || self.effective < LEAST_EFFECTIVE * self.decisions as f64;
        few || self.least_propensity.is_none_or(|least| least < SMALL)
    }
}

/// Estimates the mean reward that a policy would have had on the decisions of a log. Decisions without a reward are left out.
///
/// # Errors
/// [`LearningError::TooFew`] below two decisions with rewards, [`LearningError::OutOfRange`] for propensities that are none, and what
/// [`Target::propensities`] says.
pub fn evaluate<'a>(
    log: impl IntoIterator<Item = &'a Decision>,
    target: &Target,
    estimator: Estimator,
    interval: Interval,
) -> Result<Estimate, LearningError> {
    let mut seen = Vec::new();
    for decision in log {
        if let Some(reward) = decision.reward {
            seen.push(Weighed::of(decision, target, reward.get())?);
        }
    }
    let found = seen.len();
    if found < 2 {
        return Err(LearningError::TooFew { found, needed: 2 });
    }
    let (weights, squares) = seen.iter().fold((0.0, 0.0), |(sum, squares), one| (sum + one.w, squares + one.w * one.w));
    let mean_weight = weights / found as f64;
    let value = match estimator {
        Estimator::Ips => mean(&seen, |one| one.w * one.reward),
        Estimator::Snips if weights > 0.0 => seen.iter().map(|one| one.w * one.reward).sum::<f64>() / weights,
        Estimator::Snips => 0.0,
        Estimator::DoublyRobust => mean(&seen, |one| one.expected + one.w * (one.reward - one.predicted)),
    };
    // What each decision adds to the error, to first order.
    let error = |one: &Weighed| match estimator {
        Estimator::Ips => one.w * one.reward - value,
        Estimator::Snips if mean_weight > 0.0 => one.w * (one.reward - value) / mean_weight,
        Estimator::Snips => 1.0,
        Estimator::DoublyRobust => one.expected + one.w * (one.reward - one.predicted) - value,
    };
    let half = interval.half(seen.iter().map(error));
    let least = seen.iter().filter(|one| one.w > 0.0).map(|one| one.propensity).reduce(f64::min);
    let effective = if squares > 0.0 { weights * weights / squares } else { 0.0 };
    let (low, high) = (value - half, value + half);
    Ok(Estimate { value, low, high, decisions: found, effective, least_propensity: least })
}

/// One decision, as the policy in question sees it.
#[derive(Debug)]
struct Weighed {
    w: f64,
    reward: f64,
    propensity: f64,
    /// Predicted of the choice.
    predicted: f64,
    /// Predicted of what the policy would choose.
    expected: f64,
}

impl Weighed {
    fn of(decision: &Decision, target: &Target, reward: f64) -> Result<Self, LearningError> {
        let (choice, wanted) = (decision.choice()?, target.propensities(decision)?);
        let propensity = choice.propensity;
        if !(propensity > 0.0 && propensity <= 1.0 + 1e-9) {
            return Err(LearningError::OutOfRange { what: "the propensity of a choice", range: "more than 0 to 1" });
        }
        if !decision.alternatives.iter().all(|one| one.predicted.is_finite()) {
            return Err(LearningError::NotFinite { what: "a decision" });
        }
        let w = wanted.get(decision.chosen).copied().unwrap_or(0.0) / propensity;
        let expected = decision.alternatives.iter().zip(&wanted).map(|(one, p)| p * one.predicted).sum();
        Ok(Self { w, reward, propensity, predicted: choice.predicted, expected })
    }
}

impl Interval {
    /// Half the width of the interval around a mean whose terms have these errors.
    fn half(self, errors: impl Iterator<Item = f64> + Clone) -> f64 {
        let count = errors.clone().count() as f64;
        let variance = errors.clone().map(|error| error * error).sum::<f64>() / (count - 1.0);
        match self {
            Self::Normal => NORMAL_95 * (variance / count).sqrt(),
            Self::Bernstein => {
                let (least, most) =
                    errors.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), error| (a.min(error), b.max(error)));
                // ln(4 / δ): two sides, each with two terms.
                let log = (4.0 / 0.05_f64).ln();
                (2.0 * variance * log / count).sqrt() + 7.0 * (most - least) * log / (3.0 * (count - 1.0))
            }
        }
    }
}

fn mean(seen: &[Weighed], term: impl Fn(&Weighed) -> f64) -> f64 {
    seen.iter().map(term).sum::<f64>() / seen.len().max(1) as f64
}
