//! Tools that find by words what a wish names and its tool wants as a number: "move Design critique to Tuesday" names an event, not its id.

use std::{cell::OnceCell, cmp::Reverse, collections::BTreeMap};

use jiff::Zoned;
use maestria_vocabulary::{Argument, Clause, Effect, Probability, Span, ToolMatch, ToolSpec};
use serde_json::Value;

use super::Interpreter;
use crate::{
    extract::overlap,
    words::{identifier_words, stem},
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
            let passage = OnceCell::new();
            let likely = |finder: &ToolSpec| {
                let known = clause.tools.iter().find(|other| other.tool == finder.id);
                known.map_or(Probability::ZERO, |known| known.confidence)
            };
            let Some(found) = clause.tools.first() else { continue };
            let mut found_by: BTreeMap<String, Vec<ToolMatch>> = BTreeMap::new();
            for (name, _) in tool.parameters().filter(|(name, schema)| is_lacking(tool, name, schema, found)) {
                let finders = self.selector.tools().filter(|finder| finder.id != tool.id && finds(finder, name, tool));
                for finder in finders.take(MOST) {
                    let passage = passage.get_or_init(|| self.passage(text, clause.span, now));
                    let extraction = self.extractor.extract_from(finder, passage);
                    let is_free = |argument: &Argument| {
                        let others = found.arguments.iter().filter(|other| other.parameter != name);
                        !others.map(|other| &other.span).chain(&of_others).any(|span| overlap(*span, argument.span))
                            && !is_aim(text, finder, argument)
                    };
                    let arguments: Vec<Argument> = extraction.arguments.into_iter().filter(is_free).collect();
                    let is_said = found.arguments.iter().any(|argument| argument.parameter == name);
                    let tells = |argument: &Argument| {
                        argument.value.is_string()
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

/// Whether a tool requires a parameter that is a number of a thing, and nothing is said for it but words.
fn is_lacking(tool: &ToolSpec, name: &str, schema: &Value, found: &ToolMatch) -> bool {
    let described = schema.get("description").and_then(Value::as_str).unwrap_or_default().to_lowercase();
    let may_be_name = described.split(|c: char| !c.is_alphabetic()).any(|word| word == "name");
    let mut said = found.arguments.iter().filter(|argument| argument.parameter == name);
    tool.requires(name)
        && (numbers(name) || takes_address(tool, name, schema))
        && !may_be_name
        && schema.get("enum").is_none()
        && said.all(|argument| {
            argument.value.as_str().is_some_and(if numbers(name) { is_only_words } else { is_no_address })
        })
}

/// Whether a name is that of a number by which things are called.
fn numbers(name: &str) -> bool {
    const ALONE: &[&str] = &["id", "sku", "isbn", "uuid", "guid"];
    const BEHIND: &[&str] = &["number", "no", "ref", "reference", "code", "key", "uid"];
    match identifier_words(name).as_slice() {
        [.., last] if ALONE.contains(&last.as_str()) => true,
        [_, .., last] => BEHIND.contains(&last.as_str()),
        _ => false,
    }
}

/// Whether a parameter takes the address to which a mail goes.
fn takes_address(tool: &ToolSpec, name: &str, schema: &Value) -> bool {
    let is_sent = || identifier_words(tool.id.as_str()).iter().any(|word| matches!(word.as_str(), "mail" | "email"));
    match schema.get("format").and_then(Value::as_str) {
        Some(format) => format == "email",
        None => matches!(name, "to" | "recipient") && is_sent(),
    }
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

/// Whether a tool looks for what a parameter is a number of, or for anything by its words.
fn is_about(finder: &ToolSpec, by: &str, name: &str) -> bool {
    const ANY: &[&str] = &["query", "q", "text", "search", "keyword", "keywords", "term", "terms", "title", "subject"];
    let nouns = identifier_words(finder.id.as_str());
    let is_noun = |noun: &String| nouns.iter().any(|other| stem(other) == stem(noun));
    ANY.contains(&by) || identifier_words(name).first().is_some_and(is_noun)
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
