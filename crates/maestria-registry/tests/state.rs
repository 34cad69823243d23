//! What a registry keeps: it comes back as it was, and what cannot come back is named.
#![expect(clippy::unwrap_used, reason = "a test panics when it fails")]

use std::{collections::BTreeMap, time::Duration};

use maestria_registry::{Entry, ModelCard, Registry, Snapshot, StateError};
use maestria_vocabulary::{
    Capability, DeviceId, ErrorKind, Executor, Joules, ModelId, Money, Outcome, Probability, Timestamp, Tokens, Usage,
    Verdict,
};
use proptest::prelude::*;
use serde_json::json;

fn id(n: u8) -> ModelId {
    format!("maker/model%{n}").parse().unwrap()
}

fn ability(n: u8) -> Capability {
    format!("ability-{n}").parse().unwrap()
}

fn card(n: u8) -> ModelCard {
    let card = ModelCard::new(id(n), Tokens(4096)).with_capability(ability(0), Probability::ONE);
    card.with_capability(ability(1), Probability::saturating(0.3))
}

#[derive(Debug, Clone)]
enum Change {
    Insert(u8),
    Remove(u8),
    Profile(u8, u8),
    Observe(u8, u8, Verdict, u64, u64),
    /// The table is brought up to date.
    Write,
}

fn any_change() -> impl Strategy<Value = Change> {
    let verdict = prop::sample::select(vec![Verdict::Succeeded, Verdict::Failed, Verdict::TimedOut]);
    prop_oneof![
        2 => (0_u8..4).prop_map(Change::Insert),
        1 => (0_u8..4).prop_map(Change::Remove),
        1 => (0_u8..4, any::<u8>()).prop_map(|(n, profile)| Change::Profile(n, profile)),
        6 => (0_u8..4, 0_u8..2, verdict, any::<u64>(), any::<u64>())
            .prop_map(|(n, ability, verdict, ran, at)| Change::Observe(n, ability, verdict, ran, at)),
        2 => Just(Change::Write),
    ]
}

fn apply(registry: &Registry, change: &Change) {
    match *change {
        Change::Insert(n) => drop(registry.insert(card(n))),
        Change::Remove(n) => drop(registry.remove(&id(n))),
        Change::Profile(n, profile) => drop(registry.set_profile(&id(n), json!({"profile": profile}))),
        Change::Observe(n, of, verdict, ran, at) => {
            registry.observe(&Outcome {
                run: "run".parse().unwrap(),
                step: "step".parse().unwrap(),
                executor: Executor::Model(id(n)),
                capability: Some(ability(of)),
                device: DeviceId::cpu(),
                at: Timestamp::from_epoch(Duration::from_nanos(at)),
                waited: Duration::ZERO,
                ran: Duration::from_nanos(ran),
                verdict,
                error: (verdict == Verdict::Failed && ran.is_multiple_of(2)).then_some(ErrorKind::Overloaded),
                usage: at.is_multiple_of(3).then_some(Usage { input: Tokens(ran), output: Tokens(at) }),
                cost: Money(ran),
                energy: Joules::new(at as f64).ok(),
            });
        }
        Change::Write => {}
    }
}

fn write(table: &mut BTreeMap<String, Vec<u8>>, entries: Vec<Entry>) {
    for Entry { key, value } in entries {
        match value {
            Some(value) => table.insert(key, value),
            None => table.remove(&key),
        };
    }
}

fn known(snapshot: &Snapshot) -> String {
    let models = snapshot.cards().map(|card| {
        let records: Vec<_> = card.capabilities.keys().map(|of| snapshot.record(&card.id, of)).collect();
        format!("{card:?} {:?} {records:?}\n", snapshot.profile(&card.id))
    });
    models.collect()
}

proptest! {
    #[test]
    fn a_table_kept_up_to_date_restores_the_registry(changes in prop::collection::vec(any_change(), 0..60)) {
        let (registry, mut table, mut written) = (Registry::default(), BTreeMap::new(), Snapshot::default());
        for change in changes.iter().chain([&Change::Write]) {
            apply(&registry, change);
            if matches!(change, Change::Write) {
                let now = registry.snapshot();
                write(&mut table, now.entries_since(&written));
                written = Snapshot::clone(&now);
            }
        }
        let again = Registry::default();
        let restored = again.restore(&table);
        prop_assert!(restored.refused.is_empty(), "{:?}", restored.refused);
        prop_assert_eq!(restored.entries, table.len());
        prop_assert_eq!(known(&again.snapshot()), known(&registry.snapshot()));
        prop_assert!(again.snapshot().entries_since(&again.snapshot()).is_empty());
    }

    #[test]
    fn damage_is_named_and_never_panics(at in any::<prop::sample::Index>(), byte: u8) {
        let registry = Registry::default();
        apply(&registry, &Change::Insert(0));
        apply(&registry, &Change::Observe(0, 0, Verdict::Succeeded, 1_000_000, 6));
        let mut entries = registry.snapshot().entries_since(&Snapshot::default());
        let damaged = entries.iter_mut().find(|entry| entry.key.starts_with("record/")).unwrap();
        let value = damaged.value.as_mut().unwrap();
        let at = at.index(value.len());
        value[at] = byte;
        let again = Registry::default();
        let restored = again.restore(entries.iter().map(|entry| (&entry.key, entry.value.as_deref().unwrap())));
        prop_assert_eq!(restored.entries + restored.refused.len(), 2);
        prop_assert!(again.snapshot().card(&id(0)).is_some());
    }
}

#[test]
fn one_outcome_is_one_small_entry() {
    let registry = Registry::default();
    (0..4).for_each(|n| apply(&registry, &Change::Insert(n)));
    for n in 0..1000 {
        let before = registry.snapshot();
        apply(&registry, &Change::Observe(1, 0, Verdict::Succeeded, 100_000_000 + n * 1_000_000, n));
        let entries = registry.snapshot().entries_since(&before);
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].key, "record/maker%2Fmodel%251/ability-0");
        let size = entries[0].value.as_ref().unwrap().len();
        assert!(size < 4096, "{size} bytes");
    }
}

#[test]
fn what_cannot_be_restored_is_named_and_the_rest_is_restored() {
    let card = |id: &str| {
        format!(r#"{{"version": 1, "content": {{"id": "{id}", "capabilities": {{"chat": 1.0}}, "window": 4}}}}"#)
    };
    let check = |key: &str, value: &str, expected: &str| {
        let registry = Registry::default();
        let restored = registry.restore([(key, value), ("card/good", &card("good"))]);
        let refused: Vec<_> = restored.refused.iter().map(ToString::to_string).collect();
        assert_eq!(refused, [expected]);
        assert!(registry.snapshot().card(&"good".parse().unwrap()).is_some());
    };
    check(
        "card/m",
        r#"{"version": 2, "soul": true}"#,
        r#"the entry "card/m" is of version 2, and at most version 1 is understood"#,
    );
    check("card/m", "{", r#"the entry "card/m" is damaged"#);
    check("card/m", &card("n"), r#"the entry "card/m" says what cannot be"#);
    check("card/m", &card("m").replace('4', "0"), r#"the entry "card/m" is refused"#);
    check(
        "profile/m",
        r#"{"version": 1, "content": 1}"#,
        r#"the entry "profile/m" belongs to no model or ability that is registered"#,
    );
    check("soul/m", "{}", r#"the entry "soul/m" is none of a registry"#);
}

#[test]
fn a_record_that_says_what_cannot_be_is_refused() {
    let registry = Registry::default();
    apply(&registry, &Change::Insert(0));
    apply(&registry, &Change::Observe(0, 0, Verdict::Succeeded, 1_000_000, 6));
    let entries = registry.snapshot().entries_since(&Snapshot::default());
    let text = String::from_utf8(entries.last().unwrap().value.clone().unwrap()).unwrap();
    let check = |from: &str, to: &str| {
        let text = text.replacen(from, to, 1);
        assert!(text.contains(to), "{text}");
        let restored = registry.restore([(&entries.last().unwrap().key, text)]);
        assert!(matches!(restored.refused[..], [StateError::Unsound { .. }]), "{:?}", restored.refused);
    };
    check(r#""success":{"value":1.0"#, r#""success":{"value":1.5"#);
    check(r#""evidence":1.0"#, r#""evidence":1000.0"#);
    check(r#""bins":[["#, r#""bins":[[9000,1.0],["#);
}
