//! The driver of one request: it takes it through its stages, measures them, and reports what happens.

mod second_opinion;

use std::sync::Arc;

use maestria_delegator::{Allowance, Catalog, Plan, PlanError, Planned};
use maestria_vocabulary::{Money, RunId, Timestamp};
use tokio::sync::{mpsc, oneshot};

use crate::{
    Answer, ProgressEvent, Request, Response,
    dispatch::Command,
    error::chain,
    execution::Execution,
    mind::Mind,
    narrator::Narrator,
    performance::{Forget, Performance},
};

/// Serves one request from its arrival to its answer. Dropping the future stops its attempts and frees what they held.
pub(crate) async fn serve(
    mind: Arc<Mind>,
    narrator: Narrator,
    dispatcher: mpsc::UnboundedSender<Command>,
    run: RunId,
    request: Request,
) {
    let arrived = narrator.now();
    let response = Response::new(run.clone(), Answer::NotUnderstood);
    let forget = Arc::new(Forget { dispatcher, run });
    let mut driver = Driver { mind, narrator, forget, response };
    let answer = driver.answer(&request, arrived).await.unwrap_or_else(|answer| answer);
    driver.response.answer = answer;
    let response = driver.response.clone();
    driver.narrator.tell(ProgressEvent::Answered(Box::new(response)));
}

struct Driver {
    mind: Arc<Mind>,
    narrator: Narrator,
    forget: Arc<Forget>,
    response: Response,
}

impl Driver {
    /// Takes the request through its stages. Either way the result is an answer; an early one comes as `Err`.
    async fn answer(&mut self, request: &Request, arrived: Timestamp) -> Result<Answer, Answer> {
        let toolbox = self.mind.toolbox();
        let understanding = self.mind.understand(request, &toolbox)?;
        let took = self.narrator.now() - arrived;
        self.response.stages.understand = took;
        self.response.understanding = Some(understanding.clone());
        self.narrator.tell(ProgressEvent::Understood { understanding: understanding.clone(), took });

        let since = self.narrator.now();
        let planned = self.mind.planned(&understanding, &toolbox.catalog)?;
        let planned = self.second_opinion(request, &understanding, &toolbox, planned, arrived).await?;
        let plan = settled(planned)?;
        let load = self.ask(|reply| Command::Load { reply }).await?;
        let (fleet, toolbox) = (self.mind.registry.snapshot(), self.mind.toolbox());
        still_holds(&plan, &toolbox.catalog)?;
        let plan = self.mind.bridged(request, plan, &toolbox.catalog, &fleet, &load)?;
        let took = self.narrator.now() - since;
        self.response.stages.plan = took;
        self.response.plan = Some(plan.clone());
        self.narrator.tell(ProgressEvent::Planned { plan: plan.clone(), took });

        let since = self.narrator.now();
        let delegated = self.mind.delegate(&self.response.run, request, &plan, &fleet, &load);
        let took = self.narrator.now() - since;
        self.response.stages.delegate = took;
        let (choices, candidates) = delegated?;
        self.mind.history.decided(&self.response.run, &choices);
        self.response.choices.clone_from(&choices);
        self.narrator.tell(ProgressEvent::Delegated { choices, took });

        let since = self.narrator.now();
        let mut execution = Execution::new(plan, candidates);
        let jobs = execution.jobs(&self.response.run, request, arrived, self.mind.toolbox().known());
        let (assignments, assigned) = mpsc::unbounded_channel();
        let run = self.response.run.clone();
        let (mind, narrator) = (self.mind.clone(), self.narrator.clone());
        let allowance = self.allowance(request, arrived);
        let performance = Performance::new(mind, narrator, self.forget.clone(), execution, allowance);
        let accepted = self.ask(|accepted| Command::Submit { run, jobs, assignments, accepted }).await?;
        accepted.map_err(|error| Answer::Broken { problem: chain(&error) })?;
        let (answer, record) = performance.finish(assigned).await;
        self.response.outcomes.extend(record.outcomes);
        self.response.cuts = record.cuts;
        self.response.skips.extend(record.skips);
        self.response.degradations.extend(record.degradations);
        self.response.stages.execute = self.narrator.now() - since;
        answer.ok_or_else(dispatcher_gone)
    }

    /// Time and money that are left for the request.
    fn allowance(&self, request: &Request, arrived: Timestamp) -> Allowance {
        let spent: Money = self.response.outcomes.iter().map(|outcome| outcome.cost).sum();
        Allowance {
            deadline: request.deadline.map(|deadline| arrived + deadline),
            money: request.max_cost.map(|most| most.saturating_sub(spent)),
        }
    }

    /// Asks the dispatcher something and waits for the reply.
    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Result<T, Answer> {
        let (reply, answer) = oneshot::channel();
        self.forget.dispatcher.send(command(reply)).map_err(|_| dispatcher_gone())?;
        answer.await.map_err(|_| dispatcher_gone())
    }
}

/// The plan, or the answer where there is none to run.
fn settled(planned: Planned) -> Result<Plan, Answer> {
    match planned {
        // A plan without steps would serve nothing, and never end.
        Planned::Plan(plan) if plan.steps().is_empty() => Err(Answer::NotUnderstood),
        Planned::Plan(plan) => Ok(plan),
        Planned::Clarify(questions) => Err(Answer::Clarify { questions }),
        Planned::NotUnderstood => Err(Answer::NotUnderstood),
        other => {
            Err(Answer::Broken { problem: format!("the planner answered {other:?}, which this release does not know") })
        }
    }
}

/// Whether a plan can run with the tools as they are now; what is amiss otherwise.
fn still_holds(plan: &Plan, catalog: &Catalog) -> Result<(), Answer> {
    plan.check(catalog).map_err(|error| match error {
        PlanError::UnknownTool { step, tool } => Answer::ToolRemoved { step, tool },
        other => Answer::Broken { problem: chain(&other) },
    })
}

fn dispatcher_gone() -> Answer {
    Answer::Broken { problem: "the dispatcher is gone: its runtime was shut down".to_owned() }
}
