//! The values that a stretch of a request gives to parameters, several of one among them.

use maestria_vocabulary::Span;

use super::{
    super::{
        MOST_READ, overlap,
        parameter::{Kind, Parameter},
        passage::Passage,
        span::has_several,
        taken_back::meant,
        value::{Reading, every},
    },
    MOST,
    series::{numbers_in_rows, texts_alike, texts_in_rows},
};

/// Least score of a value beyond the first that a parameter has.
const LEAST: f64 = 0.5;

/// What is taken from the score of such a value, so that what one call can take is not shared out among several.
const LESS: f64 = 0.8;

/// Most values of a parameter that are looked at, the likeliest.
const MOST_PROPOSED: usize = 4 * MOST;

/// A value for the parameter in a place of the list of parameters.
#[derive(Debug, Clone)]
pub(super) struct Occurrence {
    pub(super) parameter: usize,
    pub(super) reading: Reading,
}

/// All values that the passage gives, in its order: the surest first, then the surest of those that do not overlap with it, and so on. One
/// more value of a parameter that has one counts for less, and stands apart from the others. `single` has the values if there is one call.
pub(super) fn occurrences(
    parameters: &[Parameter<'_>],
    passage: &Passage<'_>,
    single: &[Option<Reading>],
) -> Vec<Occurrence> {
    let mut left = proposals(parameters, passage, single);
    numbers_in_rows(&mut left, parameters, passage);
    let mut known = vec![false; parameters.len()];
    let mut kept: Vec<Occurrence> = Vec::new();
    loop {
        let is_known = |proposal: &Occurrence| known.get(proposal.parameter).is_some_and(|known| *known);
        let worth = |proposal: &Occurrence| proposal.reading.score - if is_known(proposal) { LESS } else { 0.0 };
        // The first of equals.
        let best = left.iter().enumerate().rev().max_by(|(_, a), (_, b)| worth(a).total_cmp(&worth(b)));
        let Some(best) = best.map(|(place, _)| place) else { break };
        let taken = left.remove(best);
        left.retain(|other| {
            let is_same = other.parameter == taken.parameter;
            let may_be_another =
                || other.reading.score >= LEAST && is_apart(passage, taken.reading.span, other.reading.span);
            !overlap(taken.reading.span, other.reading.span) && (!is_same || may_be_another())
        });
        known.iter_mut().skip(taken.parameter).take(1).for_each(|known| *known = true);
        kept.push(taken);
    }
    texts_in_rows(&mut kept, parameters, passage);
    texts_alike(&mut kept, parameters, passage);
    kept.sort_by_key(|occurrence| occurrence.reading.span.start);
    kept
}

/// What every parameter could be, the likeliest first.
fn proposals(parameters: &[Parameter<'_>], passage: &Passage<'_>, single: &[Option<Reading>]) -> Vec<Occurrence> {
    let mut proposals: Vec<Occurrence> = Vec::new();
    for (place, parameter) in parameters.iter().enumerate().take(MOST_READ) {
        let mut readings = meant(parameter, passage, every(parameter, passage));
        readings.retain(|reading| parameter.allows(&reading.value));
        let one = single.get(place).and_then(Option::as_ref).filter(|reading| reading.span.start < reading.span.end);
        let one = one.filter(|one| readings.iter().all(|reading| reading.span != one.span));
        let is_several = |one: &Reading| parameter.kind() == Kind::Text && has_several(parameter, passage, one.span);
        let one = one.filter(|one| readings.is_empty() || !is_several(one)).cloned();
        readings.extend(one);
        readings.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.span.start.cmp(&b.span.start)));
        readings.truncate(MOST_PROPOSED);
        proposals.extend(readings.into_iter().map(|reading| Occurrence { parameter: place, reading }));
    }
    proposals.sort_by(|a, b| {
        let score = b.reading.score.total_cmp(&a.reading.score);
        score.then(a.parameter.cmp(&b.parameter)).then(a.reading.span.start.cmp(&b.reading.span.start))
    });
    proposals
}

/// Whether something stands between two values that may stand between two calls; nothing does within one quotation.
fn is_apart(passage: &Passage<'_>, a: Span, b: Span) -> bool {
    let holds = |outer: Span, inner: Span| outer.start <= inner.start && inner.end <= outer.end;
    let mut quotations = passage.phrases.iter().filter(|phrase| phrase.quoted).map(|phrase| phrase.span);
    if quotations.any(|quotation| holds(quotation, a) && holds(quotation, b)) {
        return false;
    }
    const JOINTS: &[&str] = &["and", "or", "then", "also", "plus", "but", "another", "&", "versus", "vs", "nor"];
    let gap = passage.text.get(a.end.min(b.end)..a.start.max(b.start)).unwrap_or_default();
    let mark = |(at, c): (usize, char)| {
        let ends = gap.get(at + c.len_utf8()..).and_then(|rest| rest.chars().next()).is_none_or(char::is_whitespace);
        matches!(c, ';' | '/' | '\n' | '→' | '–') || matches!(c, ',' | '.' | '?' | '!' | ':' | '-') && ends
    };
    gap.char_indices().any(mark) || gap.split([' ', ',']).any(|word| JOINTS.contains(&word.to_lowercase().as_str()))
}
