//! The phrases of a request: what stands behind a preposition, what is quoted, what the verb acts on.

use maestria_vocabulary::Span;

use crate::words::{Word, words};

/// Prepositions, and participles that lead to a name or to words said.
pub(super) const PREPOSITIONS: &[&str] = &[
    "of",
    "by",
    "per",
    "from",
    "in",
    "into",
    "to",
    "as",
    "for",
    "about",
    "on",
    "with",
    "without",
    "at",
    "using",
    "titled",
    "called",
    "named",
    "against",
    "over",
    "between",
    "within",
    "under",
    "across",
    "like",
    "until",
    "till",
    "through",
    "saying",
    "near",
    "around",
    "since",
    "regarding",
    "via",
    "during",
    "before",
    "after",
];

/// Other words that open a phrase.
const OPENERS: &[&str] = &["grouped", "no", "leaving", "returning", "departing", "arriving", "starting"];

/// Words that end a phrase.
pub(super) const ENDS: &[&str] =
    &["and", "or", "then", "but", "so", "please", "which", "that", "because", "if", "when", "it", "them"];

/// Words in front of a phrase's noun that are not part of a value.
pub(super) const ARTICLES: &[&str] =
    &["a", "an", "the", "my", "our", "your", "this", "these", "its", "some", "each", "every", "me"];

/// Quotation marks of all kinds.
const QUOTES: &[char] = &['"', '\'', '“', '”', '‘', '’', '«', '»', '`'];

/// Marks that may stand between the last word of a quotation and its end.
const STOPS: &[char] = &['.', '!', '?', ',', ';', ':', ')', '…'];

/// A phrase of the request.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Phrase<'a> {
    /// The word that opens it, in lower case; empty for what the verb acts on.
    pub(super) opener: String,
    /// Its words without articles, in order.
    pub(super) words: Vec<Word<'a>>,
    /// From its first to its last word.
    pub(super) span: Span,
    /// Whether it stood in quotation marks.
    pub(super) quoted: bool,
}

/// The phrases of the piece `within` of `text`, in order. Their spans are places in `text`.
pub(super) fn phrases(text: &str, within: Span) -> Vec<Phrase<'_>> {
    let mut phrases: Vec<Phrase<'_>> = Vec::new();
    let mut opener = String::new();
    let mut open: Vec<Word<'_>> = Vec::new();
    let mut quoted = false;
    let mut previous_end = within.start;
    let inside = words(text).filter(|word| within.start <= word.span.start && word.span.end <= within.end);
    for word in inside {
        let gap = text.get(previous_end..word.span.start).unwrap_or_default();
        previous_end = word.span.end;
        let behind_stop = gap.trim_start_matches(STOPS);
        let closes = quoted && behind_stop.starts_with(QUOTES);
        let outside = if closes { behind_stop.trim_start_matches(QUOTES) } else { gap };
        // The mark that closes the last quotation stands behind the piece.
        let near = text.ceil_char_boundary(within.end.saturating_add(8).min(text.len()));
        let opens = (!quoted || closes) && outside.ends_with(QUOTES) && is_closed(text.get(word.span.start..near));
        if closes || opens || !quoted && gap.contains([',', ';', ':', '.', '!', '?', '(', ')', '\n']) {
            close(&mut phrases, &opener, &mut open, quoted);
            if closes || !opens {
                opener.clear();
            }
            quoted = opens;
        }
        let lower = word.lower();
        if quoted {
            open.push(word);
        } else if PREPOSITIONS.contains(&lower.as_str()) || OPENERS.contains(&lower.as_str()) {
            close(&mut phrases, &opener, &mut open, false);
            opener = lower;
        } else if ENDS.contains(&lower.as_str()) {
            // "call it sales" is "called sales".
            let naming =
                lower == "it" && open.last().is_some_and(|word| matches!(&*word.lower(), "call" | "name" | "title"));
            close(&mut phrases, &opener, &mut open, false);
            opener = if naming { "called".to_owned() } else { String::new() };
        } else if !ARTICLES.contains(&lower.as_str()) {
            open.push(word);
        }
    }
    close(&mut phrases, &opener, &mut open, quoted);
    for phrase in phrases.iter_mut().filter(|phrase| phrase.quoted) {
        // A quotation keeps the mark at its end: "Release is out!"
        let behind = text.get(phrase.span.end..).unwrap_or_default();
        let rest = behind.trim_start_matches(STOPS);
        if rest.starts_with(QUOTES) {
            phrase.span.end += behind.len() - rest.len();
        }
    }
    phrases
}

/// Whether a quotation that begins here ends: a mark follows that no letter or digit follows.
fn is_closed(rest: Option<&str>) -> bool {
    let rest = rest.unwrap_or_default();
    rest.match_indices(QUOTES).any(|(place, mark)| {
        rest.get(place + mark.len()..).is_some_and(|after| !after.starts_with(char::is_alphanumeric))
    })
}

impl<'a> Phrase<'a> {
    /// The files that the phrase names: all of it when it is a quotation that ends like one, else each of its words that does.
    pub(super) fn paths(&self, text: &'a str) -> Vec<Word<'a>> {
        let whole = self.quoted && self.words.last().is_some_and(Word::is_path);
        match self.span.of(text).filter(|_| whole) {
            Some(path) => vec![Word { text: path, span: self.span }],
            None => self.words.iter().filter(|word| word.is_path()).copied().collect(),
        }
    }
}

fn close<'a>(phrases: &mut Vec<Phrase<'a>>, opener: &str, open: &mut Vec<Word<'a>>, quoted: bool) {
    if let (Some(first), Some(last)) = (open.first(), open.last()) {
        let span = Span { start: first.span.start, end: last.span.end };
        phrases.push(Phrase { opener: opener.to_owned(), words: std::mem::take(open), span, quoted });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, &str)]) {
        let phrases = phrases(text, Span { start: 0, end: text.len() });
        let found: Vec<_> = phrases.iter().map(|p| (p.opener.as_str(), p.span.of(text).unwrap())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_preposition_opens_a_phrase() {
        check(
            "Create a bar chart of revenue by region from sales.csv",
            &[("", "Create a bar chart"), ("of", "revenue"), ("by", "region"), ("from", "sales.csv")],
        );
        check("titled \"Sales of 2026\", please", &[("titled", "Sales of 2026")]);
        check("post \"Is it out?\" to \"all\".", &[("", "post"), ("", "Is it out?"), ("to", "all")]);
        check("of", &[]);
        check("it's the users' data of 'my chart.svg'", &[("", "it's the users' data"), ("of", "my chart.svg")]);
        check("say \"a\" \"b c\"", &[("", "say"), ("", "a"), ("", "b c")]);
    }
}
