//! Learning from what comes of choices: outcomes, and what people say.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what a test sets up holds"
)]

mod support;

use std::sync::Arc;

use maestria::{
    Builder, Capability, Error, Model, ModelCard, ModelError, Orchestrator, Probability, RunId, Verdict,
    delegator::{DefaultPolicy, LearnedPolicy, Learning, LearningError, Preference, Projection, off_policy},
    registry::BreakerSettings,
};
use maestria_store::{MemoryStore, Store};
use maestria_testkit::{Flaky, ScriptedModel, Turn};
use support::{ask, builder, card, told};

type Models = Vec<(ModelCard, Arc<dyn Model>)>;

fn answers(text: &str) -> Arc<dyn Model> {
    Arc::new(ScriptedModel::saying(vec![text; 1_000]))
}

fn declines() -> Arc<dyn Model> {
    let fails = || Turn::Fail(ModelError::Unsupported { what: "that".to_owned() });
    Arc::new(Flaky::new(ScriptedModel::saying(["never"]), (0..1_000).map(|_| fails())))
}

fn learner() -> LearnedPolicy {
    LearnedPolicy::new(Learning::default(), Projection::Random { dimensions: 4, seed: 0 }, 0).unwrap()
}

fn learning(models: Models) -> Builder {
    let base = DefaultPolicy { preference: Preference::BestQuality, ..DefaultPolicy::default() };
    builder(vec![ask("a", "say", &[])], models).with_learned_policy(learner(), base).with_seed(7)
}

fn chat() -> Capability {
    "chat".parse().unwrap()
}

/// Serves so many requests, and tells how often the first choice was this model.
async fn share(orchestrator: &Orchestrator, model: &str, requests: usize, judge: impl Fn(&str, &RunId)) -> f64 {
    let mut chosen = 0;
    for _ in 0..requests {
        let response = orchestrator.run("x").response().await;
        let decision = response.choices[0].decision.clone().expect("a decision");
        let total: f64 = decision.alternatives.iter().map(|one| one.propensity).sum();
        assert!((total - 1.0).abs() < 1e-9, "{total}");
        assert_eq!((decision.run.as_ref(), decision.step.as_ref().unwrap().as_str()), (Some(&response.run), "a"));
        chosen += usize::from(decision.choice().unwrap().model.as_str() == model);
        judge(&response.answer.to_string(), &response.run);
    }
    chosen as f64 / requests as f64
}

#[tokio::test(start_paused = true)]
async fn outcomes_teach_who_keeps_what_the_card_promises_and_a_restart_forgets_nothing() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let open = async || {
        let models = vec![(card("boastful", 0.9), declines()), (card("modest", 0.6), answers("well"))];
        learning(models).open(store.clone()).await.unwrap()
    };
    let nobody = |_: &str, _: &RunId| {};
    let orchestrator = open().await;
    let first = share(&orchestrator, "modest", 20, nobody).await;
    let later = share(&orchestrator, "modest", 40, nobody).await;
    assert!(first < later && later > 0.85, "{first} {later}");
    orchestrator.save().await.unwrap();
    let learnt = orchestrator.learned_policy().unwrap();
    assert_eq!(learnt.rewards(&chat()), 60);

    let again = open().await;
    assert_eq!(again.learned_policy().unwrap(), learnt);
    assert!(again.kept().unwrap().policy_restored);
    let since = share(&again, "modest", 40, nobody).await;
    assert!(since > 0.85, "{since}");

    // The log is what other policies are judged by.
    again.save().await.unwrap();
    let decisions = again.decisions().await.unwrap();
    assert_eq!(decisions.len(), 100);
    assert!(decisions.iter().all(|decision| decision.reward.is_some()));
    let (estimator, interval) = (off_policy::Estimator::DoublyRobust, off_policy::Interval::Normal);
    let baseline = off_policy::evaluate(&decisions, &off_policy::Target::Baseline, estimator, interval).unwrap();
    let logged = off_policy::evaluate(&decisions, &off_policy::Target::Logged, estimator, interval).unwrap();
    assert!(baseline.value + 0.3 < logged.value, "{baseline:?} {logged:?}");
}

#[tokio::test(start_paused = true)]
async fn what_people_say_goes_before_that_there_was_an_answer() {
    let models = vec![(card("flatterer", 0.9), answers("lovely")), (card("expert", 0.7), answers("41.7"))];
    let orchestrator = learning(models).open(Arc::new(MemoryStore::new())).await.unwrap();
    let judge = |answer: &str, run: &RunId| {
        let good = if answer == "41.7" { Probability::ONE } else { Probability::ZERO };
        orchestrator.feedback(run, None, good).unwrap();
    };
    share(&orchestrator, "expert", 60, judge).await;
    let later = share(&orchestrator, "expert", 40, judge).await;
    assert!(later > 0.85, "{later}");

    // The registry has learnt it too, and nobody's circuit was opened by it.
    let fleet = orchestrator.fleet();
    let success = |model: &str| fleet.record(&model.parse().unwrap(), &chat()).unwrap().success().get();
    assert!(success("flatterer") < 0.6 && success("expert") > 0.95);
    orchestrator.save().await.unwrap();
    let rewards: Vec<_> = orchestrator.decisions().await.unwrap();
    assert_eq!(rewards.len(), 100);
    for decision in rewards {
        let good = decision.choice().unwrap().model.as_str() == "expert";
        assert_eq!(decision.reward, Some(if good { Probability::ONE } else { Probability::ZERO }));
    }
}

#[tokio::test(start_paused = true)]
async fn a_verdict_that_is_put_right_leaves_the_policy_as_if_it_had_been_right_at_once() {
    let run = async |verdicts: &[Probability]| {
        let orchestrator = learning(vec![(card("m", 0.6), answers("yes"))]).build().unwrap();
        for _ in 0..5 {
            let run = orchestrator.run("x").response().await.run;
            for verdict in verdicts {
                orchestrator.feedback(&run, None, *verdict).unwrap();
            }
        }
        let context = orchestrator.run("x").response().await.choices[0].decision.clone().unwrap();
        context.alternatives[0].predicted
    };
    let half = Probability::saturating(0.5);
    let (at_once, corrected) = (run(&[half]).await, run(&[Probability::ZERO, Probability::ONE, half]).await);
    assert!((at_once - corrected).abs() < 1e-9, "{at_once} {corrected}");
    assert!(run(&[]).await > at_once + 0.1);
}

#[tokio::test(start_paused = true)]
async fn a_verdict_takes_the_place_of_the_one_before_and_counts_once() {
    let orchestrator = learning(vec![(card("m", 0.6), answers("yes"))]).build().unwrap();
    let run = orchestrator.run("x").response().await.run;
    let judge = |verdict| {
        for _ in 0..50 {
            orchestrator.feedback(&run, None, verdict).unwrap();
        }
        let (fleet, model) = (orchestrator.fleet(), "m".parse().unwrap());
        let outcomes = orchestrator.explain(&run).unwrap().steps[0].outcomes.clone();
        (outcomes.iter().map(|one| one.verdict).collect(), fleet.record(&model, &chat()).unwrap().samples())
    };
    assert_eq!(judge(Probability::ZERO), (vec![Verdict::Succeeded, Verdict::Failed], 2));
    assert_eq!(judge(Probability::ONE), (vec![Verdict::Succeeded, Verdict::Succeeded], 3));
    assert!(orchestrator.suspects().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_explanation_has_the_numbers_of_every_candidate_and_what_came_of_it() {
    let models = vec![(card("first", 0.9), declines()), (card("second", 0.5), answers("well"))];
    let orchestrator = builder(vec![ask("a", "say", &[])], models).build().unwrap();
    let response = orchestrator.run("x").response().await;
    assert_eq!(told(&response.answer), "done: well");
    let explained = orchestrator.explain(&response.run).unwrap().to_string();
    let lines: Vec<&str> = explained.lines().map(str::trim).collect();
    assert_eq!(lines[0], "step a");
    assert!(lines[1].starts_with("1. model first: score 0.90 (declared 0.90, never measured)"), "{explained}");
    assert!(lines[2].starts_with("2. model second: score 0.50"), "{explained}");
    assert_eq!(
        lines[3..],
        ["model first failed after 0.0ns, for 0.000000", "model second gave a result after 0.0ns, for 0.000000"]
    );
}

#[tokio::test(start_paused = true)]
async fn only_the_latest_runs_are_remembered() {
    let models = vec![(card("m", 0.6), answers("yes"))];
    let orchestrator = builder(vec![ask("a", "say", &[])], models).with_remembered_runs(2).build().unwrap();
    let mut runs = Vec::new();
    for _ in 0..3 {
        runs.push(orchestrator.run("x").response().await.run);
    }
    let remembered: Vec<bool> = runs.iter().map(|run| orchestrator.explain(run).is_some()).collect();
    assert_eq!(remembered, [false, true, true]);
    let check = |run: &RunId, step: Option<&str>, known: bool| {
        let step = step.map(|step| step.parse().unwrap());
        let judged = orchestrator.feedback(run, step.as_ref(), Probability::ONE);
        assert_eq!(judged.is_ok(), known);
        assert!(known || matches!(judged, Err(Error::NothingToJudge { .. })));
    };
    check(&runs[0], None, false);
    check(&runs[1], None, true);
    check(&runs[2], Some("a"), true);
    check(&runs[2], Some("b"), false);
}

#[tokio::test]
async fn a_policy_that_fits_no_request_is_refused_at_once() {
    let models = || vec![(card("m", 0.6), answers("yes"))];
    let with = |features| {
        let projection = Projection::Random { dimensions: 4, seed: 0 };
        let policy = LearnedPolicy::new(Learning::default(), projection, features).unwrap();
        builder(vec![ask("a", "say", &[])], models()).with_learned_policy(policy, DefaultPolicy::default()).build()
    };
    assert!(with(0).is_ok() && with(22).is_ok());
    assert!(matches!(with(3), Err(Error::Learning(LearningError::WrongLength { .. }))));
}

#[tokio::test(start_paused = true)]
async fn a_preference_of_the_application_holds_until_a_request_says_otherwise() {
    let quick = ModelCard { run: std::time::Duration::from_secs(1), ..card("quick", 0.5) };
    let good = ModelCard { run: std::time::Duration::from_secs(9), ..card("good", 0.9) };
    let models = || vec![(quick.clone(), answers("quick")), (good.clone(), answers("good"))];
    let check = async |builder: Builder, request: maestria::Request, expected: &str| {
        assert_eq!(builder.build().unwrap().run(request).response().await.answer.to_string(), expected);
    };
    let new = || builder(vec![ask("a", "say", &[])], models()).with_breaker(BreakerSettings::default());
    check(new().with_preference(Preference::Fastest), "x".into(), "quick").await;
    check(new().with_preference(Preference::BestQuality), "x".into(), "good").await;
    let asks = maestria::Request::new("x").with_preference(Preference::BestQuality);
    check(new().with_preference(Preference::Fastest), asks, "good").await;
    let elsewhere = ModelCard { remote: true, ..good.clone() };
    let models = vec![(quick.clone(), answers("quick")), (elsewhere, answers("good"))];
    let local = builder(vec![ask("a", "say", &[])], models).with_preference(Preference::BestQuality).with_local_only();
    check(local, "x".into(), "quick").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_requests_at_once_are_each_learnt_from_once() {
    let models = vec![(card("one", 0.6), answers("well")), (card("other", 0.5), answers("well"))];
    let orchestrator = learning(models).open(Arc::new(MemoryStore::new())).await.unwrap();
    let runs: Vec<_> = (0..200).map(|_| orchestrator.run("x")).collect();
    let judged = runs.into_iter().map(|run| {
        let orchestrator = orchestrator.clone();
        tokio::spawn(async move {
            let run = run.response().await.run;
            orchestrator.feedback(&run, None, Probability::saturating(0.5)).unwrap();
            assert!(orchestrator.explain(&run).is_some());
        })
    });
    for judged in judged.collect::<Vec<_>>() {
        judged.await.unwrap();
    }
    orchestrator.save().await.unwrap();
    assert_eq!(orchestrator.learned_policy().unwrap().rewards(&chat()), 200);
    let decisions = orchestrator.decisions().await.unwrap();
    assert_eq!(decisions.len(), 200);
    assert!(decisions.iter().all(|decision| decision.reward == Some(Probability::saturating(0.5))));
    let kept = orchestrator.kept().unwrap();
    assert_eq!((kept.decisions_written, kept.failures), (400, 0), "one for the outcome, one for the verdict");
}
