//! One probe on its way to its model: scheduled like any step, so that it waits for memory and for people.

use std::{sync::Arc, time::Duration};

use maestria_registry::{
    Circuit,
    discovery::{Answer, Failure, Probe, Task, Ticket},
};
use maestria_scheduler::{Finish, Job, JobId, Priority};
use maestria_vocabulary::{Candidate, Executor, Expected, ModelError, ModelExt, ModelId, RunId, StepId, Usage};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

use crate::{
    clock::Clock,
    dispatch::{Assignment, Command},
    error::chain,
    mind::Mind,
    performance::Forget,
};

/// Through whom a probe goes.
pub(super) struct Way {
    pub(super) mind: Option<Arc<Mind>>,
    pub(super) dispatcher: Option<mpsc::UnboundedSender<Command>>,
    pub(super) clock: Clock,
    pub(super) run: RunId,
    pub(super) priority: Priority,
    pub(super) timeout: Duration,
}

/// Why a probe got no answer.
#[derive(Debug)]
pub(super) struct NoAnswer {
    pub(super) failure: Failure,
    pub(super) problem: String,
}

impl NoAnswer {
    fn broken(problem: impl Into<String>) -> Self {
        Self { failure: Failure::Broken { after: None }, problem: problem.into() }
    }

    fn gone() -> Self {
        Self::broken("the orchestrator or its runtime is gone")
    }
}

impl From<ModelError> for NoAnswer {
    fn from(error: ModelError) -> Self {
        Self { failure: Failure::from(&error), problem: chain(&error) }
    }
}

/// The run that a probe is for the scheduler.
pub(super) fn run_id(discovery: &RunId, ticket: Ticket) -> RunId {
    RunId::new(format!("{discovery}-{ticket}")).unwrap_or_else(|_| discovery.clone())
}

/// Puts a probe to its model when it is its turn.
///
/// # Cancel safety
/// Dropping the future stops the call and gives back what it held.
pub(super) async fn put(way: Way, model: ModelId, probe: Probe) -> Result<(Answer, Option<Usage>), NoAnswer> {
    let Way { mind: Some(mind), dispatcher: Some(dispatcher), clock, run, priority, timeout: limit } = way else {
        return Err(NoAnswer::gone());
    };
    let Task::Prompt(prompt) = probe.task().clone() else {
        let problem = "a model answers in words, and is not asked for vectors".to_owned();
        return Err(NoAnswer { failure: Failure::Unsupported, problem });
    };
    let fleet = mind.registry.snapshot();
    let (Some(card), Some(known)) = (fleet.card(&model), mind.model(&model)) else {
        return Err(NoAnswer::broken("it is not registered any more"));
    };
    // The model may take long; nothing else of the orchestrator is held until it answers.
    drop(mind);
    let now = clock.now();
    if let Some(Circuit::Open { until }) = fleet.health(&model).map(|health| health.circuit(now)) {
        let failure = Failure::Broken { after: Some(until - now) };
        return Err(NoAnswer { failure, problem: "it failed too often of late".to_owned() });
    }
    let load = if card.remote { Duration::ZERO } else { card.load };
    let expected = Expected { load, run: card.run, ..Expected::default() };
    let candidate = Candidate { executor: Executor::Model(model.clone()), needs: card.placed_needs(), expected };

    // As long as it is held, what the call takes is taken.
    let held = Forget { dispatcher, run };
    let job = Job::new(job_id(&held.run)?, vec![candidate]).with_priority(priority);
    let job = Job { deadline: Some(now + limit.saturating_mul(10)), ..job };
    let mut assigned = submit(&held, job).await?;
    started(&mut assigned, &model).await?;
    let completion = tokio::select! {
        completion = timeout(limit, known.complete(prompt)) => completion,
        () = stopped(&mut assigned) => return Err(NoAnswer::broken("it was stopped")),
    };
    let how = if matches!(completion, Ok(Ok(_))) { Finish::Succeeded } else { Finish::Failed };
    let _ = held.dispatcher.send(Command::Finished { job: job_id(&held.run)?, how });
    let completion = completion.map_err(|_| NoAnswer::broken(format!("it gave no answer within {limit:.1?}")))??;
    Ok((Answer::from(&completion), completion.usage))
}

async fn submit(held: &Forget, job: Job) -> Result<mpsc::UnboundedReceiver<Assignment>, NoAnswer> {
    let (assignments, assigned) = mpsc::unbounded_channel();
    let (accepted, answer) = oneshot::channel();
    let command = Command::Submit { run: held.run.clone(), jobs: vec![job], assignments, accepted };
    held.dispatcher.send(command).map_err(|_| NoAnswer::gone())?;
    let accepted = answer.await.map_err(|_| NoAnswer::gone())?;
    accepted.map_err(|error| NoAnswer::broken(chain(&error)))?;
    Ok(assigned)
}

fn job_id(run: &RunId) -> Result<JobId, NoAnswer> {
    let step = StepId::new("maestria.probe").map_err(|error| NoAnswer::broken(chain(&error)))?;
    Ok(JobId { run: run.clone(), step })
}

/// Waits until it is the probe's turn.
async fn started(assigned: &mut mpsc::UnboundedReceiver<Assignment>, model: &ModelId) -> Result<(), NoAnswer> {
    let mut not_loaded = None;
    loop {
        match assigned.recv().await.ok_or_else(NoAnswer::gone)? {
            Assignment::Start { .. } => return Ok(()),
            Assignment::NotLoaded { model: other, problem } if other == *model => not_loaded = Some(problem),
            Assignment::End { ending, .. } => {
                return Err(NoAnswer::broken(not_loaded.unwrap_or_else(|| format!("it cannot be run: {ending:?}"))));
            }
            Assignment::NotLoaded { .. } | Assignment::Stop { .. } | Assignment::Degrade { .. } => {}
        }
    }
}

/// Waits until the call is to stop.
async fn stopped(assigned: &mut mpsc::UnboundedReceiver<Assignment>) {
    while let Some(assignment) = assigned.recv().await {
        if matches!(assignment, Assignment::Stop { .. } | Assignment::End { .. }) {
            return;
        }
    }
}
