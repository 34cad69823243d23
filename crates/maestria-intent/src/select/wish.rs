//! A wish as tools are looked up for it: as a whole, and piece by piece.

use std::collections::HashSet;

use maestria_vocabulary::{Embedder, Embedding};

use super::{
    document::{distinct, stems, weighed},
    kind::Named,
};
use crate::{
    Result,
    clause::{clauses, is_verb},
    words::{stem, words},
};

/// Most pieces that are looked up by themselves.
const MOST_PIECES: usize = 8;

/// Fewer words are no piece by themselves.
const LEAST_WORDS: usize = 3;

/// A wish, ready to be compared.
#[derive(Debug)]
pub(super) struct Wish {
    /// The whole, then the pieces if there are several.
    pub(super) parts: Vec<Part>,
    /// The stems of the whole that are rare enough to mean something, with how much each says.
    pub(super) content: Vec<(String, f64)>,
    /// All stems of the whole.
    pub(super) stems: HashSet<String>,
    /// The stem of the first verb with which people begin wishes.
    pub(super) verb: Option<String>,
    /// The things it names by what they look like.
    pub(super) named: Named,
}

/// The whole of a wish or a piece of it.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) embedding: Embedding,
    pub(super) stems: Vec<String>,
}

impl Wish {
    pub(super) fn read(text: &str, embedding: &Embedding, embedder: &dyn Embedder) -> Result<Self> {
        let pieces = pieces(text);
        let embeddings = if pieces.is_empty() { Vec::new() } else { embedder.embed(&pieces)? };
        let texts = std::iter::once(text).chain(pieces);
        let parts = texts.zip(std::iter::once(embedding.clone()).chain(embeddings));
        let parts: Vec<Part> =
            parts.map(|(text, embedding)| Part { embedding, stems: distinct(stems(text)) }).collect();
        let all = parts.first().map(|whole| whole.stems.clone()).unwrap_or_default();
        let mut content = weighed(all.clone());
        content.retain(|(stem, weight)| *weight >= LEAST_WEIGHT && !is_number(stem));
        let verb = words(text).find(is_verb).map(|word| stem(word.text));
        Ok(Self { content, stems: all.into_iter().collect(), verb, named: Named::of(text), parts })
    }
}

/// Stems that say less are "the", "please" and the like.
const LEAST_WEIGHT: f64 = 0.4;

fn is_number(stem: &str) -> bool {
    stem.chars().all(|c| c.is_ascii_digit())
}

/// The wishes and sentences of a text; none where it is but one.
fn pieces(text: &str) -> Vec<&str> {
    let clauses = clauses(text);
    let spans = clauses.iter().filter_map(|span| span.of(text));
    let sentences = spans.flat_map(|clause| clause.split(['.', '!', '?', ';', '\n']));
    let pieces: Vec<&str> =
        sentences.filter(|piece| piece.split_whitespace().nth(LEAST_WORDS - 1).is_some()).take(MOST_PIECES).collect();
    if pieces.len() > 1 { pieces } else { Vec::new() }
}
