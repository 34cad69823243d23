//! The machine against models that are made up.

use std::time::Duration;

use maestria_vocabulary::{ModelError, Probability};
use proptest::prelude::*;

use super::*;
use crate::{
    Price,
    discovery::{Ability, Budget, Draw, Examples, Skill, Task, grading::Number},
};

const SKILLS: [Skill; 3] = [Skill::Arithmetic, Skill::JsonOutput, Skill::Classification];

fn suites() -> Vec<Arc<dyn Suite>> {
    SKILLS.iter().map(|skill| Arc::new(skill.suite().unwrap()) as Arc<dyn Suite>).collect()
}

fn card(name: &str) -> ModelCard {
    let price = Price { input: Money(1_000_000), output: Money(2_000_000) };
    ModelCard { price, ..ModelCard::new(name.parse().unwrap(), Tokens(4096)) }
}

fn discovery(settings: Settings) -> Discovery {
    let mut discovery = Discovery::new(settings, suites()).unwrap();
    ["a", "b"].iter().for_each(|name| discovery.add(&card(name)));
    discovery
}

fn right(ask: &Ask) -> Answer {
    ask.probe.reference().clone()
}

/// Asks until all is done; gives how often each model was asked, in order.
fn run(discovery: &mut Discovery, mut reply: impl FnMut(&Ask) -> Result<Answer, Failure>) -> Vec<String> {
    let (mut now, mut order) = (Timestamp::ZERO, Vec::new());
    loop {
        match discovery.next(now) {
            Next::Ask(ask) => {
                order.push(ask.model.to_string());
                match reply(&ask) {
                    Ok(answer) => drop(discovery.answered(ask.ticket, &answer, None, now).unwrap()),
                    Err(failure) => discovery.failed(ask.ticket, failure, now).unwrap(),
                }
            }
            Next::Wait { until } => now = until.unwrap(),
            Next::Done => return order,
        }
    }
}

fn found(discovery: &Discovery, model: &str, capability: &str) -> (Ability, Ending, u32, u32) {
    let profile = discovery.profile(&model.parse().unwrap()).unwrap();
    let finding = &profile.findings[&capability.parse().unwrap()];
    (finding.ability, finding.ending, finding.probes, finding.failures)
}

type Result<T, E> = std::result::Result<T, E>;

#[test]
fn settings_that_decide_nothing_are_refused() {
    let check = |settings: Settings, expected: &str| {
        let error = Discovery::new(settings, suites()).map(drop).map_err(|error| error.to_string());
        assert_eq!(error, Err(expected.to_owned()));
    };
    let p = Probability::saturating;
    let indistinct = "unable (0.65) must lie above 0 and below able (0.65), which must lie below 1";
    check(Settings { unable: p(0.65), ..Settings::default() }, indistinct);
    check(Settings { error: p(0.0), ..Settings::default() }, "error must lie between 0 and 0.5, not be 0");
    check(Settings { most_probes: 0, ..Settings::default() }, "most_probes must be at least 1");
    let twice = Discovery::new(Settings::default(), [suites(), suites()].concat());
    assert_eq!(twice.map(drop), Err(Error::TwoSuites { capability: "arithmetic".parse().unwrap() }));
}

#[test]
fn able_and_unable_are_told_apart_and_models_take_turns() {
    let mut discovery = discovery(Settings::default());
    let order = run(&mut discovery, |ask| Ok(if ask.model.as_str() == "a" { right(ask) } else { "no idea".into() }));
    for skill in SKILLS {
        assert_eq!(found(&discovery, "a", &skill.to_string()), (Ability::Able, Ending::Sure, 5, 0));
        assert_eq!(found(&discovery, "b", &skill.to_string()), (Ability::Unable, Ending::Sure, 5, 0));
    }
    assert_eq!(order, ["a", "b"].repeat(15));
}

#[test]
fn cheap_capabilities_come_first_and_no_probe_comes_twice() {
    let mut discovery = discovery(Settings { most_probes: 6, ..Settings::default() });
    let mut asked = Vec::new();
    run(&mut discovery, |ask| {
        if ask.model.as_str() == "a" {
            asked.push((ask.probe.capability().to_string(), ask.probe.task().text()));
        }
        Ok(if asked.len() % 2 == 0 { right(ask) } else { "no idea".into() })
    });
    let capabilities: Vec<_> = asked.iter().map(|(capability, _)| capability.as_str()).collect();
    let expected = [["arithmetic"; 6], ["classification"; 6], ["json_output"; 6]].concat();
    assert_eq!(capabilities, expected);
    asked.sort();
    asked.dedup();
    assert_eq!(asked.len(), 18);
    assert_eq!(found(&discovery, "a", "arithmetic").1, Ending::Capped);
}

#[test]
fn a_call_that_fails_says_nothing_of_the_ability() {
    let mut discovery = discovery(Settings::default());
    let mut calls = 0;
    run(&mut discovery, |ask| {
        calls += 1;
        if calls % 3 == 0 { Ok(right(ask)) } else { Err(Failure::Broken { after: None }) }
    });
    let (ability, ending, probes, failures) = found(&discovery, "a", "arithmetic");
    assert_eq!((ability, ending, probes), (Ability::Able, Ending::Sure, 5));
    assert!(failures > 0);
}

#[test]
fn failures_have_the_consequences_they_name() {
    let check = |failure: Failure, expected| {
        let mut discovery = discovery(Settings::default());
        run(&mut discovery, |_| Err(failure));
        assert_eq!(found(&discovery, "a", "arithmetic"), expected, "{failure:?}");
    };
    check(Failure::Unsupported, (Ability::Unable, Ending::Unsupported, 0, 0));
    check(Failure::Refused, (Ability::Unable, Ending::Sure, 5, 0));
    check(Failure::Broken { after: None }, (Ability::Unknown, Ending::Unreachable, 0, 8));
    check(Failure::Broken { after: Some(Duration::from_secs(9)) }, (Ability::Unknown, Ending::Unreachable, 0, 8));
}

#[test]
fn the_errors_of_models_are_failures_of_a_kind() {
    let check = |error: ModelError, expected| assert_eq!(Failure::from(&error), expected);
    let after = Some(Duration::from_secs(3));
    check(ModelError::Overloaded { retry_after: after }, Failure::Broken { after });
    check(ModelError::TimedOut { after: Duration::ZERO }, Failure::Broken { after: None });
    check(ModelError::Refused { reason: "no".into() }, Failure::Refused);
    check(ModelError::Unsupported { what: "text".into() }, Failure::Unsupported);
    check(ModelError::WindowExceeded { needed: Tokens(2), window: Tokens(1) }, Failure::Unsupported);
}

#[test]
fn a_probe_that_does_not_fit_the_window_is_never_put() {
    let suites: Vec<Arc<dyn Suite>> = vec![Arc::new(Skill::LongContext(Tokens(5000)).suite().unwrap())];
    let mut discovery = Discovery::new(Settings::default(), suites).unwrap();
    discovery.add(&card("a"));
    assert!(matches!(discovery.next(Timestamp::ZERO), Next::Done));
    assert_eq!(found(&discovery, "a", "long_context"), (Ability::Unable, Ending::Unsupported, 0, 0));
}

#[test]
fn a_suite_of_few_probes_is_asked_once_each() {
    let capability: Capability = "sums".parse().unwrap();
    let probe = |n: i64| {
        let task = Task::ask(format!("What is {n} + 0?"));
        Probe::new(capability.clone(), task, Answer::Text(n.to_string()), Arc::new(Number::exactly(n)))
    };
    let suite = Examples::new(probe(40), [probe(41), probe(42)]);
    let mut discovery = Discovery::new(Settings::default(), vec![Arc::new(suite)]).unwrap();
    discovery.add(&card("a"));
    run(&mut discovery, |ask| Ok(right(ask)));
    assert_eq!(found(&discovery, "a", "sums"), (Ability::Able, Ending::Exhausted, 3, 0));
}

#[test]
fn a_ticket_is_good_once() {
    let mut discovery = discovery(Settings::default());
    let Next::Ask(ask) = discovery.next(Timestamp::ZERO) else { panic!("nothing to ask") };
    discovery.answered(ask.ticket, &right(&ask), None, Timestamp::ZERO).unwrap();
    let again = discovery.failed(ask.ticket, Failure::Refused, Timestamp::ZERO);
    assert_eq!(again, Err(Error::NotUnderWay { ticket: ask.ticket }));
    assert_eq!(found(&discovery, "a", "arithmetic").2, 1);
}

#[test]
fn a_model_that_is_added_again_starts_anew() {
    let mut discovery = discovery(Settings::default());
    let Next::Ask(ask) = discovery.next(Timestamp::ZERO) else { panic!("nothing to ask") };
    discovery.add_for(&card("a"), |capability| capability.as_str() == "arithmetic");
    assert!(discovery.answered(ask.ticket, &right(&ask), None, Timestamp::ZERO).is_err());
    run(&mut discovery, |ask| Ok(right(ask)));
    assert_eq!(discovery.profile(&"a".parse().unwrap()).unwrap().findings.len(), 1);
    assert_eq!(found(&discovery, "a", "arithmetic").2, 5);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn whatever_happens_it_ends_within_its_bounds(
        seed: u64, tokens in prop::option::of(0_u64..6000), money in prop::option::of(0_u64..6000), at_a_time in 1_u32..4,
    ) {
        let budget = Budget { tokens: tokens.map(Tokens), money: money.map(Money) };
        let settings = Settings { seed, at_a_time, budget, ..Settings::default() };
        let mut discovery = discovery(settings);
        let (mut draw, mut now, mut open) = (Draw::new(seed), Timestamp::ZERO, Vec::<Ask>::new());
        for _ in 0..2000 {
            let full = match discovery.next(now) {
                Next::Ask(ask) => {
                    prop_assert!(!open.iter().any(|o| o.model == ask.model && o.probe.capability() == ask.probe.capability()));
                    open.push(ask);
                    prop_assert!(open.iter().filter(|o| o.model.as_str() == "a").count() <= at_a_time as usize);
                    false
                }
                Next::Wait { until } => {
                    prop_assert_eq!(until.is_none(), !open.is_empty());
                    now = now.max(until.unwrap_or(now));
                    true
                }
                Next::Done => break,
            };
            if !open.is_empty() && (full || draw.chance(0.5)) {
                let at = draw.between(0, open.len() as i64 - 1) as usize;
                let ask = open.swap_remove(at);
                match draw.between(0, 5) {
                    0 => discovery.failed(ask.ticket, Failure::Broken { after: None }, now).unwrap(),
                    1 => discovery.failed(ask.ticket, Failure::Refused, now).unwrap(),
                    2 => drop(discovery.answered(ask.ticket, &"no idea".into(), None, now).unwrap()),
                    _ => drop(discovery.answered(ask.ticket, &right(&ask), None, now).unwrap()),
                }
            }
            prop_assert!(tokens.is_none_or(|most| discovery.tokens().0 <= most));
            prop_assert!(money.is_none_or(|most| discovery.money().0 <= most));
        }
        prop_assert!(matches!(discovery.next(now), Next::Done));
        for model in ["a", "b"] {
            for finding in discovery.profile(&model.parse().unwrap()).unwrap().findings.values() {
                prop_assert!(finding.ending != Ending::Open && finding.probes <= 20);
                prop_assert!(finding.low <= finding.score && finding.score <= finding.high || finding.probes == 0);
            }
        }
    }
}
