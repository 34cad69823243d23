//! Parameters that are true or false: what the request names, turns around, switches or leaves out.

use maestria_vocabulary::Span;
use serde_json::Value;

use super::{
    overlap,
    parameter::Parameter,
    passage::Passage,
    span::{marked, meaning, nearest},
    value::{Reading, find, related},
};
use crate::words::{Word, stem};

/// Whether the request names the parameter, and not after "no" or "without".
pub(super) fn boolean(parameter: &Parameter<'_>, passage: &Passage<'_>) -> Option<Reading> {
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
    let (span, _) = nearest(parameter, passage, &name).filter(|(_, alike)| *alike >= ALIKE)?;
    // "The orders of customer C-77" says nothing of `notify_customer`.
    let behind = passage.words.iter().find(|word| word.span.start >= span.end);
    let names_thing = behind.is_some_and(|word| word.text.contains(|c: char| c.is_ascii_digit()));
    let is_last = parameter.name_words.len() > 1
        && parameter.name_words.last().is_some_and(|last| stem(passage.at(span)) == stem(last));
    (!(is_last && names_thing)).then_some(span)
}
