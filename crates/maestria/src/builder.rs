//! Equipping an orchestrator.

use std::{
    collections::HashMap,
    sync::{Arc, RwLock},
};

use maestria_context::{ApproximateCounter, TokenCounter};
use maestria_delegator::{Catalog, DefaultPolicy, Planner, Policy, RulePlanner};
use maestria_intent::{Classifier, Interpreter};
use maestria_registry::{ModelCard, Registry};
use maestria_scheduler::Settings;
use maestria_vocabulary::{Model, Probability, Tool};

use crate::{Error, Orchestrator, PlanningSettings, Result, consultation::planning, mind::Mind, toolbox::Toolbox};

/// What an orchestrator is made of. Everything but the tools and the models has a default.
#[derive(Debug, Default)]
#[must_use = "an orchestrator comes from `build`"]
pub struct Builder {
    tools: Vec<Arc<dyn Tool>>,
    models: Vec<(ModelCard, Arc<dyn Model>)>,
    classifier: Option<Classifier>,
    planner: Option<Arc<dyn Planner>>,
    planning: PlanningSettings,
    policy: Option<Arc<dyn Policy>>,
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

    /// Sets what ranks models; [`DefaultPolicy`] by default.
    pub fn with_policy(self, policy: Arc<dyn Policy>) -> Self {
        Self { policy: Some(policy), ..self }
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
    /// [`Error::Tool`] for a tool of a name that is taken or with an unusable schema, [`Error::Model`] for a card that the registry refuses, [`Error::Intent`] when the classifier cannot be
    /// loaded.
    pub fn build(self) -> Result<Orchestrator> {
        let mut catalog = Catalog::default();
        let mut tools = HashMap::new();
        for tool in self.tools {
            Catalog::check_bounds(tool.spec())?;
            let spec = tool.spec().clone();
            catalog.insert(spec.clone())?;
            tools.insert(spec.id, tool);
        }
        let registry = Registry::default();
        let mut models = HashMap::new();
        for (card, model) in self.models {
            let id = card.id.clone();
            registry.insert(card).map_err(|source| Error::Model { model: id.clone(), source })?;
            models.insert(id, model);
        }
        let classifier = self.classifier.map_or_else(Classifier::embedded, Ok)?;
        let interpreter = Interpreter::new(classifier, catalog.iter().cloned())?;
        let mind = Mind {
            planner: self.planner.unwrap_or_else(|| Arc::new(RulePlanner::default())),
            planning: self.planning,
            policy: self.policy.unwrap_or_else(|| Arc::new(DefaultPolicy::default())),
            counter: self.counter.unwrap_or_else(|| Arc::new(ApproximateCounter)),
            registry,
            toolbox: RwLock::new(Arc::new(Toolbox { interpreter, catalog, tools })),
            models: RwLock::new(models),
            retries: Default::default(),
        };
        Ok(Orchestrator::new(mind, self.scheduler))
    }
}
