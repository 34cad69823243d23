//! Wishes that begin with the verb of a tool's name, which may be none that people begin wishes with otherwise.

use std::collections::HashSet;

use maestria_vocabulary::{Span, ToolSpec};

use super::{
    for_each::names_all, freed::is_under_premise, is_negated, parts::trimmed, piece::Piece, subordinate::in_quotes,
};
use crate::{
    material::{announced, reported},
    words::{Word, identifier_words, stem, words},
};

/// Words behind which no verb but a noun stood: "the phone and email of Ann".
const BEHIND_NOUNS: &[&str] = &[
    "of", "for", "in", "at", "on", "from", "to", "with", "by", "and", "or", "is", "are", "was", "were", "that",
    "which", "if", "when", "as", "about", "please", "pls", "thanks", "too",
];

/// Cuts pieces at "and" and "then" where the verb of a tool's name follows and something to do it to: "check the stock and restock 30".
pub(crate) fn cut_at_names(text: &str, pieces: Vec<Piece>, tools: &[&ToolSpec]) -> Vec<Piece> {
    let name = |tool: &&ToolSpec| identifier_words(tool.id.as_str()).first().map(|verb| stem(verb));
    let verbs: HashSet<String> = tools.iter().filter_map(name).collect();
    let (material, told) = (announced(text), reported(text));
    let is_own =
        |at: usize| at < material && !in_quotes(text, at) && !told.iter().any(|span| span.start <= at && at < span.end);
    pieces.into_iter().flat_map(|piece| cut(text, piece, &verbs, is_own)).collect()
}

fn cut(text: &str, piece: Piece, verbs: &HashSet<String>, is_own: impl Fn(usize) -> bool) -> Vec<Piece> {
    let part = piece.span.of(text).unwrap_or_default();
    if piece.bond.only_finds_out || !piece.bond.of.is_empty() || piece.wish != part || is_negated(part) {
        return vec![piece];
    }
    let all: Vec<Word<'_>> = words(part).collect();
    let begins = |run: &[Word<'_>]| match run {
        [joint, verb, object] => {
            let is_joint = matches!(&*joint.lower(), "and" | "then");
            let is_verb = verb.text.chars().all(char::is_lowercase) && verbs.contains(&stem(verb.text));
            let is_close = part.get(verb.span.end..object.span.start) == Some(" ");
            let start = piece.span.start + verb.span.start;
            let has_object = !BEHIND_NOUNS.contains(&&*object.lower());
            (is_joint && is_verb && is_close && has_object && is_own(start)).then_some(start)
        }
        _ => None,
    };
    let starts: Vec<usize> = all.windows(3).skip(1).filter_map(begins).collect();
    let bounds = [piece.span.start].into_iter().chain(starts.iter().copied());
    let ends = starts.iter().copied().chain([piece.span.end]);
    let spans = bounds.zip(ends).filter_map(|(start, end)| trimmed(text, Span { start, end }, end == piece.span.end));
    let mut parts: Vec<Piece> = Vec::new();
    for span in spans {
        let mut part = Piece::new(text, span);
        part.bond.when = piece.bond.when.clone().filter(|_| is_under_premise(text, &piece, span));
        part.bond.each = names_all(&part.wish);
        part.bond.after = if parts.is_empty() { piece.bond.after.clone() } else { Vec::new() };
        parts.push(part);
    }
    if parts.len() < 2 { vec![piece] } else { parts }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clause::pieces;

    #[test]
    fn a_wish_begins_with_the_verb_of_a_tool() {
        let tool = |id: &str| ToolSpec::new(id.parse().unwrap(), "");
        let tools = [tool("check_stock"), tool("restock_product"), tool("email_customer")];
        let check = |text: &str, expected: &[&str]| {
            let found = cut_at_names(text, pieces(text), &tools.iter().collect::<Vec<_>>());
            assert_eq!(found.iter().map(|piece| piece.wish.as_str()).collect::<Vec<_>>(), expected, "{text}");
        };
        check("Check the stock of MX-7 and restock 30", &["Check the stock of MX-7", "restock 30"]);
        check("Note the stock and restock of MX-7", &["Note the stock and restock of MX-7"]);
        check("Write \"sell and restock it\" down", &["Write \"sell and restock it\" down"]);
        check("Restock 30", &["Restock 30"]);
    }
}
