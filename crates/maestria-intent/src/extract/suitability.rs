//! How well a tool suits a wish once its arguments are read: a tool that takes what the wish says is likelier meant than one that leaves it lying.

use std::collections::HashSet;

use maestria_vocabulary::{Clause, Probability, Span, ToolMatch, ToolSpec};
use serde_json::Value;

use super::overlap;
use crate::{
    select::rarity::weight,
    words::{Word, identifier_words, stem, words},
};

/// What speaks for a tool being meant by a wish, beside what the index of tools says: whether the tool's parameters take what the wish
/// says.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct Suitability {
    /// Logarithm of the odds that the index gives it, within `[-7, 7]`.
    pub log_odds: f64,
    /// One if the index knows no likelier tool for this wish.
    pub first: f64,
    /// Share of the required parameters that have a value; zero if nothing is required.
    pub filled: f64,
    /// Required parameters without a value, three at most.
    pub missing: f64,
    /// Other parameters with a value, three at most.
    pub optional: f64,
    /// Names, numbers, paths, addresses and quotations that no argument has, three at most.
    pub left: f64,
    /// Those that some argument has, three at most.
    pub taken: f64,
    /// Share of the content words, weighed by rarity, that stand in an argument, or in what the tool or a parameter says of itself.
    pub covered: f64,
    /// Share of those that stand in the name or the description of the tool.
    pub named: f64,
    /// Mean confidence of the arguments; zero without any.
    pub confidence: f64,
    /// Sum of their confidences, four at most.
    pub confidences: f64,
    /// One if nothing is required.
    pub free: f64,
    /// One if there is no argument.
    pub bare: f64,
}

/// Weights of [`Suitability::values`], then the constant: a logistic regression on the twelve likeliest tools for wishes of this project's
/// training cases. Printed by `cargo run --release --package maestria-benches --bin selection -- suit`.
const WEIGHTS: [f64; 14] =
    [0.795, 0.223, -0.757, -0.557, 0.238, -0.156, -0.130, 1.357, -1.136, 1.958, 0.908, -1.268, 2.261, -1.656];

/// Parameters whose words are looked at.
const MOST_PARAMETERS: usize = 64;

/// Words that say less are "the", "please" and the like.
const LEAST_WEIGHT: f64 = 0.4;

impl Suitability {
    /// Names of the [values](Self::values), in order.
    pub const NAMES: [&'static str; 13] = [
        "log_odds",
        "first",
        "filled",
        "missing",
        "optional",
        "left",
        "taken",
        "covered",
        "named",
        "confidence",
        "confidences",
        "free",
        "bare",
    ];

    /// What the arguments `found` for a tool say of it, as one of those that may serve a clause of `text`.
    #[must_use]
    pub fn of(found: &ToolMatch, tool: &ToolSpec, clause: &Clause, text: &str) -> Self {
        const MOST: usize = 3;
        let said = || found.arguments.iter().filter(|argument| argument.span.start < argument.span.end);
        let taken = |span: Span| said().any(|argument| overlap(argument.span, span));
        let listed = tool.input.get("required").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let names: HashSet<&str> = listed.iter().filter_map(Value::as_str).collect();
        let required = tool.parameters().filter(|(name, _)| names.contains(name)).count();
        let filled = said().filter(|argument| names.contains(argument.parameter.as_str())).count();
        let words = Content::of(text, clause.span);
        let (things, left): (Vec<Span>, Vec<Span>) = words.things.iter().partition(|span| taken(**span));
        let (own, parameters) = (stems_of_tool(tool), stems_of_parameters(tool));
        let all: f64 = words.content.iter().map(|(_, _, weight)| weight).sum();
        let share = |is: &dyn Fn(Span, &String) -> bool| {
            let there = words.content.iter().filter(|(span, stem, _)| is(*span, stem)).map(|(_, _, weight)| weight);
            if all > 0.0 { there.sum::<f64>() / all } else { 0.0 }
        };
        let confidences: f64 = said().map(|argument| argument.confidence.get()).sum();
        let odds = found.confidence.get().clamp(1e-3, 1.0 - 1e-3);
        Self {
            log_odds: (odds / (1.0 - odds)).ln(),
            first: f64::from(clause.tools.iter().all(|other| other.confidence <= found.confidence)),
            filled: if required > 0 { filled as f64 / required as f64 } else { 0.0 },
            missing: found.missing.len().min(MOST) as f64,
            optional: (said().count() - filled).min(MOST) as f64,
            left: left.len().min(MOST) as f64,
            taken: things.len().min(MOST) as f64,
            covered: share(&|span, stem| own.contains(stem) || parameters.contains(stem) || taken(span)),
            named: share(&|_, stem| own.contains(stem)),
            confidence: confidences / said().count().max(1) as f64,
            confidences: confidences.min(4.0),
            free: f64::from(required == 0),
            bare: f64::from(said().next().is_none()),
        }
    }

    /// The numbers that the probability rests on.
    #[must_use]
    pub fn values(&self) -> [f64; 13] {
        [
            self.log_odds,
            self.first,
            self.filled,
            self.missing,
            self.optional,
            self.left,
            self.taken,
            self.covered,
            self.named,
            self.confidence,
            self.confidences,
            self.free,
            self.bare,
        ]
    }

    /// The probability that the tool is meant.
    #[must_use]
    pub fn probability(&self) -> Probability {
        let values = self.values().into_iter().chain([1.0]);
        let log_odds: f64 = values.zip(WEIGHTS).map(|(value, weight)| value * weight).sum();
        Probability::saturating(1.0 / (1.0 + (-log_odds).exp()))
    }
}

/// The words of a clause that tell one wish from another.
struct Content {
    /// Where they stand, their stems, and how much they say.
    content: Vec<(Span, String, f64)>,
    /// What has a form of its own: numbers, paths, addresses, names and quotations.
    things: Vec<Span>,
}

impl Content {
    fn of(text: &str, within: Span) -> Self {
        let (mut content, mut things) = (Vec::new(), Vec::new());
        let inside = words(text).filter(|word| within.start <= word.span.start && word.span.end <= within.end);
        for (place, word) in inside.enumerate() {
            let stem = stem(word.text);
            let says = weight(&stem);
            if has_a_form(&word, place == 0, text) {
                things.push(word.span);
            }
            if says >= LEAST_WEIGHT {
                content.push((word.span, stem, says));
            }
        }
        Self { content, things }
    }
}

/// Whether a word is a number, a path, an address, a name, or begins a quotation.
fn has_a_form(word: &Word<'_>, first: bool, text: &str) -> bool {
    let before = text.get(..word.span.start).and_then(|before| before.chars().next_back());
    let is_name = || !first && word.text.chars().next().is_some_and(char::is_uppercase);
    let is_quoted = || before.is_some_and(|c| matches!(c, '"' | '“' | '«' | '‘' | '`'));
    word.text.chars().any(|c| c.is_ascii_digit())
        || word.is_path()
        || word.is_email()
        || word.is_link()
        || is_quoted()
        || is_name() && word.text != "I" && !word.text.starts_with("I'")
}

fn stems_of_tool(tool: &ToolSpec) -> HashSet<String> {
    let name = identifier_words(tool.id.as_str()).into_iter().map(|word| stem(&word));
    name.chain(words(&tool.description).map(|word| stem(word.text))).collect()
}

fn stems_of_parameters(tool: &ToolSpec) -> HashSet<String> {
    let described =
        |schema: &Value| schema.get("description").and_then(Value::as_str).map(str::to_owned).unwrap_or_default();
    let said = tool.parameters().take(MOST_PARAMETERS);
    let said = said.map(|(name, schema)| format!("{} {}", identifier_words(name).join(" "), described(schema)));
    said.flat_map(|said| words(&said).map(|word| stem(word.text)).collect::<Vec<_>>()).collect()
}
