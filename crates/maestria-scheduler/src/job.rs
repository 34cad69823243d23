//! A job: one step of one run, with the ways to run it and how much it matters.

use std::{fmt, time::Duration};

use maestria_vocabulary::{Bytes, Candidate, RunId, StepId, Timestamp};
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
    /// Memory that an attempt takes beside that of its executor, such as a model's key-value cache. Up to an eighth more is set aside.
    #[serde(default)]
    pub working: Bytes,
    /// With which jobs it may share an attempt.
    #[serde(default)]
    pub batch: Option<Batch>,
    /// How it can be done in parts. Such a job shares no attempt.
    #[serde(default)]
    pub split: Option<Split>,
}

/// Which jobs may share an attempt: those that wait for the same executor with the same key and sizes within a factor of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Batch {
    /// What must be equal, such as a number of the prompt template.
    pub key: u64,
    /// How much of a batch it takes, in units of [`Batching::size`](crate::Batching::size), such as tokens.
    pub size: u64,
}

impl Batch {
    /// What jobs that share an attempt have in common.
    pub(crate) fn class(self) -> (u64, u32) {
        (self.key, self.size.max(1).ilog2())
    }
}

/// How a job can be done in parts, one after the other: it consists of units, such as pages or images, of equal need. Each part is an
/// attempt of its own; the job succeeds when all its units are done, and the driver joins the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Split {
    /// Units of the whole.
    pub units: u32,
    /// Fewest units that a part may have; zero is as good as one. At least as many as the whole, it is never split.
    pub least: u32,
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
            working: Bytes::ZERO,
            batch: None,
            split: None,
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

    /// Says how much memory an attempt takes beside that of its executor.
    #[must_use]
    pub fn with_working_memory(self, working: Bytes) -> Self {
        Self { working, ..self }
    }

    /// Lets it share attempts.
    #[must_use]
    pub fn with_batch(self, batch: Batch) -> Self {
        Self { batch: Some(batch), ..self }
    }

    /// Lets it be done in parts.
    #[must_use]
    pub fn with_split(self, split: Split) -> Self {
        Self { split: Some(split), ..self }
    }
}
