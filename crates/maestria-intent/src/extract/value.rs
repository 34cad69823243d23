//! One parameter's value: what pieces of the request it could be, each as a value of the schema's type.

use maestria_vocabulary::Span;
use serde_json::{Map, Value, json};

use super::{
    address,
    boolean::boolean,
    currency,
    list::{list, with_state},
    measure::numbers,
    option::option,
    parameter::{Kind, Parameter},
    passage::Passage,
    settle,
    span::odds_at,
    statement::statements,
    text, when,
};
use crate::words::Word;

/// A value, where it stands, and how sure that is, in `[0, 1]`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reading {
    pub(super) value: Value,
    pub(super) span: Span,
    pub(super) score: f64,
}

/// What `parameter` could be.
pub(super) fn readings(parameter: &Parameter<'_>, passage: &Passage<'_>) -> Vec<Reading> {
    match (passage.model, parameter.kind()) {
        (Some(model), kind) if kind.is_judged() => model.judged(parameter, passage, proposed(parameter, passage)),
        _ => proposed(parameter, passage),
    }
}

/// Everything that `parameter` could be, each as if no other were.
pub(super) fn every(parameter: &Parameter<'_>, passage: &Passage<'_>) -> Vec<Reading> {
    let stated = stated(parameter, passage);
    match (passage.model, parameter.kind()) {
        (_, Kind::Text) if !stated.is_empty() => stated,
        (Some(model), Kind::Text) => {
            let texts = model.every(parameter, passage, None).into_iter();
            texts.map(|reading| address::whole(parameter, passage, with_state(parameter, passage, reading))).collect()
        }
        (Some(model), kind) if kind.is_judged() => model.every(parameter, passage, Some(proposed(parameter, passage))),
        (_, Kind::Option) => every_option(parameter, passage),
        (_, Kind::List) => every_list(parameter, passage),
        _ => proposed(parameter, passage),
    }
}

/// The options that the request names, of several those whose words the network of arguments takes for the value; or else the one that is
/// meant.
fn every_option(parameter: &Parameter<'_>, passage: &Passage<'_>) -> Vec<Reading> {
    let mut named = super::option::options(parameter, passage);
    let are_listed = named.windows(2).all(|pair| match pair {
        [a, b] => is_listed(passage.text.get(a.span.end..b.span.start).unwrap_or_default()),
        _ => false,
    });
    let before = named.first().map(|first| passage.before(first.span.start)).unwrap_or_default();
    let are_listed = are_listed && before != "from";
    if named.len() > 1 && !are_listed {
        named.retain(|reading| odds_at(parameter, passage, reading.span).is_some_and(|odds| odds > 0.0));
    }
    if named.is_empty() { option(parameter, passage).into_iter().collect() } else { named }
}

/// Whether what stands between two options lists them: "into German and into Japanese".
fn is_listed(gap: &str) -> bool {
    const LEADING: &[&str] = &["and", "also", "into", "in", "to", "as", "for", "then", "once", "one"];
    let mut words = gap.split([' ', ',']).filter(|word| !word.is_empty()).peekable();
    let is_joined = gap.contains(',') || words.peek() == Some(&"and");
    is_joined && words.all(|word| LEADING.contains(&word))
}

/// Lists of several elements, and those of one that the network of arguments takes for the value.
fn every_list(parameter: &Parameter<'_>, passage: &Passage<'_>) -> Vec<Reading> {
    let mut lists = list(parameter, passage);
    lists.retain(|reading| {
        reading.value.as_array().is_some_and(|items| items.len() > 1)
            || odds_at(parameter, passage, reading.span).is_some_and(|odds| odds > 0.0)
    });
    lists
}

/// What rules propose for `parameter`; for a text, what a model does, if there is one.
pub(super) fn proposed(parameter: &Parameter<'_>, passage: &Passage<'_>) -> Vec<Reading> {
    match parameter.kind() {
        Kind::Option => option(parameter, passage).into_iter().collect(),
        Kind::Path => paths(parameter, passage),
        Kind::Number { whole } => numbers(parameter, passage, whole),
        Kind::Boolean => boolean(parameter, passage).into_iter().collect(),
        Kind::Moment => when::readings(parameter, passage),
        Kind::Email => words(parameter, passage, |word| word.is_email()),
        Kind::Link => words(parameter, passage, |word| word.is_link()),
        Kind::Currency => currency::readings(parameter, passage),
        Kind::Text => {
            let stated = stated(parameter, passage);
            if !stated.is_empty() {
                return stated;
            }
            let addresses = parameter.named(&["to", "recipient", "receiver", "contact", "attendee", "cc", "bcc"]);
            let addresses = if addresses { words(parameter, passage, |word| word.is_email()) } else { Vec::new() };
            let texts = match passage.model {
                Some(model) => model.readings(parameter, passage),
                None => text::readings(parameter, passage),
            };
            let texts = texts.into_iter().filter(|reading| !is_time(parameter, passage, reading.span));
            let texts = texts.map(|reading| address::whole(parameter, passage, reading));
            texts.chain(addresses).collect()
        }
        Kind::List => list(parameter, passage),
        Kind::Object => object(parameter, passage).into_iter().collect(),
        Kind::Other => Vec::new(),
    }
}

/// Whether a span is a time of day behind a word that says so, for a parameter of no time: "until 6pm" names no service.
fn is_time(parameter: &Parameter<'_>, passage: &Passage<'_>, span: Span) -> bool {
    const LEADING: &[&str] = &["until", "till", "at", "by", "since", "before", "after", "from"];
    const TIMES: &[&str] =
        &["time", "when", "date", "day", "hour", "period", "deadline", "schedule", "duration", "moment"];
    let mut clocks = passage.moments.iter().filter(|moment| moment.time.is_some() && moment.span == span);
    clocks.next().is_some() && LEADING.contains(&passage.before(span.start).as_str()) && !parameter.mentions(TIMES)
}

/// The statements of SQL for a parameter that takes one.
fn stated(parameter: &Parameter<'_>, passage: &Passage<'_>) -> Vec<Reading> {
    if !parameter.named(&["sql", "query", "statement", "command"]) {
        return Vec::new();
    }
    let found = statements(passage.text, passage.within).into_iter();
    found.map(|span| Reading { value: json!(passage.said(span)), span, score: 0.95 }).collect()
}

/// Whether a word is another form of a name: "urgently" of "urgent".
pub(super) fn related(word: &str, name: &str) -> bool {
    let word = word.to_lowercase();
    let (short, long) = if word.len() < name.len() { (word.as_str(), name) } else { (name, word.as_str()) };
    short.len() >= 4 && long.len() - short.len() <= 3 && long.starts_with(short)
}

/// Where the words `name` stand side by side.
pub(super) fn find(passage: &Passage<'_>, name: &[String], same: impl Fn(&str, &String) -> bool) -> Option<Span> {
    let mut windows = (!name.is_empty()).then(|| passage.words.windows(name.len()))?;
    let place = windows.find(|window| window.iter().zip(name).all(|(word, name)| same(word.text, name)))?;
    Some(Span { start: place.first()?.span.start, end: place.last()?.span.end })
}

/// Whether a parameter takes a file that is to be written.
pub(super) fn is_written(parameter: &Parameter<'_>) -> bool {
    parameter.mentions(&["write", "written", "save", "saved", "output", "destination", "target", "store", "result"])
}

/// The paths whose preposition fits what the parameter is for: reading or writing.
fn paths(parameter: &Parameter<'_>, passage: &Passage<'_>) -> Vec<Reading> {
    let writes = is_written(parameter);
    let mut found = Vec::new();
    for phrase in &passage.phrases {
        let is_target = matches!(phrase.opener.as_str(), "as" | "to" | "into" | "called" | "named");
        let named = phrase.paths(passage.text).into_iter().filter(|_| is_target == writes);
        found.extend(named.map(|path| Reading { value: json!(path.text), span: path.span, score: 0.95 }));
    }
    if found.is_empty() {
        let is_target = |opener: &str| matches!(opener, "as" | "to" | "into" | "called" | "named");
        let fitting = passage.phrases.iter().filter(|phrase| is_target(&phrase.opener) == writes);
        let named = fitting.flat_map(|phrase| phrase.words.iter().filter(|word| word.may_be_path()));
        found.extend(named.map(|word| Reading { value: json!(word.text), span: word.span, score: 0.8 }));
    }
    found
}

/// The words of a certain form, such as e-mail addresses; the surest is the one whose preposition says "to".
fn words(parameter: &Parameter<'_>, passage: &Passage<'_>, is: impl Fn(&Word<'_>) -> bool) -> Vec<Reading> {
    let sender = parameter.named(&["from", "sender"]);
    let found = passage.words.iter().filter(|word| is(word)).map(|word| {
        let from = matches!(passage.before(word.span.start).as_str(), "from");
        Reading { value: json!(word.text), span: word.span, score: if from == sender { 0.95 } else { 0.6 } }
    });
    found.collect()
}

/// An object whose properties the request names; none when it lacks one that is required.
fn object(parameter: &Parameter<'_>, passage: &Passage<'_>) -> Option<Reading> {
    if !is_shallow(parameter.schema) {
        return None;
    }
    let properties = Parameter::all(parameter.schema, parameter.tool);
    let is_postal = address::is_postal(&properties);
    let parts = if is_postal { address::parts(&properties, passage) } else { None };
    let found = parts.unwrap_or_else(|| settle(&properties, passage));
    // A town alone is more often something else.
    if is_postal && found.iter().flatten().count() < 2 {
        return None;
    }
    let mut object = Map::new();
    let mut hull: Option<Span> = None;
    let mut score: f64 = 1.0;
    for (property, reading) in properties.iter().zip(found) {
        match reading {
            Some(reading) => {
                hull = Some(hull.map_or(reading.span, |hull| Span {
                    start: hull.start.min(reading.span.start),
                    end: hull.end.max(reading.span.end),
                }));
                score = score.min(reading.score);
                object.insert(property.name.to_owned(), reading.value);
            }
            None if property.required => return None,
            None => {}
        }
    }
    Some(Reading { value: Value::Object(object), span: hull?, score: score * 0.9 })
}

/// Most values in the schema of a nested object that is read, and most levels of them. Each level is read within the one around it.
const LARGEST_OBJECT: usize = 1_024;
const MOST_LEVELS: usize = 32;

fn is_shallow(schema: &Value) -> bool {
    let mut open = vec![(schema, 1)];
    let mut values = 0;
    while let Some((value, level)) = open.pop() {
        values += 1;
        if level > MOST_LEVELS || values > LARGEST_OBJECT {
            return false;
        }
        match value {
            Value::Array(elements) => open.extend(elements.iter().map(|element| (element, level + 1))),
            Value::Object(fields) => open.extend(fields.values().map(|field| (field, level + 1))),
            _ => {}
        }
    }
    true
}
