//! Numbers by which things are found, of one kind where another is wanted: "tell the customer of order A-77" wants the customer's.

use std::collections::BTreeMap;

use maestria_vocabulary::{Argument, Clause, Effect, StepId, ToolMatch, ToolSpec};
use serde_json::Value;

use super::{
    affinity::{NAMED, SAME_NAME, Wanted, is_identifier, is_list, is_text, same_name, words},
    draft::{Draft, requirements},
    nouns::names_where,
    place::{Place, best_field, fields},
    source::Call,
};
use crate::{Action, Binding};

impl Draft<'_> {
    /// The parameter of another tool that a number is said for, where the request names that other thing before it: the order of "order A-77",
    /// which is no customer.
    pub(super) fn names_another(&self, argument: &Argument, tool: &ToolSpec) -> Option<String> {
        const SHORTEST: usize = 3;
        let name = argument.parameter.as_str();
        if !self.selects_fields || !is_identifier(name) || !argument.value.is_string() {
            return None;
        }
        let before = self.understanding.text.get(..argument.span.start)?.trim_end();
        let noun = before.rsplit(|c: char| !c.is_alphabetic()).next()?.to_lowercase();
        if !before.ends_with(char::is_alphabetic) || noun.len() < SHORTEST || words(name).any(|word| word == noun) {
            return None;
        }
        let description = tool.parameter(name)?.get("description").and_then(Value::as_str).unwrap_or_default();
        if description.split(|c: char| !c.is_alphabetic()).any(|word| word.eq_ignore_ascii_case(&noun)) {
            return None;
        }
        let is_of_noun = |other: &str| {
            let begins = other.get(..noun.len()).is_some_and(|start| start.eq_ignore_ascii_case(&noun));
            begins && is_identifier(other) && words(other).next().is_some_and(|first| first == noun)
        };
        self.catalog
            .iter()
            .find_map(|tool| tool.parameters().map(|(name, _)| name).find(|name| is_of_noun(name)))
            .map(str::to_owned)
    }

    /// What the call before was given for a parameter of the same name, for a call that speaks of the same thing: "roll back billing, then
    /// restart it".
    pub(super) fn same_as_before(&self, call: &Call<'_>, wanted: Wanted<'_>) -> Option<Binding> {
        let is_required = self.catalog.get(&call.found.tool).is_some_and(|spec| spec.requires(wanted.name));
        if !self.selects_fields || !call.clause.refers_back || !is_required || is_text(wanted.name) {
            return None;
        }
        let last = self.steps.iter().rev().find(|step| matches!(step.action, Action::Call { .. }))?;
        let Action::Call { arguments, .. } = &last.action else { return None };
        let (_, binding) = arguments.iter().find(|(name, _)| same_name(name, wanted.name))?;
        (last.each.is_none() && matches!(binding, Binding::Value(_))).then(|| binding.clone())
    }

    /// Where the call before was done, for parameters that may be left out: "deploy it to dev and restart it there".
    pub(super) fn there(&self, call: &Call<'_>, free: &[&str]) -> Vec<(String, Binding)> {
        let said = call.clause.span.of(&self.understanding.text).unwrap_or_default().to_lowercase();
        let mut words_said = said.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).peekable();
        let mut is_there = false;
        while let Some(word) = words_said.next() {
            is_there |= word == "there" && !matches!(words_said.peek(), Some(&("is" | "are" | "s" | "was" | "were")));
        }
        // "Restart all services in staging" restarts them there.
        let list = call.each.as_ref().and_then(|list| self.steps.iter().find(|step| step.id == *list));
        let calls = || self.steps.iter().rev().find(|step| matches!(step.action, Action::Call { .. }));
        let last = list.or_else(calls);
        let is_meant = is_there || call.clause.refers_back || list.is_some();
        let Some(Action::Call { arguments, .. }) = last.map(|step| &step.action).filter(|_| is_meant) else {
            return Vec::new();
        };
        let same = |name: &&str| {
            let is_value = |(other, binding): &(&String, &Binding)| {
                same_name(other, name) && matches!(binding, Binding::Value(Value::String(_)))
            };
            let (_, binding) = arguments.iter().find(is_value).filter(|_| names_where(name))?;
            Some(((*name).to_owned(), binding.clone()))
        };
        free.iter().filter_map(same).collect()
    }

    /// Where what was found before is, for a clause that says "there": "find the address of Ann and check the weather there".
    pub(super) fn found_there(&mut self, call: &Call<'_>, wanted: Wanted<'_>) -> Option<Binding> {
        const TAKING: &[&str] = &["location", "place", "address", "city", "destination", "dropoff", "where", "venue"];
        const GIVING: &[&str] = &["address", "location", "place", "city", "venue"];
        let said = call.clause.span.of(&self.understanding.text).unwrap_or_default().to_lowercase();
        let said: Vec<&str> = said.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).collect();
        let mut followed =
            said.iter().enumerate().filter(|(_, word)| **word == "there").map(|(at, _)| said.get(at + 1));
        let is_there = followed.any(|next| !matches!(next, Some(&("is" | "are" | "s" | "was" | "were"))));
        let takes = words(wanted.name).any(|word| TAKING.contains(&word.as_str()));
        let is_text = wanted.schema.get("type").and_then(Value::as_str) == Some("string");
        if !self.selects_fields || !is_there || !takes || !is_text {
            return None;
        }
        let found = self.steps.iter().rev().find_map(|step| {
            let fields = fields(&self.output(step));
            let named = |name: &&&str| fields.iter().any(|(field, _)| words(field).last().as_deref() == Some(**name));
            let given = GIVING.iter().find(named)?;
            let (field, _) = fields.iter().find(|(field, _)| words(field).last().as_deref() == Some(*given))?;
            let is_call = matches!(step.action, Action::Call { .. }) && step.each.is_none();
            is_call.then(|| Place { step: step.id.clone(), field: Some(field.clone()), score: SAME_NAME })
        });
        self.bind(found?, wanted)
    }

    /// A number that a tool finds by the words of the clause: that of the event "Design critique". Of several that find it, one that gives one
    /// thing goes before one that gives a list: of that the first is taken, or each where the clause names all and nothing by itself.
    pub(super) fn found_by(
        &mut self,
        call: &mut Call<'_>,
        wanted: Wanted<'_>,
        said: Option<&Argument>,
    ) -> Option<Binding> {
        let found = call.found;
        let finder = self.finder(found, wanted)?;
        let arguments = finder.arguments.iter().map(|a| (a.parameter.clone(), Binding::Value(a.value.clone())));
        let action = Action::Call { tool: finder.tool.clone(), arguments: arguments.collect() };
        let step = self.push(action, None)?;
        self.confidences.entry(step.clone()).or_insert(found.confidence);
        let said = said.and_then(|said| said.value.as_str()).unwrap_or_default();
        let names_all =
            said.split(' ').next().is_none_or(|first| matches!(first, "" | "all" | "every" | "each" | "them"));
        if call.clause.bond.each && names_all || self.speaks_of_several(call, &step) {
            return self.element_of(&step, call, wanted);
        }
        let place = self.place(&step, wanted)?;
        self.bind(place, wanted)
    }

    /// Whether the number of what a tool changes for good was found in a list by words: the first may be another than was meant.
    pub(super) fn may_be_another(
        &self,
        spec: &ToolSpec,
        found: &ToolMatch,
        arguments: &BTreeMap<String, Binding>,
    ) -> bool {
        let from_list = |name: &String| {
            let schema = spec.parameter(name).unwrap_or(&Value::Null);
            let finder = self.finder(found, Wanted { tool: spec.id.as_str(), name, schema });
            finder.and_then(|finder| self.catalog.get(&finder.tool)).is_some_and(|finder| is_list(&finder.output))
        };
        spec.effect == Effect::Irreversible
            && arguments.iter().any(|(name, binding)| matches!(binding, Binding::From { .. }) && from_list(name))
    }

    /// The list of several things that are looked for, where the tool that was found looks up one of them: "get the orders of C-77".
    pub(super) fn list_of_several(&mut self, found: &ToolMatch, clause: &Clause, spec: &ToolSpec) -> Option<StepId> {
        if !self.selects_fields || spec.effect != Effect::Pure || is_list(&spec.output) {
            return None;
        }
        let owned = found.arguments.iter().find(|argument| self.owns_several(argument))?;
        let (name, schema) = spec.parameters().find(|(name, _)| *name == owned.parameter)?;
        let wanted = Wanted { tool: spec.id.as_str(), name, schema };
        let lists = |other: &&ToolMatch| {
            let other =
                self.catalog.get(&other.tool).filter(|other| other.effect == Effect::Pure && is_list(&other.output));
            let best = other.and_then(|other| best_field(other.id.as_str(), &other.output, wanted));
            best.is_some_and(|(_, score)| score >= NAMED)
        };
        let is_enough = |other: &&ToolMatch| !other.arguments.is_empty() && other.missing.is_empty();
        let finder = clause.tools.iter().filter(lists).find(is_enough)?;
        let arguments = finder.arguments.iter().map(|a| (a.parameter.clone(), Binding::Value(a.value.clone())));
        self.push(Action::Call { tool: finder.tool.clone(), arguments: arguments.collect() }, None)
    }

    /// The tool that finds by words what a parameter wants, if the clause says enough for one.
    pub(super) fn finder<'m>(&self, found: &'m ToolMatch, wanted: Wanted<'_>) -> Option<&'m ToolMatch> {
        let gives = |finder: &&ToolMatch| {
            let spec = self.catalog.get(&finder.tool).filter(|_| self.selects_fields);
            let best = spec.and_then(|spec| best_field(spec.id.as_str(), &spec.output, wanted));
            best.is_some_and(|(_, score)| score >= NAMED)
        };
        let gives_list = |finder: &&ToolMatch| self.catalog.get(&finder.tool).is_some_and(|spec| is_list(&spec.output));
        found.found_by.get(wanted.name)?.iter().filter(gives).min_by_key(gives_list)
    }

    /// A number that a tool without side effects gives for others that are known: those of this call, those `others`, or those of the calls
    /// before.
    pub(super) fn looked_up(
        &mut self,
        found: &ToolMatch,
        wanted: Wanted<'_>,
        others: &[(String, Value)],
    ) -> Option<Binding> {
        if !self.selects_fields || !is_identifier(wanted.name) {
            return None;
        }
        let tool = self.catalog.get(&found.tool)?;
        let is_meant =
            |argument: &&Argument| !self.is_no_value(argument, tool) && self.names_another(argument, tool).is_none();
        let own =
            found.arguments.iter().filter(is_meant).map(|argument| (argument.parameter.as_str(), &argument.value));
        let own: Vec<(&str, &Value)> = others.iter().map(|(name, value)| (name.as_str(), value)).chain(own).collect();
        let before = |name: &str| {
            self.steps.iter().rev().filter(|step| step.each.is_none()).find_map(|step| {
                let Action::Call { arguments, .. } = &step.action else { return None };
                arguments.iter().find(|(other, _)| same_name(other, name)).map(|(_, binding)| binding.clone())
            })
        };
        let known = |name: &str| {
            let said = own.iter().find(|(other, _)| same_name(other, name));
            said.map(|(_, value)| Binding::Value((*value).clone())).or_else(|| before(name))
        };
        let calls = self.catalog.iter().filter_map(|spec| {
            let required: Vec<&str> = requirements(spec).map(|(name, _)| name).collect();
            let is_asked = required.iter().any(|name| same_name(name, wanted.name));
            if spec.effect != Effect::Pure || required.is_empty() || is_asked || is_list(&spec.output) {
                return None;
            }
            best_field(spec.id.as_str(), &spec.output, wanted).filter(|(_, score)| *score >= SAME_NAME)?;
            let given = required.iter().map(|name| Some(((*name).to_owned(), known(name)?)));
            Some((spec.id.clone(), given.collect::<Option<BTreeMap<_, _>>>()?))
        });
        let (tool, arguments) = calls.min_by_key(|(_, arguments)| arguments.len())?;
        let step = self.push(Action::Call { tool, arguments }, None)?;
        self.confidences.entry(step.clone()).or_insert(found.confidence);
        let place = self.place(&step, wanted)?;
        self.bind(place, wanted)
    }
}
