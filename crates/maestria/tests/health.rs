//! Models that fail too often are left alone, and tried one call at a time.

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
    Model, ModelCard, ModelError, Orchestrator, ProgressEvent,
    delegator::Refusal,
    registry::{BreakerSettings, Circuit},
};
use maestria_testkit::{Flaky, ScriptedModel, Slow, Turn};
use support::{ask, builder, card, events, told};
use tokio::time::sleep;

fn broken(times: usize) -> impl Iterator<Item = Turn> {
    (0..times).map(|_| Turn::Fail(ModelError::TimedOut { after: Duration::from_secs(1) }))
}

fn opens_after(consecutive: u32) -> BreakerSettings {
    BreakerSettings { consecutive, ..BreakerSettings::default() }
}

/// A model that fails so often and then takes its time, and one that is asked instead.
fn orchestrator(fails: usize, after: u32) -> (Arc<Flaky<Slow<ScriptedModel>>>, Orchestrator) {
    let slow = Slow::new(ScriptedModel::saying(vec!["plan a"; 100])).with_first(Duration::from_secs(5));
    let first = Arc::new(Flaky::new(slow, broken(fails)));
    let models: Vec<(ModelCard, Arc<dyn Model>)> = vec![
        (card("first", 0.9), first.clone()),
        (card("second", 0.5), Arc::new(ScriptedModel::saying(vec!["plan b"; 100]))),
    ];
    let orchestrator = builder(vec![ask("a", "say", &[])], models).with_breaker(opens_after(after)).build().unwrap();
    (first, orchestrator)
}

async fn answer(orchestrator: &Orchestrator) -> String {
    told(&orchestrator.run("x").response().await.answer)
}

#[tokio::test(start_paused = true)]
async fn an_open_model_is_not_asked_and_a_half_open_one_once_at_a_time() {
    let (first, orchestrator) = orchestrator(2, 2);
    for _ in 0..2 {
        assert_eq!(answer(&orchestrator).await, "done: plan b");
    }
    // Open: it is not even a candidate, and the ranking says why.
    let response = orchestrator.run("x").response().await;
    let refused = &response.choices[0].ranking.refused;
    assert!(matches!(refused.as_slice(), [(_, Refusal::CircuitOpen { .. })]), "{refused:?}");
    assert!(first.inner().inner().prompts().is_empty());

    // Half-open: of two requests at once one tries it.
    sleep(Duration::from_secs(40)).await;
    let (one, other) = (orchestrator.run("x"), orchestrator.run("x"));
    let (one, other) = tokio::join!(one.response(), other.response());
    let mut answers = [told(&one.answer), told(&other.answer)];
    answers.sort();
    assert_eq!(answers, ["done: plan a", "done: plan b"]);
    assert_eq!(first.inner().inner().prompts().len(), 1);
    let skips: Vec<_> = one.skips.iter().chain(&other.skips).map(ToString::to_string).collect();
    assert_eq!(skips, ["model first was not asked: it failed too often, and is being tried already"]);

    // It answered: closed again.
    let health = orchestrator.fleet().health(&"first".parse().unwrap()).cloned().unwrap();
    assert_eq!(health.circuit(one.outcomes[0].at), Circuit::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_model_that_opens_while_a_request_waits_is_skipped_and_that_is_told() {
    // Models are ranked for both steps before `first` has failed at one of them.
    let first = Flaky::new(ScriptedModel::saying(["late"]), broken(1));
    let models: Vec<(ModelCard, Arc<dyn Model>)> = vec![
        (card("first", 0.9), Arc::new(first)),
        (card("second", 0.5), Arc::new(ScriptedModel::saying(vec!["plan b"; 9]))),
    ];
    let steps = vec![ask("a", "say", &[]), ask("b", "say", &["a"])];
    let orchestrator = builder(steps, models).with_breaker(opens_after(1)).build().unwrap();
    let run = orchestrator.run("x");
    let id = run.id().clone();
    let events = events(run).await;
    let skipped: Vec<_> = events
        .iter()
        .filter_map(|event| if let ProgressEvent::Skipped(skip) = event { Some(skip) } else { None })
        .collect();
    let [skip] = skipped.as_slice() else { panic!("{events:?}") };
    assert_eq!(skip.step.as_str(), "b");
    assert!(matches!(skip.why, Refusal::CircuitOpen { .. }));
    let Some(ProgressEvent::Answered(response)) = events.last() else { panic!("no answer") };
    assert_eq!(told(&response.answer), "done: plan b");
    assert!(orchestrator.explain(&id).unwrap().to_string().contains("model first was not asked: it failed too often"));
}

#[tokio::test(start_paused = true)]
async fn where_all_models_are_open_the_answer_says_until_when() {
    let model = Flaky::new(ScriptedModel::saying(["late"]), broken(1));
    let models: Vec<(ModelCard, Arc<dyn Model>)> = vec![(card("only", 0.9), Arc::new(model))];
    let steps = vec![ask("a", "say", &[])];
    let orchestrator = builder(steps, models).with_breaker(opens_after(1)).build().unwrap();
    assert!(answer(&orchestrator).await.starts_with("incomplete: only:"));
    let lacking = answer(&orchestrator).await;
    assert!(lacking.contains("failed too often, and may be tried again in 30.0s"), "{lacking}");
    sleep(Duration::from_secs(31)).await;
    assert_eq!(answer(&orchestrator).await, "done: late");
}
