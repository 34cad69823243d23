//! What a request comes to: results and their joining, what is told on the way, and what is said when nothing can be done.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what a test sets up holds"
)]

mod support;

use std::{sync::Arc, time::Duration};

use maestria::{
    Answer, Bytes, Capability, Chunk, Content, Message, Model, ModelCard, Needs, Orchestrator, ProgressEvent, Request,
    Tokens, ToolSpec, Understanding, Usage,
    context::{ApproximateCounter, TokenCounterExt},
    delegator::{Catalog, PlanError, Planned, Planner, Step},
    registry::Snapshot,
};
use maestria_testkit::{ScriptedModel, Slow};
use serde_json::json;
use support::{Act, Puppet, ask, attempts, call, card, events, join, orchestrator, puppet, serve, told, wanted};

/// One model that says these texts in turn.
fn saying(texts: &[&str]) -> Vec<(ModelCard, Arc<dyn Model>)> {
    vec![(card("m", 0.9), Arc::new(ScriptedModel::saying(texts.iter().copied())))]
}

#[tokio::test(start_paused = true)]
async fn plain_words_get_an_answer() {
    async fn check(text: &str, expected: &str) {
        let painter = ModelCard::new("painter".parse().unwrap(), Tokens(4096))
            .with_capability("image_generation".parse().unwrap(), maestria::Probability::ONE);
        let model = Arc::new(ScriptedModel::saying(["a picture"]));
        let orchestrator = Orchestrator::builder().with_model(painter, model).build().unwrap();
        let answer = orchestrator.run(text).response().await.answer;
        assert!(told(&answer).starts_with(expected), "{text}: {answer:?}");
    }
    check("Generate an image of a sunset", "done: a picture").await;
    check("Translate this letter into French", "lacking: This needs a model with the ability \"translation\"").await;
    check("asdf qwer", "not understood").await;
    check("", "not understood").await;
    check(" \n\t", "not understood").await;
}

#[tokio::test(start_paused = true)]
async fn what_nobody_else_needs_is_the_answer() {
    async fn check(steps: Vec<Step>, expected: &str) {
        let tools = vec![
            puppet("one", Act::Say("1")),
            puppet("two", Act::Say("2")),
            puppet("plus", Act::Say("+")),
            puppet("object", Act::Give(json!({"a": 1}).into())),
        ];
        let answer = serve(steps, tools, saying(&["first", "second"]), Request::new("anything")).await.answer;
        assert_eq!(told(&answer), expected);
    }
    check(vec![call("a", "one", &[])], "done: 1").await;
    check(vec![call("a", "one", &[]), call("b", "two", &[])], "done: 1\n2").await;
    check(vec![call("a", "one", &[]), call("b", "two", &[]), join("c", &["b", "a"])], "done: 2\n\n1").await;
    check(vec![call("a", "one", &[]), call("b", "object", &[]), join("c", &["a", "b"])], "done: [\"1\",{\"a\":1}]")
        .await;
    let diamond = vec![
        call("a", "one", &[]),
        call("b", "plus", &["a"]),
        call("c", "two", &["a"]),
        call("d", "plus", &["b", "c"]),
    ];
    check(diamond, "done: + + 1 2 1").await;
    check(vec![ask("a", "think", &[]), ask("b", "again", &["a"])], "done: second").await;
    check(Vec::new(), "not understood").await;
}

#[tokio::test(start_paused = true)]
async fn a_model_is_given_the_results_before_the_instruction() {
    let model = Arc::new(ScriptedModel::saying(["answer"]));
    let steps = vec![call("a", "one", &[]), ask("b", "sum it up", &["a"])];
    serve(steps, vec![puppet("one", Act::Say("1"))], vec![(card("m", 0.9), model.clone())], "x".into()).await;
    let texts: Vec<Vec<String>> =
        model.prompts().iter().map(|prompt| prompt.messages.iter().map(Message::text).collect()).collect();
    assert_eq!(texts, [["1", "sum it up"]]);
}

#[tokio::test(start_paused = true)]
async fn what_was_reached_is_told_beside_what_failed() {
    async fn check(steps: Vec<Step>, expected: &str) {
        let tools = vec![
            puppet("one", Act::Say("1")),
            puppet("two", Act::Say("2")),
            puppet("bad", Act::Fail("no such column")),
        ];
        let answer = serve(steps, tools, Vec::new(), Request::new("anything")).await.answer;
        assert_eq!(told(&answer), expected);
    }
    // A branch that fails does not touch the other.
    check(vec![call("a", "one", &[]), call("b", "bad", &[])], "incomplete: no such column\n1").await;
    check(vec![call("a", "one", &[]), call("b", "bad", &[]), join("c", &["a", "b"])], "incomplete: no such column\n1")
        .await;
    // What was wanted is told even if the next step was to use it; what only prepared is not.
    check(vec![wanted(call("a", "one", &[])), call("b", "bad", &["a"])], "incomplete: no such column\n1").await;
    check(vec![call("a", "one", &[]), call("b", "bad", &["a"])], "incomplete: no such column").await;
    // Of a chain the last that succeeded is told, and of what follows only what failed.
    let chain = vec![
        wanted(call("a", "one", &[])),
        wanted(call("b", "two", &["a"])),
        call("c", "bad", &["b"]),
        call("d", "one", &["c"]),
    ];
    check(chain, "incomplete: no such column\n2 1").await;
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_panics_is_named_and_harms_nobody_else() {
    let tools = vec![puppet("bomb", Act::Panic), puppet("one", Act::Say("1"))];
    let response = serve(vec![call("a", "bomb", &[]), call("b", "one", &[])], tools, Vec::new(), "x".into()).await;
    assert_eq!(told(&response.answer), "incomplete: tool bomb panicked\n1");
    assert_eq!(attempts(&response.outcomes), ["a tool bomb failed", "b tool one succeeded"]);
}

#[tokio::test(start_paused = true)]
async fn a_file_reaches_a_tool_as_a_data_url() {
    let file = Content::Bytes { media_type: "image/png".into(), data: Arc::from([1, 2, 3]) };
    let tools = vec![puppet("paint", Act::Give(file)), puppet("one", Act::Say("1"))];
    let steps = vec![call("a", "paint", &[]), call("b", "one", &["a"])];
    let answer = serve(steps, tools.clone(), Vec::new(), "x".into()).await.answer;
    assert_eq!(told(&answer), "done: 1 data:image/png;base64,AQID");
    let answer = serve(vec![call("a", "paint", &[])], tools, Vec::new(), "x".into()).await.answer;
    assert_eq!(told(&answer), "done: 3 bytes of image/png");
}

#[tokio::test(start_paused = true)]
async fn everything_is_told_in_the_order_in_which_it_happens() {
    let chunks = ["to", "get", "her"].map(|text| Chunk::Content(text.into())).to_vec();
    let model = Slow::new(ScriptedModel::new([Ok(chunks)])).with_between(Duration::from_secs(1));
    let models: Vec<(ModelCard, Arc<dyn Model>)> = vec![(card("m", 0.9), Arc::new(model))];
    let steps = vec![call("a", "one", &[]), ask("b", "say", &["a"])];
    let orchestrator = orchestrator(steps, vec![puppet("one", Act::Say("1"))], models, Default::default());
    let events = events(orchestrator.run("x")).await;
    let names: Vec<String> = events
        .iter()
        .map(|event| match event {
            ProgressEvent::Understood { .. } => "understood".to_owned(),
            ProgressEvent::Planned { .. } => "planned".to_owned(),
            ProgressEvent::Delegated { .. } => "delegated".to_owned(),
            ProgressEvent::Started { step, .. } => format!("started {step}"),
            ProgressEvent::Chunk { step, chunk } => format!("chunk {step} {chunk:?}"),
            ProgressEvent::Attempted(outcome) => format!("attempted {}", outcome.step),
            ProgressEvent::Ended { step, .. } => format!("ended {step}"),
            ProgressEvent::Answered(response) => told(&response.answer),
            other => format!("{other:?}"),
        })
        .collect();
    let expected = [
        "understood",
        "planned",
        "delegated",
        "started a",
        "attempted a",
        "ended a",
        "started b",
        "chunk b Content(Text(\"to\"))",
        "chunk b Content(Text(\"get\"))",
        "chunk b Content(Text(\"her\"))",
        "attempted b",
        "ended b",
        "done: together",
    ];
    assert_eq!(names, expected);
    let ProgressEvent::Answered(response) = events.last().unwrap() else { panic!("{events:?}") };
    let ran: Vec<Duration> = response.outcomes.iter().map(|outcome| outcome.ran).collect();
    assert!(ran[0].is_zero() && ran[1] >= Duration::from_secs(2), "{ran:?}");
}

#[tokio::test(start_paused = true)]
async fn every_attempt_of_a_model_is_learned_from() {
    let usage = Chunk::Usage(Usage { input: Tokens(1_000_000), output: Tokens(0) });
    let model = ScriptedModel::new([Ok(vec![Chunk::Content("yes".into()), usage])]);
    let priced = ModelCard {
        price: maestria::registry::Price { input: maestria::Money(7), ..Default::default() },
        ..card("m", 0.9)
    };
    let models: Vec<(ModelCard, Arc<dyn Model>)> = vec![(priced, Arc::new(model))];
    let orchestrator = orchestrator(vec![ask("a", "say", &[])], Vec::new(), models, Default::default());
    let samples = |fleet: &Snapshot| {
        let capability: Capability = "chat".parse().unwrap();
        let offers = fleet.with_capability(&capability);
        offers
            .into_iter()
            .next()
            .and_then(|offer| offer.record.map(|record| (record.samples(), record.success().get())))
    };
    assert_eq!(samples(&orchestrator.fleet()), None);
    let response = orchestrator.run("x").response().await;
    assert_eq!(response.outcomes[0].cost, maestria::Money(7));
    assert_eq!(samples(&orchestrator.fleet()), Some((1, 1.0)));
    // The script is at its end: the next attempt fails.
    assert_eq!(attempts(&orchestrator.run("x").response().await.outcomes), ["a model m failed"]);
    assert_eq!(samples(&orchestrator.fleet()).map(|(samples, _)| samples), Some(2));
}

#[tokio::test(start_paused = true)]
async fn no_prompt_exceeds_the_window() {
    async fn check(window: u64, instruction: &str, input: &str) {
        let model = Arc::new(ScriptedModel::saying(["short"]));
        let models: Vec<(ModelCard, Arc<dyn Model>)> =
            vec![(ModelCard { window: Tokens(window), ..card("m", 0.9) }, model.clone())];
        let tools: Vec<Arc<Puppet>> = vec![puppet("text", Act::Give(input.into()))];
        let steps = vec![call("a", "text", &[]), ask("b", instruction, &["a"])];
        let answer = serve(steps, tools, models, "x".into()).await.answer;
        assert_eq!(told(&answer), "done: short");
        let prompts = model.prompts();
        let prompt = prompts.first().unwrap();
        let tokens: Tokens = prompt.messages.iter().map(|message| ApproximateCounter.count_message(message)).sum();
        let answer = prompt.max_output.unwrap();
        assert!(answer > Tokens::ZERO && tokens + answer <= Tokens(window), "{tokens} + {answer} > {window}");
        if instruction.len() < 100 {
            assert_eq!(prompt.messages.last().unwrap().text(), instruction, "the instruction stays whole");
        }
    }
    let book = "It was a dark and stormy night. ".repeat(10_000);
    check(1024, "sum it up", "short").await;
    check(1024, "sum it up", &book).await;
    check(1 << 14, "sum it up", &book).await;
    check(2048, &book, "short").await;
    check(2048, &book, &book).await;
    check(2048, "sum it up", "").await;
}

#[tokio::test(start_paused = true)]
async fn what_no_model_may_do_is_said_with_the_reason() {
    async fn check(card: ModelCard, request: Request, expected: &str) {
        let model: Arc<dyn Model> = Arc::new(ScriptedModel::saying(["yes"]));
        let response = serve(vec![ask("a", "say", &[])], Vec::new(), vec![(card, model)], request).await;
        assert!(told(&response.answer).starts_with(expected), "{}", told(&response.answer));
    }
    let remote = || ModelCard { remote: true, ..card("far", 0.9) };
    check(remote(), Request::new("x"), "done: yes").await;
    check(
        remote(),
        Request::new("x").with_local_only(),
        "lacking: No model with the ability \"chat\" may run this: far",
    )
    .await;
    check(card("near", 0.9), Request::new("x").with_local_only(), "done: yes").await;
    let slow = ModelCard { run: Duration::from_secs(60), ..card("slow", 0.9) };
    check(slow, Request::new("x").with_deadline(Duration::from_secs(1)), "lacking: No model with").await;
    let huge = |remote| {
        let needs = Needs { memory: Bytes(u64::MAX), devices: Vec::new() };
        ModelCard { needs, remote, ..card("huge", 0.9) }
    };
    check(huge(false), Request::new("x"), "lacking: No model with").await;
    // What a remote model needs is not needed here.
    check(huge(true), Request::new("x"), "done: yes").await;
}

#[tokio::test(start_paused = true)]
async fn a_request_that_lacks_an_ability_runs_nothing() {
    let tool = puppet("one", Act::Say("1"));
    let response =
        serve(vec![call("a", "one", &[]), ask("b", "say", &[])], vec![tool.clone()], Vec::new(), "x".into()).await;
    assert!(matches!(response.answer, Answer::Lacking { .. }));
    assert_eq!(tool.begun.load(std::sync::atomic::Ordering::SeqCst), 0);
    assert!(response.plan.is_some() && response.outcomes.is_empty());
}

#[derive(Debug)]
struct Confused;

impl Planner for Confused {
    fn plan(&self, _: &Understanding, _: &Catalog) -> Result<Planned, PlanError> {
        panic!("as it was told")
    }
}

#[tokio::test(start_paused = true)]
async fn even_a_planner_that_panics_leaves_an_answer() {
    let orchestrator = Orchestrator::builder().with_planner(Arc::new(Confused)).build().unwrap();
    assert!(matches!(orchestrator.run("x").response().await.answer, Answer::Broken { .. }));
    let unknown = orchestrator_of(call("a", "nobody", &[]));
    assert!(told(&unknown.run("x").response().await.answer).starts_with("broken: step a calls nobody"));
}

fn orchestrator_of(step: Step) -> Orchestrator {
    orchestrator(vec![step], Vec::new(), Vec::new(), Default::default())
}

#[tokio::test(start_paused = true)]
async fn a_question_can_be_answered_beside_the_words_of_the_request() {
    #[derive(Debug)]
    struct Draw(ToolSpec);

    #[async_trait::async_trait]
    impl maestria::Tool for Draw {
        fn spec(&self) -> &ToolSpec {
            &self.0
        }
        async fn call(&self, arguments: maestria::Arguments) -> Result<Content, maestria::ToolError> {
            Ok(Content::Json(arguments.into()))
        }
    }

    let value = serde_json::json!({"type": "string", "description": "Column whose values are drawn"});
    let spec = ToolSpec::new("draw_chart".parse().unwrap(), "Draws a chart")
        .with_input(serde_json::json!({"properties": {"value": value}, "required": ["value"]}))
        .with_serves([maestria::taxonomy::data_visualization()]);
    let orchestrator = Orchestrator::builder().with_tool(Arc::new(Draw(spec))).build().unwrap();
    let response = orchestrator.run("Please draw a bar chart").response().await;
    let Answer::Clarify { questions } = response.answer else { panic!("{:?}", response.answer) };
    let [question] = questions.as_slice() else { panic!("{questions:?}") };
    let request =
        Request::new("Please draw a bar chart").with_argument(question.tool.clone(), &*question.parameter, "sales");
    assert_eq!(told(&orchestrator.run(request).response().await.answer), "done: {\"value\":\"sales\"}");
}
