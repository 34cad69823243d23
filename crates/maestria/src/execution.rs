//! The life of one planned request as a machine: what each step is given, what it gave, and what the whole comes to.

mod bind;
mod parts;

use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
    sync::Arc,
};

use maestria_context::Turn;
use maestria_delegator::{Action, Binding, Brief, Plan, Step};
use maestria_scheduler::{Ending, Job, JobId, Rejection};
use maestria_vocabulary::{
    Arguments, Candidate, Capability, Content, Executor, Expected, Message, ModelId, Role, RunId, StepId, Timestamp,
    ToolId,
};
use serde_json::Value;

use self::parts::Parts;
pub(crate) use self::{bind::Unready, parts::Part};
use crate::{Answer, Request, StepFailure, StepResult, synthesize::synthesize, toolbox::Known};

/// The name under which the scheduler knows the joining of results.
pub(crate) fn synthesize_tool() -> ToolId {
    #[expect(clippy::expect_used, reason = "a constant that is a valid identifier")]
    ToolId::new("maestria.synthesize").expect("a valid identifier")
}

/// A plan while it runs. Results are only ever added; a step has at most one result and exactly one ending.
#[derive(Debug)]
pub(crate) struct Execution {
    plan: Plan,
    /// Who may do each step, in the order of the plan.
    candidates: Vec<Vec<Candidate>>,
    results: HashMap<StepId, Content>,
    problems: HashMap<StepId, String>,
    endings: HashMap<StepId, Ending>,
    /// Calls that may be done in parts.
    parts: HashMap<StepId, Parts>,
    /// Steps that were not to be done.
    left_out: Vec<StepId>,
    /// Tools that were gone when a step was to call them.
    removed: HashMap<StepId, ToolId>,
    /// What its model is to plan, where the plan is to make a plan.
    brief: Option<Arc<Brief>>,
}

/// What an attempt at a step has to do.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Work {
    /// Call a tool.
    Call { tool: ToolId, arguments: Arguments },
    /// Do a part of a call.
    Part(Part),
    /// Call a tool for every element of a list, one after the other.
    Each { tool: ToolId, calls: Vec<Arguments> },
    /// Ask a model.
    Ask { model: ModelId, capability: Capability, turns: Vec<Turn> },
    /// Have a model plan a request.
    Plan { model: ModelId, capability: Capability, brief: Arc<Brief> },
    /// Give what is there already: results that are joined, or a field of one.
    Join(Content),
    /// Nothing: what the step depends on does not hold, or what it needs was left out.
    LeaveOut,
}

impl Execution {
    /// A plan that has not begun; `candidates` has a list for each step.
    pub(crate) fn new(plan: Plan, candidates: Vec<Vec<Candidate>>) -> Self {
        Self {
            plan,
            candidates,
            results: HashMap::new(),
            problems: HashMap::new(),
            endings: HashMap::new(),
            parts: HashMap::new(),
            left_out: Vec::new(),
            removed: HashMap::new(),
            brief: None,
        }
    }

    /// The same where its only step is to plan a request.
    pub(crate) fn with_brief(self, brief: Brief) -> Self {
        Self { brief: Some(Arc::new(brief)), ..self }
    }

    /// The steps as jobs, in the order of the plan. Those whose arguments are there say what they take.
    pub(crate) fn jobs(&mut self, run: &RunId, request: &Request, arrived: Timestamp, known: Known<'_>) -> Vec<Job> {
        let jobs = self.plan.steps().iter().zip(&self.candidates).map(|(step, candidates)| {
            let id = JobId { run: run.clone(), step: step.id.clone() };
            let mut after: Vec<StepId> = step.predecessors().cloned().collect();
            after.sort();
            after.dedup();
            let job = Job::new(id, candidates.clone()).with_after(after).with_priority(request.priority);
            Job { deadline: request.deadline.map(|deadline| arrived + deadline), ..job }
        });
        let mut jobs: Vec<Job> = jobs.collect();
        for job in &mut jobs {
            if let Some((workload, split)) = self.declare(&job.id.step, known) {
                (job.working, job.split) = (workload.memory, split);
            }
        }
        jobs
    }

    /// What this candidate of a step and those behind it are expected to take.
    pub(crate) fn expected_from(&self, step: &StepId, executor: &Executor) -> Vec<Expected> {
        let candidates = self.plan.steps().iter().zip(&self.candidates).find(|(known, _)| known.id == *step);
        let candidates = candidates.map(|(_, candidates)| candidates.as_slice()).unwrap_or_default();
        let rest = candidates.iter().skip_while(|candidate| candidate.executor != *executor);
        rest.map(|candidate| candidate.expected).collect()
    }

    /// What the step has to do now that its inputs are there, or these units of it.
    pub(crate) fn work(&self, step: &StepId, executor: &Executor, units: Option<Range<u32>>) -> Result<Work, Unready> {
        let step = self.plan.step(step).ok_or_else(|| Unready::NoStep(step.clone()))?;
        if self.is_left_out(step)? {
            return Ok(Work::LeaveOut);
        }
        match (&step.action, executor) {
            (Action::Call { tool, arguments }, _) => match (self.call(step, tool, arguments)?, units) {
                (Work::Call { tool, arguments }, Some(units)) => {
                    let whole = Work::Call { tool, arguments: arguments.clone() };
                    Ok(self.part(&step.id, arguments, units).unwrap_or(whole))
                }
                (whole, _) => Ok(whole),
            },
            (Action::Select { input, field }, _) => {
                Ok(Work::Join(bind::field(self.result(input)?.to_json(), field).into()))
            }
            (Action::Ask { instruction, requires, inputs }, Executor::Model(model)) => {
                if let Some(brief) = &self.brief {
                    let (model, capability) = (model.clone(), requires.clone());
                    return Ok(Work::Plan { model, capability, brief: brief.clone() });
                }
                let mut turns: Vec<Turn> = Vec::new();
                for input in inputs {
                    turns.push(Message::new(Role::User, self.result(input)?.clone()).into());
                }
                turns.push(Turn::pinned(Message::new(Role::User, instruction.as_str())));
                Ok(Work::Ask { model: model.clone(), capability: requires.clone(), turns })
            }
            (Action::Synthesize { inputs }, _) => {
                let there = inputs.iter().filter(|input| !self.left_out.contains(input));
                let contents: Result<Vec<&Content>, Unready> = there.map(|input| self.result(input)).collect();
                Ok(Work::Join(synthesize(&contents?)))
            }
            (action, executor) => {
                Err(Unready::NotAble { executor: executor.to_string(), action: format!("{action:?}") })
            }
        }
    }

    /// Whether a step is not to be done: what it depends on does not hold, or what it needs was left out itself. What joins results does
    /// with those that are there, if there are any.
    fn is_left_out(&self, step: &Step) -> Result<bool, Unready> {
        if let Some(guard) = &step.when
            && (self.left_out.contains(&guard.step) || !guard.holds(&self.result(&guard.step)?.to_json()))
        {
            return Ok(true);
        }
        let mut inputs = step.inputs();
        Ok(match step.action {
            Action::Synthesize { ref inputs } => inputs.iter().all(|input| self.left_out.contains(input)),
            _ => inputs.any(|input| self.left_out.contains(input)),
        })
    }

    fn call(&self, step: &Step, tool: &ToolId, arguments: &BTreeMap<String, Binding>) -> Result<Work, Unready> {
        let results = |input: &StepId| self.result(input).map(Content::to_json);
        let bind = |element: Option<&Value>| {
            let takes_first = |parameter: &str| self.plan.takes_first(&step.id, parameter);
            let takes_text = |parameter: &str| self.plan.takes_text(&step.id, parameter);
            bind::arguments(arguments, element, &results, &takes_first, &takes_text)
        };
        let Some(list) = &step.each else {
            return Ok(Work::Call { tool: tool.clone(), arguments: bind(None)? });
        };
        let Value::Array(elements) = results(list)? else {
            return Err(Unready::NoList { list: list.clone(), step: step.id.clone() });
        };
        let calls: Result<Vec<Arguments>, Unready> = elements.iter().map(|element| bind(Some(element))).collect();
        Ok(Work::Each { tool: tool.clone(), calls: calls? })
    }

    /// The calls that a step makes, if what it needs is there and it is to be done.
    fn called(&self, step: &Step) -> Option<Work> {
        match &step.action {
            Action::Call { tool, arguments } if self.is_left_out(step) == Ok(false) => {
                self.call(step, tool, arguments).ok()
            }
            _ => None,
        }
    }

    fn result(&self, step: &StepId) -> Result<&Content, Unready> {
        self.results.get(step).ok_or_else(|| Unready::NoResult(step.clone()))
    }

    /// A step was not to be done.
    pub(crate) fn leave_out(&mut self, step: StepId) {
        self.left_out.push(step);
    }

    /// The tool that a step was to call is not there any more.
    pub(crate) fn removed(&mut self, step: StepId, tool: ToolId) {
        self.removed.insert(step, tool);
    }

    /// An attempt gave a result, or the reason why not.
    pub(crate) fn attempted(&mut self, step: StepId, result: Result<Content, String>) {
        match result {
            Ok(content) => drop(self.results.insert(step, content)),
            Err(problem) => drop(self.problems.insert(step, problem)),
        }
    }

    /// A model could not be loaded: that may be why a step fails that could have asked it.
    pub(crate) fn not_loaded(&mut self, model: &ModelId, problem: &str) {
        let executor = Executor::Model(model.clone());
        for (step, candidates) in self.plan.steps().iter().zip(&self.candidates) {
            if candidates.iter().any(|candidate| candidate.executor == executor) {
                self.problems.insert(step.id.clone(), problem.to_owned());
            }
        }
    }

    /// The steps that need the result of this one.
    pub(crate) fn users(&self, step: &StepId) -> impl Iterator<Item = &Step> {
        self.plan.steps().iter().filter(move |user| user.predecessors().any(|input| input == step))
    }

    /// A step has ended. Gives the answer when it was the last.
    pub(crate) fn ended(&mut self, step: StepId, ending: Ending) -> Option<Answer> {
        self.endings.insert(step, ending);
        let over = self.plan.steps().iter().all(|step| self.endings.contains_key(&step.id));
        over.then(|| self.answer())
    }

    fn answer(&self) -> Answer {
        let failures: Vec<StepFailure> = self.plan.steps().iter().filter_map(|step| self.failure(step)).collect();
        if failures.is_empty() {
            let results = self.plan.results().filter_map(|step| self.step_result(step));
            return Answer::Done { results: results.collect() };
        }
        let reached = self.plan.steps().iter().filter(|step| self.is_reached(step));
        Answer::Incomplete { results: reached.filter_map(|step| self.step_result(step)).collect(), failures }
    }

    /// Whether the result of a step is worth showing when others failed: nothing was made of it, and it was wanted for itself. A step
    /// that only prepares what another uses is not.
    fn is_reached(&self, step: &Step) -> bool {
        let needs = |user: &&Step| user.action.inputs().chain(&user.each).any(|input| *input == step.id);
        let users: Vec<&Step> = self.plan.steps().iter().filter(needs).collect();
        let is_joined = |user: &&Step| matches!(user.action, Action::Synthesize { .. });
        let is_wanted = step.serves.is_some() || users.iter().all(is_joined);
        is_wanted && !users.iter().any(|user| self.succeeded(&user.id))
    }

    fn succeeded(&self, step: &StepId) -> bool {
        self.endings.get(step) == Some(&Ending::Succeeded)
    }

    fn step_result(&self, step: &Step) -> Option<StepResult> {
        let content = self.results.get(&step.id).filter(|_| self.succeeded(&step.id))?;
        Some(StepResult { step: step.id.clone(), content: content.clone() })
    }

    fn failure(&self, step: &Step) -> Option<StepFailure> {
        let ending = self.endings.get(&step.id)?;
        let problem = match ending {
            Ending::Succeeded | Ending::Skipped { .. } => return None,
            Ending::Failed => self.problems.get(&step.id).cloned().unwrap_or_else(|| "no attempt succeeded".to_owned()),
            Ending::Expired => "it took longer than it was given".to_owned(),
            Ending::Rejected(Rejection::TooLate { .. }) => {
                "it could not start early enough to be done in time".to_owned()
            }
            Ending::Rejected(rejection) => format!("it cannot be run: {rejection}"),
            Ending::Cancelled => "it was cancelled".to_owned(),
        };
        let problem = match self.how_far(&step.id) {
            Some(how_far) => format!("{problem}; {how_far}"),
            None => problem,
        };
        let removed = self.removed.get(&step.id).cloned();
        Some(StepFailure { step: step.id.clone(), ending: ending.clone(), problem, removed })
    }
}

#[cfg(test)]
mod tests;
