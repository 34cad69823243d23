//! A request to one tool with the places of its values.

use jiff::Zoned;
use maestria::{
    Classifier, Span, ToolSpec,
    intent::{AnnotatedRequest, Interpreter, Said, number_word},
};

use crate::Result;

/// A request, owned.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) source: &'static str,
    pub(crate) held_out: bool,
    pub(crate) tool: ToolSpec,
    pub(crate) text: String,
    pub(crate) within: Span,
    pub(crate) values: Vec<(String, Said)>,
    pub(crate) now: Option<Zoned>,
    /// What else the request says: the places of further items of lists, and the names of parameters whose value stands in no one place.
    pub(crate) others: Vec<(String, Option<Span>)>,
    /// The words that say each value, whatever the form of the value, where an annotator has marked them.
    pub(crate) said: Vec<(String, Span)>,
}

impl Request {
    pub(crate) fn annotated(&self) -> AnnotatedRequest<'_> {
        AnnotatedRequest {
            tool: &self.tool,
            text: &self.text,
            within: self.within,
            values: self.values.iter().map(|(name, said)| (name.as_str(), said.clone())).collect(),
            now: self.now.as_ref(),
        }
    }

    /// The same in small letters, as many people type.
    pub(crate) fn in_small_letters(&self) -> Self {
        Self {
            text: self.text.to_ascii_lowercase(),
            tool: self.tool.clone(),
            values: self.values.clone(),
            now: self.now.clone(),
            others: self.others.clone(),
            said: self.said.clone(),
            ..*self
        }
    }
}

/// Where a value stands first in a text, see [`places`].
pub(crate) fn place(text: &str, value: &str) -> Option<Span> {
    places(text, value).first().copied()
}

/// Where a value stands in a text, whatever its case, as whole words.
pub(crate) fn places(text: &str, value: &str) -> Vec<Span> {
    let (lower, value) = (text.to_lowercase(), value.trim().to_lowercase());
    if value.is_empty() || lower.len() != text.len() {
        return Vec::new();
    }
    let whole_words = |(start, found): (usize, &str)| {
        let end = start + found.len();
        let before = lower.get(..start)?.chars().next_back();
        let behind = lower.get(end..)?.chars().next();
        let apart = |c: Option<char>| !c.is_some_and(char::is_alphanumeric);
        (apart(before) && apart(behind)).then_some(Span { start, end })
    };
    lower.match_indices(&value).filter_map(whole_words).collect()
}

/// Where one word writes a number, in digits or as a numeral.
pub(crate) fn places_of_number(text: &str, number: f64) -> Vec<Span> {
    let words = text.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
    let writing = words.filter(|word| number_word(word) == Some(number));
    let span = |word: &str| {
        let start = word.as_ptr() as usize - text.as_ptr() as usize;
        Span { start, end: start + word.len() }
    };
    writing.map(span).collect()
}

/// Splits requests into clauses, each of one wish.
#[derive(Debug)]
pub(crate) struct Clauses(Interpreter);

impl Clauses {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self(Interpreter::new(Classifier::embedded()?, [])?))
    }

    /// The clause that holds most of these places, the first among equals; the whole text if it has no clauses.
    pub(crate) fn of(&self, text: &str, places: &[Span]) -> Result<Span> {
        let inside = |clause: &Span| {
            places.iter().filter(|place| clause.start <= place.start && place.end <= clause.end).count()
        };
        let clauses = self.0.interpret(text)?.clauses;
        let whole = Span { start: 0, end: text.len() };
        Ok(clauses.iter().rev().map(|clause| clause.span).max_by_key(inside).unwrap_or(whole))
    }
}
