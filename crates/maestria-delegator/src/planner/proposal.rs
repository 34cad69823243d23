//! A plan as far as a request gives it: its steps, their order, how sure each is, and what must still be asked for.

use std::collections::BTreeMap;

use maestria_vocabulary::{Probability, Question, Span, StepId};
use serde::Serialize;

use super::{
    Planned,
    draft::{UNSURE, joined},
};
use crate::{Catalog, Plan, PlanError, Step};

/// A plan in which arguments may still be missing.
///
/// Invariants: all of [`Plan`](crate::Plan)'s, but for the required arguments that `missing` asks for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Proposal {
    steps: Vec<Proposed>,
    missing: Vec<Question>,
    unserved: Vec<Span>,
}

/// A step of a [`Proposal`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Proposed {
    /// The step.
    pub step: Step,
    /// The steps that must have ended before it: those whose results it needs, and those that the request puts before it.
    pub after: Vec<StepId>,
    /// How sure it is that this is meant: as sure as the choice of the tool and the least sure of its arguments.
    pub confidence: Probability,
}

impl Proposal {
    /// Puts together checked `steps` and what is known of them.
    pub(in crate::planner) fn new(
        steps: Vec<Step>,
        confidences: &BTreeMap<StepId, Probability>,
        missing: Vec<Question>,
        unserved: Vec<Span>,
    ) -> Self {
        let proposed = steps.into_iter().map(|step| {
            let mut after: Vec<StepId> = step.predecessors().cloned().collect();
            after.sort();
            after.dedup();
            // What only prepares is as sure as what it prepares.
            let confidence = confidences.get(&step.id).copied().unwrap_or(Probability::ONE);
            Proposed { step, after, confidence }
        });
        Self { steps: proposed.collect(), missing, unserved }
    }

    /// The steps, predecessors first.
    #[must_use]
    pub fn steps(&self) -> &[Proposed] {
        &self.steps
    }

    /// What must be known before it can run.
    #[must_use]
    pub fn missing(&self) -> &[Question] {
        &self.missing
    }

    /// Pieces of the request that no step serves.
    #[must_use]
    pub fn unserved(&self) -> &[Span] {
        &self.unserved
    }

    /// Whether nothing of the request is served.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// As sure as its least sure step, and at most as likely as not where a piece of the request is not served; zero without any step.
    #[must_use]
    pub fn confidence(&self) -> Probability {
        let least = self.steps.iter().map(|step| step.confidence).min().unwrap_or(Probability::ZERO);
        if self.unserved.is_empty() { least } else { least.min(Probability::saturating(UNSURE)) }
    }

    /// What it comes to for whoever runs it: a question, if something is missing, else a plan whose results are joined if there are
    /// several.
    ///
    /// # Errors
    /// [`PlanError`] when the tools of `catalog` are not those that it was made with.
    pub fn into_planned(self, catalog: &Catalog) -> Result<Planned, PlanError> {
        if !self.missing.is_empty() {
            return Ok(Planned::Clarify(self.missing));
        }
        if self.steps.is_empty() {
            return Ok(Planned::NotUnderstood);
        }
        let steps = self.steps.into_iter().map(|proposed| proposed.step).collect();
        Ok(Planned::Plan(Plan::new(joined(steps), catalog)?.with_unserved(self.unserved)))
    }
}
