//! What tests of the rules need: clauses in short, and the steps that are planned for them.

use maestria_vocabulary::{
    Argument, Bond, Clause, Effect, Probability, Question, Span, ToolMatch, ToolSpec, Understanding,
};
use serde_json::Value;

use crate::{Catalog, RulePlanner};

/// A tool with the schemas of what it takes and gives.
pub(super) fn tool(id: &str, input: Value, output: Value, effect: Effect) -> ToolSpec {
    ToolSpec::new(id.parse().unwrap(), "").with_input(input).with_output(output).with_effect(effect)
}

/// What is planned for clauses, each a piece of the text with its tool and values.
pub(super) fn check(catalog: &Catalog, text: &str, clauses: &[(&str, &str, Value)], expected: &[&str]) {
    let place = |part: &str| {
        let start = text.find(part).unwrap();
        Span { start, end: start + part.len() }
    };
    let lacking = |tool: &str, values: &Value| {
        let spec = catalog.get(&tool.parse().unwrap()).unwrap();
        let open = spec.parameters().filter(|(name, _)| spec.requires(name) && values.get(name).is_none());
        open.map(|(name, _)| Question::about(&spec.id, name)).collect()
    };
    let clause = |(part, tool, values): &(&str, &str, Value)| {
        let argument = |(name, value): (&String, &Value)| Argument {
            parameter: name.clone(),
            value: value.clone(),
            span: place(value.as_str().unwrap()),
            confidence: Probability::ONE,
        };
        let found = ToolMatch {
            tool: tool.parse().unwrap(),
            confidence: Probability::ONE,
            arguments: values.as_object().unwrap().iter().map(argument).collect(),
            missing: lacking(tool, values),
            doubtful: vec![],
            elsewhere: vec![],
            found_by: [].into(),
        };
        Clause {
            span: place(part),
            intents: vec![],
            tools: vec![found],
            paths: vec![],
            refers_back: false,
            bond: Bond::default(),
        }
    };
    let clauses = clauses.iter().map(clause).collect();
    let understanding = Understanding { text: text.to_owned(), clauses, notes: vec![] };
    let planner = RulePlanner { tools_only: true, selects_fields: true, ..RulePlanner::default() };
    let proposal = planner.propose(&understanding, catalog).unwrap();
    let shown: Vec<String> = proposal.steps().iter().map(|proposed| proposed.step.to_string()).collect();
    assert_eq!(shown.iter().filter(|step| !step.contains(" of s")).collect::<Vec<_>>(), expected, "{text}");
}
