//! What a request names only to leave it out, or to say something else in its place: "Ann, not Bob", "50 euros to Ann, no, 60".

use maestria_vocabulary::Span;

use super::{
    overlap,
    parameter::{Kind, Parameter},
    passage::Passage,
    value::{Reading, every},
};
use crate::{
    clause::forbidden,
    material::is_of_text,
    words::{Word, names_number, stem},
};

/// Words between what takes something back and the value that is meant.
const LINKS: &[&str] = &["to", "the", "a", "an", "on", "at", "in", "for", "from", "of", "any"];

/// Words of a speaker who thinks again.
const PAUSES: &[&str] = &["wait", "actually", "make", "that", "it", "well"];

/// Least score of a value that replaces another, and of that other.
const LEAST: f64 = 0.5;

/// The readings of a parameter that are meant: not those that are left out, and in the place of one that is taken back what is said instead.
pub(super) fn meant(parameter: &Parameter<'_>, passage: &Passage<'_>, mut readings: Vec<Reading>) -> Vec<Reading> {
    readings.retain(|reading| !is_of_another_label(parameter, passage, reading.span));
    // A truth value is read together with its "not".
    if parameter.kind() == Kind::Boolean {
        return readings;
    }
    for (before, later) in replaced(parameter, passage) {
        readings.retain(|reading| !overlap(reading.span, before));
        if readings.iter().all(|reading| reading.span != later.span) {
            readings.push(later);
        }
    }
    readings.retain(|reading| !is_left_out(passage, reading.span));
    if parameter.kind() == Kind::Text {
        readings.retain(|reading| !is_no_name(passage, reading.span));
        // "Refund it, don't cancel it" gives no reason.
        let is_reason = parameter.named(&["reason"]) && !parameter.required;
        let forbidden = if is_reason { forbidden(passage.text) } else { Vec::new() };
        readings.retain(|reading| {
            !forbidden.iter().any(|(span, _)| span.start <= reading.span.start && reading.span.end <= span.end)
        });
    }
    readings
}

/// Whether a piece stands in a text that a word before a colon announces for something else: "refund A-1, reason: they cancelled A-2".
fn is_of_another_label(parameter: &Parameter<'_>, passage: &Passage<'_>, span: Span) -> bool {
    let labelled = passage.labelled.iter().find(|labelled| labelled.start < span.start && span.start < labelled.end);
    let Some(labelled) = labelled else { return false };
    let label = passage.at(*labelled).split(':').next().unwrap_or_default().to_lowercase();
    let is_named = parameter.name_words.iter().any(|word| stem(word) == stem(&label) || word.starts_with(&label));
    let is_text = parameter.kind() == Kind::Text && !names_number(parameter.name);
    !is_named && !is_text && is_of_text(&label)
}

/// Whether a piece is one word that by itself is no text and no name of anything, and is not quoted.
fn is_no_name(passage: &Passage<'_>, span: Span) -> bool {
    const WORDS: &[&str] = &[
        "do", "does", "say", "says", "among", "become", "becomes", "well", "nor", "only", "get", "gets", "yet", "goes",
        "behind", "let", "come", "be", "been", "has", "have", "had", "want", "need", "either", "too", "also", "much",
        "many", "most", "some", "than", "just", "while", "how", "when", "where", "why", "who", "please", "and", "or",
        "but", "with", "without", "one", "lot",
    ];
    let quoted = passage.text.get(..span.start).is_some_and(|before| before.ends_with(['"', '“', '„', '«', '\'']));
    !quoted && WORDS.contains(&passage.at(span))
}

/// Whether the words before a piece leave it out: "but not to Bob", "instead of Bob", "not 17 and 21".
pub(super) fn is_left_out(passage: &Passage<'_>, span: Span) -> bool {
    let numbers = || passage.numbers.iter().map(|number| number.span);
    let joined = |number: &Span| passage.text.get(number.end..span.start).is_some_and(|gap| gap.trim() == "and");
    if let Some(first) = numbers().find(joined).filter(|_| numbers().any(|number| number == span)) {
        return is_left_out(passage, first);
    }
    let before = passage.words.iter().rev().filter(|word| word.span.end <= span.start);
    let mut before = before.skip_while(|word| LINKS.contains(&word.lower().as_str()));
    let Some(last) = before.next() else { return false };
    let gap = passage.text.get(last.span.end..span.start).unwrap_or_default();
    let next = before.next().map(Word::lower);
    let leaves_out = match last.lower().as_str() {
        "not" => next.as_deref() != Some("or"),
        "instead" => true,
        "than" => next.as_deref() == Some("rather"),
        _ => false,
    };
    leaves_out && !gap.contains([',', ';', '.', ':', '?', '!', '\n'])
}

/// Where the values stand that later ones replace, each the last before the one that does, and that one.
fn replaced(parameter: &Parameter<'_>, passage: &Passage<'_>) -> Vec<(Span, Reading)> {
    let is_mark =
        |word: &Word<'_>| matches!(&*word.lower(), "no" | "sorry" | "rather" | "correction" | "mean" | "meant");
    if !passage.words.iter().any(is_mark) {
        return Vec::new();
    }
    let mut said = every(parameter, passage);
    said.retain(|reading| reading.score >= LEAST && parameter.allows(&reading.value));
    let replacing = |later: &Reading| {
        let before = said.iter().map(|reading| reading.span).filter(|span| span.end <= later.span.start);
        before.max_by_key(|span| span.end).map(|before| (before, later.clone()))
    };
    said.iter().filter(|later| replaces(passage, later.span.start)).filter_map(replacing).collect()
}

/// Whether the words before a place take back what was said: ", no, ", ", I mean ", "or rather to ".
pub(super) fn replaces(passage: &Passage<'_>, start: usize) -> bool {
    let before = passage.text.get(passage.within.start..start).unwrap_or_default().to_lowercase();
    let mut words: Vec<&str> = before.split_whitespace().collect();
    let bare = |word: &str| word.trim_matches([',', ';', '.', '–', '—', '-', '…', '(']).to_owned();
    let mut is_thought_over = false;
    while let Some(word) = words.last().map(|word| bare(word))
        && (LINKS.contains(&word.as_str()) || PAUSES.contains(&word.as_str()))
    {
        is_thought_over = PAUSES.contains(&word.as_str());
        words.pop();
    }
    let ends = |word: &str| word == "or" || word.ends_with([',', ';', '.', '–', '—', '-', '…', '(']);
    let last = words.pop().unwrap_or_default();
    let takes_back = match bare(last).as_str() {
        "no" => is_thought_over || ends(last),
        "sorry" | "rather" | "correction" => true,
        "mean" | "meant" => words.pop() == Some("i"),
        _ => false,
    };
    takes_back && words.last().is_some_and(|word| ends(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ArgumentExtractor;

    fn passage_before(text: &str, what: &str, check: impl Fn(&Passage<'_>, Span) -> bool) -> bool {
        let start = text.rfind(what).unwrap();
        let extractor = ArgumentExtractor::default();
        let passage = extractor.passage(text, Span { start: 0, end: text.len() }, None);
        check(&passage, Span { start, end: start + what.len() })
    }

    #[test]
    fn not_leaves_out_what_follows_it() {
        let check = |text: &str, expected| assert_eq!(passage_before(text, "Bob", is_left_out), expected, "{text}");
        check("pay Ann, not Bob", true);
        check("pay Ann but not to Bob", true);
        check("pay Ann instead of Bob", true);
        check("pay Ann rather than Bob", true);
        check("whether or not Bob", false);
        check("pay not only Bob", false);
        check("why not? Bob", false);
        check("pay Bob", false);
    }

    #[test]
    fn words_that_join_are_no_names() {
        let check = |text: &str, what: &str, expected| {
            assert_eq!(passage_before(text, what, is_no_name), expected, "{text}");
        };
        check("mail him what you say", "say", true);
        check("answer \"say\"", "say", false);
        check("call the band Who", "Who", false);
        check("answer no", "no", false);
    }

    #[test]
    fn who_thinks_again_takes_back_what_was_said() {
        let check = |text: &str, expected: bool| {
            let found = passage_before(text, "60", |passage, span| replaces(passage, span.start));
            assert_eq!(found, expected, "{text}");
        };
        check("pay 50 to Ann, no, 60", true);
        check("pay 50 — no wait, make that 60", true);
        check("pay 50, sorry, 60", true);
        check("pay 50, I mean 60", true);
        check("pay 50 or rather 60", true);
        check("pay 50, no 60", false);
        check("say no to 60", false);
        check("60", false);
    }
}
