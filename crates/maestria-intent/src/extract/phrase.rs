//! The phrases of a request: what stands behind a preposition, what is quoted, what the verb acts on.

use maestria_vocabulary::Span;

use crate::words::{Word, words};

/// Prepositions and other words that open a phrase.
const OPENERS: &[&str] = &[
    "of", "by", "per", "from", "in", "into", "to", "as", "for", "about", "on", "with", "without", "at", "using",
    "titled", "called", "named", "against", "over", "between", "within", "under", "across", "like", "grouped", "no",
];

/// Words that end a phrase.
const ENDS: &[&str] =
    &["and", "or", "then", "but", "so", "please", "which", "that", "because", "if", "when", "it", "them"];

/// Words in front of a phrase's noun that are not part of a value.
const ARTICLES: &[&str] =
    &["a", "an", "the", "my", "our", "your", "this", "these", "its", "some", "each", "every", "me"];

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
        let quotes = gap.matches(['"', '“', '”']).count();
        let breaks = quotes > 0 || gap.contains([',', ';', ':', '.', '!', '?', '(', ')', '\n']);
        if breaks {
            close(&mut phrases, &opener, &mut open, quoted);
            quoted ^= quotes % 2 == 1;
            if !quoted && quotes == 0 {
                opener.clear();
            }
        }
        let lower = word.lower();
        if quoted {
            open.push(word);
        } else if OPENERS.contains(&lower.as_str()) {
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
    phrases
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
        check("of", &[]);
    }
}
