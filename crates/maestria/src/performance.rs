//! The performance of one plan: the attempts that the scheduler assigns are made, and what they come to is recorded.

use std::{collections::HashMap, ops::Range, sync::Arc, time::Duration};

use maestria_delegator::Allowance;
use maestria_scheduler::{Ending, Finish, JobId};
use maestria_vocabulary::{DeviceId, Executor, ModelId, Money, Outcome, RunId, StepId, Timestamp, Tokens, Verdict};
use tokio::{sync::mpsc, time::timeout};

use crate::{
    Answer, Cut, Degraded, ProgressEvent, Skip,
    admission::{Barred, admit},
    attempt::{Attempted, CutShort, perform},
    attempts::{Attempt, Attempts, Concluded},
    consult::Draft,
    discover::Discoverer,
    dispatch::{Assignment, Command},
    execution::{Execution, Work},
    mind::Mind,
    narrator::Narrator,
    recover::Bounds,
};

/// A plan under way. Dropping it stops its attempts.
pub(crate) struct Performance {
    mind: Arc<Mind>,
    narrator: Narrator,
    execution: Execution,
    attempts: Attempts,
    submitted: Timestamp,
    /// Time and money that are left for all steps.
    allowance: Allowance,
    /// Since when a step could have started, if not since it was submitted.
    ready: HashMap<StepId, Timestamp>,
    record: Record,
    forget: Arc<Forget>,
}

/// What one attempt may take.
#[derive(Debug, Clone, Copy)]
struct Granted {
    charged: Money,
    /// After how long it is ended in favour of the next candidate.
    time: Option<Duration>,
    /// When it must be over, whoever ends it, and from which its delays are drawn.
    bounds: Bounds,
}

/// What is to be known of a performance afterwards.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// One fact per attempt, in the order they ended.
    pub(crate) outcomes: Vec<Outcome>,
    /// Prompts that were cut.
    pub(crate) cuts: Vec<Cut>,
    /// Models that were not asked when it was their turn.
    pub(crate) skips: Vec<Skip>,
    /// What went on with less than it was to have.
    pub(crate) degradations: Vec<Degraded>,
    /// What was planned, and by whom, where that was to be done.
    pub(crate) draft: Option<(ModelId, Draft)>,
}

/// Tells the dispatcher that a run is gone, however it went. Every attempt holds it, so that what they occupy stays taken until the last of
/// them is really over.
#[derive(Debug)]
pub(crate) struct Forget {
    pub(crate) dispatcher: mpsc::UnboundedSender<Command>,
    pub(crate) run: RunId,
}

impl Drop for Forget {
    fn drop(&mut self) {
        // A dispatcher that is gone has nothing to forget.
        let _ = self.dispatcher.send(Command::Forget { run: self.run.clone() });
    }
}

impl Performance {
    pub(crate) fn new(
        mind: Arc<Mind>,
        narrator: Narrator,
        forget: Arc<Forget>,
        execution: Execution,
        allowance: Allowance,
    ) -> Self {
        let submitted = narrator.now();
        let (attempts, ready, record) = (Attempts::default(), HashMap::new(), Record::default());
        Self { mind, narrator, execution, attempts, submitted, allowance, ready, record, forget }
    }

    /// Does what is assigned until every step has ended and every attempt is over; gives the answer and the record. There is no
    /// answer when the assignments break off.
    pub(crate) async fn finish(
        mut self,
        mut assigned: mpsc::UnboundedReceiver<Assignment>,
    ) -> (Option<Answer>, Record) {
        loop {
            let ended = tokio::select! {
                biased;
                Some(concluded) = self.attempts.next() => self.conclude(concluded),
                assignment = assigned.recv() => match assignment {
                    None => return (None, self.record),
                    Some(assignment) => self.obey(assignment),
                }
            };
            if let Some(answer) = ended.and_then(|(step, ending)| self.end(step, ending)) {
                return (Some(answer), self.record);
            }
        }
    }

    /// Does what is assigned. Gives the step that ends by it.
    fn obey(&mut self, assignment: Assignment) -> Option<(StepId, Ending)> {
        match assignment {
            Assignment::Start { step, executor, device, units } => {
                self.start(step, executor, device, units);
                None
            }
            Assignment::Degrade { step, how } => {
                let degraded = Degraded { step, how };
                self.record.degradations.push(degraded.clone());
                self.narrator.tell(ProgressEvent::Degraded(degraded));
                None
            }
            Assignment::Stop { step } => {
                self.attempts.stop(&step);
                None
            }
            Assignment::End { step, ending } => {
                let ending = self.attempts.defer(&step, ending)?;
                Some((step, ending))
            }
            Assignment::NotLoaded { model, problem } => {
                self.execution.not_loaded(&model, &problem);
                None
            }
        }
    }

    fn start(&mut self, step: StepId, executor: Executor, device: DeviceId, units: Option<Range<u32>>) {
        self.narrator.tell(ProgressEvent::Started {
            step: step.clone(),
            executor: executor.clone(),
            device: device.clone(),
            units: units.clone(),
        });
        let work = self.execution.work(&step, &executor, units.clone());
        let capability = match &work {
            Ok(Work::Ask { capability, .. } | Work::Plan { capability, .. }) => Some(capability.clone()),
            _ => None,
        };
        let ready = self.ready.get(&step).copied().unwrap_or(self.submitted);
        let started = self.narrator.now();
        let asks_model = matches!(work, Ok(Work::Ask { .. } | Work::Plan { .. }));
        let granted = self.grant(&step, &executor, asks_model, started);
        let charged = granted.as_ref().map_or(Money::ZERO, |granted| granted.charged);
        let attempt = Attempt { step, executor, capability, device, units, ready, started, charged };
        let (mind, step, narrator) = (self.mind.clone(), attempt.step.clone(), self.narrator.clone());
        let executor = attempt.executor.clone();
        let held = (self.forget.clone(), self.mind.compositions.busy(&executor));
        self.attempts.start(attempt, async move {
            let _held = held;
            match (work, granted) {
                (Err(problem), _) => Attempted::failed(problem.to_string(), Finish::Failed),
                (_, Err(barred)) => Attempted::cut_short(format!("{executor}: {barred}"), barred.into()),
                (Ok(work), Ok(Granted { time: None, bounds, .. })) => perform(mind, step, work, bounds, narrator).await,
                (Ok(work), Ok(Granted { time: Some(time), bounds, .. })) => {
                    timeout(time, perform(mind, step, work, bounds, narrator)).await.unwrap_or_else(|_| {
                        let problem =
                            format!("{executor}: it gave no answer within {time:.1?}; the rest is for the next");
                        Attempted::cut_short(problem, CutShort::OutOfTime)
                    })
                }
            }
        });
    }

    /// What an attempt at a step may take, which is charged with what it is expected to cost. Tools cost nothing that is known, and have no
    /// candidate behind them.
    fn grant(
        &mut self,
        step: &StepId,
        executor: &Executor,
        asks_model: bool,
        now: Timestamp,
    ) -> Result<Granted, Barred> {
        let deadline = self.allowance.deadline;
        let Executor::Model(_) = executor else {
            return Ok(Granted {
                charged: Money::ZERO,
                time: None,
                bounds: Bounds::new(&self.forget.run, step, deadline),
            });
        };
        let chain = self.execution.expected_from(step, executor);
        let time = self.allowance.grant(&chain, now)?;
        if asks_model {
            admit(&self.mind.registry, executor, now)?;
        }
        let charged = chain.first().map_or(Money::ZERO, |expected| expected.cost);
        self.allowance.charge(charged);
        // What ends with the deadline is ended by the scheduler.
        let time = time.filter(|time| Some(*time) < self.allowance.time_left(now));
        Ok(Granted {
            charged,
            time,
            bounds: Bounds::new(&self.forget.run, step, time.map(|time| now + time).or(deadline)),
        })
    }

    /// Records how an attempt went, for the learners, for the answer, and for the scheduler. Gives its step if that ended meanwhile.
    fn conclude(&mut self, concluded: Concluded) -> Option<(StepId, Ending)> {
        let outcome = self.outcome(&concluded);
        let Concluded { attempt, attempted, ending, .. } = concluded;
        self.ready.insert(attempt.step.clone(), outcome.at);
        // A model that does not tell what it consumed is taken to have consumed what was expected.
        let told = attempted.usage.is_some() || attempted.result.is_err();
        self.allowance.settle(attempt.charged, if told { outcome.cost } else { attempt.charged });
        // Where nothing was done, nobody did well or badly.
        if attempted.was_tried() {
            let suspect = self.mind.learn(&outcome);
            self.record.outcomes.push(outcome.clone());
            self.narrator.tell(ProgressEvent::Attempted(outcome));
            if let Some(suspect) = suspect {
                Discoverer::reprobe(&self.mind, &self.forget.dispatcher, self.narrator.clock(), &suspect);
                self.narrator.tell(ProgressEvent::Drifted(suspect));
            }
        }
        if let (Some(CutShort::NotAdmitted(refusal)), Executor::Model(model)) =
            (&attempted.cut_short, &attempt.executor)
        {
            let skip = Skip { step: attempt.step.clone(), model: model.clone(), why: refusal.clone() };
            self.mind.skipped(&self.forget.run, &skip);
            self.record.skips.push(skip.clone());
            self.narrator.tell(ProgressEvent::Skipped(skip));
        }
        let job = JobId { run: self.forget.run.clone(), step: attempt.step.clone() };
        if attempted.cut > Tokens::ZERO {
            self.record.cuts.push(Cut { step: attempt.step.clone(), tokens: attempted.cut });
        }
        if let Some(tool) = attempted.removed {
            self.execution.removed(attempt.step.clone(), tool);
        }
        self.record.draft = attempted.draft.or(self.record.draft.take());
        if attempted.left_out {
            self.execution.leave_out(attempt.step.clone());
            self.declare_users(&attempt.step);
        } else if let (true, Ok(content), Some(units)) = (attempted.is_part, &attempted.result, attempt.units) {
            self.execution.part_done(&attempt.step, units, content.clone());
        } else {
            self.execution.attempted(attempt.step.clone(), attempted.result);
            self.declare_users(&attempt.step);
        }
        // Without a dispatcher the next assignment is missing, which ends the run.
        let _ = self.forget.dispatcher.send(Command::Finished { job, how: attempted.how });
        Some((attempt.step, ending?))
    }

    /// Tells what the steps take that waited for this one.
    fn declare_users(&mut self, step: &StepId) {
        let users: Vec<StepId> = self.execution.users(step).map(|user| user.id.clone()).collect();
        let toolbox = self.mind.toolbox();
        for user in users {
            if let Some((workload, split)) = self.execution.declare(&user, toolbox.known()) {
                let job = JobId { run: self.forget.run.clone(), step: user };
                let _ = self.forget.dispatcher.send(Command::Demand { job, working: workload.memory, split });
            }
        }
    }

    fn outcome(&self, concluded: &Concluded) -> Outcome {
        let Concluded { attempt, attempted, stopped, ending } = concluded;
        let now = self.narrator.now();
        let verdict = match (&attempted.result, ending) {
            (_, Some(Ending::Expired)) => Verdict::TimedOut,
            _ if *stopped => Verdict::Cancelled,
            _ if attempted.cut_short == Some(CutShort::OutOfTime) => Verdict::TimedOut,
            (Ok(_), _) => Verdict::Succeeded,
            (Err(_), _) => Verdict::Failed,
        };
        let cost = match (&attempt.executor, attempted.usage) {
            (Executor::Model(model), Some(usage)) => {
                self.mind.registry.snapshot().card(model).map_or(Money::ZERO, |card| card.price.of(usage))
            }
            _ => Money::ZERO,
        };
        Outcome {
            run: self.forget.run.clone(),
            step: attempt.step.clone(),
            executor: attempt.executor.clone(),
            capability: attempt.capability.clone(),
            device: attempt.device.clone(),
            at: now,
            waited: attempt.started - attempt.ready,
            ran: now - attempt.started,
            verdict,
            error: attempted.error.filter(|_| verdict == Verdict::Failed),
            usage: attempted.usage,
            cost,
            energy: None,
        }
    }

    /// A step has ended, and no attempt at it is under way. Gives the answer when it was the last.
    fn end(&mut self, step: StepId, ending: Ending) -> Option<Answer> {
        let now = self.narrator.now();
        self.ready.extend(self.execution.users(&step).map(|user| (user.id.clone(), now)));
        self.narrator.tell(ProgressEvent::Ended { step: step.clone(), ending: ending.clone() });
        self.execution.ended(step, ending)
    }
}
