//! Clauses whose tools are weighed by what of the wish their arguments take.

use maestria_vocabulary::{Clause, ToolMatch};

use super::{
    Suitability,
    continued::continued,
    distribute::distributed,
    passage::{LONGEST, Passage},
};
use crate::ToolSelector;

/// A clause, and the passage that its arguments were read from, if it was read as a whole.
pub(crate) type Read<'a> = (Clause, Option<Passage<'a>>);

/// The clauses with every tool as likely as its arguments make it, and with a clause of its own for every object of one that names several for
/// a tool that takes one: "the weather in Paris and Rome" is two calls. Clauses of more than 4 KiB are material, and stay as they are.
pub(crate) fn weighed(read: Vec<Read<'_>>, tools: &ToolSelector) -> Vec<Clause> {
    let mut clauses = Vec::new();
    for (mut clause, passage) in read {
        let Some(passage) = passage.filter(|_| clause.span.end - clause.span.start <= LONGEST) else {
            clauses.push(clause);
            continue;
        };
        let suited = |found: &ToolMatch| {
            let suited = tools.get(&found.tool).map(|tool| Suitability::of(found, tool, &clause, passage.text));
            suited.map_or(found.confidence, |suited| suited.probability())
        };
        let suited: Vec<_> = clause.tools.iter().map(suited).collect();
        clause.tools.iter_mut().zip(suited).for_each(|(found, suited)| found.confidence = suited);
        clause.tools.sort_by_key(|found| std::cmp::Reverse(found.confidence));
        clauses.extend(distributed(clause, &passage, tools));
    }
    continued(clauses)
}
