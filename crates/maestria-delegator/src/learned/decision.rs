//! The record of one decision, from which rewards are learnt and other policies judged.

use maestria_vocabulary::{Capability, ModelId, Probability, RunId, StepId};
use serde::{Deserialize, Serialize};

use super::{draw::Draw, error::LearningError};
use crate::format::Format;

/// One decision of a learned policy: what it knew, what it might have chosen, how likely each choice was, and what came of it.
///
/// Written as a JSON line each, decisions are the log on which [`off_policy`](crate::off_policy) judges other policies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    pub(crate) version: Format<1>,
    /// The request it belongs to, where the caller said so.
    #[serde(default)]
    pub run: Option<RunId>,
    /// The step, where the caller said so.
    #[serde(default)]
    pub step: Option<StepId>,
    /// The ability asked for.
    pub capability: Capability,
    /// What the estimates were made from: a one, the features and the reduced embedding.
    pub context: Vec<f64>,
    /// The models, as the baseline policy ranked them: its choice is the first.
    pub alternatives: Vec<Alternative>,
    /// The number of the alternative chosen.
    pub chosen: usize,
    /// What was drawn for the choice.
    pub draw: Draw,
    /// What came of it, in `[0, 1]`; absent as long as nobody knows.
    #[serde(default)]
    pub reward: Option<Probability>,
}

/// A model that might have been chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alternative {
    /// The model.
    pub model: ModelId,
    /// Reward expected before any was seen, in `[0, 1]`.
    pub prior: f64,
    /// Reward expected, in `[0, 1]`.
    pub predicted: f64,
    /// How uncertain that is: its standard deviation in units of that of one reward.
    pub width: f64,
    /// What time, cost and energy add to it in the eyes of the application, in units of reward.
    pub bonus: f64,
    /// Probability that it was chosen.
    pub propensity: f64,
}

impl Decision {
    /// Says to which step it belongs, so that its outcome is found.
    #[must_use]
    pub fn of(self, run: RunId, step: StepId) -> Self {
        Self { run: Some(run), step: Some(step), ..self }
    }

    /// Says what came of it.
    #[must_use]
    pub fn with_reward(self, reward: Probability) -> Self {
        Self { reward: Some(reward), ..self }
    }

    /// The alternative chosen.
    ///
    /// # Errors
    /// [`LearningError::NoSuchChoice`], for a record that was changed.
    pub fn choice(&self) -> Result<&Alternative, LearningError> {
        let (chosen, alternatives) = (self.chosen, self.alternatives.len());
        self.alternatives.get(chosen).ok_or(LearningError::NoSuchChoice { chosen, alternatives })
    }
}
