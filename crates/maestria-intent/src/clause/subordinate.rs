//! Subordinate clauses that say when something is to be done: premises ("if it rains") and order ("once it is deployed").

mod amount;
mod said;

use maestria_vocabulary::{Premise, Span};

use self::{
    amount::{amount, compared},
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

/// How subordinate clauses begin, longest first.
const INTRODUCTIONS: &[(&[&str], Opening)] = &[
    (&["only", "in", "that", "case"], Opening::Then),
    (&["only", "in", "that", "event"], Opening::Then),
    (&["in", "that", "case"], Opening::Then),
    (&["in", "that", "event"], Opening::Then),
    (&["only", "in", "case"], Opening::If),
    (&["but", "only", "if"], Opening::If),
    (&["and", "only", "if"], Opening::If),
    (&["provided", "that"], Opening::If),
    (&["provided", "only", "that"], Opening::If),
    (&["in", "the", "event", "that"], Opening::If),
    (&["in", "the", "event"], Opening::If),
    (&["on", "the", "condition", "that"], Opening::If),
    (&["so", "long", "as"], Opening::If),
    (&["assuming", "that"], Opening::If),
    (&["supposing", "that"], Opening::If),
    (&["on", "condition", "that"], Opening::If),
    (&["as", "long", "as"], Opening::If),
    (&["in", "case"], Opening::If),
    (&["only", "if"], Opening::If),
    (&["only", "when"], Opening::If),
    (&["but", "only", "when"], Opening::If),
    (&["but", "only", "after"], Opening::After),
    (&["only", "after"], Opening::After),
    (&["but", "not", "before"], Opening::After),
    (&["not", "before"], Opening::After),
    (&["but", "not", "until"], Opening::After),
    (&["not", "until"], Opening::After),
    (&["as", "soon", "as"], Opening::After),
    (&["if"], Opening::If),
    (&["provided"], Opening::If),
    (&["assuming"], Opening::If),
    (&["supposing"], Opening::If),
    (&["unless"], Opening::Unless),
    (&["otherwise"], Opening::Otherwise),
    (&["else"], Opening::Otherwise),
    (&["should"], Opening::Should),
    (&["whenever"], Opening::If),
    (&["before"], Opening::Before),
    (&["after"], Opening::After),
    (&["once"], Opening::After),
    (&["when"], Opening::When),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opening {
    If,
    Unless,
    Otherwise,
    /// What was asked last holds.
    Then,
    Should,
    When,
    Before,
    After,
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

/// How many of `behind` belong to a subordinate clause: up to the comma, to the end of the sentence, or to the wish that follows.
fn extent(text: &str, behind: &[Word<'_>], leads: bool) -> usize {
    const SUBJECTS: &[&str] = &["you", "i", "we", "they", "it", "he", "she", "not", "to", "be", "is", "are"];
    // "If it is still open, cancel it": what a mark follows is no wish.
    const LEADS: &[&str] = &["still", "just", "already", "currently", "now", "only", "yet", "really", "was", "been"];
    let mut joined = 0;
    for (place, pair) in behind.windows(2).enumerate() {
        let [left, right] = pair else { continue };
        if place < joined {
            continue;
        }
        let gap = text.get(left.span.end..right.span.start).unwrap_or_default();
        let quoted = in_quotes(text, right.span.start);
        let rest = behind.get(place + 1..).unwrap_or_default();
        if let Some(count) = second_premise(text, rest).filter(|_| leads && matches!(gap.trim(), "" | ",")) {
            joined = place + count;
            continue;
        }
        let ends = gap.contains(['.', '!', '?', ',', ';', ':', '\n', '→', '–', '—'])
            || right.text == "->"
            || right.text == "→";
        let next = behind.get(place + 2);
        let tells_somebody = super::is_order(right) && next.is_some_and(is_somebody);
        let rolls_back =
            right.lower() == "roll" && next.is_some_and(|next| matches!(&*next.lower(), "it" | "them" | "back"));
        let starts_wish = leads
            && place > 0
            && (super::is_imperative(right) || tells_somebody || rolls_back)
            && !SUBJECTS.contains(&left.lower().replace('’', "'").trim_end_matches("'s"))
            && !is_article(left)
            && !(LEADS.contains(&left.lower().as_str()) && ends_behind(text, right));
        let does_nothing = leads
            && right.lower() == "do"
            && behind.get(place + 2).is_some_and(|next| matches!(next.lower().as_str(), "nothing" | "not"));
        if !quoted && (ends || leads && right.lower() == "then" || starts_wish || does_nothing) {
            return place + 1;
        }
    }
    behind.len()
}

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
fn joined(text: &str, span: Span) -> Vec<Span> {
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
fn second_premise(text: &str, said: &[Word<'_>]) -> Option<usize> {
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
    let is_order = super::is_order(first) && !is_thing;
    let is_led = is_order || LEADING.contains(&first.lower().as_str());
    let follows = text.get(and.span.end..first.span.start).is_some_and(|gap| gap.trim().is_empty());
    (follows && links.is_some() && !is_led).then_some(1 + own.len())
}

/// Whether a word before the verb is written as the number of a thing: "reservation R-9 is ready".
fn names_thing(said: &[Word<'_>]) -> bool {
    let is_code = |word: &Word<'_>| {
        word.text.contains(|c: char| c.is_ascii_digit()) && word.text.starts_with(char::is_uppercase)
            || word.text.len() > 2 && word.text.chars().all(|c| c.is_ascii_digit())
    };
    said.iter().take_while(|word| !is_link(word)).any(is_code)
}

/// Whether a word stands for somebody.
fn is_somebody(word: &Word<'_>) -> bool {
    word.text.starts_with(char::is_uppercase) || matches!(&*word.lower(), "me" | "us" | "him" | "her" | "them")
}

/// Whether a wish follows a premise without a mark, "check it if its blocked take it out": behind how something is, an order with an object,
/// and before it nothing but what is to be looked up, which does not hang on it.
fn runs_on(text: &str, all: &[Word<'_>], place: usize, behind: &[Word<'_>]) -> bool {
    const STATES: &[&str] = &[
        "down", "late", "zero", "public", "valid", "invalid", "low", "high", "negative", "positive", "open", "full",
        "empty", "true", "false", "out", "ok", "fine", "free", "busy",
    ];
    const LINKS: &[&str] = &[
        "is", "it's", "its", "was", "been", "be", "are", "they're", "theyre", "still", "not", "really", "that's",
        "thats",
    ];
    const LOOKING: &[&str] =
        &["check", "see", "look", "track", "show", "read", "is", "are", "what", "what's", "how", "has"];
    const OBJECTS: &[&str] = &["it", "them", "him", "her", "me", "us", "the", "my", "our", "that", "this"];
    let lower = |word: &Word<'_>| word.lower().replace('’', "'");
    let begins = (0..place).rev().find(|before| begins_sentence(text, all, *before));
    let looks_up =
        begins.and_then(|first| all.get(first)).is_some_and(|first| LOOKING.contains(&lower(first).as_str()));
    let (upto, whole) = (extent(text, behind, true), extent(text, behind, false));
    let word = |place: Option<usize>| place.and_then(|place| behind.get(place)).map(lower).unwrap_or_default();
    let (state, link) = (word(upto.checked_sub(1)), word(upto.checked_sub(2)));
    let is_state = state.ends_with("ed") || STATES.contains(&state.as_str());
    let object = behind.get(upto + 1);
    let acts = object.is_some_and(|word| is_somebody(word) || OBJECTS.contains(&lower(word).as_str()));
    looks_up && upto < whole && is_state && LINKS.contains(&link.as_str()) && acts
}

/// Whether a premise between commas is the second of two that each lead a wish: "if it rains, mail Ann, if it snows, leave it".
fn goes_on(text: &str, all: &[Word<'_>], place: usize, behind: &[Word<'_>]) -> bool {
    let is_comma = |left: Option<&Word<'_>>, right: Option<&Word<'_>>| {
        let gap = left.zip(right).and_then(|(left, right)| text.get(left.span.end..right.span.start));
        gap.is_some_and(|gap| gap.trim_end().ends_with(','))
    };
    let begins = (0..place).rev().find(|before| begins_sentence(text, all, *before)).unwrap_or_default();
    // "Retry it if it failed, if it passed, merge it": what stands behind a wish has been said of that.
    let leads_already = all.get(begins).is_some_and(|first| first.lower() == "should")
        || all.get(begins..place).is_some_and(|before| {
            before.iter().any(|word| matches!(word.lower().as_str(), "if" | "unless" | "provided"))
        });
    let count = extent(text, behind, false);
    let order = behind.get(count);
    leads_already
        && is_comma(place.checked_sub(1).and_then(|before| all.get(before)), all.get(place))
        && is_comma(count.checked_sub(1).and_then(|last| behind.get(last)), order)
        && order.is_some()
}

/// Whether a mark follows a word.
fn ends_behind(text: &str, word: &Word<'_>) -> bool {
    let behind = text.get(word.span.end..).unwrap_or_default();
    behind.is_empty() || behind.starts_with(['.', '!', '?', ',', ';', ':', '\n'])
}

fn is_article(word: &Word<'_>) -> bool {
    const ARTICLES: &[&str] =
        &["the", "a", "an", "my", "our", "any", "no", "this", "that", "his", "her", "of", "in", "some"];
    ARTICLES.contains(&word.lower().as_str())
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
