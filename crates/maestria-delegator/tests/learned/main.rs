//! Learned policies and what their logs tell of others, on a fleet of two models.
#![expect(clippy::unwrap_used, reason = "a test panics when it fails")]

use maestria_delegator::{
    Context, Decision, DefaultPolicy, Draw, LearnedPolicy, Learning, LearningError, Load, Policy, Preference,
    Projection, Requirements, Route,
    off_policy::{Estimator, Interval, Target, evaluate},
};
use maestria_registry::{ModelCard, Registry, Snapshot};
use maestria_vocabulary::{Capability, Probability, Tokens};

fn chat() -> Capability {
    "chat".parse().unwrap()
}

/// Two remote models: "plain" declares more than "bright".
fn fleet() -> Snapshot {
    let registry = Registry::default();
    for (name, declared) in [("plain", 0.6), ("bright", 0.5)] {
        let card = ModelCard::new(name.parse().unwrap(), Tokens(4096));
        let card = card.with_capability(chat(), Probability::saturating(declared));
        registry.insert(ModelCard { remote: true, ..card }).unwrap();
    }
    Snapshot::clone(&registry.snapshot())
}

fn base() -> DefaultPolicy {
    DefaultPolicy { preference: Preference::BestQuality, ..DefaultPolicy::default() }
}

fn blank(settings: Learning) -> LearnedPolicy {
    LearnedPolicy::new(settings, Projection::Random { dimensions: 2, seed: 1 }, 1).unwrap()
}

fn context(feature: f64) -> Context {
    Context::new(vec![0.6, 0.8], vec![feature]).unwrap()
}

fn decide(policy: &LearnedPolicy, feature: f64, seed: u64) -> Decision {
    let (base, context) = (base(), context(feature));
    let informed = policy.at(&base, &context, Draw::from_seed(seed));
    informed.decide(&Requirements::new(chat()), &fleet(), &Load::default()).unwrap().1.unwrap()
}

/// Learns from so many decisions, in which "plain" succeeds where the feature is positive and "bright" where it is negative.
fn taught(decisions: u64) -> (LearnedPolicy, Vec<Decision>) {
    let mut policy = blank(Learning { sharpness: 20.0, ..Learning::default() });
    let mut log = Vec::new();
    for seed in 0..decisions {
        let feature = if seed.is_multiple_of(2) { 1.0 } else { -1.0 };
        let decision = decide(&policy, feature, seed);
        let is_plain = decision.choice().unwrap().model.as_str() == "plain";
        let likely = if is_plain == (feature > 0.0) { 0.9 } else { 0.2 };
        let is_good = Draw::from_seed(1_000_000 + seed).get() < likely;
        let reward = if is_good { Probability::ONE } else { Probability::ZERO };
        policy.learn(&decision, reward).unwrap();
        log.push(decision.with_reward(reward));
    }
    (policy, log)
}

#[test]
fn what_was_rewarded_is_chosen_for_requests_alike() {
    let (policy, _) = taught(600);
    let check = |feature, expected: &str| {
        let decision = decide(&policy, feature, 3);
        let best = decision.alternatives.iter().max_by(|a, b| a.propensity.total_cmp(&b.propensity)).unwrap();
        assert_eq!(best.model.as_str(), expected, "{decision:?}");
        assert!(best.propensity > 0.8, "{decision:?}");
    };
    check(1.0, "plain");
    check(-1.0, "bright");
}

#[test]
fn a_policy_that_knows_nothing_expects_what_cards_declare() {
    let decision = decide(&blank(Learning::default()), 0.0, 0);
    let expected: Vec<_> = decision.alternatives.iter().map(|one| (one.model.as_str(), one.predicted)).collect();
    assert_eq!(expected, [("plain", 0.6), ("bright", 0.5)]);
}

#[test]
fn the_same_draw_ranks_the_same_and_draws_choose_as_often_as_they_say() {
    let (policy, _) = taught(30);
    let (base, context) = (base(), context(1.0));
    let mut first = 0.0;
    for seed in 0..2000 {
        let informed = policy.at(&base, &context, Draw::from_seed(seed));
        let ranking = informed.rank(&Requirements::new(chat()), &fleet(), &Load::default());
        assert_eq!(ranking, informed.rank(&Requirements::new(chat()), &fleet(), &Load::default()));
        assert_eq!(ranking.ranked.len(), 2);
        first += f64::from(ranking.ranked[0].candidate.executor.to_string() == "model plain") / 2000.0;
    }
    let propensity = decide(&policy, 1.0, 0).alternatives[0].propensity;
    assert!((first - propensity).abs() < 0.04, "{first} {propensity}");
}

#[test]
fn a_policy_without_slack_does_what_the_baseline_does() {
    let policy = blank(Learning { allowance: 0.0, caution: 0.0, ..Learning::default() });
    let propensities: Vec<_> = decide(&policy, 1.0, 0).alternatives.iter().map(|one| one.propensity).collect();
    assert_eq!(propensities, [1.0, 0.0]);
}

#[test]
fn a_route_leaves_nothing_to_decide() {
    let route = Route {
        capability: chat(),
        model: "bright".parse().unwrap(),
        confidence: Probability::saturating(0.9),
        fallback: None,
    };
    let (base, context, policy) =
        (DefaultPolicy { routes: vec![route], ..base() }, context(1.0), blank(Learning::default()));
    let informed = policy.at(&base, &context, Draw::from_seed(1));
    let (ranking, decision) = informed.decide(&Requirements::new(chat()), &fleet(), &Load::default()).unwrap();
    assert!(decision.is_none());
    assert_eq!(ranking, base.rank(&Requirements::new(chat()), &fleet(), &Load::default()));
}

#[test]
fn what_does_not_fit_is_refused_and_changes_nothing() {
    let (mut policy, log) = taught(20);
    let before = policy.clone();
    let decision = log[0].clone();
    let check = |policy: &mut LearnedPolicy, change: &dyn Fn(&mut Decision)| {
        let mut changed = decision.clone();
        change(&mut changed);
        let error = policy.learn(&changed, Probability::ONE).unwrap_err();
        assert_eq!(*policy, before, "{error}");
    };
    check(&mut policy, &|decision| decision.chosen = 7);
    check(&mut policy, &|decision| decision.context = vec![1.0]);
    check(&mut policy, &|decision| decision.context = vec![f64::NAN; 4]);
    let of_another_size = Context::new(Vec::new(), Vec::new()).unwrap();
    let base = base();
    let informed = policy.at(&base, &of_another_size, Draw::from_seed(0));
    let refused = informed.decide(&Requirements::new(chat()), &fleet(), &Load::default());
    assert!(matches!(refused, Err(LearningError::WrongLength { found: 0, expected: 1, .. })), "{refused:?}");
    let settings = Learning { ridge: 0.0, ..Learning::default() };
    assert!(LearnedPolicy::new(settings, Projection::Random { dimensions: 2, seed: 1 }, 1).is_err());
    assert!(LearnedPolicy::new(Learning::default(), Projection::Random { dimensions: 64, seed: 1 }, 1).is_err());
}

#[test]
fn a_stored_policy_decides_as_before_and_a_newer_version_is_refused() {
    let (policy, log) = taught(50);
    let stored = serde_json::to_string(&policy).unwrap();
    let read: LearnedPolicy = serde_json::from_str(&stored).unwrap();
    assert_eq!(read, policy);
    assert!(stored.len() < 3000, "{} bytes", stored.len());
    let line = serde_json::to_string(&log[9]).unwrap();
    assert_eq!(serde_json::from_str::<Decision>(&line).unwrap(), log[9]);
    for text in
        [stored.replacen("\"version\":1", "\"version\":2", 1), stored.replacen("\"features\":1", "\"features\":2", 1)]
    {
        assert!(serde_json::from_str::<LearnedPolicy>(&text).is_err());
    }
}

#[test]
fn models_beyond_the_bound_push_out_who_was_chosen_longest_ago() {
    let mut policy = blank(Learning { most_models: 2, ..Learning::default() });
    let decision = decide(&policy, 1.0, 0);
    for name in ["a", "b", "a", "c"] {
        let mut decision = decision.clone();
        decision.chosen = 0;
        decision.alternatives[0].model = name.parse().unwrap();
        policy.learn(&decision, Probability::ONE).unwrap();
    }
    let stored = serde_json::to_value(&policy).unwrap();
    let known: Vec<&String> = stored["skills"]["chat"]["models"].as_object().unwrap().keys().collect();
    assert_eq!(known, ["a", "c"]);
}

#[test]
fn a_log_tells_what_other_policies_would_have_earned() {
    let (policy, log) = taught(3000);
    let check = |target: Target, truth: f64| {
        for estimator in [Estimator::Ips, Estimator::Snips, Estimator::DoublyRobust] {
            let found = evaluate(&log, &target, estimator, Interval::Normal).unwrap();
            assert!(found.low - 0.03 <= truth && truth <= found.high + 0.03, "{target} {estimator:?} {found:?}");
            let wide = evaluate(&log, &target, estimator, Interval::Bernstein).unwrap();
            assert!(wide.high - wide.low > found.high - found.low);
        }
    };
    check(Target::Uniform, 0.55);
    check(Target::Baseline, 0.55);
    check(Target::Always("bright".parse().unwrap()), 0.55);
    check(Target::Learned(Box::new(policy)), 0.88);
    let earned = log.iter().filter_map(|decision| decision.reward).map(Probability::get).sum::<f64>() / 3000.0;
    let logged = evaluate(&log, &Target::Logged, Estimator::Ips, Interval::Normal).unwrap();
    assert!((logged.value - earned).abs() < 1e-9 && (logged.effective - 3000.0).abs() < 1e-6 && !logged.is_doubtful());
}

#[test]
fn an_estimate_that_rests_on_few_decisions_is_doubtful_and_bad_logs_are_refused() {
    let (_, mut log) = taught(400);
    assert!(matches!(
        evaluate(&log[..1], &Target::Uniform, Estimator::Ips, Interval::Normal),
        Err(LearningError::TooFew { found: 1, needed: 2 })
    ));
    for decision in &mut log {
        decision.chosen = 0;
    }
    let never = evaluate(&log, &Target::Always("bright".parse().unwrap()), Estimator::Snips, Interval::Normal).unwrap();
    assert!(never.is_doubtful(), "{never:?}");
    log[0].alternatives[0].propensity = 0.0;
    assert!(evaluate(&log, &Target::Uniform, Estimator::Ips, Interval::Normal).is_err());
}

#[test]
fn a_reward_that_is_put_right_counts_as_if_it_had_been_learnt_at_once() {
    let settings = || Learning { sharpness: 20.0, ..Learning::default() };
    let (mut corrected, mut at_once) = (blank(settings()), blank(settings()));
    let (_, log) = taught(60);
    let mut learnt = Vec::new();
    for decision in &log {
        corrected.learn(decision, Probability::ONE).unwrap();
        learnt.push(corrected.rewards(&chat()));
        at_once.learn(decision, decision.reward.unwrap()).unwrap();
    }
    for (decision, at) in log.iter().zip(learnt) {
        corrected.revise(decision, at, Probability::ONE, decision.reward.unwrap()).unwrap();
    }
    for feature in [1.0, -1.0, 0.3] {
        let expected = |policy: &LearnedPolicy| {
            decide(policy, feature, 0).alternatives.iter().map(|one| (one.predicted, one.width)).collect::<Vec<_>>()
        };
        for (a, b) in expected(&corrected).into_iter().zip(expected(&at_once)) {
            assert!((a.0 - b.0).abs() < 1e-9 && (a.1 - b.1).abs() < 1e-9, "{a:?} {b:?}");
        }
    }
    let mut changed = log[0].clone();
    changed.context = vec![f64::NAN; 4];
    assert!(corrected.revise(&changed, 1, Probability::ONE, Probability::ZERO).is_err());
}

#[test]
fn a_policy_goes_on_from_what_another_learnt_of_the_same_contexts() {
    let (earlier, _) = taught(200);
    let settings = Learning { sharpness: 500.0, ..Learning::default() };
    let resumed = blank(settings.clone()).resuming(earlier.clone()).unwrap();
    assert_eq!((resumed.settings(), resumed.rewards(&chat())), (&settings, 200));
    let expected = |policy: &LearnedPolicy| decide(policy, 1.0, 0).alternatives[0].predicted;
    assert_eq!(expected(&resumed), expected(&earlier));
    let other = LearnedPolicy::new(settings, Projection::Random { dimensions: 2, seed: 9 }, 1).unwrap();
    assert_eq!(other.resuming(earlier), Err(LearningError::OtherContext));
}

#[test]
fn a_step_for_which_quality_does_not_count_leaves_nothing_to_decide() {
    let (base, context, policy) = (base(), context(1.0), blank(Learning::default()));
    let informed = policy.at(&base, &context, Draw::from_seed(1));
    let decided = |preference| {
        let requirements = Requirements { preference, ..Requirements::new(chat()) };
        informed.decide(&requirements, &fleet(), &Load::default()).unwrap().1.is_some()
    };
    assert!(decided(None) && decided(Some(Preference::Balanced)) && !decided(Some(Preference::Cheapest)));
}
