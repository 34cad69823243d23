//! A request, and how much it matters.

use std::time::Duration;

use maestria_scheduler::Priority;

/// What somebody asks for, in plain language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The words.
    pub text: String,
    /// How much it matters among the requests of the application.
    pub priority: Priority,
    /// After how long, from its arrival, the answer is worthless; never when absent.
    pub deadline: Option<Duration>,
    /// Whether prompts must not leave this machine.
    pub local_only: bool,
}

impl Request {
    /// A request that matters as much as any other and may take as long as it needs.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), priority: Priority::default(), deadline: None, local_only: false }
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
