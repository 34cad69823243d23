//! Addresses of places: what stands behind a comma belongs to the street before it.

use maestria_vocabulary::Span;
use serde_json::json;

use super::{overlap, parameter::Parameter, passage::Passage, value::Reading};
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

/// A part of a postal address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Street,
    Postcode,
    Town,
    Country,
}

/// Names of parts, as the properties of an address have them.
const PARTS: &[(&[&str], Part)] = &[
    (&["street", "street_address", "line1", "address_line", "address_line1", "streetAddress"], Part::Street),
    (&["postcode", "zip", "zip_code", "zipcode", "postal_code", "postalCode", "zipCode"], Part::Postcode),
    (&["city", "town"], Part::Town),
    (&["country"], Part::Country),
];

fn part_of(property: &Parameter<'_>) -> Option<Part> {
    PARTS.iter().find(|(names, _)| names.contains(&property.name)).map(|(_, part)| *part)
}

/// Whether an object is a postal address: it has a street and a town.
pub(super) fn is_postal(properties: &[Parameter<'_>]) -> bool {
    let has = |part: Part| properties.iter().any(|property| part_of(property) == Some(part));
    has(Part::Street) && has(Part::Town)
}

/// The parts of the first postal address of a passage for the properties of an object: "Rue Verte 12, 69003 Lyon, France". Nothing where there
/// is no street with a number, or no town behind it.
pub(super) fn parts(properties: &[Parameter<'_>], passage: &Passage<'_>) -> Option<Vec<Option<Reading>>> {
    let found = postal(passage)?;
    let reading = |property: &Parameter<'_>| {
        let part = part_of(property)?;
        let (_, span) = found.iter().find(|(other, _)| *other == part)?;
        Some(Reading { value: json!(passage.at(*span)), span: *span, score: SURE })
    };
    Some(properties.iter().map(reading).collect())
}

/// The score of a part of an address that is written as one.
const SURE: f64 = 0.95;

/// Words and ends of words that streets are called by.
const STREETS: &[&str] = &[
    "street",
    "st",
    "road",
    "rd",
    "avenue",
    "ave",
    "lane",
    "drive",
    "square",
    "court",
    "terrace",
    "boulevard",
    "rue",
    "via",
    "calle",
    "rua",
    "avenida",
    "platz",
    "weg",
    "allee",
    "straße",
    "strasse",
    "gatan",
    "gade",
    "vej",
    "straat",
    "laan",
    "ulica",
];

/// The parts of the only postal address: one with a postcode, or with a street that is called one, for "Model 3, Red" is none.
fn postal(passage: &Passage<'_>) -> Option<Vec<(Part, Span)>> {
    let is_street = |span: Span| {
        let said = passage.at(span).to_lowercase();
        said.split(' ')
            .any(|word| STREETS.iter().any(|street| word == *street || street.len() > 3 && word.ends_with(street)))
    };
    let is_sure = |parts: &Vec<(Part, Span)>| {
        parts.iter().any(|(part, span)| *part == Part::Postcode || *part == Part::Street && is_street(*span))
    };
    let mut found = addresses(passage).filter(is_sure);
    found.next().filter(|_| found.next().is_none())
}

/// Everything that has the form of a postal address.
fn addresses<'p>(passage: &'p Passage<'_>) -> impl Iterator<Item = Vec<(Part, Span)>> + 'p {
    let words = &passage.words;
    let is_name = move |word: &Word<'_>| word.text.starts_with(char::is_uppercase);
    let is_number = move |word: &Word<'_>| {
        let digits = word.text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        (1..=4).contains(&digits.len())
            && word.text.len() <= digits.len() + 1
            && digits.bytes().all(|b| b.is_ascii_digit())
    };
    let gap =
        move |left: &Word<'_>, right: &Word<'_>| passage.text.get(left.span.end..right.span.start).unwrap_or_default();
    let run = move |from: usize| {
        let mut to = from;
        while let [Some(word), Some(next)] = [words.get(to), words.get(to + 1)]
            && is_name(next)
            && gap(word, next) == " "
        {
            to += 1;
        }
        to
    };
    let is_day = move |word: &Word<'_>| passage.moments.iter().any(|moment| overlap(moment.span, word.span));
    words.iter().enumerate().filter(move |(_, word)| is_number(word) && !is_day(word)).filter_map(
        move |(place, number)| {
            // "Rue Verte 12", or "12 Baker Street".
            let named = |at: usize| words.get(at).filter(|word| is_name(word));
            let before = place.checked_sub(1).filter(|at| named(*at).is_some_and(|word| gap(word, number) == " "));
            let (first, last) = match before {
                Some(last) => {
                    let is_start = |at: &usize| {
                        let earlier = at.checked_sub(1);
                        earlier.is_none_or(|earlier| {
                            named(earlier).zip(words.get(*at)).is_none_or(|(a, b)| gap(a, b) != " ")
                        })
                    };
                    ((0..=last).rev().find(is_start)?, place)
                }
                None => (place, Some(run(place)).filter(|to| *to > place)?),
            };
            let street = Span { start: words.get(first)?.span.start, end: words.get(last)?.span.end };
            let mut found = vec![(Part::Street, street)];
            let mut at = last + 1;
            let linked = gap(words.get(last)?, words.get(at)?);
            let is_in = words.get(at).is_some_and(|word| word.lower() == "in");
            at += usize::from(is_in);
            if !is_in && linked.trim() != "," {
                return None;
            }
            let code = words
                .get(at)
                .filter(|word| word.text.len() >= 4 && word.text.bytes().all(|b| b.is_ascii_digit() || b == b'-'));
            if let Some(code) = code {
                found.push((Part::Postcode, code.span));
                at += 1;
            }
            let town = run(named(at).map(|_| at)?);
            found.push((Part::Town, Span { start: words.get(at)?.span.start, end: words.get(town)?.span.end }));
            if let Some(next) =
                named(town + 1).filter(|next| words.get(town).is_some_and(|town| gap(town, next).trim() == ","))
            {
                let end = words.get(run(town + 1))?.span.end;
                found.push((Part::Country, Span { start: next.span.start, end }));
            }
            Some(found)
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_postal_address_has_parts() {
        let check = |text: &str, expected: Option<&[&str]>| {
            let passage = Passage::new(text, Span { start: 0, end: text.len() }, None);
            let found = postal(&passage);
            let found: Option<Vec<&str>> = found.map(|parts| parts.iter().map(|(_, span)| passage.at(*span)).collect());
            assert_eq!(found.as_deref(), expected, "{text}");
        };
        check("to Rue Verte 12, 69003 Lyon, France", Some(&["Rue Verte 12", "69003", "Lyon", "France"]));
        check("she is at Storgatan 12 in 41138 Gothenburg.", Some(&["Storgatan 12", "41138", "Gothenburg"]));
        check("ship to 12 Baker Street, London", Some(&["12 Baker Street", "London"]));
        check("order 12 Bananas for Lyon", None);
        check("send the Model 3, Red to Bob", None);
        check("from Via Roma 1, Torino to Via Milano 2, Roma", None);
        check("", None);
    }

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
