//! Where one wish of a request ends and the next begins.

mod carried;
mod claim;
mod each;
mod for_each;
mod freed;
mod named;
mod nested;
mod parallel;
mod parts;
mod piece;
mod sequence;
mod subordinate;
mod tagged;
mod verb;

use maestria_vocabulary::Span;

pub(crate) use self::{
    claim::claim,
    named::cut_at_names,
    piece::{Piece, pieces},
    tagged::{asked, likeliest, recut},
    verb::{is_order, is_verb},
};

use self::verb::{VERBS, is_imperative, is_verb_form};
use crate::{
    material::reported,
    words::{Word, words},
};

/// Words that join two wishes when a verb follows.
const CONNECTIVES: &[&str] =
    &["and", "then", "also", "plus", "afterwards", "finally", "next", "before", "after", "while", "&"];

/// Words that go with a connective: "after that", "while you're at it".
const WITH_CONNECTIVES: &[&str] = &["that", "this", "you're", "at", "it"];

/// Words before the verb of a wish that say nothing but politeness.
const POLITE: &[&str] = &[
    "please", "pls", "can", "could", "would", "will", "you", "kindly", "i", "need", "want", "you", "to", "me", "let's",
    "just", "now", "like", "i'd", "hey", "hi", "ok", "okay",
];

/// Words with which a sentence begins that only says what a wish is about.
const CONTEXT: &[&str] = &[
    "my", "our", "the", "a", "an", "this", "that", "these", "those", "i", "i'm", "we", "it", "he", "she", "they",
    "there", "if", "when", "once", "after", "before", "because", "since", "as", "while", "who", "which", "and", "then",
];

/// Splits `text` into its wishes, in order; together they cover everything but the words that join them. A text without a verb that
/// begins a wish is one clause; an empty text has none.
///
/// A wish begins where a sentence, a comma or a connective is followed by one of the verbs with which people begin wishes. Sentences
/// before the first wish are its context and belong to it.
pub(crate) fn clauses(text: &str) -> Vec<Span> {
    let words: Vec<Word<'_>> = words(text).collect();
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return Vec::new() };
    let mut clauses: Vec<Span> = Vec::new();
    let mut open = Span { start: first.span.start, end: last.span.end };
    let mut open_has_wish = begins_wish(&words) || is_negated(text) || keeps(text, &words);
    // Quotation marks before the first word, then between the starts of words.
    let mut quoted = text.get(..first.span.start).is_some_and(|start| start.matches('"').count() % 2 == 1);
    for (i, pair) in words.windows(2).enumerate() {
        let [left, right] = pair else { continue };
        let between = text.get(left.span.end..right.span.start).unwrap_or_default();
        let before = text.get(left.span.start..right.span.start).unwrap_or_default();
        quoted ^= before.matches('"').count() % 2 == 1;
        let following = words.get(i + 1..).unwrap_or_default();
        let joined = is(CONNECTIVES, right) || between.contains([',', ';', '\n', '.', '!', '?']);
        let inside = right.span.start > open.start;
        let is_told =
            || reported(text).iter().any(|told| told.start <= right.span.start && right.span.start < told.end);
        let ends_list = || names_last(text, &words, i + 1);
        let is_kept = || (joined || is(&["but"], right)) && keeps(text, following) && !is_told();
        let begins = || joined && begins_wish(following) && !ends_list();
        if quoted || !inside || is(CONNECTIVES, left) && between.trim().is_empty() || !begins() && !is_kept() {
            continue;
        }
        // "Email Bob and ask him to come" is one message.
        if open_has_wish && asks_the_same(skip_connectives(following)) {
            continue;
        }
        // What a connective joins to a wish is a wish too, whatever its verb: "Deskew it and save it".
        let alike = is(CONNECTIVES, right)
            && !words.iter().find(|word| word.span.start >= open.start).is_some_and(|word| is(CONTEXT, word));
        if open_has_wish || alike {
            clauses.push(Span { start: open.start, end: left.span.end });
            open.start = skip_connectives(following).first().map_or(right.span.start, |word| word.span.start);
        }
        open_has_wish = true;
    }
    clauses.push(open);
    clauses
}

/// Whether the word behind "and" is the last of a list of single words rather than a verb: "the status of auth, cart and search please".
fn names_last(text: &str, words: &[Word<'_>], place: usize) -> bool {
    let Some([and, _, rest @ ..]) = words.get(place..) else { return false };
    let Some([item, before]) = place.checked_sub(2).and_then(|from| words.get(from..place)) else { return false };
    let is_marked = |left: &Word<'_>, right: &Word<'_>| {
        text.get(left.span.end..right.span.start).is_some_and(|gap| gap.contains(','))
    };
    let ends = rest.iter().all(|word| is(&["please", "pls", "thanks"], word));
    is(&["and"], and) && ends && is_marked(item, before) && !is_verb(before) && !is_verb(item)
}

/// The words of a wish behind connectives and politeness.
pub(crate) fn order<'a, 'w>(words: &'a [Word<'w>]) -> &'a [Word<'w>] {
    skip(POLITE, skip_connectives(words))
}

/// Whether a wish begins with the first of `words`: after connectives and politeness there is a verb.
fn begins_wish(words: &[Word<'_>]) -> bool {
    match order(words) {
        [noun, to, ..] if is(TO_SOMEBODY, noun) => {
            let named = to.text.starts_with(|c: char| c.is_uppercase() || c == '#');
            named || is(&["him", "her", "them", "me", "us", "it", "that", "the", "my", "both", "all"], to)
        }
        [verb, rest @ ..] => {
            let told = rest.windows(2).take(LONGEST_TOLD);
            is(VERBS, verb)
                || is(TELLING, verb)
                    && told.into_iter().any(|pair| matches!(pair, [to, channel] if is_channel(to, channel)))
        }
        [] => false,
    }
}

/// Verbs of a wish that tells something in a channel.
pub(crate) const TELLING: &[&str] =
    &["say", "drop", "announce", "share", "put", "tell", "let", "write", "post", "leave", "mention", "publish"];

/// Most words of what is told in a channel.
const LONGEST_TOLD: usize = 24;

/// Whether two words name a channel in which something is told: "in #sales".
pub(crate) fn is_channel(to: &Word<'_>, channel: &Word<'_>) -> bool {
    let is_name = channel.text.strip_prefix('#').is_some_and(|name| name.starts_with(char::is_alphabetic));
    is_name && is(&["in", "to", "into", "on", "let", "tell"], to)
}

/// Whether words ask somebody named before for something: "ask her to come".
fn asks_the_same(words: &[Word<'_>]) -> bool {
    match skip(POLITE, words) {
        [verb, whom, to, ..] => {
            is(&["ask", "tell"], verb) && is(&["him", "her", "them"], whom) && is(&["to", "that", "not"], to)
        }
        _ => false,
    }
}

/// Nouns that are verbs of a wish where a person or a thing follows: "text Leo", "mail it to Ann".
const TO_SOMEBODY: &[&str] = &["text", "message", "mail", "chat", "ping", "page", "dm"];

/// The words behind "and then", "after that" and the like; all of them when there is no connective.
fn skip_connectives<'a, 'w>(words: &'a [Word<'w>]) -> &'a [Word<'w>] {
    match skip(CONNECTIVES, words) {
        rest if rest.len() == words.len() => words,
        rest => skip(CONNECTIVES, skip(WITH_CONNECTIVES, rest)),
    }
}

fn skip<'a, 'w>(list: &[&str], words: &'a [Word<'w>]) -> &'a [Word<'w>] {
    let skipped = words.iter().take_while(|word| is(list, word)).count();
    words.get(skipped..).unwrap_or_default()
}

fn is(list: &[&str], word: &Word<'_>) -> bool {
    list.contains(&word.lower().as_str())
}

/// Whether a clause only says what to do with the result of the one before: "save it as chart.svg", "and export that to out.md".
pub(crate) fn is_delivery(clause: &str) -> bool {
    const VERBS: &[&str] = &["save", "store", "export", "write", "put", "send", "dump", "call", "name"];
    const RESULT: &[&str] = &["it", "this", "that", "them", "result", "results", "output", "everything"];
    let words: Vec<_> = words(clause).collect();
    let rest = skip(POLITE, skip_connectives(&words));
    let [verb, object @ ..] = rest else { return false };
    let object = skip(&["the", "all", "of"], object);
    let names_result = object.first().is_some_and(|word| is(RESULT, word));
    let names_place = rest
        .windows(2)
        .any(|pair| matches!(pair, [cue, path] if is(&["as", "to", "into", "in"], cue) && path.is_path()));
    is(VERBS, verb)
        && (names_result || names_place && object.first().is_some_and(|word| is(&["as", "to", "into", "in"], word)))
}

/// Whether a clause says what not to do: "don't summarize it", "never delete a file".
pub(crate) fn is_negated(clause: &str) -> bool {
    const TURNS: &[&str] = &["but", "however", "though", "yet", "only", "just"];
    let words: Vec<_> = words(clause).collect();
    let rest = skip(POLITE, skip(TURNS, skip_connectives(&words)));
    match rest {
        [not, verb, ..] if is(&["don't", "don’t", "dont", "never"], not) => {
            is_verb(verb) || is(&["do", "touch"], verb)
        }
        [does, not, verb, ..] if is(&["do"], does) && is(&["not"], not) => is_verb(verb) || is(&["do", "touch"], verb),
        [does, nothing, ..] if is(&["do"], does) && is(&["nothing"], nothing) => true,
        [leave, .., last] if is(KEEPING, leave) => leaves(rest, last),
        [ignore, _] if is(&["ignore", "skip", "spare"], ignore) => true,
        [no, need, to, verb, ..] if is(&["no"], no) && is(&["need"], need) && is(&["to"], to) => is_verb_form(verb),
        [rather, than, verb, ..] if leads_to_other(rather, than) => is_doing(verb),
        [without, verb, ..] if is(&["without"], without) => is_doing(verb),
        _ => false,
    }
}

/// Verbs that let things be as they are.
const KEEPING: &[&str] = &["leave", "keep"];

/// Whether words say up to the next mark that nothing is to be done: "but leave A-1 alone", "and do nothing else".
fn keeps(text: &str, following: &[Word<'_>]) -> bool {
    // "Don't delete it" is about what was said before, which `forbidden` sees to.
    const OTHERS: &[&str] = &["it", "them", "that", "this", "any", "anything", "anyone"];
    let goes_on = |pair: &[Word<'_>]| match pair {
        [left, right] => {
            let gap = text.get(left.span.end..right.span.start).unwrap_or_default();
            !gap.contains([',', ';', '\n', '.', '!', '?']) && !is(CONNECTIVES, right)
        }
        _ => false,
    };
    let wish = skip(&["but"], skip_connectives(following));
    let count = 1 + wish.windows(2).take_while(|pair| goes_on(pair)).count();
    let is_plain = wish.iter().take(count).skip(2).all(|word| !is(UNLESS, word) && !is(OTHERS, word));
    let is_name = |word: &Word<'_>| word.text.contains(|c: char| c.is_ascii_digit() || c.is_uppercase());
    let names = wish.iter().take(count).skip(2).any(is_name);
    let is_forbidden = |verb: &Word<'_>| is_plain && names && is_verb(verb);
    match wish.get(..count) {
        Some([does, not, verb, ..]) if is(&["do"], does) && is(&["not"], not) => {
            is(&["touch"], verb) || is_forbidden(verb)
        }
        Some([does, nothing, ..]) if is(&["do"], does) => is(&["nothing"], nothing),
        Some([not, verb, ..]) if is(&["don't", "don’t", "dont", "never"], not) => {
            is(&["touch"], verb) || is_forbidden(verb)
        }
        Some([leave, .., last]) if is(KEEPING, leave) => wish.get(..count).is_some_and(|wish| leaves(wish, last)),
        _ => false,
    }
}

/// Whether what "leave" or "keep" stands before is to stay: "leave it alone", "keep A-1 as it is".
fn leaves(wish: &[Word<'_>], last: &Word<'_>) -> bool {
    let end: Vec<String> = wish.iter().rev().take(3).rev().map(Word::lower).collect();
    let end: Vec<&str> = end.iter().map(String::as_str).collect();
    let as_it_is = matches!(
        end.as_slice(),
        ["as", "it", "is" | "was"] | ["as", "they", "are" | "were"] | [.., "as", "is" | "before"]
    );
    // "Keep A-1" and "leave it" are whole wishes.
    let is_named = |word: &Word<'_>| {
        word.text.contains(|c: char| c.is_ascii_digit() || c.is_uppercase())
            || is(&["it", "them", "that", "these", "those"], word)
    };
    let is_whole = wish.len() == 2 && is_named(last);
    as_it_is || is_whole || is(&["alone", "untouched", "unchanged"], last)
}

/// Whether a word says what is being done: "cancelling".
fn is_doing(word: &Word<'_>) -> bool {
    const SHORTEST: usize = 5;
    word.text.len() >= SHORTEST && word.lower().ends_with("ing")
}

/// Whether two words lead to what is not to be done: "rather than", "instead of".
fn leads_to_other(first: &Word<'_>, second: &Word<'_>) -> bool {
    is(&["rather"], first) && is(&["than"], second) || is(&["instead"], first) && is(&["of"], second)
}

/// Where the words that forbid what follows them begin, if the words before `at` do: "don't" before "delete it".
fn forbids_next(text: &str, from: usize, at: usize) -> Option<usize> {
    let before: Vec<_> = words(text.get(from..at)?).collect();
    let next = words(text.get(at..)?).next();
    forbidding(&before, next.as_ref()).map(|word| from + word.span.start)
}

/// The first of the words at the end of `before` that forbid the next.
fn forbidding<'w, 'a>(before: &'w [Word<'a>], next: Option<&Word<'a>>) -> Option<&'w Word<'a>> {
    let is_doing = next.is_some_and(is_doing);
    match before {
        [.., not] if is(&["don't", "don’t", "dont", "never"], not) => Some(not),
        [.., does, not] if is(&["do"], does) && is(&["not"], not) => Some(does),
        [.., no, need, to] if is(&["no"], no) && is(&["need"], need) && is(&["to"], to) => Some(no),
        [.., rather, than] if is_doing && leads_to_other(rather, than) => Some(rather),
        [.., without] if is_doing && is(&["without"], without) => Some(without),
        _ => None,
    }
}

/// What a text says is done instead or left undone, up to the next mark: "rather than deleting it".
pub(crate) fn undone(text: &str) -> Vec<Span> {
    let all: Vec<Word<'_>> = words(text).collect();
    let spans = all.iter().enumerate().filter(|(_, word)| is_doing(word)).filter_map(|(place, word)| {
        let start = forbidding(all.get(..place)?, Some(word))?.span.start;
        Some(Span { start, end: next_mark(text, word.span.start)? })
    });
    spans.collect()
}

/// Where the next mark stands, or the text ends, but not farther than what is forbidden in one breath.
fn next_mark(text: &str, from: usize) -> Option<usize> {
    const LONGEST: usize = 256;
    let all = text.get(from..)?;
    let rest = all.get(..all.floor_char_boundary(LONGEST))?;
    let is_mark = |(at, c): &(usize, char)| {
        let behind = all.get(at + c.len_utf8()..).unwrap_or_default();
        matches!(c, ',' | ';' | '!' | '?' | '\n') || *c == '.' && !behind.starts_with(char::is_alphanumeric)
    };
    Some(from + rest.char_indices().find(is_mark).map_or(rest.len(), |(at, _)| at))
}

/// Words with which something is forbidden only up to some time or on some premise, or is not forbidden at all.
const UNLESS: &[&str] = &["until", "till", "before", "unless", "if", "when", "without", "forget", "hesitate", "let"];

/// What a text forbids in a clause of its own beside what it asks for, up to the next mark, and the verb: "archive it, don't delete it". What is
/// forbidden only up to some time or on some premise is not.
pub(crate) fn forbidden(text: &str) -> Vec<(Span, String)> {
    const FORBIDS: &[&str] = &["don", "not", "never", "no need"];
    let lower = text.to_lowercase();
    if !FORBIDS.iter().any(|word| lower.contains(word)) {
        return Vec::new();
    }
    let all: Vec<Word<'_>> = words(text).collect();
    let found = all.iter().enumerate().filter(|(_, word)| is_verb(word)).filter_map(|(place, word)| {
        let first = forbidding(all.get(..place)?, None)?;
        let mark = next_mark(text, word.span.start)?;
        let inside: Vec<&Word<'_>> = all.get(place..)?.iter().take_while(|word| word.span.start < mark).collect();
        // "Don't refund it and mail Ann" forbids no mail.
        let leads = |pair: &[&Word<'_>]| match pair {
            [word, next] => {
                is(&["just", "but", "only", "instead"], word) || is(&["and", "then"], word) && is_order(next)
            }
            _ => false,
        };
        let other = inside.windows(2).skip(1).position(leads).map(|place| place + 1);
        let said = other.and_then(|other| inside.get(..other)).unwrap_or(&inside);
        let end = other.and_then(|other| inside.get(other)).map_or(mark, |word| word.span.start);
        let is_plain = !said.iter().any(|word| is(UNLESS, word));
        let is_beside = text.get(..first.span.start)?.trim_end().ends_with([',', ';'])
            || place > 2 && leads_on(all.get(..place)?, first);
        (is_plain && is_beside).then(|| (Span { start: first.span.start, end }, word.lower()))
    });
    found.collect()
}

/// Whether "but" or "and" stands before the first of the words that forbid something.
fn leads_on(before: &[Word<'_>], first: &Word<'_>) -> bool {
    let joint = before.iter().rev().find(|word| word.span.start < first.span.start);
    joint.is_some_and(|word| is(&["but", "and"], word))
}

/// Whether a clause speaks of something said before: "translate it", "the result".
pub(crate) fn refers_back(clause: &str) -> bool {
    const REFERENCES: &[&str] = &["it", "this", "that", "these", "those", "them", "result", "results", "output"];
    words(clause).any(|word| is(REFERENCES, &word))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let found: Vec<_> = clauses(text).iter().map(|span| span.of(text).unwrap()).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_left_undone_is_found() {
        let check = |text: &str, expected: &[&str]| {
            let found: Vec<&str> = undone(text).iter().map(|span| span.of(text).unwrap()).collect();
            assert_eq!(found, expected, "{text}");
        };
        check("look it up rather than deleting it, then rest", &["rather than deleting it"]);
        check("pay it without cancelling über alles", &["without cancelling über alles"]);
        check("rather than a string, the king", &[]);
        check("", &[]);
    }

    #[test]
    fn what_is_forbidden_beside_a_wish_is_found() {
        let check = |text: &str, expected: &[(&str, &str)]| {
            let found = forbidden(text);
            let found: Vec<_> =
                found.iter().map(|(span, verb)| (span.of(text).unwrap().trim(), verb.as_str())).collect();
            assert_eq!(found, expected, "{text}");
        };
        check("archive email 4, don't delete it", &[("don't delete it", "delete")]);
        check("cancel A-71 but do not refund it; rest", &[("do not refund it", "refund")]);
        check("cancel A-71 but don't refund it and mail Ann", &[("don't refund it", "refund")]);
        check("pay it, don't refund 5.50 euros", &[("don't refund 5.50 euros", "refund")]);
        check("don't delete it until Friday", &[]);
        check("pay it, don't forget to mail it", &[]);
        check("archive it, don't delete it before Monday", &[]);
        check("", &[]);
    }

    #[test]
    fn wishes_are_told_apart() {
        check("", &[]);
        check("asdf qwer", &["asdf qwer"]);
        check("Summarize a.md in three sentences", &["Summarize a.md in three sentences"]);
        check(
            "Create a bar chart of revenue by region from a/b.csv and save it as chart.svg",
            &["Create a bar chart of revenue by region from a/b.csv", "save it as chart.svg"],
        );
        check("Analyze a.csv and write a report", &["Analyze a.csv", "write a report"]);
        check("crop it, rotate it, then send it to Ann", &["crop it", "rotate it", "send it to Ann"]);
        check("Translate this. After that, please make a chart.", &["Translate this", "please make a chart"]);
    }

    #[test]
    fn what_only_looks_like_two_wishes_is_one() {
        check("a chart of salt and pepper sales", &["a chart of salt and pepper sales"]);
        check("write a story about \"stop, and search\" laws", &["write a story about \"stop, and search\" laws"]);
        check("Don't send it, just find a room", &["Don't send it", "just find a room"]);
        check("My boss is angry. Write him a mail.", &["My boss is angry. Write him a mail"]);
    }

    #[test]
    fn saving_the_result_is_no_wish_of_its_own() {
        for clause in ["save it as chart.svg", "export the result to a.md", "write to out.txt", "then save that"] {
            assert!(is_delivery(clause), "{clause}");
        }
        for clause in ["write a report", "save the whales, a poem", "send Ann the report", "read it aloud", ""] {
            assert!(!is_delivery(clause), "{clause}");
        }
    }

    #[test]
    fn what_is_not_to_be_done_is_told_from_what_is() {
        let left =
            ["but leave a.md alone", "keep it as it is", "do nothing with it", "don't do anything", "don't touch it"];
        for clause in ["Don't summarize a.md", "please do not delete it", "never send mails"].into_iter().chain(left) {
            assert!(is_negated(clause), "{clause}");
        }
        for clause in [
            "summarize why cats don't swim",
            "do it",
            "don't you think so",
            "leave the channel",
            "keep a.md",
            "leave a note as it is late",
            "",
        ] {
            assert!(!is_negated(clause), "{clause}");
        }
    }

    proptest! {
        #[test]
        fn clauses_are_in_order_and_apart(text in "(and|then|write|please|make|\\.|,|\"| |\\PC){0,40}") {
            let clauses = clauses(&text);
            for pair in clauses.windows(2) {
                prop_assert!(pair[0].end <= pair[1].start);
            }
            for clause in clauses {
                prop_assert!(clause.of(&text).is_some_and(|text| !text.is_empty()));
            }
        }
    }
}
