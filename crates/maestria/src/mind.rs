//! Everything that decides about a request without waiting: reading it, planning it, and ranking models for its steps.

use std::{collections::HashMap, fmt, sync::Arc};

use maestria_context::TokenCounter;
use maestria_delegator::{Action, Catalog, Load, Plan, Planned, Planner, Policy, Requirements};
use maestria_intent::Interpreter;
use maestria_registry::{Registry, Snapshot};
use maestria_vocabulary::{Candidate, Executor, Expected, Model, ModelId, Needs, Tool, ToolId, Understanding};

use crate::{Answer, Choice, Lack, Request, error::chain, execution::synthesize_tool};

/// What an orchestrator knows and decides with. It is shared by all runs and changed by none; what changes is inside the registry.
pub(crate) struct Mind {
    pub(crate) interpreter: Interpreter,
    pub(crate) planner: Arc<dyn Planner>,
    pub(crate) policy: Arc<dyn Policy>,
    pub(crate) counter: Arc<dyn TokenCounter>,
    pub(crate) catalog: Catalog,
    pub(crate) registry: Registry,
    pub(crate) tools: HashMap<ToolId, Arc<dyn Tool>>,
    pub(crate) models: HashMap<ModelId, Arc<dyn Model>>,
}

impl Mind {
    /// What the request means.
    pub(crate) fn understand(&self, request: &Request) -> Result<Understanding, Answer> {
        self.interpreter.interpret(&request.text).map_err(|error| Answer::Broken { problem: chain(&error) })
    }

    /// The plan for what was understood.
    pub(crate) fn plan(&self, understanding: &Understanding) -> Result<Plan, Answer> {
        match self.planner.plan(understanding, &self.catalog) {
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
            .field("models", &self.models.keys())
            .finish_non_exhaustive()
    }
}
