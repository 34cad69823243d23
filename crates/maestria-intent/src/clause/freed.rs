//! Words that free what follows them of a premise: "either way tell Rhys".

use maestria_vocabulary::Span;

use super::{
    piece::{Piece, ends_sentence, without_joint},
    subordinate::in_quotes,
};
use crate::words::words;

/// Whether the premise of a piece, if it stands before it, holds for this part of the piece too.
pub(super) fn is_under_premise(text: &str, piece: &Piece, part: Span) -> bool {
    let leads = piece.bond.when.as_ref().is_some_and(|premise| premise.span.end <= piece.span.start);
    let is_freed =
        ends_sentence(text, piece.span.start, part.start) || is_unconditional(part.of(text).unwrap_or_default());
    !(leads && is_freed)
}

/// A span cut before the words that free what follows of a premise: "post it, either way tell Rhys".
pub(super) fn at_unconditional(text: &str, span: Span) -> Vec<Span> {
    let part = span.of(text).unwrap_or_default();
    let starts = words(part).skip(1).map(|word| word.span.start);
    let mut frees = starts.filter(|at| {
        let freed = part.get(*at..).unwrap_or_default();
        FREEING.iter().any(|phrase| begins_with(freed, phrase)) && !in_quotes(text, span.start + at)
    });
    let Some(at) = frees.next() else { return vec![span] };
    let before =
        part.get(..at).unwrap_or_default().trim_end_matches(|c: char| !c.is_alphanumeric() && c != '"' && c != '”');
    let first = without_joint(text, Span { start: span.start, end: span.start + before.len() });
    vec![first, Span { start: span.start + at, ..span }]
}

fn begins_with(text: &str, phrase: &str) -> bool {
    let said: Vec<String> = words(text).take(3).map(|word| word.lower()).collect();
    said.join(" ").starts_with(phrase)
}

/// Words that free what follows them of a premise.
const FREEING: &[&str] = &[
    "either way",
    "in either case",
    "in any case",
    "in any event",
    "anyway",
    "regardless",
    "whatever it says",
    "no matter",
];

/// Whether a wish begins with words that free it of the premise before: "either way tell Rhys".
pub(super) fn is_unconditional(wish: &str) -> bool {
    let joint = words(wish).take_while(|word| matches!(word.lower().as_str(), "and" | "but" | "then")).last();
    let rest = wish.get(joint.map_or(0, |word| word.span.end)..).unwrap_or_default();
    FREEING.iter().any(|phrase| begins_with(rest, phrase))
}
