//! Parameters with listed options: which of them the request names or means.

use maestria_vocabulary::Span;
use serde_json::Value;

use super::{
    alias::aliases,
    currency,
    number::MONEY,
    overlap,
    parameter::Parameter,
    passage::Passage,
    span::{marked, meaning, nearest, odds_at},
    taken_back::is_left_out,
    value::{Reading, find, related},
};
use crate::{
    clause::is_verb,
    words::{Word, identifier_words, stem, words},
};

/// Most words among which all words of an option's name stand: "low on battery" of `low_battery`.
const MOST_AMONG: usize = 4;

/// The word that has the letters and digits of an option: "PDF/A" of `pdfa`.
fn written_otherwise(passage: &Passage<'_>, option: &Value) -> Option<Span> {
    let plain = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    let name = plain(option.as_str()?);
    let is_written = |word: &&Word<'_>| word.text.contains(['/', '-', '_', '.']) && plain(word.text) == name;
    passage.words.iter().find(is_written).filter(|_| name.len() > 1).map(|word| word.span)
}

/// Where the words of a name stand in their order among a few others, with no mark between.
fn near_each_other(passage: &Passage<'_>, name: &[String]) -> Option<Span> {
    let has = |window: &&[Word<'_>]| {
        let (Some(first), Some(last)) = (window.first(), window.last()) else { return false };
        let said: Vec<String> = window.iter().map(|word| stem(word.text)).filter(|stem| name.contains(stem)).collect();
        let ends = name.first() == Some(&stem(first.text)) && name.last() == Some(&stem(last.text));
        let between = passage.text.get(first.span.start..last.span.end).unwrap_or_default();
        ends && said == name && !between.contains([',', ';', ':', '.', '!', '?', '\n'])
    };
    let lengths = name.len()..=MOST_AMONG.max(name.len());
    let place = lengths.filter(|_| name.len() > 1).find_map(|length| passage.words.windows(length).find(has))?;
    Some(Span { start: place.first()?.span.start, end: place.last()?.span.end })
}

/// The only option whose words the request names.
pub(super) fn option(parameter: &Parameter<'_>, passage: &Passage<'_>) -> Option<Reading> {
    if takes_currency(parameter) {
        let said = currency::readings(parameter, passage).into_iter();
        let offered = said.filter(|reading| parameter.options().contains(&reading.value));
        return offered.max_by(|a, b| a.score.total_cmp(&b.score).then(b.span.start.cmp(&a.span.start)));
    }
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
    // "For January" says nothing of grouping by month.
    let is_time = |span: Span| passage.stretches.iter().any(|stretch| overlap(stretch.span, span));
    let least = if parameter.required { 0.35 } else { 0.55 };
    let mut found: Vec<(Span, f32, &Value)> = parameter
        .options()
        .iter()
        .take(MOST_OPTIONS)
        .filter_map(|option| {
            let name = identifier_words(option.as_str()?).join(" ");
            nearest(parameter, passage, &meaning(&name)).map(|(span, alike)| (span, alike, option))
        })
        .filter(|(span, ..)| !counts(parameter, passage.at(*span)) && !is_time(*span) && !compares(passage, *span))
        .collect();
    found.sort_by(|(_, a, _), (_, b, _)| b.total_cmp(a));
    let (span, alike, option) = *found.first()?;
    let next = found.get(1).map_or(0.0, |(_, alike, _)| *alike);
    let sure = alike >= least && alike - next >= LEAD;
    sure.then(|| Reading { value: option.clone(), span, score: 0.5 + f64::from(alike) / 3.0 })
}

/// Whether a word only compares with the amount behind it: "over $15k" says nothing of `overdue`.
fn compares(passage: &Passage<'_>, span: Span) -> bool {
    const COMPARING: &[&str] = &["over", "under", "above", "below", "than", "least", "most", "beyond"];
    let said = passage.at(span).to_lowercase();
    let behind = passage.text.get(span.end..).unwrap_or_default().trim_start();
    COMPARING.contains(&said.as_str()) && behind.starts_with(|c: char| c.is_ascii_digit() || MONEY.contains(&c))
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

/// How sure it is that an option is meant by a word that only begins as it does.
const RELATED: f64 = 0.8;

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

/// Whether a word that names an option is the verb that asks for the tool: "merge #12" names no way to merge.
fn is_order(parameter: &Parameter<'_>, passage: &Passage<'_>, span: Span) -> bool {
    let mut inside = passage.words.iter().filter(|word| overlap(word.span, span));
    let first = inside.next().filter(|_| inside.next().is_none());
    let before = passage.before(span.start);
    let begins = before.is_empty()
        || matches!(before.as_str(), "and" | "then" | "please" | "to" | "you" | "just" | "first")
        || passage.text.get(..span.start).is_some_and(|text| text.trim_end().ends_with([',', '.', ';', ':', '!', '?']));
    let names = |word: &Word<'_>| parameter.tool.verb().is_some_and(|verb| verb == stem(word.text));
    first.is_some_and(|word| begins && is_verb(word) && names(word))
}

/// Whether the options are codes of currencies.
fn takes_currency(parameter: &Parameter<'_>) -> bool {
    let mut options = parameter.options().iter().peekable();
    options.peek().is_some() && options.all(|option| option.as_str().is_some_and(currency::is_code))
}

/// Every option whose words the request names, in the order of the request.
pub(super) fn options(parameter: &Parameter<'_>, passage: &Passage<'_>) -> Vec<Reading> {
    let named = parameter.options().iter().filter_map(|option| {
        let name: Vec<String> = match option {
            Value::String(name) => identifier_words(name).iter().map(|word| stem(word)).collect(),
            other => vec![other.to_string()],
        };
        let same = |word: &str, name: &String| stem(word) == *name;
        let literal = find(passage, &name, same);
        let again = |first: Span| {
            let later = passage.words.iter().filter(|word| word.span.start > first.start);
            let word =
                later.into_iter().find(|word| name.first() == Some(&stem(word.text))).filter(|_| name.len() == 1);
            word.map_or(first, |word| word.span)
        };
        let literal = literal.map(|span| if is_order(parameter, passage, span) { again(span) } else { span });
        let exact = literal.or_else(|| written_otherwise(passage, option)).map(|span| (span, 0.92));
        let alias = || {
            let names = aliases(parameter, option.as_str()?);
            names.iter().find_map(|name| find(passage, name, same)).map(|span| (span, 0.86))
        };
        let (span, score) = exact
            .or_else(alias)
            .or_else(|| find(passage, &name, |word, name| related(word, name)).map(|span| (span, RELATED)))
            .or_else(|| near_each_other(passage, &name).map(|span| (span, 0.8)))?;
        Some(Reading { value: option.clone(), span, score })
    });
    let mut named: Vec<Reading> = named
        .filter(|reading| !is_left_out(passage, reading.span) && !is_order(parameter, passage, reading.span))
        .filter(|reading| reading.score > RELATED || !compares(passage, reading.span))
        .collect();
    named.sort_by_key(|reading| reading.span.start);
    named
}
