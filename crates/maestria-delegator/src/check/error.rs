//! Why steps are not a plan.

use maestria_vocabulary::{Bytes, StepId, ToolId};

use crate::Guard;

/// Why steps are not a plan.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// Two steps have one name.
    #[error("two steps are called {step}")]
    DuplicateStep {
        /// The name.
        step: StepId,
    },
    /// A step needs the result of one that does not exist.
    #[error("step {step} needs the result of {input}, which is no step")]
    UnknownStep {
        /// The step.
        step: StepId,
        /// What it needs.
        input: StepId,
    },
    /// Steps wait for each other.
    #[error("step {step} waits for its own result")]
    Cycle {
        /// A step of the circle.
        step: StepId,
    },
    /// A step calls a tool that is not registered.
    #[error("step {step} calls {tool}, which is not registered")]
    UnknownTool {
        /// The step.
        step: StepId,
        /// The tool.
        tool: ToolId,
    },
    /// A call lacks a required argument.
    #[error("step {step} lacks the argument {parameter} of {tool}")]
    MissingArgument {
        /// The step.
        step: StepId,
        /// The tool.
        tool: ToolId,
        /// The parameter.
        parameter: String,
    },
    /// A call has an argument that the tool does not take.
    #[error("step {step} gives {parameter} to {tool}, which takes no such argument")]
    UnknownArgument {
        /// The step.
        step: StepId,
        /// The tool.
        tool: ToolId,
        /// The parameter.
        parameter: String,
    },
    /// Values do not satisfy the tool's schema.
    #[error("step {step} gives {tool} unusable arguments: {problem}")]
    InvalidArguments {
        /// The step.
        step: StepId,
        /// The tool.
        tool: ToolId,
        /// The validator's words.
        problem: String,
    },
    /// There are more steps than one request may have.
    #[error("the request needs more than {most} steps: divide it")]
    TooManySteps {
        /// The most it may have.
        most: usize,
    },
    /// The result of one step is not of the type that another needs.
    #[error("the result of {input} is not what {parameter} of step {step} takes")]
    TypeMismatch {
        /// The step.
        step: StepId,
        /// The parameter.
        parameter: String,
        /// The step whose result does not fit.
        input: StepId,
    },
    /// A step is called as the element of a list is.
    #[error("a step is called {step}, which stands for the element of a list: give it another name")]
    ReservedName {
        /// The name.
        step: StepId,
    },
    /// A step takes or compares a field that the result does not have.
    #[error("step {step} looks at {field} of {input}, which has no such field")]
    UnknownField {
        /// The step.
        step: StepId,
        /// The step whose result it looks at.
        input: StepId,
        /// The field.
        field: String,
    },
    /// A field cannot be compared in such a way with such a value.
    #[error("whether {guard} cannot be told, which step {step} depends on: their types differ")]
    Incomparable {
        /// The step.
        step: StepId,
        /// What it depends on.
        guard: Guard,
    },
    /// A step is to be done for each element of what is no list.
    #[error("step {step} is done for each element of {input}, which is no list")]
    NotAList {
        /// The step.
        step: StepId,
        /// The step whose result is no list.
        input: StepId,
    },
    /// A step takes an element, and is not done for those of a list.
    #[error("{parameter} of step {step} takes the element of a list, and the step is done for none")]
    NoElement {
        /// The step.
        step: StepId,
        /// The parameter.
        parameter: String,
    },
    /// A step that is no call is to be done for each element of a list.
    #[error("step {step} is done for each element of a list, which only calls can be")]
    NotRepeatable {
        /// The step.
        step: StepId,
    },
    /// An argument is larger than a plan may carry.
    #[error("{parameter} of step {step} has {bytes}, more than the {most} that a plan may carry: pass it as a file")]
    ArgumentTooLarge {
        /// The step.
        step: StepId,
        /// The parameter.
        parameter: String,
        /// Its size, of all texts and names in it.
        bytes: Bytes,
        /// The most it may have.
        most: Bytes,
    },
    /// A request could not be compared with what is known.
    #[error("the request could not be compared with the templates: {problem}")]
    NotCompared {
        /// The engine's words.
        problem: String,
    },
}
