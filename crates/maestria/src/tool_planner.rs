//! What plans requests for tools that others describe and run: an interpreter, a planner and the tools.

use std::sync::Arc;

use jiff::Zoned;
use maestria_context::TokenCounter;
use maestria_delegator::{Catalog, RulePlanner};
use maestria_intent::{Classifier, Interpreter, Settings};
use maestria_vocabulary::{Model, ModelError, ModelId, Probability, Timestamp, Tokens, ToolSpec};
use tokio::time::timeout;

use crate::{
    Consultation, Opinion, PlanningSettings, Result, ToolPlan,
    consult::{Draft, consult},
    error::{Error, chain},
    recover::{Bounds, Patience, RetryBudgets},
};

/// Plans which tools serve a request, in which order and with which arguments, and runs none of them.
///
/// ```
/// use maestria::{Classifier, ToolPlanner, delegator::read_functions};
///
/// let tools = read_functions(r#"[{"name": "get_weather", "description": "Get the weather of a city",
///     "parameters": {"properties": {"city": {"type": "string"}}, "required": ["city"]}}]"#)?;
/// let planner = ToolPlanner::new(Classifier::embedded()?, tools)?;
/// let plan = planner.plan("what's the weather in Oslo", None)?.to_json();
/// assert_eq!(plan["steps"][0]["tool"], "get_weather");
/// assert_eq!(plan["steps"][0]["arguments"]["city"], "Oslo");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ToolPlanner {
    interpreter: Interpreter,
    planner: RulePlanner,
    catalog: Catalog,
    settings: PlanningSettings,
    model: Option<PlanningModel>,
}

/// The model that is asked where the rules are not sure.
#[derive(Debug)]
struct PlanningModel {
    id: ModelId,
    window: Tokens,
    model: Arc<dyn Model>,
    counter: Arc<dyn TokenCounter>,
    retries: RetryBudgets,
}

impl ToolPlanner {
    /// A planner with these tools, which reads requests with `classifier`.
    ///
    /// # Errors
    /// [`Error::Tool`] of the first tool that cannot be taken; [`Error::Intent`] when the tools cannot be indexed.
    pub fn new(classifier: Classifier, tools: impl IntoIterator<Item = ToolSpec>) -> Result<Self> {
        let tools: Vec<ToolSpec> = tools.into_iter().collect();
        tools.iter().try_for_each(Catalog::check_bounds)?;
        let catalog = Catalog::new(tools.iter().cloned())?;
        // Tools that are no more than plausible are named too: what an earlier step gives may speak for one of them.
        let settings = Settings {
            least_tool_confidence: Probability::saturating(0.03),
            tools_per_wish: 6,
            tags_words: true,
            ..Settings::default()
        };
        let interpreter = Interpreter::new(classifier, tools)?.with_settings(settings)?;
        let planner = RulePlanner {
            least_confidence: Probability::saturating(0.5),
            tools_only: true,
            selects_fields: true,
            ..RulePlanner::default()
        };
        Ok(Self { interpreter, planner, catalog, settings: PlanningSettings::default(), model: None })
    }

    /// Sets the model that [`plan_or_ask`](Self::plan_or_ask) asks, the tokens that its window holds, and what counts them.
    #[must_use]
    pub fn with_planning_model(
        self,
        id: ModelId,
        window: Tokens,
        model: Arc<dyn Model>,
        counter: Arc<dyn TokenCounter>,
    ) -> Self {
        Self { model: Some(PlanningModel { id, window, model, counter, retries: RetryBudgets::default() }), ..self }
    }

    /// Sets when and how the model is asked.
    #[must_use]
    pub fn with_planning(self, settings: PlanningSettings) -> Self {
        Self { settings, ..self }
    }

    /// What reads requests.
    #[must_use]
    pub fn interpreter(&self) -> &Interpreter {
        &self.interpreter
    }

    /// The tools.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Plans a request. What depends on the time, such as "tomorrow", is read only if `now` is known.
    ///
    /// # Errors
    /// [`Error::Intent`] when the engine below the embedder fails; [`Error::Plan`] when what was planned does not hold together.
    pub fn plan(&self, request: &str, now: Option<&Zoned>) -> Result<ToolPlan> {
        let understanding = self.interpreter.interpret_at(request, now)?;
        let proposal = self.planner.propose(&understanding, &self.catalog).map_err(Error::Plan)?;
        Ok(ToolPlan { understanding, proposal, consultation: None })
    }

    /// The same, and where the rules lack something, know nothing or are not sure enough, the model is asked. Whatever it does, the plan
    /// of the rules stands unless the model has a better one that holds together; [`ToolPlan::consultation`] says which.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use maestria::{Classifier, Tokens, ToolPlanner, context::ApproximateCounter, delegator::read_functions};
    /// use maestria_testkit::ScriptedModel;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let tools = read_functions(r#"[{"name": "get_weather", "description": "Get the weather of a city", "effect": "pure",
    ///     "parameters": {"properties": {"city": {"type": "string"}}, "required": ["city"]}}]"#)?;
    /// // Any model will do; this one says what it is told to.
    /// let says = r#"{"steps": [{"id": "s1", "tool": "get_weather", "arguments": {"city": "Oslo"}}]}"#;
    /// let model = Arc::new(ScriptedModel::saying([says]));
    /// let planner = ToolPlanner::new(Classifier::embedded()?, tools)?
    ///     .with_planning_model("llm".parse()?, Tokens(8_192), model, Arc::new(ApproximateCounter));
    ///
    /// let plan = planner.plan_or_ask("are my boots enough for Oslo", None).await?.to_json();
    /// assert_eq!(plan["steps"][0]["arguments"]["city"], "Oslo");
    /// assert_eq!(plan["consultation"]["model"], "llm");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`plan`](Self::plan); never because of the model.
    ///
    /// # Cancel safety
    /// Dropping the future stops the model.
    ///
    /// # Panics
    /// Outside a tokio runtime with time enabled, if there is a model.
    pub async fn plan_or_ask(&self, request: &str, now: Option<&Zoned>) -> Result<ToolPlan> {
        let plan = self.plan(request, now)?;
        let Some(PlanningModel { id, window, model, counter, retries }) = &self.model else { return Ok(plan) };
        let Some(doubt) = plan.doubt(self.settings.least_confidence) else { return Ok(plan) };
        let brief = self.settings.brief(request, [], &self.interpreter)?.with_now(now.map(Zoned::to_string));
        // The timeout ends what waits for too long.
        let patience = Patience { budgets: retries, model: id, bounds: Bounds::default() };
        let next = |error: &ModelError, tries| patience.next(error, tries, Timestamp::ZERO);
        let talk = consult(&**model, *window, &brief, &self.catalog, &**counter, &next);
        let drafted = timeout(self.settings.timeout, talk).await;
        let (opinion, proposal, left_out) = match drafted {
            Err(_) => (failed(&ModelError::TimedOut { after: self.settings.timeout }), None, Vec::new()),
            Ok(Err(error)) => (failed(&error), None, Vec::new()),
            Ok(Ok(Draft { proposal: None, left_out, .. })) => (Opinion::Nothing, None, left_out),
            Ok(Ok(Draft { proposal: Some(proposal), repaired, left_out, .. })) => {
                let asks = !proposal.missing().is_empty();
                let opinion = if asks { Opinion::Asks { repaired } } else { Opinion::Planned { repaired } };
                (opinion, Some(proposal), left_out)
            }
        };
        let consultation = Some(Consultation { doubt, model: Some(id.clone()), opinion, left_out });
        let proposal = proposal.unwrap_or(plan.proposal);
        Ok(ToolPlan { understanding: plan.understanding, proposal, consultation })
    }
}

fn failed(error: &dyn std::error::Error) -> Opinion {
    Opinion::Failed { problem: chain(error) }
}
