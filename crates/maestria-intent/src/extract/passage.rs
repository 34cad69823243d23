//! The piece of a request that arguments are read from, taken apart once for all parameters of a tool.

use std::collections::HashSet;

use jiff::Zoned;
use maestria_vocabulary::{Embedder, Embedding, Span, ToolSpec};
use serde_json::Value;

use super::{
    moment::{Moment, moments},
    number::{Quantity, quantities},
    overlap,
    phrase::{Phrase, phrases},
    span::SpanModel,
};
use crate::{
    StaticEmbedder,
    words::{Word, identifier_words, stem, words},
};

/// Most of a piece that is read, in bytes: beyond it there is material, and every parameter looks at every word.
pub(super) const LONGEST: usize = 4096;

/// A piece of a request with its words, phrases, numbers and moments.
#[derive(Debug)]
pub(super) struct Passage<'a> {
    pub(super) text: &'a str,
    pub(super) within: Span,
    pub(super) words: Vec<Word<'a>>,
    pub(super) phrases: Vec<Phrase<'a>>,
    pub(super) numbers: Vec<Quantity>,
    pub(super) moments: Vec<Moment>,
    /// Stems that name the tool and what it does: they say nothing of its arguments.
    pub(super) tool_stems: HashSet<String>,
    pub(super) tool: String,
    pub(super) now: Option<&'a Zoned>,
    /// What every parameter of the tool means.
    pub(super) meanings: Vec<(String, Embedding)>,
    /// What tells which piece is the value of a text parameter; without it rules do.
    pub(super) model: Option<&'a SpanModel>,
}

impl<'a> Passage<'a> {
    pub(super) fn new(tool: &ToolSpec, text: &'a str, within: Span, now: Option<&'a Zoned>) -> Self {
        let end = text.floor_char_boundary(within.end.min(within.start.saturating_add(LONGEST)));
        let within = Span { start: within.start, end };
        let inside = |word: &Word<'_>| within.start <= word.span.start && word.span.end <= within.end;
        let all: Vec<Word<'a>> = words(text).filter(inside).collect();
        let moments = moments(&all, now);
        let mut numbers = quantities(&all);
        numbers.retain(|number| !moments.iter().any(|moment| overlap(moment.span, number.span)));
        let named = identifier_words(tool.id.as_str());
        let tool_stems =
            words(&tool.description).map(|word| stem(word.text)).chain(named.iter().map(|word| stem(word))).collect();
        Self {
            text,
            within,
            phrases: phrases(text, within),
            words: all,
            numbers,
            moments,
            tool_stems,
            tool: tool.id.to_string(),
            now,
            meanings: meanings(tool),
            model: None,
        }
    }

    /// The same, read with a model.
    pub(super) fn with_model(self, model: Option<&'a SpanModel>) -> Self {
        Self { model, ..self }
    }

    /// What stands in the request at `span`.
    pub(super) fn at(&self, span: Span) -> &'a str {
        span.of(self.text).unwrap_or_default()
    }

    /// The word before a place, in lower case; empty at the beginning.
    pub(super) fn before(&self, start: usize) -> String {
        self.words.iter().rev().find(|word| word.span.end <= start).map(Word::lower).unwrap_or_default()
    }

    /// Whether a span belongs to a date or a time of day.
    pub(super) fn is_moment(&self, span: Span) -> bool {
        self.moments.iter().any(|moment| overlap(moment.span, span))
    }

    /// Whether a word names the tool or what it does.
    pub(super) fn is_of_tool(&self, word: &Word<'_>) -> bool {
        self.tool_stems.contains(&stem(word.text))
    }
}

/// What the parameters of a tool mean: the embeddings of their names with their descriptions.
fn meanings(tool: &ToolSpec) -> Vec<(String, Embedding)> {
    let described = tool.parameters().map(|(name, schema)| {
        let description = schema.get("description").and_then(Value::as_str).unwrap_or_default();
        (name.to_owned(), meaning(&format!("{}: {description}", identifier_words(name).join(" "))))
    });
    described.collect()
}

/// The embedding of a text by the encoder inside this crate; empty where that fails.
pub(super) fn meaning(text: &str) -> Embedding {
    let embedded = StaticEmbedder::embedded().ok().and_then(|embedder| embedder.embed(&[text]).ok()?.pop());
    embedded.unwrap_or_else(|| Embedding(Vec::new()))
}
