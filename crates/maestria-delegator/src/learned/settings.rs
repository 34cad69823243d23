//! How a learned policy learns and explores.

use serde::{Deserialize, Serialize};

use super::error::LearningError;

/// How a [`LearnedPolicy`](crate::LearnedPolicy) learns and explores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Learning {
    /// Rewards after which one counts half; absent: never. Greater than zero. 100 by default.
    pub half_life: Option<f64>,
    /// Strength `λ` of the prior, in rewards. Greater than zero. 1 by default.
    pub ridge: f64,
    /// How much uncertainty counts in favour of a model, `β`. At least zero. 0.3 by default.
    pub optimism: f64,
    /// How fast the probability of a model falls with what it seems to lack, `γ`. At least zero. 100 by default.
    pub sharpness: f64,
    /// Share `α` of the baseline's reward that may be given up for learning, in `[0, 1]`. 0.1 by default.
    pub caution: f64,
    /// Rewards that may be lost before a share `α` of the baseline's was earned for it, and most that can be saved up. 20 by default.
    pub allowance: f64,
    /// Most models remembered of one ability; who was not chosen for longest is forgotten first. 64 by default.
    pub most_models: usize,
}

impl Default for Learning {
    fn default() -> Self {
        Self {
            half_life: Some(100.0),
            ridge: 1.0,
            optimism: 0.3,
            sharpness: 100.0,
            caution: 0.1,
            allowance: 20.0,
            most_models: 64,
        }
    }
}

impl Learning {
    /// What a reward counts after one more.
    pub(super) fn discount(&self) -> f64 {
        self.half_life.map_or(1.0, |rewards| 0.5_f64.powf(1.0 / rewards))
    }

    pub(super) fn check(&self) -> Result<(), LearningError> {
        let positive = |value: f64| value > 0.0 && value.is_finite();
        let not_negative = |value: f64| value >= 0.0 && value.is_finite();
        let checks = [
            (self.half_life.is_none_or(positive), "the half-life", "more than 0"),
            (positive(self.ridge), "the strength of the prior", "more than 0"),
            (not_negative(self.optimism), "the optimism", "0 and more"),
            (not_negative(self.sharpness), "the sharpness", "0 and more"),
            ((0.0..=1.0).contains(&self.caution), "the caution", "0 to 1"),
            (not_negative(self.allowance), "the allowance", "0 and more"),
            (self.most_models > 0, "the number of models remembered", "1 and more"),
        ];
        match checks.into_iter().find(|(holds, ..)| !holds) {
            Some((_, what, range)) => Err(LearningError::OutOfRange { what, range }),
            None => Ok(()),
        }
    }
}
