//! What is wrong with the answer of a language model, and why there is no plan of it.

use maestria_vocabulary::{Bytes, Capability, StepId, Tokens, ToolId};

use crate::PlanError;

/// What is wrong with the answer of a language model. The text is for the model, which is asked to put it right.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// It is longer than any plan.
    #[error("the answer has {bytes}, more than the {most} of any plan")]
    TooLong {
        /// Its size.
        bytes: Bytes,
        /// The most it may have.
        most: Bytes,
    },
    /// It ends in the middle of the object.
    #[error("the answer ends before its JSON does: give a shorter one")]
    CutOff,
    /// There is no JSON in it.
    #[error("the answer is not JSON: {problem}")]
    NotJson {
        /// The parser's words.
        problem: String,
    },
    /// It is JSON, and no plan.
    #[error("the answer is not of the form that was asked for: {problem}")]
    NotAPlan {
        /// What is wrong with it.
        problem: String,
    },
    /// A step neither calls a tool nor asks a model, or does both.
    #[error("step {step} must either call a tool or ask a model")]
    Undecided {
        /// The step.
        step: StepId,
    },
    /// A reference stands inside of a value, where it would be passed on as it is written.
    #[error(
        "{parameter} of step {step} has a $from inside a value: give it the whole argument, or an element of a list"
    )]
    InnerReference {
        /// The step.
        step: StepId,
        /// The parameter.
        parameter: String,
    },
    /// A step asks for an ability that was not offered.
    #[error("step {step} requires {ability}, which no model has")]
    UnknownAbility {
        /// The step.
        step: StepId,
        /// The ability.
        ability: Capability,
    },
    /// A question is about a parameter that there is not.
    #[error("the question about {parameter} of {tool} is about nothing that the tool takes")]
    UnknownQuestion {
        /// The tool.
        tool: ToolId,
        /// The parameter.
        parameter: String,
    },
    /// A tool that changes something is called though the person did not ask for it.
    #[error("step {step} calls {tool}, which changes something and which the request itself does not ask for")]
    NotAskedFor {
        /// The step.
        step: StepId,
        /// The tool.
        tool: ToolId,
    },
    /// The steps are no plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
}

/// Why a language model made no plan.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LlmError {
    /// There is nothing to plan with.
    #[error("there are neither tools nor models to plan with")]
    NothingToPlanWith,
    /// The window has no room for the request and one tool.
    #[error("planning needs at least {needed}, the window holds {window}")]
    NoRoom {
        /// Tokens of the instructions, the request, the shortest tool, and the room for an answer and its repair.
        needed: Tokens,
        /// Tokens that the window holds.
        window: Tokens,
    },
    /// The first answer could not be used, nor could the second.
    #[error("neither answer of the model is a plan: {}; then {}", said(first), said(second))]
    Refused {
        /// What was wrong with the first.
        first: Vec<AnswerError>,
        /// What was wrong with the second.
        second: Vec<AnswerError>,
    },
}

/// What is wrong, in a line; of many problems the first.
fn said(problems: &[AnswerError]) -> String {
    let first = problems.first().map(|problem| super::prompt::shortened(&problem.to_string(), 200));
    match problems.len() {
        0 | 1 => first.unwrap_or_default(),
        several => format!("{} and {} more", first.unwrap_or_default(), several - 1),
    }
}
