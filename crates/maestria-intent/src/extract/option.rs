//! Parameters with listed options: which of them the request names or means.

use maestria_vocabulary::Span;
use serde_json::Value;

use super::{
    overlap,
    parameter::Parameter,
    passage::Passage,
    span::{marked, meaning, nearest, odds_at},
    taken_back::is_left_out,
    value::{Reading, find, related},
};
use crate::words::{Word, identifier_words, stem, words};

/// The only option whose words the request names.
pub(super) fn option(parameter: &Parameter<'_>, passage: &Passage<'_>) -> Option<Reading> {
    let mut named = options(parameter, passage);
    // An option inside the name of another is not meant: "premium economy" is not "economy".
    let longer = named.clone();
    named.retain(|a| {
        !longer.iter().any(|b| {
            b.value != a.value && overlap(a.span, b.span) && b.span.end - b.span.start > a.span.end - a.span.start
        })
    });
    match named.as_slice() {
        [only] => Some(only.clone()),
        [] => meant(parameter, passage).or_else(|| meant_by_marked(parameter, passage)),
        several => side(parameter, passage, several).or_else(|| likeliest(parameter, passage, several)),
    }
}

/// The option that a word of the request means, if it means no other about as much: "turn" of `rotate`.
fn meant(parameter: &Parameter<'_>, passage: &Passage<'_>) -> Option<Reading> {
    const LEAD: f32 = 0.1;
    let least = if parameter.required { 0.35 } else { 0.55 };
    let mut found: Vec<(Span, f32, &Value)> = parameter
        .options()
        .iter()
        .take(MOST_OPTIONS)
        .filter_map(|option| {
            let name = identifier_words(option.as_str()?).join(" ");
            nearest(parameter, passage, &meaning(&name)).map(|(span, alike)| (span, alike, option))
        })
        .filter(|(span, ..)| !counts(parameter, passage.at(*span)))
        .collect();
    found.sort_by(|(_, a, _), (_, b, _)| b.total_cmp(a));
    let (span, alike, option) = *found.first()?;
    let next = found.get(1).map_or(0.0, |(_, alike, _)| *alike);
    let sure = alike >= least && alike - next >= LEAD;
    sure.then(|| Reading { value: option.clone(), span, score: 0.5 + f64::from(alike) / 3.0 })
}

/// Whether words only say what is counted for another parameter: the "sentences" of "in three sentences".
fn counts(parameter: &Parameter<'_>, said: &str) -> bool {
    words(said).any(|word| parameter.tool.has_number_named(&stem(word.text)))
}

/// The option that means most nearly what the words do which the network of arguments takes for the value: "top class" of `first`.
fn meant_by_marked(parameter: &Parameter<'_>, passage: &Passage<'_>) -> Option<Reading> {
    const LEAST: f32 = 0.3;
    let span = marked(parameter, passage)?;
    // "A chart" is of no kind, though kinds of charts are asked for.
    let names_parameter = |word: Word<'_>| {
        let stem = stem(word.text);
        parameter.name_stems.contains(&stem) || parameter.described.contains(&stem)
    };
    if words(passage.at(span)).all(names_parameter) {
        return None;
    }
    let said = meaning(passage.at(span));
    let alike = parameter.options().iter().take(MOST_OPTIONS).filter_map(|option| {
        let name = meaning(&identifier_words(option.as_str()?).join(" "));
        (name.len() == said.len()).then(|| (name.dot(&said), option))
    });
    let (alike, option) = alike.max_by(|(a, _), (b, _)| a.total_cmp(b))?;
    (alike >= LEAST).then(|| Reading { value: option.clone(), span, score: 0.5 + f64::from(alike) / 3.0 })
}

/// Most options that are compared by meaning.
const MOST_OPTIONS: usize = 32;

/// Of several options the one on the parameter's side: "from USD to EUR" has one of either.
fn side(parameter: &Parameter<'_>, passage: &Passage<'_>, several: &[Reading]) -> Option<Reading> {
    let (source, target) =
        (parameter.named(&["from", "source", "origin", "base"]), parameter.named(&["to", "target", "destination"]));
    let is_target = |reading: &&Reading| matches!(&*passage.before(reading.span.start), "to" | "into" | "in" | "as");
    let mut fitting = several.iter().filter(|reading| source != target && is_target(reading) == target);
    fitting.next().filter(|_| fitting.next().is_none()).cloned()
}

/// Of several options the one whose words the network of arguments takes for the value.
fn likeliest(parameter: &Parameter<'_>, passage: &Passage<'_>, several: &[Reading]) -> Option<Reading> {
    let odds = |reading: &&Reading| odds_at(parameter, passage, reading.span).unwrap_or(f32::MIN);
    let best = several.iter().max_by(|a, b| odds(a).total_cmp(&odds(b)))?;
    (odds(&best) > 0.0).then(|| best.clone())
}

/// Every option whose words the request names, in the order of the request.
pub(super) fn options(parameter: &Parameter<'_>, passage: &Passage<'_>) -> Vec<Reading> {
    let named = parameter.options().iter().filter_map(|option| {
        let name: Vec<String> = match option {
            Value::String(name) => identifier_words(name).iter().map(|word| stem(word)).collect(),
            other => vec![other.to_string()],
        };
        let exact = find(passage, &name, |word, name| stem(word) == *name).map(|span| (span, 0.92));
        let (span, score) =
            exact.or_else(|| find(passage, &name, |word, name| related(word, name)).map(|span| (span, 0.8)))?;
        Some(Reading { value: option.clone(), span, score })
    });
    let mut named: Vec<Reading> = named.filter(|reading| !is_left_out(passage, reading.span)).collect();
    named.sort_by_key(|reading| reading.span.start);
    named
}
