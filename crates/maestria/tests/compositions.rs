//! Models that stand in for each other, and replicas that share the work.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what a test sets up holds"
)]

mod support;

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use maestria::{
    Error, Model, ModelCard, ModelError, Orchestrator,
    delegator::{self, HybridComposition, Routed, SwitchingCriteria},
    registry::BreakerSettings,
};
use maestria_testkit::{Flaky, ScriptedModel, Slow, Turn};
use support::{ask, builder, card, told};
use tokio::time::sleep;

fn composition(primary: &str, fallback: &str) -> HybridComposition {
    let (primary, fallback) = (primary.parse().unwrap(), fallback.parse().unwrap());
    HybridComposition { primary, fallback, criteria: SwitchingCriteria::default() }
}

fn says(text: &str) -> ScriptedModel {
    ScriptedModel::saying(vec![text; 200])
}

async fn first(orchestrator: &Orchestrator) -> (String, Option<Routed>) {
    let response = orchestrator.run("x").response().await;
    assert!(told(&response.answer).starts_with("done"));
    let first = &response.choices[0].ranking.ranked[0];
    (first.candidate.executor.to_string(), first.explanation.routed)
}

#[tokio::test(start_paused = true)]
async fn a_model_that_fails_too_often_is_stood_in_for_until_it_had_its_rest() {
    // Its failures speak against the prompt, so that its circuit stays closed: quality alone decides.
    let fails = (0..5).map(|_| Turn::Fail(ModelError::Unsupported { what: "that".into() }));
    let models: Vec<(ModelCard, Arc<dyn Model>)> = vec![
        (card("large", 0.9), Arc::new(Flaky::new(says("large"), fails))),
        (card("small", 0.5), Arc::new(says("small"))),
        (card("third", 0.95), Arc::new(says("third"))),
    ];
    let chat = "chat".parse().unwrap();
    let builder = builder(vec![ask("a", "say", &[])], models).with_hybrid(chat, composition("large", "small"));
    let orchestrator = builder.build().unwrap();
    for _ in 0..5 {
        assert_eq!(first(&orchestrator).await.0, "model large", "the composition goes before the best score");
    }
    let (now, routed) = first(&orchestrator).await;
    assert_eq!(now, "model small");
    assert!(matches!(routed, Some(Routed::Named(_))));
    assert_eq!(first(&orchestrator).await.0, "model small");
    sleep(Duration::from_secs(61)).await;
    assert_eq!(first(&orchestrator).await.0, "model large");
    assert_eq!(told(&orchestrator.run("x").response().await.answer), "done: large");
}

#[tokio::test]
async fn a_composition_that_cannot_work_is_refused() {
    let models: Vec<(ModelCard, Arc<dyn Model>)> = vec![(card("m", 0.9), Arc::new(says("yes")))];
    let built = builder(Vec::new(), models).with_hybrid("chat".parse().unwrap(), composition("m", "m")).build();
    assert!(matches!(built, Err(Error::Composition(delegator::Error::SameModel { .. }))));
}

#[tokio::test(start_paused = true)]
async fn replicas_share_the_work_and_a_slow_one_gets_less_of_it() {
    let slow = Duration::from_secs(10);
    let models: Vec<(ModelCard, Arc<dyn Model>)> = (0..4)
        .map(|n| {
            let model = Slow::new(says("yes")).with_first(if n == 0 { 10 * slow } else { slow });
            let card = ModelCard { run: slow, remote: true, ..card(&format!("replica-{n}"), 0.9) };
            (card, Arc::new(model) as Arc<dyn Model>)
        })
        .collect();
    let names: Vec<_> = models.iter().map(|(card, _)| card.id.clone()).collect();
    let steps = vec![ask("a", "say", &[])];
    let breaker = BreakerSettings::default();
    let served = async |replicas: bool| {
        let builder = builder(steps.clone(), models.clone()).with_breaker(breaker).with_seed(1);
        let builder = if replicas { builder.with_replicas(names.clone()) } else { builder };
        let orchestrator = builder.with_scheduler(many_slots()).build().unwrap();
        let mut runs = Vec::new();
        for _ in 0..40 {
            runs.push(orchestrator.run("x"));
            sleep(Duration::from_secs(2)).await;
        }
        let responses = join_all(runs.into_iter().map(|run| run.response())).await;
        let mut counts = [0_usize; 4];
        for response in responses {
            let executor = response.outcomes[0].executor.to_string();
            counts[names.iter().position(|name| executor == format!("model {name}")).unwrap()] += 1;
        }
        counts
    };
    let alone = served(false).await;
    assert!(alone.iter().filter(|count| **count == 0).count() >= 1, "{alone:?}");
    let shared = served(true).await;
    assert!(shared.iter().all(|count| *count >= 3), "{shared:?}");
    assert!(shared[1..].iter().all(|count| *count > shared[0]), "{shared:?}");
}

fn many_slots() -> maestria::scheduler::Settings {
    use maestria::scheduler::{Settings, Slots};
    let cpu = std::num::NonZeroUsize::new(100).unwrap();
    Settings { slots: Slots { cpu, ..Slots::default() }, ..Settings::default() }
}
