//! Where subordinate clauses end, and whether what follows depends on them.

use super::{begins_sentence, in_quotes, joined::second_premise};
use crate::{
    clause::{is_imperative, is_order},
    words::Word,
};

/// How many of `behind` belong to a subordinate clause: up to the comma, to the end of the sentence, or to the wish that follows.
pub(super) fn extent(text: &str, behind: &[Word<'_>], leads: bool) -> usize {
    const SUBJECTS: &[&str] = &["you", "i", "we", "they", "it", "he", "she", "not", "to", "be", "is", "are"];
    // "If it is still open, cancel it": what a mark follows is no wish.
    const LEADS: &[&str] = &["still", "just", "already", "currently", "now", "only", "yet", "really", "was", "been"];
    let mut joined = 0;
    for (place, pair) in behind.windows(2).enumerate() {
        let [left, right] = pair else { continue };
        if place < joined {
            continue;
        }
        let gap = text.get(left.span.end..right.span.start).unwrap_or_default();
        let quoted = in_quotes(text, right.span.start);
        let rest = behind.get(place + 1..).unwrap_or_default();
        if let Some(count) = second_premise(text, rest).filter(|_| leads && matches!(gap.trim(), "" | ",")) {
            joined = place + count;
            continue;
        }
        let ends = gap.contains(['.', '!', '?', ',', ';', ':', '\n', '→', '–', '—'])
            || right.text == "->"
            || right.text == "→";
        let next = behind.get(place + 2);
        let tells_somebody = is_order(right) && next.is_some_and(is_somebody);
        let rolls_back =
            right.lower() == "roll" && next.is_some_and(|next| matches!(&*next.lower(), "it" | "them" | "back"));
        let starts_wish = leads
            && place > 0
            && (is_imperative(right) || tells_somebody || rolls_back)
            && !SUBJECTS.contains(&left.lower().replace('’', "'").trim_end_matches("'s"))
            && !is_article(left)
            && !(LEADS.contains(&left.lower().as_str()) && ends_behind(text, right));
        let does_nothing = leads
            && right.lower() == "do"
            && behind.get(place + 2).is_some_and(|next| matches!(next.lower().as_str(), "nothing" | "not"));
        if !quoted && (ends || leads && right.lower() == "then" || starts_wish || does_nothing) {
            return place + 1;
        }
    }
    behind.len()
}

/// Whether a word stands for somebody.
fn is_somebody(word: &Word<'_>) -> bool {
    word.text.starts_with(char::is_uppercase) || matches!(&*word.lower(), "me" | "us" | "him" | "her" | "them")
}

/// Whether a wish follows a premise without a mark, "check it if its blocked take it out": behind how something is, an order with an object,
/// and before it nothing but what is to be looked up, which does not hang on it.
pub(super) fn runs_on(text: &str, all: &[Word<'_>], place: usize, behind: &[Word<'_>]) -> bool {
    const STATES: &[&str] = &[
        "down", "late", "zero", "public", "valid", "invalid", "low", "high", "negative", "positive", "open", "full",
        "empty", "true", "false", "out", "ok", "fine", "free", "busy",
    ];
    const LINKS: &[&str] = &[
        "is", "it's", "its", "was", "been", "be", "are", "they're", "theyre", "still", "not", "really", "that's",
        "thats",
    ];
    const LOOKING: &[&str] =
        &["check", "see", "look", "track", "show", "read", "is", "are", "what", "what's", "how", "has"];
    const OBJECTS: &[&str] = &["it", "them", "him", "her", "me", "us", "the", "my", "our", "that", "this"];
    let lower = |word: &Word<'_>| word.lower().replace('’', "'");
    let begins = (0..place).rev().find(|before| begins_sentence(text, all, *before));
    let looks_up =
        begins.and_then(|first| all.get(first)).is_some_and(|first| LOOKING.contains(&lower(first).as_str()));
    let (upto, whole) = (extent(text, behind, true), extent(text, behind, false));
    let word = |place: Option<usize>| place.and_then(|place| behind.get(place)).map(lower).unwrap_or_default();
    let (state, link) = (word(upto.checked_sub(1)), word(upto.checked_sub(2)));
    let is_state = state.ends_with("ed") || STATES.contains(&state.as_str());
    let object = behind.get(upto + 1);
    let acts = object.is_some_and(|word| is_somebody(word) || OBJECTS.contains(&lower(word).as_str()));
    looks_up && upto < whole && is_state && LINKS.contains(&link.as_str()) && acts
}

/// Whether a premise between commas is the second of two that each lead a wish: "if it rains, mail Ann, if it snows, leave it".
pub(super) fn goes_on(text: &str, all: &[Word<'_>], place: usize, behind: &[Word<'_>]) -> bool {
    let is_comma = |left: Option<&Word<'_>>, right: Option<&Word<'_>>| {
        let gap = left.zip(right).and_then(|(left, right)| text.get(left.span.end..right.span.start));
        gap.is_some_and(|gap| gap.trim_end().ends_with(','))
    };
    let begins = (0..place).rev().find(|before| begins_sentence(text, all, *before)).unwrap_or_default();
    // "Retry it if it failed, if it passed, merge it": what stands behind a wish has been said of that.
    let leads_already = all.get(begins).is_some_and(|first| first.lower() == "should")
        || all.get(begins..place).is_some_and(|before| {
            before.iter().any(|word| matches!(word.lower().as_str(), "if" | "unless" | "provided"))
        });
    let count = extent(text, behind, false);
    let order = behind.get(count);
    leads_already
        && is_comma(place.checked_sub(1).and_then(|before| all.get(before)), all.get(place))
        && is_comma(count.checked_sub(1).and_then(|last| behind.get(last)), order)
        && order.is_some()
}

/// Whether a mark follows a word.
fn ends_behind(text: &str, word: &Word<'_>) -> bool {
    let behind = text.get(word.span.end..).unwrap_or_default();
    behind.is_empty() || behind.starts_with(['.', '!', '?', ',', ';', ':', '\n'])
}

fn is_article(word: &Word<'_>) -> bool {
    const ARTICLES: &[&str] =
        &["the", "a", "an", "my", "our", "any", "no", "this", "that", "his", "her", "of", "in", "some"];
    ARTICLES.contains(&word.lower().as_str())
}
