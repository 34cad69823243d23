//! What became of a request, with every decision on the way.

use std::{fmt, time::Duration};

use maestria_delegator::{Advice, Decision, NoChain, Plan, Ranking, Refusal};
use maestria_scheduler::{Degradation, Ending};
use maestria_vocabulary::{
    Capability, Content, ModelId, Outcome, Question, RunId, StepId, Tokens, ToolId, Understanding,
};
use serde::Serialize;

use crate::Consultation;

/// The answer to a request, and how it came about.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Response {
    /// The run that gave it.
    pub run: RunId,
    /// The answer.
    pub answer: Answer,
    /// What the request was understood to mean.
    pub understanding: Option<Understanding>,
    /// The plan it was served by; absent when there was none to make.
    pub plan: Option<Plan>,
    /// Whether a model was asked for the plan, why, and what it said.
    pub consultation: Option<Consultation>,
    /// Which models were considered for which step, and why.
    pub choices: Vec<Choice>,
    /// One fact per attempt at a step, in the order they ended.
    pub outcomes: Vec<Outcome>,
    /// What did not fit into a model's window and was left out of its prompt.
    pub cuts: Vec<Cut>,
    /// Models that were not asked when it was their turn, because they failed too often of late.
    pub skips: Vec<Skip>,
    /// Steps that went on with less than they were to have, in that order.
    pub degradations: Vec<Degraded>,
    /// Where the time went.
    pub stages: Stages,
}

impl Response {
    /// The response of a run of which nothing is known yet but this answer.
    pub(crate) fn new(run: RunId, answer: Answer) -> Self {
        Self {
            run,
            answer,
            understanding: None,
            plan: None,
            consultation: None,
            choices: Vec::new(),
            outcomes: Vec::new(),
            cuts: Vec::new(),
            skips: Vec::new(),
            degradations: Vec::new(),
            stages: Stages::default(),
        }
    }
}

/// A prompt that was cut to fit its model's window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cut {
    /// The step.
    pub step: StepId,
    /// Tokens left out, by the count of the orchestrator's token counter.
    pub tokens: Tokens,
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the model of {} saw {} less than there were: they did not fit its window", self.step, self.tokens)
    }
}

/// A model that was not asked when it was its turn. It was fit to be asked when the models were ranked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skip {
    /// The step.
    pub step: StepId,
    /// The model.
    pub model: ModelId,
    /// Why it may not be asked now.
    pub why: Refusal,
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "model {} was not asked: it {}", self.model, self.why)
    }
}

/// A step that went on with less than it was to have: because of memory, of its deadline, or of overload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Degraded {
    /// The step.
    pub step: StepId,
    /// With what it went on.
    pub how: Degradation,
}

impl fmt::Display for Degraded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} goes on {}", self.step, self.how)
    }
}

/// The models considered for one step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Choice {
    /// The step.
    pub step: StepId,
    /// Its candidates in order, with their reasons, and who was refused.
    pub ranking: Ranking,
    /// What a learned policy expected of each, with which probability it chose, and what was drawn; absent where none decided.
    pub decision: Option<Decision>,
}

/// Time per stage of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Stages {
    /// To understand it.
    pub understand: Duration,
    /// To plan it, checks included.
    pub plan: Duration,
    /// To rank models for its steps.
    pub delegate: Duration,
    /// From the first step's submission to the last step's end.
    pub execute: Duration,
}

/// What a request comes to.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
#[non_exhaustive]
pub enum Answer {
    /// Every step succeeded.
    Done {
        /// What nobody else needed: together, the answer.
        results: Vec<StepResult>,
    },
    /// Some steps did not succeed.
    Incomplete {
        /// What was reached nevertheless.
        results: Vec<StepResult>,
        /// What was not, and why; steps that were skipped because of another are not listed.
        failures: Vec<StepFailure>,
    },
    /// Something must be known first.
    Clarify {
        /// What.
        questions: Vec<Question>,
    },
    /// No registered model has an ability that the request needs; nothing was run.
    Lacking {
        /// Which abilities.
        abilities: Vec<Lack>,
    },
    /// A tool was removed after the request was planned; nothing was run.
    ToolRemoved {
        /// The step that calls it.
        step: StepId,
        /// The tool.
        tool: ToolId,
    },
    /// The request asks for nothing that was understood.
    NotUnderstood,
    /// The request could not be served because something inside failed.
    Broken {
        /// What, with its causes.
        problem: String,
    },
}

/// The result of one step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepResult {
    /// The step.
    pub step: StepId,
    /// What it gave.
    pub content: Content,
}

/// Why one step gave no result.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepFailure {
    /// The step.
    pub step: StepId,
    /// How its job ended.
    pub ending: Ending,
    /// What went wrong, with its causes, for the person who asked.
    pub problem: String,
    /// The tool that was removed before the step called it, if that is why.
    pub removed: Option<ToolId>,
}

/// An ability that no registered model has, or none that may be used.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Lack {
    /// The step that needs it.
    pub step: StepId,
    /// The ability.
    pub capability: Capability,
    /// Models that have it but may not run the step, and why.
    pub refused: Vec<(ModelId, Refusal)>,
    /// Which limit alone keeps some of them out, and what would admit them.
    pub advice: Vec<Advice>,
    /// The abilities that registered models do have.
    pub offered: Vec<Capability>,
    /// Why what the step is handed cannot be converted to what the ability takes, where that is what is lacking.
    pub no_chain: Option<NoChain>,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done { results } => lines(f, results),
            Self::Incomplete { results, failures } => {
                lines(f, failures)?;
                if results.is_empty() { Ok(()) } else { f.write_str("\n").and_then(|()| lines(f, results)) }
            }
            Self::Clarify { questions } => {
                let texts: Vec<&str> = questions.iter().map(|question| question.text.as_str()).collect();
                f.write_str(&texts.join("\n"))
            }
            Self::Lacking { abilities } => lines(f, abilities),
            Self::ToolRemoved { tool, .. } => write!(f, "the tool {tool} is not registered any more: ask again"),
            Self::NotUnderstood => {
                f.write_str("I did not understand what you want. Say what shall be done, and with which file or text.")
            }
            Self::Broken { problem } => f.write_str(problem),
        }
    }
}

fn lines<T: fmt::Display>(f: &mut fmt::Formatter<'_>, items: &[T]) -> fmt::Result {
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            f.write_str("\n")?;
        }
        item.fmt(f)?;
    }
    Ok(())
}

impl fmt::Display for StepResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.content, self.content.to_text()) {
            (_, Some(text)) => f.write_str(&text),
            (Content::Bytes { media_type, data }, None) => write!(f, "{} bytes of {media_type}", data.len()),
            (_, None) => Ok(()),
        }
    }
}

impl fmt::Display for StepFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)
    }
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { capability, refused, advice, offered, no_chain, .. } = self;
        if let Some(no_chain) = no_chain {
            return write!(
                f,
                "No model with the ability \"{capability}\" can work on what it would be given: {no_chain}."
            );
        }
        if refused.is_empty() {
            write!(f, "This needs a model with the ability \"{capability}\", and none is registered")?;
        } else {
            write!(f, "No model with the ability \"{capability}\" may run this")?;
            for (i, (model, refusal)) in refused.iter().enumerate() {
                write!(f, "{} {model} {refusal}", if i == 0 { ":" } else { "," })?;
            }
            for advice in advice {
                write!(f, "; {advice}")?;
            }
        }
        if !offered.is_empty() {
            let offered: Vec<&str> = offered.iter().map(Capability::as_str).collect();
            write!(f, " (registered: {})", offered.join(", "))?;
        }
        f.write_str(". Register one, or ask for something else.")
    }
}
