//! Enumerations: "Ann, Bob and Carl", "3, 5 and 8", "[1, 2]".

mod enumeration;

use maestria_vocabulary::Span;
use serde_json::Value;

use super::{
    overlap,
    parameter::{Kind, Parameter},
    passage::Passage,
    value::{Reading, proposed},
};

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
        let items = enumerated(&element, passage, &pool, first);
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

/// What is said in one enumeration with `first`, which may hold several items itself: all that is joined by commas, "and" and "or".
fn enumerated(element: &Parameter<'_>, passage: &Passage<'_>, pool: &[Reading], first: Reading) -> Vec<Reading> {
    let is_text = matches!(element.kind(), Kind::Text | Kind::Path);
    let mut parts = if is_text { enumeration::parts(passage, &first) } else { vec![first] };
    let Some(last) = parts.pop() else { return Vec::new() };
    let behind = joined(element, passage, pool, last);
    let mut items: Vec<Reading> = Vec::new();
    let before = parts.first().or(behind.first()).cloned();
    let mut next = before.filter(|_| is_text).and_then(|item| enumeration::preceding(element, passage, &item));
    while let Some(item) = next {
        next = enumeration::preceding(element, passage, &item);
        items.insert(0, item);
    }
    items.into_iter().chain(parts).chain(behind).collect()
}

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
        Kind::Text | Kind::Path => enumeration::following(element, passage, (last, score)),
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
