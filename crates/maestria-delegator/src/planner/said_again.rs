//! Two pieces of a request that speak of one call: "some offers go cold; show the offers without activity for 21 days".

use std::collections::BTreeMap;

use maestria_vocabulary::{Argument, Effect, Question, StepId};

use super::{draft::Draft, source::Call};
use crate::{Action, Binding, Guard, Step};

/// Words that say that something is done once more.
const AGAIN: &[&str] = &["again", "another", "more", "twice", "second", "also", "too"];

impl Draft<'_> {
    /// The call that is planned already and of which this one only says more or less, with what both say: the same tool on the same premise,
    /// values that agree, and nothing taken from its result yet. A call that changes something is another one where what both are given is
    /// said twice.
    pub(super) fn said_again(
        &mut self,
        call: &Call<'_>,
        arguments: &BTreeMap<String, Binding>,
        guard: Option<&Guard>,
    ) -> Option<StepId> {
        let (tool, own) = (&call.found.tool, call.clause.span);
        let said = own.of(&self.understanding.text).unwrap_or_default().to_lowercase();
        let is_again = said.split(|c: char| !c.is_alphabetic()).any(|word| AGAIN.contains(&word));
        if is_again {
            return None;
        }
        if guard.is_none()
            && let Some(step) = self.found_out(call, arguments, &said)
        {
            return Some(step);
        }
        if !call.clause.bond.after.is_empty() {
            return None;
        }
        let is_pure = self.catalog.get(tool).is_some_and(|spec| spec.effect == Effect::Pure);
        let is_said_twice = |earlier: &BTreeMap<String, Binding>| {
            let is_own = |argument: &&Argument| own.start <= argument.span.start && argument.span.end <= own.end;
            let mut said = call.found.arguments.iter().filter(is_own);
            earlier.is_empty() || arguments.is_empty() || said.any(|argument| earlier.contains_key(&argument.parameter))
        };
        let agrees = |step: &Step| match &step.action {
            Action::Call { tool: other, arguments: earlier } => {
                let is_one = other == tool && step.when.as_ref() == guard && step.each.is_none();
                is_one && agree(earlier, arguments) && (is_pure || !is_said_twice(earlier))
            }
            _ => false,
        };
        let place =
            self.steps.iter().position(|step| self.serves(&step.id) && !self.is_used(&step.id) && agrees(step))?;
        // What comes only later cannot be taken.
        let (before, rest) = self.steps.split_at_mut(place);
        let is_there = |binding: &Binding| match binding {
            Binding::Value(_) => true,
            Binding::From { step } => before.iter().any(|other| other.id == *step),
            _ => false,
        };
        let step = rest.first_mut().filter(|_| arguments.values().all(is_there))?;
        if let Action::Call { arguments: earlier, .. } = &mut step.action {
            let is_known = |question: &Question| {
                earlier.contains_key(&question.parameter) || arguments.contains_key(&question.parameter)
            };
            self.questions.retain(|question| question.tool != *tool || !is_known(question));
            earlier.extend(arguments.clone());
        }
        Some(step.id.clone())
    }

    /// The step that finds out what others hang on, where the request says once more that it comes first: "cancel it if it is late, but check
    /// its status first". Nothing is asked of it that was not.
    fn found_out(&mut self, call: &Call<'_>, arguments: &BTreeMap<String, Binding>, said: &str) -> Option<StepId> {
        const FIRST: &[&str] = &["first", "beforehand", "before"];
        let tool = &call.found.tool;
        let is_pure = self.catalog.get(tool).is_some_and(|spec| spec.effect == Effect::Pure);
        let is_first = said.split(|c: char| !c.is_alphabetic()).any(|word| FIRST.contains(&word));
        let is_for_that = said.ends_with("for that") || said.starts_with("so ");
        if !is_pure || !is_first && !is_for_that {
            return None;
        }
        let hang = |step: &StepId| -> Vec<StepId> {
            let hanging =
                self.steps.iter().filter(|other| other.when.as_ref().is_some_and(|guard| guard.step == *step));
            hanging.map(|other| other.id.clone()).collect()
        };
        let place = self.steps.iter().position(|step| {
            let Action::Call { tool: other, arguments: earlier } = &step.action else { return false };
            let hanging = hang(&step.id);
            // What a value is taken from may be the thing itself.
            let from = |id: &StepId| match self.steps.iter().find(|other| other.id == *id).map(|other| &other.action) {
                Some(Action::Select { input, .. }) => hanging.contains(input) || *input == step.id,
                _ => hanging.contains(id) || *id == step.id,
            };
            let agrees = |(name, binding): (&String, &Binding)| match binding {
                Binding::From { step } => from(step),
                Binding::Value(value) if value.as_str().is_some_and(|value| FIRST.contains(&value)) => true,
                binding => earlier.get(name) == Some(binding),
            };
            other == tool && step.each.is_none() && !hanging.is_empty() && arguments.iter().all(agrees)
        })?;
        let step = self.steps.get(place)?;
        let id = step.id.clone();
        self.questions.retain(|question| !call.found.missing.contains(question));
        Some(id)
    }

    fn serves(&self, step: &StepId) -> bool {
        self.done.iter().any(|(_, id)| id == step)
    }

    /// Whether another step takes something of a result, or depends on it.
    fn is_used(&self, step: &StepId) -> bool {
        let depends = |other: &Step| {
            let guard = other.when.as_ref().map(|guard| &guard.step);
            other.action.inputs().chain(guard).chain(&other.each).any(|input| input == step)
        };
        self.steps.iter().any(depends)
    }
}

/// Whether what two calls are given agrees, and some of it is the same, unless one of them is given nothing.
fn agree(one: &BTreeMap<String, Binding>, other: &BTreeMap<String, Binding>) -> bool {
    let mut shared = one.iter().filter_map(|(name, value)| Some(*value == *other.get(name)?)).peekable();
    let says_something = shared.peek().is_some() || one.is_empty() || other.is_empty();
    says_something && shared.all(|same| same)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        Catalog,
        planner::planned::{self, tool},
    };

    #[test]
    fn what_agrees_is_one_call() {
        let arguments = |values: Value| -> BTreeMap<String, Binding> {
            let values = values.as_object().unwrap().clone();
            values.into_iter().map(|(name, value)| (name, Binding::Value(value))).collect()
        };
        let check = |one: Value, other: Value, expected: bool| {
            assert_eq!(agree(&arguments(one.clone()), &arguments(other.clone())), expected, "{one} {other}");
        };
        check(json!({"stage": "new"}), json!({"stage": "new", "days": 21}), true);
        check(json!({"to": "Ann", "reply": true}), json!({"to": "Ann", "by": "sms"}), true);
        check(json!({}), json!({"days": 21}), true);
        check(json!({"to": "Ann"}), json!({"by": "sms"}), false);
        check(json!({"to": "Ann", "text": "a"}), json!({"to": "Ann", "text": "b"}), false);
    }

    #[test]
    fn what_is_said_twice_is_done_once() {
        let text = json!({"type": "string"});
        let tools = || {
            let offers = json!({"type": "object", "properties": {"stage": text, "owner": text}});
            [tool("find_offers", offers, json!({"type": "string"}), Effect::Pure)]
        };
        let offers = |values: &[Value]| {
            let clauses = ["the new offers", "those of Ann"].into_iter().zip(values);
            clauses.map(|(part, values)| (part, "find_offers", values.clone())).collect::<Vec<_>>()
        };
        let catalog = Catalog::new(tools()).unwrap();
        let check = |values: &[Value], expected: &[&str]| {
            planned::check(&catalog, "the new offers, those of Ann", &offers(values), expected);
        };
        check(&[json!({}), json!({"owner": "Ann"})], &["s1 find_offers(owner: \"Ann\")"]);
        check(
            &[json!({"stage": "new"}), json!({"stage": "new", "owner": "Ann"})],
            &["s1 find_offers(owner: \"Ann\", stage: \"new\")"],
        );
        check(
            &[json!({"stage": "new"}), json!({"owner": "Ann"})],
            &["s1 find_offers(stage: \"new\")", "s2 find_offers(owner: \"Ann\")"],
        );
    }
}
