//! Pieces that are done for each of several things: "for each of them", "all orders".

use maestria_vocabulary::Span;

use super::{
    is_imperative,
    piece::{Piece, ends_sentence},
    sequence::begins_with_then,
    subordinate::in_quotes,
    tagged::is_for_each,
};
use crate::words::{Word, words};

/// A span cut before a sentence that says for what the rest is done: "find the late tasks. For each of them, …".
pub(super) fn at_each(text: &str, span: Span) -> Vec<Span> {
    let part = span.of(text).unwrap_or_default();
    let all: Vec<Word<'_>> = words(part).collect();
    let begins = all.windows(2).find_map(|pair| {
        let [left, right] = pair else { return None };
        let gap = part.get(left.span.end..right.span.start)?;
        let is_cut = gap.contains(['.', '!', '?', ';', '\n']) && part.get(right.span.start..).is_some_and(is_for_each);
        (is_cut && !in_quotes(text, span.start + right.span.start)).then_some((left.span.end, right.span.start))
    });
    match begins {
        Some((end, start)) => vec![Span { end: span.start + end, ..span }, Span { start: span.start + start, ..span }],
        None => vec![span],
    }
}

/// Has what follows "for each invoice" in its sentence be done for each, where the words themselves ask for nothing else.
pub(super) fn spread_each(text: &str, pieces: &mut [Piece]) {
    let mut spread: Vec<Span> = Vec::new();
    for place in 1..pieces.len() {
        let Some((before, [next, ..])) = pieces.split_at_mut_checked(place) else { return };
        let Some(list) = before.last() else { return };
        let said: Vec<_> = words(&list.wish).collect();
        let is_list = is_for_each(&list.wish) || spread.contains(&list.span);
        let is_one = list.span.end <= next.span.start && !ends_sentence(text, list.span.end, next.span.start);
        // "Each order" and "each paid order" are no wishes.
        let asks = said.iter().enumerate().skip(3).any(|(at, word)| at + 1 < said.len() && is_imperative(word));
        let asks = asks && !spread.contains(&list.span);
        if is_list && is_one && !asks && !next.bond.only_finds_out && !begins_with_then(&next.wish) {
            next.bond.each = true;
            spread.push(next.span);
        }
    }
}

/// Whether a wish speaks of every one of several things.
pub(super) fn names_all(wish: &str) -> bool {
    const EACH: &[&str] = &["each", "every", "everything"];
    // "All day" and "at all" count nothing.
    const OTHER: &[&str] = &[
        "day",
        "night",
        "week",
        "morning",
        "afternoon",
        "evening",
        "year",
        "right",
        "clear",
        "together",
        "in",
        "set",
        "about",
        "good",
        "over",
        "along",
        "around",
        "well",
        "is",
        "are",
        "hands",
        "done",
        "at",
    ];
    let words: Vec<String> = words(wish).map(|word| word.lower()).collect();
    let all = words.windows(2).enumerate().any(|(place, pair)| {
        let is_at = place.checked_sub(1).and_then(|before| words.get(before)).is_some_and(|before| before == "at");
        matches!(pair, [all, next] if all == "all" && !is_at && !OTHER.contains(&next.as_str()))
    });
    let in_turn =
        words.windows(3).any(|run| matches!(run, [one, by, other] if one == "one" && by == "by" && other == "one"));
    all || in_turn || words.iter().any(|word| EACH.contains(&word.as_str()) || word.starts_with("*."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clause::piece::pieces;

    #[test]
    fn what_follows_for_each_is_done_for_each() {
        let check = |parts: &[&str], expected: &[bool]| {
            let text = parts.concat();
            let mut end = 0;
            let spans = parts.iter().map(|part| {
                let start = end;
                end += part.len();
                Span { start, end: start + part.trim_end_matches([' ', ',', '.']).len() }
            });
            let mut pieces: Vec<Piece> = spans.map(|span| Piece::new(&text, span)).collect();
            spread_each(&text, &mut pieces);
            assert_eq!(pieces.iter().map(|piece| piece.bond.each).collect::<Vec<_>>(), expected, "{text}");
        };
        check(&["for each paid order, ", "mail Ann"], &[false, true]);
        check(&["for every alert with a warning, ", "get the status"], &[false, true]);
        check(&["for each of them send a mail, ", "archive the list"], &[false, false]);
        check(&["for each paid order. ", "mail Ann"], &[false, false]);
        check(&["for Ann, ", "mail Bo"], &[false, false]);
    }

    #[test]
    fn what_is_done_for_all_is_noticed() {
        for all in ["translate each of them", "cancel all open orders"] {
            assert!(pieces(all).iter().all(|piece| piece.bond.each), "{all}");
        }
        for one in ["tell me all about it", "block all day", "is it free at all times"] {
            assert!(pieces(one).iter().all(|piece| !piece.bond.each), "{one}");
        }
    }
}
