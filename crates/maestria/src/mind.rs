//! Everything that decides about a request without waiting: reading it, planning it, and ranking models for its steps.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use maestria_context::TokenCounter;
use maestria_delegator::{Action, Catalog, Load, Plan, Planned, Planner, Policy, Requirements};
use maestria_intent::Interpreter;
use maestria_registry::{ModelCard, Registry, Snapshot};
use maestria_vocabulary::{
    Argument, Candidate, Executor, Expected, Model, ModelId, Needs, Probability, Tool, ToolId, Understanding,
};

use crate::{Answer, Choice, Given, Lack, Request, error::chain, execution::synthesize_tool};

/// What an orchestrator knows and decides with. It is shared by all runs; what changes is the models, and what is known of them.
pub(crate) struct Mind {
    pub(crate) interpreter: Interpreter,
    pub(crate) planner: Arc<dyn Planner>,
    pub(crate) policy: Arc<dyn Policy>,
    pub(crate) counter: Arc<dyn TokenCounter>,
    pub(crate) catalog: Catalog,
    pub(crate) registry: Registry,
    pub(crate) tools: HashMap<ToolId, Arc<dyn Tool>>,
    pub(crate) models: RwLock<HashMap<ModelId, Arc<dyn Model>>>,
}

impl Mind {
    /// The model of this name, if it is registered.
    pub(crate) fn model(&self, id: &ModelId) -> Option<Arc<dyn Model>> {
        self.models.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    /// Registers a model while requests run.
    pub(crate) fn insert_model(&self, card: ModelCard, model: Arc<dyn Model>) -> Result<(), maestria_registry::Error> {
        // Under one lock, so that what is ranked can be asked.
        let mut models = self.models.write().unwrap_or_else(PoisonError::into_inner);
        let id = card.id.clone();
        self.registry.insert(card)?;
        models.insert(id, model);
        Ok(())
    }

    /// Removes a model while requests run; attempts under way end as they would.
    pub(crate) fn remove_model(&self, id: &ModelId) -> Result<(), maestria_registry::Error> {
        let mut models = self.models.write().unwrap_or_else(PoisonError::into_inner);
        self.registry.remove(id)?;
        models.remove(id);
        Ok(())
    }

    /// What the request means.
    pub(crate) fn understand(&self, request: &Request) -> Result<Understanding, Answer> {
        let understood = self.interpreter.interpret(&request.text);
        let mut understanding = understood.map_err(|error| Answer::Broken { problem: chain(&error) })?;
        for clause in &mut understanding.clauses {
            for Given { tool, parameter, value } in &request.arguments {
                let argument = Argument {
                    parameter: parameter.clone(),
                    value: value.clone(),
                    span: clause.span,
                    confidence: Probability::ONE,
                };
                clause
                    .tools
                    .iter_mut()
                    .filter(|found| found.tool == *tool)
                    .for_each(|found| found.give(argument.clone()));
            }
        }
        Ok(understanding)
    }

    /// The plan for what was understood.
    pub(crate) fn plan(&self, understanding: &Understanding) -> Result<Plan, Answer> {
        match self.planner.plan(understanding, &self.catalog) {
            // A plan without steps would serve nothing, and never end.
            Ok(Planned::Plan(plan)) if plan.steps().is_empty() => Err(Answer::NotUnderstood),
            Ok(Planned::Plan(plan)) => Ok(plan),
            Ok(Planned::Clarify(questions)) => Err(Answer::Clarify { questions }),
            Ok(Planned::NotUnderstood) => Err(Answer::NotUnderstood),
            Ok(other) => Err(Answer::Broken {
                problem: format!("the planner answered {other:?}, which this release does not know"),
            }),
            Err(error) => Err(Answer::Broken { problem: chain(&error) }),
        }
    }

    /// The models for every step that asks one, and the candidates of every step.
    pub(crate) fn delegate(
        &self,
        request: &Request,
        plan: &Plan,
        fleet: &Snapshot,
        load: &Load,
    ) -> Result<(Vec<Choice>, Vec<Vec<Candidate>>), Answer> {
        let (mut choices, mut candidates, mut lacking) = (Vec::new(), Vec::new(), Vec::new());
        for step in plan.steps() {
            let tool = match &step.action {
                Action::Call { tool, .. } => tool.clone(),
                Action::Ask { requires, .. } => {
                    let requirements = Requirements {
                        local_only: request.local_only,
                        max_latency: request.deadline,
                        ..Requirements::new(requires.clone())
                    };
                    let ranking = self.policy.rank(&requirements, fleet, load);
                    if ranking.ranked.is_empty() {
                        lacking.push(Lack {
                            step: step.id.clone(),
                            capability: requires.clone(),
                            refused: ranking.refused,
                            offered: fleet.capabilities().cloned().collect(),
                        });
                        continue;
                    }
                    candidates.push(ranking.ranked.iter().map(|ranked| ranked.candidate.clone()).collect());
                    choices.push(Choice { step: step.id.clone(), ranking });
                    continue;
                }
                _ => synthesize_tool(),
            };
            let (executor, needs) = (Executor::Tool(tool), Needs::default());
            candidates.push(vec![Candidate { executor, needs, expected: Expected::default() }]);
        }
        if lacking.is_empty() { Ok((choices, candidates)) } else { Err(Answer::Lacking { abilities: lacking }) }
    }
}

impl fmt::Debug for Mind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mind")
            .field("planner", &self.planner)
            .field("policy", &self.policy)
            .field("tools", &self.tools.keys())
            .field("fleet", &self.registry.snapshot().len())
            .finish_non_exhaustive()
    }
}
