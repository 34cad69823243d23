//! A request, and how much it matters.

use std::time::Duration;

use maestria_scheduler::Priority;
use maestria_vocabulary::ToolId;
use serde_json::Value;

/// What somebody asks for, in plain language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The words.
    pub text: String,
    /// How much it matters among the requests of the application.
    pub priority: Priority,
    /// After how long, from its arrival, the answer is worthless; never when absent.
    pub deadline: Option<Duration>,
    /// Whether prompts must not leave this machine. It keeps remote models out; what a tool sends is the tool's own affair.
    pub local_only: bool,
    /// Answers to questions that an earlier response asked.
    pub arguments: Vec<Given>,
}

/// A value for a parameter of a tool, given beside the words of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The tool.
    pub tool: ToolId,
    /// The parameter.
    pub parameter: String,
    /// Its value.
    pub value: Value,
}

impl Request {
    /// A request that matters as much as any other and may take as long as it needs.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            priority: Priority::default(),
            deadline: None,
            local_only: false,
            arguments: Vec::new(),
        }
    }

    /// Says how much it matters.
    #[must_use]
    pub fn with_priority(self, priority: Priority) -> Self {
        Self { priority, ..self }
    }

    /// Says after how long the answer is worthless.
    #[must_use]
    pub fn with_deadline(self, deadline: Duration) -> Self {
        Self { deadline: Some(deadline), ..self }
    }

    /// Answers a [`Question`](maestria_vocabulary::Question): wherever the request calls `tool`, `parameter` has this value.
    #[must_use]
    pub fn with_argument(mut self, tool: ToolId, parameter: impl Into<String>, value: impl Into<Value>) -> Self {
        self.arguments.push(Given { tool, parameter: parameter.into(), value: value.into() });
        self
    }

    /// Keeps its prompts on this machine.
    #[must_use]
    pub fn with_local_only(self) -> Self {
        Self { local_only: true, ..self }
    }
}

impl<T: Into<String>> From<T> for Request {
    fn from(text: T) -> Self {
        Self::new(text)
    }
}
