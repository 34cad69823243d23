//! The project's own cases of requests with which something is wrong before anything runs: is the right question asked?
//!
//! Where the situation has the answer of a tool, what is wrong shows only when that tool runs; no plan can know it, and it is not measured
//! here.

use jiff::Zoned;
use maestria::ToolPlan;
use maestria_benches::{
    Result,
    cases::{self, Cases, Family},
    progress,
    scores::share,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    measure::{Measure, Set, Wrong},
    report::Report,
    subject::Subject,
};

/// When a request was made, what is wrong with it, and what shall happen.
#[derive(Debug, Deserialize)]
pub(crate) struct Mistaken {
    #[serde(deserialize_with = "cases::moment")]
    now: Zoned,
    situation: Situation,
    expected: Recovery,
}

#[derive(Debug, Deserialize)]
struct Situation {
    kind: String,
    tool: Option<String>,
    error: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Recovery {
    recovery: String,
    parameter: Option<String>,
}

/// Measures every split.
pub(crate) fn measure(subject: &Subject, cases: &Cases<Mistaken>, report: &mut Report) -> Result {
    let planner = subject.planner(cases.tools.iter().cloned())?;
    for (split, families) in &cases.splits {
        for wrong in Wrong::ALL {
            let mut requests = Family::all(families);
            requests.retain(|(_, Mistaken { situation, expected, .. })| {
                situation.kind == wrong.name() && situation.error.is_none() && expected.recovery == "ask"
            });
            let mut sheet = report.sheet(subject.column, Set::Errors(wrong, *split), requests.len());
            let mut right = Vec::new();
            for (request, Mistaken { now, situation, expected }) in progress::told(&requests, "requests") {
                let given = planner.plan(request, Some(now)).map(|plan| ToolPlan::to_json(&plan));
                let given = given.unwrap_or_else(|error| json!({"error": error.to_string()}));
                let asks = asks(&given, situation.tool.as_deref(), expected.parameter.as_deref());
                right.push(asks);
                if !asks {
                    let expected = json!({"tool": situation.tool, "parameter": expected.parameter});
                    sheet.wrong(Measure::QuestionRight, request, &expected, &given)?;
                }
            }
            sheet.add(Measure::QuestionRight, share(right));
        }
    }
    Ok(())
}

/// Whether a plan asks for this parameter of this tool, as far as they are named.
fn asks(plan: &Value, tool: Option<&str>, parameter: Option<&str>) -> bool {
    let mut questions = plan.get("missing").and_then(Value::as_array).into_iter().flatten();
    let is = |question: &Value, key: &str, expected: Option<&str>| {
        expected.is_none_or(|expected| question.get(key).and_then(Value::as_str) == Some(expected))
    };
    questions.any(|question| is(question, "tool", tool) && is(question, "parameter", parameter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_right_if_it_is_for_the_tool_and_its_parameter() {
        let plan = json!({"missing": [{"tool": "f", "parameter": "a"}, {"tool": "g", "parameter": "b"}]});
        let check = |tool: Option<&str>, parameter: &str, right: bool| {
            assert_eq!(asks(&plan, tool, Some(parameter)), right, "{tool:?} {parameter}");
        };
        check(Some("g"), "b", true);
        check(None, "b", true);
        check(Some("f"), "b", false);
        assert!(!asks(&json!({"error": "none"}), None, Some("a")));
    }
}
