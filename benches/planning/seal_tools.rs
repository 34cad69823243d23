//! Seal-Tools: are the right tools found among 4,076, and does the whole way from request to calls fill in the right values?

use std::collections::BTreeMap;

use maestria::ToolPlan;
use maestria_benches::{
    Result, progress,
    scores::{Agreement, share},
    seal_tools::{Calling, Query, SealTools},
};
use serde_json::{Value, json};

use crate::{
    measure::{Measure, Set},
    report::Report,
    standard::normalised,
    subject::Subject,
};

/// How many tools count as found.
const FIRST: usize = 5;

/// A parameter with its value: the tool, the name, and the value in the form in which it is compared.
type Filled = (String, String, String);

/// Measures how many of the right tools are found, and how far plans agree with the calls.
pub(crate) fn measure(
    subject: &Subject,
    set: Set,
    SealTools { tools, queries }: &SealTools,
    report: &mut Report,
) -> Result {
    eprintln!("{}: {set}: indexing {} tools", subject.column, tools.len());
    let planner = subject.planner(tools.iter().cloned())?;
    let mut sheet = report.sheet(subject.column, set, queries.len());

    let (mut found, mut all_found) = (Vec::new(), Vec::new());
    let (mut called, mut filled) = (Agreement::default(), Agreement::default());
    for Query { query, calling } in progress::told(queries, "queries") {
        let ranked = subject.ranked(planner.interpreter().selector(), query)?;
        let first: Vec<&str> = ranked.iter().take(FIRST).map(|(tool, _)| tool.as_str()).collect();
        let is_found = |call: &Calling| first.contains(&call.api.as_str());
        found.push(share(calling.iter().map(is_found)));
        all_found.push(calling.iter().all(is_found));
        let tools: Vec<&str> = calling.iter().map(|call| call.api.as_str()).collect();
        if !calling.iter().all(is_found) {
            sheet.wrong(Measure::AllInFive, query, &json!(tools), &json!(first))?;
        }

        let given = planner.plan(query, None).map(|plan| ToolPlan::to_json(&plan));
        let given = given.unwrap_or_else(|error| json!({"error": error.to_string()}));
        let steps = given.get("steps").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let these = Agreement::of(tools, steps.iter().filter_map(tool));
        let those = Agreement::of(filled_in(calling), filled_by(steps));
        if these.f1() < 1.0 || those.f1() < 1.0 {
            let expected: Vec<Value> =
                calling.iter().map(|call| json!({"tool": call.api, "arguments": call.parameters})).collect();
            let measure = if these.f1() < 1.0 { Measure::ToolF1 } else { Measure::ParameterF1 };
            sheet.wrong(measure, query, &json!(expected), &given)?;
        }
        called = called + these;
        filled = filled + those;
    }
    sheet.add(Measure::RecallAtFive, found.iter().sum::<f64>() / found.len().max(1) as f64);
    sheet.add(Measure::AllInFive, share(all_found));
    sheet.add(Measure::ToolF1, called.f1());
    sheet.add(Measure::ParameterF1, filled.f1());
    Ok(())
}

/// The parameters of the calls that are expected.
fn filled_in(calling: &[Calling]) -> Vec<Filled> {
    let source = |value: &Value| {
        let name = value.as_str()?.split_whitespace().next()?;
        calling.iter().find(|call| call.responses.iter().any(|response| response == name)).map(|call| call.api.as_str())
    };
    let filled = |call: &Calling, (name, value): (&String, &Value)| {
        let value = source(value).map_or_else(|| normalised(value), result_of);
        (call.api.clone(), name.clone(), value)
    };
    calling.iter().flat_map(|call| call.parameters.iter().map(move |entry| filled(call, entry))).collect()
}

/// The parameters of the calls of a plan.
fn filled_by(steps: &[Value]) -> Vec<Filled> {
    let named = |step: &Value| Some((step.get("id")?.as_str()?.to_owned(), tool(step)?.to_owned()));
    let tools: BTreeMap<String, String> = steps.iter().filter_map(named).collect();
    let source = |value: &Value| tools.get(value.get("$from")?.as_str()?);
    let mut filled = Vec::new();
    for step in steps {
        for (name, value) in step.get("arguments").and_then(Value::as_object).into_iter().flatten() {
            let value = source(value).map_or_else(|| normalised(value), |tool| result_of(tool));
            filled.push((tool(step).unwrap_or_default().to_owned(), name.clone(), value));
        }
    }
    filled
}

fn tool(step: &Value) -> Option<&str> {
    step.get("tool")?.as_str()
}

/// The form of a value that is the result of a tool.
fn result_of(tool: &str) -> String {
    format!("result of {tool}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_results_of_other_calls_are_compared() {
        let calling: Vec<Calling> = serde_json::from_value(json!([
            {"api": "find", "parameters": {"city": "New York", "count": "2"}, "responses": ["API_call_0", "API_call_1"]},
            {"api": "book", "parameters": {"id": "API_call_1", "days": 3}, "responses": ["API_call_2"]},
        ]))
        .unwrap();
        let steps = json!([
            {"id": "s1", "tool": "find", "arguments": {"city": "new york", "count": 2}},
            {"id": "s2", "tool": "book", "arguments": {"id": {"$from": "s1", "field": "id"}, "days": 4}},
        ]);
        let agreement = Agreement::of(filled_in(&calling), filled_by(steps.as_array().unwrap()));
        assert_eq!(agreement, Agreement { right: 3, expected: 4, given: 4 });
    }
}
