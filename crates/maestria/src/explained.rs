//! Why a model was asked: the numbers of every candidate, and what came of it.

use std::fmt;

use maestria_delegator::{Alternative, Ranked};
use maestria_vocabulary::{Executor, ModelId, Outcome, Probability, RunId, Verdict};
use serde::Serialize;

use crate::{Choice, Skip};

/// Why the models of a run were asked, step by step. Its `Display` is for people.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explained {
    /// The run.
    pub run: RunId,
    /// Its steps that ask a model.
    pub steps: Vec<ExplainedStep>,
}

/// Why a model was asked for one step, and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExplainedStep {
    /// Who was considered, in which order and why; and what was learnt and drawn, where the policy learns.
    pub choice: Choice,
    /// What came of each attempt, in the order they ended. A person's verdict stands at the end, as another outcome.
    pub outcomes: Vec<Outcome>,
    /// Candidates whose turn came, and that were not asked.
    pub skips: Vec<Skip>,
    /// What the policy learnt from it.
    pub reward: Option<Probability>,
}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, step) in self.steps.iter().enumerate() {
            if place > 0 {
                f.write_str("\n")?;
            }
            step.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for ExplainedStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { choice, outcomes, skips, reward } = self;
        write!(f, "step {}", choice.step)?;
        for (place, ranked) in choice.ranking.ranked.iter().enumerate() {
            write!(f, "\n  {}. {ranked}", place + 1)?;
            if let Some(one) = self.alternative(ranked) {
                let Alternative { predicted, width, propensity, .. } = one;
                write!(f, "; reward expected {predicted:.2} ± {width:.2}, chosen with probability {propensity:.3}")?;
            }
        }
        for (model, refusal) in &choice.ranking.refused {
            write!(f, "\n  not {model}: {refusal}")?;
        }
        if choice.ranking.passed_over > 0 {
            write!(f, "\n  {} more passed over", choice.ranking.passed_over)?;
        }
        for skip in skips {
            write!(f, "\n  {skip}")?;
        }
        for Outcome { executor, verdict, ran, cost, .. } in outcomes {
            let verdict = match verdict {
                Verdict::Succeeded => "gave a result",
                Verdict::Failed => "failed",
                Verdict::TimedOut => "ran out of time",
                Verdict::Cancelled => "was cancelled",
            };
            write!(f, "\n  {executor} {verdict} after {ran:.1?}, for {cost}")?;
        }
        match reward {
            Some(reward) => write!(f, "\n  learnt: reward {reward:.2}"),
            None => Ok(()),
        }
    }
}

impl ExplainedStep {
    /// What was expected of a candidate, where the policy learns.
    #[must_use]
    pub fn alternative(&self, ranked: &Ranked) -> Option<&Alternative> {
        let id: &ModelId = match &ranked.candidate.executor {
            Executor::Model(id) => id,
            _ => return None,
        };
        self.choice.decision.as_ref()?.alternatives.iter().find(|one| one.model == *id)
    }
}
