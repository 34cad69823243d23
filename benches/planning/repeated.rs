//! The project's own requests that call one tool several times: are all calls right?

use std::path::Path;

use maestria::{ToolPlan, delegator::read_functions};
use maestria_benches::{Result, jsonl, progress, scores::share};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{
    measure::{Measure, Set},
    report::Report,
    standard::normalised,
    subject::Subject,
};

/// Sets of tools, each with requests.
#[derive(Debug)]
pub(crate) struct Repeated(Vec<Offered>);

/// Tools, and requests to them alone.
#[derive(Debug, Deserialize)]
struct Offered {
    tools: Vec<Value>,
    requests: Vec<Asked>,
}

/// A request, and the calls that are right, in whatever order.
#[derive(Debug, Deserialize)]
struct Asked {
    text: String,
    calls: Vec<Call>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Call {
    tool: String,
    arguments: Map<String, Value>,
}

impl Repeated {
    /// Reads the part of the folder that nothing is trained on.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        jsonl::read(&folder.join("validation.jsonl"), "`tools`, and `requests` with `text` and `calls`").map(Self)
    }
}

/// Measures all of them.
pub(crate) fn measure(subject: &Subject, Repeated(sets): &Repeated, report: &mut Report) -> Result {
    let requests = sets.iter().map(|offered| offered.requests.len()).sum();
    let mut sheet = report.sheet(subject.column, Set::Repeated, requests);
    let mut right = Vec::new();
    for Offered { tools, requests } in progress::told(sets, "sets of tools") {
        let planner = subject.planner(read_functions(&json!(tools).to_string())?)?;
        for Asked { text, calls } in requests {
            let given = planner.plan(text, None).map(|plan| ToolPlan::to_json(&plan));
            let given = given.unwrap_or_else(|error| json!({"error": error.to_string()}));
            let steps = given.get("steps").and_then(Value::as_array).into_iter().flatten();
            let made = steps.map(Call::deserialize).collect::<std::result::Result<Vec<_>, _>>()?;
            let is_right = agree(calls, &made);
            right.push(is_right);
            if !is_right {
                sheet.wrong(Measure::AstAccuracy, text, &json!(calls), &given)?;
            }
        }
    }
    sheet.add(Measure::AstAccuracy, share(right));
    Ok(())
}

/// Whether there are as many calls as expected, and each is one of them.
fn agree(expected: &[Call], made: &[Call]) -> bool {
    let mut left: Vec<&Call> = made.iter().collect();
    let mut take = |expected: &Call| {
        let place = left.iter().position(|call| call.agrees(expected));
        place.map(|place| left.remove(place)).is_some()
    };
    expected.len() == made.len() && expected.iter().all(&mut take)
}

impl Call {
    fn agrees(&self, other: &Self) -> bool {
        let arguments = || self.arguments.iter().map(|(name, value)| (value, other.arguments.get(name)));
        self.tool == other.tool
            && self.arguments.len() == other.arguments.len()
            && arguments().all(|(value, other)| other.is_some_and(|other| normalised(value) == normalised(other)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expected: Value, made: Value, right: bool) {
        let calls = |calls: &Value| Vec::<Call>::deserialize(calls).unwrap();
        assert_eq!(agree(&calls(&expected), &calls(&made)), right, "{expected} {made}");
    }

    #[test]
    fn calls_agree_in_any_order_and_in_number() {
        let call = |city: &str, days: f64| json!({"tool": "weather", "arguments": {"city": city, "days": days}});
        let two = json!([call("Oslo", 3.0), call("Rome", 5.0)]);
        check(two.clone(), json!([call("rome", 5.0), call("Oslo", 3.0)]), true);
        check(two.clone(), json!([call("Rome", 5.0)]), false);
        check(two.clone(), json!([call("Rome", 3.0), call("Oslo", 5.0)]), false);
        check(two, json!([call("Oslo", 3.0), call("Rome", 5.0), call("Rome", 5.0)]), false);
        check(
            json!([{"tool": "mean", "arguments": {"values": [1, 2]}}]),
            json!([{"tool": "mean", "arguments": {"values": [1.0, 2.0], "extra": true}}]),
            false,
        );
    }
}
