//! Whom a message reaches that is named by what he is to a thing: "mail whoever reported it", "tell its author".

use std::collections::BTreeMap;

use maestria_vocabulary::{Effect, Span};
use serde_json::Value;

use super::{
    affinity::{Given, NAMED, Wanted, affinity, is_list, is_text, same_name, words},
    draft::{Draft, requirements},
    mention::same,
    nouns::{ends_in, gives_address, means_file, takes_person, takes_receiver},
    place::{Place, fields},
    source::Call,
};
use crate::{Action, Binding, check::MOST_STEPS};

/// Shorter words name nobody.
const SHORTEST: usize = 4;

impl Draft<'_> {
    /// Somebody whom a field of a result names as the clause does: of an earlier step, or of what a tool without side effects gives for what
    /// earlier steps were given.
    pub(super) fn in_role(&mut self, call: &Call<'_>, wanted: Wanted<'_>) -> Option<Binding> {
        let is_email = wanted.schema.get("format").and_then(Value::as_str) == Some("email");
        let takes = is_email
            || takes_person(wanted.name)
            || takes_receiver(wanted.name)
            || ends_in(wanted.name, &["username", "user", "login", "assignee", "handle"]);
        if !self.selects_fields || !takes || self.steps.len() > MOST_STEPS {
            return None;
        }
        let roles = self.roles(call);
        let names = |tool: &str, field: &str, schema: &Value| {
            let first = words(field).next().unwrap_or_default();
            let is_role = !gives_address(&first)
                && !is_text(&first)
                && !means_file(&first)
                && roles.iter().any(|role| same(role, &first));
            is_role && affinity(Given { tool, field: Some(field), schema }, wanted).is_some()
        };
        let earlier = self.steps.iter().rev().find_map(|step| {
            let Action::Call { tool, .. } = &step.action else { return None };
            let fields = fields(&self.output(step));
            let (field, _) = fields.into_iter().find(|(field, schema)| names(tool.as_str(), field, schema))?;
            step.each.is_none().then(|| Place { step: step.id.clone(), field: Some(field), score: NAMED })
        });
        if let Some(place) = earlier {
            return self.bind(place, wanted);
        }
        let given = |name: &str| {
            self.steps.iter().rev().filter(|step| step.each.is_none()).find_map(|step| {
                let Action::Call { arguments, .. } = &step.action else { return None };
                arguments.iter().find(|(other, _)| same_name(other, name)).map(|(_, binding)| binding.clone())
            })
        };
        let (tool, arguments, field) = self.catalog.iter().find_map(|spec| {
            let mut required = requirements(spec).peekable();
            if spec.effect != Effect::Pure || required.peek().is_none() || is_list(&spec.output) {
                return None;
            }
            let mut fields = fields(&spec.output).into_iter();
            let (field, _) = fields.find(|(field, schema)| names(spec.id.as_str(), field, schema))?;
            let arguments = required.map(|(name, _)| Some((name.to_owned(), given(name)?)));
            Some((spec.id.clone(), arguments.collect::<Option<BTreeMap<_, _>>>()?, field))
        })?;
        let step = self.push(Action::Call { tool, arguments }, None)?;
        self.confidences.entry(step.clone()).or_insert(call.found.confidence);
        self.bind(Place { step, field: Some(field), score: NAMED }, wanted)
    }

    /// The words of a clause that are no argument of its call.
    fn roles(&self, call: &Call<'_>) -> Vec<String> {
        let text = &self.understanding.text;
        let said = call.clause.span.of(text).unwrap_or_default();
        let is_free = |word: &&str| {
            let start = call.clause.span.start + (word.as_ptr() as usize - said.as_ptr() as usize);
            let span = Span { start, end: start + word.len() };
            let mut taken = call.found.arguments.iter().map(|argument| argument.span);
            !taken.any(|taken| taken.start < span.end && span.start < taken.end)
        };
        let words = said.split(|c: char| !c.is_alphabetic()).skip(1);
        words.filter(|word| word.chars().count() >= SHORTEST).filter(is_free).map(str::to_lowercase).collect()
    }
}
