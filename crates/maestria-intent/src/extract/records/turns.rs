//! Numbers that several calls take in turn: "the gcd of 48 and 18, and of 12 and 36".

use super::{
    super::{
        measure::numbers,
        number::Quantity,
        parameter::{Kind, Parameter},
        passage::Passage,
        value::Reading,
    },
    occurrence::Occurrence,
    places::joined,
};

/// How much better two numbers must fit the other way round for them not to be said in the order of the tool.
const BETTER: f64 = 0.1;

/// The numbers of a passage where each of several calls has one for every number that the tool requires, or takes at all, in its order.
/// None where two fit better the other way round, or where calls are not said alike. Numerals count alone where the others, such as the "two"
/// of "two cans", stand in the way.
pub(super) fn in_turn(parameters: &[Parameter<'_>], passage: &Passage<'_>) -> Option<Vec<Occurrence>> {
    let is_list = |parameter: &Parameter<'_>| matches!(parameter.kind(), Kind::List | Kind::Object);
    if parameters.iter().any(is_list) || passage.numbers.iter().any(|number| number.implied) {
        return None;
    }
    let numeric: Vec<(usize, Vec<Reading>)> = parameters
        .iter()
        .enumerate()
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
    [all, numerals].iter().find_map(|said| {
        let counts = [required, numeric.len()];
        counts.into_iter().find_map(|taken| turns(said, numeric.get(..taken)?, parameters, passage))
    })
}

/// The same for the numbers `said` and calls that take the parameters `taken`.
fn turns(
    said: &[&Quantity],
    taken: &[(usize, Vec<Reading>)],
    parameters: &[Parameter<'_>],
    passage: &Passage<'_>,
) -> Option<Vec<Occurrence>> {
    if taken.len() < 2 || !said.len().is_multiple_of(taken.len()) || said.len() / taken.len() < 2 {
        return None;
    }
    if !are_alike(said, taken.len(), passage) {
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
