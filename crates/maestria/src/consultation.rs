//! Asking a model for a plan: when that is done, and what it came to.

use std::{fmt, time::Duration};

use maestria_delegator::{Brief, Preset};
use maestria_intent::{Interpreter, own_words};
use maestria_vocabulary::{Capability, ModelId, Probability, ToolId};
use serde::Serialize;

/// The ability to plan requests: a model whose card declares it is asked where the planner is not sure.
///
/// ```
/// assert_eq!(maestria::planning().as_str(), "planning");
/// ```
#[must_use]
pub fn planning() -> Capability {
    #[expect(clippy::expect_used, reason = "a constant that is a valid identifier")]
    Capability::new("planning").expect("a valid identifier")
}

/// When and how a model is asked for a plan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlanningSettings {
    /// Confidence below which a plan counts as unsure. Default 0.5.
    pub least_confidence: Probability,
    /// Least probability of a tool that is not pure, by the person's own words, for a model's plan to call it. Default 0.2.
    pub least_effect: Probability,
    /// Most tools that a model is told of. Default 64.
    pub most_tools: usize,
    /// Longest time for it all, waiting, loading and a second answer included; what is left of the request's deadline, if that is less.
    /// Default 30 s.
    pub timeout: Duration,
}

impl Default for PlanningSettings {
    fn default() -> Self {
        Self {
            least_confidence: Probability::saturating(0.5),
            least_effect: Probability::saturating(0.2),
            most_tools: 64,
            timeout: Duration::from_secs(30),
        }
    }
}

impl PlanningSettings {
    /// What a model is told of a request: the person's own words, which say how likely each tool is meant, apart from what came with them.
    pub(crate) fn brief(
        &self,
        text: &str,
        presets: impl IntoIterator<Item = Preset>,
        interpreter: &Interpreter,
    ) -> Result<Brief, maestria_intent::Error> {
        let told = own_words(text);
        let likely = interpreter.likely_tools(&told.unquoted(), self.most_tools)?;
        Ok(Brief::new(told.wish)
            .with_material(told.material.map(str::to_owned))
            .with_tools(likely)
            .with_presets(presets)
            .with_least_effect(self.least_effect))
    }
}

/// Why a model is asked for a plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Doubt {
    /// The planner would have to ask for something.
    Missing,
    /// The planner knows nothing that serves the request.
    Nothing,
    /// The plan is not sure enough.
    Unsure(Probability),
    /// The plan needs an ability that no model has.
    Unable(Capability),
}

/// A model was asked for a plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Consultation {
    /// Why.
    pub doubt: Doubt,
    /// The model whose answer counts; absent when none gave one.
    pub model: Option<ModelId>,
    /// What came of it.
    pub opinion: Opinion,
    /// Tools that found no place in its prompt.
    pub left_out: Vec<ToolId>,
}

/// What asking a model for a plan came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Opinion {
    /// Its plan counts.
    Planned {
        /// Whether only its second answer could be used.
        repaired: bool,
    },
    /// It wants to know something, and its question counts.
    Asks {
        /// Whether only its second answer could be used.
        repaired: bool,
    },
    /// It says that nothing serves the request; what the planner made of it stands.
    Nothing,
    /// There was no answer that could be used; what the planner made of it stands.
    Failed {
        /// Why, with its causes.
        problem: String,
    },
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("the rules lack something"),
            Self::Nothing => f.write_str("the rules know nothing that serves the request"),
            Self::Unable(ability) => write!(f, "the rules need the ability {ability}, which no model has"),
            Self::Unsure(confidence) => write!(f, "the rules are only {:.2} sure", confidence.get()),
        }
    }
}

impl fmt::Display for Consultation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { doubt, model, opinion, left_out } = self;
        let who = model.as_ref().map_or_else(|| "a model".to_owned(), |model| format!("model {model}"));
        let again = |repaired: bool| if repaired { ", at the second attempt" } else { "" };
        match opinion {
            Opinion::Planned { repaired } => write!(f, "planned by {who}{}, since {doubt}", again(*repaired))?,
            Opinion::Asks { repaired } => write!(f, "asked by {who}{}, since {doubt}", again(*repaired))?,
            Opinion::Nothing => write!(f, "planned by the rules: {doubt}, and {who} knows no better")?,
            Opinion::Failed { problem } => {
                write!(f, "planned by the rules: {doubt}, and {who} gave no plan: {problem}")?
            }
        }
        match left_out.len() {
            0 => Ok(()),
            several => write!(f, " ({several} tools found no place in its prompt)"),
        }
    }
}
