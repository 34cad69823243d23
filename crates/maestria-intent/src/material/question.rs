//! Questions about how things are: "has order 4711 been cancelled?" asks for no cancellation.

use maestria_vocabulary::Span;

use crate::{
    clause::is_order,
    words::{Word, words},
};

/// Words with which such a question begins, whatever mark ends it.
const ASKING: &[&str] = &["who", "why", "did", "does", "was", "were"];

/// Words with which one begins that a question mark ends.
const ASKING_WITH_A_MARK: &[&str] = &["when", "where", "which", "what", "how", "is", "are", "has", "have", "do"];

/// Words of a question that is a wish: "is it possible to …", "how about …", "why don't you …".
const WISHING: &[&str] = &[
    "you", "could", "can", "please", "shall", "should", "would", "about", "possible", "chance", "mind", "let", "let's",
    "want", "wants", "need", "needs", "may", "not", "don't", "then",
];

/// The sentences of a text that ask how something is.
pub(crate) fn questions(text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    let mut start = 0;
    while start < text.len() {
        let rest = text.get(start..).unwrap_or_default();
        let ends = |(at, c): &(usize, char)| {
            let behind = rest.get(at + c.len_utf8()..).unwrap_or_default();
            // "14:30" and "/?a=1" end nothing.
            let is_last = behind.is_empty() || behind.starts_with(|c: char| c.is_whitespace() || c == '"');
            matches!(c, '!' | '\n' | ';') || matches!(c, '.' | ':' | '?') && is_last
        };
        let (end, mark) =
            rest.char_indices().find(ends).map_or((rest.len(), None), |(at, c)| (at + c.len_utf8(), Some(c)));
        let asking = until_order(rest.get(..end).unwrap_or_default());
        if asks(asking, mark == Some('?')) {
            found.push(Span { start, end: start + asking.len() });
        }
        start += end.max(1);
    }
    found
}

/// A sentence up to where it goes on with an order: "who is on call, and page them".
fn until_order(sentence: &str) -> &str {
    const OBJECTS: &[&str] = &["it", "them", "him", "her", "me", "us"];
    let all: Vec<Word<'_>> = words(sentence).collect();
    let begins_order = |(place, word): (usize, &Word<'_>)| {
        let before = all.get(place.checked_sub(1)?)?;
        let gap = sentence.get(before.span.end..word.span.start).unwrap_or_default();
        let leads = gap.contains(',') || matches!(&*before.lower(), "and" | "then" | "please" | "so");
        let has_object = all.get(place + 1).is_some_and(|next| OBJECTS.contains(&next.lower().as_str()));
        (leads && (has_object || is_order(word))).then_some(before.span.end)
    };
    let end = all.iter().enumerate().find_map(begins_order).unwrap_or(sentence.len());
    sentence.get(..end).unwrap_or(sentence)
}

fn asks(sentence: &str, has_mark: bool) -> bool {
    let said: Vec<String> = words(sentence).map(|word: Word<'_>| word.lower()).collect();
    let links = said.iter().take_while(|word| matches!(word.as_str(), "and" | "so" | "hey" | "hi" | "but")).count();
    let first = said.get(links).map(|word| word.split(['\'', '’']).next().unwrap_or_default()).unwrap_or_default();
    let second = said.get(links + 1).map(String::as_str).unwrap_or_default();
    let checks = matches!(first, "check" | "verify" | "see") && matches!(second, "that" | "whether" | "if");
    let begins = checks || ASKING.contains(&first) || has_mark && ASKING_WITH_A_MARK.contains(&first);
    let said = said.get(links..).unwrap_or_default();
    let said = if checks { said.get(..1).unwrap_or_default() } else { said };
    begins && !said.iter().any(|word| WISHING.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let found: Vec<&str> = questions(text).iter().map(|span| span.of(text).unwrap().trim()).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn what_asks_how_things_are_is_no_order() {
        check("Has order A-5 been refunded?", &["Has order A-5 been refunded?"]);
        check("who cancelled order A-71", &["who cancelled order A-71"]);
        check("I paid. When was v2.0 of billing deployed? Roll it back.", &["When was v2.0 of billing deployed?"]);
        check("Has the 14:30 meeting been cancelled?", &["Has the 14:30 meeting been cancelled?"]);
        check("How many replicas does search have?", &["How many replicas does search have?"]);
        check("Check that A-5 has not been cancelled.", &["Check that A-5 has not been cancelled."]);
    }

    #[test]
    fn an_order_that_follows_is_one() {
        check("check if it rains in Oslo and mail Ann", &["check if it rains in Oslo and"]);
        check("who is on call, page them", &["who is on call"]);
        check("What's the weather in Oslo and book a hotel there?", &["What's the weather in Oslo and"]);
    }

    #[test]
    fn what_only_sounds_like_a_question_may_be_one() {
        check("Have billing call me tomorrow", &[]);
        check("When it is done, cancel A-5", &[]);
        check("Could you cancel A-5?", &[]);
        check("How about cancelling A-5?", &[]);
        check("Why don't you cancel A-5?", &[]);
        check("Is it possible to cancel A-5?", &[]);
        check("", &[]);
    }

    proptest! {
        #[test]
        fn questions_are_in_order_and_apart(text in "(who|is|it|\\?|\\.|!| |\\PC){0,40}") {
            let found = questions(&text);
            for pair in found.windows(2) {
                prop_assert!(pair[0].end <= pair[1].start);
            }
            for span in found {
                prop_assert!(span.of(&text).is_some_and(|said| !said.is_empty()));
            }
        }
    }
}
