//! Pieces of a request cut once more where its words go over from one tool to another: "crop a.png, a reminder for noon".

use maestria_vocabulary::{Span, ToolSpec};

use super::{
    asks_the_same,
    carried::carried,
    each::done_to_each,
    for_each::{names_all, spread_each},
    forbids_next,
    freed::is_under_premise,
    is_negated, is_order, is_verb,
    parts::{Turn, begins_with_each, names_object, trimmed, turn},
    piece::{Piece, is_filler},
    sequence::put_first,
    subordinate::in_quotes,
};
use crate::{
    extract::number_spans,
    material::{announced, labelled, reported},
    tag::Tagged,
    words::{Word, identifier_words, stem, words},
};

/// Least probability of a tool for a run of words to be said to ask for it.
const LEAST: f32 = 0.5;

/// The probability from which on a single word decides what the others leave open: "weather Paris and Rome Sat".
const SURE: f32 = 0.75;

/// Least probability of a word that begins a call of another tool than the words before it.
const MAY_BEGIN: f32 = 0.2;

/// Least probability of a word that begins another call of the same tool.
const BEGINS: f32 = 0.9;

/// The same of a verb behind "and".
const LIKELY_BEGINS: f32 = 0.6;

/// Words behind which is said what is written or to be remembered.
const SAYING: &[&str] = &[" saying ", " says ", " say ", "remind me to ", ": "];

/// Objects of a verb that say nothing new.
const OBJECTS: &[&str] = &["him", "her", "them", "it", "me", "us"];

/// Least logarithm of a probability that counts.
pub(super) const LEAST_LOG: f32 = -7.0;

/// Cuts every piece where its words go over from one tool to another. What one part asks for may be what the other works on: "mail Ann"
/// works on what "the forecast for Oslo" gives.
pub(crate) fn recut(text: &str, pieces: Vec<Piece>, tagged: &[Tagged], tools: &[&ToolSpec]) -> Vec<Piece> {
    let mut moved: Vec<(Span, Span)> = Vec::new();
    let mut all: Vec<Piece> = Vec::new();
    for piece in pieces {
        let old = piece.span;
        let parts = cut(text, piece, tagged);
        if parts.iter().all(|part| part.span != old) {
            moved.extend(parts.iter().map(|part| (old, part.span)));
        }
        all.extend(parts);
    }
    let mut whole: Vec<Piece> = Vec::new();
    for piece in with_what_was_made(text, all, tagged, &mut moved) {
        match whole
            .last_mut()
            .filter(|before| goes_on(text, before, &piece, tagged) && !names_a_tool(&piece.wish, tools))
        {
            Some(before) => {
                let span = Span { start: before.span.start, end: piece.span.end };
                moved.extend([(before.span, span), (piece.span, span)]);
                *before = Piece { bond: before.bond.clone(), ..Piece::new(text, span) };
                before.bond.each |= piece.bond.each;
            }
            None => whole.push(piece),
        }
    }
    follow(&mut whole, &moved);
    carried(text, &mut whole, tagged, tools);
    done_to_each(text, &mut whole, tagged, tools);
    spread_each(text, &mut whole);
    put_first(text, &mut whole);
    whole
}

/// The pieces with what the call before makes left to the piece that speaks of it: "transcribe a.mp3 and post the transcript" asks for
/// one transcript.
fn with_what_was_made(text: &str, pieces: Vec<Piece>, tagged: &[Tagged], moved: &mut Vec<(Span, Span)>) -> Vec<Piece> {
    const DEFINITE: &[&str] = &["the", "its", "this", "that", "their"];
    let mut kept: Vec<Piece> = Vec::new();
    for mut piece in pieces {
        let is_spoken_of = |made: &Piece| {
            let before = text.get(..made.span.start).unwrap_or_default().split_whitespace().next_back();
            before.is_some_and(|before| DEFINITE.contains(&before.to_lowercase().as_str()))
        };
        let made = kept.last().filter(|made| piece.bond.of == [made.span] && is_spoken_of(made));
        let before = kept.len().checked_sub(2).and_then(|place| kept.get(place));
        if let Some(made) = made.filter(|made| before.is_some_and(|before| goes_on(text, before, made, tagged))) {
            let span = Span { start: piece.span.start.min(made.span.start), end: piece.span.end.max(made.span.end) };
            moved.extend([made.span, piece.span].into_iter().filter(|old| *old != span).map(|old| (old, span)));
            piece = Piece { bond: piece.bond, ..Piece::new(text, span) };
            piece.bond.of.clear();
            kept.pop();
        }
        kept.push(piece);
    }
    kept
}

/// Has pieces that come after others name them where they are now.
pub(super) fn follow(pieces: &mut [Piece], moved: &[(Span, Span)]) {
    let present: Vec<Span> = pieces.iter().map(|piece| piece.span).collect();
    for piece in pieces.iter_mut().filter(|_| !moved.is_empty()) {
        let mut now: Vec<Span> = Vec::new();
        let mut open: Vec<Span> = piece.bond.after.iter().rev().copied().collect();
        let mut seen: Vec<Span> = Vec::new();
        while let Some(span) = open.pop() {
            if seen.contains(&span) {
                continue;
            }
            seen.push(span);
            let is_present = present.contains(&span);
            if is_present && span != piece.span {
                now.push(span);
            }
            let next = moved.iter().filter(|(old, _)| *old == span && !is_present).map(|(_, new)| *new);
            open.extend(next.collect::<Vec<_>>().into_iter().rev());
        }
        piece.bond.after = now;
    }
}

/// Whether a wish begins with the verb of a tool's name, and with another word of it or one that begins no other wishes: "close incident INC-12",
/// "restock 30 there".
fn names_a_tool(wish: &str, tools: &[&ToolSpec]) -> bool {
    let mut said = words(wish);
    let (Some(first), Some(second)) = (said.next(), said.next()) else { return false };
    let (verb, object) = (stem(first.text), stem(second.text));
    let is_said = |tool: &&ToolSpec| match identifier_words(tool.id.as_str()).as_slice() {
        [name, rest @ ..] => stem(name) == verb && (!is_verb(&first) || rest.iter().any(|word| stem(word) == object)),
        [] => false,
    };
    tools.iter().any(is_said)
}

/// Whether a piece only says more of the call that the one before it asks for.
fn goes_on(text: &str, before: &Piece, piece: &Piece, tagged: &[Tagged]) -> bool {
    let plain = |piece: &Piece| !piece.bond.only_finds_out && piece.bond.of.is_empty();
    let same_premise = before.bond.when == piece.bond.when && piece.bond.after.is_empty();
    let is_later = before.bond.after.contains(&piece.span);
    let behind = before.span.end <= piece.span.start;
    let words: Vec<&Tagged> = own(piece, tagged).collect();
    let begins = words.iter().any(|word| begins_anew(text, word));
    let is_kept = is_negated(&before.wish) || is_negated(&piece.wish);
    plain(before) && plain(piece) && same_premise && behind && !is_later && !is_kept && !begins && {
        let words_before: Vec<&Tagged> = own(before, tagged).collect();
        let last = parts(&words_before).filter_map(likeliest).last();
        last.is_some() && last == likeliest(&words)
    }
}

/// How likely each tool is asked for by some word of a piece that is not part of another piece inside it, in `[0, 1]`.
pub(crate) fn asked(piece: &Piece, tagged: &[Tagged]) -> Vec<f32> {
    let mut asked = Vec::new();
    for word in own(piece, tagged) {
        let tools = word.asks.get(1..).unwrap_or_default();
        asked.resize(tools.len(), 0.0);
        asked.iter_mut().zip(tools).for_each(|(most, ask): (&mut f32, &f32)| *most = most.max(*ask));
    }
    asked
}

pub(super) fn own<'a>(piece: &Piece, tagged: &'a [Tagged]) -> impl Iterator<Item = &'a Tagged> {
    let (whole, inner) = (piece.span, piece.bond.of.clone());
    let inside = |word: &Span, span: &Span| word.start < span.end && span.start < word.end;
    tagged.iter().filter(move |word| inside(&word.span, &whole) && !inner.iter().any(|span| inside(&word.span, span)))
}

fn cut(text: &str, piece: Piece, tagged: &[Tagged]) -> Vec<Piece> {
    if piece.bond.only_finds_out || !piece.bond.of.is_empty() || is_negated(&piece.wish) {
        return vec![piece];
    }
    let mut behind = starts(text, &piece, tagged);
    if behind.len() < 2 {
        return vec![piece];
    }
    behind.remove(0);
    // What is forbidden keeps the word that forbids it.
    let start = piece.span.start;
    behind.iter_mut().for_each(|at| *at = forbids_next(text, start, *at).unwrap_or(*at));
    behind.iter_mut().for_each(|at| *at = several_of(text, start, *at).unwrap_or(*at));
    behind.dedup();
    behind.retain(|at| *at > start);
    let inside: Vec<Word<'_>> = words(piece.span.of(text).unwrap_or_default()).collect();
    let numbers = number_spans(&inside);
    // What others are told is one sentence, at least up to its first comma.
    let told = reported(text).into_iter().map(|span| {
        let comma = span.of(text).and_then(|said| said.find(','));
        Span { end: comma.map_or(span.end, |comma| span.start + comma), ..span }
    });
    let told: Vec<Span> = told.collect();
    let labels = labelled(text);
    behind.retain(|&start| {
        let place = start - piece.span.start;
        let in_a_number = numbers.iter().any(|number| number.start < place && place < number.end);
        // The mark that opens a quotation stands before its first word.
        let first = words(text.get(start..).unwrap_or_default()).next().map_or(start, |first| start + first.span.start);
        let is_quoted =
            in_quotes(text, first) && text.get(first..).is_some_and(|rest| rest.contains(['"', '”', '“', '»']));
        let is_told = told.iter().any(|told| told.start < start && start < told.end);
        let is_label = labels.iter().any(|label| label.start <= first && first < label.end);
        let said: Vec<Word<'_>> = words(text.get(start..).unwrap_or_default()).take(4).collect();
        // "Email her" is one wish.
        let is_object = said.first().is_some_and(|first| OBJECTS.contains(&first.lower().as_str()));
        let is_more = is_object || asks_the_same(&said) || asks_the_same(said.get(1..).unwrap_or_default());
        // "In #ops" says where what stands before it goes.
        let goes_there = text.get(start..).is_some_and(|rest| rest.starts_with(['#', '@'])) && {
            let before = text.get(piece.span.start..start).unwrap_or_default().split_whitespace().next_back();
            before.is_some_and(|before| {
                matches!(before.to_lowercase().as_str(), "in" | "to" | "on" | "into" | "at" | "via")
            })
        };
        !in_a_number && !is_quoted && !is_told && !is_more && !is_label && !goes_there && !is_announced(text, start)
    });
    if let Some(&first) = behind.first()
        && text.get(start..first).is_some_and(is_filler)
    {
        behind.remove(0);
    }
    if behind.is_empty() {
        return vec![piece];
    }
    let bounds: Vec<usize> = [piece.span.start].into_iter().chain(behind.iter().copied()).collect();
    let ends = behind.iter().copied().chain([piece.span.end]);
    let spans: Vec<Span> = bounds
        .into_iter()
        .zip(ends)
        .filter_map(|(start, end)| trimmed(text, Span { start, end }, end == piece.span.end))
        .collect();
    let mut parts: Vec<Piece> = Vec::new();
    for (place, span) in spans.iter().enumerate() {
        let mut part = Piece::new(text, *span);
        part.bond.when = piece.bond.when.clone().filter(|_| is_under_premise(text, &piece, *span));
        part.bond.each = names_all(&part.wish);
        if place == 0 {
            part.bond.after.clone_from(&piece.bond.after);
        }
        let before = place.checked_sub(1).and_then(|before| spans.get(before));
        match before.and_then(|before| Some((before, turn(text, *before, *span)?))) {
            Some((before, Turn::Second)) => part.bond.after.push(*before),
            Some((before, Turn::First)) => {
                parts.iter_mut().filter(|part| part.span == *before).for_each(|part| part.bond.after.push(*span));
            }
            None => {}
        }
        match parts.last_mut().zip(before) {
            Some((outer, before)) if names_object(text, *before, *span) || is_for(&outer.wish, &part.wish) => {
                outer.bond.of.push(*span);
                outer.bond.each |= is_done_to_each(&outer.wish, &part.wish)
                    || is_for_each(&part.wish)
                    || is_for(&outer.wish, &part.wish)
                    || is_of_each(&outer.wish, &part.wish);
                let place = parts.len() - 1;
                parts.insert(place, part);
            }
            _ => parts.push(part),
        }
    }
    parts
}

/// Where the words begin that name several things with what stands from a place on: "all orders of | the customer", "every | open order".
fn several_of(text: &str, start: usize, at: usize) -> Option<usize> {
    /// Most words that name things: "all the open orders".
    const MOST: usize = 4;
    let before = text.get(start..at)?.trim_end();
    let said: Vec<Word<'_>> = words(before).collect();
    let last = said.last()?;
    if begins_with_each(last.text) && before.ends_with(last.text) {
        let outer = before.get(..last.span.start).unwrap_or_default();
        let is_object = is_for(outer, last.text) || is_done_to_each(outer, last.text);
        return is_object.then_some(start + last.span.start);
    }
    let [.., noun, of] = said.as_slice() else { return None };
    // "Every one of" names nothing.
    if of.lower() != "of" || !before.ends_with(of.text) || matches!(noun.lower().as_str(), "one" | "single") {
        return None;
    }
    let begins =
        |word: &&Word<'_>| begins_with_each(word.text) || matches!(word.lower().as_str(), "the" | "my" | "our");
    let first = said.iter().rev().skip(2).take(MOST).find(begins)?;
    // "Mail the customer of | order A-1" is for whoever that is.
    let outer = before.get(..first.span.start).unwrap_or_default();
    let is_one = || names_only_order(outer) && text.get(at..).is_some_and(|next| !begins_with_each(next));
    (begins_with_each(first.text) || is_one()).then_some(start + first.span.start)
}

/// Whether words are an order of one word: "mail", "please mail".
fn names_only_order(wish: &str) -> bool {
    let said: Vec<Word<'_>> =
        words(wish).filter(|word| !matches!(word.lower().as_str(), "please" | "and" | "then")).collect();
    matches!(said.as_slice(), [only] if is_order(only) || is_verb(only))
}

/// Whether words say for what something is done: "for every overdue invoice".
pub(super) fn is_for_each(wish: &str) -> bool {
    let mut said = words(wish).map(|word| word.lower());
    said.next().is_some_and(|word| word == "for")
        && said.next().is_some_and(|word| matches!(word.as_str(), "each" | "every" | "all"))
}

/// Whether a verb has one thing after the other for its object: "cancel", "each order that is open", but not "mail Ann", "every open invoice".
fn is_done_to_each(verb: &str, object: &str) -> bool {
    const BESIDE: &[&str] =
        &["please", "can", "could", "would", "you", "off", "on", "up", "down", "out", "back", "and", "then"];
    let is_said = |word: &Word<'_>| !BESIDE.contains(&word.lower().as_str());
    let verb = verb.rsplit_once(['.', '!', '?']).map_or(verb, |(_, last)| last);
    begins_with_each(object) && words(verb).filter(is_said).count() == 1
}

/// Whether a wish ends with a preposition and the next names several things: "a reminder for", "every open invoice".
fn is_for(wish: &str, next: &str) -> bool {
    matches!(wish.split_whitespace().next_back(), Some("for" | "to" | "of" | "with")) && begins_with_each(next)
}

/// Whether a wish is for somebody of each of several things: "mail a reminder to", "the organizer of each event".
fn is_of_each(wish: &str, next: &str) -> bool {
    let is_open = matches!(wish.split_whitespace().next_back(), Some("to" | "for" | "with"));
    let said: Vec<String> = words(next).map(|word| word.lower()).collect();
    let is_each =
        |pair: &[String]| matches!(pair, [of, each] if of == "of" && matches!(each.as_str(), "each" | "every" | "all"));
    is_open && said.windows(2).take(4).any(is_each)
}

/// Whether a place is in the sentence that a colon announces: "email Ann: …".
fn is_announced(text: &str, place: usize) -> bool {
    let material = announced(text);
    let between = text.get(material..place).unwrap_or_default();
    material < place && !between.contains(['!', '?', ';', '\n']) && !between.contains(". ")
}

/// Where the words of every call begin: where a run of words that asks for a tool begins, unless it goes on with that of the run before.
fn starts(text: &str, piece: &Piece, tagged: &[Tagged]) -> Vec<usize> {
    let words: Vec<&Tagged> = own(piece, tagged).collect();
    let asking: Vec<(usize, &Tagged)> =
        parts(&words).filter_map(|part| Some((likeliest(part)?, *part.first()?))).collect();
    let calls = asking.chunk_by(|(left, _), (right, word)| left == right && !begins_anew(text, word));
    calls.filter_map(<[_]>::first).map(|(_, word)| word.span.start).collect()
}

/// Whether a word begins a call, even of the tool that the words before it ask for: surely, or likely as a verb behind "and" that
/// somebody named follows.
fn begins_anew(text: &str, word: &Tagged) -> bool {
    let before = text.get(..word.span.start).unwrap_or_default();
    let is_joined = || matches!(before.split_whitespace().next_back(), Some("and" | "then"));
    let is_order = || {
        let mut said = words(text.get(word.span.start..).unwrap_or_default());
        let verb = said.next().is_some_and(|first| is_order(&first));
        let is_named = |object: Word<'_>| object.text.contains('@') || object.text.starts_with(char::is_uppercase);
        verb && said.next().is_some_and(is_named)
    };
    // What a note says goes on behind "and".
    let is_said = || {
        let sentence = before.rsplit(['.', '!', '?', ';', '\n']).next().unwrap_or_default().to_lowercase();
        SAYING.iter().any(|saying| sentence.contains(saying))
    };
    word.begins >= BEGINS || word.begins >= LIKELY_BEGINS && is_joined() && is_order() && !is_said()
}

/// Runs of words, each from one that may begin a call up to the next.
fn parts<'w, 'a>(words: &'w [&'a Tagged]) -> impl Iterator<Item = &'w [&'a Tagged]> {
    words.chunk_by(|_, next| next.begins < MAY_BEGIN)
}

/// The tool that a run of words asks for, counted from zero: the likeliest by the geometric mean of what its words ask for, if it is likely,
/// and else that of a word which is sure of its tool.
pub(crate) fn likeliest(words: &[&Tagged]) -> Option<usize> {
    let labels = words.first()?.asks.len();
    let mut means = vec![0.0; labels];
    for word in words {
        means.iter_mut().zip(&word.asks).for_each(|(mean, ask)| *mean += ask.ln().max(LEAST_LOG) / words.len() as f32);
    }
    let all: f32 = means.iter().map(|mean: &f32| mean.exp()).sum();
    let tools = means.iter().skip(1).enumerate();
    let (best, mean) = tools.max_by(|(_, a), (_, b)| a.total_cmp(b))?;
    let asked = words.iter().flat_map(|word| word.asks.iter().skip(1).enumerate());
    let surest = asked.max_by(|(_, a), (_, b)| a.total_cmp(b)).filter(|(_, ask)| **ask >= SURE);
    if mean.exp() >= LEAST * all { Some(best) } else { surest.map(|(tool, _)| tool) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the calls of a text begin whose words ask for the tool of their number, or for none of three, and whose marked ones may begin
    /// a call as likely as told.
    fn check(words: &[(&str, Option<usize>, f32)], expected: &[&str]) {
        let text = words.iter().map(|(word, ..)| *word).collect::<Vec<_>>().join(" ");
        let mut end = 0;
        let tagged = words.iter().map(|(word, tool, begins)| {
            let start = end;
            end += word.len() + 1;
            let mut asks = vec![0.05; 4];
            asks[tool.map_or(0, |tool| tool + 1)] = 0.85;
            Tagged { span: Span { start, end: end - 1 }, asks, begins: *begins }
        });
        let piece = Piece::new(&text, Span { start: 0, end: text.len() });
        let starts = starts(&text, &piece, &tagged.collect::<Vec<_>>());
        let found: Vec<&str> = starts.iter().map(|start| text[*start..].split(' ').next().unwrap()).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn a_call_begins_where_words_go_over_to_another_tool_or_surely_begin_anew() {
        check(&[("crop", Some(0), 0.9), ("a.png", Some(0), 0.0), ("reminder", Some(1), 0.6)], &["crop", "reminder"]);
        check(&[("crop", Some(0), 0.9), ("the", Some(0), 0.0), ("reminder", Some(1), 0.1)], &["crop"]);
        check(&[("fly", Some(2), 0.9), ("rome", Some(2), 0.0), ("oslo", Some(2), 0.95)], &["fly", "oslo"]);
        check(&[("rome", Some(2), 0.9), ("in", Some(2), 0.5), ("may", Some(2), 0.0)], &["rome"]);
        check(&[("well", None, 0.3), ("hm", None, 0.0)], &[]);
    }

    #[test]
    fn what_is_done_to_each_has_no_other_object() {
        assert!(is_done_to_each("Please cancel", "every order of Ann"));
        assert!(is_done_to_each("turn off", "every light"));
        assert!(is_done_to_each("cancel", "all pending orders"));
        assert!(!is_done_to_each("mail Ann", "every order"));
        assert!(!is_done_to_each("cancel", "the orders"));
    }

    #[test]
    fn one_word_decides_only_if_it_is_sure() {
        check(&[("a", Some(1), 0.9), ("b", Some(0), 0.0), ("c", Some(1), 0.1), ("d", Some(1), 0.0)], &["a"]);
        check(
            &[("weather", Some(0), 0.9), ("a", None, 0.0), ("b", None, 0.0), ("mail", Some(1), 0.9)],
            &["weather", "mail"],
        );
        let words = |asks: &[[f32; 3]]| -> Vec<Tagged> {
            let word = |asks: &[f32; 3]| Tagged { span: Span { start: 0, end: 1 }, asks: asks.to_vec(), begins: 0.0 };
            asks.iter().map(word).collect()
        };
        let split = words(&[[0.1, 0.7, 0.2], [0.1, 0.2, 0.7]]);
        assert_eq!(likeliest(&split.iter().collect::<Vec<_>>()), None);
        let most = words(&[[0.1, 0.7, 0.2], [0.1, 0.2, 0.7], [0.1, 0.7, 0.2]]);
        assert_eq!(likeliest(&most.iter().collect::<Vec<_>>()), Some(0));
        let none = words(&[[0.9, 0.1, 0.0]]);
        assert_eq!(likeliest(&none.iter().collect::<Vec<_>>()), None);
        assert_eq!(likeliest(&[]), None);
    }
}
