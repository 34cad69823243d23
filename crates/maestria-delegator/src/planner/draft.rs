//! A plan in the making: calls with what they need, questions, and what finds premises out.

use std::collections::BTreeMap;

use maestria_vocabulary::{
    Argument, Capability, Clause, Effect, Premise, Probability, Question, Span, StepId, ToolId, ToolMatch, ToolSpec,
    Understanding,
};
use serde_json::{Value, json};

use super::{
    affinity::{Wanted, is_text},
    heard::Heard,
    source::{Call, stands_for_another},
    spoken::{QUOTES, in_one_sentence},
};
use crate::{Action, Binding, Catalog, Guard, Step, check::MOST_STEPS};

/// Most confidence where not all was heard, or the first of several was taken that words find: as likely as not. Set by hand.
pub(super) const UNSURE: f64 = 0.5;

/// A plan in the making.
pub(super) struct Draft<'a> {
    pub(super) understanding: &'a Understanding,
    pub(super) catalog: &'a Catalog,
    pub(super) selects_fields: bool,
    pub(super) steps: Vec<Step>,
    /// Which pieces of the request the steps serve.
    pub(super) done: Vec<(Span, StepId)>,
    /// How sure the calls are.
    pub(super) confidences: BTreeMap<StepId, Probability>,
    pub(super) questions: Vec<Question>,
    pub(super) unserved: Vec<Span>,
    /// What makes premises hold that were looked into.
    pub(super) guards: Vec<(Premise, Guard)>,
    /// Least confidence of a tool that is called only to find out whether a premise holds.
    pub(super) least_finding: Probability,
}

impl Draft<'_> {
    pub(super) fn call(&mut self, found: &ToolMatch, clause: &Clause, guard: Option<Guard>) -> Option<StepId> {
        let spec = self.catalog.get(&found.tool)?;
        if let Some(list) = self.list_of_several(found, clause, spec) {
            self.done.push((clause.span, list.clone()));
            self.confidences.insert(list.clone(), found.confidence);
            return Some(list);
        }
        // What is around the clause itself says nothing for another.
        let is_around = |span: &Span| span.start <= clause.span.start && clause.span.end <= span.end;
        let nested = |argument: &Argument| {
            let inside = |span: &Span| span.start < argument.span.end && argument.span.start < span.end;
            clause.bond.of.iter().any(|span| inside(span) && !is_around(span))
        };
        let elsewhere = |argument: &&Argument| {
            self.selects_fields
                && !self.is_no_value(argument, spec)
                && (nested(argument)
                    || stands_for_another(spec, argument, &self.understanding.text)
                    || self.is_given(argument, spec))
        };
        let own = clause.span.of(&self.understanding.text).unwrap_or_default().trim_end_matches(['.', '!', '?']);
        // "Check its status first" names nothing called first.
        let is_when = |argument: &Argument| {
            let value = argument.value.as_str().unwrap_or_default();
            matches!(value, "first" | "beforehand") && own.ends_with(value)
        };
        let is_found = |argument: &Argument| {
            let name = argument.parameter.as_str();
            let wanted = spec.parameter(name).map(|schema| Wanted { tool: found.tool.as_str(), name, schema });
            wanted.is_some_and(|wanted| self.finder(found, wanted).is_some())
        };
        let usable = |argument: &&Argument| {
            if is_when(argument) {
                return false;
            }
            if self.is_no_value(argument, spec) || self.names_another(argument, spec).is_some() || is_found(argument) {
                return false;
            }
            let alone = [(argument.parameter.clone(), argument.value.clone())].into_iter().collect();
            self.catalog.problem_so_far(&found.tool, &alone).is_none()
        };
        let (open, said): (Vec<&Argument>, Vec<&Argument>) = found.arguments.iter().partition(elsewhere);
        // What the tool would not take is no answer: it is asked for.
        let (said, refused): (Vec<&Argument>, Vec<&Argument>) = said.into_iter().partition(usable);
        let named = found.arguments.iter().chain(&found.elsewhere);
        let named = named.filter_map(|argument| Some((self.names_another(argument, spec)?, argument.value.clone())));
        let others: Vec<(String, Value)> = named.collect();
        let known = said.iter().map(|a| (a.parameter.clone(), Binding::Value(a.value.clone())));
        let mut arguments: BTreeMap<String, Binding> = known.collect();
        let used: Vec<Span> = found.arguments.iter().map(|argument| argument.span).collect();
        let mut paths = clause.paths.iter().copied().filter(|path| !used.contains(path));
        let mut call = Call { clause, found, each: None, referred: false };
        for (name, schema) in spec.parameters() {
            let said = open.iter().find(|argument| argument.parameter == name).copied();
            if found.doubtful.iter().any(|question| question.parameter == name) {
                continue;
            }
            let question = found.missing.iter().find(|question| question.parameter == name);
            // What was said for a number and names another thing is not left out in silence.
            let is_refused = refused.iter().any(|argument| {
                argument.parameter == name && (spec.requires(name) || self.names_another(argument, spec).is_some())
            });
            if said.is_none() && question.is_none() && !is_refused {
                continue;
            }
            let wanted = Wanted { tool: found.tool.as_str(), name, schema };
            let words = found.arguments.iter().find(|argument| argument.parameter == name && is_refused);
            let source = words
                .and_then(|words| self.found_by(&mut call, wanted, Some(words)))
                .or_else(|| self.quoted_elsewhere(&call, wanted).filter(|_| said.is_none()))
                .or_else(|| self.source(&mut call, wanted, said))
                .or_else(|| self.in_role(&call, wanted).filter(|_| said.is_none()))
                .or_else(|| self.read_path(&mut paths, found, wanted))
                .or_else(|| self.found_there(&call, wanted).filter(|_| said.is_none()))
                .or_else(|| self.said_elsewhere(found, spec, name).filter(|_| said.is_none()))
                .or_else(|| self.found_by(&mut call, wanted, None).filter(|_| said.is_none()))
                .or_else(|| self.supported(&mut call, wanted).filter(|_| said.is_none_or(nested)))
                .or_else(|| self.looked_up(found, wanted, &others).filter(|_| said.is_none()))
                .or_else(|| self.same_as_before(&call, wanted).filter(|_| said.is_none()))
                .or_else(|| self.found_by(&mut call, wanted, None));
            match (source, said, question) {
                (Some(binding), ..) => drop(arguments.insert(name.to_owned(), binding)),
                // "With the log in it" names nobody.
                (None, Some(said), _) if !spec.requires(name) && self.speaks_of_result(said, wanted) => {}
                (None, Some(said), _) if !nested(said) => {
                    arguments.insert(name.to_owned(), Binding::Value(said.value.clone()));
                }
                (None, Some(_), None) if spec.requires(name) => self.questions.push(asked(spec, name, schema)),
                (None, _, Some(question)) => self.questions.push(question.clone()),
                (None, None, None) => self.questions.push(asked(spec, name, schema)),
                (None, ..) => {}
            }
        }
        self.ask_for_what_is_told_to_each(&call, spec, &mut arguments);
        let said = clause.span.of(&self.understanding.text).unwrap_or_default();
        let speaks_of_more = clause.refers_back || !clause.bond.of.is_empty() || names_person(said);
        if self.selects_fields && speaks_of_more && !call.referred && call.each.is_none() {
            let free = spec.parameters().filter(|(name, _)| !spec.requires(name) && !arguments.contains_key(*name));
            let attached = free.collect::<Vec<_>>().into_iter().find_map(|(name, schema)| {
                Some((
                    name.to_owned(),
                    self.optional(&mut call, Wanted { tool: found.tool.as_str(), name, schema }, &arguments)?,
                ))
            });
            arguments.extend(attached);
        }
        if self.selects_fields && call.each.is_none() && !call.referred {
            let free = spec.parameters().filter(|(name, _)| !spec.requires(name) && !arguments.contains_key(*name));
            let is_kept = |argument: &&Argument| arguments.contains_key(&argument.parameter);
            let taken: Vec<Span> = found.arguments.iter().filter(is_kept).map(|argument| argument.span).collect();
            let told = free.collect::<Vec<_>>().into_iter().find_map(|(name, schema)| {
                let wanted = Wanted { tool: found.tool.as_str(), name, schema };
                let told = self.said_as(&call, wanted).or_else(|| self.told(&call, wanted, &taken));
                Some((name.to_owned(), told?))
            });
            arguments.extend(told);
        }
        if self.selects_fields {
            let free = spec.parameters().map(|(name, _)| name).filter(|name| !arguments.contains_key(*name));
            arguments.extend(self.there(&call, &free.collect::<Vec<_>>()));
        }
        if self.selects_fields && call.each.is_none() {
            for (name, schema) in spec.parameters() {
                if !arguments.contains_key(name) && !spec.requires(name) {
                    let wanted = Wanted { tool: found.tool.as_str(), name, schema };
                    arguments.extend(self.found_there(&call, wanted).map(|binding| (name.to_owned(), binding)));
                }
            }
        }
        if self.selects_fields && call.each.is_none() && !call.referred {
            let brought = self.brought(&call, spec, &arguments);
            let is_brought = |question: &Question| {
                let brought = brought.as_ref().is_some_and(|(name, _)| *name == question.parameter);
                brought && question.tool == spec.id
            };
            self.questions.retain(|question| !is_brought(question));
            arguments.extend(brought);
        }
        if self.selects_fields {
            self.address(spec, &mut arguments);
        }
        self.questions.extend(found.doubtful.iter().cloned());
        self.unserved.extend(paths);
        let after = self.steps_for(&clause.bond.after);
        let surest = |least: Probability, argument: &Argument| least.min(argument.confidence);
        let is_taken =
            |argument: &&Argument| arguments.get(&argument.parameter) == Some(&Binding::Value(argument.value.clone()));
        let elsewhere = found.elsewhere.iter().filter(is_taken);
        let kept = found.arguments.iter().filter(|argument| arguments.contains_key(&argument.parameter));
        let mut confidence = kept.chain(elsewhere).fold(found.confidence, surest);
        let heard = self.heard(&call, &arguments);
        if heard == Heard::TooLittle {
            self.unserved.push(clause.span);
            return None;
        }
        if heard == Heard::NotEveryWord || self.only_looks(clause, spec) || self.may_be_another(spec, found, &arguments)
        {
            confidence = confidence.min(Probability::saturating(UNSURE));
        }
        if self.selects_fields
            && call.each.is_none()
            && let Some(id) = self.said_again(&call, &arguments, guard.as_ref())
        {
            self.done.push((clause.span, id.clone()));
            let least = self.confidences.get(&id).map_or(confidence, |other| confidence.min(*other));
            self.confidences.insert(id.clone(), least);
            return Some(id);
        }
        let each = call.each;
        let count = self.steps.len();
        let id = self.push(Action::Call { tool: found.tool.clone(), arguments }, Some(clause.span))?;
        let is_new = self.steps.len() > count;
        let after: Vec<StepId> = after.into_iter().filter(|before| *before != id && !self.needs(&id, before)).collect();
        if let Some(step) = self.steps.iter_mut().find(|step| step.id == id) {
            step.after.extend(after);
            step.after.sort();
            step.after.dedup();
            // What is looked up anyway hangs on nothing.
            let guard = guard.filter(|guard| is_new || step.when.as_ref() == Some(guard));
            (step.when, step.each) = (guard, each);
        }
        self.done.push((clause.span, id.clone()));
        self.confidences.insert(id.clone(), confidence);
        Some(id)
    }

    /// Whether a step takes something of another, or a field of it: it comes after that one anyway.
    fn needs(&self, step: &StepId, other: &StepId) -> bool {
        let inputs = |id: &StepId| self.steps.iter().find(|step| step.id == *id).into_iter().flat_map(Step::inputs);
        inputs(step).any(|input| input == other || inputs(input).any(|whole| whole == other))
    }

    /// The steps that serve these pieces of the request.
    pub(super) fn steps_for(&self, spans: &[Span]) -> Vec<StepId> {
        self.done.iter().filter(|(span, _)| spans.contains(span)).map(|(_, step)| step.clone()).collect()
    }

    /// What the words around the clause quote for a text, if no call has it yet.
    fn quoted_elsewhere(&self, call: &Call<'_>, wanted: Wanted<'_>) -> Option<Binding> {
        let text = &self.understanding.text;
        let is_quoted =
            |argument: &&Argument| text.get(..argument.span.start).is_some_and(|before| before.ends_with(QUOTES));
        let spec = self.catalog.get(&call.found.tool)?;
        let other = call.found.elsewhere.iter().filter(|argument| argument.parameter == wanted.name).find(is_quoted);
        // What is no number of a ticket is what is said to it.
        let is_refused = |argument: &&Argument| is_quoted(argument) && self.is_no_value(argument, spec);
        let argument = other.or_else(|| call.found.arguments.iter().find(is_refused))?;
        let binding = Binding::Value(argument.value.clone());
        let is_taken = self.steps.iter().any(|step| match &step.action {
            Action::Call { arguments, .. } => arguments.values().any(|other| *other == binding),
            _ => false,
        });
        let others = self.understanding.clauses.iter().filter(|other| other.span != call.clause.span);
        let mut others = others.filter_map(|other| other.tools.first()).flat_map(|found| &found.arguments);
        let is_of_another = others.any(|other| other.span == argument.span);
        let is_meant = is_text(wanted.name) && !is_taken && !is_of_another && self.selects_fields;
        (is_meant && in_one_sentence(text, argument.span, call.clause.span)).then_some(binding)
    }

    /// The value that another clause says.
    fn said_elsewhere(&self, found: &ToolMatch, spec: &ToolSpec, parameter: &str) -> Option<Binding> {
        let argument = found.elsewhere.iter().find(|argument| argument.parameter == parameter)?;
        if self.is_no_value(argument, spec) {
            return None;
        }
        let alone = [(argument.parameter.clone(), argument.value.clone())].into_iter().collect();
        let is_taken = self.catalog.problem_so_far(&found.tool, &alone).is_none();
        (is_taken && self.names_another(argument, spec).is_none()).then(|| Binding::Value(argument.value.clone()))
    }

    pub(super) fn ask(&mut self, requires: Capability, clause: &Clause, guard: Option<Guard>) {
        let before = self.steps.last().map(|step| step.id.clone());
        let mut inputs: Vec<StepId> = self.steps_for(&clause.bond.of);
        for path in clause.paths.iter().take(MOST_STEPS + 1) {
            if clause.bond.of.iter().any(|inner| inner.start <= path.start && path.end <= inner.end)
                && !inputs.is_empty()
            {
                continue;
            }
            let text = json!({"type": "string", "contentMediaType": "text/*"});
            let read = self.made_from(*path, &text);
            inputs.extend(read.filter(|step| !inputs.contains(step)));
        }
        if inputs.is_empty() && clause.refers_back {
            inputs.extend(before);
        }
        // A model reads for itself a premise that nothing else can tell.
        let words = match (&clause.bond.when, &guard) {
            (Some(premise), None) => {
                Span { start: clause.span.start.min(premise.span.start), end: clause.span.end.max(premise.span.end) }
            }
            _ => clause.span,
        };
        let instruction = words.of(&self.understanding.text).unwrap_or_default().to_owned();
        let after = self.steps_for(&clause.bond.after);
        let Some(id) = self.push(Action::Ask { instruction, requires, inputs }, Some(clause.span)) else { return };
        if let Some(step) = self.steps.iter_mut().find(|step| step.id == id) {
            (step.after, step.when) = (after, guard);
        }
        self.done.push((clause.span, id));
    }

    pub(super) fn push(&mut self, action: Action, serves: Option<Span>) -> Option<StepId> {
        let is_pure = |tool: &ToolId| self.catalog.get(tool).is_some_and(|tool| tool.effect == Effect::Pure);
        if let Action::Call { tool, .. } = &action
            && self.selects_fields
            && is_pure(tool)
            && let Some(same) = self.steps.iter().find(|step| step.action == action && step.each.is_none())
        {
            return Some(same.id.clone());
        }
        let numbered = self.steps.iter().filter(|step| !matches!(step.action, Action::Select { .. })).count();
        let id = StepId::new(format!("s{}", numbered + 1)).ok()?;
        self.steps.push(Step { serves, ..Step::new(id.clone(), action) });
        Some(id)
    }
}

/// The steps, and one that joins what nobody else needs, if that is more than one result.
pub(in crate::planner) fn joined(mut steps: Vec<Step>) -> Vec<Step> {
    let is_needed =
        |id: &StepId| steps.iter().any(|step| step.action.inputs().chain(&step.each).any(|input| input == id));
    let results: Vec<StepId> = steps.iter().map(|step| &step.id).filter(|id| !is_needed(id)).cloned().collect();
    let numbered = steps.iter().filter(|step| !matches!(step.action, Action::Select { .. })).count();
    let names = (numbered + 1..).filter_map(|number| StepId::new(format!("s{number}")).ok());
    let free = names.into_iter().find(|name| steps.iter().all(|step| step.id != *name));
    if let Some(id) = free.filter(|_| results.len() > 1) {
        steps.push(Step::new(id, Action::Synthesize { inputs: results }));
    }
    steps
}

/// The question for a parameter, with its options.
pub(in crate::planner) fn asked(tool: &ToolSpec, name: &str, schema: &Value) -> Question {
    let options = schema.get("enum").and_then(Value::as_array);
    Question::about(&tool.id, name).offering(options.map(Vec::as_slice).unwrap_or_default())
}

/// Whether words speak of a person named before: "with her".
fn names_person(said: &str) -> bool {
    let mut words = said.split(|c: char| !c.is_alphabetic());
    words.any(|word| matches!(word, "him" | "her" | "them" | "his" | "their"))
}

/// The parameter of a tool that requires one thing and no more.
pub(in crate::planner) fn only_requirement(tool: &ToolSpec) -> Option<(&str, &Value)> {
    let mut required = requirements(tool);
    required.next().filter(|_| required.next().is_none())
}

/// The parameters that a tool requires.
pub(super) fn requirements(tool: &ToolSpec) -> impl Iterator<Item = (&str, &Value)> {
    tool.parameters().filter(|(name, _)| tool.requires(name))
}
