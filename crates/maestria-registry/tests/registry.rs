//! The registry against the plainest model of one, and its readers against its writers.
#![expect(clippy::unwrap_used, reason = "a test panics when it fails")]

use std::{collections::BTreeMap, thread, time::Duration};

use maestria_registry::{Circuit, Error, ModelCard, Registry};
use maestria_vocabulary::{
    Capability, DeviceId, Executor, ModelId, Money, Outcome, Probability, Timestamp, Tokens, Verdict,
};
use proptest::prelude::*;

fn id(n: u8) -> ModelId {
    format!("model-{n}").parse().unwrap()
}

fn capability(n: u8) -> Capability {
    format!("ability-{n}").parse().unwrap()
}

fn card(n: u8, capabilities: &[u8]) -> ModelCard {
    let card = ModelCard::new(id(n), Tokens(4096));
    capabilities.iter().fold(card, |card, &n| card.with_capability(capability(n), Probability::ONE))
}

fn outcome(executor: Executor, ability: u8, millis: u64) -> Outcome {
    Outcome {
        run: "run".parse().unwrap(),
        step: "step".parse().unwrap(),
        executor,
        capability: Some(capability(ability)),
        device: DeviceId::cpu(),
        at: Timestamp::ZERO,
        waited: Duration::ZERO,
        ran: Duration::from_millis(millis),
        verdict: Verdict::Succeeded,
        error: None,
        usage: None,
        cost: Money::ZERO,
        energy: None,
    }
}

#[test]
fn a_refused_change_changes_nothing() {
    let registry = Registry::default();
    registry.insert(card(1, &[1])).unwrap();
    let check = |result: Result<(), Error>, expected: Error| {
        assert_eq!(result, Err(expected));
        assert_eq!(registry.snapshot().generation(), 1);
        assert_eq!(registry.snapshot().cards().collect::<Vec<_>>(), [&card(1, &[1])]);
    };
    check(registry.insert(card(1, &[2])), Error::AlreadyRegistered { id: id(1) });
    check(registry.insert(card(2, &[])), Error::NoCapability { id: id(2) });
    check(registry.update(card(2, &[1])), Error::NotRegistered { id: id(2) });
    check(registry.update(card(1, &[])), Error::NoCapability { id: id(1) });
    check(registry.remove(&id(2)).map(|_| ()), Error::NotRegistered { id: id(2) });
}

#[test]
fn what_tells_nothing_of_a_registered_model_is_passed_over() {
    let registry = Registry::default();
    registry.insert(card(1, &[1])).unwrap();
    let check = |outcome: Outcome, told: bool| assert_eq!(registry.observe(&outcome), told, "{outcome:?}");
    check(outcome(Executor::Tool("save_file".parse().unwrap()), 1, 5), false);
    check(outcome(Executor::Model(id(2)), 1, 5), false);
    check(outcome(Executor::Model(id(1)), 2, 5), false);
    check(Outcome { capability: None, ..outcome(Executor::Model(id(1)), 1, 5) }, false);
    check(Outcome { verdict: Verdict::Cancelled, ..outcome(Executor::Model(id(1)), 1, 5) }, false);
    assert_eq!(registry.snapshot().generation(), 1);
    check(outcome(Executor::Model(id(1)), 1, 5), true);
    assert_eq!(registry.snapshot().generation(), 2);
}

#[test]
fn what_people_say_moves_the_record_and_no_circuit() {
    let registry = Registry::default();
    registry.insert(card(1, &[1])).unwrap();
    let at = |seconds| Timestamp::from_epoch(Duration::from_secs(seconds));
    let judged = Outcome { at: at(40), ..outcome(Executor::Model(id(1)), 1, 5) };
    let failed = Outcome { verdict: Verdict::Failed, ..outcome(Executor::Model(id(1)), 1, 5) };
    for _ in 0..5 {
        registry.observe(&failed);
        assert!(registry.observe_verdict(&judged));
    }
    let snapshot = registry.snapshot();
    let circuit = |now| snapshot.health(&id(1)).unwrap().circuit(now);
    assert_eq!(circuit(at(1)), Circuit::Open { until: at(30) }, "praise between failures is no call that went well");
    assert_eq!(snapshot.record(&id(1), &capability(1)).unwrap().samples(), 10);

    // Nor is it a trial.
    registry.observe_verdict(&judged);
    let snapshot = registry.snapshot();
    assert!(matches!(snapshot.health(&id(1)).unwrap().circuit(at(40)), Circuit::HalfOpen { .. }));
    assert!(!registry.observe_verdict(&outcome(Executor::Model(id(2)), 1, 5)), "nobody of this name");
}

#[test]
fn a_snapshot_taken_earlier_stays_as_it_was() {
    let registry = Registry::default();
    registry.insert(card(1, &[1])).unwrap();
    let before = registry.snapshot();
    registry.observe(&outcome(Executor::Model(id(1)), 1, 5));
    registry.remove(&id(1)).unwrap();
    assert!(before.card(&id(1)).is_some());
    assert!(before.record(&id(1), &capability(1)).is_none());
    assert!(registry.snapshot().is_empty());
}

#[test]
fn readers_see_a_change_entirely_or_not_at_all() {
    let registry = Registry::default();
    thread::scope(|scope| {
        for n in 0..4 {
            let registry = &registry;
            scope.spawn(move || {
                for _ in 0..100 {
                    registry.insert(card(n, &[1, 2])).unwrap();
                    registry.observe(&outcome(Executor::Model(id(n)), 1, 5));
                    registry.remove(&id(n)).unwrap();
                }
            });
        }
        for _ in 0..2 {
            scope.spawn(|| {
                let mut generation = 0;
                while generation < 4 * 100 * 3 {
                    let fleet = registry.snapshot();
                    assert!(fleet.generation() >= generation);
                    generation = fleet.generation();
                    for ability in [1, 2] {
                        assert_eq!(fleet.with_capability(&capability(ability)).len(), fleet.len());
                    }
                }
            });
        }
    });
    assert!(registry.snapshot().is_empty());
}

#[derive(Debug, Clone)]
enum Change {
    Insert(u8, Vec<u8>),
    Update(u8, Vec<u8>),
    Remove(u8),
    Observe(u8, u8, u64),
}

fn any_change() -> impl Strategy<Value = Change> {
    let abilities = || prop::collection::vec(0_u8..4, 0..4);
    prop_oneof![
        (0_u8..5, abilities()).prop_map(|(n, abilities)| Change::Insert(n, abilities)),
        (0_u8..5, abilities()).prop_map(|(n, abilities)| Change::Update(n, abilities)),
        (0_u8..5).prop_map(Change::Remove),
        (0_u8..5, 0_u8..4, 0_u64..1000).prop_map(|(n, ability, millis)| Change::Observe(n, ability, millis)),
    ]
}

/// Per model, per declared capability: the latencies observed.
type Model = BTreeMap<ModelId, BTreeMap<Capability, Vec<u64>>>;

fn apply(change: Change, registry: &Registry, model: &mut Model) {
    match change {
        Change::Insert(n, abilities) => {
            let possible = !model.contains_key(&id(n)) && !abilities.is_empty();
            assert_eq!(registry.insert(card(n, &abilities)).is_ok(), possible);
            if possible {
                model.insert(id(n), abilities.into_iter().map(|n| (capability(n), Vec::new())).collect());
            }
        }
        Change::Update(n, abilities) => {
            let possible = model.contains_key(&id(n)) && !abilities.is_empty();
            assert_eq!(registry.update(card(n, &abilities)).is_ok(), possible);
            if let (true, Some(entry)) = (possible, model.get_mut(&id(n))) {
                let declared: Vec<_> = abilities.into_iter().map(capability).collect();
                entry.retain(|capability, _| declared.contains(capability));
                for capability in declared {
                    entry.entry(capability).or_default();
                }
            }
        }
        Change::Remove(n) => assert_eq!(registry.remove(&id(n)).is_ok(), model.remove(&id(n)).is_some()),
        Change::Observe(n, ability, millis) => {
            let observed = model.get_mut(&id(n)).and_then(|entry| entry.get_mut(&capability(ability)));
            assert_eq!(registry.observe(&outcome(Executor::Model(id(n)), ability, millis)), observed.is_some());
            observed.into_iter().for_each(|observed| observed.push(millis));
        }
    }
}

fn check(registry: &Registry, model: &Model) {
    let fleet = registry.snapshot();
    assert!(fleet.cards().map(|card| &card.id).eq(model.keys()));
    assert_eq!(fleet.len(), model.len());
    let mut offered: Vec<_> = model.values().flat_map(BTreeMap::keys).collect();
    offered.sort();
    offered.dedup();
    assert!(fleet.capabilities().eq(offered.iter().copied()));
    for capability in offered {
        let expected = model.iter().filter_map(|(id, entry)| Some((id, entry.get(capability)?)));
        assert!(fleet.with_capability(capability).map(|offer| &offer.card.id).eq(expected.clone().map(|(id, _)| id)));
        for (id, observed) in expected.clone() {
            let samples = fleet.record(id, capability).map_or(0, |record| record.samples());
            assert_eq!(samples, observed.len() as u64);
        }
        let slowest = expected.filter_map(|(id, _)| fleet.record(id, capability)?.latency()).max();
        assert_eq!(fleet.slowest(capability), slowest);
    }
}

proptest! {
    #[test]
    fn any_history_of_changes_leaves_what_the_plainest_model_says(changes in prop::collection::vec(any_change(), 0..60)) {
        let (registry, mut model) = (Registry::default(), Model::default());
        for change in changes {
            apply(change, &registry, &mut model);
            check(&registry, &model);
        }
    }
}
