//! Names as they are written: a run of words that begin with capitals is one name.

use maestria_vocabulary::Span;
use serde_json::json;

use super::{
    overlap,
    parameter::{Kind, Parameter},
    passage::Passage,
    slots::{others, put},
    value::Reading,
};
use crate::{clause::is_verb, words::Word};

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

/// A span with the words beside it that are written with capitals, if it is.
fn whole(passage: &Passage<'_>, span: Span, is_free: impl Fn(Span) -> bool) -> Span {
    let inside: Vec<usize> = (0..passage.words.len())
        .filter(|place| passage.words.get(*place).is_some_and(|word| overlap(word.span, span)))
        .collect();
    let (Some(&first), Some(&last)) = (inside.first(), inside.last()) else { return span };
    let word = |place: usize| passage.words.get(place);
    const NO_NAMES: &[&str] = &["i", "please", "thanks", "now", "today", "tomorrow", "asap", "and", "or"];
    let is_plain = |c: char| c.is_alphabetic() || matches!(c, '-' | '.');
    let is_name = |word: &Word<'_>| {
        !NO_NAMES.contains(&word.lower().as_str())
            && word.text.starts_with(char::is_uppercase)
            && word.text.chars().all(is_plain)
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
        if !is_name(left) || may_be_verb || !touches(left, right) || !is_free(left.span) {
            break;
        }
        from -= 1;
    }
    let mut to = last;
    while let Some((left, right)) = word(to).zip(word(to + 1)) {
        if !is_name(right) || !touches(left, right) || !is_free(right.span) {
            break;
        }
        to += 1;
    }
    word(from).zip(word(to)).map_or(span, |(first, last)| Span {
        start: first.span.start.min(span.start),
        end: last.span.end.max(span.end),
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
    }
}
