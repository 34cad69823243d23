//! What plans requests for tools that others describe and run: an interpreter, a planner and the tools.

use jiff::Zoned;
use maestria_delegator::{Catalog, RulePlanner};
use maestria_intent::{Classifier, Interpreter, Settings};
use maestria_vocabulary::{Probability, ToolSpec};

use crate::{Result, ToolPlan, error::Error};

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
}

impl ToolPlanner {
    /// A planner with these tools, which reads requests with `classifier`.
    ///
    /// # Errors
    /// [`Error::Tool`] of the first tool that cannot be taken; [`Error::Intent`] when the tools cannot be indexed.
    pub fn new(classifier: Classifier, tools: impl IntoIterator<Item = ToolSpec>) -> Result<Self> {
        let tools: Vec<ToolSpec> = tools.into_iter().collect();
        let catalog = Catalog::new(tools.iter().cloned())?;
        // Tools that are no more than plausible are named too: what an earlier step gives may speak for one of them.
        let settings = Settings {
            least_tool_confidence: Probability::saturating(0.03),
            tools_per_wish: 12,
            ..Settings::default()
        };
        let interpreter = Interpreter::new(classifier, tools)?.with_settings(settings);
        let planner = RulePlanner {
            least_confidence: Probability::saturating(0.5),
            tools_only: true,
            selects_fields: true,
            ..RulePlanner::default()
        };
        Ok(Self { interpreter, planner, catalog })
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
        let mut understanding = self.interpreter.interpret(request)?;
        self.interpreter.extractor().reread(&mut understanding, self.interpreter.selector(), now);
        let proposal = self.planner.propose(&understanding, &self.catalog).map_err(Error::Plan)?;
        Ok(ToolPlan { understanding, proposal })
    }
}
