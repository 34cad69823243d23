//! The items of an enumeration that a reading is a part of, or holds: "Ann" and "Bob" of "Ann, Bob" before "and Carl".

use maestria_vocabulary::Span;
use serde_json::json;

use super::super::{
    parameter::Parameter,
    passage::Passage,
    phrase::{ARTICLES, ENDS, PREPOSITIONS},
    span::odds_at,
    value::Reading,
};
use crate::{clause::is_verb, words::Word};

/// Most words of an item before others.
const MOST_WORDS: usize = 3;

/// Least mean logarithm of the odds of the words of an item that is not written like the one behind it.
const LEAST_ODDS: f32 = -1.0;

/// The same of an item behind others, of which the first is known.
const LEAST_ODDS_BEHIND: f32 = -3.0;

/// Whether a word joins items.
fn is_joint(word: &Word<'_>) -> bool {
    matches!(&*word.lower(), "and" | "or" | "nor" | "plus")
}

/// Whether a word between items belongs to none of them.
fn says_nothing(word: &Word<'_>) -> bool {
    is_joint(word) || ARTICLES.contains(&word.lower().as_str())
}

/// Whether a word, in lower case, is no part of an item.
fn ends_an_item(lower: &str) -> bool {
    [PREPOSITIONS, ENDS, ARTICLES].iter().any(|list| list.contains(&lower))
}

/// The items that a reading holds: it is divided at commas, "and" and "or", unless it is quoted.
pub(super) fn parts(passage: &Passage<'_>, reading: &Reading) -> Vec<Reading> {
    let quoted = passage
        .phrases
        .iter()
        .any(|phrase| phrase.quoted && phrase.span.start <= reading.span.start && reading.span.end <= phrase.span.end);
    if quoted || reading.value != passage.said(reading.span) {
        return vec![reading.clone()];
    }
    let mut spans = Vec::new();
    let mut start = reading.span.start;
    for word in
        passage.words.iter().filter(|word| reading.span.start <= word.span.start && word.span.end <= reading.span.end)
    {
        let behind = passage.text.get(word.span.end..reading.span.end).unwrap_or_default();
        let joint = is_joint(word);
        if joint || behind.starts_with(", ") {
            let end = if joint { word.span.start } else { word.span.end };
            spans.push(Span { start, end });
            start = word.span.end;
        }
    }
    spans.push(Span { start, end: reading.span.end });
    let items: Vec<Reading> = spans.into_iter().filter_map(|span| item(passage, span, reading.score)).collect();
    let is_town = |item: &Reading| passage.at(item.span).contains(char::is_lowercase);
    let mut pairs = items.windows(2);
    let has_state =
        pairs.any(|pair| matches!(pair, [town, state] if is_town(town) && is_state(passage.at(state.span))));
    if has_state { vec![reading.clone()] } else { items }
}

/// What a piece says without the marks, joints and articles at its ends.
fn item(passage: &Passage<'_>, span: Span, score: f64) -> Option<Reading> {
    let inside = |word: &&Word<'_>| span.start <= word.span.start && word.span.end <= span.end;
    let words: Vec<&Word<'_>> = passage.words.iter().filter(inside).skip_while(|word| says_nothing(word)).collect();
    let span = Span { start: words.first()?.span.start, end: words.last()?.span.end };
    Some(Reading { value: json!(passage.said(span)), span, score })
}

/// Whether an item is the code of a state, which belongs to the town before it: "MA" of "Boston, MA".
fn is_state(said: &str) -> bool {
    said.len() == 2 && said.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// Whether the network of arguments takes a word for a part of the value.
fn says(element: &Parameter<'_>, passage: &Passage<'_>, word: &Word<'_>) -> bool {
    odds_at(element, passage, word.span).is_some_and(|odds| odds > 0.0)
}

/// How an item is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// With capitals: "Ann Lee".
    Name,
    /// With digits or marks inside: "app_opened", "HX-20".
    Code,
    Plain,
}

fn form(word: &Word<'_>) -> Form {
    let is_code = |c: char| c.is_ascii_digit() || matches!(c, '_' | '-' | '.' | '/' | '@');
    if word.text.contains(is_code) {
        Form::Code
    } else if word.text.starts_with(char::is_uppercase) {
        Form::Name
    } else {
        Form::Plain
    }
}

/// The item before another one that a comma, "and" or "or" joins to it.
pub(super) fn preceding(element: &Parameter<'_>, passage: &Passage<'_>, next: &Reading) -> Option<Reading> {
    let before: Vec<&Word<'_>> = passage.words.iter().rev().filter(|word| word.span.end <= next.span.start).collect();
    let joints = before.iter().take_while(|word| says_nothing(word)).count();
    let says_so = before.iter().take(joints).any(|word| is_joint(word));
    let last = before.get(joints)?;
    let upto =
        joints.checked_sub(1).and_then(|place| before.get(place)).map_or(next.span.start, |word| word.span.start);
    let gap = passage.text.get(last.span.end..upto)?;
    if !(gap.trim() == "," || says_so && gap.trim().is_empty()) {
        return None;
    }
    let first_of_next = passage.words.iter().find(|word| word.span.start >= next.span.start)?;
    let wanted = form(first_of_next);
    let mut taken: Vec<&Word<'_>> = Vec::new();
    for word in before.iter().skip(joints).take(MOST_WORDS) {
        let is_joined =
            taken.last().is_none_or(|behind| passage.text.get(word.span.end..behind.span.start) == Some(" "));
        let ends = ends_an_item(&word.lower());
        let is_order = is_verb(word) && form(word) != Form::Code;
        let wanted = taken.last().map_or(wanted, |first| form(first));
        let is_other = !taken.is_empty() && (wanted != form(word) || wanted == Form::Code);
        if !is_joined || ends || is_order || is_other || passage.is_moment(word.span) || element.is_named(word.text) {
            break;
        }
        taken.push(word);
    }
    let span = Span { start: taken.last()?.span.start, end: taken.first()?.span.end };
    let is_likely = || odds_at(element, passage, span).is_none_or(|odds| odds > LEAST_ODDS);
    (wanted != Form::Plain || is_likely()).then(|| Reading {
        value: json!(passage.said(span)),
        span,
        score: next.score,
    })
}

/// Words that say something of the people named before: "when Fatou and Jens are free".
const PREDICATES: &[&str] = &[
    "am", "are", "is", "be", "was", "were", "has", "have", "had", "do", "does", "did", "can", "could", "will", "would",
    "should", "must", "may", "might", "both", "all", "each", "need", "needs", "want", "wants", "get", "gets", "meet",
    "free",
];

/// Words that begin something else.
const OTHERS: &[&str] = &["yes", "no", "it", "it's", "its", "i", "i'd", "we", "they", "that", "this", "please"];

/// The item behind another one that a comma, "and" or "or" joins to it.
pub(super) fn following(element: &Parameter<'_>, passage: &Passage<'_>, (last, score): (Span, f64)) -> Option<Reading> {
    let behind: Vec<&Word<'_>> = passage.words.iter().filter(|word| word.span.start >= last.end).collect();
    let joints = behind.iter().take_while(|word| says_nothing(word)).count();
    let first = behind.get(joints)?;
    let gap = passage.text.get(last.end..first.span.start)?;
    let marks = |c: char| c.is_whitespace() || ",'\"“”‘’`[]()&".contains(c);
    let said = behind.iter().take(joints).any(|word| is_joint(word)) || gap.contains(" & ");
    let plain = gap.split(marks).filter(|word| !word.is_empty()).count() == joints;
    if !plain || !said && !gap.contains(',') {
        return None;
    }
    let reading = |span: Span| Reading { value: json!(passage.said(span)), span, score };
    if let Some(quoted) = passage.phrases.iter().find(|phrase| phrase.quoted && phrase.span.start == first.span.start) {
        return Some(reading(quoted.span));
    }
    let lower = first.lower().replace('’', "'");
    let of_last: Vec<Form> = passage
        .words
        .iter()
        .filter(|word| last.start <= word.span.start && word.span.end <= last.end)
        .map(form)
        .collect();
    let is_list_of_moments = passage.is_moment(last);
    if OTHERS.contains(&lower.as_str()) || is_verb(first) && form(first) == Form::Plain {
        return None;
    }
    let wanted = form(first);
    let alike = of_last.iter().all(|form| *form == wanted);
    let may_say = |word: &Word<'_>| odds_at(element, passage, word.span).is_none_or(|odds| odds > LEAST_ODDS);
    let mut taken: Vec<&Word<'_>> = Vec::new();
    for word in behind.iter().skip(joints) {
        let is_joined =
            taken.last().is_none_or(|before| passage.text.get(before.span.end..word.span.start) == Some(" "));
        let lower = word.lower().replace('’', "'");
        let ends = ends_an_item(&lower);
        let is_counted = word.text.chars().all(|c| c.is_ascii_digit());
        let is_like = form(word) == wanted || wanted == Form::Name && is_counted;
        let is_other = !taken.is_empty()
            && (wanted != Form::Plain && (!is_like || wanted == Form::Code) && !says(element, passage, word)
                || lower.contains('\'') && form(word) != Form::Name);
        // "Carl's wife" is one.
        let is_owned = taken.last().is_some_and(|owner| {
            form(owner) == Form::Name && owner.text.ends_with(['\'', 's']) && owner.text.contains(['\'', '’'])
        });
        let is_other = is_other && !is_owned;
        let is_said = wanted == Form::Name && PREDICATES.contains(&lower.as_str());
        if !is_joined || ends || is_other || is_said || passage.is_moment(word.span) && !is_list_of_moments {
            break;
        }
        taken.push(word);
    }
    // What a mark or another item follows ends there.
    let behind_taken = taken.last().and_then(|last| passage.text.get(last.span.end..)).unwrap_or_default();
    let is_closed = behind_taken.is_empty()
        || behind_taken.starts_with([',', '.', ';', '!', '?', ')'])
        || [" and ", " or "].iter().any(|joint| behind_taken.starts_with(joint));
    while taken.len() > 1 && !is_closed && wanted == Form::Plain && taken.last().is_some_and(|last| !may_say(last)) {
        taken.pop();
    }
    let span = Span { start: taken.first()?.span.start, end: taken.last()?.span.end };
    let is_likely = || odds_at(element, passage, span).is_none_or(|odds| odds > LEAST_ODDS_BEHIND);
    (alike && wanted != Form::Plain || is_likely()).then(|| reading(span))
}

#[cfg(test)]
mod tests {
    use maestria_vocabulary::ToolSpec;
    use serde_json::{Value, json};

    use super::*;
    use crate::ArgumentExtractor;

    #[test]
    fn an_enumeration_is_taken_whole() {
        let check = |name: &str, text: &str, expected: Value| {
            let schema = json!({"type": "object", "required": [name],
                "properties": {name: {"type": "array", "items": {"type": "string"}}}});
            let tool = ToolSpec::new("serve".parse().unwrap(), "Serves").with_input(schema);
            let within = Span { start: 0, end: text.len() };
            let found = ArgumentExtractor::default().extract(&tool, text, within).arguments;
            let found = found.into_iter().next().map(|argument| argument.value);
            assert_eq!(found.unwrap_or_default(), expected, "{text}");
        };
        check(
            "steps",
            "run the funnel with the steps app_opened, search_done, item_saved",
            json!(["app_opened", "search_done", "item_saved"]),
        );
        check("rooms", "vacuum the rooms hallway and dining room", json!(["hallway", "dining room"]));
        check("guests", "invite the guests Fatima, Owen, Grace and Theo", json!(["Fatima", "Owen", "Grace", "Theo"]));
        check(
            "files",
            "merge the files cover.pdf, lease_v3.pdf and annex-B.pdf together",
            json!(["cover.pdf", "lease_v3.pdf", "annex-B.pdf"]),
        );
        check("guests", "invite the guest Fatima", json!(["Fatima"]));
    }
}
