//! Where the planner is not sure, a model is asked: as a step of its own, scheduled like any other, before there is a plan.

use maestria_delegator::{Action, Allowance, Brief, Catalog, Load, Plan, Planned, Ranking, Requirements, Step};
use maestria_scheduler::Job;
use maestria_vocabulary::{Candidate, StepId, Timestamp, Understanding};
use tokio::sync::mpsc;

use super::Driver;
use crate::{
    Answer, Consultation, Opinion, ProgressEvent, Request,
    consult::Draft,
    consultation::planning,
    dispatch::Command,
    error::chain,
    execution::Execution,
    performance::{Performance, Record},
    toolbox::Toolbox,
};

impl Driver {
    /// Has a model plan what the planner is not sure of. Whatever comes of it, what the planner made stands unless the model knows better.
    ///
    /// # Errors
    /// The answer when the dispatcher is gone.
    pub(super) async fn second_opinion(
        &mut self,
        request: &Request,
        understanding: &Understanding,
        toolbox: &Toolbox,
        planned: Planned,
        arrived: Timestamp,
    ) -> Result<Planned, Answer> {
        let Some(doubt) = self.mind.doubt(understanding, &planned) else { return Ok(planned) };
        if self.mind.registry.snapshot().with_capability(&planning()).len() == 0 {
            return Ok(planned);
        }
        self.narrator.tell(ProgressEvent::Consulting { doubt: doubt.clone() });
        let load = self.ask(|reply| Command::Load { reply }).await?;
        let (opinion, better, record) = match self.mind.brief(request, &toolbox.interpreter) {
            Err(problem) => (Opinion::Failed { problem }, None, Record::default()),
            Ok(brief) => self.perform_planning(request, brief, &load, arrived).await?,
        };
        let (model, left_out) = match &record.draft {
            Some((model, draft)) => (Some(model.clone()), draft.left_out.clone()),
            None => (None, Vec::new()),
        };
        self.response.outcomes = record.outcomes;
        self.response.skips = record.skips;
        self.response.consultation = Some(Consultation { doubt, model, opinion, left_out });
        Ok(better.unwrap_or(planned))
    }

    async fn perform_planning(
        &mut self,
        request: &Request,
        brief: Brief,
        load: &Load,
        arrived: Timestamp,
    ) -> Result<(Opinion, Option<Planned>, Record), Answer> {
        let failed = |problem: String| Ok((Opinion::Failed { problem }, None, Record::default()));
        let step = match planning_step(request) {
            Ok(step) => step,
            Err(problem) => return failed(problem),
        };
        let ranking = self.rank_planners(request, load);
        if ranking.ranked.is_empty() {
            let refused: Vec<String> =
                ranking.refused.iter().map(|(model, refusal)| format!("{model} {refusal}")).collect();
            return failed(format!("no model may be asked for one: {}", refused.join(", ")));
        }
        let candidates: Vec<Candidate> = ranking.ranked.into_iter().map(|ranked| ranked.candidate).collect();
        let mut execution = Execution::new(step, vec![candidates]).with_brief(brief);
        let latest = self.narrator.now() + self.mind.planning.timeout;
        let sooner = |job: Job| Job { deadline: Some(job.deadline.map_or(latest, |by| by.min(latest))), ..job };
        let jobs = execution.jobs(&self.response.run, request, arrived, self.mind.toolbox().known());
        let jobs = jobs.into_iter().map(sooner).collect();
        let (assignments, assigned) = mpsc::unbounded_channel();
        let (mind, narrator) = (self.mind.clone(), self.narrator.clone());
        let allowance = self.allowance(request, arrived);
        let deadline = Some(allowance.deadline.map_or(latest, |by| by.min(latest)));
        let allowance = Allowance { deadline, ..allowance };
        let performance = Performance::new(mind, narrator, self.forget.clone(), execution, allowance);
        let run = self.response.run.clone();
        let accepted = self.ask(|accepted| Command::Submit { run, jobs, assignments, accepted }).await?;
        if let Err(error) = accepted {
            return failed(chain(&error));
        }
        let (answer, record) = performance.finish(assigned).await;
        let (opinion, better) = match (answer.ok_or_else(super::dispatcher_gone)?, &record.draft) {
            (Answer::Done { .. }, Some((_, draft))) => self.opinion(draft),
            (Answer::Incomplete { failures, .. }, _) => {
                let problems: Vec<String> = failures.into_iter().map(|failure| failure.problem).collect();
                (Opinion::Failed { problem: problems.join("; ") }, None)
            }
            (other, _) => (Opinion::Failed { problem: other.to_string() }, None),
        };
        Ok((opinion, better, record))
    }

    fn opinion(&self, draft: &Draft) -> (Opinion, Option<Planned>) {
        let repaired = draft.repaired;
        let Some(proposal) = &draft.proposal else { return (Opinion::Nothing, None) };
        match proposal.clone().into_planned(&self.mind.toolbox().catalog) {
            Ok(planned @ Planned::Plan(_)) => (Opinion::Planned { repaired }, Some(planned)),
            Ok(planned @ Planned::Clarify(_)) => (Opinion::Asks { repaired }, Some(planned)),
            Ok(_) => (Opinion::Nothing, None),
            Err(error) => (Opinion::Failed { problem: chain(&error) }, None),
        }
    }

    fn rank_planners(&self, request: &Request, load: &Load) -> Ranking {
        let requirements = request.task(planning()).requirements();
        let requirements = requirements.with_expected(Requirements::new(planning()).expected);
        self.mind.selection.policy().rank(&requirements, &self.mind.registry.snapshot(), load)
    }
}

/// Planning as a plan of one step that asks a model.
fn planning_step(request: &Request) -> Result<Plan, String> {
    let id = StepId::new(PLANNING_STEP).map_err(|error| chain(&error))?;
    let action = Action::Ask { instruction: request.text.clone(), requires: planning(), inputs: Vec::new() };
    Plan::new(vec![Step::new(id, action)], &Catalog::default()).map_err(|error| chain(&error))
}

/// The name of the step in which a model plans, as progress and outcomes show it.
const PLANNING_STEP: &str = "maestria.plan";
