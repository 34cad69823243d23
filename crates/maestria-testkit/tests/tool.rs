//! The tool suite accepts good tools and catches every kind of bad one.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::{
    fmt,
    ops::Range,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

use async_trait::async_trait;
use maestria_testkit::{
    ScriptedTool,
    conformance::{self, Schema, Situation, Violation},
};
use maestria_vocabulary::{Arguments, Content, Effect, Tool, ToolError, ToolSpec, Workload};
use serde_json::{Value, json};
use tokio::task::yield_now;

fn spec() -> ToolSpec {
    ToolSpec::new("length".parse().unwrap(), "Counts the letters of a word")
        .with_input(json!({"type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"]}))
        .with_output(json!({"type": "integer", "minimum": 0}))
        .with_effect(Effect::Pure)
}

fn arguments(value: Value) -> Arguments {
    [("word".to_owned(), value)].into_iter().collect()
}

/// A tool that gives three each time.
fn three(spec: ToolSpec) -> ScriptedTool {
    ScriptedTool::new(spec, (0..20).map(|_| Ok(json!(3).into())))
}

async fn check(tool: impl Tool, expected: impl Fn(&Violation) -> bool) {
    let violation = conformance::tool(&tool, arguments(json!("hut"))).await.unwrap_err();
    assert!(expected(&violation), "{violation:?}");
}

#[tokio::test]
async fn a_good_tool_conforms() {
    conformance::tool(&three(spec()), arguments(json!("hut"))).await.unwrap();
}

#[tokio::test]
async fn a_file_satisfies_every_output_schema() {
    let file = || Content::Bytes { media_type: "image/png".into(), data: [1, 2].into() };
    let tool = ScriptedTool::new(spec(), (0..20).map(|_| Ok(file())));
    conformance::tool(&tool, arguments(json!("hut"))).await.unwrap();
}

#[tokio::test]
async fn a_tool_without_description_is_caught() {
    let tool = three(ToolSpec { description: " ".into(), ..spec() });
    check(tool, |violation| matches!(violation, Violation::NoDescription)).await;
}

#[tokio::test]
async fn schemas_that_are_none_are_caught() {
    let broken = || json!({"type": "object", "properties": "all of them"});
    check(three(spec().with_input(broken())), |violation| {
        matches!(violation, Violation::InvalidSchema { schema: Schema::Input, .. })
    })
    .await;
    check(three(spec().with_output(broken())), |violation| {
        matches!(violation, Violation::InvalidSchema { schema: Schema::Output, .. })
    })
    .await;
}

#[tokio::test]
async fn an_input_that_is_not_an_object_is_caught() {
    for input in [json!({"type": "string"}), json!({})] {
        check(three(spec().with_input(input)), |violation| matches!(violation, Violation::InputNotObject)).await;
    }
}

#[tokio::test]
async fn a_required_parameter_without_description_is_caught() {
    let tool = three(spec().with_input(json!({"type": "object", "required": ["word"]})));
    check(tool, |violation| matches!(violation, Violation::UndescribedParameter { parameter } if parameter == "word"))
        .await;
}

#[tokio::test]
async fn arguments_that_are_not_good_are_told_and_the_tool_is_not_called() {
    let tool = three(spec());
    for bad in [arguments(json!(7)), Arguments::new()] {
        let violation = conformance::tool(&tool, bad).await.unwrap_err();
        assert!(matches!(violation, Violation::BadArguments { .. }), "{violation:?}");
    }
    assert!(tool.calls().is_empty());
}

#[tokio::test]
async fn a_tool_that_fails_on_good_arguments_is_caught() {
    let tool = ScriptedTool::new(spec(), [Err(ToolError::invalid_argument("word", "is too short"))]);
    check(tool, |violation| matches!(violation, Violation::CallFailed { situation: Situation::Alone, .. })).await;
}

#[tokio::test]
async fn a_result_that_does_not_satisfy_its_schema_is_caught() {
    for result in [json!("three"), json!(-3)] {
        let tool = ScriptedTool::new(spec(), (0..20).map(|_| Ok(result.clone().into())));
        check(tool, |violation| matches!(violation, Violation::BadResult { .. })).await;
    }
}

#[tokio::test]
async fn a_pure_tool_whose_result_changes_is_caught() {
    let counting = |effect| ScriptedTool::new(spec().with_effect(effect), (0..20).map(|n| Ok(json!(n).into())));
    check(counting(Effect::Pure), |violation| matches!(violation, Violation::NotPure)).await;
    conformance::tool(&counting(Effect::Idempotent), arguments(json!("hut"))).await.unwrap();
}

/// A tool whose state goes wrong.
struct Fake {
    specs: [ToolSpec; 2],
    calls: AtomicUsize,
    running: AtomicUsize,
    stuck: AtomicBool,
    fault: Fault,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    /// Its spec changes once it was called.
    NewSpec,
    /// It breaks when several tasks call it.
    OneAtATime,
    /// It is stuck when a call is dropped.
    StuckByCall,
}

impl Fake {
    fn new(fault: Fault) -> Self {
        let specs = [spec(), ToolSpec { description: "Counts otherwise".into(), ..spec() }];
        Self { specs, calls: AtomicUsize::new(0), running: AtomicUsize::new(0), stuck: AtomicBool::new(false), fault }
    }
}

impl fmt::Debug for Fake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fault.fmt(f)
    }
}

/// A call that runs; it leaves its tool stuck when it is dropped before the end.
struct Running<'t>(&'t Fake, bool);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
        self.0.stuck.fetch_or(self.1 && self.0.fault == Fault::StuckByCall, Ordering::Relaxed);
    }
}

#[async_trait]
impl Tool for Fake {
    fn spec(&self) -> &ToolSpec {
        let called = self.calls.load(Ordering::Relaxed) > 0;
        &self.specs[usize::from(called && self.fault == Fault::NewSpec)]
    }

    async fn call(&self, _: Arguments) -> Result<Content, ToolError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let beside = self.running.fetch_add(1, Ordering::Relaxed);
        let mut running = Running(self, true);
        if self.stuck.load(Ordering::Relaxed) || (self.fault == Fault::OneAtATime && beside > 0) {
            return Err(ToolError::InvalidInput { problem: "the file is locked".into() });
        }
        yield_now().await;
        running.1 = false;
        Ok(json!(3).into())
    }
}

#[tokio::test]
async fn a_spec_that_changes_is_caught() {
    check(Fake::new(Fault::NewSpec), |violation| matches!(violation, Violation::SpecChanges)).await;
}

#[tokio::test]
async fn a_tool_for_one_task_at_a_time_is_caught() {
    check(Fake::new(Fault::OneAtATime), |violation| {
        matches!(violation, Violation::CallFailed { situation: Situation::Together, .. })
    })
    .await;
}

#[tokio::test]
async fn a_tool_stuck_by_a_dropped_call_is_caught() {
    check(Fake::new(Fault::StuckByCall), |violation| {
        matches!(violation, Violation::CallFailed { situation: Situation::AfterDroppedCall, .. })
    })
    .await;
}

/// A tool that counts the letters of a text of three pages, and can do so page by page.
#[derive(Debug)]
struct Pages {
    spec: ToolSpec,
    /// What each page gives, where it does not fail.
    pages: [Option<u32>; 3],
    joins: bool,
}

#[async_trait]
impl Tool for Pages {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    async fn call(&self, _: Arguments) -> Result<Content, ToolError> {
        Ok(json!(6).into())
    }

    fn workload(&self, _: &Arguments) -> Workload {
        Workload::default().with_units(3)
    }

    async fn call_part(&self, _: Arguments, units: Range<u32>) -> Result<Content, ToolError> {
        let letters: Option<u32> = units.map(|page| self.pages[page as usize]).sum();
        letters.map(|letters| json!(letters).into()).ok_or(ToolError::InvalidInput { problem: "a page is torn".into() })
    }

    fn join(&self, parts: Vec<Content>) -> Result<Content, ToolError> {
        if !self.joins {
            return Err(ToolError::InvalidInput { problem: "the pages do not go together".into() });
        }
        let sum: u64 = parts.iter().filter_map(|part| part.to_json().as_u64()).sum();
        Ok(json!(sum).into())
    }
}

#[tokio::test]
async fn the_parts_of_a_call_give_what_the_whole_gives() {
    let pages = |pages, effect| Pages { spec: spec().with_effect(effect), pages, joins: true };
    let good = [Some(1), Some(2), Some(3)];
    conformance::tool(&pages(good, Effect::Pure), arguments(json!("hut"))).await.unwrap();
    let other = [Some(1), Some(2), Some(4)];
    conformance::tool(&pages(other, Effect::Idempotent), arguments(json!("hut"))).await.unwrap();
    check(pages(other, Effect::Pure), |violation| matches!(violation, Violation::PartsDiffer)).await;
    check(pages([Some(1), None, Some(3)], Effect::Pure), |violation| {
        matches!(violation, Violation::PartFailed { units: Range { start: 1, end: 3 }, .. })
    })
    .await;
    let torn = Pages { joins: false, ..pages(good, Effect::Pure) };
    check(torn, |violation| matches!(violation, Violation::NotJoined { .. })).await;
}
