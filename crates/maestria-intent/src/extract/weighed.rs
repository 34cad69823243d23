//! Clauses whose tools are weighed by what of the wish their arguments take.

use maestria_vocabulary::{Bond, Clause, Span, ToolMatch};

use super::{
    Suitability,
    continued::continued,
    passage::{LONGEST, Passage},
    records::records,
};
use crate::ToolSelector;

/// A clause, and the passage that its arguments were read from, if it was read as a whole.
pub(crate) type Read<'a> = (Clause, Option<Passage<'a>>);

/// The clauses with every tool as likely as its arguments make it, and with a clause of its own for every call of one that asks for several:
/// "the weather in Paris and Rome" is two calls. Clauses of more than 4 KiB are material, and stay as they are.
pub(crate) fn weighed(mut read: Vec<Read<'_>>, tools: &ToolSelector) -> Vec<Clause> {
    for (clause, passage) in &mut read {
        let Some(passage) = passage.as_ref().filter(|_| is_short(clause)) else { continue };
        let suited = |found: &ToolMatch| {
            let suited = tools.get(&found.tool).map(|tool| Suitability::of(found, tool, clause, passage.text));
            suited.map_or(found.confidence, |suited| suited.probability())
        };
        let suited: Vec<_> = clause.tools.iter().map(suited).collect();
        clause.tools.iter_mut().zip(suited).for_each(|(found, suited)| found.confidence = suited);
        clause.tools.sort_by_key(|found| std::cmp::Reverse(found.confidence));
    }
    read.chunk_by(|(before, _), (clause, _)| is_of_one_tool(before, clause))
        .flat_map(|group| calls(group, tools))
        .collect()
}

fn is_short(clause: &Clause) -> bool {
    clause.span.end - clause.span.start <= LONGEST
}

/// Whether two clauses side by side ask for the same tool, and nothing ties them.
fn is_of_one_tool(before: &Clause, clause: &Clause) -> bool {
    let first = |clause: &Clause| clause.tools.first().map(|found| found.tool.clone());
    first(before).is_some() && first(before) == first(clause)
}

/// The calls of clauses that ask for one tool.
fn calls(group: &[Read<'_>], tools: &ToolSelector) -> Vec<Clause> {
    let each = continued(group.iter().map(|(clause, _)| clause.clone()).collect());
    match together(group, tools) {
        Some(calls) if calls.len() >= each.len() => calls,
        _ => each,
    }
}

/// Whether nothing but order ties a clause to others.
fn is_plain(bond: &Bond) -> bool {
    bond.of.is_empty() && bond.when.is_none() && !bond.only_finds_out
}

/// The calls of clauses that are read as one.
fn together(group: &[Read<'_>], tools: &ToolSelector) -> Option<Vec<Clause>> {
    let ((first, Some(passage)), (last, _)) = (group.first()?, group.last()?) else { return None };
    let span = Span { start: first.span.start, end: last.span.end };
    let plain = group.iter().all(|(clause, _)| is_plain(&clause.bond));
    if !plain || span.end.saturating_sub(span.start) > LONGEST {
        return None;
    }
    let found = first.tools.first()?;
    let whole = passage.of(span);
    let calls = records(tools.get(&found.tool)?, &whole)?;
    let clauses = calls.into_iter().map(|call| {
        let start = call.iter().map(|argument| argument.span.start).max().unwrap_or(span.start);
        let own = group.iter().rev().find(|(clause, _)| clause.span.start <= start).map_or(first, |(clause, _)| clause);
        let mut clause = own.clone();
        clause.bond.each = false;
        if let Some(found) = clause.tools.first_mut() {
            found.missing.retain(|question| call.iter().all(|argument| argument.parameter != question.parameter));
            found.arguments = call;
        }
        clause
    });
    Some(clauses.collect())
}
