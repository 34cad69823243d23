//! Tools that find by words what a wish names and its tool wants as a number: "move Design critique to Tuesday" names an event, not its id.

use std::{cell::OnceCell, cmp::Reverse, collections::BTreeMap};

use jiff::Zoned;
use maestria_vocabulary::{Argument, Clause, Effect, Probability, Span, ToolMatch, ToolSpec};
use serde_json::Value;

use super::Interpreter;
use crate::{
    extract::overlap,
    words::{Word, identifier_words, names_number, stem, words},
};

/// Most tools that are asked what they would find for one parameter.
const MOST: usize = 8;

/// Least confidence of the words by which something is found.
const LEAST: f64 = 0.5;

impl Interpreter {
    /// Adds to the likeliest tool of every clause those that find what it wants as a number and the clause says by words alone, or not at all.
    pub(super) fn look_up(&self, text: &str, now: Option<&Zoned>, clauses: &mut [Clause]) {
        if !self.settings.tags_words || self.is_long(text) {
            return;
        }
        let spans = |clause: &Clause| {
            let found = clause.tools.first().filter(|found| found.confidence.get() >= LEAST);
            let arguments = found.into_iter().flat_map(|found| &found.arguments);
            arguments.map(|argument| argument.span).collect::<Vec<_>>()
        };
        let said: Vec<(Span, Vec<Span>)> = clauses.iter().map(|clause| (clause.span, spans(clause))).collect();
        for clause in clauses {
            let own = clause.span;
            let of_others = said.iter().filter(|(span, _)| *span != own).flat_map(|(_, spans)| spans);
            let of_others: Vec<Span> = of_others.copied().collect();
            let Some(tool) = clause.tools.first().and_then(|found| self.selector.get(&found.tool)) else { continue };
            // What another piece finds is not looked for again, but for whom it is.
            let is_open = |name: &str, schema: &Value| clause.bond.of.is_empty() || takes_address(tool, name, schema);
            let passage = OnceCell::new();
            let likely = |finder: &ToolSpec| {
                let known = clause.tools.iter().find(|other| other.tool == finder.id);
                known.map_or(Probability::ZERO, |known| known.confidence)
            };
            let Some(found) = clause.tools.first() else { continue };
            let mut found_by: BTreeMap<String, Vec<ToolMatch>> = BTreeMap::new();
            let lacking = tool.parameters().filter(|(name, schema)| is_lacking(tool, name, schema, found));
            for (name, _) in lacking.filter(|(name, schema)| is_open(name, schema)) {
                let by_role = |finder: &ToolSpec| reaches(finder, name, tool, clause.span.of(text).unwrap_or_default());
                let finders = self.selector.tools().filter(|finder| finder.id != tool.id);
                let finders = finders.filter(|finder| finds(finder, name, tool) || by_role(finder));
                for finder in finders.take(MOST) {
                    let passage = passage.get_or_init(|| self.passage(text, clause.span, now));
                    let extraction = self.extractor.extract_from(finder, passage);
                    let is_free = |argument: &Argument| {
                        let others = found.arguments.iter().filter(|other| other.parameter != name);
                        !others.map(|other| &other.span).chain(&of_others).any(|span| overlap(*span, argument.span))
                            && !is_aim(text, finder, argument)
                    };
                    let mut arguments: Vec<Argument> = extraction.arguments.into_iter().filter(is_free).collect();
                    let said = found.arguments.iter().find(|argument| argument.parameter == name);
                    // What was taken for the number itself is what it is found by.
                    let is_text = |argument: &Argument| SEARCHED.contains(&argument.parameter.as_str());
                    let searched = SEARCHED.iter().find(|by| finder.parameter(by).is_some());
                    let is_sure = |argument: &Argument| is_text(argument) && argument.confidence.get() >= LEAST;
                    if let Some((said, by)) = said.zip(searched).filter(|_| !arguments.iter().any(is_sure)) {
                        arguments.retain(|argument| !is_text(argument));
                        let confidence = said.confidence.max(Probability::saturating(LEAST));
                        arguments.push(Argument { parameter: (*by).to_owned(), confidence, ..said.clone() });
                    }
                    let is_said = said.is_some();
                    let is_role = by_role(finder);
                    let tells = |argument: &Argument| {
                        if is_role {
                            let is_number = argument.value.is_i64()
                                || argument.value.as_str().is_some_and(|said| !is_only_words(said));
                            return is_number
                                && finder.requires(&argument.parameter)
                                && argument.confidence.get() >= LEAST;
                        }
                        let is_kind = |said: &str| names_number(&argument.parameter) || !is_number_of_thing(said);
                        argument.value.as_str().is_some_and(|said| says_more(said, [tool, finder]) && is_kind(said))
                            && (!is_said
                                || finder.requires(&argument.parameter)
                                || is_about(finder, &argument.parameter, name))
                            && argument.confidence.get() >= LEAST
                            && !has_options(finder, &argument.parameter)
                    };
                    if extraction.missing.is_empty() && arguments.iter().any(tells) {
                        found_by.entry(name.to_owned()).or_default().push(ToolMatch {
                            tool: finder.id.clone(),
                            confidence: likely(finder),
                            arguments,
                            missing: Vec::new(),
                            doubtful: Vec::new(),
                            elsewhere: Vec::new(),
                            found_by: BTreeMap::new(),
                        });
                    }
                }
            }
            found_by.values_mut().for_each(|finders| finders.sort_by_key(|finder| Reverse(finder.confidence)));
            if let Some(found) = clause.tools.first_mut() {
                found.found_by = found_by;
            }
        }
    }
}

/// Parameters of what is searched for.
const SEARCHED: &[&str] =
    &["query", "q", "text", "search", "keyword", "keywords", "term", "terms", "title", "subject", "name"];

/// Whether a tool requires a parameter that is a number of a thing, and nothing is said for it but words.
fn is_lacking(tool: &ToolSpec, name: &str, schema: &Value, found: &ToolMatch) -> bool {
    let described = schema.get("description").and_then(Value::as_str).unwrap_or_default().to_lowercase();
    let may_be_name = described.split(|c: char| !c.is_alphabetic()).any(|word| word == "name");
    let mut said = found.arguments.iter().filter(|argument| argument.parameter == name);
    tool.requires(name)
        && (names_number(name) || is_phone(name) || takes_address(tool, name, schema))
        && !may_be_name
        && schema.get("enum").is_none()
        && said.all(|argument| {
            argument.value.as_str().is_some_and(|said| match name {
                _ if is_phone(name) => !said.contains(|c: char| c.is_ascii_digit()),
                _ if names_number(name) => is_only_words(said),
                _ => is_no_address(said),
            })
        })
}

/// Whether a parameter takes the number by which somebody is called.
fn is_phone(name: &str) -> bool {
    identifier_words(name).iter().any(|word| matches!(word.as_str(), "phone" | "mobile"))
}

/// Whether a parameter takes the address to which a mail goes.
fn takes_address(tool: &ToolSpec, name: &str, schema: &Value) -> bool {
    let is_sent = || identifier_words(tool.id.as_str()).iter().any(|word| matches!(word.as_str(), "mail" | "email"));
    match schema.get("format").and_then(Value::as_str) {
        Some(format) => format == "email",
        None => matches!(name, "to" | "recipient") && is_sent(),
    }
}

/// Whether words say more than the names of these tools: "the task" does not tell which.
fn says_more(said: &str, tools: [&ToolSpec; 2]) -> bool {
    const LITTLE: &[&str] =
        &["the", "a", "an", "my", "our", "your", "this", "that", "it", "all", "every", "each", "one"];
    let names: Vec<String> = tools.iter().flat_map(|tool| identifier_words(tool.id.as_str())).collect();
    let is_named = |word: &Word<'_>| names.iter().any(|name| stem(name) == stem(word.text));
    words(said).any(|word| !LITTLE.contains(&word.lower().as_str()) && !is_named(&word))
}

/// Whether a text is words that people say of a thing, and no number of it.
fn is_only_words(text: &str) -> bool {
    let text = text.trim();
    let is_plain = || text.contains(char::is_whitespace) || text.chars().all(char::is_alphabetic);
    text.contains('@') || text.starts_with('+') || is_plain() && text.chars().any(char::is_lowercase)
}

fn is_no_address(text: &str) -> bool {
    !text.contains('@')
}

/// Whether a tool only looks things up and gives the parameter of another, without needing it itself.
fn finds(finder: &ToolSpec, name: &str, tool: &ToolSpec) -> bool {
    let schema = tool.parameter(name).unwrap_or(&Value::Null);
    let wanted = if takes_address(tool, name, schema) { vec!["email".to_owned()] } else { identifier_words(name) };
    let fields = finder.output.get("properties").or_else(|| finder.output.get("items")?.get("properties"));
    let mut fields = fields.and_then(Value::as_object).into_iter().flatten().map(|(field, _)| identifier_words(field));
    // The `id` that a search for tasks gives is a `task_id`.
    let noun = match wanted.as_slice() {
        [_] => identifier_words(tool.id.as_str()).pop(),
        [noun, ..] => Some(noun.clone()),
        [] => None,
    };
    let of_noun = || {
        let nouns = identifier_words(finder.id.as_str());
        noun.as_ref().is_some_and(|noun| nouns.iter().any(|other| stem(other) == stem(noun)))
    };
    finder.effect == Effect::Pure
        && finder.parameters().all(|(other, _)| !finder.requires(other) || identifier_words(other) != wanted)
        && fields.any(|field| match field.as_slice() {
            [only] if only == "id" => of_noun(),
            _ => field == wanted,
        })
}

/// Whether a tool gives the address of somebody whom words name by what he is to a thing: `reporter_email` of an issue for "whoever reported it".
fn reaches(finder: &ToolSpec, name: &str, tool: &ToolSpec, said: &str) -> bool {
    const SHORTEST: usize = 5;
    let schema = tool.parameter(name).unwrap_or(&Value::Null);
    if finder.effect != Effect::Pure || !takes_address(tool, name, schema) {
        return false;
    }
    let is_said = |role: &str| {
        words(said).skip(1).any(|word| {
            let word = word.lower();
            let common = word.chars().zip(role.chars()).take_while(|(a, b)| a == b).count();
            common >= SHORTEST.min(role.chars().count())
        })
    };
    let mut fields = finder.output.get("properties").and_then(Value::as_object).into_iter().flatten();
    fields.any(|(field, _)| match identifier_words(field).as_slice() {
        [role, last] => matches!(last.as_str(), "email" | "mail") && role.chars().count() >= SHORTEST && is_said(role),
        _ => false,
    })
}

/// Whether a text is written as the number of a thing: "AB-12", "SO1182".
fn is_number_of_thing(text: &str) -> bool {
    let has = |of: fn(char) -> bool| text.contains(of);
    has(|c| c.is_ascii_digit()) && has(char::is_uppercase) && !has(char::is_whitespace) && !has(char::is_lowercase)
}

/// Whether a tool looks for what a parameter is a number of, or for anything by its words.
fn is_about(finder: &ToolSpec, by: &str, name: &str) -> bool {
    let nouns = identifier_words(finder.id.as_str());
    let is_noun = |noun: &String| nouns.iter().any(|other| stem(other) == stem(noun));
    SEARCHED.contains(&by) || identifier_words(name).first().is_some_and(is_noun)
}

fn has_options(tool: &ToolSpec, parameter: &str) -> bool {
    tool.parameter(parameter).is_some_and(|schema| schema.get("enum").is_some())
}

/// Whether an option is what something shall become, and not what it is: "mark it as done".
fn is_aim(text: &str, tool: &ToolSpec, argument: &Argument) -> bool {
    let Span { start, .. } = argument.span;
    let before = text.get(..start).unwrap_or_default().split_whitespace().next_back().unwrap_or_default();
    has_options(tool, &argument.parameter) && matches!(before, "as" | "to" | "into")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Classifier, Settings};

    /// What is looked up for the id of the tool that a request asks for, by the text that finds it.
    fn check(request: &str, expected: &[(&str, &str)]) {
        let text = || json!({"type": "string"});
        let gives = |field: &str| json!({"type": "object", "properties": {field: text()}});
        let tool =
            |name: &str, about: &str, input: Value| ToolSpec::new(name.parse().unwrap(), about).with_input(input);
        let object = |of: Value, required: &[&str]| json!({"type": "object", "properties": of, "required": required});
        let reschedule = tool(
            "reschedule_event",
            "Move an event to another time",
            object(json!({"event_id": text(), "room": text()}), &["event_id"]),
        );
        let find = tool("find_event", "Find an event by its title", object(json!({"title": text()}), &["title"]));
        let mail = tool(
            "send_email",
            "Send an email",
            object(json!({"to": {"type": "string", "format": "email"}, "body": text()}), &["to", "body"]),
        );
        let contact = tool("find_contact", "Find a contact by name", object(json!({"name": text()}), &["name"]));
        let tools = [
            reschedule,
            find.with_output(gives("event_id")).with_effect(Effect::Pure),
            mail,
            contact.with_output(gives("email")).with_effect(Effect::Pure),
        ];
        let interpreter = Interpreter::new(Classifier::embedded().unwrap(), tools).unwrap();
        let settings = Settings { tags_words: true, ..Settings::default() };
        let understanding = interpreter.with_settings(settings).unwrap().interpret_at(request, None).unwrap();
        let first = understanding.clauses.iter().filter_map(|clause| clause.tools.first());
        let finders = first.flat_map(|found| found.found_by.values().flatten());
        let said: Vec<(String, String)> = finders
            .flat_map(|finder| {
                finder.arguments.iter().map(|a| (finder.tool.to_string(), a.value.as_str().unwrap().to_owned()))
            })
            .collect();
        let said: Vec<(&str, &str)> = said.iter().map(|(tool, text)| (tool.as_str(), text.as_str())).collect();
        assert_eq!(said, expected, "{request}");
    }

    #[test]
    fn what_is_named_by_words_is_found_by_them() {
        check("reschedule the event \"Design critique\"", &[("find_event", "Design critique")]);
        check("send an email to Priya Raman saying \"we are late\"", &[("find_contact", "Priya Raman")]);
        check("reschedule the event EV-2291", &[]);
        check("send an email to ann@x.org saying \"we are late\"", &[]);
        check("reschedule it", &[]);
    }

    #[test]
    fn numbers_are_told_from_words() {
        for words in ["Design critique", "Lena", "ann@x.org", "the latest", "+44 7700 900214"] {
            assert!(is_only_words(words), "{words}");
        }
        for number in ["EV-2291", "A77", "PQ 5518 220 GB", "4711", "CMP-AUTUMN", "web_1", ""] {
            assert!(!is_only_words(number), "{number}");
        }
    }
}
