//! Policies that are judged by the log of another.

use std::fmt;

use maestria_vocabulary::ModelId;

use crate::{Decision, LearnedPolicy, LearningError, learned::greediest};

/// A policy to be judged: how likely it would have chosen each alternative of a decision.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Target {
    /// What the log's policy did itself.
    Logged,
    /// What the baseline ranks first.
    Baseline,
    /// What the log's policy expected most of, without exploring.
    Greedy,
    /// Any alternative, each as likely.
    Uniform,
    /// One model wherever it may run the step, and what the baseline ranks first elsewhere.
    Always(ModelId),
    /// A learned policy as it is now.
    Learned(Box<LearnedPolicy>),
}

impl Target {
    /// With which probability it would choose each alternative; they sum to one.
    ///
    /// # Errors
    /// [`LearningError::WrongLength`] when a learned policy is for another kind of context.
    pub fn propensities(&self, decision: &Decision) -> Result<Vec<f64>, LearningError> {
        let alternatives = &decision.alternatives;
        let only = |chosen: usize| (0..alternatives.len()).map(|place| f64::from(place == chosen)).collect();
        Ok(match self {
            Self::Logged => alternatives.iter().map(|one| one.propensity).collect(),
            Self::Baseline => only(0),
            Self::Greedy => only(greediest(alternatives).unwrap_or(0)),
            Self::Uniform => vec![1.0 / alternatives.len().max(1) as f64; alternatives.len()],
            Self::Always(model) => only(alternatives.iter().position(|one| one.model == *model).unwrap_or(0)),
            Self::Learned(policy) => policy.propensities(decision)?,
        })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Logged => f.write_str("logged"),
            Self::Baseline => f.write_str("baseline"),
            Self::Greedy => f.write_str("greedy"),
            Self::Uniform => f.write_str("uniform"),
            Self::Always(model) => write!(f, "always {model}"),
            Self::Learned(_) => f.write_str("learned"),
        }
    }
}
