//! The piece of a request that arguments are read from, taken apart once for all parameters of all tools.

use std::cell::OnceCell;

use jiff::Zoned;
use maestria_vocabulary::Span;

use super::{
    moment::{Moment, moments},
    number::{Quantity, quantities},
    overlap,
    phrase::{Phrase, phrases},
    span::{Pieces, SpanModel},
};
use crate::{
    tag::{ReadClause, arguments},
    words::{Word, words},
};

/// Most of a piece that is read, in bytes: beyond it there is material, and every parameter looks at every word.
pub(super) const LONGEST: usize = 4096;

/// A piece of a request with its words, phrases, numbers and moments.
#[derive(Debug)]
pub(crate) struct Passage<'a> {
    pub(super) text: &'a str,
    pub(super) within: Span,
    pub(super) words: Vec<Word<'a>>,
    pub(super) phrases: Vec<Phrase<'a>>,
    pub(super) numbers: Vec<Quantity>,
    pub(super) moments: Vec<Moment>,
    pub(super) now: Option<&'a Zoned>,
    /// What tells which piece is the value of a text parameter; without it rules do.
    pub(super) model: Option<&'a SpanModel>,
    pieces: OnceCell<Pieces>,
    read: OnceCell<Option<ReadClause>>,
}

impl<'a> Passage<'a> {
    pub(super) fn new(text: &'a str, within: Span, now: Option<&'a Zoned>) -> Self {
        let end = text.floor_char_boundary(within.end.min(within.start.saturating_add(LONGEST)));
        let within = Span { start: within.start, end };
        let inside = |word: &Word<'_>| within.start <= word.span.start && word.span.end <= within.end;
        let all: Vec<Word<'a>> = words(text).filter(inside).collect();
        let moments = moments(&all, now);
        let mut numbers = quantities(&all);
        numbers.retain(|number| !moments.iter().any(|moment| overlap(moment.span, number.span)));
        Self {
            text,
            within,
            phrases: phrases(text, within),
            words: all,
            numbers,
            moments,
            now,
            model: None,
            pieces: OnceCell::new(),
            read: OnceCell::new(),
        }
    }

    /// The same, read with a model.
    pub(super) fn with_model(self, model: Option<&'a SpanModel>) -> Self {
        Self { model, ..self }
    }

    /// Another piece of the same request, read with the same model.
    pub(super) fn of(&self, within: Span) -> Self {
        Self::new(self.text, within, self.now).with_model(self.model)
    }

    /// The whole request.
    pub(crate) fn text(&self) -> &'a str {
        self.text
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

    /// The runs of words in it, which are found when first asked for.
    pub(super) fn pieces(&self) -> &Pieces {
        self.pieces.get_or_init(|| Pieces::of(self))
    }

    /// What the network of parameters makes of it, which is found when first asked for.
    pub(super) fn read(&self) -> Option<&ReadClause> {
        let read = || arguments().map(|network| ReadClause::of(self.at(self.within), network));
        self.read.get_or_init(read).as_ref()
    }
}
