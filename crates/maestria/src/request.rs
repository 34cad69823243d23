//! A request, and how much it matters.

use std::time::Duration;

use maestria_delegator::{Preference, Task};
use maestria_scheduler::Priority;
use maestria_vocabulary::{Capability, Money, ToolId};
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
    /// Most that its models may cost together; without bound when absent. It holds for expected cost: one answer may cost more than expected.
    pub max_cost: Option<Money>,
    /// What matters most when several models would do; what the policy prefers when absent.
    pub preference: Option<Preference>,
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
            max_cost: None,
            preference: None,
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

    /// Limits what its models may cost together.
    #[must_use]
    pub fn with_max_cost(self, max_cost: Money) -> Self {
        Self { max_cost: Some(max_cost), ..self }
    }

    /// Says what matters most when several models would do.
    #[must_use]
    pub fn with_preference(self, preference: Preference) -> Self {
        Self { preference: Some(preference), ..self }
    }

    /// A task of the request under the limits that it sets.
    pub(crate) fn task(&self, capability: Capability) -> Task {
        Task {
            max_latency: self.deadline,
            max_cost: self.max_cost,
            local_only: self.local_only,
            preference: self.preference,
            ..Task::new(capability)
        }
    }

    /// Keeps its prompts on this machine.
    #[must_use]
    pub fn with_local_only(self) -> Self {
        Self { local_only: true, ..self }
    }
}

/// What holds for requests that say nothing else.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Defaults {
    pub(crate) preference: Option<Preference>,
    pub(crate) local_only: bool,
}

impl Defaults {
    pub(crate) fn apply(self, request: Request) -> Request {
        let (preference, local_only) = (request.preference.or(self.preference), request.local_only || self.local_only);
        Request { preference, local_only, ..request }
    }
}

impl<T: Into<String>> From<T> for Request {
    fn from(text: T) -> Self {
        Self::new(text)
    }
}
