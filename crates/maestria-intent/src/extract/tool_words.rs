//! The words of a tool, which tell what its parameters are for.

use std::{cell::OnceCell, collections::HashSet, rc::Rc};

use maestria_vocabulary::{Effect, ToolSpec};
use ndarray::Array2;
use serde_json::Value;

use super::{
    passage::Passage,
    span::{Likeness, Odds, meaning, rows},
};
use crate::words::{Word, identifier_words, stem, stemmed, words};

/// The words of a tool whose arguments are read from a passage.
#[derive(Debug)]
pub(super) struct ToolWords<'a> {
    pub(super) id: String,
    /// Stems of its name, and those that name it or what it does: they say nothing of its arguments.
    pub(super) name_stems: HashSet<String>,
    pub(super) stems: HashSet<String>,
    parameters: Vec<&'a str>,
    pub(super) spec: &'a ToolSpec,
    passage: &'a Passage<'a>,
    /// Stems of the names of the numbers that it takes.
    numbers: OnceCell<HashSet<String>>,
    beside: Rc<Beside>,
}

/// What the words of a passage say beside the parameters of a tool, found out when first asked for.
#[derive(Debug, Default)]
pub(super) struct Beside {
    meanings: OnceCell<Array2<f32>>,
    likeness: OnceCell<Likeness>,
    odds: OnceCell<Odds>,
}

impl<'a> ToolWords<'a> {
    pub(super) fn new(spec: &'a ToolSpec, passage: &'a Passage<'a>) -> Self {
        let name_stems: HashSet<String> = identifier_words(spec.id.as_str()).iter().map(|word| stem(word)).collect();
        let described = words(&spec.description).map(|word| stem(word.text));
        Self {
            id: spec.id.to_string(),
            stems: described.chain(name_stems.iter().cloned()).collect(),
            name_stems,
            parameters: spec.parameters().map(|(name, _)| name).collect(),
            spec,
            passage,
            numbers: OnceCell::new(),
            beside: passage.beside(&spec.id),
        }
    }

    /// Whether a word names the tool or what it does.
    pub(super) fn has(&self, word: &Word<'_>) -> bool {
        self.stems.contains(&*stemmed(word.text))
    }

    /// The stem of the first word of its name, which is mostly the verb for what it does.
    pub(super) fn verb(&self) -> Option<String> {
        identifier_words(self.spec.id.as_str()).first().map(|word| stem(word))
    }

    /// Whether its name or its description has one of `words`.
    pub(super) fn is_about(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.stems.contains(&*stemmed(word)))
    }

    /// Whether calling it changes nothing.
    pub(super) fn is_pure(&self) -> bool {
        self.spec.effect == Effect::Pure
    }

    /// Whether its name says that it gives something that is there.
    pub(super) fn gives(&self) -> bool {
        const GIVES: &[&str] =
            &["get", "list", "search", "find", "download", "export", "fetch", "show", "query", "read", "lookup"];
        self.verb().is_some_and(|verb| GIVES.iter().any(|gives| stem(gives) == verb))
    }

    /// The schemas of the parameters whose name has one of `words`.
    pub(super) fn parameters_named(&self, words: &[&str]) -> impl Iterator<Item = &Value> {
        let is_named = |name: &str| identifier_words(name).iter().any(|word| words.contains(&word.as_str()));
        self.spec.parameters().filter(move |(name, _)| is_named(name)).map(|(_, schema)| schema)
    }

    /// The words of the names of the numbers that it takes which have one of `words`.
    pub(super) fn numbers_named(&self, words: &[&str]) -> impl Iterator<Item = Vec<String>> {
        let numbers = self.spec.parameters().filter(|(_, schema)| takes_number(schema));
        let names = numbers.map(|(name, _)| identifier_words(name));
        names.filter(move |name| name.iter().any(|word| words.contains(&word.as_str())))
    }

    /// Whether it takes one number and no more.
    pub(super) fn has_one_number(&self) -> bool {
        self.spec.parameters().filter(|(_, schema)| takes_number(schema)).count() == 1
    }

    /// Whether the word of this stem names a number that it takes.
    pub(super) fn has_number_named(&self, word: &str) -> bool {
        let numbers = || self.spec.parameters().filter(|(_, schema)| takes_number(schema));
        let stems = || numbers().flat_map(|(name, _)| identifier_words(name)).map(|part| stem(&part)).collect();
        self.numbers.get_or_init(stems).contains(word)
    }

    /// The place of a parameter among those of the tool; none if it is a part of one.
    pub(super) fn place(&self, parameter: &str) -> Option<usize> {
        self.parameters.iter().position(|name| *name == parameter)
    }

    /// What the parameters mean: unit vectors `[parameters, dimension]` of their names with their descriptions.
    pub(super) fn meanings(&self) -> &Array2<f32> {
        self.beside.meanings.get_or_init(|| {
            let described = self.spec.parameters().map(|(name, schema)| {
                let description = schema.get("description").and_then(Value::as_str).unwrap_or_default();
                meaning(&format!("{}: {description}", identifier_words(name).join(" ")))
            });
            rows(&described.collect::<Vec<_>>())
        })
    }

    /// How alike each run of words of the passage is to each parameter.
    pub(super) fn likeness(&self) -> &Likeness {
        self.beside.likeness.get_or_init(|| self.passage.pieces().likeness(self.meanings()))
    }

    /// How likely each word of the passage belongs to each parameter.
    pub(super) fn odds(&self) -> &Odds {
        self.beside.odds.get_or_init(|| Odds::of(self.spec, self.passage))
    }
}

fn takes_number(schema: &Value) -> bool {
    matches!(schema.get("type").and_then(Value::as_str), Some("integer" | "number"))
}
