//! Words of a text with their places; file paths and addresses stay whole.

use std::borrow::Cow;

use maestria_vocabulary::Span;

/// A word and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word<'a> {
    pub(crate) text: &'a str,
    pub(crate) span: Span,
}

/// Punctuation that never belongs to the word it touches.
const EDGES: &[char] =
    &[',', ';', ':', '!', '?', '(', ')', '[', ']', '{', '}', '"', '\'', '“', '”', '‘', '’', '«', '»', '`'];

/// The words of `text`: split at white space, freed of punctuation at their edges. A full stop goes only from the end, since paths begin
/// with one.
pub(crate) fn words(text: &str) -> impl Iterator<Item = Word<'_>> {
    text.split_whitespace().filter_map(move |chunk| {
        let word = chunk.trim_start_matches(EDGES).trim_end_matches(|c| c == '.' || EDGES.contains(&c));
        let start = word.as_ptr() as usize - text.as_ptr() as usize;
        (!word.is_empty()).then_some(Word { text: word, span: Span { start, end: start + word.len() } })
    })
}

impl<'a> Word<'a> {
    /// What is set to which number, in "n=5".
    pub(crate) fn assignment(&self) -> Option<(&'a str, &'a str)> {
        let (name, number) = self.text.split_once('=')?;
        let is_name = name.starts_with(char::is_alphabetic) && name.chars().all(|c| c.is_alphanumeric() || c == '_');
        let digits = number.trim_start_matches(['-', '−', '+', '$', '€', '£']);
        let is_number = digits.starts_with(|c: char| c.is_ascii_digit())
            && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '%'));
        (is_name && is_number).then_some((name, number))
    }
}

impl Word<'_> {
    /// The word in lower case, as dictionaries write it.
    pub(crate) fn lower(&self) -> String {
        self.text.to_lowercase()
    }

    /// Whether the word names a file: it has an extension of one to five letters or digits, or begins or ends like a path. "and/or" and
    /// "Node.js" do neither.
    pub(crate) fn is_path(&self) -> bool {
        let text = self.text;
        if text.contains("://") || text.contains('@') || PROSE.contains(&text.to_lowercase().as_str()) {
            return false;
        }
        let rooted = ["/", "./", "../", "~/", ".\\", "..\\"].iter().any(|root| text.starts_with(root))
            || text.get(1..3) == Some(":\\");
        let is_place = (rooted || text.ends_with('/')) && text.chars().any(char::is_alphanumeric);
        let has_extension = text.rsplit_once('.').is_some_and(|(stem, extension)| {
            (1..=5).contains(&extension.len())
                && extension.chars().all(|c| c.is_ascii_alphanumeric())
                && extension.chars().any(|c| c.is_ascii_alphabetic())
                && stem.chars().any(char::is_alphanumeric)
        });
        is_place || has_extension
    }

    /// Whether the word may name a folder or a file where such a name is looked for: "apps/shop", but not "and/or" or "24/7".
    pub(crate) fn may_be_path(&self) -> bool {
        const PAIRS: &[&str] = &[
            "and/or",
            "he/she",
            "she/he",
            "his/her",
            "him/her",
            "yes/no",
            "true/false",
            "on/off",
            "am/pm",
            "either/or",
            "w/o",
            "n/a",
            "km/h",
            "m/s",
            "input/output",
            "client/server",
            "read/write",
            "before/after",
            "pros/cons",
            "frontend/backend",
        ];
        let is_part =
            |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
        let named = self.text.split('/').filter(|part| part.chars().filter(|c| c.is_alphabetic()).count() > 1).count();
        self.text.contains('/')
            && self.text.split('/').all(is_part)
            && named > 0
            && self.text.chars().any(char::is_lowercase)
            && !PAIRS.contains(&self.text.to_lowercase().as_str())
    }
}

/// Words of prose that look like a file with an extension.
const PROSE: &[&str] = &[
    "e.g",
    "i.e",
    "a.m",
    "p.m",
    "u.s",
    "u.k",
    "ph.d",
    "node.js",
    "vue.js",
    "next.js",
    "nuxt.js",
    "react.js",
    "express.js",
    "three.js",
    "d3.js",
    "chart.js",
    "angular.js",
    "asp.net",
    "vb.net",
    "ado.net",
    "ml.net",
    "socket.io",
    "fast.ai",
];

/// A word without the endings that number and tense give it: enough to see that "sentences" means "sentence".
pub(crate) fn stem(word: &str) -> String {
    stemmed(word).into_owned()
}

/// The same, with no copy of a word in lower case whose stem it begins with: for what is looked up often.
pub(crate) fn stemmed(word: &str) -> Cow<'_, str> {
    let is_lower = word.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    if is_lower { stem_of_lower(word) } else { Cow::Owned(stem_of_lower(&word.to_lowercase()).into_owned()) }
}

fn stem_of_lower(word: &str) -> Cow<'_, str> {
    // The one word that half of all people write with a hyphen.
    if word.starts_with("e-mail") {
        return Cow::Owned(stem_of_lower(&word.replacen('-', "", 1)).into_owned());
    }
    let cut = |ending: &str, least: usize| word.strip_suffix(ending).filter(|stem| stem.len() >= least);
    if let Some(stem) = cut("ies", 3) {
        return Cow::Owned(format!("{stem}y"));
    }
    let stem = cut("es", 4)
        .filter(|stem| stem.ends_with("ss"))
        .or_else(|| (!word.ends_with("ss") && !word.ends_with("us")).then(|| cut("s", 3)).flatten())
        .or_else(|| cut("ing", 4))
        .or_else(|| cut("ed", 4));
    Cow::Borrowed(stem.unwrap_or(word))
}

/// The words of an identifier: `drawChart_v2` is `draw`, `chart`, `v2`.
pub(crate) fn identifier_words(identifier: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut previous_lower = false;
    let mut fresh = true;
    for c in identifier.chars() {
        if !c.is_alphanumeric() {
            fresh = true;
        } else {
            if fresh || (previous_lower && c.is_uppercase()) {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.extend(c.to_lowercase());
            }
            fresh = false;
        }
        previous_lower = c.is_lowercase();
    }
    words
}

/// Whether a name is that of a number by which things are called.
pub(crate) fn names_number(name: &str) -> bool {
    const ALONE: &[&str] = &["id", "sku", "isbn", "uuid", "guid"];
    const BEHIND: &[&str] = &["number", "no", "ref", "reference", "code", "key", "uid"];
    match identifier_words(name).as_slice() {
        [.., last] if ALONE.contains(&last.as_str()) => true,
        [_, .., last] => BEHIND.contains(&last.as_str()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_lose_their_punctuation_and_keep_their_paths() {
        let check = |text: &str, expected: &[&str]| {
            assert_eq!(words(text).map(|word| word.text).collect::<Vec<_>>(), expected);
        };
        check("Read ./a/b.csv, then stop.", &["Read", "./a/b.csv", "then", "stop"]);
        check("(see \"report.md\")!", &["see", "report.md"]);
        check(" … ", &["…"]);
        check("", &[]);
    }

    #[test]
    fn a_name_is_set_to_a_number() {
        let check = |text: &str, expected: Option<(&str, &str)>| {
            let word = Word { text, span: Span { start: 0, end: text.len() } };
            assert_eq!(word.assignment(), expected, "{text}");
        };
        check("n=5", Some(("n", "5")));
        check("rate_2=-0.5%", Some(("rate_2", "-0.5%")));
        for text in ["n=k", "n==5", "=5", "n=", "q=1&r=2", "coupon=2024X", "https://a.example/?n=5", "5=n"] {
            check(text, None);
        }
    }

    #[test]
    fn what_may_be_a_path_has_parts_that_are_names() {
        let check = |text: &str, expected: bool| {
            let word = Word { text, span: Span { start: 0, end: text.len() } };
            assert_eq!(word.may_be_path(), expected, "{text}");
        };
        check("apps/shop", true);
        check("photos/2024", true);
        check("and/or", false);
        check("24/7", false);
        check("km/h", false);
        check("TCP/IP", false);
        check("apps//shop", false);
        check("shop", false);
    }

    #[test]
    fn paths_are_told_from_words() {
        let check = |text: &str, expected: bool| {
            let word = Word { text, span: Span { start: 0, end: text.len() } };
            assert_eq!(word.is_path(), expected, "{text}");
        };
        for path in
            ["chart.svg", "examples/data/sales.csv", "C:\\tmp\\a.txt", "~/notes/todo", "a.b.tar", "data/", "/etc/hosts"]
        {
            check(path, true);
        }
        let prose = [
            "chart",
            "e.g",
            "3.5",
            "and/or",
            "input/output",
            "Node.js",
            "https://x.org/a.html",
            "me@x.org",
            ".",
            "/",
            "1/2",
        ];
        for word in prose {
            check(word, false);
        }
    }

    #[test]
    fn identifiers_are_read_as_words() {
        assert_eq!(identifier_words("drawChart_v2"), ["draw", "chart", "v2"]);
        assert_eq!(identifier_words("__"), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn spans_always_lie_on_their_words(text in "\\PC*") {
            for word in words(&text) {
                prop_assert_eq!(word.span.of(&text), Some(word.text));
                let _ = (word.is_path(), stem(word.text), identifier_words(word.text));
            }
        }
    }

    #[test]
    fn names_of_numbers_are_told_from_others() {
        assert!(["event_id", "sku", "tracking_number", "orderId"].iter().all(|name| names_number(name)));
        assert!(!["number", "code", "city", "title"].iter().any(|name| names_number(name)));
    }
}
