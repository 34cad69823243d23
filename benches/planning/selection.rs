//! The project's own cases of selection: are exactly the tools chosen that a request needs, and none where none serves it?

use std::collections::BTreeSet;

use maestria::ToolPlan;
use maestria_benches::{
    Result,
    cases::{Cases, Family},
    progress,
    scores::share,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    measure::{Measure, Set},
    report::Report,
    subject::Subject,
};

/// The tools that a request needs; empty if none serves it.
#[derive(Debug, Deserialize)]
pub(crate) struct Needed {
    expected: BTreeSet<String>,
}

/// Measures every split.
pub(crate) fn measure(subject: &Subject, cases: &Cases<Needed>, report: &mut Report) -> Result {
    let planner = subject.planner(cases.tools.iter().cloned())?;
    for (split, families) in &cases.splits {
        let requests = Family::all(families);
        let mut sheet = report.sheet(subject.column, Set::Selection(*split), requests.len());
        let (mut of_some, mut of_none) = (Vec::new(), Vec::new());
        for (request, Needed { expected }) in progress::told(&requests, "requests") {
            let given = planner.plan(request, None).map(|plan| ToolPlan::to_json(&plan));
            let given = given.unwrap_or_else(|error| json!({"error": error.to_string()}));
            let steps = given.get("steps").and_then(Value::as_array).into_iter().flatten();
            let chosen: BTreeSet<&str> = steps.filter_map(|step| step.get("tool")?.as_str()).collect();
            let right = given.get("error").is_none() && expected.iter().map(String::as_str).eq(chosen.iter().copied());
            if expected.is_empty() { &mut of_none } else { &mut of_some }.push(right);
            if !right {
                sheet.wrong(Measure::ToolsExact, request, &json!(expected), &json!(chosen))?;
            }
        }
        sheet.add(Measure::ToolsExact, share(of_some.iter().chain(&of_none).copied()));
        sheet.add(Measure::ToolsExactWhereNeeded, share(of_some));
        sheet.add(Measure::NoneRecognised, share(of_none));
    }
    Ok(())
}
