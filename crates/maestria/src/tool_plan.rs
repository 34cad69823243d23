//! What a request came to: the calls that serve it, as values and as JSON.

use std::collections::BTreeMap;

use maestria_delegator::{Action, Binding, Proposal, Proposed};
use maestria_vocabulary::{Probability, StepId, Understanding};
use serde_json::{Map, Value, json};

use crate::{Consultation, Doubt};

/// A request, understood and planned by a [`ToolPlanner`](crate::ToolPlanner).
#[derive(Debug, Clone, PartialEq)]
pub struct ToolPlan {
    /// What the request means.
    pub understanding: Understanding,
    /// The calls that serve it, and what must still be asked for.
    pub proposal: Proposal,
    /// Whether a model was asked, why, and what it said.
    pub consultation: Option<Consultation>,
}

impl ToolPlan {
    /// Whether no tool serves the request.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.proposal.is_empty()
    }

    /// How sure the plan is, or that there is none.
    #[must_use]
    pub fn confidence(&self) -> Probability {
        if !self.is_none() {
            return self.proposal.confidence();
        }
        let tools = self.understanding.clauses.iter().flat_map(|clause| &clause.tools);
        let likeliest = tools.map(|tool| tool.confidence.get()).fold(0.0, f64::max);
        Probability::saturating(1.0 - likeliest)
    }

    /// Why the rules are not sure, if they are not: something is missing, nothing serves the request, or they are less sure than this.
    pub(crate) fn doubt(&self, least: Probability) -> Option<Doubt> {
        if !self.proposal.missing().is_empty() {
            return Some(Doubt::Missing);
        }
        if self.is_none() {
            return Some(Doubt::Nothing);
        }
        let confidence = self.confidence();
        (confidence < least).then_some(Doubt::Unsure(confidence))
    }

    /// The plan as a JSON object:
    ///
    /// - `request`: the text as it came.
    /// - `steps`: the calls, predecessors first, each with `id`, `tool`, `arguments`, `after` (the steps that must have ended before it),
    ///   `when`, `each` and `confidence`. An argument that is taken from a result is `{"$from": id}`, with `field` if it is one field of it.
    /// - `missing`: what must be asked for first, as `tool`, `parameter` and `question`.
    /// - `unserved`: the pieces of the request that no call serves, in their words.
    /// - `none`: whether no tool serves the request.
    /// - `confidence`: how sure all this is, in `[0, 1]`; where a model planned, how likely the words mean the tools that it took.
    /// - `consultation`: only where a model was asked, why (`doubt`), which (`model`), and what it said (`opinion`).
    #[must_use]
    pub fn to_json(&self) -> Value {
        let selected = self.selected();
        let steps: Vec<Value> = self.proposal.steps().iter().filter_map(|step| call(step, &selected)).collect();
        let missing =
            self.proposal.missing().iter().map(
                |question| json!({"tool": question.tool, "parameter": question.parameter, "question": question.text}),
            );
        let text = &self.understanding.text;
        let unserved = self.proposal.unserved().iter().filter_map(|span| span.of(text));
        let mut plan = json!({
            "request": self.understanding.text,
            "steps": steps,
            "missing": missing.collect::<Vec<_>>(),
            "unserved": unserved.collect::<Vec<_>>(),
            "none": self.is_none(),
            "confidence": rounded(self.confidence()),
        });
        if let (Some(consultation), Some(plan)) = (&self.consultation, plan.as_object_mut()) {
            plan.insert("consultation".to_owned(), json!(consultation));
        }
        plan
    }

    /// The steps that take a field, with the step and the field: on paper they are part of the call that uses them.
    fn selected(&self) -> BTreeMap<&StepId, (&StepId, &str)> {
        let selects = self.proposal.steps().iter().filter_map(|proposed| match &proposed.step.action {
            Action::Select { input, field } => Some((&proposed.step.id, (input, field.as_str()))),
            _ => None,
        });
        selects.collect()
    }
}

fn call(proposed: &Proposed, selected: &BTreeMap<&StepId, (&StepId, &str)>) -> Option<Value> {
    let Action::Call { tool, arguments } = &proposed.step.action else { return None };
    let arguments: Map<String, Value> =
        arguments.iter().map(|(name, binding)| (name.clone(), argument(binding, selected))).collect();
    let mut after: Vec<&StepId> =
        proposed.after.iter().map(|step| selected.get(step).map_or(step, |(input, _)| input)).collect();
    after.sort();
    after.dedup();
    Some(json!({
        "id": proposed.step.id,
        "tool": tool,
        "arguments": arguments,
        "after": after,
        "when": proposed.step.when.as_ref().map(
            |guard| json!({"step": guard.step, "field": guard.field, "op": guard.op, "value": guard.value}),
        ),
        "each": proposed.step.each.as_ref().map(|list| json!({"$from": list})),
        "confidence": rounded(proposed.confidence),
    }))
}

/// An argument as it is written: a field that is taken of a result stands where it is used.
fn argument(binding: &Binding, selected: &BTreeMap<&StepId, (&StepId, &str)>) -> Value {
    match binding {
        Binding::From { step } => match selected.get(step) {
            Some((input, field)) => json!({"$from": input, "field": field}),
            None => json!({"$from": step}),
        },
        Binding::List(elements) => elements.iter().map(|element| argument(element, selected)).collect(),
        other => other.clone().into(),
    }
}

fn rounded(confidence: Probability) -> f64 {
    (confidence.get() * 1e3).round() / 1e3
}
