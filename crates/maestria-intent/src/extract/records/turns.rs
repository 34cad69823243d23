//! Numbers that several calls take in turn: "the gcd of 48 and 18, and of 12 and 36".

use super::{
    super::{
        MOST_READ,
        measure::numbers,
        number::Quantity,
        parameter::{Kind, Parameter},
        passage::Passage,
        taken_back::{is_left_out, replaces},
        value::Reading,
    },
    MOST,
    occurrence::Occurrence,
    places::joined,
};

/// How much better two numbers must fit the other way round for them not to be said in the order of the tool.
const BETTER: f64 = 0.1;

/// The score from which on a number stands beside the name of a parameter.
const NAMED: f64 = 0.86;

/// Most numbers that are given out.
const MOST_NUMBERS: usize = 4 * MOST;

/// The numbers of a passage where each of several calls has one for every number that the tool takes, or all that it requires, in its order.
///
/// None where two fit better the other way round, unless they stand in brackets, where calls are not said alike or not divided from each
/// other, where one of them is taken back or one of two, and where one call would take them all. Numerals count alone where the others, such
/// as the "two" of "two cans", stand in the way.
pub(super) fn in_turn(parameters: &[Parameter<'_>], passage: &Passage<'_>) -> Option<Vec<Occurrence>> {
    let is_list = |parameter: &Parameter<'_>| matches!(parameter.kind(), Kind::List | Kind::Object);
    let is_meant = |number: &Quantity| !is_left_out(passage, number.span) && !replaces(passage, number.span.start);
    if parameters.iter().any(is_list)
        || passage.numbers.len() > MOST_NUMBERS
        || passage.numbers.iter().any(|number| number.implied || !is_meant(number))
    {
        return None;
    }
    let numeric: Vec<(usize, Vec<Reading>)> = parameters
        .iter()
        .enumerate()
        .take(MOST_READ)
        .filter_map(|(place, parameter)| match parameter.kind() {
            Kind::Number { whole } => Some((place, numbers(parameter, passage, whole))),
            _ => None,
        })
        .collect();
    let is_required = |place: usize| parameters.get(place).is_some_and(|parameter| parameter.required);
    let required = numeric.iter().filter(|(place, _)| is_required(*place)).count();
    let all: Vec<&Quantity> = passage.numbers.iter().collect();
    let is_numeral = |number: &&&Quantity| passage.at(number.span).contains(|c: char| c.is_ascii_digit());
    let numerals: Vec<&Quantity> = all.iter().filter(is_numeral).copied().collect();
    [all, numerals].iter().filter(|said| said.len() != numeric.len()).find_map(|said| {
        let counts = [numeric.len(), required];
        counts.into_iter().find_map(|taken| {
            let (taken, others) = numeric.split_at_checked(taken)?;
            turns(said, taken, others, parameters, passage)
        })
    })
}

/// The same for the numbers `said` and calls that take the parameters `taken` and none of the `others`.
fn turns(
    said: &[&Quantity],
    taken: &[(usize, Vec<Reading>)],
    others: &[(usize, Vec<Reading>)],
    parameters: &[Parameter<'_>],
    passage: &Passage<'_>,
) -> Option<Vec<Occurrence>> {
    if taken.len() < 2 || !said.len().is_multiple_of(taken.len()) || said.len() / taken.len() < 2 {
        return None;
    }
    if !are_alike(said, taken.len(), passage) || !are_divided(said, taken.len(), passage) {
        return None;
    }
    let are_tuples = said.chunks(taken.len()).all(|call| is_tuple(call, passage));
    let mut found = Vec::with_capacity(said.len());
    for call in said.chunks(taken.len()) {
        let reading = |number: usize, parameter: usize| -> Option<&Reading> {
            let span = call.get(number)?.span;
            taken.get(parameter)?.1.iter().find(|reading| reading.span == span)
        };
        let score = |number: usize, parameter: usize| reading(number, parameter).map_or(0.0, |reading| reading.score);
        for second in 0..call.len() {
            let reading = reading(second, second)?;
            let mut elsewhere = others.iter().flat_map(|(_, readings)| readings);
            let is_better = |other: &Reading| other.score >= NAMED && other.score > reading.score;
            if elsewhere.any(|other| other.span == reading.span && is_better(other)) {
                return None;
            }
            let swapped = |first: usize| score(first, second) + score(second, first);
            let straight = |first: usize| score(first, first) + score(second, second);
            if !are_tuples && (0..second).any(|first| swapped(first) > straight(first) + BETTER) {
                return None;
            }
            let (parameter, _) = taken.get(second)?;
            if !parameters.get(*parameter)?.allows(&reading.value) {
                return None;
            }
            found.push(Occurrence { parameter: *parameter, reading: reading.clone() });
        }
    }
    Some(found)
}

/// Whether something divides each call of so many numbers from the next, and none is said instead of another: "3 by 4 or 5 by 6" is one of
/// them, unless it is asked which.
fn are_divided(said: &[&Quantity], count: usize, passage: &Passage<'_>) -> bool {
    const DIVIDERS: &[&str] = &["and", "then", "also", "plus", "vs", "versus", "while", "or", "&"];
    let gap = |pair: &[&Quantity]| match pair {
        [a, b] => passage.text.get(a.span.end..b.span.start).unwrap_or_default(),
        _ => "",
    };
    let has_word = |gap: &str, words: &[&str]| {
        gap.split(|c: char| !c.is_alphanumeric() && c != '&').any(|word| words.contains(&word))
    };
    let asks_which = passage.words.iter().any(|word| word.text.eq_ignore_ascii_case("which"));
    let gaps: Vec<&str> = said.windows(2).map(gap).collect();
    let is_divider = |gap: &str| gap.contains([',', ';', '.', '?', '\n']) || has_word(gap, DIVIDERS);
    gaps.iter().skip(count - 1).step_by(count).all(|gap| is_divider(gap))
        && (asks_which || !gaps.iter().any(|gap| has_word(gap, &["or"])))
}

/// Whether the numbers of a call stand in brackets of their own.
fn is_tuple(call: &[&Quantity], passage: &Passage<'_>) -> bool {
    let (Some(first), Some(last)) = (call.first(), call.last()) else { return false };
    let before = passage.text.get(..first.span.start).unwrap_or_default();
    let inside = passage.text.get(first.span.start..last.span.end).unwrap_or_default();
    let behind = passage.text.get(last.span.end..).unwrap_or_default();
    before.ends_with(['(', '[']) && !inside.contains(['(', ')', '[', ']']) && behind.starts_with([')', ']'])
}

/// Whether every call of so many numbers is said as the first is: what is listed stands in the same places, and so do shares.
fn are_alike(said: &[&Quantity], count: usize, passage: &Passage<'_>) -> bool {
    let form = |call: &[&Quantity]| -> (Vec<bool>, Vec<bool>) {
        let gaps = call.windows(2).map(|pair| match pair {
            [a, b] => joined(passage, a.span.end, b.span.start),
            _ => false,
        });
        (gaps.collect(), call.iter().map(|number| number.percent).collect())
    };
    let mut forms = said.chunks(count).map(form);
    forms.next().is_some_and(|first| forms.all(|other| other == first))
}
