//! The pieces of a passage that could be a value.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashSet},
};

use maestria_vocabulary::Span;

use super::{
    super::{passage::Passage, value::Reading},
    feature::{Feature, hash},
    likeness::Sums,
    token::{Class, Mark, Shape, Token, is_quote, tokens},
};

/// Most words of a piece, unless it reaches to the end of a sentence, stands in quotation marks, or a rule proposes it.
const MOST_WORDS: usize = 8;

/// A piece, and what it is like whatever the parameter.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) span: Span,
    /// Its first word, and the first behind it.
    pub(super) first: usize,
    pub(super) behind: usize,
    /// Hashes of its features, to be crossed with words of a parameter.
    pub(super) features: Vec<u32>,
    /// Whether its last word is written like a name, or it is quoted; and whether no mark divides it from the next word.
    pub(super) is_name: bool,
    /// Whether it is a number, what a number counts, or holds a path or an address.
    pub(super) is_of_a_form: bool,
    pub(super) behind_joined: bool,
    /// The piece in lower case.
    pub(super) text: String,
}

/// A piece proposed for one parameter.
#[derive(Debug, Clone)]
pub(super) struct Proposal<'a> {
    pub(super) candidate: Cow<'a, Candidate>,
    /// Its place among the runs of words, if it is one.
    pub(super) place: Option<usize>,
    /// In tenths, what a rule gives it; zero if none does.
    pub(super) rule: u32,
}

/// The words of a passage, and every run of them that could be a text, whatever the parameter.
#[derive(Debug)]
pub(in super::super) struct Pieces {
    pub(super) tokens: Vec<Token>,
    pub(super) runs: Vec<Candidate>,
    pub(super) sums: Sums,
}

impl Pieces {
    pub(in super::super) fn of(passage: &Passage<'_>) -> Self {
        let tokens = tokens(passage);
        let mut spans = BTreeSet::new();
        for (first, token) in tokens.iter().enumerate() {
            let mut words = 0;
            let run = tokens.iter().skip(first).take_while(|next| {
                words += 1;
                words == 1 || !matches!(next.mark, Mark::Stop | Mark::Quote)
            });
            let ends: Vec<usize> = run.map(|next| next.end).collect();
            for (&end, last) in ends.iter().zip(tokens.iter().skip(first)).take(MOST_WORDS) {
                if begins(token) && closes(last) || end == token.end && is_possessive(token) {
                    spans.insert((token.start, end));
                }
            }
            spans.extend(ends.last().map(|&end| (token.start, end)));
        }
        spans.extend(passage.phrases.iter().filter(|phrase| phrase.quoted).map(|p| (p.span.start, p.span.end)));
        let sums = Sums::of(passage, &tokens);
        let spans = spans.into_iter().map(|(start, end)| Span { start, end });
        let runs = spans.filter_map(|span| Some(Piece::at(span, passage, &tokens)?.candidate())).collect();
        Self { tokens, runs, sums }
    }

    /// All runs of words, and what rules propose besides.
    pub(super) fn proposals<'p>(&'p self, passage: &Passage<'_>, rules: &[Reading]) -> Vec<Proposal<'p>> {
        let rule = |span: Span| rules.iter().filter(|rule| rule.span == span).map(tenths).max().unwrap_or(0);
        let runs = self.runs.iter().enumerate();
        let mut all: Vec<Proposal<'p>> = runs
            .map(|(place, run)| Proposal { candidate: Cow::Borrowed(run), place: Some(place), rule: rule(run.span) })
            .collect();
        for reading in rules {
            if !all.iter().any(|known| known.candidate.span == reading.span) {
                all.extend(self.proposal(passage, reading.span, rule(reading.span)));
            }
        }
        all
    }

    /// The pieces that readings stand on, each once.
    pub(super) fn of_readings<'p>(&'p self, passage: &Passage<'_>, readings: &[Reading]) -> Vec<Proposal<'p>> {
        let mut all: Vec<Proposal<'p>> = Vec::new();
        for span in readings.iter().map(|reading| reading.span) {
            if !all.iter().any(|known| known.candidate.span == span) {
                let rule = readings.iter().filter(|reading| reading.span == span).map(tenths).max();
                all.extend(self.proposal(passage, span, rule.unwrap_or(0)));
            }
        }
        all
    }

    fn proposal<'p>(&'p self, passage: &Passage<'_>, span: Span, rule: u32) -> Option<Proposal<'p>> {
        if let Ok(place) = self.runs.binary_search_by_key(&(span.start, span.end), |run| (run.span.start, run.span.end))
        {
            let run = self.runs.get(place)?;
            return Some(Proposal { candidate: Cow::Borrowed(run), place: Some(place), rule });
        }
        let candidate = Piece::at(span, passage, &self.tokens)?.candidate();
        Some(Proposal { candidate: Cow::Owned(candidate), place: None, rule })
    }
}

fn tenths(reading: &Reading) -> u32 {
    (reading.score * 10.0) as u32
}

/// Whether a text may begin with a word, unless it is a whole sentence.
fn begins(token: &Token) -> bool {
    token.class != Class::Joint
}

/// Whether a word alone says whose something is.
fn is_possessive(token: &Token) -> bool {
    matches!(token.stem.as_str(), "my" | "our" | "your" | "his" | "her" | "their")
}

/// Whether a text may end with a word.
fn closes(token: &Token) -> bool {
    !matches!(token.class, Class::Article | Class::Opener | Class::Joint) || token.shape != Shape::Lower
}

/// A piece of a passage with the words around it.
struct Piece<'a> {
    passage: &'a Passage<'a>,
    tokens: &'a [Token],
    span: Span,
    /// Its first word, and the first behind it.
    first: usize,
    behind: usize,
}

impl<'a> Piece<'a> {
    /// The piece at a place, if it has words.
    fn at(span: Span, passage: &'a Passage<'a>, tokens: &'a [Token]) -> Option<Self> {
        let first = tokens.partition_point(|token| token.end <= span.start);
        let behind = tokens.partition_point(|token| token.start < span.end);
        (first < behind).then_some(Self { passage, tokens, span, first, behind })
    }

    fn candidate(&self) -> Candidate {
        let text = self.passage.at(self.span).to_lowercase();
        let last = self.behind.checked_sub(1).and_then(|last| self.tokens.get(last));
        let is_quoted = self.is_quoted();
        Candidate {
            span: self.span,
            first: self.first,
            behind: self.behind,
            features: self.features(&text, is_quoted),
            is_name: is_quoted || last.is_some_and(|last| last.shape != Shape::Lower),
            is_of_a_form: !is_quoted && (self.is_counted() || self.has_address()),
            behind_joined: self.tokens.get(self.behind).is_some_and(|next| next.mark == Mark::None),
            text,
        }
    }

    fn features(&self, text: &str, is_quoted: bool) -> Vec<u32> {
        let none = 0;
        let word =
            |place: Option<usize>| place.and_then(|place| self.tokens.get(place)).map_or(none, |token| token.word);
        let class = |place: Option<usize>| {
            place.and_then(|place| self.tokens.get(place)).map_or(99, |token| token.class as u32)
        };
        let (left, left2) = (self.first.checked_sub(1), self.first.checked_sub(2));
        let (first, last, right) = (Some(self.first), self.behind.checked_sub(1), Some(self.behind));
        let inside = self.tokens.get(self.first..self.behind).unwrap_or_default();
        let length = (inside.len() as u32).min(9);
        let shapes = shapes(inside);
        // A word whose mark is a stop belongs to another sentence.
        let cut = |place: Option<usize>| {
            place.and_then(|place| self.tokens.get(place)).map_or(Mark::Stop, |token| token.mark) as u32
        };
        let opener = self.opener();
        let features = [
            (Feature::Left, word(left), 0),
            (Feature::LeftTwo, word(left), word(left2)),
            (Feature::Right, word(right), cut(right)),
            (Feature::LeftRight, word(left), word(right)),
            (Feature::LeftClass, class(left), cut(first)),
            (Feature::RightClass, class(right), cut(right)),
            (Feature::Classes, class(left) * 100 + class(right), cut(first) * 10 + cut(right)),
            (Feature::LeftTwoClass, class(left2), class(left)),
            (Feature::First, word(first), 0),
            (Feature::Last, word(last), 0),
            (Feature::FirstClass, class(first), class(last)),
            (Feature::LeftFirst, word(left), class(first)),
            (Feature::Length, length, u32::from(is_quoted)),
            (Feature::Shapes, shapes, length.min(3)),
            (Feature::Quoted, u32::from(is_quoted), class(left)),
            (Feature::Extends, self.extends(), shapes),
            (Feature::Opener, opener, 0),
            (Feature::OpenerShape, opener, shapes),
            (Feature::Verb, self.verb(), u32::from(self.is_object())),
            (Feature::Contains, contains(inside), length.min(3)),
            (Feature::Whole, crc32fast::hash(text.as_bytes()), 0),
        ];
        let bag = inside.iter().take(MOST_WORDS).map(|token| hash(Feature::Inside, token.word, 0));
        features.into_iter().map(|(feature, a, b)| hash(feature, a, b)).chain(bag).collect()
    }

    /// Whether it is a quotation as a whole, or part of one.
    fn is_quoted(&self) -> bool {
        let before = self.passage.text.get(..self.span.start).unwrap_or_default();
        let behind = self.passage.text.get(self.span.end..).unwrap_or_default();
        let near = |text: &str, last: bool| {
            let c = if last { text.chars().next_back() } else { text.chars().next() };
            c.is_some_and(is_quote)
        };
        near(before, true) && near(behind.trim_start_matches(['.', ',', '!', '?']), false)
    }

    /// Whether its words are numbers, or it follows one at once.
    fn is_counted(&self) -> bool {
        let is_number = |token: &Token| token.class == Class::Number;
        let inside = self.tokens.get(self.first..self.behind).unwrap_or_default();
        let follows = self.first.checked_sub(1).and_then(|before| self.tokens.get(before)).is_some_and(is_number)
            && inside.first().is_some_and(|first| first.mark == Mark::None && first.class == Class::Other);
        follows || inside.iter().all(is_number)
    }

    fn has_address(&self) -> bool {
        let inside = self.tokens.get(self.first..self.behind).unwrap_or_default();
        inside.iter().any(|token| token.class == Class::Address)
    }

    /// The last word before it that opens a phrase, with nothing but articles between.
    fn opener(&self) -> u32 {
        let before = self.tokens.get(..self.first).unwrap_or_default();
        let named = before.iter().rev().take(3).find(|token| token.class != Class::Article);
        named.filter(|token| token.class == Class::Opener).map_or(0, |token| token.word)
    }

    /// The last verb before it.
    fn verb(&self) -> u32 {
        let before = self.tokens.get(..self.first).unwrap_or_default();
        before.iter().rev().find(|token| token.class == Class::Verb).map_or(0, |token| token.word)
    }

    /// Whether a verb stands before it with nothing but articles between.
    fn is_object(&self) -> bool {
        let before = self.tokens.get(..self.first).unwrap_or_default();
        before.iter().rev().find(|token| token.class != Class::Article).is_some_and(|token| token.class == Class::Verb)
    }

    /// Whether the words beside it are written like it, so that it is only a part of a name.
    fn extends(&self) -> u32 {
        let shape = |place: Option<usize>| place.and_then(|place| self.tokens.get(place)).map(|token| token.shape);
        let named = |shape: Option<Shape>| matches!(shape, Some(Shape::Capitalized | Shape::Capitals));
        let joined = self.tokens.get(self.behind).is_some_and(|token| token.mark == Mark::None);
        let joins = self.tokens.get(self.first).is_some_and(|token| token.mark == Mark::None);
        let left = joins && self.first > 1 && named(shape(self.first.checked_sub(1))) && named(shape(Some(self.first)));
        let right = joined && named(shape(Some(self.behind))) && named(shape(self.behind.checked_sub(1)));
        u32::from(left) * 2 + u32::from(right)
    }
}

/// How the words are written, if all alike.
fn shapes(tokens: &[Token]) -> u32 {
    let kinds: HashSet<u32> = tokens.iter().map(|token| token.shape as u32).collect();
    match kinds.iter().next() {
        Some(kind) if kinds.len() == 1 => *kind,
        _ => 50 + tokens.first().map_or(0, |token| token.shape as u32),
    }
}

/// Which kinds of words are among these, but for the first.
fn contains(tokens: &[Token]) -> u32 {
    tokens.iter().skip(1).fold(0, |found, token| found | 1 << token.class as u32)
}
