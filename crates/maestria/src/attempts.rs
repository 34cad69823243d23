//! The attempts of one request that are under way, each of which comes out once when it is over, whether it returned, was stopped or
//! panicked.

use std::{collections::HashMap, ops::Range};

use maestria_scheduler::{Ending, Finish};
use maestria_vocabulary::{Capability, DeviceId, Executor, Money, StepId, Timestamp};
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};

use crate::attempt::Attempted;

/// What is known of an attempt before it is over.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) step: StepId,
    pub(crate) executor: Executor,
    /// The ability that is asked of a model.
    pub(crate) capability: Option<Capability>,
    pub(crate) device: DeviceId,
    /// Which units of the step it is for, where that is done in parts.
    pub(crate) units: Option<Range<u32>>,
    /// When it could have started, and when it did.
    pub(crate) ready: Timestamp,
    pub(crate) started: Timestamp,
    /// What it was charged with when it began.
    pub(crate) charged: Money,
}

/// An attempt that is over.
#[derive(Debug)]
pub(crate) struct Concluded {
    pub(crate) attempt: Attempt,
    pub(crate) attempted: Attempted,
    /// Whether it was to stop.
    pub(crate) stopped: bool,
    /// How its step ended while it was under way.
    pub(crate) ending: Option<Ending>,
}

/// Attempts under way, at most one per step. Dropping them stops them.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    tasks: JoinSet<Attempted>,
    running: HashMap<Id, Running>,
}

#[derive(Debug)]
struct Running {
    attempt: Attempt,
    task: AbortHandle,
    stopped: bool,
    ending: Option<Ending>,
}

impl Attempts {
    pub(crate) fn start(&mut self, attempt: Attempt, work: impl Future<Output = Attempted> + Send + 'static) {
        let task = self.tasks.spawn(work);
        self.running.insert(task.id(), Running { attempt, task, stopped: false, ending: None });
    }

    /// Stops the attempt at a step. It is over when its future has been dropped, which [`next`](Self::next) tells.
    pub(crate) fn stop(&mut self, step: &StepId) {
        if let Some(running) = self.at(step) {
            running.stopped = true;
            running.task.abort();
        }
    }

    /// Keeps the ending of a step until the attempt at it is over; gives it back when there is none.
    pub(crate) fn defer(&mut self, step: &StepId, ending: Ending) -> Option<Ending> {
        match self.at(step) {
            Some(running) => {
                running.ending = Some(ending);
                None
            }
            None => Some(ending),
        }
    }

    /// Waits for the next attempt that is over; nothing when none is under way.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub(crate) async fn next(&mut self) -> Option<Concluded> {
        let (id, result) = match self.tasks.join_next_with_id().await? {
            Ok((id, attempted)) => (id, Ok(attempted)),
            Err(error) => (error.id(), Err(error)),
        };
        let Running { attempt, stopped, ending, .. } = self.running.remove(&id)?;
        let attempted = result.unwrap_or_else(|error| broken(&attempt.executor, &error));
        Some(Concluded { attempt, attempted, stopped, ending })
    }

    fn at(&mut self, step: &StepId) -> Option<&mut Running> {
        self.running.values_mut().find(|running| running.attempt.step == *step)
    }
}

/// What an attempt comes to whose task gave no result. Another candidate may do better.
fn broken(executor: &Executor, error: &JoinError) -> Attempted {
    let how = if error.is_panic() { "panicked" } else { "was stopped" };
    Attempted::failed(format!("{executor} {how}"), Finish::Elsewhere)
}
