//! Names as they are written: a run of words that begin with capitals is one name, and plain words beside a value are none of it.

use maestria_vocabulary::Span;
use serde_json::json;

use super::{
    overlap,
    parameter::{Kind, Parameter},
    passage::Passage,
    phrase::ARTICLES,
    role::{Form, role_of},
    slots::{others, put},
    span::odds_at,
    value::Reading,
};
use crate::{clause::is_verb, words::Word};

/// The logarithm of the odds against a word from which on it is surely none of the value.
const SURELY: f32 = 3.0;

/// Completes the names among the settled values: "Brandt" of "Hausverwaltung Brandt", where no other value has the rest.
pub(super) fn complete(parameters: &[Parameter<'_>], passage: &Passage<'_>, settled: &mut [Option<Reading>]) {
    for (place, parameter) in parameters.iter().enumerate().filter(|(_, parameter)| parameter.kind() == Kind::Text) {
        let Some(reading) = settled.get(place).and_then(Option::as_ref) else { continue };
        let others = others(settled, place);
        let is_free = |span: Span| !others.iter().any(|other| overlap(*other, span)) && !passage.is_moment(span);
        let span = whole(passage, reading.span, is_free);
        let value = json!(passage.said(span));
        if span != reading.span && reading.value == passage.said(reading.span) && parameter.allows(&value) {
            let completed = Reading { value, span, score: reading.score };
            put(settled, place, completed);
        }
    }
}

/// Cuts plain words off the ends of texts that the network of arguments surely takes for no part of the value: "called Falcon" of a
/// name. Sentences lose only several words, and only behind; what may stand for a result stays: "the sign-up link".
pub(super) fn trim(parameters: &[Parameter<'_>], passage: &Passage<'_>, settled: &mut [Option<Reading>]) {
    for (place, parameter) in parameters.iter().enumerate().filter(|(_, parameter)| parameter.kind() == Kind::Text) {
        let Some(reading) = settled.get(place).and_then(Option::as_ref) else { continue };
        let is_sentence = role_of(parameter).is_some_and(|(role, _)| role.form == Form::Sentence);
        let is_quoted = passage.phrases.iter().any(|phrase| phrase.quoted && overlap(phrase.span, reading.span));
        if is_quoted || reading.value != passage.said(reading.span) {
            continue;
        }
        let inside: Vec<&Word<'_>> = passage.words.iter().filter(|word| overlap(word.span, reading.span)).collect();
        let refers = inside.first().is_some_and(|first| {
            let lower = first.lower();
            !is_sentence
                && (ARTICLES.contains(&lower.as_str()) || matches!(lower.as_str(), "that" | "those" | "it" | "its"))
        });
        let refers = refers || matches!(passage.before(reading.span.start).as_str(), "each" | "every" | "its");
        let is_plain = |word: &Word<'_>| word.text.chars().all(char::is_lowercase);
        let is_beside = |word: &&&Word<'_>| {
            is_plain(word) && odds_at(parameter, passage, word.span).is_some_and(|odds| odds < -SURELY)
        };
        let before = if is_sentence { 0 } else { inside.iter().take_while(is_beside).count() };
        let behind = inside.iter().rev().take_while(is_beside).count();
        let behind = if is_sentence && behind < 2 { 0 } else { behind };
        if refers || before + behind == 0 || before + behind >= inside.len() {
            continue;
        }
        let kept = inside.get(before..inside.len() - behind).unwrap_or_default();
        let (Some(first), Some(last)) = (kept.first(), kept.last()) else { continue };
        let span = Span {
            start: if before == 0 { reading.span.start } else { first.span.start },
            end: if behind == 0 { reading.span.end } else { last.span.end },
        };
        // "The buyer of lot 4711" is not the lot.
        let is_of = inside.iter().take(before).any(|word| word.text == "of");
        let value = json!(passage.said(span));
        if parameter.allows(&value) && !is_of {
            let completed = Reading { value, span, score: reading.score };
            put(settled, place, completed);
        }
    }
}

/// A word without the ending that says whose the next one is.
fn bare(word: &str) -> &str {
    word.strip_suffix("'s").or_else(|| word.strip_suffix("’s")).unwrap_or(word)
}

/// A span with the words beside it that are written with capitals, if it is.
fn whole(passage: &Passage<'_>, span: Span, is_free: impl Fn(Span) -> bool) -> Span {
    let inside: Vec<usize> = (0..passage.words.len())
        .filter(|place| passage.words.get(*place).is_some_and(|word| overlap(word.span, span)))
        .collect();
    let (Some(&first), Some(&last)) = (inside.first(), inside.last()) else { return span };
    let last_inside = last;
    let word = |place: usize| passage.words.get(place);
    const NO_NAMES: &[&str] = &["i", "please", "thanks", "now", "today", "tomorrow", "asap", "and", "or", "dm"];
    let is_plain = |c: char| c.is_alphabetic() || matches!(c, '-' | '.');
    let is_name = |word: &Word<'_>| {
        !NO_NAMES.contains(&word.lower().as_str())
            && word.text.starts_with(char::is_uppercase)
            && bare(word.text).chars().all(is_plain)
    };
    let touches = |left: &Word<'_>, right: &Word<'_>| passage.text.get(left.span.end..right.span.start) == Some(" ");
    if !inside.iter().all(|place| word(*place).is_some_and(is_name)) {
        return span;
    }
    let begins = |place: usize| {
        let before = word(place).map_or("", |word| passage.text.get(..word.span.start).unwrap_or_default());
        let before = before.trim_end();
        before.is_empty() || before.ends_with(['.', '!', '?', ':', ';', '\n', '"', '“'])
    };
    let mut from = first;
    while let Some((left, right)) = from.checked_sub(1).and_then(|place| word(place).zip(word(from))) {
        // The first word of a sentence has a capital too.
        let may_be_verb = begins(from - 1) || is_verb(left);
        if bare(left.text) != left.text || !is_name(left) || may_be_verb || !touches(left, right) || !is_free(left.span)
        {
            break;
        }
        from -= 1;
    }
    let mut to = last;
    while let Some((left, right)) = word(to).zip(word(to + 1)) {
        // "Ann's Bob" are two.
        if bare(left.text) != left.text || !is_name(right) || !touches(left, right) || !is_free(right.span) {
            break;
        }
        to += 1;
    }
    word(from).zip(word(to)).map_or(span, |(first, last)| Span {
        start: first.span.start.min(span.start),
        end: if to == last_inside { span.end } else { last.span.start + bare(last.text).len() },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_whole() {
        let check = |text: &str, said: &str, expected: &str| {
            let passage = Passage::new(text, Span { start: 0, end: text.len() }, None);
            let start = text.find(said).unwrap();
            let found = whole(&passage, Span { start, end: start + said.len() }, |span| span.of(text) != Some("Rome"));
            assert_eq!(found.of(text).unwrap(), expected, "{text}");
        };
        check("pay Hausverwaltung Brandt now", "Brandt", "Hausverwaltung Brandt");
        check("pay Ann Lee Moss", "Lee", "Ann Lee Moss");
        check("Pay Brandt", "Brandt", "Brandt");
        check("Hotels. Trattoria Bella is nice", "Bella", "Bella");
        check("order QX7TRM I'd like", "QX7TRM", "QX7TRM");
        check("send Ann Rome guides", "Ann", "Ann");
        check("the red lamp", "red", "red");
        check("what is Haruka Ito's number", "Haruka", "Haruka Ito");
        check("take Ann's Honda", "Honda", "Honda");
        check("take Ann's Honda", "Ann", "Ann");
    }
}
