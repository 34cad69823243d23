//! Addresses of places: what stands behind a comma belongs to the street before it.

use maestria_vocabulary::Span;
use serde_json::json;

use super::{parameter::Parameter, passage::Passage, value::Reading};
use crate::words::Word;

/// A reading of a parameter that takes an address, with the town and the country behind it: "12 Baker Street, London".
pub(super) fn whole(parameter: &Parameter<'_>, passage: &Passage<'_>, reading: Reading) -> Reading {
    if !parameter.mentions(&["address"]) {
        return reading;
    }
    let span = with_town(passage, reading.span);
    let is_literal = reading.value == passage.said(reading.span);
    if span == reading.span || !is_literal {
        return reading;
    }
    Reading { value: json!(passage.said(span)), span, ..reading }
}

/// A span that begins with a street and its number, with what stands behind it, comma by comma.
fn with_town(passage: &Passage<'_>, span: Span) -> Span {
    const MOST_PARTS: usize = 4;
    let has_number = |span: Span| span.of(passage.text).is_some_and(|said| said.contains(|c: char| c.is_ascii_digit()));
    let mut whole = span;
    for _ in 0..MOST_PARTS {
        let behind = || passage.words.iter().filter(|word| word.span.start >= whole.end);
        let is_part = |word: &&Word<'_>| word.text.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit());
        let first = behind().next().filter(is_part);
        let gap = first.and_then(|first| passage.text.get(whole.end..first.span.start)).unwrap_or_default();
        if gap.trim() != "," || !has_number(whole) {
            break;
        }
        let mut end = whole.end;
        for word in behind().take_while(is_part) {
            let is_close = end == whole.end || passage.text.get(end..word.span.start) == Some(" ");
            if !is_close {
                break;
            }
            end = word.span.end;
        }
        whole.end = end;
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_town_belongs_to_the_street() {
        let check = |text: &str, said: &str, expected: &str| {
            let passage = Passage::new(text, Span { start: 0, end: text.len() }, None);
            let start = text.find(said).unwrap();
            let found = with_town(&passage, Span { start, end: start + said.len() });
            assert_eq!(found.of(text).unwrap(), expected, "{text}");
        };
        check("to 12 Baker Street, London and tell Ann", "12 Baker Street", "12 Baker Street, London");
        check("to 5 Rue X, 75001 Paris, France, please", "5 Rue X", "5 Rue X, 75001 Paris, France");
        check("to Oslo, Rome and Bern", "Oslo", "Oslo");
        check("to 12 Baker Street, then call", "12 Baker Street", "12 Baker Street");
    }
}
