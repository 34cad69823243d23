//! Cases a person can check.

use std::{slice::from_ref, time::Duration};

use maestria_delegator::{
    DefaultPolicy, Load, Policy, Preference, Quality, Ranking, Refusal, Requirements, Route, Routed, Weights,
};
use maestria_registry::Price;
use maestria_vocabulary::{Bytes, DeviceId, DeviceKind, Money, Probability, Timestamp, Tokens, Verdict};

use crate::fleet::{Known, SECOND, any_quality, chat, fleet, id, load, model};

fn names(ranking: &Ranking) -> Vec<String> {
    ranking.ranked.iter().map(|ranked| ranked.candidate.executor.to_string().replace("model ", "")).collect()
}

#[test]
fn the_score_joins_what_is_declared_and_what_was_measured() {
    let fast = model("fast", 0.0).observed(1, Verdict::Succeeded, SECOND);
    let check = |known: Known, performance: Option<f64>, weight: f64, score: f64| {
        let fleet = fleet([&fast, &known]);
        let offer = fleet.with_capability(&chat()).find(|offer| offer.card.id == known.card.id).unwrap();
        let found = Quality::of(offer, fleet.fastest(&chat()), Timestamp::ZERO);
        let near = |a: Probability, b: f64| (a.get() - b).abs() < 1e-9;
        assert!(near(found.weight, weight) && near(found.score, score), "{found:?}");
        assert!(found.performance.map(Probability::get).zip(performance).is_none_or(|(a, b)| (a - b).abs() < 1e-9));
        assert_eq!(found.performance.is_some(), performance.is_some());
    };
    check(model("m", 0.9), None, 0.0, 0.9);
    check(model("m", 0.9).observed(50, Verdict::Succeeded, SECOND), Some(1.0), 0.5, 0.95);
    check(model("m", 0.9).observed(50, Verdict::Succeeded, 2 * SECOND), Some(0.85), 0.5, 0.875);
    check(model("m", 0.9).observed(500, Verdict::Succeeded, 2 * SECOND), Some(0.85), 0.8, 0.86);
    check(model("m", 0.9).observed(80, Verdict::Failed, SECOND), Some(0.0), 0.8, 0.18);
    check(model("m", 0.9).observed(50, Verdict::TimedOut, 2 * SECOND), Some(0.45), 0.5, 0.675);
}

#[test]
fn what_was_measured_long_ago_weighs_little_against_the_declaration() {
    let known = model("m", 0.9).observed(500, Verdict::Failed, SECOND);
    let fleet = fleet([&known]);
    let check = |days: u32, weight: f64| {
        let offer = fleet.with_capability(&chat()).next().unwrap();
        let now = Timestamp::from_epoch(days * 24 * 3600 * SECOND);
        let found = Quality::of(offer, None, now);
        assert!((found.weight.get() - weight).abs() < 1e-9, "{found:?}");
        assert!((found.score.get() - 0.9 * (1.0 - weight)).abs() < 1e-9, "{found:?}");
    };
    check(0, 0.8);
    check(1, 0.5);
    check(3, 0.125);
}

#[test]
fn a_model_that_keeps_failing_is_refused_until_it_may_be_tried() {
    let known = model("m", 0.9).observed(5, Verdict::Failed, Duration::ZERO);
    let fleet = fleet([&known]);
    let check = |seconds, expected: Option<Refusal>| {
        let load = Load { at: Timestamp::from_epoch(seconds * SECOND), ..load() };
        let ranking = DefaultPolicy::default().rank(&any_quality(), &fleet, &load);
        assert_eq!(ranking.refused.into_iter().map(|(_, refusal)| refusal).next(), expected);
        assert_eq!(ranking.ranked.is_empty(), expected.is_some());
    };
    check(0, Some(Refusal::CircuitOpen { retry_after: 30 * SECOND }));
    check(29, Some(Refusal::CircuitOpen { retry_after: SECOND }));
    check(30, None);
    let refusal = Refusal::CircuitOpen { retry_after: SECOND };
    assert_eq!(refusal.to_string(), "failed too often, and may be tried again in 1.0s");
}

#[test]
fn a_model_that_fails_a_requirement_is_refused_with_the_numbers() {
    let check = |requirements: Requirements, known: Known, expected: &str| {
        let ranking = DefaultPolicy::default().rank(&requirements, &fleet([&known]), &load());
        let found = ranking.refused.iter().map(|(id, refusal)| format!("{id}: {refusal}")).collect::<String>();
        assert_eq!(found, expected);
        assert_eq!(ranking.ranked.len(), usize::from(expected.is_empty()));
    };
    let m = || model("m", 0.8);
    check(any_quality(), m(), "");
    check(Requirements { min_window: Tokens(4096), ..any_quality() }, m(), "");
    check(
        Requirements { min_window: Tokens(4097), ..any_quality() },
        m(),
        "m: holds 4096 tokens, 4097 tokens are needed",
    );
    check(
        Requirements { quality_floor: Some(Probability::saturating(0.9)), ..any_quality() },
        m(),
        "m: score 0.80, 0.90 is needed",
    );
    check(Requirements { max_latency: Some(3 * SECOND), ..any_quality() }, m(), "");
    check(Requirements { max_latency: Some(2 * SECOND), ..any_quality() }, m(), "m: done in 3.0s, 2.0s is allowed");
    check(Requirements { max_cost: Some(Money(1024)), ..any_quality() }, m(), "");
    check(Requirements { max_cost: Some(Money(1000)), ..any_quality() }, m(), "m: costs 0.001024, 0.001000 is allowed");
    check(Requirements { local_only: true, ..any_quality() }, m(), "");
    check(Requirements { local_only: true, ..any_quality() }, m().with(|card| card.remote = true), "m: not local");
    let large = |card: &mut maestria_registry::ModelCard| card.needs.memory = Bytes::gib(9);
    check(any_quality(), m().with(large), "m: fits no device with its 9.0 GiB");
}

#[test]
fn a_model_without_the_ability_is_not_in_question() {
    let ranking = DefaultPolicy::default().rank(
        &Requirements::new("translation".parse().unwrap()),
        &fleet([&model("m", 0.8)]),
        &load(),
    );
    assert_eq!(ranking, Ranking::default());
}

#[test]
fn a_preference_decides_between_models_that_would_all_do() {
    let models = [
        model("best", 0.95).with(|card| card.run = 4 * SECOND),
        model("cheap", 0.6).with(|card| card.price = Price::default()),
        model("fast", 0.7).with(|card| card.load = Duration::ZERO),
        model("green", 0.5).with(|card| card.watts = Some(1.0)),
        model("unknown", 0.4).with(|card| card.watts = None),
    ];
    let check = |preference, expected: &[&str]| {
        let policy = DefaultPolicy { preference, ..DefaultPolicy::default() };
        assert_eq!(names(&policy.rank(&any_quality(), &fleet(&models), &load())), expected, "{preference:?}");
    };
    check(Preference::BestQuality, &["best", "fast", "cheap", "green", "unknown"]);
    check(Preference::Fastest, &["fast", "cheap", "green", "unknown", "best"]);
    check(Preference::Cheapest, &["cheap", "best", "fast", "green", "unknown"]);
    check(Preference::Greenest, &["green", "fast", "cheap", "best", "unknown"]);
    check(Preference::Balanced, &["cheap", "fast", "green", "best", "unknown"]);
    let nothing = Probability::ZERO;
    let indifferent = Weights { quality: nothing, time: nothing, cost: nothing, energy: nothing };
    check(Preference::Custom(indifferent), &["best", "fast", "cheap", "green", "unknown"]);
}

#[test]
fn a_resident_model_goes_before_an_equal_one_that_must_be_loaded() {
    let models = [model("a", 0.8), model("b", 0.8)];
    let resident = Load { resident: [(id("b"), DeviceId::cpu())].into(), ..load() };
    let check = |load: &Load, expected: [&str; 2]| {
        assert_eq!(names(&DefaultPolicy::default().rank(&any_quality(), &fleet(&models), load)), expected);
    };
    check(&load(), ["a", "b"]);
    check(&resident, ["b", "a"]);
}

#[test]
fn a_route_comes_first_and_its_fallback_next() {
    let models = [
        model("ears", 0.4),
        model("generalist", 0.9),
        model("small-ears", 0.3),
        model("deaf", 1.0).with(|card| {
            card.capabilities = [("translation".parse().unwrap(), Probability::ONE)].into();
        }),
    ];
    let route = |model: &str, fallback: Option<&str>, confidence| Route {
        capability: chat(),
        model: id(model),
        confidence: Probability::saturating(confidence),
        fallback: fallback.map(id),
    };
    let check = |routes: &[Route], requirements: &Requirements, expected: &[&str], refused: &[&str]| {
        let policy = DefaultPolicy { routes: routes.to_vec(), ..DefaultPolicy::default() };
        let ranking = policy.rank(requirements, &fleet(&models), &load());
        assert_eq!(names(&ranking), expected);
        assert_eq!(ranking.refused.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), refused);
        ranking
    };
    let strict = Requirements { quality_floor: Some(Probability::saturating(0.35)), ..any_quality() };
    let ears = route("ears", Some("small-ears"), 0.95);

    let ranking = check(from_ref(&ears), &any_quality(), &["ears", "small-ears", "generalist"], &[]);
    let routed: Vec<_> = ranking.ranked.iter().map(|ranked| ranked.explanation.routed).collect();
    let confidence = Probability::saturating(0.95);
    assert_eq!(routed, [Some(Routed::Named(confidence)), Some(Routed::Fallback(confidence)), None]);

    check(from_ref(&ears), &strict, &["ears", "generalist"], &["small-ears"]);
    check(&[route("small-ears", Some("ears"), 0.95)], &strict, &["ears", "generalist"], &["small-ears"]);
    check(&[route("small-ears", None, 0.5), ears], &any_quality(), &["ears", "small-ears", "generalist"], &[]);
    check(&[route("absent", None, 0.95)], &any_quality(), &["generalist", "ears", "small-ears"], &[]);
    let ranking =
        check(&[route("deaf", Some("ears"), 0.95)], &any_quality(), &["ears", "generalist", "small-ears"], &["deaf"]);
    assert_eq!(ranking.refused, [(id("deaf"), Refusal::LacksCapability { capability: chat() })]);
}

#[test]
fn an_explanation_reads_in_one_line() {
    let check = |known: Known, expected: &str| {
        let ranking = DefaultPolicy::default().rank(&any_quality(), &fleet([&known]), &load());
        assert_eq!(ranking.ranked[0].to_string(), expected);
    };
    check(
        model("m", 0.8),
        "model m: score 0.80 (declared 0.80, never measured); done in 3.0s on cpu (wait 0.0ns + load 2.0s + run 1.0s, \
         to be loaded); cost 0.001024; 150.0 J; utility 0.320",
    );
    check(
        model("m", 0.8).observed(50, Verdict::Succeeded, 3 * SECOND).with(|card| {
            card.needs.devices = vec![DeviceKind::Gpu];
            card.watts = None;
        }),
        "model m: score 0.90 (declared 0.80, measured 1.00 in 50 samples of weight 0.50); done in 7.0s on cuda:0 \
         (wait 3.0s + load 2.0s + run 2.0s, to be loaded); cost 0.001024; energy unknown; utility 0.360",
    );
    check(
        model("m", 0.8).with(|card| card.remote = true),
        "model m: score 0.80 (declared 0.80, never measured); done in 1.0s (remote); cost 0.001024; 50.0 J; \
         utility 0.320",
    );
}
