//! Everything that decides about a request without waiting: reading it, planning it, and ranking models for its steps.

mod delegate;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError, RwLock, atomic::AtomicU64},
};

use maestria_context::TokenCounter;
use maestria_delegator::{Action, Brief, Catalog, Planned, Planner, Preset, TaskAnalyzer};
use maestria_intent::Interpreter;
use maestria_registry::{ModelCard, Registry};
use maestria_vocabulary::{Argument, Model, ModelId, Probability, Understanding};
use tokio::sync::watch;

use crate::{
    Answer, DiscoveryPlan, Doubt, Given, PlanningSettings, Request, Result, adoption::adopt_profiles,
    composition::Compositions, consultation::planning, error::chain, history::History, keeper::Keeper,
    recover::RetryBudgets, request::Defaults, selection::Selection, toolbox::Toolbox, watch::Watch,
};

/// What an orchestrator knows and decides with. It is shared by all runs; what changes is the tools and the models, and what is known of them.
pub(crate) struct Mind {
    pub(crate) planner: Arc<dyn Planner>,
    pub(crate) planning: PlanningSettings,
    pub(crate) selection: Selection,
    pub(crate) analyzer: TaskAnalyzer,
    pub(crate) compositions: Compositions,
    /// What holds for requests that say nothing else.
    pub(crate) defaults: Defaults,
    pub(crate) counter: Arc<dyn TokenCounter>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) history: History,
    pub(crate) watch: Watch,
    /// Whether what was surely found out of a model goes before what its card declares.
    pub(crate) adopts: bool,
    /// Held while profiles and cards are read, changed and put back, so that no two do it at once.
    pub(crate) filing: Mutex<()>,
    /// Closed when the last handle to the orchestrator is gone.
    pub(crate) handles: watch::Receiver<()>,
    /// How suspects are probed again by themselves, if they are, and how often that was done.
    pub(crate) reprobing: Option<DiscoveryPlan>,
    pub(crate) reprobed: AtomicU64,
    /// Where what is learnt outlives the process, if it does.
    pub(crate) keeper: Option<Keeper>,
    pub(crate) toolbox: RwLock<Arc<Toolbox>>,
    pub(crate) models: RwLock<HashMap<ModelId, Arc<dyn Model>>>,
    pub(crate) retries: RetryBudgets,
}

impl Mind {
    /// The model of this name, if it is registered.
    pub(crate) fn model(&self, id: &ModelId) -> Option<Arc<dyn Model>> {
        self.models.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    /// The tools as they are now.
    pub(crate) fn toolbox(&self) -> Arc<Toolbox> {
        self.toolbox.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes the tools while requests run; on an error they stay as they are.
    pub(crate) fn change_tools(&self, change: impl FnOnce(&Toolbox) -> Result<Toolbox>) -> Result<()> {
        let mut toolbox = self.toolbox.write().unwrap_or_else(PoisonError::into_inner);
        *toolbox = Arc::new(change(&toolbox)?);
        Ok(())
    }

    /// Registers a model while requests run.
    pub(crate) fn insert_model(&self, card: ModelCard, model: Arc<dyn Model>) -> Result<(), maestria_registry::Error> {
        // Under one lock, so that what is ranked can be asked.
        let mut models = self.models.write().unwrap_or_else(PoisonError::into_inner);
        let id = card.id.clone();
        self.registry.insert(card)?;
        models.insert(id, model);
        drop(models);
        if let Some(keeper) = &self.keeper {
            keeper.awaken();
            if self.adopts {
                // Records may be of abilities that were found, and not declared.
                let filing = self.filing.lock().unwrap_or_else(PoisonError::into_inner);
                adopt_profiles(&self.registry);
                drop(filing);
                keeper.awaken();
            }
        }
        Ok(())
    }

    /// Removes a model while requests run; attempts under way end as they would.
    pub(crate) fn remove_model(&self, id: &ModelId) -> Result<(), maestria_registry::Error> {
        let mut models = self.models.write().unwrap_or_else(PoisonError::into_inner);
        self.registry.remove(id)?;
        models.remove(id);
        self.retries.remove(id);
        self.watch.forget(id);
        self.changed();
        Ok(())
    }

    /// Says that something may be to be kept.
    pub(crate) fn changed(&self) {
        if let Some(keeper) = &self.keeper {
            keeper.changed();
        }
    }

    /// What the request means.
    pub(crate) fn understand(&self, request: &Request, toolbox: &Toolbox) -> Result<Understanding, Answer> {
        let understood = toolbox.interpreter.interpret_at(&request.text, None);
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

    /// What the planner makes of what was understood.
    pub(crate) fn planned(&self, understanding: &Understanding, catalog: &Catalog) -> Result<Planned, Answer> {
        self.planner.plan(understanding, catalog).map_err(|error| Answer::Broken { problem: chain(&error) })
    }

    /// Why the planner is not sure, if it is not.
    pub(crate) fn doubt(&self, understanding: &Understanding, planned: &Planned) -> Option<Doubt> {
        match planned {
            Planned::Plan(plan) => {
                let fleet = self.registry.snapshot();
                let unable = plan.steps().iter().find_map(|step| match &step.action {
                    Action::Ask { requires, .. } if fleet.with_capability(requires).len() == 0 => {
                        Some(requires.clone())
                    }
                    _ => None,
                });
                if let Some(ability) = unable {
                    return Some(Doubt::Unable(ability));
                }
                let confidence = plan.confidence(understanding);
                (confidence < self.planning.least_confidence).then_some(Doubt::Unsure(confidence))
            }
            Planned::Clarify(_) => Some(Doubt::Missing),
            Planned::NotUnderstood => Some(Doubt::Nothing),
            _ => None,
        }
    }

    /// What a model is told that is to plan the request.
    pub(crate) fn brief(&self, request: &Request, interpreter: &Interpreter) -> Result<Brief, String> {
        let presets = request.arguments.iter().map(|Given { tool, parameter, value }| Preset {
            tool: tool.clone(),
            parameter: parameter.clone(),
            value: value.clone(),
        });
        let brief = self.planning.brief(&request.text, presets, interpreter);
        let fleet = self.registry.snapshot();
        let abilities = fleet.capabilities().filter(|ability| **ability != planning()).cloned();
        Ok(brief.map_err(|error| chain(&error))?.with_abilities(abilities))
    }
}

impl fmt::Debug for Mind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mind")
            .field("planner", &self.planner)
            .field("selection", &self.selection)
            .field("tools", &self.toolbox().tools.keys())
            .field("fleet", &self.registry.snapshot().len())
            .finish_non_exhaustive()
    }
}
