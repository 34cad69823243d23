//! What can be wrong with an event. The machine is the same after an error as before it.

use maestria_vocabulary::{DeviceId, ModelId, RunId, StepId};

use crate::JobId;

/// Result of handling an event.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An event that cannot be true, or jobs that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// More jobs than the queue has room for. Submit again when some have ended.
    #[error("{submitted} jobs submitted, but the queue has room for {room}")]
    QueueFull {
        /// Jobs in the submission.
        submitted: usize,
        /// Jobs that would still be taken.
        room: usize,
    },
    /// A run would have more steps than are remembered of one. Submit what is left as another run.
    #[error("run {run} would have {steps} steps, but at most {most} are remembered of one")]
    RunTooLong {
        /// The run.
        run: RunId,
        /// Steps that it would have, ended ones included.
        steps: usize,
        /// Steps that it may have.
        most: usize,
    },
    /// A job of this name exists already, in the submission or in its run.
    #[error("job {job} exists already")]
    DuplicateJob {
        /// Its name.
        job: JobId,
    },
    /// A job has nothing that could run it.
    #[error("job {job} has no candidate")]
    NoCandidate {
        /// The job.
        job: JobId,
    },
    /// A job waits for a step that its run does not have.
    #[error("job {job} comes after {predecessor}, which its run does not have")]
    UnknownPredecessor {
        /// The job.
        job: JobId,
        /// The step it names.
        predecessor: StepId,
    },
    /// A job waits, directly or not, for itself.
    #[error("job {job} waits for itself")]
    Cycle {
        /// One of the jobs that could never start.
        job: JobId,
    },
    /// This job does not wait for another: it is not known, or what it takes counts already.
    #[error("job {job} does not wait for another")]
    NotBlocked {
        /// The job.
        job: JobId,
    },
    /// No attempt at this job is under way: it was never started, or was answered before.
    #[error("job {job} is not running")]
    NotRunning {
        /// The job.
        job: JobId,
    },
    /// This model is not being loaded there.
    #[error("model {model} is not being loaded on {device}")]
    NotLoading {
        /// The model.
        model: ModelId,
        /// The device.
        device: DeviceId,
    },
    /// This model is not being unloaded there.
    #[error("model {model} is not being unloaded from {device}")]
    NotUnloading {
        /// The model.
        model: ModelId,
        /// The device.
        device: DeviceId,
    },
    /// No such device is known.
    #[error("device {device} is not known")]
    UnknownDevice {
        /// The device.
        device: DeviceId,
    },
}
