//! The driver of one request: it measures time, performs the attempts that the scheduler decides on, and reports what happens.

use std::{collections::HashMap, sync::Arc};

use maestria_scheduler::{Finish, JobId};
use maestria_vocabulary::{Capability, Chunk, DeviceId, Executor, Money, Outcome, RunId, StepId, Timestamp, Verdict};
use tokio::{
    sync::{mpsc, oneshot},
    task::{AbortHandle, Id, JoinSet},
};

use crate::{
    Answer, Progress, ProgressEvent, Request, Response, Stages,
    attempt::{Attempted, perform},
    clock::Clock,
    dispatch::{Assignment, Command},
    error::chain,
    execution::{Execution, Work},
    mind::Mind,
};

/// Serves one request from its arrival to its answer. Dropping the future stops its attempts and frees what they held.
pub(crate) async fn serve(
    mind: Arc<Mind>,
    clock: Clock,
    dispatcher: mpsc::UnboundedSender<Command>,
    run: RunId,
    request: Request,
    progress: mpsc::UnboundedSender<Progress>,
) {
    let arrived = clock.now();
    let response = Response {
        run: run.clone(),
        answer: Answer::NotUnderstood,
        understanding: None,
        plan: None,
        choices: Vec::new(),
        outcomes: Vec::new(),
        stages: Stages::default(),
    };
    let forget = Forget { dispatcher: dispatcher.clone(), run };
    let mut driver = Driver { mind, clock, dispatcher, progress, response };
    let answer = driver.answer(&request, arrived).await.unwrap_or_else(|answer| answer);
    drop(forget);
    driver.response.answer = answer;
    let response = driver.response.clone();
    driver.tell(ProgressEvent::Answered(Box::new(response)));
}

/// Tells the dispatcher that a run is gone, however it went.
struct Forget {
    dispatcher: mpsc::UnboundedSender<Command>,
    run: RunId,
}

impl Drop for Forget {
    fn drop(&mut self) {
        // A dispatcher that is gone has nothing to forget.
        let _ = self.dispatcher.send(Command::Forget { run: self.run.clone() });
    }
}

struct Driver {
    mind: Arc<Mind>,
    clock: Clock,
    dispatcher: mpsc::UnboundedSender<Command>,
    progress: mpsc::UnboundedSender<Progress>,
    response: Response,
}

/// An attempt under way.
struct Attempt {
    step: StepId,
    executor: Executor,
    capability: Option<Capability>,
    device: DeviceId,
    started: Timestamp,
    ready: Timestamp,
    task: AbortHandle,
    stopping: bool,
}

impl Driver {
    /// Takes the request through its stages. Either way the result is an answer; an early one comes as `Err`.
    async fn answer(&mut self, request: &Request, arrived: Timestamp) -> Result<Answer, Answer> {
        let understanding = self.mind.understand(request)?;
        let took = self.clock.now() - arrived;
        self.response.stages.understand = took;
        self.response.understanding = Some(understanding.clone());
        self.tell(ProgressEvent::Understood { understanding: understanding.clone(), took });

        let since = self.clock.now();
        let plan = self.mind.plan(&understanding)?;
        let took = self.clock.now() - since;
        self.response.stages.plan = took;
        self.response.plan = Some(plan.clone());
        self.tell(ProgressEvent::Planned { plan: plan.clone(), took });

        let load = self.ask(|reply| Command::Load { reply }).await?;
        let since = self.clock.now();
        let fleet = self.mind.registry.snapshot();
        let delegated = self.mind.delegate(request, &plan, &fleet, &load);
        let took = self.clock.now() - since;
        self.response.stages.delegate = took;
        let (choices, candidates) = delegated?;
        self.response.choices.clone_from(&choices);
        self.tell(ProgressEvent::Delegated { choices, took });

        let since = self.clock.now();
        let execution = Execution::new(plan);
        let jobs = execution.jobs(&self.response.run, request, arrived, candidates);
        let (assignments, assigned) = mpsc::unbounded_channel();
        let run = self.response.run.clone();
        let accepted = self.ask(|accepted| Command::Submit { run, jobs, assignments, accepted }).await?;
        accepted.map_err(|error| Answer::Broken { problem: chain(&error) })?;
        let answer = self.execute(execution, assigned).await;
        self.response.stages.execute = self.clock.now() - since;
        answer
    }

    /// Asks the dispatcher something and waits for the reply.
    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Result<T, Answer> {
        let (reply, answer) = oneshot::channel();
        let gone = || Answer::Broken { problem: "the dispatcher is gone: its runtime was shut down".to_owned() };
        self.dispatcher.send(command(reply)).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())
    }

    /// Performs what is assigned until every step has ended.
    async fn execute(
        &mut self,
        mut execution: Execution,
        mut assigned: mpsc::UnboundedReceiver<Assignment>,
    ) -> Result<Answer, Answer> {
        let mut tasks: JoinSet<Attempted> = JoinSet::new();
        let mut attempts: HashMap<Id, Attempt> = HashMap::new();
        let (chunks, mut pieces) = mpsc::unbounded_channel();
        let submitted = self.clock.now();
        let mut ready: HashMap<StepId, Timestamp> = HashMap::new();
        loop {
            tokio::select! {
                biased;
                Some((step, chunk)) = pieces.recv() => self.tell(ProgressEvent::Chunk { step, chunk }),
                Some(joined) = tasks.join_next_with_id() => {
                    let (id, attempted) = match joined {
                        Ok((id, attempted)) => (id, attempted),
                        Err(error) => (error.id(), Attempted::failed(broken(&error), Finish::Failed)),
                    };
                    let Some(attempt) = attempts.remove(&id) else { continue };
                    self.report(&mut execution, attempt, attempted);
                }
                assignment = assigned.recv() => match assignment {
                    None => return Err(Answer::Broken { problem: "the dispatcher is gone: its runtime was shut down".to_owned() }),
                    Some(Assignment::Start { step, executor, device }) => {
                        let since = ready.get(&step).copied().unwrap_or(submitted);
                        let work = execution.work(&step, &executor);
                        let capability = match &work {
                            Ok(Work::Ask { capability, .. }) => Some(capability.clone()),
                            _ => None,
                        };
                        let task = self.start(&mut tasks, &step, work, &chunks);
                        self.tell(ProgressEvent::Started { step: step.clone(), executor: executor.clone(), device: device.clone() });
                        let started = self.clock.now();
                        let attempt = Attempt { step, executor, capability, device, started, ready: since, task, stopping: false };
                        attempts.insert(attempt.task.id(), attempt);
                    }
                    Some(Assignment::Stop { step }) => {
                        for attempt in attempts.values_mut().filter(|attempt| attempt.step == step) {
                            attempt.stopping = true;
                            attempt.task.abort();
                        }
                    }
                    Some(Assignment::End { step, ending }) => {
                        let now = self.clock.now();
                        ready.extend(execution.dependents(&step).map(|dependent| (dependent, now)));
                        self.tell(ProgressEvent::Ended { step: step.clone(), ending: ending.clone() });
                        if let Some(answer) = execution.ended(step, ending) {
                            return Ok(answer);
                        }
                    }
                }
            }
        }
    }

    fn start(
        &self,
        tasks: &mut JoinSet<Attempted>,
        step: &StepId,
        work: Result<Work, String>,
        chunks: &mpsc::UnboundedSender<(StepId, Chunk)>,
    ) -> AbortHandle {
        let (mind, step, chunks) = (self.mind.clone(), step.clone(), chunks.clone());
        tasks.spawn(async move {
            match work {
                Ok(work) => perform(mind, step, work, chunks).await,
                Err(problem) => Attempted::failed(problem, Finish::Failed),
            }
        })
    }

    /// Records how an attempt ended, for the scheduler, for the learners, and for the answer.
    fn report(&mut self, execution: &mut Execution, attempt: Attempt, attempted: Attempted) {
        let now = self.clock.now();
        let verdict = match (&attempted.result, attempt.stopping) {
            (_, true) => Verdict::Cancelled,
            (Ok(_), _) => Verdict::Succeeded,
            (Err(_), _) => Verdict::Failed,
        };
        let cost = match (&attempt.executor, attempted.usage) {
            (Executor::Model(model), Some(usage)) => {
                self.mind.registry.snapshot().card(model).map_or(Money::ZERO, |card| card.price.of(usage))
            }
            _ => Money::ZERO,
        };
        let outcome = Outcome {
            run: self.response.run.clone(),
            step: attempt.step.clone(),
            executor: attempt.executor,
            capability: attempt.capability,
            device: attempt.device,
            at: now,
            waited: attempt.started - attempt.ready,
            ran: now - attempt.started,
            verdict,
            usage: attempted.usage,
            cost,
            energy: None,
        };
        self.mind.registry.observe(&outcome);
        self.response.outcomes.push(outcome.clone());
        self.tell(ProgressEvent::Attempted(outcome));
        let job = JobId { run: self.response.run.clone(), step: attempt.step.clone() };
        execution.attempted(attempt.step, attempted.result);
        // Without a dispatcher the next assignment is missing, which ends the run.
        let _ = self.dispatcher.send(Command::Finished { job, how: attempted.how });
    }

    fn tell(&self, event: ProgressEvent) {
        // Nobody need listen.
        let _ = self.progress.send(Progress { at: self.clock.now(), event });
    }
}

/// Why a task gave no result: it was stopped, or it panicked.
fn broken(error: &tokio::task::JoinError) -> String {
    if error.is_panic() { "it panicked".to_owned() } else { "it was stopped".to_owned() }
}
