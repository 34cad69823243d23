//! What words say of the order of pieces: "then", "finally", "back it up first".

use maestria_vocabulary::Span;

use super::{parts::THEN, piece::Piece, subordinate::in_quotes};
use crate::{material::reported, words::words};

/// Whether the words between two pieces put the second after the first.
pub(super) fn says_then(text: &str, from: usize, to: usize) -> bool {
    const ORDER: &[&str] = &["then", "afterwards", "after", "finally", "next", "once", "thereafter", "subsequently"];
    let gap = text.get(from..to).unwrap_or_default().to_lowercase();
    gap.split(|c: char| !c.is_alphabetic()).any(|word| ORDER.contains(&word))
}

/// Whether a wish begins with words that put it after what was said before it: "and finally post it".
pub(super) fn begins_with_then(wish: &str) -> bool {
    const JOINTS: &[&str] = &["and", "but", "so", "only", "please"];
    let first = words(wish).map(|word| word.lower()).find(|word| !JOINTS.contains(&word.as_str()));
    first.is_some_and(|word| THEN.contains(&word.as_str()))
}

/// Has a piece that ends with "first" come before what is said before it: "drop it but back it up first".
pub(super) fn put_first(text: &str, pieces: &mut [Piece]) {
    for place in 1..pieces.len() {
        let Some((before, [piece, ..])) = pieces.split_at_mut_checked(place) else { return };
        let Some(last) = before.iter_mut().rfind(|piece| !piece.bond.only_finds_out) else { continue };
        let is_free = last.bond.after.is_empty() && piece.bond.after.is_empty() && last.span.end <= piece.span.start;
        if is_free && last.bond.when.is_none() && !piece.bond.only_finds_out && is_said_first(text, piece.span) {
            last.bond.after.push(piece.span);
        }
    }
}

/// Whether a piece ends with words that put it before others, and are neither quoted nor told to others, nor say how a list is sorted.
fn is_said_first(text: &str, span: Span) -> bool {
    const FIRST: &[&str] = &["first", "beforehand"];
    const OTHER: &[&str] = &[
        "the", "its", "my", "our", "his", "her", "their", "on", "at", "your", "for", "comes", "come", "was", "is", "be",
    ];
    const DENIES: &[&str] = &["not", "don't", "don’t", "dont", "never"];
    let said: Vec<_> = words(span.of(text).unwrap_or_default()).collect();
    let [.., before, last] = said.as_slice() else { return false };
    let at = span.start + last.span.start;
    let before = before.lower();
    let is_told = || reported(text).iter().any(|told| told.start <= at && at < told.end);
    FIRST.contains(&last.lower().as_str())
        && !OTHER.contains(&before.as_str())
        && !before.ends_with("est")
        && !said.iter().any(|word| DENIES.contains(&word.lower().as_str()))
        && !in_quotes(text, at)
        && !is_told()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_to_be_first_is_first() {
        let check = |text: &str, expected: bool| {
            let (first, second) = text.split_once('|').unwrap();
            let end = first.trim_end_matches([' ', ',', '.']).len();
            let spans = [Span { start: 0, end }, Span { start: first.len() + 1, end: first.len() + 1 + second.len() }];
            let mut pieces = spans.map(|span| Piece::new(text, span));
            put_first(text, &mut pieces);
            assert_eq!(pieces[0].bond.after == [spans[1]], expected, "{text}");
        };
        check("deploy b |but back it up first", true);
        check("Deploy b. |Check the load first", true);
        check("delete the notes |and list the notes, newest first", false);
        check("drop it |and mail \"back it up first\"", false);
        check("cancel A |and refund B, but not B first", false);
        check("book a |and take the first", false);
    }
}
