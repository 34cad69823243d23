//! Subordinate clauses that say when something is to be done: premises ("if it rains") and order ("once it is deployed").

mod amount;
mod extent;
mod joined;
mod opening;
mod said;

use maestria_vocabulary::{Premise, Span};

use self::{
    amount::{amount, compared},
    extent::{extent, goes_on, runs_on},
    joined::{joined, names_thing},
    opening::{INTRODUCTIONS, Opening},
    said::{
        acts, asks, is_done, is_inverted, says_a_wish, says_how_it_is, says_state, speaks_of_it, tells, without_subject,
    },
};
use super::is_verb_form;
use crate::{
    extract::is_month,
    material::quotations,
    words::{Word, words},
};

/// A subordinate clause.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Subordinate {
    pub(super) kind: Kind,
    /// With the word that introduces it.
    pub(super) whole: Span,
    /// Without it.
    pub(super) words: Span,
    /// Whether what depends on it follows.
    pub(super) leads: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// Something must hold, or not; `anaphoric` where it is only "if so", "otherwise".
    Premise { negated: bool, anaphoric: bool },
    /// The wish in it comes after what it belongs to.
    Before,
    /// The wish in it comes before.
    After,
    /// What was said before comes before: "once that is done".
    Done,
}

impl Subordinate {
    /// Whether it says that what was compared before is so, or not, with another amount left out: "if it is below" after "if it is over 100".
    pub(super) fn turns(&self, before: &Premise, text: &str) -> Option<bool> {
        const LITTLE: &[&str] = &["it", "it's", "they", "they're", "that", "is", "are", "its", "falls", "than", "only"];
        let Kind::Premise { negated, anaphoric: false } = self.kind else { return None };
        let (op, _) = before.amount.as_ref()?;
        let said: Vec<String> = words(self.words.of(text)?).map(|word| word.lower().replace('’', "'")).collect();
        let mut rest = said.iter().filter(|word| !LITTLE.contains(&word.as_str()));
        let (only, last) = (rest.next()?, rest.next());
        let own = compared(only, None).or_else(|| compared(only, Some("than"))).filter(|_| last.is_none())?;
        Some(negated != (own != *op))
    }

    /// Whether it says by a verb that what was asked is so, or is not: "if it is", which "if so" does not; of words that deny, "it is" denies that.
    pub(super) fn answers(&self, before: &Premise, text: &str) -> Option<bool> {
        let Kind::Premise { negated, anaphoric: true } = self.kind else { return None };
        let said = self.words.of(text)?.to_lowercase();
        let mut all = said.split_whitespace();
        let is_whole =
            all.any(|word| matches!(word, "it" | "it's" | "she" | "she's" | "he" | "he's" | "they" | "they're"));
        let denies =
            |word: &str| matches!(word, "not" | "no" | "never") || word.ends_with("n't") || word.ends_with("n’t");
        let asked = before.span.of(text)?.to_lowercase();
        is_whole.then_some(negated != asked.split_whitespace().any(denies))
    }

    /// Its premise, in the words `span`.
    pub(super) fn premise(&self, span: Span, text: &str) -> Premise {
        let negated = matches!(self.kind, Kind::Premise { negated: true, .. });
        let one = |span: Span| Premise::new(span).with_amount(amount(span.of(text).unwrap_or_default()));
        one(span).negated(negated).all_of(joined(text, span).into_iter().map(one).collect())
    }
}

/// The subordinate clauses of `text`, in order.
pub(super) fn subordinates(text: &str) -> Vec<Subordinate> {
    let all: Vec<Word<'_>> = words(text).collect();
    let mut found: Vec<Subordinate> = Vec::new();
    let mut free = 0;
    for place in 0..all.len() {
        if place < free {
            continue;
        }
        let rest = all.get(place..).unwrap_or_default();
        if let Some((subordinate, count)) = introduced(text, &all, place).or_else(|| fragment(text, &all, place)) {
            free = place + count.max(1);
            found.push(subordinate);
        }
        if rest.is_empty() {
            break;
        }
    }
    found
}

fn introduced(text: &str, all: &[Word<'_>], place: usize) -> Option<(Subordinate, usize)> {
    let rest = all.get(place..)?;
    let (introduction, opening) = INTRODUCTIONS.iter().find(|(introduction, _)| {
        rest.len() >= introduction.len() && introduction.iter().zip(rest).all(|(said, word)| word.lower() == *said)
    })?;
    if in_quotes(text, rest.first()?.span.start) {
        return None;
    }
    let begins = begins_sentence(text, all, place);
    let leads =
        begins || all.get(place.checked_sub(1)?).is_some_and(|before| JOINING.contains(&before.lower().as_str()));
    let start = rest.first()?.span.start;
    if let Opening::Otherwise | Opening::Then = opening {
        let whole = Span { start, end: rest.get(introduction.len() - 1)?.span.end };
        let negated = *opening == Opening::Otherwise;
        let kind = Kind::Premise { negated, anaphoric: true };
        return Some((Subordinate { kind, whole, words: whole, leads: negated || leads }, introduction.len()));
    }
    let behind = rest.get(introduction.len()..)?;
    if matches!(opening, Opening::Before | Opening::After) && begins_date(behind) {
        return None;
    }
    let leads =
        leads || *opening == Opening::If && (runs_on(text, all, place, behind) || goes_on(text, all, place, behind));
    let count = if *opening == Opening::After && is_that_alone(text, behind) { 1 } else { extent(text, behind, leads) };
    let inside = behind.get(..count)?;
    let (first, last) = (inside.first()?, inside.last()?);
    let whole = Span { start, end: last.span.end };
    let span = Span { start: first.span.start, end: last.span.end };
    let lower: Vec<String> = inside.iter().map(Word::lower).collect();
    let said: Vec<&str> = lower.iter().map(String::as_str).collect();
    let kind = match opening {
        Opening::If if says_a_wish(&said) => return None,
        Opening::If | Opening::Unless => premise_kind(&said, *opening == Opening::Unless),
        Opening::Should if begins => premise_kind(&said, false),
        Opening::Should if is_inverted(&said) && !asks(text, all, place) => premise_kind(&said, false),
        Opening::When if leads && is_done(&said) => Kind::Done,
        Opening::When if begins && says_state(&said) => premise_kind(&said, false),
        // "When reservation R-9 is ready" is a premise of a thing that can be looked up.
        Opening::When if says_state(&said) && names_thing(inside) && !tells(all.get(..place)?) => {
            premise_kind(&said, false)
        }
        Opening::When if tells_more(&said, text, span) && !tells(all.get(..place)?) => premise_kind(&said, false),
        Opening::After if is_done(&said) || leads && place > 0 && speaks_of_it(&said) => Kind::Done,
        Opening::After | Opening::Before if acts(inside) => {
            if *opening == Opening::Before {
                Kind::Before
            } else {
                Kind::After
            }
        }
        _ => return None,
    };
    let words = match kind {
        Kind::Before | Kind::After => without_subject(inside).unwrap_or(span),
        _ => span,
    };
    Some((Subordinate { kind, whole, words, leads }, introduction.len() + count))
}

/// Whether words begin with a date or a time of day: "before Feb 1", "after 5 pm", but not "after April approves".
fn begins_date(words: &[Word<'_>]) -> bool {
    const TIMES: &[&str] = &["today", "tomorrow", "yesterday", "noon", "midnight"];
    let [first, rest @ ..] = words else { return false };
    let lower = first.lower();
    let is_digit = |word: &Word<'_>| word.text.starts_with(|c: char| c.is_ascii_digit());
    let is_name = is_month(&lower) && rest.first().is_none_or(is_digit);
    is_name || TIMES.contains(&lower.as_str()) || is_digit(first)
}

/// Whether "that" behind "after" stands for what was said before, and an order follows it without a mark: "after that deploy it".
fn is_that_alone(text: &str, behind: &[Word<'_>]) -> bool {
    const LINKS: &[&str] = &["of", "to", "for", "in", "on", "at", "by", "from", "is", "was", "has"];
    let [that, order, rest @ ..] = behind else { return false };
    let is_marked = |left: &Word<'_>, right: &Word<'_>| {
        text.get(left.span.end..right.span.start).is_some_and(|gap| gap.contains(['.', '!', '?', ',', ';', ':', '\n']))
    };
    // "After that refund of A-1, cancel A-2" has an order behind the mark.
    let is_object = rest
        .first()
        .is_some_and(|next| !is_marked(order, next) && !is_verb_form(next) && !LINKS.contains(&&*next.lower()));
    let is_led =
        rest.windows(2).any(|pair| matches!(pair, [left, right] if is_marked(left, right) && super::is_order(right)));
    let is_object = is_object && !is_led;
    that.lower() == "that" && super::is_order(order) && !is_marked(that, order) && is_object
}

/// Whether what follows "when" is a premise and no time: it compares something, or says how what was spoken of is.
fn tells_more(said: &[&str], text: &str, span: Span) -> bool {
    let compares = span.of(text).is_some_and(|said| amount(said).is_some());
    compares && says_state(said) || says_how_it_is(said)
}

/// A premise without an introduction: "Negative? Then …", "over 150: …", "unhealthy? tell …".
fn fragment(text: &str, all: &[Word<'_>], place: usize) -> Option<(Subordinate, usize)> {
    const LONGEST: usize = 5;
    if place == 0 || !begins_sentence(text, all, place) {
        return None;
    }
    let rest = all.get(place..)?;
    let count = extent(text, rest, true);
    let inside = rest.get(..count).filter(|inside| inside.len() <= LONGEST)?;
    let (first, last) = (inside.first()?, inside.last()?);
    let next = rest.get(count)?;
    let gap = text.get(last.span.end..next.span.start)?;
    let compares = compared(&first.lower(), inside.get(1).map(Word::lower).as_deref()).is_some();
    // "And in Oslo?" asks the same once more.
    let asks_on = matches!(first.lower().as_str(), "and" | "or" | "what" | "how" | "same");
    let asks = gap.contains('?') && !asks_on && !inside.iter().any(is_verb_form);
    let states = compares && gap.contains([':', ',', '→', '?']);
    if !asks && !states || in_quotes(text, first.span.start) {
        return None;
    }
    let span = Span { start: first.span.start, end: last.span.end };
    let lower: Vec<String> = inside.iter().map(Word::lower).collect();
    let said: Vec<&str> = lower.iter().map(String::as_str).collect();
    Some((Subordinate { kind: premise_kind(&said, false), whole: span, words: span, leads: true }, count))
}

/// Words after which a subordinate clause leads what follows.
const JOINING: &[&str] = &["and", "but", "then", "or", "so"];

fn begins_sentence(text: &str, all: &[Word<'_>], place: usize) -> bool {
    let Some(before) = place.checked_sub(1).and_then(|place| all.get(place)) else { return true };
    let gap = all.get(place).and_then(|word| text.get(before.span.end..word.span.start)).unwrap_or_default();
    gap.contains(['.', '!', '?', '\n', ';', ':'])
}

/// Whether a place lies within quotation marks.
pub(super) fn in_quotes(text: &str, place: usize) -> bool {
    quotations(text).iter().any(|span| span.start < place && place < span.end)
}

fn premise_kind(said: &[&str], unless: bool) -> Kind {
    const YES: &[&str] = &[
        "so",
        "yes",
        "yeah",
        "true",
        "it is",
        "that's the case",
        "it does",
        "need be",
        "necessary",
        "she is",
        "he is",
        "they are",
    ];
    const NO: &[&str] = &[
        "not",
        "no",
        "it isn't",
        "it's not",
        "it is not",
        "it doesn't",
        "it hasn't",
        "it has none",
        "she isn't",
        "she is not",
        "she's not",
        "he isn't",
        "he is not",
        "he's not",
        "they aren't",
        "they are not",
        "they're not",
        "they don't",
    ];
    let joined = said.join(" ").replace('’', "'");
    let (yes, no) = (YES.contains(&joined.as_str()), NO.contains(&joined.as_str()));
    Kind::Premise { negated: unless != no, anaphoric: yes || no }
}
