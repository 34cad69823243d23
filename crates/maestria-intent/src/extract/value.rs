//! One parameter's value: which phrase of the request it is, and how it becomes a value of the schema's type.

use std::collections::HashSet;

use maestria_vocabulary::{Span, ToolSpec};
use serde_json::{Number, Value, json};

use super::{Kind, Parameter, number_word, overlap, phrase::Phrase};
use crate::{
    clause::is_verb,
    words::{Word, identifier_words, stem, words},
};

/// A value, where it stands, and how sure that is.
type Reading = (Value, Span, f64);

/// Reads the value of `parameter` from phrases that are not `taken` by another.
pub(super) fn read(
    parameter: &Parameter<'_>,
    tool: &ToolSpec,
    text: &str,
    phrases: &[Phrase<'_>],
    taken: &[Span],
) -> Option<Reading> {
    match parameter.kind() {
        Kind::Option => option(parameter, phrases, taken),
        Kind::Path => path(parameter, text, phrases, taken),
        Kind::Number => number(parameter, phrases, taken),
        Kind::Boolean => boolean(parameter, phrases, taken),
        Kind::Text => span_of_text(parameter, tool, text, phrases, taken),
        Kind::Other => None,
    }
}

/// The only option whose words the request names.
fn option(parameter: &Parameter<'_>, phrases: &[Phrase<'_>], taken: &[Span]) -> Option<Reading> {
    let mut named = parameter.options().iter().filter_map(|option| {
        let name: Vec<String> = match option {
            Value::String(name) => identifier_words(name).iter().map(|word| stem(word)).collect(),
            other => vec![other.to_string()],
        };
        let span = phrases.iter().find_map(|phrase| find(phrase, &name, taken))?;
        Some((option.clone(), span, 0.9))
    });
    let only = named.next()?;
    named.next().is_none().then_some(only)
}

/// Where the words `name` (stems) stand side by side in a phrase.
fn find(phrase: &Phrase<'_>, name: &[String], taken: &[Span]) -> Option<Span> {
    if name.is_empty() {
        return None;
    }
    let place = phrase
        .words
        .windows(name.len())
        .find(|window| window.iter().map(|word| stem(word.text)).eq(name.iter().cloned()))?;
    let span = Span { start: place.first()?.span.start, end: place.last()?.span.end };
    (!taken.iter().any(|&other| overlap(other, span))).then_some(span)
}

/// The path whose preposition fits what the parameter is for: reading or writing.
fn path(parameter: &Parameter<'_>, text: &str, phrases: &[Phrase<'_>], taken: &[Span]) -> Option<Reading> {
    let writes = mentions(
        parameter,
        &["write", "written", "save", "saved", "output", "destination", "target", "store", "result"],
    );
    phrases.iter().find_map(|phrase| {
        let is_target = matches!(phrase.opener.as_str(), "as" | "to" | "into" | "called" | "named");
        let paths = phrase.paths(text);
        let free = paths.iter().find(|path| !taken.iter().any(|&span| overlap(span, path.span)))?;
        (is_target == writes).then(|| (json!(free.text), free.span, 0.95))
    })
}

/// The number beside a word of the parameter's name or description.
fn number(parameter: &Parameter<'_>, phrases: &[Phrase<'_>], taken: &[Span]) -> Option<Reading> {
    let own: HashSet<String> = own_stems(parameter);
    phrases.iter().find_map(|phrase| {
        phrase.words.iter().enumerate().find_map(|(i, word)| {
            let value = number_word(word.text).filter(|_| !taken.iter().any(|&span| overlap(span, word.span)))?;
            let beside =
                [i.checked_sub(1), Some(i + 1)].into_iter().flatten().filter_map(|j| phrase.words.get(j).copied());
            let named = beside.chain(unit(word)).any(|word| own.contains(&stem(word.text)));
            let whole = parameter.schema.get("type").and_then(Value::as_str) == Some("integer");
            let value = if whole { whole_number(value)? } else { Number::from_f64(value)? };
            named.then_some((Value::Number(value), word.span, 0.9))
        })
    })
}

/// The unit written onto a number, as in `640px`.
fn unit<'a>(word: &Word<'a>) -> Option<Word<'a>> {
    let digits = word.text.trim_end_matches(char::is_alphabetic).len();
    let text = word.text.get(digits..).filter(|unit| !unit.is_empty() && digits > 0)?;
    Some(Word { text, span: Span { start: word.span.start + digits, end: word.span.end } })
}

fn whole_number(value: f64) -> Option<Number> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    (value.fract() == 0.0 && value.abs() <= EXACT).then(|| Number::from(value as i64))
}

/// Whether the request names the parameter, and not after "no" or "without".
fn boolean(parameter: &Parameter<'_>, phrases: &[Phrase<'_>], taken: &[Span]) -> Option<Reading> {
    let name: Vec<String> = identifier_words(parameter.name).iter().map(|word| stem(word)).collect();
    phrases.iter().find_map(|phrase| {
        let span = find(phrase, &name, taken)?;
        Some((Value::Bool(!matches!(phrase.opener.as_str(), "no" | "without")), span, 0.85))
    })
}

/// Which prepositions lead to a text parameter, told from words of its name and description. From English usage: "by" and "per" group,
/// "of" measures, "to" and "in" name languages and receivers, "about" names a topic, "titled" a title.
const CUES: &[(&[&str], &[&str])] = &[
    (&["by", "per", "across", "grouped"], &["group", "category", "per", "axis", "split", "dimension"]),
    (&["of"], &["value", "measure", "metric", "amount", "quantity", "subject", "drawn"]),
    (&["titled", "called", "named"], &["title", "name", "heading", "caption"]),
    (&["about", "on"], &["topic", "subject", "theme", "query"]),
    (
        &["to", "into", "in"],
        &["language", "recipient", "receiver", "unit", "style", "format", "place", "city", "destination"],
    ),
    (&["for"], &["recipient", "audience", "query", "topic", "place", "city", "purpose"]),
    (&["with", "using"], &["method", "instrument", "style", "ingredient"]),
    (&["from"], &["source", "origin", "sender"]),
];

/// The prepositions that lead to a parameter with such words.
fn openers(own: &[String]) -> Vec<&'static str> {
    let own: HashSet<String> = own.iter().map(|word| stem(word)).collect();
    let fitting = CUES.iter().filter(|(_, roles)| roles.iter().any(|role| own.contains(&stem(role))));
    fitting.flat_map(|(openers, _)| openers.iter().copied()).collect()
}

/// The phrase whose preposition fits the parameter's name and description.
fn span_of_text(
    parameter: &Parameter<'_>,
    tool: &ToolSpec,
    text: &str,
    phrases: &[Phrase<'_>],
    taken: &[Span],
) -> Option<Reading> {
    let named = openers(&identifier_words(parameter.name));
    // The description decides only where the name says nothing: "by which values are grouped" is no value.
    let described = || openers(&words(parameter.description()).map(|word| word.text.to_owned()).collect::<Vec<_>>());
    let openers = if named.is_empty() { described() } else { named };
    let tool_words: HashSet<String> =
        words(&tool.description).map(|word| stem(word.text)).chain(identifier_words(tool.id.as_str())).collect();
    let fits = |phrase: &&Phrase<'_>| {
        openers.contains(&phrase.opener.as_str())
            && phrase.is_free(taken)
            && !phrase.words.iter().any(Word::is_path)
            && (phrase.quoted || !phrase.words.iter().all(|word| tool_words.contains(&stem(word.text))))
    };
    if let Some(phrase) = phrases.iter().find(fits) {
        let value = phrase.span.of(text)?;
        return Some((json!(value), phrase.span, if phrase.quoted { 0.95 } else { 0.75 }));
    }
    // "plot units per month" says "of" by its verb.
    let measures = parameter.required && openers.contains(&"of");
    let said = |word: &&Word<'_>| !is_verb(word) && !tool_words.contains(&stem(word.text)) && !word.is_path();
    let acts = |phrase: &&Phrase<'_>| {
        let counts = phrase.words.iter().any(|word| number_word(word.text).is_some());
        phrase.opener.is_empty() && !phrase.quoted && !counts && phrase.words.iter().any(is_verb)
    };
    phrases.iter().filter(|_| measures).filter(acts).find_map(|phrase| {
        let free = |word: &&Word<'_>| !taken.iter().any(|&span| overlap(span, word.span));
        let object: Vec<&Word<'_>> = phrase.words.iter().filter(said).filter(free).collect();
        let span = Span { start: object.first()?.span.start, end: object.last()?.span.end };
        // What stands before the tool's own noun describes that: "a bar chart" says nothing of values.
        let describes =
            phrase.words.iter().any(|word| word.span.start >= span.end && tool_words.contains(&stem(word.text)));
        if describes {
            return None;
        }
        // Words in between that were left out would make the value one that nobody said.
        (words(span.of(text)?).count() == object.len()).then(|| (json!(span.of(text)), span, 0.6))
    })
}

fn own_stems(parameter: &Parameter<'_>) -> HashSet<String> {
    let name = identifier_words(parameter.name);
    name.iter().map(|word| stem(word)).chain(words(parameter.description()).map(|word| stem(word.text))).collect()
}

fn mentions(parameter: &Parameter<'_>, roles: &[&str]) -> bool {
    let own = own_stems(parameter);
    roles.iter().any(|role| own.contains(&stem(role)))
}
