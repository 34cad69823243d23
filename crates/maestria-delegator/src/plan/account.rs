//! Why a plan is as it is: for every step the tool and what else was considered, and where each value comes from.

use std::fmt;

use maestria_vocabulary::{Clause, Probability, Span, StepId, ToolId, Understanding};
use serde::Serialize;

use super::{Action, Binding, Plan, Step};

/// Why a step is in a plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Account {
    /// The step.
    pub step: StepId,
    /// What it does, in short.
    pub does: String,
    /// The words of the request that it serves; none for a step that only prepares or joins.
    pub serves: Option<String>,
    /// How sure the choice of the tool is; nothing where another step needs it, whatever the request says.
    pub confidence: Option<Probability>,
    /// The other tools that were considered for the same words, most likely first.
    pub considered: Vec<(ToolId, Probability)>,
    /// Where every argument comes from, by parameter.
    pub values: Vec<(String, Origin)>,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Origin {
    /// These words of the request.
    Said(String),
    /// The schema's default, or whoever made the plan.
    Given,
    /// The results of other steps, or the element at hand.
    Results(String),
}

impl Plan {
    /// Why each step is there, in the order of the plan. `understanding` is what the plan was made from.
    #[must_use]
    pub fn explain(&self, understanding: &Understanding) -> Vec<Account> {
        self.steps().iter().map(|step| account(step, understanding)).collect()
    }
}

fn account(step: &Step, understanding: &Understanding) -> Account {
    let mut account = Account {
        step: step.id.clone(),
        does: step.to_string(),
        serves: step.serves.and_then(|span| span.of(&understanding.text)).map(str::to_owned),
        confidence: None,
        considered: Vec::new(),
        values: Vec::new(),
    };
    let Action::Call { tool, arguments } = &step.action else { return account };
    // Several calls may serve the same words: the clause is the one whose values are those of the call.
    let serving = understanding.clauses.iter().filter(|clause| Some(clause.span) == step.serves);
    let clause = serving.max_by_key(|clause| {
        let same = |(name, binding): &(&String, &Binding)| said(clause, tool, name, binding).is_some();
        arguments.iter().filter(same).count()
    });
    if let Some(clause) = clause {
        let chosen = clause.tools.iter().find(|found| found.tool == *tool);
        account.confidence = chosen.map(|found| found.confidence);
        let others = clause.tools.iter().filter(|found| found.tool != *tool);
        account.considered = others.map(|found| (found.tool.clone(), found.confidence)).collect();
    }
    for (name, binding) in arguments {
        let words = clause.and_then(|clause| said(clause, tool, name, binding)?.of(&understanding.text));
        let origin = match (binding, words) {
            (Binding::Value(_), Some(words)) => Origin::Said(words.to_owned()),
            (Binding::Value(_), None) => Origin::Given,
            (flowing, _) => Origin::Results(flowing.to_string()),
        };
        account.values.push((name.clone(), origin));
    }
    account
}

/// The words that gave a value.
fn said(clause: &Clause, tool: &ToolId, name: &str, binding: &Binding) -> Option<Span> {
    let found = clause.tools.iter().find(|found| found.tool == *tool)?;
    let argument = found.arguments.iter().chain(&found.elsewhere).find(|argument| argument.parameter == name)?;
    matches!(binding, Binding::Value(value) if *value == argument.value).then_some(argument.span)
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.does)?;
        if let Some(words) = &self.serves {
            write!(f, "\n  for {words:?}")?;
        }
        if let Some(confidence) = self.confidence {
            write!(f, ", {:.2}", confidence.get())?;
        }
        for (tool, confidence) in &self.considered {
            write!(f, "\n  rather than {tool}, {:.2}", confidence.get())?;
        }
        for (name, origin) in &self.values {
            match origin {
                Origin::Said(words) => write!(f, "\n  {name}: from {words:?}")?,
                Origin::Given => write!(f, "\n  {name}: given")?,
                Origin::Results(results) => write!(f, "\n  {name}: {results}")?,
            }
        }
        Ok(())
    }
}
