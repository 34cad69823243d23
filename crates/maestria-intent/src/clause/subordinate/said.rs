//! What the words of a subordinate clause tell of its kind: a state, a deed, a wish, or that something is over.

use maestria_vocabulary::Span;

use super::begins_sentence;
use crate::{clause::is_verb_form, words::Word};

/// Whether a subject follows "should", as it does where the word stands for "if": "should it be down".
pub(super) fn is_inverted(said: &[&str]) -> bool {
    const SUBJECTS: &[&str] = &[
        "it",
        "its",
        "the",
        "there",
        "this",
        "that",
        "any",
        "a",
        "an",
        "my",
        "our",
        "their",
        "his",
        "her",
        "he",
        "she",
        "they",
        "we",
        "you",
        "something",
        "anything",
        "somebody",
        "anybody",
    ];
    said.len() > 2 && said.first().is_some_and(|word| SUBJECTS.contains(word))
}

/// Whether the sentence around a place is a question: "what should it say", "where should we go?".
pub(super) fn asks(text: &str, all: &[Word<'_>], place: usize) -> bool {
    const ASKING: &[&str] = &["what", "when", "where", "who", "whom", "which", "why", "how", "whether"];
    let first = (0..=place).rev().find(|place| begins_sentence(text, all, *place)).unwrap_or_default();
    let before = all.get(first..place).unwrap_or_default();
    let rest = all.get(place).and_then(|word| text.get(word.span.end..)).unwrap_or_default();
    let mark = rest.find(['.', '!', '?', '\n', ';']).and_then(|at| rest.get(at..at + 1));
    mark == Some("?") || before.iter().any(|word| ASKING.contains(&word.lower().as_str()))
}

/// Whether somebody is to be told, so that what follows may say of what: "warn me when the rate is above 5".
pub(super) fn tells(before: &[Word<'_>]) -> bool {
    const TELLING: &[&str] = &[
        "alert",
        "alerts",
        "alarm",
        "ask",
        "call",
        "email",
        "flag",
        "give",
        "inform",
        "know",
        "let",
        "mail",
        "message",
        "monitor",
        "notification",
        "notify",
        "page",
        "ping",
        "remind",
        "reminder",
        "say",
        "send",
        "show",
        "tell",
        "text",
        "trigger",
        "warn",
        "warning",
        "watch",
        "write",
    ];
    before.iter().any(|word| TELLING.contains(&word.lower().as_str()))
}

/// Whether nothing is said but that what came before is over.
pub(super) fn is_done(said: &[&str]) -> bool {
    const DONE: &[&str] =
        &["done", "finished", "ready", "complete", "completed", "through", "over", "that", "this", "which"];
    const LINKS: &[&str] = &[
        "it",
        "it's",
        "that's",
        "that",
        "this",
        "is",
        "has",
        "have",
        "been",
        "are",
        "you're",
        "they",
        "they're",
        "all",
        "both",
        "which",
        "of",
        "these",
        "those",
        "them",
        "everything",
        "two",
        "three",
        "four",
        "steps",
        "things",
    ];
    said.iter().all(|word| DONE.contains(word) || LINKS.contains(word)) && said.iter().any(|word| DONE.contains(word))
}

/// Whether it says what the person wants, which nothing has to find out: "if I don't want to pay more than 220".
pub(super) fn says_a_wish(said: &[&str]) -> bool {
    const WISHES: &[&str] = &["want", "wanted", "prefer", "like", "wish", "need"];
    const BEFORE: &[&str] = &["don't", "don’t", "do", "not", "would"];
    let verb = match said {
        ["i" | "we", rest @ ..] => rest.iter().find(|word| !BEFORE.contains(word)),
        ["i'd" | "we'd", rest @ ..] => rest.first(),
        _ => None,
    };
    verb.is_some_and(|verb| WISHES.contains(verb))
}

/// Whether it only says of what came before how it is then: "it's gone", "they are on their way".
pub(super) fn speaks_of_it(said: &[&str]) -> bool {
    const LONGEST: usize = 5;
    let is_state = match said {
        ["it's" | "that's" | "they're", ..] => true,
        ["it" | "that" | "this" | "they", is, ..] => matches!(*is, "is" | "are" | "has" | "have"),
        _ => false,
    };
    is_state && said.len() <= LONGEST && !speaks_of_time(said)
}

/// Whether it says how something is, and not only when: "when a slot is found".
pub(super) fn says_state(said: &[&str]) -> bool {
    let is = said.iter().any(|word| ["is", "are", "there's", "it's", "isn't"].contains(word));
    let asks =
        said.first().is_some_and(|word| ["is", "are", "do", "does", "will", "can", "did", "should"].contains(word));
    is && !asks && !speaks_of_place(said)
}

/// Whether it says in one word how what was spoken of is: "it is unhealthy".
pub(super) fn says_how_it_is(said: &[&str]) -> bool {
    matches!(said, ["it", "is", _] | ["it's" | "it’s", _] | ["they", "are", _])
        && !is_done(said)
        && !speaks_of_time(said)
        && !speaks_of_place(said)
}

/// Whether a word in it is one of time.
fn speaks_of_time(said: &[&str]) -> bool {
    const TIMES: &[&str] = &[
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "noon",
        "midnight",
        "morning",
        "evening",
        "night",
        "dark",
        "late",
        "early",
        "time",
        "winter",
        "spring",
        "summer",
        "autumn",
    ];
    said.iter().any(|word| TIMES.contains(word) || word.starts_with(|c: char| c.is_ascii_digit()))
}

/// Whether a word in it tells where somebody is.
fn speaks_of_place(said: &[&str]) -> bool {
    said.iter().any(|word| matches!(*word, "home" | "back" | "here" | "there"))
}

/// Whether somebody does something in it: "you've moved it", "sending it".
pub(super) fn acts(inside: &[Word<'_>]) -> bool {
    inside.iter().take(6).any(is_verb_form) && inside.len() > 1
}

/// The clause from its verb on: "you've moved a to b" is "moved a to b".
pub(super) fn without_subject(inside: &[Word<'_>]) -> Option<Span> {
    const SUBJECTS: &[&str] = &["you", "you've", "i", "i've", "we", "we've", "have", "has", "having", "it", "they"];
    let from = inside.iter().position(|word| !SUBJECTS.contains(&word.lower().as_str()))?;
    Some(Span { start: inside.get(from)?.span.start, end: inside.last()?.span.end })
}
