//! Where an argument comes from that the request does not give: results of other steps, by what the request says, by type and by name.

use std::collections::BTreeMap;

use maestria_vocabulary::{Argument, Clause, Effect, Question, StepId, ToolMatch, ToolSpec};
use serde_json::Value;

use super::{
    affinity::{
        Given, NAMED, POSSIBLE, SAME_NAME, TEXT, Wanted, affinity, is_called, is_file, is_identifier, is_looked_up,
        is_text, same_name, words,
    },
    draft::Draft,
    files::{source_kind, takes_name_of_file},
    mention::{Mention, names_a_place, same},
    nouns::{serves_people, takes_person},
    place::{Place, SURE_OF_WORDS, best_field, fields, is_made},
    spoken::{in_one_sentence, spoken, suits_words},
};
use crate::{Action, Binding, Step};

/// What is enough where another clause says something too, and what carries the same name only tells that again.
const ALIKE: f64 = 2.0;

/// A call in the making.
pub(super) struct Call<'a> {
    pub(super) clause: &'a Clause,
    pub(super) found: &'a ToolMatch,
    /// The list for every element of which it is done.
    pub(super) each: Option<StepId>,
    /// Whether a result was taken because the clause speaks of it.
    pub(super) referred: bool,
}

impl Draft<'_> {
    /// What a parameter is given, of which the request says nothing, or `said`, which is not meant literally.
    pub(super) fn source(
        &mut self,
        call: &mut Call<'_>,
        wanted: Wanted<'_>,
        said: Option<&Argument>,
    ) -> Option<Binding> {
        if !self.selects_fields {
            return self.earlier(wanted.schema).map(|step| Binding::From { step });
        }
        let text = said.and_then(|said| text_of(&said.value));
        let meant = said.map_or(Mention::Nothing, |said| spoken(&self.understanding.text, said));
        let inner: Vec<StepId> = self.steps_for(&call.clause.bond.of);
        let is_named = || self.best(inner.iter().rev(), wanted, NAMED).is_some();
        let is_each = call.clause.bond.each || inner.iter().any(|list| self.speaks_of_several(call, list));
        let is_of_each = is_each && (said.is_none() || is_named());
        if is_of_each && let Some(binding) = inner.iter().rev().find_map(|list| self.element_of(list, call, wanted)) {
            return Some(binding);
        }
        // What is said of the one is no title of the other, unless it is named for it.
        let is_optional = !self.catalog.get(&call.found.tool).is_some_and(|spec| spec.requires(wanted.name));
        let least = if said.is_some() && is_optional && !is_text(wanted.name) { NAMED } else { POSSIBLE };
        if let Some(place) = self.best(inner.iter().rev(), wanted, least) {
            call.referred = true;
            return self.bind(self.whole(place, wanted), wanted);
        }
        if let Some(binding) = text.and_then(|text| self.read(text, call.found, wanted)) {
            return Some(binding);
        }
        if let Some(binding) = self.element_for(call, wanted) {
            return Some(binding);
        }
        let calls = self.calls();
        let spec = self.catalog.get(&call.found.tool);
        if said.zip(spec).is_some_and(|(said, spec)| self.is_given(said, spec)) {
            let place = self.best(calls.iter().rev(), wanted, SAME_NAME)?;
            return self.bind(place, wanted);
        }
        let is_required = spec.is_some_and(|spec| spec.requires(wanted.name));
        match meant {
            Mention::Result => {
                let least = if is_required || is_text(wanted.name) { POSSIBLE } else { TEXT };
                let place = self.latest(&calls, wanted, least)?;
                call.referred = true;
                return self.told_again(&place, wanted).or_else(|| self.bind(self.whole(place, wanted), wanted));
            }
            Mention::Noun(noun) => {
                let place = self.speaking_of(&noun, &calls, wanted)?;
                if !is_required && !suits_words(&place, wanted) {
                    return None;
                }
                call.referred = true;
                return self.bind(place, wanted);
            }
            Mention::Nothing => {
                // "First" is no number by which something is found.
                let is_place = is_identifier(wanted.name) && text.is_some_and(names_a_place);
                if said.is_some() && !is_place {
                    return None;
                }
                call.referred |= is_place;
            }
        }
        if said.is_none()
            && let Some(place) = self.spoken_of(call, &calls, wanted)
        {
            call.referred = true;
            return self.bind(place, wanted);
        }
        if let Some(place) = self.best(calls.iter().rev(), wanted, NAMED) {
            let place = self.made_of(place, &calls, wanted);
            return self.told_again(&place, wanted).or_else(|| self.bind(place, wanted));
        }
        if let Some(step) = self.earlier(wanted.schema) {
            return Some(Binding::From { step });
        }
        // "Mail Ann the summary of a.md": what is to be said is what was made last.
        let (text, span) = (&self.understanding.text, call.clause.span);
        let last = self.done.last().filter(|(other, _)| in_one_sentence(text, *other, span)).map(|(_, id)| id);
        if said.is_none()
            && is_required
            && is_text(wanted.name)
            && let Some(place) = self.best(last.into_iter(), wanted, TEXT)
        {
            return self.bind(self.whole(place, wanted), wanted);
        }
        let is_said = call.found.elsewhere.iter().any(|argument| argument.parameter == wanted.name);
        if call.clause.refers_back
            && !call.referred
            && let Some(place) = self.latest(&calls, wanted, if is_said { ALIKE } else { POSSIBLE })
            && (!is_said || place.score < NAMED)
            && !self.says_again(call, &place.step, wanted)
        {
            call.referred = true;
            return self.told_again(&place, wanted).or_else(|| self.bind(self.whole(place, wanted), wanted));
        }
        None
    }

    /// Whether an earlier call makes what the parameter of an argument is named for, so that words which only may be meant for it are not:
    /// "open a return for order 90-5512 and pay 49.90 back on it" pays on the return. What that call is given itself, it only tells again.
    pub(super) fn is_given(&self, argument: &Argument, spec: &ToolSpec) -> bool {
        let Some(schema) = spec.parameter(&argument.parameter) else { return false };
        if argument.value.is_number() && !is_identifier(&argument.parameter) {
            return false;
        }
        let wanted = Wanted { tool: spec.id.as_str(), name: &argument.parameter, schema };
        let is_named = |step: &Step| {
            let Action::Call { tool, arguments } = &step.action else { return false };
            let tells_again = arguments.keys().any(|name| same_name(name, wanted.name));
            let makes = self.catalog.get(tool).is_some_and(|spec| is_made(spec, wanted.name));
            let is_used = || arguments.values().any(|binding| *binding == Binding::Value(argument.value.clone()));
            makes
                && !tells_again
                && (argument.confidence.get() < SURE_OF_WORDS || is_used())
                && fields(&self.output(step)).iter().any(|(field, schema)| {
                    same_name(field, wanted.name)
                        && affinity(Given { tool: tool.as_str(), field: Some(field), schema }, wanted).is_some()
                })
        };
        self.steps.iter().any(is_named)
    }

    /// A tool that the clause speaks of too, and that gives what is wanted: "mail Ann Meyer" looks her up.
    pub(super) fn supported(&mut self, call: &mut Call<'_>, wanted: Wanted<'_>) -> Option<Binding> {
        if !self.selects_fields {
            return None;
        }
        let candidates = call.clause.tools.iter().filter(|other| other.tool != call.found.tool);
        let gives = |other: &&ToolMatch| {
            let spec = self.catalog.get(&other.tool).filter(|spec| spec.effect == Effect::Pure);
            let best = spec.and_then(|spec| best_field(spec.id.as_str(), &spec.output, wanted));
            best.is_some_and(|(_, score)| score >= NAMED) && is_looked_up(other.tool.as_str(), wanted)
        };
        // What is set, written or no number of a thing is not what it is found by: "mail the buyer "sorry"".
        let is_own = |a: &Argument| {
            let is_same = |own: &Argument| own.parameter == a.parameter && own.value == a.value;
            let is_written =
                |own: &Argument| is_text(&own.parameter) && own.span.start < a.span.end && a.span.start < own.span.end;
            let mut own = call.found.arguments.iter().filter(|own| own.parameter != wanted.name);
            // Who says "merge all of them" seeks none that are merged.
            a.span.start == call.clause.span.start || own.any(|own| is_same(own) || is_written(own))
        };
        let is_of_another_kind = |a: &Argument| {
            let said = a.value.as_str().unwrap_or_default();
            if is_called(&a.parameter) { is_plain_word(said) } else { is_number_of_thing(said) }
        };
        let finds = |other: &&ToolMatch| {
            let mut arguments = other.arguments.iter().filter(|a| !is_own(a)).peekable();
            let spec = self.catalog.get(&other.tool);
            let is_needed = |a: &Argument| spec.is_some_and(|spec| spec.requires(&a.parameter));
            arguments.peek().is_some()
                && !arguments.any(&is_of_another_kind)
                && !other.arguments.iter().any(|a| is_own(a) && is_needed(a))
        };
        // One of which everything is said goes before one of which something must be asked.
        let mut giving: Vec<&ToolMatch> = candidates.filter(gives).filter(finds).collect();
        giving.sort_by_key(|other| other.missing.len());
        let other = giving.first()?;
        self.questions.extend(other.missing.iter().chain(&other.doubtful).cloned());
        let said = other.arguments.iter().filter(|a| !is_own(a));
        let arguments = said.map(|a| (a.parameter.clone(), Binding::Value(a.value.clone()))).collect();
        let step = self.push(Action::Call { tool: other.tool.clone(), arguments }, None)?;
        if let Some(binding) = self.element_of(&step, call, wanted) {
            return Some(binding);
        }
        let place = self.best(std::iter::once(&step), wanted, NAMED)?;
        self.bind(place, wanted)
    }

    /// The tool that goes on with what came before, though its name alone does not say enough: "book it" after a search for flights is
    /// the tool that lacks the id of a flight.
    pub(super) fn continuing<'a>(&self, clause: &'a Clause) -> Option<&'a ToolMatch> {
        if !self.selects_fields {
            return None;
        }
        let calls = self.calls();
        let plausible = clause.tools.iter().filter(|tool| tool.confidence >= self.least_finding);
        plausible.filter(|_| clause.refers_back).find(|found| {
            let Some(spec) = self.catalog.get(&found.tool) else { return false };
            let lacks = |name: &str| found.missing.iter().any(|question: &Question| question.parameter == name);
            let mut lacking = spec.parameters().filter(|(name, _)| lacks(name));
            lacking.any(|(name, schema)| {
                self.best(calls.iter().rev(), Wanted { tool: found.tool.as_str(), name, schema }, NAMED).is_some()
            })
        })
    }

    /// What an optional parameter is given because the clause speaks of a result that it did not use yet: "mail it" attaches a file.
    pub(super) fn optional(
        &mut self,
        call: &mut Call<'_>,
        wanted: Wanted<'_>,
        arguments: &BTreeMap<String, Binding>,
    ) -> Option<Binding> {
        const SURE: f64 = 3.0;
        const FIGURES: &[&str] = &["figure", "number", "value", "amount", "total", "whatever"];
        let used = self.used_by(arguments);
        let inner = self.steps_for(&call.clause.bond.of);
        let is_of_each = call.clause.bond.each && !inner.is_empty();
        let calls = if inner.is_empty() { self.calls() } else { inner };
        let place = self.best(calls.iter().rev().filter(|id| !used.contains(id)), wanted, SURE)?;
        let said = call.clause.span.of(&self.understanding.text).unwrap_or_default().to_lowercase();
        let said: Vec<&str> = said.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let is_said = |name: &str| words(name).any(|part| said.iter().any(|word| same(word, &part)));
        let field = place.field.as_deref().unwrap_or_default();
        // "With her" names who takes part, and nobody who is told too.
        let is_somebody = || {
            let is_copied = words(wanted.name).any(|word| matches!(word.as_str(), "cc" | "bcc"));
            !is_copied && said.iter().any(|word| matches!(*word, "him" | "her" | "them"))
        };
        // Of what something has or is, only what it is found by goes with it unsaid: "a Welsh voice, and have it say hello".
        let step = self.steps.iter().find(|step| step.id == place.step)?;
        let Action::Call { tool, .. } = &step.action else { return None };
        let is_figure = matches!(wanted.schema.get("type").and_then(Value::as_str), Some("number" | "integer"))
            && said.iter().any(|word| FIGURES.contains(word));
        let is_thing = is_identifier(field)
            || is_identifier(wanted.name)
            || is_file(&words(field).collect::<Vec<_>>())
            || words(tool.as_str()).skip(1).any(|noun| same(&noun, field))
            || is_figure;
        let is_meant = is_of_each || is_said(wanted.name) || is_said(field);
        if !(is_meant || if takes_person(wanted.name) { is_somebody() } else { is_thing }) {
            return None;
        }
        if is_of_each && let Some(binding) = self.element_of(&place.step, call, wanted) {
            return Some(binding);
        }
        self.bind(place, wanted)
    }

    /// The latest result that suits at least so well; for a text one that is no person, if any: "send it to Ann, look her up" sends nothing of her.
    fn latest(&self, calls: &[StepId], wanted: Wanted<'_>, least: f64) -> Option<Place> {
        let is_somebody = |id: &&StepId| is_text(wanted.name) && self.finds_people(id);
        let place = self.best(calls.iter().rev().filter(|id| !is_somebody(id)), wanted, least);
        place.or_else(|| self.best(calls.iter().rev(), wanted, least))
    }

    /// Whether a step looks somebody up.
    pub(super) fn finds_people(&self, id: &StepId) -> bool {
        let step = self.steps.iter().find(|step| step.id == *id);
        step.is_some_and(|step| {
            matches!(&step.action, Action::Call { tool, .. } if serves_people(tool.as_str())
            && self.catalog.get(tool).is_some_and(|spec| spec.effect == Effect::Pure))
        })
    }

    /// The steps of which a call takes something already.
    pub(super) fn used_by(&self, arguments: &BTreeMap<String, Binding>) -> Vec<StepId> {
        let whole = |id: &StepId| match self.steps.iter().find(|step| step.id == *id).map(|step| &step.action) {
            Some(Action::Select { input, .. }) => input.clone(),
            _ => id.clone(),
        };
        let from = |binding: &Binding| match binding {
            Binding::From { step } => Some(whole(step)),
            _ => None,
        };
        arguments.values().filter_map(from).collect()
    }
}

/// Whether a text is one word in lower case, and no number by which a thing is called.
fn is_plain_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(char::is_lowercase)
}

/// Whether a text is written as the number of a thing: "AB-12", "SO1182".
fn is_number_of_thing(text: &str) -> bool {
    let has = |of: fn(char) -> bool| text.contains(of);
    has(|c| c.is_ascii_digit()) && has(char::is_uppercase) && !has(char::is_whitespace) && !has(char::is_lowercase)
}

/// The only text of an argument.
pub(super) fn text_of(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        Value::Array(elements) => match elements.as_slice() {
            [only] => only.as_str(),
            _ => None,
        },
        _ => None,
    }
}

/// Whether the argument that a tool's parameter was given stands for something else: for a result, or for a file that must be read.
pub(super) fn stands_for_another(spec: &ToolSpec, argument: &Argument, request: &str) -> bool {
    let Some((_, schema)) = spec.parameters().find(|(name, _)| *name == argument.parameter) else { return false };
    let Some(text) = text_of(&argument.value) else { return false };
    let names_source = !takes_name_of_file(&argument.parameter, schema)
        && schema.get("format").is_none()
        && schema.get("type") == Some(&Value::from("string"))
        && source_kind(text).is_some();
    names_source
        || is_identifier(&argument.parameter) && names_a_place(text)
        || !matches!(spoken(request, argument), Mention::Nothing)
}
