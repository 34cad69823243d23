//! Subordinate clauses that say when something is to be done: premises ("if it rains") and order ("once it is deployed").

use maestria_vocabulary::{Comparison, Premise, Span};
use serde_json::Number;

use super::is_verb_form;
use crate::{
    extract::{first_number, number_word},
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
    /// Its premise, in the words `span`.
    pub(super) fn premise(&self, span: Span, text: &str) -> Premise {
        let negated = matches!(self.kind, Kind::Premise { negated: true, .. });
        Premise::new(span).negated(negated).with_amount(amount(span.of(text).unwrap_or_default()))
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
    if *opening == Opening::Otherwise {
        let word = rest.first()?.span;
        let whole = Span { start, end: word.end };
        let kind = Kind::Premise { negated: true, anaphoric: true };
        return Some((Subordinate { kind, whole, words: word, leads: true }, 1));
    }
    let behind = rest.get(introduction.len()..)?;
    let count = extent(text, behind, leads);
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
        Opening::When if leads && is_done(&said) => Kind::Done,
        Opening::When if begins && says_state(&said) => premise_kind(&said, false),
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
    for (place, pair) in behind.windows(2).enumerate() {
        let [left, right] = pair else { continue };
        let gap = text.get(left.span.end..right.span.start).unwrap_or_default();
        let quoted = in_quotes(text, right.span.start);
        let ends = gap.contains(['.', '!', '?', ',', ';', ':', '\n', '→', '–', '—'])
            || right.text == "->"
            || right.text == "→";
        let starts_wish = leads
            && place > 0
            && super::is_imperative(right)
            && !SUBJECTS.contains(&left.lower().as_str())
            && !is_article(left);
        if !quoted && (ends || leads && right.lower() == "then" || starts_wish) {
            return place + 1;
        }
    }
    behind.len()
}

fn is_article(word: &Word<'_>) -> bool {
    const ARTICLES: &[&str] =
        &["the", "a", "an", "my", "our", "any", "no", "this", "that", "his", "her", "of", "in", "some"];
    ARTICLES.contains(&word.lower().as_str())
}

fn premise_kind(said: &[&str], unless: bool) -> Kind {
    const YES: &[&str] = &["so", "yes", "yeah", "true", "it is", "that's the case", "it does", "need be", "necessary"];
    const NO: &[&str] = &["not", "no", "it isn't", "it's not", "it doesn't"];
    let joined = said.join(" ");
    let (yes, no) = (YES.contains(&joined.as_str()), NO.contains(&joined.as_str()));
    Kind::Premise { negated: unless != no, anaphoric: yes || no }
}

/// Whether nothing is said but that what came before is over.
fn is_done(said: &[&str]) -> bool {
    const DONE: &[&str] =
        &["done", "finished", "ready", "complete", "completed", "through", "over", "that", "this", "which"];
    const LINKS: &[&str] =
        &["it", "it's", "that's", "that", "this", "is", "has", "been", "are", "you're", "they", "all", "both", "which"];
    said.iter().all(|word| DONE.contains(word) || LINKS.contains(word)) && said.iter().any(|word| DONE.contains(word))
}

/// Whether it says what the person wants, which nothing has to find out: "if I don't want to pay more than 220".
fn says_a_wish(said: &[&str]) -> bool {
    const WISHES: &[&str] = &["want", "wanted", "prefer", "like", "wish", "need"];
    const BEFORE: &[&str] = &["don't", "don’t", "do", "not", "would"];
    let verb = match said {
        ["i" | "we", rest @ ..] => rest.iter().find(|word| !BEFORE.contains(word)),
        ["i'd" | "we'd", rest @ ..] => rest.first(),
        _ => None,
    };
    verb.is_some_and(|verb| WISHES.contains(verb))
}

/// Whether it only says of what came before how it is then: "it's gone", "they are on their way".
fn speaks_of_it(said: &[&str]) -> bool {
    const LONGEST: usize = 5;
    const TIMES: &[&str] = &[
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "noon",
        "midnight",
        "morning",
        "evening",
        "night",
        "dark",
        "late",
        "early",
        "time",
        "winter",
        "spring",
        "summer",
        "autumn",
    ];
    let is_state = match said {
        ["it's" | "that's" | "they're", ..] => true,
        ["it" | "that" | "this" | "they", is, ..] => matches!(*is, "is" | "are" | "has" | "have"),
        _ => false,
    };
    let tells_time = |word: &&str| TIMES.contains(word) || word.starts_with(|c: char| c.is_ascii_digit());
    is_state && said.len() <= LONGEST && !said.iter().any(tells_time)
}

/// Whether it says how something is, and not only when: "when a slot is found".
fn says_state(said: &[&str]) -> bool {
    let is = said.iter().any(|word| ["is", "are", "there's", "it's", "isn't"].contains(word));
    let asks =
        said.first().is_some_and(|word| ["is", "are", "do", "does", "will", "can", "did", "should"].contains(word));
    is && !asks && !said.iter().any(|word| ["home", "back", "here", "there"].contains(word))
}

/// Whether somebody does something in it: "you've moved it", "sending it".
fn acts(inside: &[Word<'_>]) -> bool {
    inside.iter().take(6).any(is_verb_form) && inside.len() > 1
}

/// The clause from its verb on: "you've moved a to b" is "moved a to b".
fn without_subject(inside: &[Word<'_>]) -> Option<Span> {
    const SUBJECTS: &[&str] = &["you", "you've", "i", "i've", "we", "we've", "have", "has", "having", "it", "they"];
    let from = inside.iter().position(|word| !SUBJECTS.contains(&word.lower().as_str()))?;
    Some(Span { start: inside.get(from)?.span.start, end: inside.last()?.span.end })
}

/// The amount that words compare something with.
fn amount(words_of: &str) -> Option<(Comparison, Number)> {
    let all: Vec<Word<'_>> = words(words_of).collect();
    let compares = all.iter().enumerate().find_map(|(place, word)| {
        compared(&word.lower(), all.get(place + 1).map(Word::lower).as_deref()).map(|op| (op, place))
    });
    let (op, place) = compares?;
    let behind = all.get(place..)?;
    let value = first_number(behind).or_else(|| behind.iter().find_map(number))?;
    let whole = value.fract() == 0.0 && value.abs() < 9e15;
    Some((op, if whole { Number::from(value as i64) } else { Number::from_f64(value)? }))
}

fn compared(word: &str, next: Option<&str>) -> Option<Comparison> {
    const MORE: &[&str] = &["over", "above", "exceeds", "exceed", "exceeding", ">", "beyond", "past"];
    const LESS: &[&str] = &["under", "below", "beneath", "<"];
    const MORE_THAN: &[&str] =
        &["more", "greater", "higher", "longer", "larger", "bigger", "hotter", "warmer", "stronger", "faster", "older"];
    const LESS_THAN: &[&str] =
        &["less", "fewer", "lower", "shorter", "smaller", "colder", "cooler", "cheaper", "slower", "worse"];
    let than = next == Some("than");
    if MORE.contains(&word) || than && MORE_THAN.contains(&word) {
        Some(Comparison::Greater)
    } else if LESS.contains(&word) || than && LESS_THAN.contains(&word) {
        Some(Comparison::Less)
    } else {
        None
    }
}

fn number(word: &Word<'_>) -> Option<f64> {
    number_word(word.text.trim_start_matches(['$', '€', '£']).trim_end_matches(['°', '$', '€', '£']))
}
