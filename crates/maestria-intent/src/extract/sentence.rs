//! Values that are whole sentences, such as messages: up to where the sentence ends, or where another value begins.

use maestria_vocabulary::Span;
use serde_json::json;

use super::{
    overlap,
    parameter::{Kind, Parameter},
    passage::Passage,
    role::{Form, role_of},
    slots::{others, put},
    text::said,
    value::Reading,
};
use crate::{
    material::{quotations, reported},
    words::Word,
};

/// Marks that end a sentence or a part of it.
const MARKS: &[char] = &[',', ';', '.', '!', '?', '\n', '(', ')', ':', '"', '“', '”'];

/// Most words that a value gains of which nothing says that it goes on.
const MOST_GAINED: usize = 6;

/// The same of a title.
const MOST_GAINED_BY_TITLE: usize = 3;

/// The confidence of what a colon or "that" leads to, where nothing else was found.
const SCORE_OF_SAID: f64 = 0.85;

/// Words that name a thing: "a ticket called …".
const NAMING: &[&str] = &["called", "titled", "entitled", "named", "headed", "title"];

/// Words with which a sentence may begin that a network leaves out.
const ARTICLES: &[&str] = &["the", "a", "an", "my", "our", "i", "we"];

/// Words that lead on to something else than the sentence.
const JOINTS: &[&str] = &["and", "then", "but", "or", "because", "since", "so"];

/// Words before a value that belong to it: "at" of "at noon", "in my" of "in my inbox".
const LEADS: &[&str] = &[
    "on", "at", "by", "in", "from", "until", "till", "before", "after", "to", "for", "with", "under", "as", "into",
    "of", "the", "my", "a", "an", "and", "then", "this", "next", "every",
];

/// Completes the sentences among the settled values, and takes what a colon announces for one that is required and has none.
pub(super) fn complete(parameters: &[Parameter<'_>], passage: &Passage<'_>, settled: &mut [Option<Reading>]) {
    let told = reported(passage.text());
    for (place, parameter) in parameters.iter().enumerate() {
        let role = role_of(parameter).filter(|(_, sure)| *sure >= 1.0).map(|(role, _)| role);
        let is_sentence = role.is_some_and(|role| role.form == Form::Sentence);
        let value = settled.get(place).and_then(Option::as_ref);
        let is_title = || {
            let named = value.is_some_and(|value| NAMING.contains(&passage.before(value.span.start).as_str()));
            named && role.is_some_and(|role| role.openers.contains(&"titled"))
        };
        if parameter.kind() != Kind::Text || !is_sentence && !is_title() {
            continue;
        }
        let others = others(settled, place);
        let announced = said(passage).map(|span| {
            let first = Span { end: span.start, ..span };
            Span { end: end(passage, first, &others, usize::MAX), ..span }
        });
        let announced = announced.filter(|span| span.start < span.end);
        let is_behind_colon =
            |span: &Span| passage.text.get(..span.start).is_some_and(|before| before.trim_end().ends_with(':'));
        let is_told = |span: &Span| is_behind_colon(span) || told.iter().any(|told| told.start == span.start);
        let whole = match settled.get(place).and_then(Option::as_ref) {
            Some(reading) if is_sentence && is_short(passage, reading.span) => None,
            Some(reading) if holds_identifier(passage, reading.span) => None,
            Some(reading) => {
                let is_announced = announced.filter(|span| overlap(*span, reading.span));
                let start = is_announced
                    .filter(is_behind_colon)
                    .map_or(reading.span.start, |span| span.start.min(reading.span.start));
                let start = passage.words.iter().rev().find(|word| word.span.end <= start).map_or(start, |before| {
                    let joins = passage.text.get(before.span.end..start) == Some(" ") && is_sentence;
                    let is_article = ARTICLES.contains(&before.lower().as_str());
                    let is_free = !others.iter().any(|other| overlap(*other, before.span));
                    if joins && is_article && is_free { before.span.start } else { start }
                });
                let most = match is_announced {
                    _ if !is_sentence => MOST_GAINED_BY_TITLE * usize::from(joins_on(passage, reading.span)),
                    Some(_) => usize::MAX,
                    None => MOST_GAINED,
                };
                Some((Span { start, end: end(passage, reading.span, &others, most) }, reading.score))
            }
            None => announced
                .filter(|span| is_sentence && parameter.required && is_told(span))
                .map(|span| (span, SCORE_OF_SAID)),
        };
        let whole = whole.or_else(|| value.map(|value| (value.span, value.score)));
        let whole = whole.map(|(span, score)| (before_names(span, parameters, passage, settled), score));
        let Some((span, score)) = whole.filter(|(span, _)| span.start < span.end) else { continue };
        let span = with_question_mark(passage, span, is_sentence);
        let is_new = settled.get(place).is_none_or(|old| old.as_ref().is_none_or(|old| old.span != span));
        let value = json!(passage.said(span));
        if is_new && parameter.allows(&value) && !quotations(passage.text()).iter().any(|quoted| overlap(*quoted, span))
        {
            let completed = Reading { value, span, score };
            put(settled, place, completed);
        }
    }
}

/// A span without the words at its end that name the value behind it: "amount" of "amount with the subject Hotel".
fn before_names(span: Span, parameters: &[Parameter<'_>], passage: &Passage<'_>, settled: &[Option<Reading>]) -> Span {
    let inside: Vec<&Word<'_>> = passage.words.iter().filter(|word| overlap(word.span, span)).collect();
    let next = passage.words.iter().find(|word| word.span.start >= span.end);
    let names_next = |word: &Word<'_>| {
        let mut all = parameters.iter().zip(settled);
        all.any(|(parameter, other)| {
            let has_next = other.as_ref().zip(next).is_some_and(|(other, next)| overlap(other.span, next.span));
            has_next && parameter.is_named(word.text)
        })
    };
    let Some((last, rest)) = inside.split_last().filter(|(last, _)| names_next(last)) else { return span };
    let kept = rest.iter().rev().skip_while(|word| LEADS.contains(&word.lower().as_str())).count();
    match kept.checked_sub(1).and_then(|at| rest.get(at)) {
        Some(word) => Span { end: word.span.end, ..span },
        None => Span { end: last.span.end, ..span },
    }
}

/// A question with the mark at its end: "is the check done?"
fn with_question_mark(passage: &Passage<'_>, span: Span, is_sentence: bool) -> Span {
    const ASKING: &[&str] = &[
        "is", "are", "was", "were", "do", "does", "did", "can", "could", "will", "would", "shall", "should", "may",
        "have", "has", "had", "when", "what", "where", "which", "who", "whose", "why", "how", "any", "am", "isn't",
        "aren't", "don't", "can't", "what's", "where's", "who's", "how's", "when's",
    ];
    const SHORTEST: usize = 3;
    let mut inside = passage.words.iter().filter(|word| overlap(word.span, span));
    let asks = inside.next().is_some_and(|first| ASKING.contains(&first.lower().replace('’', "'").as_str()));
    let behind = passage.text.get(span.end..).unwrap_or_default();
    // "Could you tell Ann how late we are?" asks something itself.
    let before = passage.text.get(..span.start).unwrap_or_default();
    let sentence = before.rsplit(['.', '!', '?', ':', ';', '\n', '"', '“']).next().unwrap_or_default();
    let first = sentence.split_whitespace().next().unwrap_or_default().to_lowercase();
    let is_asked_around = ASKING.contains(&first.as_str());
    if is_sentence && asks && !is_asked_around && inside.count() + 1 >= SHORTEST && behind.starts_with('?') {
        Span { end: span.end + 1, ..span }
    } else {
        span
    }
}

/// Whether a preposition joins more words to a title: "Deadlocks in checkout".
fn joins_on(passage: &Passage<'_>, span: Span) -> bool {
    const JOINING: &[&str] = &["in", "for", "of", "per", "with", "on"];
    let last = passage.words.iter().rev().find(|word| word.span.end <= span.end);
    let next = passage.words.iter().find(|word| word.span.start >= span.end);
    last.into_iter().chain(next).any(|word| JOINING.contains(&word.lower().as_str()))
}

/// Whether a value is no sentence, but a word.
fn is_short(passage: &Passage<'_>, span: Span) -> bool {
    passage.words.iter().filter(|word| overlap(word.span, span)).count() < 2
}

/// Whether a value is the name of a file or of something else that is written as one word.
fn holds_identifier(passage: &Passage<'_>, span: Span) -> bool {
    let mut inside = passage.words.iter().filter(|word| overlap(word.span, span));
    inside.any(|word| word.is_path() || word.text.contains(['/', '_']))
}

/// Where a sentence ends that holds `span`: at a mark, before a word that leads on, or before another value and what leads to it.
fn end(passage: &Passage<'_>, span: Span, others: &[Span], most: usize) -> usize {
    let behind: Vec<&Word<'_>> = passage.words.iter().filter(|word| word.span.start >= span.end).collect();
    let (mut kept, mut last, mut is_whole) = (0, span.end, true);
    for word in &behind {
        let gap = passage.text.get(last..word.span.start).unwrap_or_default();
        let is_joint = JOINTS.contains(&word.lower().as_str()) && most != usize::MAX;
        if last > span.start && gap.contains(MARKS) || is_joint {
            break;
        }
        if others.iter().any(|other| overlap(*other, word.span)) {
            break;
        }
        if kept == most {
            is_whole = false;
            break;
        }
        kept += 1;
        last = word.span.end;
    }
    let leads = |word: &&&Word<'_>| LEADS.contains(&word.lower().as_str());
    kept -= behind.iter().take(kept).rev().take_while(leads).count();
    let kept = if is_whole { kept } else { 0 };
    kept.checked_sub(1).and_then(|at| behind.get(at)).map_or(span.end, |word| word.span.end)
}
