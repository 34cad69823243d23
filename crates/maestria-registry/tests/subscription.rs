//! Subscribers hear of models that come, change, go or fail, and nobody waits for them.
#![expect(clippy::unwrap_used, reason = "a test panics when it fails")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use maestria_registry::{BreakerSettings, Change, Circuit, Error, ModelCard, Registry, Residency, ResidencyEvent};
use maestria_vocabulary::{
    DeviceId, ErrorKind, Executor, ModelId, Money, Outcome, Probability, Timestamp, Tokens, Verdict,
};

#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn id(name: &str) -> ModelId {
    name.parse().unwrap()
}

fn card(name: &str) -> ModelCard {
    ModelCard::new(id(name), Tokens(4096)).with_capability("chat".parse().unwrap(), Probability::ONE)
}

fn outcome(name: &str, verdict: Verdict, error: Option<ErrorKind>, seconds: u64) -> Outcome {
    Outcome {
        run: "run".parse().unwrap(),
        step: "step".parse().unwrap(),
        executor: Executor::Model(id(name)),
        capability: Some("chat".parse().unwrap()),
        device: DeviceId::cpu(),
        at: at(seconds),
        waited: Duration::ZERO,
        ran: Duration::ZERO,
        verdict,
        error,
        usage: None,
        cost: Money::ZERO,
        energy: None,
    }
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_epoch(Duration::from_secs(seconds))
}

/// A registry of two models whose circuits open at the second failure.
fn registry() -> Registry {
    let registry = Registry::default().with_breaker(BreakerSettings { consecutive: 2, ..BreakerSettings::default() });
    registry.insert(card("a")).unwrap();
    registry.insert(card("b")).unwrap();
    registry
}

#[test]
fn a_reader_hears_once_what_many_changes_came_to() {
    let registry = registry();
    let mut subscription = registry.subscribe();
    assert!(subscription.changes(&registry).is_empty());
    registry.insert(card("c")).unwrap();
    registry.update(card("a")).unwrap();
    registry.update(card("a")).unwrap();
    registry.remove(&id("b")).unwrap();
    registry.insert(card("passing")).unwrap();
    registry.remove(&id("passing")).unwrap();
    let expected = [Change::Updated(id("a")), Change::Removed(id("b")), Change::Added(id("c"))];
    assert_eq!(subscription.changes(&registry), expected);
    assert!(subscription.changes(&registry).is_empty());
}

#[test]
fn health_is_heard_of_when_it_changes_and_not_before() {
    let registry = registry();
    let mut subscription = registry.subscribe();
    let mut check = |outcome: Outcome, changed: bool| {
        registry.observe(&outcome);
        let expected: &[Change] = if changed { &[Change::HealthChanged(id("a"))] } else { &[] };
        assert_eq!(subscription.changes(&registry), expected, "{outcome:?}");
    };
    check(outcome("a", Verdict::Failed, None, 0), false);
    check(outcome("a", Verdict::Failed, Some(ErrorKind::Refused), 1), false);
    check(outcome("a", Verdict::Failed, Some(ErrorKind::Unavailable), 2), true);
    check(outcome("a", Verdict::Succeeded, None, 3), false);
    check(outcome("a", Verdict::Succeeded, None, 40), true);
}

#[test]
fn only_whoever_waits_is_woken_and_once() {
    let registry = registry();
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(woken.clone());
    let mut cx = Context::from_waker(&waker);
    let mut subscription = registry.subscribe();
    let mut check = |act: &dyn Fn(), wakes: usize| {
        let polled = subscription.poll_changes(&registry, &mut cx);
        assert_eq!(polled.is_pending(), wakes < 2, "{polled:?}");
        act();
        assert_eq!(woken.0.load(Ordering::Relaxed), wakes);
    };
    check(&|| assert!(registry.observe(&outcome("a", Verdict::Succeeded, None, 0))), 0);
    check(&|| (0..3).for_each(|_| registry.update(card("a")).unwrap()), 1);
    check(&|| registry.update(card("b")).unwrap(), 2);
}

#[test]
fn a_waker_may_use_the_registry() {
    struct Reenter(Registry);
    impl Wake for Reenter {
        fn wake(self: Arc<Self>) {
            drop(self.0.insert(card("z")));
        }
    }
    let shared = Arc::new(Reenter(registry()));
    let mut subscription = shared.0.subscribe();
    let waker = Waker::from(shared.clone());
    assert_eq!(subscription.poll_changes(&shared.0, &mut Context::from_waker(&waker)), Poll::Pending);
    shared.0.update(card("a")).unwrap();
    assert_eq!(subscription.changes(&shared.0), [Change::Updated(id("a")), Change::Added(id("z"))]);
}

#[test]
fn an_open_circuit_admits_nobody_and_a_half_open_one_its_trial() {
    let registry = registry();
    assert_eq!(registry.admit(&id("nobody"), at(0)), Err(Error::NotRegistered { id: id("nobody") }));
    assert_eq!(registry.admit(&id("a"), at(0)), Ok(()));
    for _ in 0..2 {
        registry.observe(&outcome("a", Verdict::TimedOut, None, 0));
    }
    assert_eq!(registry.admit(&id("a"), at(29)), Err(Error::CircuitOpen { id: id("a"), until: at(30) }));
    assert_eq!(registry.admit(&id("a"), at(30)), Ok(()));
    assert_eq!(registry.admit(&id("a"), at(30)), Err(Error::TrialsUnderWay { id: id("a") }));
    // A trial that was cancelled is given back.
    registry.observe(&outcome("a", Verdict::Cancelled, None, 31));
    assert_eq!(registry.admit(&id("a"), at(31)), Ok(()));
    registry.observe(&outcome("a", Verdict::Succeeded, None, 32));
    assert_eq!(registry.snapshot().health(&id("a")).unwrap().circuit(at(32)), Circuit::Closed);
    assert_eq!(registry.admit(&id("b"), at(0)), Ok(()));
}

#[test]
fn a_model_is_reported_ready_only_when_warm() {
    let registry = registry();
    let check = |event, expected: Option<Residency>, ready: bool| {
        assert_eq!(registry.report(&id("a"), event, at(7)).ok(), expected);
        assert_eq!(registry.snapshot().health(&id("a")).unwrap().is_ready(at(7)), ready);
    };
    let since = at(7);
    check(ResidencyEvent::Warmed, None, true);
    check(ResidencyEvent::LoadStarted, Some(Residency::Loading { since }), false);
    check(ResidencyEvent::Loaded, Some(Residency::Warming { since }), false);
    check(ResidencyEvent::LoadStarted, None, false);
    check(ResidencyEvent::Warmed, Some(Residency::Ready { since }), true);
    check(ResidencyEvent::Gone, Some(Residency::Absent { since }), false);
}
