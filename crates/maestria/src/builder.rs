//! Equipping an orchestrator.

mod choice;

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, RandomState},
    sync::{Arc, RwLock, atomic::AtomicU64},
};

use maestria_context::{ApproximateCounter, TokenCounter};
use maestria_delegator::{
    Catalog, DefaultPolicy, HybridComposition, LearnedPolicy, Planner, Policy, RulePlanner, TaskAnalyzer,
};
use maestria_intent::{Classifier, Interpreter};
use maestria_registry::{BreakerSettings, ModelCard, Registry};
use maestria_scheduler::Settings;
use maestria_vocabulary::{Capability, Model, ModelId, Probability, Tool, store::Store};
use tokio::sync::watch;

use crate::{
    DiscoveryPlan, Error, Orchestrator, PlanningSettings, Result, adoption::adopt_profiles, composition::Compositions,
    consultation::planning, history::History, keeper::Keeper, learner::Learner, mind::Mind, request::Defaults,
    selection::Selection, toolbox::Toolbox, watch::Watch,
};

/// What an orchestrator is made of. Everything but the tools and the models has a default.
#[derive(Debug, Default)]
#[must_use = "an orchestrator comes from `build`"]
pub struct Builder {
    tools: Vec<Arc<dyn Tool>>,
    models: Vec<(ModelCard, Arc<dyn Model>)>,
    classifier: Option<Classifier>,
    planner: Option<Arc<dyn Planner>>,
    planning: PlanningSettings,
    policy: Option<Ranker>,
    hybrids: Vec<(Capability, HybridComposition)>,
    replicas: Vec<HashSet<ModelId>>,
    analyzer: TaskAnalyzer,
    defaults: Defaults,
    breaker: BreakerSettings,
    adopts: bool,
    reprobing: Option<DiscoveryPlan>,
    remembered: Option<usize>,
    seed: Option<u64>,
    counter: Option<Arc<dyn TokenCounter>>,
    scheduler: Settings,
}

impl Builder {
    /// Adds a tool.
    pub fn with_tool(mut self, tool: Arc<dyn Tool>) -> Self {
        self.tools.push(tool);
        self
    }

    /// Adds tools.
    pub fn with_tools(mut self, tools: impl IntoIterator<Item = Arc<dyn Tool>>) -> Self {
        self.tools.extend(tools);
        self
    }

    /// Adds a model, as `card` declares it.
    pub fn with_model(mut self, card: ModelCard, model: Arc<dyn Model>) -> Self {
        self.models.push((card, model));
        self
    }

    /// Adds a model that plans requests of which the planner is not sure, beside what else its card says that it can do.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use maestria::{Effect, ModelCard, Orchestrator, Tokens, ToolSpec};
    /// use maestria_testkit::{ScriptedModel, ScriptedTool};
    /// use serde_json::json;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let weather = ToolSpec::new("get_weather".parse()?, "Get the weather forecast of a city")
    ///     .with_input(json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}))
    ///     .with_effect(Effect::Pure);
    /// // Any model will do; this one says what it is told to.
    /// let says = r#"{"steps": [{"id": "s1", "tool": "get_weather", "arguments": {"city": "Oslo"}}]}"#;
    /// let orchestrator = Orchestrator::builder()
    ///     .with_tool(Arc::new(ScriptedTool::new(weather, [Ok("rain".into())])))
    ///     .with_planning_model(ModelCard::new("llm".parse()?, Tokens(8_192)), Arc::new(ScriptedModel::saying([says])))
    ///     .build()?;
    ///
    /// let response = orchestrator.run("are my boots enough for Oslo").response().await;
    /// assert_eq!(response.answer.to_string(), "rain");
    /// let consultation = response.consultation.unwrap();
    /// assert!(consultation.to_string().starts_with("planned by model llm, since the rules"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_planning_model(self, mut card: ModelCard, model: Arc<dyn Model>) -> Self {
        card.capabilities.entry(planning()).or_insert(Probability::ONE);
        self.with_model(card, model)
    }

    /// Sets when and how a model is asked for a plan. It matters only if one can: see [`with_planning_model`](Self::with_planning_model).
    pub fn with_planning(self, planning: PlanningSettings) -> Self {
        Self { planning, ..self }
    }

    /// Sets what classifies requests; the built-in taxonomy by default.
    pub fn with_classifier(self, classifier: Classifier) -> Self {
        Self { classifier: Some(classifier), ..self }
    }

    /// Sets what plans; [`RulePlanner`] by default.
    pub fn with_planner(self, planner: Arc<dyn Planner>) -> Self {
        Self { planner: Some(planner), ..self }
    }

    /// Sets what counts tokens; a bound that needs no tokenizer by default.
    pub fn with_counter(self, counter: Arc<dyn TokenCounter>) -> Self {
        Self { counter: Some(counter), ..self }
    }

    /// Sets how work is scheduled.
    pub fn with_scheduler(self, scheduler: Settings) -> Self {
        Self { scheduler, ..self }
    }

    /// Builds the orchestrator: loads the classifier, indexes the tools, registers the models.
    ///
    /// # Errors
    /// [`Error::Tool`] for a tool of a name that is taken or with an unusable schema, [`Error::Model`] for a card that the registry refuses,
    /// [`Error::Composition`] for two models that cannot stand in for each other, [`Error::Intent`] when the classifier cannot be loaded,
    /// [`Error::Learning`] when the learned policy was made for another embedder.
    pub fn build(self) -> Result<Orchestrator> {
        let settings = self.scheduler.clone();
        Ok(Orchestrator::new(self.mind()?, settings))
    }

    /// Builds the orchestrator upon what it learnt before: how models did, what was found out of them, and what the policy learnt are taken
    /// from the store, and written there as outcomes come. Both happen in the background, several changes at a time; no request waits for
    /// it, and none fails by it. [`Orchestrator::kept`] tells how that goes, and [`Orchestrator::save`] waits until all is written.
    ///
    /// Cards are not kept: what models there are is for the application to say, every time anew. A store serves one orchestrator at a time: of
    /// two, each would write over what the other learnt.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use maestria::{ModelCard, Orchestrator, Probability, Tokens, store::Store};
    /// use maestria_store::MemoryStore;
    /// use maestria_testkit::ScriptedModel;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let store: Arc<dyn Store> = Arc::new(MemoryStore::new()); // A real one is a file: `RedbStore`.
    /// let open = || {
    ///     let card = ModelCard::new("scribe".parse().unwrap(), Tokens(8_192)).with_capability("translation".parse().unwrap(), Probability::ONE);
    ///     Orchestrator::builder().with_model(card, Arc::new(ScriptedModel::saying(["Guten Tag"]))).open(store.clone())
    /// };
    /// let orchestrator = open().await?;
    /// orchestrator.run("Translate good day into German").response().await;
    /// orchestrator.save().await?;
    ///
    /// let again = open().await?;
    /// let record = again.fleet().record(&"scribe".parse()?, &"translation".parse()?).map(|record| record.samples());
    /// assert_eq!(record, Some(1));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`build`](Self::build), and [`Error::State`] when the store cannot be read. What single entries say that cannot be used is no
    /// error: it is [told](Orchestrator::kept).
    ///
    /// # Panics
    /// Outside a tokio runtime with time enabled. It is the one on which is written from then on.
    pub async fn open(self, store: Arc<dyn Store>) -> Result<Orchestrator> {
        let settings = self.scheduler.clone();
        let mut mind = self.mind()?;
        let adopts = mind.adopts;
        let adopt = move |registry: &Registry| {
            if adopts {
                adopt_profiles(registry);
            }
        };
        let learner = mind.selection.learner().cloned();
        mind.keeper = Some(Keeper::open(store, mind.registry.clone(), learner, &adopt).await?);
        Ok(Orchestrator::new(mind, settings))
    }

    pub(crate) fn mind(self) -> Result<Mind> {
        let mut catalog = Catalog::default();
        let mut tools = HashMap::new();
        for tool in self.tools {
            Catalog::check_bounds(tool.spec())?;
            let spec = tool.spec().clone();
            catalog.insert(spec.clone())?;
            tools.insert(spec.id, tool);
        }
        let registry = Registry::default().with_breaker(self.breaker);
        let mut models = HashMap::new();
        for (card, model) in self.models {
            let id = card.id.clone();
            registry.insert(card).map_err(|source| Error::Model { model: id.clone(), source })?;
            models.insert(id, model);
        }
        let classifier = self.classifier.map_or_else(Classifier::embedded, Ok)?;
        let interpreter = Interpreter::new(classifier, catalog.iter().cloned())?;
        let seed = self.seed.unwrap_or_else(any_seed);
        let selection = match self.policy {
            None => Selection::Given(Arc::new(DefaultPolicy::default())),
            Some(Ranker::Given(policy)) => Selection::Given(policy),
            Some(Ranker::Learned(learned)) => {
                let (policy, base) = *learned;
                Selection::Learned(Arc::new(Learner::new(policy, base, &**interpreter.classifier().embedder(), seed)?))
            }
        };
        Ok(Mind {
            planner: self.planner.unwrap_or_else(|| Arc::new(RulePlanner::default())),
            planning: self.planning,
            selection,
            analyzer: self.analyzer,
            compositions: Compositions::new(self.hybrids, self.replicas, seed).map_err(Error::Composition)?,
            defaults: self.defaults,
            counter: self.counter.unwrap_or_else(|| Arc::new(ApproximateCounter)),
            registry: Arc::new(registry),
            history: History::new(self.remembered.unwrap_or(1_000)),
            watch: Watch::default(),
            adopts: self.adopts,
            filing: Default::default(),
            // Put in by the orchestrator.
            handles: watch::channel(()).1,
            reprobing: self.reprobing,
            reprobed: AtomicU64::new(0),
            keeper: None,
            toolbox: RwLock::new(Arc::new(Toolbox { interpreter, catalog, tools })),
            models: RwLock::new(models),
            retries: Default::default(),
        })
    }
}

/// What ranks models, as it was given.
#[derive(Debug)]
enum Ranker {
    Given(Arc<dyn Policy>),
    Learned(Box<(LearnedPolicy, DefaultPolicy)>),
}

/// A number that differs from one process to the next.
fn any_seed() -> u64 {
    RandomState::new().hash_one("a seed")
}
