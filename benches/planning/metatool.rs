//! MetaTool: is the right one of 199 tools first, by their descriptions alone, and with other people's requests as examples?

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

use maestria::{
    ToolId, ToolSpec,
    intent::{FitOptions, ToolSelector},
};
use maestria_benches::{Result, jsonl, progress, scores::share};
use serde::Deserialize;
use serde_json::json;

use crate::{
    measure::{Measure, Set},
    report::{Report, Sheet},
    subject::Subject,
};

/// Parts into which the queries are divided: each is measured with the others as examples.
const FOLDS: usize = 5;

/// Tools with their descriptions, and queries for one tool each.
#[derive(Debug)]
pub(crate) struct MetaTool {
    tools: Vec<ToolSpec>,
    queries: Vec<Query>,
}

#[derive(Debug, Deserialize)]
struct Query {
    query: String,
    tool: ToolId,
}

impl MetaTool {
    /// Reads the descriptions and queries of a folder.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let mut descriptions: BTreeMap<ToolId, String> = jsonl::document(&folder.join("plugin_des.json"))?;
        let more: BTreeMap<ToolId, String> = jsonl::document(&folder.join("big_tool_des.json"))?;
        descriptions.extend(more);
        let queries: Vec<Query> = jsonl::read(&folder.join("single.jsonl"), "`query` and `tool`")?;
        if let Some(Query { tool, .. }) = queries.iter().find(|query| !descriptions.contains_key(&query.tool)) {
            return Err(format!("{}: tool {tool} has no description", folder.display()).into());
        }
        let tools = descriptions.into_iter().map(|(tool, description)| ToolSpec::new(tool, description));
        Ok(Self { tools: tools.collect(), queries })
    }
}

/// Measures choice by descriptions alone, then with examples.
pub(crate) fn measure(subject: &Subject, MetaTool { tools, queries }: &MetaTool, report: &mut Report) -> Result {
    let mut sheet = report.sheet(subject.column, Set::MetaTool, queries.len());
    let all: Vec<&Query> = queries.iter().collect();
    let right = first(subject, tools.iter().cloned(), &all, Measure::RightToolFirst, &mut sheet)?;
    sheet.add(Measure::RightToolFirst, share(right));

    let folds = folds(queries);
    let mut right = Vec::new();
    for fold in 0..FOLDS {
        let part = |held: bool| {
            let of_part = queries.iter().zip(&folds).filter(move |(_, place)| (**place == fold) == held);
            of_part.map(|(query, _)| query).collect::<Vec<_>>()
        };
        let with_examples = |tool: &ToolSpec| {
            let kept = part(false);
            let own = kept.iter().filter(|query| query.tool == tool.id).map(|query| query.query.clone());
            tool.clone().with_examples(own)
        };
        let tools = tools.iter().map(with_examples);
        right.extend(first(subject, tools, &part(true), Measure::RightToolFirstWithExamples, &mut sheet)?);
    }
    sheet.add(Measure::RightToolFirstWithExamples, share(right));
    Ok(())
}

/// The fold of every query. Those of the same words are in one, so that none is its own example.
fn folds(queries: &[Query]) -> Vec<usize> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let fold = |(i, query): (usize, &Query)| *seen.entry(query.query.to_lowercase()).or_insert(i % FOLDS);
    queries.iter().enumerate().map(fold).collect()
}

/// Of every query whether its tool comes first.
fn first(
    subject: &Subject,
    tools: impl Iterator<Item = ToolSpec>,
    queries: &[&Query],
    measure: Measure,
    sheet: &mut Sheet<'_>,
) -> Result<Vec<bool>> {
    eprintln!("{}: {}: indexing tools", subject.column, Set::MetaTool);
    let mut selector = ToolSelector::new(subject.embedder(), tools)?;
    if selector.tools().any(|tool| !tool.examples.is_empty()) {
        eprintln!("{}: {}: learning from examples", subject.column, Set::MetaTool);
        selector.fit_examples(FitOptions::quick())?;
    }
    let mut right = Vec::new();
    for Query { query, tool } in progress::told(queries, "queries") {
        let ranked = subject.ranked(&selector, query)?;
        let is_right = ranked.first().is_some_and(|(first, _)| first == tool);
        right.push(is_right);
        if !is_right {
            let given: Vec<&ToolId> = ranked.iter().take(3).map(|(tool, _)| tool).collect();
            sheet.wrong(measure, query, &json!(tool), &json!(given))?;
        }
    }
    Ok(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_of_the_same_words_are_in_one_fold() {
        let query = |text: &str| Query { query: text.to_owned(), tool: "t".parse().unwrap() };
        let queries: Vec<Query> = ["a", "b", "c", "d", "e", "f", "B"].map(query).into();
        assert_eq!(folds(&queries), [0, 1, 2, 3, 4, 0, 1]);
    }
}
