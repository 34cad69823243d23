//! What a message says and whom it reaches, where the request leaves that to earlier results: "send the figure to Aisha".

use std::collections::BTreeMap;

use maestria_vocabulary::{Effect, Span, StepId, ToolSpec};
use serde_json::Value;

use super::{
    affinity::{Given, POSSIBLE, Wanted, affinity, is_attached, is_file, is_text, words},
    draft::Draft,
    mention::{Mention, mentions, same},
    nouns::{ends_in, gives_address, means_file, serves_people, takes_present_file, takes_receiver},
    place::{Place, fields},
    source::{Call, text_of},
    spoken::in_one_sentence,
};
use crate::{Action, Binding};

/// Parameters that say what a message is about.
const TITLES: &[&str] = &["subject", "title", "name", "from", "sender"];

/// The least suitability of an address for whoever is to be reached.
const REACHES: f64 = 3.0;

/// The texts that a tool may be given which does nothing but tell somebody something, where it is given none: a message says something.
pub(super) fn unsaid(spec: &ToolSpec, is_given: impl Fn(&str) -> bool) -> Vec<(&str, &Value)> {
    let is_content = |name: &str| is_text(name) || is_attached(&words(name).collect::<Vec<_>>());
    // What must be given more than a receiver and words does more than tell.
    let is_message = |(name, _): (&str, &Value)| {
        !spec.requires(name) || takes_receiver(name) || ends_in(name, TITLES) || is_content(name)
    };
    let sends = spec.effect != Effect::Pure
        && spec.parameters().any(|(name, _)| takes_receiver(name) && spec.requires(name))
        && spec.parameters().all(is_message);
    if !sends || spec.parameters().any(|(name, _)| is_content(name) && is_given(name)) {
        return Vec::new();
    }
    let takes_text = |schema: &Value| schema.get("type").and_then(Value::as_str) == Some("string");
    spec.parameters().filter(|(name, schema)| is_text(name) && takes_text(schema)).collect()
}

impl Draft<'_> {
    /// What a message brings that says nothing by itself: the file that the clause speaks of, or what was found out last in its sentence.
    pub(super) fn brought(
        &mut self,
        call: &Call<'_>,
        spec: &ToolSpec,
        arguments: &BTreeMap<String, Binding>,
    ) -> Option<(String, Binding)> {
        let (text, span) = (&self.understanding.text, call.clause.span);
        let taken: Vec<Span> = call.found.arguments.iter().map(|argument| argument.span).collect();
        let mut mentions = mentions(text, span, &taken);
        // "With the subject Log problem" speaks of no result.
        let is_own = |noun: &str| arguments.keys().any(|name| words(name).any(|word| word == noun));
        mentions.retain(|mention| !matches!(mention, Mention::Noun(noun) if is_own(noun)));
        let near: Vec<StepId> = self
            .done
            .iter()
            .rev()
            .filter(|(other, _)| in_one_sentence(text, *other, span))
            .map(|(_, id)| id.clone())
            .collect();
        let unsaid = unsaid(spec, |name| arguments.contains_key(name));
        // A link is said, where nothing else is.
        let is_said = |noun: &str| !unsaid.is_empty() && matches!(noun, "link" | "url");
        let file = mentions.iter().find_map(|mention| match mention {
            Mention::Noun(noun) if means_file(noun) && !is_said(noun) => Some(noun),
            _ => None,
        });
        let attached = spec.parameters().find(|(name, _)| is_attached(&words(name).collect::<Vec<_>>()));
        let attached = attached.filter(|(name, _)| !arguments.contains_key(*name));
        if let Some(((name, schema), noun)) = attached.zip(file) {
            let wanted = Wanted { tool: spec.id.as_str(), name, schema };
            // Who says something anyway sends a file only where it is named for what it is.
            let is_meant = |place: &Place| {
                let field = place.field.as_deref().unwrap_or_default();
                !unsaid.is_empty() || noun == "file" || words(field).any(|word| same(noun, &word))
            };
            let place = near.iter().find_map(|id| self.file_of(id, wanted)).filter(is_meant);
            if let Some(binding) = place.and_then(|place| self.bind(place, wanted)) {
                return Some((name.to_owned(), binding));
            }
        }
        let (name, schema) = *unsaid.first()?;
        let asks_what = span.of(text).unwrap_or_default().split_whitespace().any(|word| word == "what");
        if mentions.is_empty() && !call.clause.refers_back && call.clause.bond.of.is_empty() && !asks_what {
            return None;
        }
        let wanted = Wanted { tool: spec.id.as_str(), name, schema };
        let place = self.best(near.iter().take(1), wanted, POSSIBLE)?;
        // "Post the chart" sends the image of it, where a file can be sent.
        let is_thing = place.field.as_deref().is_some_and(|field| {
            words(field).last().is_some_and(|last| matches!(last.as_str(), "image" | "audio" | "file" | "path" | "pdf"))
        });
        let takes_thing = |name: &str| is_attached(&words(name).collect::<Vec<_>>()) || takes_present_file(name);
        let free = spec.parameters().find(|(name, _)| is_thing && takes_thing(name) && !arguments.contains_key(*name));
        if let Some((name, schema)) = free {
            let wanted = Wanted { tool: spec.id.as_str(), name, schema };
            let sent = self.place(&place.step, wanted).filter(|sent| sent.field == place.field);
            if let Some(binding) = sent.and_then(|sent| self.bind(sent, wanted)) {
                return Some((name.to_owned(), binding));
            }
        }
        let binding = self.bind(self.whole(place, wanted), wanted)?;
        Some((name.to_owned(), binding))
    }

    /// The file that a step gives.
    pub(super) fn file_of(&self, id: &StepId, wanted: Wanted<'_>) -> Option<Place> {
        let takes: Vec<String> = words(wanted.name).collect();
        if !is_attached(&takes) && !takes.last().is_some_and(|word| means_file(word)) {
            return None;
        }
        let step = self.steps.iter().find(|step| step.id == *id)?;
        let Action::Call { tool, .. } = &step.action else { return None };
        fields(&self.output(step)).into_iter().find_map(|(field, schema)| {
            let given = Given { tool: tool.as_str(), field: Some(&field), schema: &schema };
            let score = affinity(given, wanted).filter(|_| is_file(&words(&field).collect::<Vec<_>>()))?;
            Some(Place { step: id.clone(), field: Some(field), score })
        })
    }

    /// Puts addresses that were looked up in the place of names.
    pub(super) fn address(&mut self, spec: &ToolSpec, arguments: &mut BTreeMap<String, Binding>) {
        for (name, schema) in spec.parameters() {
            let wanted = Wanted { tool: spec.id.as_str(), name, schema };
            if let Some(Binding::Value(value)) = arguments.get(name)
                && let Some(address) = self.address_of(value, wanted)
            {
                arguments.insert(name.to_owned(), address);
            }
        }
    }

    /// The address of whom `value` names, where an earlier call of a tool for people looks up the one of that name: its result is wanted for
    /// something.
    fn address_of(&mut self, value: &Value, wanted: Wanted<'_>) -> Option<Binding> {
        let name = text_of(value).filter(|name| !name.contains('@'))?;
        let looks_up = |arguments: &BTreeMap<String, Binding>| {
            arguments.values().any(|binding| matches!(binding, Binding::Value(Value::String(other)) if other == name))
        };
        let is_of_people = |tool: &ToolSpec| {
            let is_one = tool.output.get("type").and_then(Value::as_str) == Some("object");
            is_one && serves_people(tool.id.as_str())
        };
        let place = self.steps.iter().rev().find_map(|step| {
            let Action::Call { tool, arguments } = &step.action else { return None };
            let is_pure = self.catalog.get(tool).is_some_and(|spec| spec.effect == Effect::Pure && is_of_people(spec));
            let is_address = |place: &Place| place.field.as_deref().is_some_and(gives_address);
            let place = self.place(&step.id, wanted).filter(|place| place.score >= REACHES && is_address(place));
            place.filter(|_| is_pure && looks_up(arguments))
        })?;
        self.bind(place, wanted)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        Catalog,
        planner::planned::{self, tool},
    };

    fn catalog() -> Catalog {
        let text = json!({"type": "string"});
        Catalog::new([
            tool(
                "find_contact",
                json!({"type": "object", "properties": {"name": text}, "required": ["name"]}),
                json!({"type": "object", "properties": {"name": text, "email": text}}),
                Effect::Pure,
            ),
            tool(
                "count_rows",
                json!({"type": "object", "properties": {"table": text}, "required": ["table"]}),
                json!({"type": "object", "properties": {"value": {"type": "number"}, "source": text}}),
                Effect::Pure,
            ),
            tool(
                "export_table",
                json!({"type": "object", "properties": {"table": text}, "required": ["table"]}),
                json!({"type": "object", "properties": {"file": text, "size": {"type": "integer"}}}),
                Effect::Idempotent,
            ),
            tool(
                "send_mail",
                json!({"type": "object", "required": ["to"],
                    "properties": {"to": text, "body": text, "subject": text, "attachment": text}}),
                json!({"type": "object", "properties": {"id": text}}),
                Effect::Irreversible,
            ),
        ])
        .unwrap()
    }

    fn check(text: &str, clauses: &[(&str, &str, Value)], expected: &[&str]) {
        planned::check(&catalog(), text, clauses, expected);
    }

    #[test]
    fn a_message_that_says_nothing_brings_what_was_found_out() {
        check(
            "count orders and send the figure to Ann",
            &[
                ("count orders", "count_rows", json!({"table": "orders"})),
                ("send the figure to Ann", "send_mail", json!({"to": "Ann"})),
            ],
            &["s1 count_rows(table: \"orders\")", "s2 send_mail(body: s1.value, to: \"Ann\")"],
        );
        check(
            "export orders and mail the file to Ann",
            &[
                ("export orders", "export_table", json!({"table": "orders"})),
                ("mail the file to Ann", "send_mail", json!({"to": "Ann"})),
            ],
            &["s1 export_table(table: \"orders\")", "s2 send_mail(attachment: s1.file, to: \"Ann\")"],
        );
        check(
            "export orders and mail the file to Ann with the words as promised",
            &[
                ("export orders", "export_table", json!({"table": "orders"})),
                (
                    "mail the file to Ann with the words as promised",
                    "send_mail",
                    json!({"to": "Ann", "body": "as promised"}),
                ),
            ],
            &[
                "s1 export_table(table: \"orders\")",
                "s2 send_mail(attachment: s1.file, body: \"as promised\", to: \"Ann\")",
            ],
        );
        check(
            "count orders. Mail Ann hello",
            &[
                ("count orders", "count_rows", json!({"table": "orders"})),
                ("Mail Ann hello", "send_mail", json!({"to": "Ann", "body": "hello"})),
            ],
            &["s1 count_rows(table: \"orders\")", "s2 send_mail(body: \"hello\", to: \"Ann\")"],
        );
    }

    #[test]
    fn who_was_looked_up_is_reached_by_the_address() {
        check(
            "find Ann Lee, and mail Bo hello, and mail her hi",
            &[
                ("find Ann Lee", "find_contact", json!({"name": "Ann Lee"})),
                ("mail Bo hello", "send_mail", json!({"to": "Bo", "body": "hello"})),
                ("mail her hi", "send_mail", json!({"to": "Ann Lee", "body": "hi"})),
            ],
            &[
                "s1 find_contact(name: \"Ann Lee\")",
                "s2 send_mail(body: \"hello\", to: \"Bo\")",
                "s3 send_mail(body: \"hi\", to: s1.email)",
            ],
        );
    }
}
