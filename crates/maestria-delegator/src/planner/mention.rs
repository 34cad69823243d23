//! Words that speak of a result: "it", "the log", "its price".

use maestria_vocabulary::Span;

/// What a text speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mention {
    /// Nothing: it is itself.
    Nothing,
    /// What came before, whatever it is.
    Result,
    /// What this noun names, if there is such a thing.
    Noun(String),
}

/// Words before a noun that speaks of something known.
const DEFINITE: &[&str] = &["the", "its", "their", "that", "this", "these", "those", "each", "her", "his"];

/// Nouns for what came before, whatever it is.
const RESULTS: &[&str] = &["result", "results", "output"];

/// Words of three letters and more that join, and name nothing.
const JOINTS: &[&str] =
    &["for", "from", "with", "and", "but", "then", "into", "onto", "about", "that", "not", "are", "was", "has"];

/// Shorter words are no nouns that name a result.
const SHORTEST: usize = 3;

/// What `text` speaks of.
pub(super) fn mention(text: &str) -> Mention {
    const PRONOUNS: &[&str] = &[
        "it",
        "this",
        "that",
        "them",
        "these",
        "those",
        "both",
        "one",
        "lot",
        "result",
        "results",
        "output",
        "everything",
        "all",
    ];
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    match words.as_slice() {
        [only] if PRONOUNS.contains(only) => Mention::Result,
        [article, noun] if DEFINITE.contains(article) && PRONOUNS.contains(noun) => Mention::Result,
        [article, "one" | "lot"] if DEFINITE.contains(article) => Mention::Result,
        ["all" | "both", "of", ..] | ["both" | "all", "the", _] if words.len() <= 3 => Mention::Result,
        [article, noun] | [article, _, noun] if DEFINITE.contains(article) => Mention::Noun((*noun).to_owned()),
        _ => Mention::Nothing,
    }
}

/// What the words of `text` within a clause speak of, those left out that stand in the spans of its `arguments`: in "message the amount to
/// Ann" the amount.
pub(super) fn mentions(text: &str, within: Span, arguments: &[Span]) -> Vec<Mention> {
    let clause = within.of(text).unwrap_or_default();
    let start = |word: &str| word.as_ptr() as usize - text.as_ptr() as usize;
    let is_free = |word: &str| {
        let span = Span { start: start(word), end: start(word) + word.len() };
        !arguments.iter().any(|argument| argument.start < span.end && span.start < argument.end)
    };
    let words: Vec<&str> =
        clause.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric())).collect();
    let mut found = Vec::new();
    for (place, word) in words.iter().enumerate().filter(|(_, word)| !word.is_empty() && is_free(word)) {
        let lower = word.to_lowercase();
        let before = place.checked_sub(1).and_then(|place| words.get(place)).map(|word| word.to_lowercase());
        let second = place.checked_sub(2).and_then(|place| words.get(place)).map(|word| word.to_lowercase());
        let is_owned = before.as_deref().is_some_and(|word| word.ends_with("'s") || word.ends_with("’s"));
        let is_definite = [&before, &second].into_iter().flatten().any(|word| DEFINITE.contains(&word.as_str()));
        if is_definite && RESULTS.contains(&lower.as_str()) {
            found.push(Mention::Result);
        } else if (is_definite || is_owned) && lower.chars().count() >= SHORTEST && !JOINTS.contains(&lower.as_str()) {
            found.push(Mention::Noun(lower));
        }
    }
    found
}

/// Whether words only say which of several results is meant: "first", "the cheapest one".
pub(super) fn names_a_place(text: &str) -> bool {
    const PLACES: &[&str] =
        &["first", "second", "third", "last", "latest", "newest", "next", "top", "best", "cheapest"];
    const WITH: &[&str] = &["the", "one", "hit", "result"];
    let lower = text.to_lowercase();
    let mut words = lower.split_whitespace();
    lower.split_whitespace().any(|word| PLACES.contains(&word))
        && words.all(|word| PLACES.contains(&word) || WITH.contains(&word))
}

/// Whether a noun speaks of a moment: "at that time".
pub(super) fn is_moment_noun(noun: &str) -> bool {
    matches!(noun, "moment" | "time" | "day" | "date" | "slot")
}

/// Whether two words name one thing: they are forms of one word, which is when they begin with the same five letters or the shorter is the
/// beginning of the longer, or they stand for each other.
pub(super) fn same(noun: &str, name: &str) -> bool {
    const SAME: &[&[&str]] = &[
        &["image", "picture", "photo", "drawing", "painting"],
        &["url", "link", "address"],
        &["text", "transcript", "words", "wording"],
        &["email", "mail"],
        &["summary", "headline"],
        &["number", "id"],
        &["name", "title"],
    ];
    let common = noun.chars().zip(name.chars()).take_while(|(a, b)| a == b).count();
    let shorter = noun.chars().count().min(name.chars().count());
    let alike = common >= 5 || common == shorter && shorter >= 3;
    alike || SAME.iter().any(|words| words.contains(&noun) && words.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clause_speaks_of_results_beside_its_arguments() {
        let check = |text: &str, argument: &str, expected: &[Mention]| {
            let start = text.find(argument).unwrap();
            let arguments = [Span { start, end: start + argument.len() }];
            assert_eq!(mentions(text, Span { start: 0, end: text.len() }, &arguments), expected, "{text}");
        };
        let noun = |noun: &str| Mention::Noun(noun.into());
        check("message the amount to Ann", "Ann", &[noun("amount")]);
        check("convert the first one's price", "convert", &[noun("first"), noun("one's"), noun("price")]);
        check("put its title on my list", "on my list", &[noun("title")]);
        check("message the result to Bo", "Bo", &[Mention::Result]);
        check("message Ann that she is right", "that she is right", &[]);
        check("", "", &[]);
    }

    #[test]
    fn a_place_among_results_is_told_from_a_name() {
        let check = |text: &str, expected: bool| assert_eq!(names_a_place(text), expected, "{text}");
        check("first", true);
        check("the cheapest one", true);
        check("anna", false);
        check("the one", false);
        check("first street", false);
        check("", false);
    }

    #[test]
    fn words_for_one_thing_are_the_same() {
        let check = |a: &str, b: &str, expected: bool| assert_eq!(same(a, b), expected, "{a} {b}");
        check("transcription", "transcribe", true);
        check("logs", "log", true);
        check("picture", "image", true);
        check("price", "rating", false);
    }

    #[test]
    fn what_speaks_of_a_result_is_told_from_what_is_itself() {
        let check = |text: &str, expected: Mention| assert_eq!(mention(text), expected, "{text}");
        check("it", Mention::Result);
        check("the result", Mention::Result);
        check("the log", Mention::Noun("log".into()));
        check("its booking reference", Mention::Noun("reference".into()));
        check("dinner is in the oven", Mention::Nothing);
        check("the milk is gone", Mention::Nothing);
        check("", Mention::Nothing);
    }
}
