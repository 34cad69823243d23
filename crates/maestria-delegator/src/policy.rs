//! The decision which models may run a step, in which order, and why.

use std::fmt::{self, Debug};

use maestria_registry::Snapshot;
use maestria_vocabulary::{Candidate, ModelId};
use serde::{Deserialize, Serialize};

use crate::{Explanation, Load, Refusal, Requirements};

/// Decides which models may run a step, and in which order.
///
/// # Contract
/// A pure function: equal arguments give equal rankings, whatever was asked before. Every ranked model offers the capability and meets
/// the requirements. Every model that offers the capability is ranked or refused, once, or counted as passed over.
pub trait Policy: Debug + Send + Sync {
    /// Ranks the models of `fleet` for a step, given what the devices are doing.
    fn rank(&self, requirements: &Requirements, fleet: &Snapshot, load: &Load) -> Ranking;
}

/// Who may run a step, in order, and who may not.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Ranking {
    /// Models that may run it, best first.
    pub ranked: Vec<Ranked>,
    /// Models that have the ability or that a route names, and yet may not run it.
    pub refused: Vec<(ModelId, Refusal)>,
    /// How many models might run it too, but were left out because there are better ones enough.
    pub passed_over: usize,
}

/// One way to run the step, and why it stands where it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ranked {
    /// The way.
    pub candidate: Candidate,
    /// The numbers of the decision.
    pub explanation: Explanation,
}

impl fmt::Display for Ranked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.candidate.executor, self.explanation)
    }
}
