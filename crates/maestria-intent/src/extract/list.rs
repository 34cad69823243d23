//! Enumerations: "Ann, Bob and Carl", "3, 5 and 8", "[1, 2]".

use maestria_vocabulary::Span;
use serde_json::Value;

use super::{
    overlap,
    parameter::{Kind, Parameter},
    passage::Passage,
    value::{Reading, proposed},
};
use crate::words::Word;

/// The elements that a list parameter takes from one enumeration of the request.
pub(super) fn list(parameter: &Parameter<'_>, passage: &Passage<'_>) -> Vec<Reading> {
    let Some(element) = parameter.element() else { return Vec::new() };
    let kind = element.kind();
    if matches!(kind, Kind::List | Kind::Object | Kind::Other) {
        return Vec::new();
    }
    if kind == Kind::Option {
        return options(&element, passage).into_iter().collect();
    }
    let mut firsts = proposed(&element, passage);
    firsts.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.span.start.cmp(&b.span.start)));
    let pool = firsts.clone();
    let lists = firsts.into_iter().take(MOST_BEGINNINGS).map(|first| {
        let items = joined(&element, passage, &pool, first);
        let span = items.iter().fold(None::<Span>, |hull, item| {
            Some(hull.map_or(item.span, |hull| Span {
                start: hull.start.min(item.span.start),
                end: hull.end.max(item.span.end),
            }))
        });
        let score = items.first().map_or(0.0, |first| first.score) + if items.len() > 1 { 0.06 } else { 0.0 };
        (items, span, score.min(0.97))
    });
    let lists = lists.map(|(items, span, score)| {
        (items.into_iter().map(|item| as_address(item, passage)).collect::<Vec<_>>(), span, score)
    });
    let lists = lists.filter_map(|(items, span, score)| {
        Some(Reading { value: Value::Array(items.into_iter().map(|item| item.value).collect()), span: span?, score })
    });
    lists.collect()
}

/// All options that the request names.
fn options(element: &Parameter<'_>, passage: &Passage<'_>) -> Option<Reading> {
    let named: Vec<Reading> = super::option::options(element, passage);
    let span = Span { start: named.iter().map(|r| r.span.start).min()?, end: named.iter().map(|r| r.span.end).max()? };
    let score = named.first()?.score;
    Some(Reading { value: Value::Array(named.into_iter().map(|reading| reading.value).collect()), span, score })
}

/// Most readings that are tried as the first of a list.
const MOST_BEGINNINGS: usize = 8;

/// `first` and what is joined to it by commas, "and" and "or".
pub(super) fn joined(element: &Parameter<'_>, passage: &Passage<'_>, pool: &[Reading], first: Reading) -> Vec<Reading> {
    let mut items = vec![with_state(element, passage, first)];
    while let Some(last) = items.last().map(|last| (last.span, last.score)) {
        let Some(next) = following(element, passage, pool, last) else { break };
        items.push(with_state(element, passage, next));
    }
    items
}

/// An address without the words behind it: "tom@example.org" of "tom@example.org know".
fn as_address(item: Reading, passage: &Passage<'_>) -> Reading {
    let mut inside = passage.words.iter().filter(|word| overlap(word.span, item.span));
    match inside.find(|word| word.is_email()) {
        Some(address) => Reading { value: Value::from(address.text), span: address.span, ..item },
        None => item,
    }
}

/// A place with its state: "Boston, MA" is one item.
pub(super) fn with_state(element: &Parameter<'_>, passage: &Passage<'_>, item: Reading) -> Reading {
    let rest = passage.text.get(item.span.end..passage.within.end).unwrap_or_default();
    let state = rest.strip_prefix(", ").and_then(|rest| rest.get(..2)).filter(|state| {
        let ends = rest.chars().nth(4).is_none_or(|next| !next.is_alphanumeric());
        ends && state.bytes().all(|byte| byte.is_ascii_uppercase())
    });
    match state {
        Some(_) if element.kind() == Kind::Text && passage.at(item.span).contains(char::is_lowercase) => {
            let span = Span { end: item.span.end + 4, ..item.span };
            Reading { value: Value::from(passage.at(span)), span, ..item }
        }
        _ => item,
    }
}

/// Words that say something of the people named before: "when Fatou and Jens are free".
const PREDICATES: &[&str] = &[
    "am", "are", "is", "be", "was", "were", "has", "have", "had", "do", "does", "did", "can", "could", "will", "would",
    "should", "must", "may", "might", "both", "all", "each", "need", "needs", "want", "wants", "get", "gets", "meet",
    "free",
];

/// What is joined to the end of an item and is of the same form.
fn following(
    element: &Parameter<'_>,
    passage: &Passage<'_>,
    pool: &[Reading],
    (last, score): (Span, f64),
) -> Option<Reading> {
    let joins = |start: usize| {
        let gap = passage.text.get(last.end..start).unwrap_or_default();
        let plain: Vec<&str> = gap
            .split(|c: char| c.is_whitespace() || ",'\"“”‘’`[]()".contains(c))
            .filter(|word| !word.is_empty())
            .collect();
        let is_unit = |word: &str| {
            let measured = passage.numbers.iter().filter(|number| number.span == last);
            let mut units = measured.filter_map(|number| number.unit.as_deref());
            !matches!(word, "and" | "or") && units.any(|unit| word.eq_ignore_ascii_case(unit))
        };
        let plain: Vec<&str> = plain.into_iter().filter(|word| !is_unit(word)).collect();
        let comma = gap.contains(',');
        matches!(plain.as_slice(), ["and" | "or" | "&"]) || plain.is_empty() && comma
    };
    match element.kind() {
        Kind::Text | Kind::Path => {
            let phrase = passage.phrases.iter().find(|phrase| joins(phrase.span.start) && phrase.opener.is_empty())?;
            let verb = phrase.words.first().is_some_and(|word| crate::clause::is_verb(word) && !word.is_capitalized());
            let capital = |span: Span| passage.at(span).starts_with(char::is_uppercase);
            let names = passage.at(last).split_whitespace().all(|word| word.starts_with(char::is_uppercase));
            let goes_on = |word: &&Word<'_>| names && !phrase.quoted && PREDICATES.contains(&&*word.lower());
            let words = phrase.words.iter().take_while(|word| !passage.is_moment(word.span) && !goes_on(word));
            let words: Vec<_> = words.collect();
            let span = Span { start: words.first()?.span.start, end: words.last()?.span.end };
            const OTHERS: &[&str] =
                &["yes", "no", "it", "it's", "its", "i", "i'd", "we", "they", "that", "this", "please"];
            let first = phrase.words.first().map(Word::lower).unwrap_or_default();
            if OTHERS.contains(&first.replace('’', "'").as_str()) && !phrase.quoted {
                return None;
            }
            let alike = phrase.quoted || capital(span) == capital(last);
            (alike && !verb).then(|| Reading { value: Value::from(passage.at(span)), span, score })
        }
        _ => {
            // "5 kilos and 30 grams" is one mass.
            let next = pool.iter().find(|reading| joins(reading.span.start) && !overlap(reading.span, last));
            next.filter(|next| {
                let measures = passage.measure(last).zip(passage.measure(next.span));
                measures.is_none_or(|(before, own)| before == own)
            })
            .map(|reading| Reading { score, ..reading.clone() })
        }
    }
}
