//! Calls that are done in parts because there is too little memory for the whole.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what a test sets up holds"
)]

mod support;

use std::{
    ops::Range,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use maestria::{
    Arguments, Bytes, Comparison, Content, ProgressEvent, Response, Tool, ToolError, ToolSpec, Workload,
    delegator::{Action, Binding, Guard, Step},
};
use serde_json::{Value, json};
use support::{builder, free_memory, told};

/// Doubles the numbers of a list, each of which takes some memory while it is worked on.
#[derive(Debug)]
struct Doubling {
    spec: ToolSpec,
    /// Memory that a number is said to take.
    each: Bytes,
    /// Most numbers for which there is memory in truth.
    most: usize,
    /// The number that cannot be doubled.
    cursed: i64,
    /// Whether it panics when it is asked what a call takes.
    panics: bool,
    asked: Mutex<Vec<String>>,
}

impl Doubling {
    fn new(each: Bytes, most: usize) -> Self {
        let numbers = json!({"type": "array", "items": {"type": "integer"}});
        let spec = ToolSpec::new("double".parse().unwrap(), "Doubles numbers")
            .with_input(json!({"type": "object", "properties": {"numbers": numbers}, "required": ["numbers"]}))
            .with_output(numbers);
        Self { spec, each, most, cursed: -1, panics: false, asked: Mutex::default() }
    }

    fn double(&self, numbers: &[Value]) -> Result<Content, ToolError> {
        if numbers.len() > self.most {
            return Err(ToolError::OutOfMemory { needed: Bytes::gib(1) });
        }
        if numbers.contains(&json!(self.cursed)) {
            return Err(ToolError::invalid_argument("numbers", "one of them cannot be doubled"));
        }
        let doubled = numbers.iter().filter_map(Value::as_i64).map(|number| Value::from(2 * number));
        Ok(Content::Json(doubled.collect()))
    }
}

fn numbers(arguments: &Arguments) -> Vec<Value> {
    arguments["numbers"].as_array().unwrap().clone()
}

#[async_trait]
impl Tool for Doubling {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    async fn call(&self, arguments: Arguments) -> Result<Content, ToolError> {
        self.asked.lock().unwrap().push("whole".to_owned());
        self.double(&numbers(&arguments))
    }

    fn workload(&self, arguments: &Arguments) -> Workload {
        assert!(!self.panics, "as it was told");
        let units = u32::try_from(numbers(arguments).len()).unwrap();
        Workload::of(Bytes(self.each.0 * u64::from(units))).with_units(units)
    }

    async fn call_part(&self, arguments: Arguments, units: Range<u32>) -> Result<Content, ToolError> {
        self.asked.lock().unwrap().push(format!("{units:?}"));
        self.double(&numbers(&arguments)[units.start as usize..units.end as usize])
    }
}

fn call(id: &str, numbers: Binding) -> Step {
    let arguments = [("numbers".to_owned(), numbers)].into_iter().collect();
    Step::new(id.parse().unwrap(), Action::Call { tool: "double".parse().unwrap(), arguments })
}

/// Doubles the first eight numbers once, and what comes of it again.
fn twice() -> Vec<Step> {
    let numbers: Value = (0..8).collect();
    vec![call("a", Binding::Value(numbers)), call("b", Binding::From { step: "a".parse().unwrap() })]
}

/// Serves the plan, and gives what the tool was asked for.
async fn serve(steps: Vec<Step>, tool: Doubling) -> (Response, Vec<String>) {
    let tool = Arc::new(tool);
    let orchestrator = builder(steps, vec![]).with_tools([tool.clone() as Arc<dyn Tool>]).build().unwrap();
    let response = orchestrator.run("x").response().await;
    let asked = tool.asked.lock().unwrap().clone();
    (response, asked)
}

fn degraded(response: &Response) -> Vec<String> {
    response.degradations.iter().map(ToString::to_string).collect()
}

#[tokio::test(start_paused = true)]
async fn a_call_with_enough_memory_is_made_as_a_whole() {
    let (response, asked) = serve(twice(), Doubling::new(Bytes(1), 8)).await;
    assert_eq!(told(&response.answer), "done: [0,4,8,12,16,20,24,28]");
    assert_eq!(asked, ["whole", "whole"]);
    assert_eq!(degraded(&response), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_ran_out_of_memory_is_done_in_halves_which_are_joined() {
    let (response, asked) = serve(twice(), Doubling::new(Bytes::ZERO, 3)).await;
    assert_eq!(told(&response.answer), "done: [0,4,8,12,16,20,24,28]");
    let once = ["whole", "0..4", "0..2", "2..4", "4..6", "6..8"];
    assert_eq!(asked, [once, once].concat());
    assert_eq!(degraded(&response)[..2], ["a goes on with a part of 4 units", "a goes on with a part of 2 units"]);
    assert_eq!(response.outcomes.len(), 12);
}

/// Of eight numbers that take twice the memory that is free, at most three fit into four fifths of it. What the second call takes is only
/// known when the first has given its result.
#[tokio::test(start_paused = true)]
async fn a_call_that_takes_more_memory_than_there_is_is_done_in_parts_that_fit() {
    let (response, asked) = serve(twice(), Doubling::new(free_memory(0.25), 3)).await;
    assert_eq!(told(&response.answer), "done: [0,4,8,12,16,20,24,28]");
    assert!(asked.len() >= 6, "{asked:?}");
    assert!(!asked.contains(&"whole".to_owned()), "{asked:?}");
    let begun = response.degradations.iter().map(|degraded| degraded.step.as_str());
    assert!(["a", "b"].iter().all(|step| begun.clone().any(|begun| begun == *step)), "{:?}", degraded(&response));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_takes_too_much_even_in_parts_is_refused() {
    let (response, asked) = serve(twice(), Doubling::new(Bytes(1 << 60), 8)).await;
    assert!(told(&response.answer).starts_with("incomplete: it cannot be run: needs "), "{}", told(&response.answer));
    assert_eq!(asked, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_failure_tells_how_far_the_call_was() {
    let tool = Doubling { cursed: 5, ..Doubling::new(Bytes::ZERO, 2) };
    let (response, asked) = serve(twice(), tool).await;
    assert_eq!(told(&response.answer), "incomplete: one of them cannot be doubled; 4 of 8 units had been done");
    assert_eq!(asked, ["whole", "0..4", "0..2", "2..4", "4..6"]);
}

#[tokio::test(start_paused = true)]
async fn the_parts_are_told_as_they_begin() {
    let orchestrator = builder(twice(), vec![])
        .with_tools([Arc::new(Doubling::new(Bytes::ZERO, 4)) as Arc<dyn Tool>])
        .build()
        .unwrap();
    let events = support::events(orchestrator.run("x")).await;
    let told: Vec<String> = events
        .into_iter()
        .filter_map(|event| match event {
            ProgressEvent::Started { step, units, .. } => Some(format!("{step} {units:?}")),
            ProgressEvent::Degraded(degraded) => Some(degraded.to_string()),
            _ => None,
        })
        .collect();
    let of = |step: &str| {
        ["None", "goes on with a part of 4 units", "Some(0..4)", "Some(4..8)"].map(|told| format!("{step} {told}"))
    };
    assert_eq!(told, [of("a"), of("b")].concat());
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_cannot_say_what_a_call_takes_is_called_as_ever() {
    let tool = Doubling { panics: true, ..Doubling::new(Bytes(1), 8) };
    let (response, asked) = serve(twice(), tool).await;
    assert_eq!(told(&response.answer), "done: [0,4,8,12,16,20,24,28]");
    assert_eq!(asked, ["whole", "whole"]);
}

/// The second call waits for one that is left out, and not for what that gives.
#[tokio::test(start_paused = true)]
async fn what_a_call_takes_is_told_though_the_one_before_is_left_out() {
    let numbers: Value = (0..8).collect();
    let [first, second] = ["a", "b"].map(|id| call(id, Binding::Value(numbers.clone())));
    let guard = Guard { step: "z".parse().unwrap(), field: None, op: Comparison::Contains, value: json!(-7) };
    let steps =
        vec![call("z", Binding::Value(json!([1]))), first.with_when(guard), second.with_after(["a".parse().unwrap()])];
    let (response, asked) = serve(steps, Doubling::new(free_memory(0.25), 3)).await;
    assert!(told(&response.answer).starts_with("done: "), "{}", told(&response.answer));
    assert!(!asked.contains(&"0..8".to_owned()), "{asked:?}");
    assert_eq!(asked.iter().filter(|asked| *asked == "whole").count(), 1, "{asked:?}");
}
