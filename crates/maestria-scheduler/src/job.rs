//! A job: one step of one run, with the ways to run it and how much it matters.

use std::{fmt, time::Duration};

use maestria_vocabulary::{Candidate, RunId, StepId, Timestamp};
use serde::{Deserialize, Serialize};

/// One step of one run. A step is one job, however many attempts it takes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct JobId {
    /// The request it belongs to.
    pub run: RunId,
    /// The step of its plan.
    pub step: StepId,
}

impl JobId {
    /// Another step of the same run.
    pub(crate) fn sibling(&self, step: StepId) -> Self {
        Self { run: self.run.clone(), step }
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.run, self.step)
    }
}

/// How much a job matters, in points; more goes first. What a point is worth in waiting time is [`Settings::ageing`].
///
/// The narrow range is deliberate: it bounds how long anything can be overtaken.
///
/// [`Settings::ageing`]: crate::Settings::ageing
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Priority(pub i8);

/// Work to be scheduled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Which step it is.
    pub id: JobId,
    /// Steps of the same run that must have succeeded before it starts.
    #[serde(default)]
    pub after: Vec<StepId>,
    /// Ways to run it, best first; at least one.
    pub candidates: Vec<Candidate>,
    /// How much the application says it matters.
    #[serde(default)]
    pub priority: Priority,
    /// How much more, or less, it matters to the person who asked.
    #[serde(default)]
    pub user_boost: Priority,
    /// When the result is worthless: it must be there before this moment.
    #[serde(default)]
    pub deadline: Option<Timestamp>,
    /// Longest time that one attempt may run.
    #[serde(default)]
    pub timeout: Option<Duration>,
}

impl Job {
    /// A job that waits for nothing, matters as much as any other and may take as long as it needs.
    #[must_use]
    pub fn new(id: JobId, candidates: Vec<Candidate>) -> Self {
        Self {
            id,
            after: Vec::new(),
            candidates,
            priority: Priority::default(),
            user_boost: Priority::default(),
            deadline: None,
            timeout: None,
        }
    }

    /// Names the steps of the same run that must have succeeded first.
    #[must_use]
    pub fn with_after(self, after: impl IntoIterator<Item = StepId>) -> Self {
        Self { after: after.into_iter().collect(), ..self }
    }

    /// Says how much it matters to the application.
    #[must_use]
    pub fn with_priority(self, priority: Priority) -> Self {
        Self { priority, ..self }
    }

    /// Says how much more it matters to the person who asked.
    #[must_use]
    pub fn with_user_boost(self, user_boost: Priority) -> Self {
        Self { user_boost, ..self }
    }

    /// Sets the moment before which the result must be there.
    #[must_use]
    pub fn with_deadline(self, deadline: Timestamp) -> Self {
        Self { deadline: Some(deadline), ..self }
    }

    /// Limits the time that one attempt may run.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout: Some(timeout), ..self }
    }
}
