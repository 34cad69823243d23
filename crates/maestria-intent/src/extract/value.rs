//! One parameter's value: what pieces of the request it could be, each as a value of the schema's type.

use maestria_vocabulary::Span;
use serde_json::{Map, Value, json};

use super::{
    address, currency,
    list::{list, with_state},
    measure::numbers,
    option::option,
    overlap,
    parameter::{Kind, Parameter},
    passage::Passage,
    settle,
    span::{marked, meaning, nearest, odds_at},
    statement::statements,
    text, when,
};
use crate::words::{Word, stem};

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
            let texts = texts.into_iter().map(|reading| address::whole(parameter, passage, reading));
            texts.chain(addresses).collect()
        }
        Kind::List => list(parameter, passage),
        Kind::Object => object(parameter, passage).into_iter().collect(),
        Kind::Other => Vec::new(),
    }
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

/// Whether the request names the parameter, and not after "no" or "without".
fn boolean(parameter: &Parameter<'_>, passage: &Passage<'_>) -> Option<Reading> {
    const FRAMES: &[&str] = &[
        "is", "has", "include", "enable", "should", "with", "use", "show", "flag", "allow", "be", "want", "needs",
        "only", "now",
    ];
    if let Some(switched) = switched(parameter, passage) {
        return Some(switched);
    }
    let content = parameter.name_words.iter().filter(|word| !FRAMES.contains(&word.as_str()));
    let name: Vec<String> = content.map(|word| stem(word)).collect();
    if let Some(opposite) = opposite(&name, passage) {
        return opposite;
    }
    let named = find(passage, &name, |word, name| stem(word) == *name || related(word, name));
    if let Some((first, rest)) = name.split_first()
        && named.is_none()
        && LEAVING_OUT.iter().any(|word| stem(word) == *first)
        && let Some(left_out) = left_out(rest, passage)
    {
        return Some(left_out);
    }
    let meant = if named.is_none() { means(parameter, passage).or_else(|| marked(parameter, passage)) } else { None };
    let span = named.or(meant)?;
    let before = passage.words.iter().rev().filter(|word| word.span.end <= span.start).map(Word::lower);
    let mut before = before.skip_while(|word| {
        matches!(word.as_str(), "a" | "an" | "the" | "any" | "do") || FRAMES.contains(&word.as_str()) && word != "with"
    });
    let negates = |word: &str| {
        matches!(
            word,
            "no" | "without"
                | "not"
                | "don't"
                | "don’t"
                | "dont"
                | "disable"
                | "skip"
                | "exclude"
                | "non"
                | "never"
                | "nobody"
        )
    };
    let mut inside = passage.words.iter().filter(|word| meant.is_some() && overlap(word.span, span));
    let is_direct =
        passage.text.get(..span.start).is_some_and(|before| before.ends_with(' ') && !before.trim_end().ends_with(','));
    // "Without telling the customer".
    let negated_before = match before.next() {
        Some(doing) if doing.ends_with("ing") && is_direct => {
            before.next().is_some_and(|word| matches!(word.as_str(), "without" | "not" | "don't" | "don’t"))
        }
        Some(word) => negates(&word),
        None => false,
    };
    let negated = negated_before
        || inside.any(|word| negates(&word.lower()))
        || named.is_some_and(|named| is_excepted(passage, named));
    // Who says "don't show my name" wants to be anonymous.
    let hides = passage.at(span).split_whitespace().any(|word| matches!(word, "hide" | "mute" | "conceal"));
    let is_denial =
        meant.is_some() && !hides && name.iter().any(|word| DENYING.iter().any(|denying| stem(denying) == *word));
    Some(Reading { value: Value::Bool(!negated || is_denial), span, score: 0.85 })
}

/// Names that say that something is not shown or told.
const DENYING: &[&str] = &["anonymous", "private", "hidden", "silent", "muted", "confidential", "unlisted"];

/// Whether the words behind a name leave it out: "property not counted", "tax excluded".
fn is_excepted(passage: &Passage<'_>, name: Span) -> bool {
    let mut behind = passage.words.iter().filter(|word| word.span.start >= name.end).map(Word::lower);
    match (behind.next().as_deref(), behind.next().as_deref()) {
        (Some("not"), Some(verb)) => matches!(verb, "counted" | "included" | "considered" | "needed" | "wanted"),
        (Some(word), _) => matches!(word, "excluded" | "aside"),
        _ => false,
    }
}

/// What the opposite of a name says, where the request has it: "private" of `public`, and of `unpaid` "not paid yet", while
/// "paid" by itself says nothing.
fn opposite(name: &[String], passage: &Passage<'_>) -> Option<Option<Reading>> {
    const OPPOSITES: &[[&str; 2]] =
        &[["public", "private"], ["enabled", "disabled"], ["active", "inactive"], ["visible", "hidden"]];
    const DENIES: &[&str] = &["not", "never", "nobody", "without", "still"];
    const NEAR: usize = 4;
    const SHORTEST: usize = 4;
    let [only] = name else { return None };
    if passage.words.iter().any(|word| stem(word.text) == *only) {
        return None;
    }
    let denial = |place: usize| {
        let before = passage.words.get(place.saturating_sub(NEAR)..place)?;
        let denies = |word: &&Word<'_>| {
            let lower = word.lower().replace('’', "'");
            DENIES.contains(&lower.as_str()) || lower.ends_with("n't")
        };
        before.iter().find(denies)
    };
    let reading = |value: bool, span: Span| Some(Reading { value: Value::Bool(value), span, score: 0.85 });
    if let Some(plain) = only.strip_prefix("un").filter(|plain| plain.len() >= SHORTEST) {
        let place =
            passage.words.iter().position(|word| stem(word.text) == stem(plain) || related(word.text, plain))?;
        let word = passage.words.get(place)?;
        return Some(denial(place).and_then(|denial| reading(true, Span { start: denial.span.start, ..word.span })));
    }
    OPPOSITES.iter().find_map(|[one, other]| {
        let opposite =
            if stem(one) == *only { other } else { Some(other).filter(|other| stem(other) == *only).map(|_| one)? };
        let place = passage.words.iter().position(|word| word.lower() == *opposite)?;
        let span = passage.words.get(place)?.span;
        Some(reading(denial(place).is_some(), span))
    })
}

/// What is to be on or off, for a parameter that says whether it is on: "turn the light off", "arm the alarm".
fn switched(parameter: &Parameter<'_>, passage: &Passage<'_>) -> Option<Reading> {
    const NEAR: usize = 5;
    let last = parameter.name_words.last()?;
    if !matches!(last.as_str(), "on" | "enabled" | "active" | "armed") {
        return None;
    }
    // Of two networks, the one that is spoken of.
    let mut owners =
        parameter.name_words.iter().rev().skip(1).filter(|word| !matches!(word.as_str(), "is" | "be")).peekable();
    let is_spoken_of = |owner: &String| passage.words.iter().any(|word| stem(word.text) == stem(owner));
    if owners.peek().is_some() && !owners.any(is_spoken_of) {
        return None;
    }
    let denies = |word: &Word<'_>| {
        let lower = word.lower().replace('’', "'");
        matches!(lower.as_str(), "not" | "never" | "without" | "dont") || lower.ends_with("n't")
    };
    if passage.words.iter().any(denies) {
        return None;
    }
    let reading = |value: bool, word: &Word<'_>| Reading { value: Value::Bool(value), span: word.span, score: 0.85 };
    let has = |words: &'static [&str]| passage.words.iter().find(move |word| words.contains(&word.lower().as_str()));
    if let Some(off) = has(&["off", "disable", "deactivate", "disarm"]) {
        return Some(reading(false, off));
    }
    // "Turn the light on", but not "on Friday" by itself.
    let is_switched = |place: usize| {
        let before = passage.words.get(place.saturating_sub(NEAR)..place).unwrap_or_default();
        before.iter().any(|word| matches!(&*word.lower(), "turn" | "switch" | "put" | "flip"))
    };
    let on = passage.words.iter().enumerate().find(|(place, word)| word.lower() == "on" && is_switched(*place));
    let on = on.map(|(_, word)| word).or_else(|| has(&["enable", "activate", "arm"]));
    on.map(|word| reading(true, word))
}

/// Verbs that leave something out, with which a parameter's name may begin: `ignore_outliers`.
const LEAVING_OUT: &[&str] = &["ignore", "skip", "exclude", "hide", "omit", "drop", "suppress", "without"];

/// Whether something is left out, where the request says so in other words: "without the outliers", "leave outliers out", and, where
/// that is denied, "without skipping outliers".
fn left_out(name: &[String], passage: &Passage<'_>) -> Option<Reading> {
    const NEAR: usize = 3;
    const LEAVES: &[&str] = &["without", "leave", "leaving", "minus", "except", "excluding", "ignoring"];
    const DENIES: &[&str] = &["never", "not", "don't", "dont", "without", "no", "nor"];
    let span = find(passage, name, |word, name| stem(word) == *name || related(word, name))?;
    let mut before = passage.words.iter().rev().filter(|word| word.span.end <= span.start).map(Word::lower);
    let is_verb = |word: &String| LEAVING_OUT.iter().any(|verb| word.starts_with(verb.trim_end_matches('e')));
    let place = before.by_ref().take(NEAR).position(|word| LEAVES.contains(&word.as_str()) || is_verb(&word));
    place?;
    let is_denied = before.next().is_some_and(|word| DENIES.contains(&word.replace('’', "'").as_str()));
    Some(Reading { value: Value::Bool(!is_denied), span, score: 0.85 })
}

/// The word, or the two side by side, that mean most nearly what the parameter's name says, if they do.
fn means(parameter: &Parameter<'_>, passage: &Passage<'_>) -> Option<Span> {
    const ALIKE: f32 = 0.5;
    let name = meaning(&parameter.name_words.join(" "));
    nearest(parameter, passage, &name).filter(|(_, alike)| *alike >= ALIKE).map(|(span, _)| span)
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
