//! What happens when models fail: the same again, with less, elsewhere, or the end.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what a test sets up holds"
)]

mod support;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use maestria::{
    Message, Model, ModelCard, ModelError, Money, Prompt, Request, Tokens,
    context::{ApproximateCounter, TokenCounterExt},
    delegator::Preference,
    registry::Price,
};
use maestria_testkit::{Flaky, ScriptedModel, Turn};
use support::{Heavy, Loading, Panicking, ask, attempts, card, heavy_card, orchestrator, puppet, serve, told};

type Models = Vec<(ModelCard, Arc<dyn Model>)>;

fn busy() -> Turn {
    Turn::Fail(ModelError::Overloaded { retry_after: Some(Duration::from_secs(10)) })
}

fn too_long() -> Turn {
    Turn::Fail(ModelError::WindowExceeded { needed: Tokens(9), window: Tokens(8) })
}

fn late() -> ModelError {
    ModelError::TimedOut { after: Duration::from_secs(1) }
}

fn refuses() -> Turn {
    Turn::Fail(ModelError::Refused { reason: "not that".into() })
}

/// A model that is asked first, and one that is asked when it cannot answer.
fn first_and_second(first: impl Model + 'static) -> Models {
    vec![(card("first", 0.9), Arc::new(first)), (card("second", 0.5), Arc::new(ScriptedModel::saying(["plan b"])))]
}

async fn check(models: Models, answer: &str, expected: &[&str]) {
    let response =
        serve(vec![ask("a", "say", &[])], vec![puppet("idle", support::Act::Panic)], models, "x".into()).await;
    assert_eq!(told(&response.answer), answer);
    assert_eq!(attempts(&response.outcomes), expected);
}

#[tokio::test(start_paused = true)]
async fn a_model_that_fails_is_asked_again_and_then_another() {
    async fn flaky(schedule: Vec<Turn>, answer: &str, expected: &[&str]) {
        let model = Flaky::new(ScriptedModel::saying(["plan a", "plan a"]), schedule);
        check(first_and_second(model), answer, expected).await;
    }
    let alone: &[&str] = &["a model first succeeded"];
    let both: &[&str] = &["a model first failed", "a model second succeeded"];
    flaky(vec![], "done: plan a", alone).await;
    flaky(vec![busy()], "done: plan a", alone).await;
    flaky(vec![busy(), too_long()], "done: plan a", alone).await;
    flaky(vec![busy(), busy(), busy()], "done: plan b", both).await;
    flaky(vec![too_long(), too_long(), too_long()], "done: plan b", both).await;
    flaky(vec![Turn::Fail(late())], "done: plan b", both).await;
    flaky(vec![Turn::Break { after: 0, error: late() }], "done: plan b", both).await;
    let refused = "incomplete: first: the model refused: not that";
    flaky(vec![refuses()], refused, &["a model first failed"]).await;
}

#[tokio::test(start_paused = true)]
async fn when_every_model_fails_the_last_reason_is_told() {
    let models: Models = ["first", "second"]
        .into_iter()
        .zip([0.9, 0.5])
        .map(|(name, declared)| {
            let model = Flaky::new(ScriptedModel::saying(["no"]), [Turn::Fail(late())]);
            (card(name, declared), Arc::new(model) as Arc<dyn Model>)
        })
        .collect();
    let told = "incomplete: second: the model gave no answer within 1s";
    check(models, told, &["a model first failed", "a model second failed"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_model_is_asked_again_no_sooner_than_it_said() {
    let model = Flaky::new(ScriptedModel::saying(["at last"]), [busy(), busy()]);
    let models: Models = vec![(card("m", 0.9), Arc::new(model))];
    let response = serve(vec![ask("a", "say", &[])], Vec::new(), models, Request::new("x")).await;
    assert_eq!(told(&response.answer), "done: at last");
    let ran = response.outcomes[0].ran;
    assert!((Duration::from_secs(20)..Duration::from_secs(41)).contains(&ran), "{ran:?}");
}

#[tokio::test(start_paused = true)]
async fn a_model_that_comes_back_too_late_is_not_waited_for() {
    async fn check(wants: u64, deadline: Option<u64>, answer: &str) {
        let later = ModelError::Overloaded { retry_after: Some(Duration::from_secs(wants)) };
        let model = Flaky::new(ScriptedModel::saying(["plan a"]), [Turn::Fail(later)]);
        let request = Request { deadline: deadline.map(Duration::from_secs), ..Request::new("x") };
        let response = serve(vec![ask("a", "say", &[])], Vec::new(), first_and_second(model), request).await;
        assert_eq!(told(&response.answer), answer);
    }
    check(5, None, "done: plan a").await;
    check(5, Some(60), "done: plan a").await;
    check(5, Some(5), "done: plan b").await;
    check(3600, None, "done: plan b").await;
    check(3600, Some(7200), "done: plan b").await;
}

/// A model that never answers.
#[derive(Debug)]
struct Silent;

#[async_trait::async_trait]
impl Model for Silent {
    async fn generate(&self, _: Prompt) -> Result<maestria::ChunkStream, ModelError> {
        std::future::pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_model_leaves_time_for_the_next_one() {
    let timed = |name: &str, declared| ModelCard { run: Duration::from_secs(4), ..card(name, declared) };
    let models: Models = vec![
        (timed("first", 0.9), Arc::new(Silent)),
        (timed("second", 0.5), Arc::new(ScriptedModel::saying(["plan b"]))),
    ];
    let request = Request::new("x").with_deadline(Duration::from_secs(10));
    let response = serve(vec![ask("a", "say", &[])], Vec::new(), models, request).await;
    assert_eq!(told(&response.answer), "done: plan b");
    assert_eq!(attempts(&response.outcomes), ["a model first timed out", "a model second succeeded"]);
    assert!((Duration::from_secs(4)..Duration::from_millis(5100)).contains(&response.outcomes[0].ran));
}

#[tokio::test(start_paused = true)]
async fn a_request_never_begins_what_it_cannot_pay() {
    let price = |units: u64| Price { input: Money::ZERO, output: Money(units * 1_000_000) };
    let check = async |most: u64, answer: &str, expected: &[&str]| {
        // 256 tokens are expected of an answer: 2,560 and 256 millionths.
        let dear = ModelCard { price: price(10), ..card("first", 0.9) };
        let cheap = ModelCard { price: price(1), ..card("second", 0.5) };
        let models: Models = vec![
            (dear, Arc::new(ScriptedModel::saying(["dear", "dear"]))),
            (cheap, Arc::new(ScriptedModel::saying(["cheap", "cheap"]))),
        ];
        let steps = vec![ask("a", "say", &[]), ask("b", "say more", &["a"])];
        let request =
            Request { preference: Some(Preference::BestQuality), ..Request::new("x").with_max_cost(Money(most)) };
        let response = serve(steps, Vec::new(), models, request).await;
        assert_eq!(told(&response.answer), answer);
        assert_eq!(attempts(&response.outcomes), expected);
    };
    check(6000, "done: dear", &["a model first succeeded", "b model first succeeded"]).await;
    check(3000, "done: cheap", &["a model first succeeded", "b model second succeeded"]).await;
    let told = "incomplete: model second: it would cost 0.000256, and 0.000100 is left to spend";
    check(2660, told, &["a model first succeeded"]).await;
    let told = "lacking: No model with the ability \"chat\" may run this";
    let models: Models =
        vec![(ModelCard { price: price(1), ..card("m", 0.9) }, Arc::new(ScriptedModel::saying(["x"])))];
    let request = Request::new("x").with_max_cost(Money(100));
    let response = serve(vec![ask("a", "say", &[])], Vec::new(), models, request).await;
    let said = support::told(&response.answer);
    assert!(said.starts_with(told), "{said}");
    let advice = "a cost of 0.000100 alone excludes m; a cost of 0.000256 would admit it";
    assert!(said.contains(advice), "{said}");
}

/// A model whose window is smaller than its card says.
#[derive(Debug)]
struct Cramped {
    inner: ScriptedModel,
    window: Tokens,
    asked: AtomicUsize,
}

#[async_trait::async_trait]
impl Model for Cramped {
    async fn generate(&self, prompt: Prompt) -> Result<maestria::ChunkStream, ModelError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let tokens: Tokens = prompt.messages.iter().map(|message| ApproximateCounter.count_message(message)).sum();
        let needed = tokens + prompt.max_output.unwrap_or_default();
        if needed > self.window {
            return Err(ModelError::WindowExceeded { needed, window: self.window });
        }
        self.inner.generate(prompt).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_prompt_shrinks_until_the_model_takes_it() {
    async fn check(instruction: &str, window: u64, answer: &str, asked: usize) {
        let inner = ScriptedModel::saying(["it fits"]);
        let model = Arc::new(Cramped { inner, window: Tokens(window), asked: AtomicUsize::new(0) });
        let models: Models = vec![(card("m", 0.9), model.clone())];
        let response = serve(vec![ask("a", instruction, &[])], Vec::new(), models, Request::new("x")).await;
        assert_eq!(told(&response.answer), answer);
        assert_eq!(model.asked.load(Ordering::SeqCst), asked);
        let last =
            model.inner.prompts().pop().map(|prompt| prompt.messages.iter().map(Message::text).collect::<String>());
        assert_eq!(last.is_some(), answer.starts_with("done"));
    }
    let long = "words ".repeat(2_000);
    check(&long, 4096, "done: it fits", 1).await;
    check(&long, 2048, "done: it fits", 2).await;
    check(&long, 1024, "done: it fits", 3).await;
    check("a few words", 600, "done: it fits", 2).await;
    check("a few words", 100, "done: it fits", 3).await;
    let told = "incomplete: m: the prompt needs 1024 tokens, the window holds 100 tokens";
    check(&long, 100, told, 3).await;
}

#[tokio::test(start_paused = true)]
async fn a_model_that_panics_is_replaced() {
    check(first_and_second(Panicking), "done: plan b", &["a model first failed", "a model second succeeded"]).await;
    let alone: Models = vec![(card("only", 0.9), Arc::new(Panicking))];
    check(alone, "incomplete: model only panicked", &["a model only failed"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_model_that_cannot_be_loaded_is_replaced() {
    for loading in [Loading::Fails, Loading::Panics] {
        let heavy = || Heavy::new(ScriptedModel::saying(["plan a"]), loading);
        check(first_and_second(heavy()), "done: plan b", &["a model second succeeded"]).await;
        let alone: Models = vec![(card("only", 0.9), Arc::new(heavy()))];
        let response = serve(vec![ask("a", "say", &[])], Vec::new(), alone, Request::new("x")).await;
        let told = told(&response.answer);
        assert!(told.starts_with("incomplete: model only could not be loaded on cpu: "), "{told}");
        assert!(response.outcomes.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn models_that_do_not_fit_together_take_turns() {
    let (resident, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let heavy = |name: &'static str, capability: &str| {
        let inner = ScriptedModel::saying([name; 4]);
        let model = Heavy { inner, loading: Loading::Works, resident: resident.clone(), most: most.clone() };
        let card = heavy_card(name, 0.9, 0.7);
        let capabilities = [(capability.parse().unwrap(), maestria::Probability::ONE)].into();
        (ModelCard { capabilities, ..card }, Arc::new(model) as Arc<dyn Model>)
    };
    let needs = |id, capability: &str, inputs: &[&str]| {
        let mut step = ask(id, "say", inputs);
        if let maestria::delegator::Action::Ask { requires, .. } = &mut step.action {
            *requires = capability.parse().unwrap();
        }
        step
    };
    let steps =
        vec![needs("a", "draw", &[]), needs("b", "sing", &[]), needs("c", "draw", &["b"]), needs("d", "sing", &["c"])];
    let models = vec![heavy("painter", "draw"), heavy("singer", "sing")];
    let orchestrator = orchestrator(steps, Vec::new(), models, Default::default());
    let response = orchestrator.run("x").response().await;
    assert_eq!(told(&response.answer), "done: painter\nsinger");
    assert_eq!(response.outcomes.len(), 4);
    assert_eq!(most.load(Ordering::SeqCst), 1, "never both at once");
    assert!(resident.load(Ordering::SeqCst) <= 1);
}
