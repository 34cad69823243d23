//! What the machine tells the driver to do.

use std::{fmt, ops::Range, time::Duration};

use maestria_vocabulary::{Bytes, DeviceId, DeviceKind, Executor, ModelId, StepId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::JobId;

/// One thing to do. The driver asks again until it is told to [`Wait`](Self::Wait) or that the machine is [`Idle`](Self::Idle).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Begin attempts at these jobs, together where the executor can; they share a slot of the device, and have their memory or a lease
    /// on their model. Each is answered on its own, and the slot is taken until the last is.
    Start {
        /// The jobs; at least one.
        batch: Vec<Member>,
        /// Who runs it.
        executor: Executor,
        /// Where.
        device: DeviceId,
    },
    /// Stop the attempt at a job, whose result is not wanted any more or whose device is gone, and answer that it finished.
    Stop {
        /// The job.
        job: JobId,
    },
    /// Bring a model into memory.
    Load {
        /// The model.
        model: ModelId,
        /// Where.
        device: DeviceId,
        /// Memory that is set aside for it.
        memory: Bytes,
    },
    /// Remove a model that nothing uses from memory. Unloading is separate from the load it makes room for, because its memory is free
    /// only once the driver says so.
    Unload {
        /// The model.
        model: ModelId,
        /// From where.
        device: DeviceId,
    },
    /// A job goes on with less than it was to have. There is nothing to do; it is told so that it can be seen.
    Degrade {
        /// The job.
        job: JobId,
        /// With what.
        how: Degradation,
    },
    /// A job has ended. This comes exactly once for every job that was accepted.
    End {
        /// The job.
        job: JobId,
        /// How.
        ending: Ending,
    },
    /// Nothing can be done before the next event, or before this moment.
    Wait {
        /// When to ask again even if nothing happens.
        until: Option<Timestamp>,
    },
    /// There is no job, and nothing is under way.
    Idle,
}

/// A job that is started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The job.
    pub job: JobId,
    /// Which of its candidates, counted from zero.
    pub candidate: usize,
    /// Which of its units are to be done, where it is done in parts; the whole job otherwise.
    pub units: Option<Range<u32>>,
}

/// What a job has to do with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Degradation {
    /// It ran out of memory in a batch, and shares its attempts with fewer jobs from now on.
    SmallerBatch {
        /// Most jobs in a batch, this one included.
        most: usize,
    },
    /// There is too little memory for what is left of it: its next part is smaller.
    SmallerPart {
        /// Units of that part.
        units: u32,
    },
    /// It ran out of memory on a graphics processor, and runs on processors.
    Processor,
    /// It goes on with a later candidate: because of its deadline, of overload, or of memory.
    Candidate {
        /// Which, counted from zero.
        candidate: usize,
    },
    /// The machine is overloaded: it waits as if it had come later.
    Deferred {
        /// By how much.
        delay: Duration,
    },
}

impl fmt::Display for Degradation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SmallerBatch { most } => write!(f, "in batches of at most {most}"),
            Self::SmallerPart { units } => write!(f, "with a part of {units} units"),
            Self::Processor => f.write_str("on processors"),
            Self::Candidate { candidate } => write!(f, "with candidate {candidate}, counted from zero"),
            Self::Deferred { delay } => write!(f, "as if it had come {delay:?} later"),
        }
    }
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// It has a result.
    Succeeded,
    /// Its attempts failed, or its models could not be loaded, and there is no candidate left.
    Failed,
    /// It was running when its timeout or deadline came.
    Expired,
    /// It was not running, and never will.
    Rejected(Rejection),
    /// Its run was cancelled.
    Cancelled,
    /// A step that had to succeed before it did not.
    Skipped {
        /// That step.
        predecessor: StepId,
    },
}

/// Why a job will not run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Rejection {
    /// Its result cannot be there in time.
    #[error("due at {deadline}, but done at {estimate} at the earliest")]
    TooLate {
        /// The deadline.
        deadline: Timestamp,
        /// When it would probably be done at the earliest.
        estimate: Timestamp,
        /// When each candidate would probably have been done: what to ask for instead, with a later deadline.
        alternatives: Vec<Alternative>,
    },
    /// No device of a kind that it runs on is known.
    #[error("no device of kind {kinds:?} is known")]
    NoDevice {
        /// Kinds that would do.
        kinds: Vec<DeviceKind>,
    },
    /// No candidate fits any device, whatever is unloaded. The numbers are those of the candidate and device that came nearest.
    #[error("needs {needs} of memory, but at most {capacity} can be had")]
    TooLarge {
        /// Memory that the candidate needs.
        needs: Bytes,
        /// Memory of the device, less what others use there.
        capacity: Bytes,
    },
}

/// A way to run a job that came too late.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alternative {
    /// Which candidate, counted from zero.
    pub candidate: usize,
    /// Who would run it.
    pub executor: Executor,
    /// When it would probably be done.
    pub done: Timestamp,
}

impl fmt::Display for Alternative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.executor, self.done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(ending: Ending, stored: &str) {
        assert_eq!(serde_json::to_string(&ending).unwrap(), stored);
        assert_eq!(serde_json::from_str::<Ending>(stored).unwrap(), ending);
    }

    #[test]
    fn endings_are_stored_by_name() {
        check(Ending::Succeeded, r#""succeeded""#);
        check(Ending::Skipped { predecessor: "a".parse().unwrap() }, r#"{"skipped":{"predecessor":"a"}}"#);
        let rejection = Rejection::TooLarge { needs: Bytes(2), capacity: Bytes(1) };
        check(Ending::Rejected(rejection), r#"{"rejected":{"too_large":{"needs":2,"capacity":1}}}"#);
    }
}
