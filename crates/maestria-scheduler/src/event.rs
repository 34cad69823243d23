//! What the driver tells the machine.

use std::num::NonZeroUsize;

use maestria_vocabulary::{Bytes, DeviceId, DeviceSnapshot, ModelId, RunId};
use serde::{Deserialize, Serialize};

use crate::{Job, JobId, Split};

/// A fact that the driver reports.
///
/// A decision counts as begun when it is handed out, so there is no event for a start. Every [`Start`](crate::Decision::Start),
/// [`Load`](crate::Decision::Load) and [`Unload`](crate::Decision::Unload) is answered exactly once, by
/// [`Finished`](Self::Finished), [`Loaded`](Self::Loaded) or [`LoadFailed`](Self::LoadFailed), and [`Unloaded`](Self::Unloaded); what it
/// occupies stays occupied until then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// Jobs arrive: all of them, or none when there is an error.
    Submit(Vec<Job>),
    /// What a job takes is known now that its inputs are there. It is told of jobs that still wait for another, before that ends.
    Demand {
        /// The job.
        job: JobId,
        /// Takes the place of [`Job::working`].
        working: Bytes,
        /// Takes the place of [`Job::split`].
        split: Option<Split>,
    },
    /// The attempt at a job is over: by itself, or because [`Stop`](crate::Decision::Stop) asked for it.
    Finished {
        /// Whose attempt.
        job: JobId,
        /// How it went.
        how: Finish,
    },
    /// A model is in memory.
    Loaded {
        /// Which.
        model: ModelId,
        /// Where.
        device: DeviceId,
    },
    /// A model could not be brought into memory. Jobs that waited for it there try other devices, then their next candidates.
    LoadFailed {
        /// Which.
        model: ModelId,
        /// Where.
        device: DeviceId,
    },
    /// A model has left memory.
    Unloaded {
        /// Which.
        model: ModelId,
        /// From where.
        device: DeviceId,
    },
    /// Nobody wants the results of this run any more. A run without jobs is no error: it may just have ended.
    Cancel {
        /// The run.
        run: RunId,
    },
    /// A device was measured; one that was not known is added.
    Device(DeviceSnapshot),
    /// Another machine answers for this model: [`DeviceId::remote`] is known from now on, and jobs whose needs are
    /// [remote](maestria_vocabulary::Needs::remote) run there without anything being loaded. What was known already is changed.
    Remote {
        /// The model.
        model: ModelId,
        /// Attempts that may run at once there, if not as many as [`Slots::remote`](crate::Slots::remote) says.
        slots: Option<NonZeroUsize>,
    },
    /// A device is no longer there, nor is what was on it. Loads and unloads under way there are void and are not answered; attempts
    /// are stopped, answered as ever, and tried elsewhere.
    DeviceGone(DeviceId),
}

/// How an attempt went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// It gave a result.
    Succeeded,
    /// It gave none, and no other candidate would.
    Failed,
    /// It gave none, but the next candidate may.
    Elsewhere,
    /// There was too little memory for it; it is tried with less. See [`Degradation`](crate::Degradation).
    OutOfMemory,
}
