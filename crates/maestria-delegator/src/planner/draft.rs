//! A plan in the making: calls with what they need, questions, and what finds premises out.

use std::collections::BTreeMap;

use maestria_vocabulary::{
    Argument, Capability, Clause, Effect, Premise, Probability, Question, Span, StepId, ToolId, ToolMatch, ToolSpec,
    Understanding,
};
use serde_json::{Value, json};

use super::{
    affinity::Wanted,
    premise::{Certainty, Compared},
    source::{Call, stands_for_another},
};
use crate::{Action, Binding, Catalog, Guard, Step, catalog::fits, check::MOST_STEPS};

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
    /// Least confidence of a tool that is called only to find out whether a premise holds.
    pub(super) least_finding: Probability,
}

impl Draft<'_> {
    pub(super) fn call(&mut self, found: &ToolMatch, clause: &Clause, guard: Option<Guard>) -> Option<StepId> {
        let spec = self.catalog.get(&found.tool)?;
        let nested = |argument: &Argument| {
            let inside = |span: &Span| span.start < argument.span.end && argument.span.start < span.end;
            clause.bond.of.iter().any(inside)
        };
        let elsewhere = |argument: &&Argument| {
            self.selects_fields
                && (nested(argument)
                    || stands_for_another(spec, argument, &self.understanding.text)
                    || self.is_given(argument, spec))
        };
        let usable = |argument: &&Argument| {
            let alone = [(argument.parameter.clone(), argument.value.clone())].into_iter().collect();
            self.catalog.problem_so_far(&found.tool, &alone).is_none()
        };
        let (open, said): (Vec<&Argument>, Vec<&Argument>) = found.arguments.iter().partition(elsewhere);
        // What the tool would not take is no answer: it is asked for.
        let (said, refused): (Vec<&Argument>, Vec<&Argument>) = said.into_iter().partition(usable);
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
            let is_refused = spec.requires(name) && refused.iter().any(|argument| argument.parameter == name);
            if said.is_none() && question.is_none() && !is_refused {
                continue;
            }
            let wanted = Wanted { tool: found.tool.as_str(), name, schema };
            let source = self
                .source(&mut call, wanted, said)
                .or_else(|| self.read_path(&mut paths, found, wanted))
                .or_else(|| said_elsewhere(found, name).filter(|_| said.is_none()))
                .or_else(|| self.supported(&mut call, wanted).filter(|_| said.is_none_or(nested)));
            match (source, said, question) {
                (Some(binding), ..) => drop(arguments.insert(name.to_owned(), binding)),
                // "With the log in it" names nobody.
                (None, Some(said), _) if !spec.requires(name) && self.speaks_of_result(said, wanted) => {}
                (None, Some(said), _) if !nested(said) => {
                    arguments.insert(name.to_owned(), Binding::Value(said.value.clone()));
                }
                (None, Some(_), None) if spec.requires(name) => self.questions.push(question_for(spec, name)),
                (None, _, Some(question)) => self.questions.push(question.clone()),
                (None, None, None) => self.questions.push(question_for(spec, name)),
                (None, ..) => {}
            }
        }
        let said = clause.span.of(&self.understanding.text).unwrap_or_default();
        let speaks_of_more = clause.refers_back || !clause.bond.of.is_empty() || names_person(said);
        if self.selects_fields && speaks_of_more && !call.referred && call.each.is_none() {
            let free = spec.parameters().filter(|(name, _)| !spec.requires(name) && !arguments.contains_key(*name));
            let attached = free.collect::<Vec<_>>().into_iter().find_map(|(name, schema)| {
                Some((name.to_owned(), self.optional(&call, Wanted { tool: found.tool.as_str(), name, schema })?))
            });
            arguments.extend(attached);
        }
        if self.selects_fields && call.each.is_none() && !call.referred {
            let free = spec.parameters().filter(|(name, _)| !spec.requires(name) && !arguments.contains_key(*name));
            let is_kept = |argument: &&Argument| arguments.contains_key(&argument.parameter);
            let taken: Vec<Span> = found.arguments.iter().filter(is_kept).map(|argument| argument.span).collect();
            let told = free.collect::<Vec<_>>().into_iter().find_map(|(name, schema)| {
                Some((name.to_owned(), self.told(&call, Wanted { tool: found.tool.as_str(), name, schema }, &taken)?))
            });
            arguments.extend(told);
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
        let confidence = kept.chain(elsewhere).fold(found.confidence, surest);
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
        let id = self.push(Action::Call { tool: found.tool.clone(), arguments }, Some(clause.span))?;
        let after: Vec<StepId> = after.into_iter().filter(|before| *before != id && !self.needs(&id, before)).collect();
        if let Some(step) = self.steps.iter_mut().find(|step| step.id == id) {
            step.after.extend(after);
            step.after.sort();
            step.after.dedup();
            (step.when, step.each) = (guard, each);
        }
        self.done.push((clause.span, id.clone()));
        self.confidences.insert(id.clone(), confidence);
        Some(id)
    }

    /// What makes the premise hold: a field of what a step gives that is there already, or that finds it out.
    pub(super) fn guard(&mut self, premise: &Premise) -> Option<Guard> {
        let said = premise.span.of(&self.understanding.text)?;
        let own =
            self.understanding.clauses.iter().find(|clause| clause.bond.only_finds_out && clause.span == premise.span);
        let text = |span: Span| span.of(&self.understanding.text).unwrap_or_default();
        // Nothing is done only to find something out.
        let tells = |tool: &ToolMatch, certainty| {
            let spec = self.catalog.get(&tool.tool).filter(|spec| spec.effect == Effect::Pure)?;
            self.compared(premise, [said, said], spec, &spec.output, certainty)
        };
        // What asks by its own words is asked for: "if it rains in Oslo", whatever was planned about Rome.
        let own = |certainty| {
            let clause = own?;
            let mut telling = clause.tools.iter().filter_map(|tool| Some((tool, tells(tool, certainty)?)));
            telling.find(|(tool, _)| tool.confidence >= self.least_finding).map(|(tool, found)| (clause, tool, found))
        };
        let surely = own(Certainty::Named);
        let earlier = |certainty| {
            self.steps.iter().rev().find_map(|step| {
                let Action::Call { tool, arguments } = &step.action else { return None };
                // That something was done is no answer to a question that does not name it.
                let spec = self.catalog.get(tool)?;
                if certainty == Certainty::Possible && spec.effect != Effect::Pure {
                    return None;
                }
                let asked = self.done.iter().find(|(_, id)| *id == step.id).map_or("", |(span, _)| text(*span));
                let found = self.compared(premise, [said, asked], spec, &self.output(step), certainty)?;
                let other = surely.as_ref().is_some_and(|(_, candidate, _)| {
                    candidate.tool == *tool
                        && candidate.missing.is_empty()
                        && candidate
                            .arguments
                            .iter()
                            .any(|a| arguments.get(&a.parameter) != Some(&Binding::Value(a.value.clone())))
                });
                (!other).then(|| (step.id.clone(), found))
            })
        };
        let named = earlier(Certainty::Named);
        let possible = || earlier(Certainty::Possible);
        let (earlier, own) = match (named, &surely) {
            (Some(named), _) => (Some(named), surely),
            (None, Some(_)) => (None, surely),
            (None, None) => (possible(), own(Certainty::Possible)),
        };
        let (step, found) = match (earlier, own) {
            (Some(earlier), _) => earlier,
            (None, Some((clause, tool, found))) => (self.call(tool, clause, None)?, found),
            (None, None) => return None,
        };
        let Compared { field, op, value } = found;
        Some(Guard { step, field: Some(field), op, value })
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

    fn read_path(
        &mut self,
        paths: &mut impl Iterator<Item = Span>,
        found: &ToolMatch,
        wanted: Wanted<'_>,
    ) -> Option<Binding> {
        let mut paths = paths.peekable();
        let path = *paths.peek()?;
        if let Some(step) = self.made_from(path, wanted.schema) {
            return Some(Binding::From { step });
        }
        if !self.selects_fields {
            return None;
        }
        let name = path.of(&self.understanding.text)?;
        self.read(name, found, wanted)
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

    /// The step that makes what fits a parameter out of a file, after those that it needs: tools without side effects, each of which requires
    /// one thing, the first a path.
    fn made_from(&mut self, path: Span, schema: &Value) -> Option<StepId> {
        let mut chain = chain(self.catalog, schema, LONGEST_CHAIN)?;
        let file = path.of(&self.understanding.text)?;
        let mut binding = Binding::Value(json!(file));
        let mut last = None;
        while let Some((tool, parameter)) = chain.pop() {
            let action =
                Action::Call { tool: tool.id.clone(), arguments: BTreeMap::from([(parameter.to_owned(), binding)]) };
            let same = self.steps.iter().find(|step| step.action == action).map(|step| step.id.clone());
            let step = same.or_else(|| self.push(action, None))?;
            binding = Binding::From { step: step.clone() };
            last = Some(step);
        }
        last
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

/// Whether words speak of a person named before: "with her".
fn names_person(said: &str) -> bool {
    let mut words = said.split(|c: char| !c.is_alphabetic());
    words.any(|word| matches!(word, "him" | "her" | "them"))
}

/// The value that another clause says.
fn said_elsewhere(found: &ToolMatch, parameter: &str) -> Option<Binding> {
    let argument = found.elsewhere.iter().find(|argument| argument.parameter == parameter)?;
    Some(Binding::Value(argument.value.clone()))
}

/// A question for a parameter about which the request says something that could not be used.
pub(crate) fn question_for(tool: &ToolSpec, parameter: &str) -> Question {
    let (tool, parameter) = (tool.id.clone(), parameter.to_owned());
    let text = format!("What shall be the {} of {tool}?", parameter.replace('_', " "));
    Question { tool, parameter, text, options: Vec::new() }
}

/// Most tools that stand between a file and what is needed of it.
pub(super) const LONGEST_CHAIN: usize = 3;

/// The shortest chain of at most `longest` tools that makes what fits `schema` out of a path, last tool first, each with its parameter.
pub(in crate::planner) fn chain<'a>(
    catalog: &'a Catalog,
    schema: &Value,
    longest: usize,
) -> Option<Vec<(&'a ToolSpec, &'a str)>> {
    let makers = catalog.iter().filter(|tool| tool.effect == Effect::Pure && fits(&tool.output, schema));
    let chains = makers.filter_map(|tool| {
        let (parameter, input) = only_requirement(tool)?;
        let mut made = vec![(tool, parameter)];
        if input.get("format").and_then(Value::as_str) != Some("path") {
            made.extend(chain(catalog, input, longest.checked_sub(1).filter(|rest| *rest > 0)?)?);
        }
        Some(made)
    });
    chains.min_by_key(Vec::len)
}

/// The parameter of a tool that requires one thing and no more.
pub(in crate::planner) fn only_requirement(tool: &ToolSpec) -> Option<(&str, &Value)> {
    let mut required = tool.parameters().filter(|(name, _)| tool.requires(name));
    required.next().filter(|_| required.next().is_none())
}
