//! Requests over three small sets of tools, and the plans they come to; how sure they are is not compared.

use serde::Deserialize;

use crate::{plan, planner, question::Asked, show::Shown};

#[derive(Debug, Deserialize)]
struct Case {
    tools: String,
    request: String,
    plan: Vec<String>,
}

/// A Wednesday.
const NOW: &str = "2026-03-04T10:30:00+01:00";

/// Plans every request of `requests.jsonl` for `tools`.
fn check(name: &str, tools: &str) {
    let planner = planner(tools).unwrap();
    let cases = include_str!("requests.jsonl").lines().map(|line| serde_json::from_str::<Case>(line).unwrap());
    for case in cases.filter(|case| case.tools == name) {
        let line = serde_json::json!({"request": case.request, "now": NOW}).to_string();
        let answer = plan(&planner, &Asked::read(&line).unwrap()).unwrap();
        let shown = Shown(&answer).to_string();
        let plan: Vec<&str> = shown.lines().skip(1).map(without_confidence).collect();
        assert_eq!(plan, case.plan, "{}", case.request);
        assert_eq!(answer.to_json()["none"], answer.is_none());
    }
}

fn without_confidence(line: &str) -> &str {
    let line = line.trim();
    match line.rsplit_once(" (") {
        Some((plan, rest)) if rest.trim_end_matches(')').parse::<f64>().is_ok() => plan,
        _ => line,
    }
}

#[test]
fn travel_is_planned() {
    check("travel", include_str!("tools/travel.json"));
}

#[test]
fn office_work_is_planned() {
    check("office", include_str!("tools/office.json"));
}

#[test]
fn development_is_planned() {
    check("developer", include_str!("tools/developer.jsonl"));
}

#[test]
fn an_argument_taken_from_a_result_names_its_step_and_field() {
    let planner = planner(include_str!("tools/developer.jsonl")).unwrap();
    let line = r#"{"request": "Create an issue titled \"Crash\" in acme/web and assign it to Maria"}"#;
    let json = plan(&planner, &Asked::read(line).unwrap()).unwrap().to_json();
    let assign = &json["steps"][1];
    assert_eq!(assign["arguments"]["issue_id"], serde_json::json!({"$from": "s1", "field": "issue_id"}));
    assert_eq!(assign["after"], serde_json::json!(["s1"]));
}

#[test]
fn a_line_that_cannot_be_read_says_what_it_should_be() {
    let check = |line: &str, expected: &str| {
        let error = Asked::read(line).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    };
    check("no json", "not an object with `request` and an optional `now`");
    check(r#"{"now": "2026-03-04T10:00:00+01:00"}"#, "not an object with `request` and an optional `now`");
    check(r#"{"request": "x", "now": "yesterday"}"#, "`now` is \"yesterday\": give a time with its offset");
    check(r#"{"request": "x", "now": "2026-03-04T10:00:00"}"#, "`now` is \"2026-03-04T10:00:00\": give a time");
}
