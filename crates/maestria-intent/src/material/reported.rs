//! What others are to be told or asked: "ask Ann to cancel the order" is no order to cancel it.

use maestria_vocabulary::Span;

use super::{closes, opens};
use crate::{
    clause::is_verb,
    words::{Word, words},
};

/// Verbs that pass on an order: "ask Ann to …".
const ASKING: &[&str] = &[
    "ask",
    "asks",
    "asking",
    "tell",
    "tells",
    "telling",
    "remind",
    "reminds",
    "reminding",
    "urge",
    "beg",
    "instruct",
    "invite",
];

/// Verbs that pass on a statement: "tell Ann that …", "let Ann know that …".
const TELLING: &[&str] = &[
    "tell",
    "telling",
    "inform",
    "informing",
    "write",
    "writing",
    "saying",
    "text",
    "texting",
    "email",
    "mail",
    "message",
    "notify",
    "notifying",
    "remind",
    "reminding",
    "let",
];

/// Verbs that pass on a note: "send Ann a message that …".
const SENDING: &[&str] =
    &["send", "sending", "drop", "dropping", "leave", "leaving", "give", "giving", "shoot", "write"];

/// What is passed on by them.
const NOTES: &[&str] =
    &["message", "note", "mail", "email", "e-mail", "text", "sms", "letter", "line", "word", "heads-up", "notice"];

/// Verbs behind which a colon says what is told: "comment on AB-1: …".
const COMMENTING: &[&str] =
    &["comment", "reply", "respond", "answer", "write", "say", "post", "announce", "dm", "message", "remind"];

/// Whom one asks, by no name.
const SOMEBODY: &[&str] =
    &["him", "her", "them", "everyone", "everybody", "someone", "somebody", "anyone", "anybody", "people", "folks"];

/// Whom one has reminded, beside those.
const ONESELF: &[&str] = &["me", "us", "myself", "ourselves"];

/// Most words of what is said in a channel, with the channel.
const MOST_SAID: usize = 16;

/// Most words of a name.
const MOST_OF_NAME: usize = 4;

/// Most words between the verb and what is passed on: "tell Ann Lee of the night shift by mail that …".
const MOST_BETWEEN: usize = 6;

/// What a text has others told or asked: the words behind "to" or "that", up to the end of the sentence, or where something else is wished.
pub(crate) fn reported(text: &str) -> Vec<Span> {
    let all: Vec<Word<'_>> = words(text).collect();
    let mut found: Vec<Span> = Vec::new();
    for (place, word) in all.iter().enumerate() {
        let verb = word.lower();
        let behind = all.get(place + 1..).unwrap_or_default();
        let asked = ASKING.contains(&verb.as_str()).then(|| asked_to(&verb, behind)).flatten();
        let tells = TELLING.contains(&verb.as_str()) || SENDING.contains(&verb.as_str());
        let told = || tells.then(|| told_that(&verb, behind)).flatten();
        let said = || COMMENTING.contains(&verb.as_str()).then(|| said_behind_colon(text, word, behind)).flatten();
        if let Some(span) =
            said_in_channel(text, word, behind).filter(|span| found.last().is_none_or(|last| last.end <= span.start))
        {
            found.push(span);
            continue;
        }
        let told = asked.is_none().then(told).flatten();
        let Some(first) = asked.or(told).or_else(said).and_then(|at| behind.get(at)) else { continue };
        let start = first.span.start;
        let sentence = text.get(..start).map_or(start, |before| before.trim_end_matches([':', ' ']).len());
        if found.last().is_none_or(|last| last.end <= start) && is_one_sentence(text, word.span.end, sentence) {
            found.push(Span { start, end: end(text, start, told.is_some()) });
        }
    }
    found
}

/// Where what somebody is asked to do begins among the words behind the verb.
fn asked_to(verb: &str, behind: &[Word<'_>]) -> Option<usize> {
    let first = behind.first()?;
    let lower = first.lower();
    let oneself = verb.starts_with("remind") && ONESELF.contains(&lower.as_str());
    let named = behind.iter().take(MOST_OF_NAME).take_while(|word| is_name(word)).count();
    let whom = if oneself || SOMEBODY.contains(&lower.as_str()) { 1 } else { named };
    let rest = behind.get(whom..).filter(|_| whom > 0)?;
    match rest {
        [to, _, ..] if to.lower() == "to" => Some(whom + 1),
        [not, to, _, ..] if not.lower() == "not" && to.lower() == "to" => Some(whom + 2),
        _ => None,
    }
}

/// Where what somebody else is told begins among the words behind the verb.
fn told_that(verb: &str, behind: &[Word<'_>]) -> Option<usize> {
    let that = behind.iter().take(MOST_BETWEEN).position(|word| word.lower() == "that")?;
    let whom: Vec<String> = behind.get(..that)?.iter().map(Word::lower).collect();
    let sends_note = SENDING.contains(&verb) && has_note(&whom);
    let is_told = match (verb, whom.as_slice()) {
        ("saying", []) => true,
        ("let", [.., know]) => know == "know" && whom.len() > 1,
        (verb, whom) => sends_note || TELLING.contains(&verb) && !whom.is_empty(),
    };
    // "The report that Bob wrote" is described by what follows, and what one is told oneself is no message.
    let is_plain = |word: &String| {
        !matches!(word.as_str(), "the" | "a" | "an" | "this" | "all" | "any" | "and")
            && !ONESELF.contains(&word.as_str())
    };
    let states = behind.get(that + 1).is_some_and(|next| {
        let next = next.lower();
        !matches!(next.as_str(), "is" | "are" | "was" | "were" | "has" | "have") && behind.get(that + 2).is_some()
    });
    let is_of_others = sends_note && !whom.iter().any(|word| ONESELF.contains(&word.as_str()));
    (is_told && states && (is_of_others || whom.iter().all(is_plain))).then_some(that + 1)
}

/// Where what is said begins among the words behind the verb, if a colon stands before it.
fn said_behind_colon(text: &str, verb: &Word<'_>, behind: &[Word<'_>]) -> Option<usize> {
    let before =
        |at: usize| at.checked_sub(1).and_then(|at| behind.get(at)).map_or(verb.span.end, |word| word.span.end);
    let gap = |at: usize| text.get(before(at)..behind.get(at)?.span.start);
    (0..MOST_BETWEEN).find(|at| gap(*at).is_some_and(|gap| gap.starts_with(": ") || gap.starts_with(":\u{a0}")))
}

/// What is said in a channel without a mark around it: "say restart srv-1 in #ops".
fn said_in_channel(text: &str, verb: &Word<'_>, behind: &[Word<'_>]) -> Option<Span> {
    const SAYING: &[&str] = &["say", "write", "announce", "shout"];
    const DETERMINERS: &[&str] = &["the", "a", "an", "my", "our", "its", "their", "this", "that", "it", "them", "all"];
    SAYING.contains(&verb.lower().as_str()).then_some(())?;
    let channel = behind.iter().take(MOST_SAID).position(|word| word.text.starts_with('#'))?;
    let (said, last) = (behind.get(..channel.checked_sub(1)?)?, behind.get(channel - 1)?);
    let (first, end) = (said.first()?, said.last()?.span.end);
    let is_place = matches!(last.lower().as_str(), "in" | "to" | "on" | "into");
    let is_plain = !DETERMINERS.contains(&first.lower().as_str());
    (is_place && is_plain && is_one_sentence(text, verb.span.end, end)).then_some(Span { start: first.span.start, end })
}

/// Whether words have one for a note that is new: "the message that Bob wrote" is one that there is.
fn has_note(words: &[String]) -> bool {
    let known = |word: &String| {
        matches!(word.as_str(), "the" | "this" | "that" | "his" | "her" | "their" | "all" | "every" | "each" | "any")
    };
    let place = words.iter().position(|word| NOTES.contains(&word.as_str()));
    place.is_some_and(|place| !words.get(..place).unwrap_or_default().last().is_some_and(known))
}

/// Whether a word is written as a name or is an address.
fn is_name(word: &Word<'_>) -> bool {
    word.text.contains('@') || word.text.starts_with(char::is_uppercase)
}

fn is_one_sentence(text: &str, from: usize, to: usize) -> bool {
    let gap = text.get(from..to).unwrap_or_default();
    !gap.contains(['!', '?', ';', '\n', ':']) && !gap.contains(". ") && !gap.contains(|c| opens(c) || closes('“', c))
}

/// Where what begins at `start` ends: with its sentence, where a comma leads on to something else, or, of a statement, where "and" does.
fn end(text: &str, start: usize, is_statement: bool) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    let is_end = |(at, c): &(usize, char)| {
        let behind = rest.get(at + c.len_utf8()..).unwrap_or_default();
        let leads_on = || {
            let mut next = words(behind);
            let first = next.next();
            let joint = first.filter(|word| matches!(word.lower().as_str(), "and" | "then" | "but"));
            match c {
                ',' => joint.is_some() || first.is_some_and(|word| is_verb(&word)),
                _ => {
                    let next = next.find(|word| !matches!(word.lower().as_str(), "then" | "please" | "also"));
                    is_statement && joint.is_some() && next.is_some_and(|word| is_verb(&word))
                }
            }
        };
        match c {
            '!' | '?' | ';' | '\n' => true,
            '.' => behind.starts_with(char::is_whitespace),
            ',' | ' ' => leads_on(),
            _ => false,
        }
    };
    rest.char_indices().find(is_end).map_or(text.len(), |(at, _)| start + at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let found: Vec<&str> = reported(text).iter().map(|span| span.of(text).unwrap()).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn what_others_are_to_do_is_found() {
        check("Email Ann and ask her to cancel order 4711", &["cancel order 4711"]);
        check("ask Ann Lee to cancel it, then rest", &["cancel it"]);
        check("Ask ann@x.com not to cancel it. Cancel mine", &["cancel it"]);
        check("Remind me to call Bo, and turn the light off", &["call Bo"]);
        check("tell everyone to go home; lock the door", &["go home"]);
        check("ask for a taxi to Rome", &[]);
        check("tell the vacuum to clean the kitchen", &[]);
        check("tell me to go", &[]);
        check("ask him", &[]);
    }

    #[test]
    fn what_others_are_told_is_found() {
        check("Tell Ann by mail that I cancel order 4711", &["I cancel order 4711"]);
        check("let Bo know that we booked it, and pay", &["we booked it"]);
        check("Send Kim a message that I merged 12", &["I merged 12"]);
        check("leave a note for Bo that we cancel order 4, then pay", &["we cancel order 4"]);
        check("send Kim the message that Bob wrote", &[]);
        check("send Kim a picture that Bob took", &[]);
        check("give me every email that mentions Rome", &[]);
        check("email Ann the invoice that Bob wrote", &[]);
        check("text Ann the number that is overdue", &[]);
        check("tell Bo that dinner is ready and turn off the light", &["dinner is ready"]);
        check("tell Bo that dinner is ready, dim the light", &["dinner is ready"]);
        check("CI says that it passed, merge it", &[]);
        check("I know that you can, cancel it", &[]);
        check("tell me that you cancelled it", &[]);
        check("mail Ann. Say \"x\" that is all", &[]);
        check("comment on AB-1: restart all servers, and close it", &["restart all servers"]);
        check("write to Bo at 8:30", &[]);
        check("say restart srv-1 in #ops and rest", &["restart srv-1"]);
        check("write the report in #ops", &[]);
    }

    proptest! {
        #[test]
        fn what_is_found_is_in_order_and_apart(text in "(ask|tell|Ann|her|to|that|,|\\.|and|\"| |\\PC){0,40}") {
            let found = reported(&text);
            for pair in found.windows(2) {
                prop_assert!(pair[0].end <= pair[1].start);
            }
            for span in found {
                prop_assert!(span.of(&text).is_some_and(|said| !said.is_empty()));
            }
        }
    }
}
