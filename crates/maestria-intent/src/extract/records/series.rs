//! What stands in a row belongs to one parameter: "for 10, 15 and 20 years", "at 1 molar, at 2 molar and at 3 molar", "Oslo, Rome and Bern".

use maestria_vocabulary::Span;
use serde_json::json;

use super::{
    super::{
        MOST_READ,
        list::joined,
        measure::numbers,
        number::Quantity,
        overlap,
        parameter::{Kind, Parameter},
        passage::Passage,
        taken_back::meant,
        value::{Reading, proposed},
    },
    MOST,
    occurrence::Occurrence,
};

/// Least numbers of a row that need no unit or preposition of their own to belong together: a pair may be two parameters of one call.
const LEAST: usize = 3;

/// Most numbers that are looked at.
const MOST_NUMBERS: usize = 4 * MOST;

/// Leaves the numbers of every row to the parameter for which they speak most together, each as surely as the surest of them.
pub(super) fn numbers_in_rows(proposals: &mut Vec<Occurrence>, parameters: &[Parameter<'_>], passage: &Passage<'_>) {
    let rows = rows(passage);
    if rows.is_empty() || passage.numbers.len() > MOST_NUMBERS {
        return;
    }
    let numeric =
        parameters.iter().enumerate().take(MOST_READ).filter_map(|(place, parameter)| match parameter.kind() {
            Kind::Number { whole } => Some((place, meant(parameter, passage, numbers(parameter, passage, whole)))),
            _ => None,
        });
    let numeric: Vec<(usize, Vec<Reading>)> = numeric.collect();
    for row in rows {
        let is_in_row = |reading: &Reading| row.iter().any(|number| number.span == reading.span);
        let score = |place: usize, reading: &Reading| {
            let mut known = proposals.iter().filter(|p| p.parameter == place && p.reading.span == reading.span);
            known.next().map_or(0.0, |known| known.reading.score)
        };
        let of_row = |(place, readings): &(usize, Vec<Reading>)| {
            let readings: Vec<Reading> = readings
                .iter()
                .filter(|reading| is_in_row(reading))
                .map(|reading| Reading { score: score(*place, reading), ..reading.clone() })
                .collect();
            (readings.len() == row.len()).then_some((*place, readings))
        };
        let total = |(_, readings): &(usize, Vec<Reading>)| readings.iter().map(|reading| reading.score).sum::<f64>();
        // The first of equals.
        let best = numeric.iter().filter_map(of_row).rev().max_by(|a, b| total(a).total_cmp(&total(b)));
        let Some((best, readings)) = best.filter(|best| total(best) > 0.0) else { continue };
        let surest = readings.iter().map(|reading| reading.score).fold(0.0, f64::max);
        let is_number = |place: usize| numeric.iter().any(|(number, _)| *number == place);
        proposals.retain(|other| !is_number(other.parameter) || !is_in_row(&other.reading));
        let readings = readings.into_iter().map(|reading| Reading { score: surest, ..reading });
        proposals.extend(readings.map(|reading| Occurrence { parameter: best, reading }));
    }
}

/// The numbers that stand in rows.
fn rows<'p>(passage: &'p Passage<'_>) -> Vec<Vec<&'p Quantity>> {
    let mut rows: Vec<(Vec<&Quantity>, bool)> = Vec::new();
    for number in &passage.numbers {
        let last = rows.last_mut().and_then(|row| Some((*row.0.last()?, row)));
        match last.and_then(|(last, row)| Some((gap(last, number, passage)?, row))) {
            Some((is_sure, row)) => {
                row.0.push(number);
                row.1 |= is_sure;
            }
            None => rows.push((vec![number], false)),
        }
    }
    rows.into_iter()
        .filter(|(row, is_sure)| row.len() >= LEAST || *is_sure && row.len() > 1)
        .map(|(row, _)| row)
        .collect()
}

/// Whether the second of two numbers goes on with a row, and then whether that is sure of two alone: both have the unit or the preposition
/// of the first.
fn gap(first: &Quantity, second: &Quantity, passage: &Passage<'_>) -> Option<bool> {
    const JOINTS: &[&str] = &["and", "then", "also", "&", "plus"];
    let (measure, next) = (passage.measure(first.span), passage.measure(second.span));
    if first.percent != second.percent || next.is_some() && measure != next {
        return None;
    }
    let lead = first.words.0.checked_sub(1).and_then(|before| passage.words.get(before)).map(|word| word.lower());
    let mut between = passage.words.get(first.words.1..second.words.0)?.iter().map(|word| word.lower()).peekable();
    let unit = between.next_if(|word| first.unit.as_ref() == Some(word)).filter(|_| first.unit == second.unit);
    let rest: Vec<String> = between.filter(|word| !JOINTS.contains(&word.as_str())).collect();
    let has_lead = match rest.as_slice() {
        [] => false,
        [word] if Some(word) == lead.as_ref() => true,
        _ => return None,
    };
    let text = passage.text.get(first.span.end..second.span.start)?;
    let is_apart = text.contains([',', '\n']) || text.split_whitespace().any(|word| JOINTS.contains(&word));
    (is_apart && !text.contains(['.', ';', '?', '!', '(', ')', '[', ']'])).then_some(has_lead || unit.is_some())
}

/// Adds what stands in a row with the first of several texts of a parameter and was heard as nothing else.
pub(super) fn texts_in_rows(kept: &mut Vec<Occurrence>, parameters: &[Parameter<'_>], passage: &Passage<'_>) {
    for (place, parameter) in parameters.iter().enumerate().filter(|(_, parameter)| parameter.kind() == Kind::Text) {
        let mut own = kept.iter().filter(|occurrence| occurrence.parameter == place);
        let (Some(first), Some(_)) = (own.next().cloned(), own.next()) else { continue };
        let items = joined(parameter, passage, &proposed(parameter, passage), first.reading);
        for reading in items {
            if !kept.iter().any(|other| overlap(other.reading.span, reading.span)) {
                kept.push(Occurrence { parameter: place, reading });
            }
        }
    }
}

/// Adds words of the form of a text that one parameter has once, "MUG-BLUE" beside "MUG-RED", where another has several values.
pub(super) fn texts_alike(kept: &mut Vec<Occurrence>, parameters: &[Parameter<'_>], passage: &Passage<'_>) {
    let counts: Vec<usize> = (0..parameters.len())
        .map(|place| kept.iter().filter(|occurrence| occurrence.parameter == place).count())
        .collect();
    let most = counts.iter().copied().max().unwrap_or_default();
    for (place, _) in parameters.iter().enumerate().filter(|(_, parameter)| parameter.kind() == Kind::Text) {
        if most < 2 || counts.get(place) != Some(&1) {
            continue;
        }
        let Some(own) = kept.iter().find(|occurrence| occurrence.parameter == place).cloned() else { continue };
        let Some(form) = form(passage.at(own.reading.span)) else { continue };
        let counts = &counts;
        // What one other text has alone may be taken from it.
        let is_stray = |other: &Occurrence| {
            let owner = parameters.get(other.parameter);
            owner.is_some_and(|owner| !owner.required && owner.kind() == Kind::Text)
                && counts.get(other.parameter) == Some(&1)
        };
        let is_free = |span| {
            !kept
                .iter()
                .any(|other| overlap(other.reading.span, span) && (other.parameter == place || !is_stray(other)))
        };
        let alike = passage.words.iter().filter(|word| {
            self::form(word.text).as_ref() == Some(&form)
                && is_free(word.span)
                && is_listed(passage, own.reading.span, word.span)
        });
        let found: Vec<Reading> =
            alike.map(|word| Reading { value: json!(word.text), span: word.span, ..own.reading.clone() }).collect();
        if found.len() + 1 == most {
            kept.retain(|other| {
                other.parameter == place || !found.iter().any(|new| overlap(other.reading.span, new.span))
            });
            kept.extend(found.into_iter().map(|reading| Occurrence { parameter: place, reading }));
        }
    }
}

/// Whether a comma or "and" leads from one word to another behind it, and nothing sets them apart: "MUG-RED to 11 and MUG-BLUE to 13", but not
/// "MUG-RED to 11, unlike MUG-BLUE".
fn is_listed(passage: &Passage<'_>, one: Span, other: Span) -> bool {
    const APART: &[&str] = &["unlike", "instead", "not", "than", "except", "because", "since", "but", "is", "are"];
    let gap = passage.text.get(one.end..other.start).unwrap_or_default().to_lowercase();
    let behind = passage.words.iter().find(|word| word.span.start >= other.end).map(|word| word.lower());
    let mut said = gap.split(|c: char| !c.is_alphanumeric());
    let joins = gap.contains([',', ';']) || gap.split(' ').any(|word| word == "and");
    let is_apart =
        said.any(|word| APART.contains(&word)) || behind.is_some_and(|word| matches!(word.as_str(), "is" | "are"));
    joins && !is_apart && !gap.contains(['?', '!']) && !gap.contains(". ")
}

/// The form of a word that is no plain one: "A-9" of "MUG-12".
fn form(text: &str) -> Option<String> {
    let is_plain = text.chars().all(char::is_alphabetic);
    if is_plain || text.contains(char::is_whitespace) {
        return None;
    }
    let mut form: Vec<char> = text
        .chars()
        .map(|c| match c {
            c if c.is_ascii_digit() => '9',
            c if c.is_uppercase() => 'A',
            c if c.is_alphabetic() => 'a',
            c => c,
        })
        .collect();
    form.dedup();
    Some(form.into_iter().collect())
}
