//! The words of a passage as features see them.

use super::super::{passage::Passage, phrase::PREPOSITIONS};
use crate::{
    clause::is_verb,
    words::{Word, stem},
};

/// Most words that are looked at.
const MOST_WORDS: usize = 96;

/// A word: what it is, what it looks like, and what stands before it.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Hash of the word in lower case.
    pub(super) word: u32,
    /// The stem, to be compared with those of parameters.
    pub(super) stem: String,
    pub(super) class: Class,
    pub(super) shape: Shape,
    /// The mark between this word and the one before, if any.
    pub(super) mark: Mark,
}

/// What a word does in a sentence, or what it is by its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Verb,
    Opener,
    Article,
    Pronoun,
    Joint,
    Moment,
    Number,
    Address,
    Identifier,
    Other,
}

/// How a word is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Lower,
    Capitalized,
    Capitals,
    Digits,
    Mixed,
}

/// What stands between two words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    None,
    Comma,
    /// A mark that ends a sentence or a part of it, or a line.
    Stop,
    Quote,
    Other,
}

/// Words that open a phrase beside the prepositions.
const OPENERS: &[&str] = &["is", "are", "was", "be", "than", "above", "below"];
const ARTICLES: &[&str] = &[
    "a", "an", "the", "my", "our", "your", "this", "these", "its", "some", "each", "every", "their", "his", "her",
    "any", "all",
];
const PRONOUNS: &[&str] = &[
    "it", "them", "me", "us", "you", "i", "we", "he", "she", "they", "him", "what", "which", "who", "that", "there",
    "here",
];
const JOINTS: &[&str] =
    &["and", "or", "then", "but", "so", "please", "because", "if", "when", "while", "also", "additionally"];

/// The words of a passage.
pub(super) fn tokens(passage: &Passage<'_>) -> Vec<Token> {
    let mut previous_end = passage.within.start;
    let words = passage.words.iter().take(MOST_WORDS);
    words
        .map(|word| {
            let gap = passage.text.get(previous_end..word.span.start).unwrap_or_default();
            previous_end = word.span.end;
            let lower = word.lower();
            Token {
                start: word.span.start,
                end: word.span.end,
                word: crc32fast::hash(lower.as_bytes()),
                stem: stem(word.text),
                class: class(word, &lower, passage),
                shape: shape(word.text),
                mark: mark(gap),
            }
        })
        .collect()
}

fn class(word: &Word<'_>, lower: &str, passage: &Passage<'_>) -> Class {
    if word.is_email() || word.is_link() || word.is_path() {
        Class::Address
    } else if passage.is_moment(word.span) {
        Class::Moment
    } else if passage
        .numbers
        .iter()
        .any(|number| number.span.start <= word.span.start && word.span.end <= number.span.end)
    {
        Class::Number
    } else if PREPOSITIONS.contains(&lower) || OPENERS.contains(&lower) {
        Class::Opener
    } else if ARTICLES.contains(&lower) {
        Class::Article
    } else if PRONOUNS.contains(&lower.split(['\'', '’']).next().unwrap_or_default()) {
        Class::Pronoun
    } else if JOINTS.contains(&lower) {
        Class::Joint
    } else if word.is_identifier() {
        Class::Identifier
    } else if is_verb(word) {
        Class::Verb
    } else {
        Class::Other
    }
}

fn shape(word: &str) -> Shape {
    let has = |test: fn(char) -> bool| word.chars().any(test);
    let (upper, lower, digit) = (has(char::is_uppercase), has(char::is_lowercase), has(|c| c.is_ascii_digit()));
    match (upper, lower, digit) {
        (false, false, true) => Shape::Digits,
        (_, _, true) => Shape::Mixed,
        (true, false, _) => Shape::Capitals,
        (true, true, _) if word.chars().next().is_some_and(char::is_uppercase) => Shape::Capitalized,
        (true, true, _) => Shape::Mixed,
        _ => Shape::Lower,
    }
}

/// Whether a character opens or closes a quotation; an apostrophe does between white space and a word.
pub(super) fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '«' | '»' | '`' | '\'' | '‘' | '’')
}

/// The strongest mark of a gap between words.
fn mark(gap: &str) -> Mark {
    if gap.contains(|c| c != '\'' && is_quote(c)) || gap.contains(" '") || gap.contains("' ") {
        Mark::Quote
    } else if gap.contains(['.', '!', '?', ';', ':', '\n', '(', ')']) {
        Mark::Stop
    } else if gap.contains(',') {
        Mark::Comma
    } else if gap.chars().all(char::is_whitespace) {
        Mark::None
    } else {
        Mark::Other
    }
}
