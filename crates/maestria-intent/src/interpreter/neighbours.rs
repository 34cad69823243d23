//! What clauses say for each other: a value that one lacks and another says, and words that only add to the call before.

use std::cell::OnceCell;

use jiff::Zoned;
use maestria_vocabulary::{Argument, Bond, Clause, Span};

use super::{Interpreter, MARKS, tagging::Tagging};
use crate::{
    Result,
    clause::{Piece, is_negated},
    extract::{Passage, Read, overlap},
};

/// Least confidence of a value that another clause says.
const LEAST_ELSEWHERE: f64 = 0.5;

/// Leaves out the pieces inside others that ask for the same tool: "a pie chart of sales, titled Q3" is one chart.
pub(super) fn absorb_nested(clauses: &mut Vec<Clause>) {
    const CALLED: f64 = 0.5;
    let called = |clause: &Clause| {
        clause.tools.first().filter(|found| found.confidence.get() >= CALLED).map(|found| found.tool.clone())
    };
    let inside = |inner: Span, outer: Span| outer.start <= inner.start && inner.end <= outer.end && inner != outer;
    let mut absorbed: Vec<(Span, Span)> = Vec::new();
    for outer in clauses.iter() {
        let Some(tool) = called(outer) else { continue };
        let same = clauses.iter().filter(|inner| outer.bond.of.contains(&inner.span) && inside(inner.span, outer.span));
        let same = same.filter(|inner| inner.bond.when == outer.bond.when && called(inner).as_ref() == Some(&tool));
        absorbed.extend(same.map(|inner| (inner.span, outer.span)));
    }
    if absorbed.is_empty() {
        return;
    }
    clauses.retain(|clause| !absorbed.iter().any(|(inner, _)| *inner == clause.span));
    for clause in clauses {
        let own = clause.span;
        clause.bond.of.retain(|span| !absorbed.iter().any(|(inner, _)| inner == span));
        for span in &mut clause.bond.after {
            *span = absorbed.iter().find(|(inner, _)| inner == span).map_or(*span, |(_, outer)| *outer);
        }
        clause.bond.after.retain(|span| *span != own);
    }
}

impl Interpreter {
    /// Looks in the whole request, but for what is `kept` as it is, for what the likeliest tool of a clause requires and the clause does not say.
    pub(super) fn look_elsewhere(&self, text: &str, now: Option<&Zoned>, clauses: &mut [Clause], kept: &[Span]) {
        if clauses.len() < 2 || text.len() > self.settings.long_text {
            return;
        }
        let whole = OnceCell::new();
        for clause in clauses {
            let Some(found) = clause.tools.first_mut().filter(|found| !found.missing.is_empty()) else { continue };
            let Some(tool) = self.selector.get(&found.tool) else { continue };
            let passage = whole.get_or_init(|| self.passage(text, Span { start: 0, end: text.len() }, now));
            let is_missing = |argument: &Argument| {
                let own = argument.span.start < clause.span.end && clause.span.start < argument.span.end;
                let is_kept = kept.iter().any(|kept| overlap(*kept, argument.span));
                let said = argument.span.start < argument.span.end && !own && !is_kept;
                said && found.missing.iter().any(|question| question.parameter == argument.parameter)
            };
            let said_in = |passage: &Passage<'_>| -> Vec<Argument> {
                let arguments = self.extractor.extract_from(tool, passage).arguments.into_iter();
                let is_sure = |argument: &Argument| argument.confidence.get() >= LEAST_ELSEWHERE;
                arguments.filter(|argument| is_sure(argument) && is_missing(argument)).collect()
            };
            found.elsewhere = said_in(passage);
            // What is done if something holds is done to that: "if A-1 is open, close it, if A-2 is open, delete it".
            let premise = clause.bond.when.as_ref().map(|premise| premise.span);
            let of_premise = premise.map(|premise| said_in(&self.passage(text, premise, now))).unwrap_or_default();
            if !of_premise.is_empty() {
                found.elsewhere.retain(|argument| of_premise.iter().all(|said| said.parameter != argument.parameter));
                found.elsewhere.extend(of_premise);
                continue;
            }
            // What speaks of something known speaks of what was said before it.
            let speaks_of_known =
                clause.refers_back || clause.bond.only_finds_out && clause.span.of(text).is_some_and(begins_known);
            let is_behind = |argument: &Argument| argument.span.start >= clause.span.end;
            if speaks_of_known && found.elsewhere.iter().any(is_behind) {
                let before = said_in(&self.passage(text, Span { start: 0, end: clause.span.end }, now));
                let is_said = |argument: &Argument| before.iter().any(|said| said.parameter == argument.parameter);
                found.elsewhere.retain(|argument| !is_said(argument));
                found.elsewhere.extend(before);
            }
        }
    }

    /// The last clause together with this one, which by itself asks for no tool: "run the tests, verbose".
    pub(super) fn more_of_the_last<'t>(
        &'t self,
        text: &'t str,
        now: Option<&'t Zoned>,
        clauses: &[Read<'t>],
        clause: &Clause,
        pieces: &[Piece],
        tagging: &Tagging<'_>,
    ) -> Result<Option<Read<'t>>> {
        const UNLIKELY: f64 = 0.5;
        const MOST_WORDS: usize = 3;
        const LONGEST: usize = 512;
        let likely = |clause: &Clause| {
            clause.tools.first().filter(|found| found.confidence.get() >= UNLIKELY).map(|found| found.tool.clone())
        };
        let Some((last, _)) = clauses.last().filter(|_| self.settings.tags_words && likely(clause).is_none()) else {
            return Ok(None);
        };
        let Some(tool) = likely(last) else { return Ok(None) };
        let gap = text.get(last.span.end..clause.span.start).unwrap_or("\n");
        let is_tied = |span: Span| {
            pieces.iter().any(|piece| {
                let bond = &piece.bond;
                let premise = bond.when.as_ref().map(|premise| premise.span);
                bond.after.iter().chain(&bond.of).copied().chain(premise).any(|named| named == span)
            })
        };
        let is_plain = |clause: &Clause| clause.bond == Bond::default() && !is_tied(clause.span);
        let words = clause.span.of(text).unwrap_or_default().split_whitespace().count();
        let is_kept = is_negated(clause.span.of(text).unwrap_or_default());
        if is_kept
            || clause.refers_back
            || words > MOST_WORDS
            || clause.span.end.saturating_sub(last.span.start) > LONGEST
        {
            return Ok(None);
        }
        if gap.contains(MARKS) || gap.chars().any(char::is_alphanumeric) || !is_plain(last) || !is_plain(clause) {
            return Ok(None);
        }
        let span = Span { start: last.span.start, end: clause.span.end };
        let Some(wish) = span.of(text) else { return Ok(None) };
        let piece = Piece { span, wish: wish.to_owned(), heard: None, made_for: None, bond: Bond::default() };
        let passage = self.passage(text, span, now);
        for read in &self.classifier.encode(&[wish])? {
            let classification = self.classifier.classify_encoded(read);
            let mut whole =
                self.clause(&passage, span, read, &classification, &tagging.opinions(&piece), tagging.claimed(&piece))?;
            if likely(&whole) == Some(tool.clone()) {
                whole.refers_back = last.refers_back;
                return Ok(Some((whole, Some(passage))));
            }
        }
        Ok(None)
    }
}

/// Whether words begin with something that was spoken of before: "its memory is above 90%".
fn begins_known(said: &str) -> bool {
    let first = said.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default().to_lowercase();
    matches!(first.as_str(), "it" | "its" | "they" | "their" | "he" | "his" | "she" | "her" | "that" | "this")
}

#[cfg(test)]
mod tests {
    use maestria_vocabulary::{Probability, ToolMatch};

    use super::*;

    #[test]
    fn a_piece_that_asks_for_the_tool_around_it_is_left_out() {
        let bond = |of: &[Span], after: &[Span]| {
            let mut bond = Bond::default();
            (bond.of, bond.after) = (of.to_vec(), after.to_vec());
            bond
        };
        let clause = |start: usize, end: usize, tool: &str, of: &[Span], after: &[Span]| Clause {
            span: Span { start, end },
            intents: vec![],
            tools: vec![ToolMatch {
                tool: tool.parse().unwrap(),
                confidence: Probability::ONE,
                arguments: vec![],
                missing: vec![],
                doubtful: vec![],
                elsewhere: vec![],
                found_by: [].into(),
            }],
            paths: vec![],
            refers_back: false,
            bond: bond(of, after),
        };
        let (inner, outer) = (Span { start: 4, end: 20 }, Span { start: 0, end: 30 });
        let mut clauses = vec![
            clause(4, 20, "draw_chart", &[], &[]),
            clause(0, 30, "draw_chart", &[inner], &[]),
            clause(32, 40, "mail", &[], &[inner]),
        ];
        absorb_nested(&mut clauses);
        assert_eq!(clauses.iter().map(|clause| clause.span.start).collect::<Vec<_>>(), [0, 32]);
        assert_eq!(clauses[0].bond, Bond::default());
        assert_eq!(clauses[1].bond.after, [outer]);
        let mut clauses = vec![clause(4, 20, "count", &[], &[]), clause(0, 30, "draw_chart", &[inner], &[])];
        absorb_nested(&mut clauses);
        assert_eq!(clauses.len(), 2);
    }
}
