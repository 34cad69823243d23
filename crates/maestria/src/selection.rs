//! What ranks the models for a step: a policy as it was given, or one that learns from what comes of its choices.

use std::sync::Arc;

use maestria_delegator::{Decision, Load, Policy, Ranking, Requirements};
use maestria_registry::Snapshot;
use maestria_vocabulary::Embedder;

use crate::learner::Learner;

/// What ranks models.
#[derive(Debug, Clone)]
pub(crate) enum Selection {
    /// The same for the same question.
    Given(Arc<dyn Policy>),
    /// By what was learnt, and by chance where that is little.
    Learned(Arc<Learner>),
}

/// What a decision may depend on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question<'a> {
    /// What the model is to do, in words.
    pub(crate) instruction: &'a str,
    pub(crate) requirements: &'a Requirements,
    pub(crate) fleet: &'a Snapshot,
    pub(crate) load: &'a Load,
}

impl Selection {
    /// The policy that learns nothing: the one that was given, or the baseline of the one that learns.
    pub(crate) fn policy(&self) -> &dyn Policy {
        match self {
            Self::Given(policy) => &**policy,
            Self::Learned(learner) => learner.base(),
        }
    }

    pub(crate) fn learner(&self) -> Option<&Arc<Learner>> {
        match self {
            Self::Given(_) => None,
            Self::Learned(learner) => Some(learner),
        }
    }

    /// Ranks, and gives the decision where one was taken that can be learnt from.
    pub(crate) fn rank(&self, question: Question<'_>, embedder: &dyn Embedder) -> (Ranking, Option<Decision>) {
        match self {
            Self::Given(policy) => (policy.rank(question.requirements, question.fleet, question.load), None),
            Self::Learned(learner) => learner.decide(question, embedder),
        }
    }
}
