//! Text parameters: which piece of the request is the value.

use maestria_vocabulary::Span;
use serde_json::{Value, json};

use super::{
    overlap,
    parameter::Parameter,
    passage::Passage,
    phrase::Phrase,
    role::{Form, Role, role_of},
    value::Reading,
};
use crate::{
    clause::is_verb,
    words::{Word, stem, words},
};

/// What could be the value of a text parameter.
pub(super) fn readings(parameter: &Parameter<'_>, passage: &Passage<'_>) -> Vec<Reading> {
    let mut found = Vec::new();
    let role = role_of(parameter);
    let reading = |span: Span, score: f64| Reading { value: json!(passage.said(span)), span, score };
    for phrase in &passage.phrases {
        found.extend(named(parameter, passage, phrase).into_iter().map(|(span, score)| reading(span, score)));
        if let Some((role, sure)) = role {
            found.extend(led_to(role, parameter, passage, phrase).map(|(span, score)| reading(span, score * sure)));
        }
        found.extend(quoted(role.map(|(role, _)| role), phrase).map(|(span, score)| reading(span, score)));
    }
    if role.is_some_and(|(role, _)| role.form == Form::Identifier) {
        let named = passage.words.iter().filter(|word| word.is_identifier() && !passage.is_moment(word.span));
        found.extend(named.map(|word| reading(word.span, 0.7)));
    }
    if role.is_some_and(|(role, _)| role.form == Form::Sentence) {
        found.extend(said(passage).map(|span| reading(span, 0.85)));
        found.extend(told(passage).map(|span| reading(span, 0.8)));
    }
    found.extend(listed(parameter, passage));
    if parameter.required && role.is_none() {
        found.extend(anywhere(parameter, passage).map(|(span, score)| reading(span, score)));
    }
    if parameter.required && role.is_none_or(|(role, _)| role.object || role.proper) {
        let proper = role.is_some_and(|(role, _)| role.proper);
        found.extend(acted_on(parameter, passage, proper).map(|(span, score)| reading(span, score)));
    }
    found
}

/// What stands behind the parameter's own name, "branch main", and the word before it, "main branch".
fn named(parameter: &Parameter<'_>, passage: &Passage<'_>, phrase: &Phrase<'_>) -> Vec<(Span, f64)> {
    let mut found = Vec::new();
    let Some(name) = parameter.name_words.iter().rev().find(|word| !GENERIC.contains(&word.as_str())) else {
        return found;
    };
    let name = stem(name);
    let Some(place) = phrase.words.iter().position(|word| stem(word.text) == name).filter(|_| !phrase.quoted) else {
        return found;
    };
    let behind: Vec<Word<'_>> =
        phrase.words.iter().skip(place + 1).copied().skip_while(|word| LINKS.contains(&&*word.lower())).collect();
    if let Some(span) = free_run(&behind, passage) {
        found.push((span, 0.88));
    } else if behind.is_empty() {
        let next = passage.phrases.iter().find(|next| next.span.start >= phrase.span.end);
        let joined = next.filter(|next| next.quoted && (next.opener == phrase.opener || next.opener.is_empty()));
        found.extend(joined.map(|next| (next.span, 0.9)));
    }
    let before: Vec<&Word<'_>> = phrase
        .words
        .iter()
        .take(place)
        .rev()
        .take_while(|word| !is_verb(word) && !parameter.tool.has(word) && !passage.is_moment(word.span))
        .collect();
    if let (Some(last), Some(first)) = (before.first(), before.last()) {
        found.push((Span { start: first.span.start, end: last.span.end }, 0.66));
    }
    found
}

/// Words of a name that say nothing of what it means.
const GENERIC: &[&str] = &["name", "id", "value", "text", "string", "of", "the"];

/// Words between a name and its value: "whose title is X".
const LINKS: &[&str] = &["is", "are", "be", "=", "was", "number", "name", "id"];

/// What a preposition leads to that fits the role.
fn led_to(role: &Role, parameter: &Parameter<'_>, passage: &Passage<'_>, phrase: &Phrase<'_>) -> Option<(Span, f64)> {
    let rank = role.openers.iter().position(|opener| *opener == phrase.opener)?;
    if phrase.quoted {
        return Some((phrase.span, 0.92));
    }
    let begins_wish = phrase.opener == "to" && phrase.words.first().is_some_and(is_verb);
    let span = if begins_wish { None } else { free_run(without_name(&phrase.words, parameter), passage) }?;
    let inside = phrase.words.iter().filter(|word| overlap(word.span, span));
    let of_tool = inside.clone().all(|word| parameter.tool.has(word) && !word.is_capitalized());
    if of_tool || role.form == Form::Identifier {
        return None;
    }
    let fits = !role.proper || inside.clone().any(|word| word.is_capitalized() || word.is_email());
    Some((span, 0.8 - 0.02 * rank as f64 - if fits { 0.0 } else { 0.2 }))
}

/// The words before the parameter's own name at their end: "general" of "the general channel".
fn without_name<'a, 'w>(words: &'a [Word<'w>], parameter: &Parameter<'_>) -> &'a [Word<'w>] {
    match words {
        [rest @ .., last] if !rest.is_empty() && parameter.is_named(last.text) => rest,
        _ => words,
    }
}

/// The first words side by side that are no date, no pronoun, no file and no number with its unit.
fn free_run(words: &[Word<'_>], passage: &Passage<'_>) -> Option<Span> {
    let free =
        |word: &&Word<'_>| !passage.is_moment(word.span) && !word.is_path() && !PRONOUNS.contains(&&*word.lower());
    let run: Vec<&Word<'_>> = words.iter().skip_while(|word| !free(word)).take_while(free).collect();
    let trimmed = run.iter().rev().skip_while(|word| ADVERBS.contains(&&*word.lower())).count();
    let run = run.get(..trimmed)?;
    // "4711 100 euros" is a number by itself and a measure.
    let number_at = |word: &Word<'_>| passage.numbers.iter().find(|number| number.span.start == word.span.start);
    let run = match run {
        [first, second, ..]
            if number_at(first).is_some_and(|number| number.unit.is_none())
                && number_at(second).is_some_and(|number| number.unit.is_some()) =>
        {
            std::slice::from_ref(first)
        }
        run => run,
    };
    let span = Span { start: run.first()?.span.start, end: run.last()?.span.end };
    // A number with a unit is a measure, not a name.
    let measures =
        passage.numbers.iter().any(|number| number.span.start == span.start && run.len() > 1 && number.unit.is_some());
    (!measures).then_some(span)
}

/// Words that stand for something said before.
const PRONOUNS: &[&str] = &[
    "it", "this", "that", "them", "these", "those", "result", "results", "output", "him", "her", "me", "us", "you",
    "there", "which", "what", "i",
];

/// Whether a word is a pronoun, perhaps with a verb drawn together: "I", "we'd".
fn is_pronoun(word: &Word<'_>) -> bool {
    let lower = word.lower();
    let first = lower.split(['\'', '’']).next().unwrap_or_default();
    PRONOUNS.contains(&first) || matches!(first, "we" | "they" | "he" | "she")
}

/// Words at the end of a phrase that belong to the verb.
const ADVERBS: &[&str] =
    &["please", "now", "again", "too", "asap", "immediately", "instead", "also", "is", "are", "was"];

/// A quotation, which is surely a value and mostly of what the tool's verb acts on.
fn quoted(role: Option<&Role>, phrase: &Phrase<'_>) -> Option<(Span, f64)> {
    let score = match role {
        Some(role) if role.form == Form::Sentence => 0.85,
        Some(role) if role.object => 0.75,
        Some(_) => 0.5,
        None => 0.6,
    };
    phrase.quoted.then_some((phrase.span, score))
}

/// What follows "saying", "that says" or a colon, to the end of the clause.
pub(super) fn said(passage: &Passage<'_>) -> Option<Span> {
    let place =
        passage.words.iter().position(|word| matches!(&*word.lower(), "saying" | "says") || word.text == "that");
    let after_cue = place.map(|place| place + 1);
    let colon = passage.words.windows(2).position(|pair| {
        let gap =
            pair.first().zip(pair.last()).and_then(|(left, right)| passage.text.get(left.span.end..right.span.start));
        gap.is_some_and(|gap| gap.trim_start().starts_with(':'))
    });
    let start = after_cue.or(colon.map(|place| place + 1))?;
    let rest = passage.words.get(start..)?;
    let rest = match rest {
        [that, more @ ..] if that.lower() == "that" => more,
        rest => rest,
    };
    Some(Span { start: rest.first()?.span.start, end: rest.last()?.span.end })
}

/// What somebody shall be reminded of or told to do, up to the time of it: "remind me to call the bank at noon".
fn told(passage: &Passage<'_>) -> Option<Span> {
    const PEOPLE: &[&str] = &["me", "him", "her", "them", "us", "everyone", "everybody"];
    let place = passage.words.windows(2).position(|pair| {
        matches!(pair, [person, to] if PEOPLE.contains(&&*person.lower()) && matches!(&*to.lower(), "to" | "about"))
    })?;
    let rest = passage.words.get(place + 2..)?;
    let before = rest.iter().take_while(|word| !passage.is_moment(word.span)).count();
    let links = rest
        .iter()
        .take(before)
        .rev()
        .take_while(|word| before < rest.len() && LEADS.contains(&&*word.lower()))
        .count();
    let what = rest.get(..before - links)?;
    Some(Span { start: what.first()?.span.start, end: what.last()?.span.end })
}

/// What any preposition leads to: all that can be said for a required parameter whose name and description tell no role.
fn anywhere<'a>(parameter: &'a Parameter<'_>, passage: &'a Passage<'_>) -> impl Iterator<Item = (Span, f64)> + 'a {
    let led = passage.phrases.iter().filter(|phrase| !phrase.opener.is_empty() && !phrase.quoted);
    led.filter_map(|phrase| {
        let begins_wish = phrase.opener == "to" && phrase.words.first().is_some_and(is_verb);
        let span = free_run(&phrase.words, passage).filter(|_| !begins_wish)?;
        let mut inside = phrase.words.iter().filter(|word| overlap(word.span, span));
        let tells = inside.clone().any(|word| !parameter.tool.has(word))
            && inside.all(|word| word.text.parse::<f64>().is_err());
        tells.then_some((span, 0.4))
    })
}

/// Words that lead to a time.
const LEADS: &[&str] = &["on", "at", "by", "in", "from", "until", "before", "the"];

/// Values that the description itself lists in quotation marks, where the request names one.
fn listed(parameter: &Parameter<'_>, passage: &Passage<'_>) -> Vec<Reading> {
    let description = parameter.description();
    let options =
        description.split(['\'', '"', '`']).skip(1).step_by(2).filter(|option| (2..=40).contains(&option.len()));
    let mut found = Vec::new();
    for option in options {
        let name: Vec<String> = words(option).map(|word| stem(word.text)).collect();
        let place = (!name.is_empty()).then(|| {
            passage
                .words
                .windows(name.len())
                .find(|window| window.iter().map(|word| stem(word.text)).eq(name.iter().cloned()))
        });
        if let Some([first, .., last] | [first @ last]) = place.flatten() {
            let span = Span { start: first.span.start, end: last.span.end };
            found.push(Reading { value: Value::from(option), span, score: 0.82 });
        }
    }
    found
}

/// What the verb acts on, without what names the tool: "add oat milk to my list"; or, for a proper name, the first capitals.
fn acted_on(parameter: &Parameter<'_>, passage: &Passage<'_>, proper: bool) -> Option<(Span, f64)> {
    if proper {
        let names: Vec<&Word<'_>> = passage
            .words
            .iter()
            .enumerate()
            .skip_while(|(place, word)| {
                *place == 0 || !word.is_capitalized() || is_pronoun(word) || passage.is_moment(word.span)
            })
            .map(|(_, word)| word)
            .take_while(|word| word.is_capitalized() && !passage.is_moment(word.span))
            .collect();
        return Some((Span { start: names.first()?.span.start, end: names.last()?.span.end }, 0.5));
    }
    let phrase = passage
        .phrases
        .iter()
        .find(|phrase| phrase.opener.is_empty() && !phrase.quoted && phrase.words.iter().any(is_verb))?;
    let verb = phrase.words.iter().rposition(is_verb)?;
    let behind: Vec<Word<'_>> = phrase.words.iter().skip(verb + 1).copied().collect();
    let named = |word: &Word<'_>| parameter.tool.has(word) && !word.is_capitalized();
    let first = behind.iter().take_while(|word| named(word)).count();
    let behind = behind.get(first..)?;
    // "a bar chart" says nothing of what is drawn: what stands before the tool's own noun describes that noun.
    if behind.last().is_some_and(named) {
        return None;
    }
    let counts = |span: &Span| passage.numbers.iter().any(|number| overlap(number.span, *span));
    free_run(behind, passage).filter(|span| !counts(span)).map(|span| (span, 0.45))
}
