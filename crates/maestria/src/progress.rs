//! What happens to a request, as it happens.

use std::{ops::Range, time::Duration};

use maestria_delegator::Plan;
use maestria_registry::drift::Suspect;
use maestria_scheduler::Ending;
use maestria_vocabulary::{Chunk, DeviceId, Executor, Outcome, StepId, Timestamp, Understanding};

use crate::{Choice, Degraded, Doubt, Response, Skip};

/// One thing that happened to a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// When.
    pub at: Timestamp,
    /// What.
    pub event: ProgressEvent,
}

/// What can happen to a request, in the order of its life.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ProgressEvent {
    /// It was understood.
    Understood {
        /// As what.
        understanding: Understanding,
        /// How long that took.
        took: Duration,
    },
    /// A model is asked for a plan, as a step called `maestria.plan`.
    Consulting {
        /// Why.
        doubt: Doubt,
    },
    /// It was planned.
    Planned {
        /// How.
        plan: Plan,
        /// How long that took.
        took: Duration,
    },
    /// Models were ranked for its steps.
    Delegated {
        /// Which, and why.
        choices: Vec<Choice>,
        /// How long that took.
        took: Duration,
    },
    /// An attempt at a step began.
    Started {
        /// The step.
        step: StepId,
        /// Who runs it.
        executor: Executor,
        /// Where.
        device: DeviceId,
        /// Which units of the step it is for, where that is done in parts.
        units: Option<Range<u32>>,
    },
    /// A step goes on with less than it was to have.
    Degraded(Degraded),
    /// A model gave a piece of its answer.
    Chunk {
        /// The step.
        step: StepId,
        /// The piece.
        chunk: Chunk,
    },
    /// A model failed in the middle of an attempt and is asked again, with less or after a pause: the pieces it gave so far do not count.
    Restarted {
        /// The step.
        step: StepId,
    },
    /// An attempt at a step is over.
    Attempted(Outcome),
    /// An attempt at a step did not begin, because its model failed too often of late; the next candidate is taken.
    Skipped(Skip),
    /// By the outcome of the last attempt, a model no longer does what it did. It should be [probed again](crate::Orchestrator::discover).
    Drifted(Suspect),
    /// A step has ended: there will be no further attempt.
    Ended {
        /// The step.
        step: StepId,
        /// How.
        ending: Ending,
    },
    /// The answer is there. This is the last event.
    Answered(Box<Response>),
}
