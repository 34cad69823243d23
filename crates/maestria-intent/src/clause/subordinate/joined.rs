//! Premises that are joined by "and", and what words of a premise are about.

use maestria_vocabulary::Span;

use super::in_quotes;
use crate::{
    clause::is_order,
    words::{Word, words},
};

/// Whether a word is a verb by which a premise says how something is.
fn is_link(word: &Word<'_>) -> bool {
    const LINKS: &[&str] = &[
        "is",
        "are",
        "was",
        "were",
        "has",
        "have",
        "isn't",
        "aren't",
        "hasn't",
        "haven't",
        "wasn't",
        "weren't",
        "it's",
        "they're",
        "contains",
        "mentions",
        "says",
        "exceeds",
        "exceed",
        "costs",
        "passed",
        "failed",
        "succeeded",
        "finished",
    ];
    LINKS.contains(&word.lower().replace('’', "'").as_str())
}

/// The premises that are joined by "and" in a span, each with a verb of its own; none where it is but one.
pub(super) fn joined(text: &str, span: Span) -> Vec<Span> {
    let all: Vec<Word<'_>> =
        words(text).filter(|word| span.start <= word.span.start && word.span.end <= span.end).collect();
    let is_joint = |word: &Word<'_>| word.lower() == "and" && !in_quotes(text, word.span.start);
    let parts = all.split(is_joint).map(|part| {
        let (first, last) = (part.first()?, part.last()?);
        // "And is blocked" says it of the same.
        (!is_link(first) && part.iter().any(is_link)).then_some(Span { start: first.span.start, end: last.span.end })
    });
    let parts: Option<Vec<Span>> = parts.collect();
    parts.filter(|parts| parts.len() > 1).unwrap_or_default()
}

/// How many words say a second premise with which they begin, if a wish follows it behind a mark: "and order B is paid, cancel C".
pub(super) fn second_premise(text: &str, said: &[Word<'_>]) -> Option<usize> {
    const LEADING: &[&str] = &[
        "then",
        "if",
        "unless",
        "when",
        "once",
        "after",
        "before",
        "only",
        "as",
        "in",
        "otherwise",
        "tell",
        "let",
        "also",
        "please",
        "whatever",
    ];
    let (and, rest) = said.split_first().filter(|(and, _)| and.lower() == "and")?;
    let first = rest.first()?;
    let is_marked = |pair: &[Word<'_>]| {
        let [left, right] = pair else { return false };
        text.get(left.span.end..right.span.start).is_some_and(|gap| gap.contains(['.', '!', '?', ',', ';', ':', '\n']))
    };
    let end = rest.windows(2).position(is_marked)?;
    let own = rest.get(..=end)?;
    let links = own.iter().position(is_link);
    // "Order 1183 is paid" orders nothing.
    let is_thing = links == Some(2) && own.get(1).is_some_and(|word| word.text.contains(|c: char| c.is_ascii_digit()));
    let is_order = is_order(first) && !is_thing;
    let is_led = is_order || LEADING.contains(&first.lower().as_str());
    let follows = text.get(and.span.end..first.span.start).is_some_and(|gap| gap.trim().is_empty());
    (follows && links.is_some() && !is_led).then_some(1 + own.len())
}

/// Whether a word before the verb is written as the number of a thing: "reservation R-9 is ready".
pub(super) fn names_thing(said: &[Word<'_>]) -> bool {
    let is_code = |word: &Word<'_>| {
        word.text.contains(|c: char| c.is_ascii_digit()) && word.text.starts_with(char::is_uppercase)
            || word.text.len() > 2 && word.text.chars().all(|c| c.is_ascii_digit())
    };
    said.iter().take_while(|word| !is_link(word)).any(is_code)
}
