//! Calls that are done for each element of a list, and what they take of it.

use std::collections::BTreeMap;

use maestria_vocabulary::{Effect, StepId, ToolSpec};
use serde_json::Value;

use super::{
    affinity::{NAMED, POSSIBLE, SAME_NAME, Wanted, is_called, is_identifier, is_text},
    draft::{Draft, asked},
    place::best_field,
    source::Call,
};
use crate::{Action, Binding, check::element};

impl Draft<'_> {
    /// The element of the latest list, for a clause that is done for each.
    pub(super) fn element_for(&mut self, call: &mut Call<'_>, wanted: Wanted<'_>) -> Option<Binding> {
        if let Some(list) = call.each.clone() {
            return self.element_of(&list, call, wanted);
        }
        let calls = self.calls();
        let latest_each = calls
            .last()
            .and_then(|id| self.steps.iter().find(|step| step.id == *id))
            .is_some_and(|step| step.each.is_some());
        if call.clause.bond.each || latest_each && call.clause.refers_back {
            return calls.iter().rev().find_map(|list| self.element_of(list, call, wanted));
        }
        // "Find the orders of Ann and cancel them" cancels each.
        let is_several = |last: &&StepId| self.names_several(call.clause, last) || self.speaks_of_several(call, last);
        let last = calls.last().filter(is_several)?;
        let least = if is_called(wanted.name) { NAMED } else { SAME_NAME };
        let place = self.place(last, wanted).filter(|place| place.score >= least && !is_text(wanted.name))?;
        self.element_of(&place.step, call, wanted)
    }

    /// The element of this list, or the field of it that suits; the call is then done for each.
    pub(super) fn element_of(&mut self, list: &StepId, call: &mut Call<'_>, wanted: Wanted<'_>) -> Option<Binding> {
        if !(call.clause.bond.each || call.clause.refers_back || self.speaks_of_several(call, list))
            || wanted.schema.get("type") == Some(&Value::from("array"))
        {
            return None;
        }
        let step = self.steps.iter().find(|step| step.id == *list)?;
        let Action::Call { tool, .. } = &step.action else { return None };
        let output = self.output(step);
        let items = element(&output).filter(|_| output.get("type").is_some())?;
        let (field, score) = best_field(tool.as_str(), &items, wanted)?;
        let is_told = is_text(wanted.name) && !is_identifier(wanted.name);
        if score < POSSIBLE || is_told && self.acts_on_each(call, tool.as_str(), &items) {
            return None;
        }
        call.each = Some(list.clone());
        Some(Binding::Item { field })
    }

    /// Takes back that a call tells each element of a list, to which it does something, the whole list: what it tells them is asked for.
    pub(super) fn ask_for_what_is_told_to_each(
        &mut self,
        call: &Call<'_>,
        spec: &ToolSpec,
        arguments: &mut BTreeMap<String, Binding>,
    ) {
        let Some(list) = &call.each else { return };
        for (name, schema) in spec.parameters().filter(|(name, _)| is_text(name) && !is_identifier(name)) {
            let wanted = Wanted { tool: spec.id.as_str(), name, schema };
            let tells_all = arguments.get(name) == Some(&Binding::From { step: list.clone() });
            if tells_all && self.says_again(call, list, wanted) {
                arguments.remove(name);
                self.questions.push(asked(spec, name, schema));
            }
        }
    }

    /// Whether a text is that of a list to whose elements a call does something.
    pub(super) fn says_again(&self, call: &Call<'_>, list: &StepId, wanted: Wanted<'_>) -> bool {
        let Some(step) = self.steps.iter().find(|step| step.id == *list).filter(|_| is_text(wanted.name)) else {
            return false;
        };
        let Action::Call { tool, .. } = &step.action else { return false };
        element(&self.output(step)).is_some_and(|items| self.acts_on_each(call, tool.as_str(), &items))
    }

    /// Whether a call does something to the elements of a list, which it takes by their numbers: who replies to each ticket does not say again
    /// what is in it.
    fn acts_on_each(&self, call: &Call<'_>, list: &str, element: &Value) -> bool {
        let Some(spec) = self.catalog.get(&call.found.tool).filter(|spec| spec.effect != Effect::Pure) else {
            return false;
        };
        let takes = |(name, schema): (&str, &Value)| {
            let wanted = Wanted { tool: spec.id.as_str(), name, schema };
            let best = best_field(list, element, wanted).filter(|_| spec.requires(name) && is_identifier(name));
            best.is_some_and(|(_, score)| score >= NAMED)
        };
        spec.parameters().any(takes)
    }
}
