//! Plans with order, guards, fields and repetition, run for real.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what a test sets up holds"
)]

mod support;

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use maestria::{
    Arguments, Comparison, Content, Orchestrator, Tool, ToolError, ToolSpec,
    delegator::{Action, Binding, Guard, Step},
};
use serde_json::{Value, json};
use support::{Written, told};

/// A tool that gives a fixed result, and notes what it was called with.
#[derive(Debug)]
struct Noting {
    spec: ToolSpec,
    gives: Value,
    calls: Arc<Mutex<Vec<String>>>,
}

#[async_trait]
impl Tool for Noting {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    async fn call(&self, arguments: Arguments) -> Result<Content, ToolError> {
        self.calls.lock().unwrap().push(format!("{} {}", self.spec.id, Value::from(arguments)));
        Ok(Content::Json(self.gives.clone()))
    }
}

fn call(id: &str, tool: &str, arguments: Value) -> Step {
    let arguments = arguments.as_object().unwrap().iter().map(|(n, v)| (n.clone(), Binding::from(v.clone()))).collect();
    Step::new(id.parse().unwrap(), Action::Call { tool: tool.parse().unwrap(), arguments })
}

fn guard(step: &str, field: &str, op: Comparison, value: Value) -> Guard {
    Guard { step: step.parse().unwrap(), field: Some(field.into()), op, value }
}

/// Runs `steps` over a weather tool, a search with two hits, and a tool that notes.
async fn check(steps: Vec<Step>, answer: &str, expected: &[&str]) {
    let calls = Arc::new(Mutex::new(Vec::new()));
    let text = json!({"type": "string"});
    let hits = json!({"type": "array", "items": {"type": "object", "properties": {"url": text}}});
    let tool = |id: &str, input: Value, output: Value, gives: Value| {
        let spec = ToolSpec::new(id.parse().unwrap(), "").with_input(input).with_output(output);
        Arc::new(Noting { spec, gives, calls: calls.clone() }) as Arc<dyn Tool>
    };
    let weather = json!({"type": "object", "properties": {"condition": text, "degrees": {"type": "number"}}});
    let tools = [
        tool(
            "weather",
            json!({"type": "object", "properties": {}}),
            weather,
            json!({"condition": "rain", "degrees": 7.5}),
        ),
        tool("search", json!({"type": "object", "properties": {}}), hits, json!([{"url": "a"}, {"url": "b"}])),
        tool(
            "note",
            json!({"type": "object", "properties": {"text": text}}),
            json!({"type": "string"}),
            json!("noted"),
        ),
    ];
    let builder = Orchestrator::builder().with_planner(Arc::new(Written(steps))).with_tools(tools);
    let response = builder.build().unwrap().run("x").response().await;
    assert_eq!(told(&response.answer), answer);
    assert_eq!(*calls.lock().unwrap(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_step_is_done_only_when_its_guard_holds_and_takes_those_with_it_that_need_it() {
    let plan = |value: &str| {
        let when = guard("w", "condition", Comparison::Equal, json!(value));
        vec![
            call("w", "weather", json!({})),
            call("n", "note", json!({"text": "umbrella"})).with_when(when),
            call("m", "note", json!({"text": {"$from": "n"}})),
        ]
    };
    let done: &[&str] = &["weather {}", r#"note {"text":"umbrella"}"#, r#"note {"text":"noted"}"#];
    check(plan("rain"), "done: {\"condition\":\"rain\",\"degrees\":7.5}\nnoted", done).await;
    check(plan("snow"), "done: {\"condition\":\"rain\",\"degrees\":7.5}", &["weather {}"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_step_is_done_for_each_element_and_a_list_gives_its_first() {
    let url = || Step::new("u".parse().unwrap(), Action::Select { input: "s".parse().unwrap(), field: "url".into() });
    let first = vec![call("s", "search", json!({})), url(), call("n", "note", json!({"text": {"$from": "u"}}))];
    check(first, "done: noted", &["search {}", r#"note {"text":"a"}"#]).await;
    let each = call("n", "note", json!({"text": {"$from": "item", "field": "url"}})).with_each("s".parse().unwrap());
    let all = vec![call("s", "search", json!({})), each];
    let noted: &[&str] = &["search {}", r#"note {"text":"a"}"#, r#"note {"text":"b"}"#];
    check(all, "done: [\"noted\",\"noted\"]", noted).await;
}

#[tokio::test(start_paused = true)]
async fn a_step_waits_for_what_it_is_put_after() {
    let steps = vec![
        call("b", "note", json!({"text": "second"})).with_after(["a".parse().unwrap()]),
        call("a", "note", json!({"text": "first"})),
    ];
    check(steps, "done: noted\nnoted", &[r#"note {"text":"first"}"#, r#"note {"text":"second"}"#]).await;
}

#[tokio::test(start_paused = true)]
async fn a_number_is_written_out_for_a_text() {
    let degrees = Action::Select { input: "w".parse().unwrap(), field: "degrees".into() };
    let steps = vec![
        call("w", "weather", json!({})),
        Step::new("d".parse().unwrap(), degrees),
        call("n", "note", json!({"text": {"$from": "d"}})),
    ];
    check(steps, "done: noted", &["weather {}", r#"note {"text":"7.5"}"#]).await;
}
