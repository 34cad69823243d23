//! What a call depends on: which result tells whether a premise holds, and what is called to find it out.

use std::collections::BTreeMap;

use maestria_vocabulary::{Argument, Clause, Effect, Premise, Span, ToolMatch, ToolSpec};
use serde_json::Value;

use super::{
    affinity::{is_called, is_list, is_text, same_name, words},
    draft::{Draft, requirements},
    nouns::names_where,
    premise::{Certainty, Compared, names_state},
};
use crate::{Action, Binding, Guard};

impl Draft<'_> {
    /// What makes the premise hold for a call: a field of what a step gives that is there already, or that finds it out.
    pub(super) fn guard(&mut self, premise: &Premise, call: Option<&ToolMatch>) -> Option<Guard> {
        let said = premise.span.of(&self.understanding.text)?;
        if let Some(known) = self.known_guard(premise, call) {
            return Some(known);
        }
        if !premise.all_of.is_empty() {
            // That not all of several hold cannot be compared.
            return if premise.negated { None } else { self.guard_of_all(&premise.all_of, call) };
        }
        let own_clause =
            self.understanding.clauses.iter().find(|clause| clause.bond.only_finds_out && clause.span == premise.span);
        let text = |span: Span| span.of(&self.understanding.text).unwrap_or_default();
        // Nothing is changed only to find something out.
        let tells = |tool: &ToolMatch, certainty| {
            let spec = self.catalog.get(&tool.tool).filter(|spec| spec.effect == Effect::Pure)?;
            self.compared(premise, [said, said], spec, &spec.output, certainty)
        };
        // What asks by its own words is asked for: "if it rains in Oslo", whatever was planned about Rome.
        let own = |certainty| {
            let clause = own_clause?;
            let mut telling = clause.tools.iter().filter_map(|tool| Some((tool, tells(tool, certainty)?)));
            telling.find(|(tool, _)| tool.confidence >= self.least_finding).map(|(tool, found)| (clause, tool, found))
        };
        let surely = own(Certainty::Named);
        // "If order 1183 is shipped" is not asked of what was done to order 1182.
        let subject: Vec<&Argument> = own_clause.map(|clause| subject(clause, premise, said)).unwrap_or_default();
        let names_another = |arguments: &BTreeMap<String, Binding>| {
            let is_other = |a: &Argument, name: &str, binding: &Binding| {
                same_name(name, &a.parameter) && matches!(binding, Binding::Value(value) if *value != a.value)
            };
            subject.iter().any(|a| arguments.iter().any(|(name, binding)| is_other(a, name, binding)))
        };
        let earlier = |certainty| {
            self.steps.iter().rev().find_map(|step| {
                let Action::Call { tool, arguments } = &step.action else { return None };
                // What is asked once more is asked of the same: "if it is over 100, refund it, if it is below, cancel it".
                let is_same = |known: &&(Premise, Guard)| known.0.span == premise.span;
                if self.guards.iter().rev().find(is_same).is_some_and(|(_, known)| known.step != step.id) {
                    return None;
                }
                // That something was done is no answer to a question that does not name it.
                let spec = self.catalog.get(tool)?;
                if certainty == Certainty::Possible && spec.effect != Effect::Pure {
                    return None;
                }
                // What "they" are is asked of each.
                let is_asked = |value: &Value| arguments.values().any(|own| *own == Binding::Value(value.clone()));
                let is_other = |(name, _): (&String, &Binding)| {
                    let same = call.and_then(|call| same_argument(call, name)).filter(|_| !is_text(name));
                    same.is_some_and(|same| !is_asked(&same.value))
                };
                if speaks_of_it(said) && arguments.iter().any(is_other) {
                    return None;
                }
                let asked = self.done.iter().find(|(_, id)| *id == step.id).map_or("", |(span, _)| text(*span));
                let found = self.compared(premise, [said, asked], spec, &self.output(step), certainty)?;
                // "If there is none in stock" asks for nothing called stock.
                let is_compared = |value: &Value| {
                    let value = value.as_str().unwrap_or_default().to_lowercase();
                    words(&found.field).any(|word| word == value) || found.value.as_str() == Some(&value)
                };
                let other = surely.as_ref().is_some_and(|(_, candidate, _)| {
                    let asked = candidate.arguments.iter().filter(|argument| !is_compared(&argument.value));
                    let is_other = |a: &Argument| arguments.get(&a.parameter) != Some(&Binding::Value(a.value.clone()));
                    candidate.tool == *tool && candidate.missing.is_empty() && asked.clone().any(is_other)
                });
                (!other && !names_another(arguments)).then(|| (step.id.clone(), found))
            })
        };
        let named = earlier(Certainty::Named);
        let is_asked = surely.is_some();
        let possible = || earlier(Certainty::Possible);
        let (earlier, own) = match (named, &surely) {
            (Some(named), _) => (Some(named), surely),
            (None, Some(_)) => (None, surely),
            (None, None) => (possible(), own(Certainty::Possible)),
        };
        // "Its rate" is that of what the call is about, whatever else has a rate.
        let of_it = speaks_of_it(said) && earlier.is_none() && !is_asked;
        let of_it = of_it.then(|| self.finding_surely(premise, said, call?, Certainty::Named)).flatten();
        let (step, found) = match (earlier, own) {
            (Some(earlier), _) => earlier,
            (None, own) if of_it.is_some() || own.is_none() => {
                let call = call?;
                let is_asked = |(action, _): &(Action, Compared)| {
                    let Action::Call { arguments, .. } = action else { return true };
                    let is_given = |a: &Argument| arguments.values().any(|b| *b == Binding::Value(a.value.clone()));
                    subject.iter().all(|argument| is_given(argument))
                };
                let (action, found) = of_it.or_else(|| self.finding(premise, said, call)).filter(is_asked)?;
                let step = self.push(action, None)?;
                self.confidences.entry(step.clone()).or_insert(call.confidence);
                (step, found)
            }
            (None, Some((clause, tool, found))) => {
                let spec = self.catalog.get(&tool.tool)?;
                let tool = call.map_or_else(|| tool.clone(), |call| completed(tool, spec, call));
                (self.call(&tool, clause, None)?, found)
            }
            (None, None) => return None,
        };
        let Compared { field, op, value } = found;
        let guard = Guard { step, field: Some(field), op, value };
        self.guards.push((premise.clone(), guard.clone()));
        Some(guard)
    }

    /// Whether what stands right behind a premise says how something else is, joined in some other way than by "and": "if A is paid, B is shipped,
    /// cancel C". By one alone nothing is freed.
    pub(super) fn states_more(&self, premise: &Premise) -> bool {
        const JOINTS: &[&str] = &["and", "&", "+", "plus", "but", "while", "also", "or", "as", "well"];
        let text = &self.understanding.text;
        let is_next = |clause: &&Clause| {
            let gap = text.get(premise.span.end..clause.span.start).map(|gap| gap.replace(',', " "));
            gap.is_some_and(|gap| gap.split_whitespace().all(|word| JOINTS.contains(&word)))
        };
        let looks = |clause: &Clause| {
            let spec = clause.tools.first().and_then(|found| self.catalog.get(&found.tool));
            spec.is_none_or(|spec| spec.effect == Effect::Pure)
        };
        let mut next = self.understanding.clauses.iter().filter(|clause| !clause.bond.only_finds_out).filter(is_next);
        next.any(|clause| looks(clause) && clause.span.of(text).is_some_and(states))
    }

    /// What makes all of several premises hold: each is asked only where those before it hold, so that the last holds where all do.
    fn guard_of_all(&mut self, premises: &[Premise], call: Option<&ToolMatch>) -> Option<Guard> {
        let (count, guards) = (self.steps.len(), self.guards.len());
        let mut last: Option<Guard> = None;
        for premise in premises {
            let asked = self.steps.len();
            let next = self.guard(premise, call).filter(|next| {
                let is_new = self.steps.iter().skip(asked).any(|step| step.id == next.step);
                is_new || last.is_none()
            });
            let Some(next) = next else {
                // What was only looked up for it is not looked up.
                self.steps.truncate(count);
                self.guards.truncate(guards);
                return None;
            };
            if let Some(step) = self.steps.iter_mut().find(|step| step.id == next.step) {
                step.when = step.when.take().or(last);
            }
            last = Some(next);
        }
        last
    }

    /// What made the same premise hold for a call before, unless this call is about another thing.
    fn known_guard(&self, premise: &Premise, call: Option<&ToolMatch>) -> Option<Guard> {
        let (_, guard) = self.guards.iter().find(|(known, _)| known == premise)?;
        let step = self.steps.iter().find(|step| step.id == guard.step)?;
        let Action::Call { arguments, .. } = &step.action else { return None };
        let is_other = |(name, asked): (&String, &Binding)| {
            let same = call.and_then(|call| same_argument(call, name)).filter(|_| !is_text(name));
            same.is_some_and(|same| *asked != Binding::Value(same.value.clone()))
        };
        (!arguments.iter().any(is_other)).then(|| guard.clone())
    }

    /// The one tool that tells by itself whether a premise holds of what a call is about: "if it is down" is asked of what is restarted.
    fn finding(&self, premise: &Premise, said: &str, call: &ToolMatch) -> Option<(Action, Compared)> {
        let find = |certainty| self.finding_surely(premise, said, call, certainty);
        find(Certainty::Named).or_else(|| find(Certainty::Possible).filter(|_| names_state(said)))
    }

    fn finding_surely(
        &self,
        premise: &Premise,
        said: &str,
        call: &ToolMatch,
        certainty: Certainty,
    ) -> Option<(Action, Compared)> {
        let mut telling = self.catalog.iter().filter_map(|spec| {
            let required: Vec<&str> = requirements(spec).map(|(name, _)| name).collect();
            if !self.selects_fields || spec.effect != Effect::Pure || required.is_empty() || is_list(&spec.output) {
                return None;
            }
            let given = |name: &str| Some((name.to_owned(), Binding::Value(same_argument(call, name)?.value.clone())));
            let mut arguments = required.iter().map(|name| given(name)).collect::<Option<BTreeMap<_, _>>>()?;
            arguments
                .extend(spec.parameters().filter(|(name, _)| names_where(name)).filter_map(|(name, _)| given(name)));
            let found = self.compared(premise, [said, said], spec, &spec.output, certainty)?;
            Some((Action::Call { tool: spec.id.clone(), arguments }, found))
        });
        telling.next().filter(|_| telling.next().is_none())
    }
}

/// Whether words say how something is, and order nothing: "order 1183 is shipped".
fn states(said: &str) -> bool {
    const LINKS: &[&str] = &["is", "are", "was", "were", "has", "have", "isn't", "aren't", "hasn't"];
    const ORDERS: &[&str] = &[
        "check", "see", "say", "tell", "ask", "find", "show", "what", "when", "where", "who", "how", "which", "is",
        "are",
    ];
    const FARTHEST: usize = 4;
    let said = said.to_lowercase().replace('’', "'");
    let words: Vec<&str> = said.split_whitespace().collect();
    let link = words.iter().take(FARTHEST).position(|word| LINKS.contains(word));
    link.is_some_and(|link| link > 0)
        && !words.first().is_some_and(|first| ORDERS.contains(first))
        && !said.ends_with('?')
}

/// Whether the subject of a premise is a pronoun: "it is down".
fn speaks_of_it(said: &str) -> bool {
    let first = said.split_whitespace().next().unwrap_or_default().to_lowercase();
    matches!(first.as_str(), "it" | "it's" | "it’s" | "its" | "they" | "they're" | "they’re" | "their")
}

/// The numbers by which the subject of a premise is called: of "PR 13 is open" that of the pull request.
fn subject<'a>(clause: &'a Clause, premise: &Premise, said: &str) -> Vec<&'a Argument> {
    const VERBS: &[&str] = &["is", "are", "has", "have", "was", "were", "isn't", "hasn't", "it's", "can", "does"];
    let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let subject = said.split_whitespace().map(bare).take_while(|word| !VERBS.contains(&word.as_str()));
    let amount = premise.amount.as_ref().map(|(_, amount)| amount.to_string());
    let subject: Vec<String> = subject.filter(|word| amount.as_ref() != Some(word)).collect();
    let is_said = |argument: &&Argument| {
        let value = argument.value.as_str().map_or_else(|| argument.value.to_string(), str::to_lowercase);
        is_called(&argument.parameter) && value.contains(|c: char| c.is_ascii_digit()) && subject.contains(&value)
    };
    clause.tools.iter().flat_map(|tool| &tool.arguments).filter(is_said).collect()
}

/// What a call is given for a parameter of this name.
fn same_argument<'a>(call: &'a ToolMatch, name: &str) -> Option<&'a Argument> {
    call.arguments.iter().chain(&call.elsewhere).find(|argument| same_name(&argument.parameter, name))
}

/// A tool that finds out something about what another call is about, given what it lacks: "restart auth if it is unhealthy".
fn completed(tool: &ToolMatch, spec: &ToolSpec, call: &ToolMatch) -> ToolMatch {
    let same = |name: &str| Some(Argument { parameter: name.to_owned(), ..same_argument(call, name)?.clone() });
    let mut completed = tool.clone();
    // "It's a cancelled one" is no name.
    for argument in &mut completed.arguments {
        if argument.value.as_str().is_some_and(speaks_of_it)
            && let Some(same) = same(&argument.parameter)
        {
            *argument = same;
        }
    }
    let own: Vec<Argument> = tool.missing.iter().filter_map(|question| same(&question.parameter)).collect();
    completed.missing.retain(|question| own.iter().all(|argument| argument.parameter != question.parameter));
    completed.arguments.extend(own);
    // What is asked of staging is done in staging.
    let is_open = |name: &str| {
        let is_missing = tool.missing.iter().any(|question| question.parameter == name);
        !is_missing && tool.arguments.iter().all(|argument| argument.parameter != name)
    };
    let places = spec.parameters().map(|(name, _)| name).filter(|name| names_where(name) && is_open(name));
    completed.arguments.extend(places.filter_map(same));
    completed
}
