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
    let tied = tied(&read);
    let groups = read.chunk_by(|(before, _), (clause, _)| is_of_one_tool(before, clause));
    groups.flat_map(|group| calls(group, &tied, tools)).collect()
}

fn is_short(clause: &Clause) -> bool {
    clause.span.end - clause.span.start <= LONGEST
}

/// The clauses that others name: what comes after them, works on them or hangs on them finds them by their span.
fn tied(read: &[Read<'_>]) -> Vec<Span> {
    let bonds = read.iter().map(|(clause, _)| &clause.bond);
    let named = bonds.flat_map(|bond| {
        bond.after.iter().chain(&bond.of).copied().chain(bond.when.as_ref().map(|premise| premise.span))
    });
    named.collect()
}

/// Whether two clauses side by side ask for the same tool, and nothing but order ties them to others.
fn is_of_one_tool(before: &Clause, clause: &Clause) -> bool {
    let first = |clause: &Clause| clause.tools.first().map(|found| found.tool.clone());
    let is_plain = |bond: &Bond| bond.of.is_empty() && bond.when.is_none() && !bond.only_finds_out;
    first(before).is_some() && first(before) == first(clause) && is_plain(&before.bond) && is_plain(&clause.bond)
}

/// The calls of clauses that ask for one tool: read together where that tells more of them apart or fills what one of them lacks, and else
/// clause by clause.
fn calls(group: &[Read<'_>], tied: &[Span], tools: &ToolSelector) -> Vec<Clause> {
    let alone = |read: &Read<'_>| together(std::slice::from_ref(read), tools).unwrap_or_else(|| vec![read.0.clone()]);
    let each = continued(group.iter().flat_map(alone).collect(), tied);
    let lacks = |clause: &Clause| clause.tools.first().is_some_and(|found| !found.missing.is_empty());
    let of_group = |calls: &[Clause]| {
        let mut spans = group.iter().map(|(clause, _)| clause.span).filter(|span| tied.contains(span));
        spans.all(|span| calls.iter().any(|call| call.span == span))
    };
    let together = if group.len() > 1 { together(group, tools) } else { None };
    match together.filter(|calls| of_group(calls)) {
        Some(calls) if calls.len() > each.len() || calls.len() == each.len() && each.iter().any(lacks) => calls,
        _ => each,
    }
}

/// The calls of clauses that are read as one, if they are more than one.
fn together(group: &[Read<'_>], tools: &ToolSelector) -> Option<Vec<Clause>> {
    let ((first, Some(passage)), (last, _)) = (group.first()?, group.last()?) else { return None };
    let span = Span { start: first.span.start, end: last.span.end };
    if span.end.saturating_sub(span.start) > LONGEST {
        return None;
    }
    let tool = tools.get(&first.tools.first()?.tool)?;
    let records = if group.len() == 1 { records(tool, passage) } else { records(tool, &passage.of(span)) };
    let clauses = records?.into_iter().map(|record| {
        let begins = |(clause, _): &&Read<'_>| clause.span.start <= record.start;
        let mut clause = group.iter().rev().find(begins).map_or(first, |(clause, _)| clause).clone();
        // "for each of them: Ann and Bob" names them.
        clause.bond.each = false;
        if let Some(found) = clause.tools.first_mut() {
            found.arguments = record.arguments;
            found.missing = record.missing;
            found.doubtful = record.doubtful;
        }
        clause
    });
    Some(clauses.collect())
}

#[cfg(test)]
mod tests {
    use maestria_vocabulary::ToolSpec;
    use serde_json::json;

    use crate::{Classifier, Interpreter};

    /// The calls of a request, as the tool and the first value of each, by an interpreter of two tools.
    fn check(request: &str, expected: &[&str]) {
        let city = json!({"type": "object", "required": ["city"], "properties": {
            "city": {"type": "string", "description": "Name of the city"},
        }});
        let tools = [
            ToolSpec::new("get_weather".parse().unwrap(), "Get the weather forecast of a city")
                .with_input(city.clone()),
            ToolSpec::new("book_hotel".parse().unwrap(), "Book a hotel room in a city").with_input(city),
        ];
        let interpreter = Interpreter::new(Classifier::embedded().unwrap(), tools).unwrap();
        let understanding = interpreter.interpret_at(request, None).unwrap();
        let call = |clause: &super::Clause| {
            let found = clause.tools.first()?;
            let city = found.arguments.first().map_or("?", |argument| argument.value.as_str().unwrap());
            let when = if clause.bond.when.is_some() { " if" } else { "" };
            Some(format!("{} {city}{when}", found.tool))
        };
        let calls: Vec<String> = understanding.clauses.iter().filter_map(call).collect();
        assert_eq!(calls, expected, "{request}");
        for after in understanding.clauses.iter().flat_map(|clause| &clause.bond.after) {
            assert!(understanding.clauses.iter().any(|clause| clause.span == *after), "{request}");
        }
    }

    #[test]
    fn several_values_are_several_calls_whatever_ties_them() {
        check("Get the weather in Paris and Rome", &["get_weather Paris", "get_weather Rome"]);
        check("Get the weather in Paris, then get the weather in Rome", &["get_weather Paris", "get_weather Rome"]);
        check("Get the weather in Paris. What about Rome?", &["get_weather Paris", "get_weather Rome"]);
        check(
            "Book a hotel in Oslo and get the weather in Paris and Rome",
            &["book_hotel Oslo", "get_weather Paris", "get_weather Rome"],
        );
    }
}
