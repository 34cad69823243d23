//! Whatever is done to a store, it holds what a plain model of it holds, after being opened again too.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::{collections::BTreeMap, path::Path};

use maestria_store::{
    Batch, Expectation, Key, LogName, MemoryStore, PageSize, Position, RedbStore, Scan, Store, StoreError, TableName,
    Version,
};
use proptest::{collection::vec, prelude::*};
use tokio::runtime::{Builder, Runtime};

/// One act on a store.
#[derive(Debug, Clone)]
enum Operation {
    Commit(Vec<Part>),
    Scan { table: u8, prefix: Vec<u8>, after: Option<Vec<u8>>, size: usize },
    Read { log: u8, from: u64, size: usize },
    Reopen,
}

/// One part of a batch.
#[derive(Debug, Clone)]
enum Part {
    Put { table: u8, key: Vec<u8>, expect: Expect, value: Vec<u8> },
    Remove { table: u8, key: Vec<u8>, expect: Expect },
    Check { table: u8, key: Vec<u8>, expect: Expect },
    Append { log: u8, record: Vec<u8>, at: Option<i8> },
    Truncate { log: u8, before: u64 },
}

/// What a part expects, in terms of what is there.
#[derive(Debug, Clone, Copy)]
enum Expect {
    Any,
    Absent,
    Same,
    Other,
}

/// The store as it should be: tables, logs as their first position and records, and the version of the last commit.
#[derive(Debug, Default, Clone)]
struct Model {
    values: BTreeMap<(u8, Vec<u8>), (u64, Vec<u8>)>,
    logs: [(u64, Vec<Vec<u8>>); 2],
    version: u64,
}

fn key() -> impl Strategy<Value = Vec<u8>> {
    vec(prop_oneof![Just(0), Just(b'a'), Just(b'b'), Just(255)], 1..4)
}

fn part() -> impl Strategy<Value = Part> {
    let expect = || prop_oneof![6 => Just(Expect::Any), 2 => Just(Expect::Absent), 2 => Just(Expect::Same), 1 => Just(Expect::Other)];
    let value = || vec(any::<u8>(), 0..6);
    prop_oneof![
        6 => (0..2_u8, key(), expect(), value()).prop_map(|(table, key, expect, value)| Part::Put { table, key, expect, value }),
        3 => (0..2_u8, key(), expect()).prop_map(|(table, key, expect)| Part::Remove { table, key, expect }),
        1 => (0..2_u8, key(), expect()).prop_map(|(table, key, expect)| Part::Check { table, key, expect }),
        4 => (0..2_u8, value(), prop_oneof![4 => Just(None), 1 => Just(Some(0)), 1 => (-1..2_i8).prop_map(Some)])
            .prop_map(|(log, record, at)| Part::Append { log, record, at }),
        1 => (0..2_u8, 0..20_u64).prop_map(|(log, before)| Part::Truncate { log, before }),
    ]
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        8 => vec(part(), 0..5).prop_map(Operation::Commit),
        2 => (0..2_u8, prop_oneof![Just(Vec::new()), key()], prop::option::of(key()), 0..5_usize)
            .prop_map(|(table, prefix, after, size)| Operation::Scan { table, prefix, after, size }),
        2 => (0..2_u8, 0..20_u64, 0..5_usize).prop_map(|(log, from, size)| Operation::Read { log, from, size }),
        1 => Just(Operation::Reopen),
    ]
}

fn table(table: u8) -> TableName {
    ["t", "tt"][usize::from(table)].parse().unwrap()
}

fn log(log: u8) -> LogName {
    ["l", "ll"][usize::from(log)].parse().unwrap()
}

impl Model {
    fn expectation(&self, table: u8, key: &[u8], expect: Expect) -> Expectation {
        let found = self.values.get(&(table, key.to_owned())).map(|(version, _)| *version);
        match (expect, found) {
            (Expect::Any, _) => Expectation::Any,
            (Expect::Absent, _) | (Expect::Same, None) => Expectation::Absent,
            (Expect::Same, Some(version)) => Expectation::Version(Version(version)),
            (Expect::Other, found) => Expectation::Version(Version(found.unwrap_or(0) + 1)),
        }
    }

    fn end(&self, log: u8) -> u64 {
        let (first, records) = &self.logs[usize::from(log)];
        first + records.len() as u64
    }

    fn batch(&self, parts: &[Part]) -> Batch {
        parts.iter().fold(Batch::new(), |batch, part| {
            let of = |t: &u8, k: &[u8], expect| (table(*t), Key::new(k).unwrap(), self.expectation(*t, k, expect));
            let batch = match part {
                Part::Put { table, key, expect, value } => {
                    let (table, key, expect) = of(table, key, *expect);
                    batch.put(&table, &key, expect, &**value)
                }
                Part::Remove { table, key, expect } => {
                    let (table, key, expect) = of(table, key, *expect);
                    batch.remove(&table, &key, expect)
                }
                Part::Check { table, key, expect } => {
                    let (table, key, expect) = of(table, key, *expect);
                    batch.check(&table, &key, expect)
                }
                Part::Append { log: l, record, at: None } => batch.append(&log(*l), &**record),
                Part::Append { log: l, record, at: Some(off) } => {
                    let end = Position(self.end(*l).saturating_add_signed(i64::from(*off)));
                    batch.append_at(&log(*l), end, &**record)
                }
                Part::Truncate { log: l, before } => batch.truncate(&log(*l), Position(*before)),
            };
            batch.unwrap()
        })
    }

    /// What the store should come to, if the batch is to be applied: the last part of a key, of an expected end, and of a truncation counts.
    fn applied(&self, parts: &[Part]) -> Option<Self> {
        let (mut after, version) = (self.clone(), self.version + 1);
        let (mut keys, mut ends, mut cuts) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for part in parts {
            match part {
                Part::Put { table, key, expect, value } => {
                    keys.insert((*table, key.clone()), (*expect, Some(Some(value.clone()))));
                }
                Part::Remove { table, key, expect } => drop(keys.insert((*table, key.clone()), (*expect, Some(None)))),
                Part::Check { table, key, expect } => drop(keys.insert((*table, key.clone()), (*expect, None))),
                Part::Append { log, record, at } => {
                    after.logs[usize::from(*log)].1.push(record.clone());
                    ends.extend(at.map(|off| (*log, off)));
                }
                Part::Truncate { log, before } => drop(cuts.insert(*log, *before)),
            }
        }
        for (key, (expect, value)) in keys {
            let found = self.values.contains_key(&key);
            match expect {
                Expect::Other => return None,
                Expect::Absent if found => return None,
                _ => {}
            }
            match value {
                Some(Some(value)) => drop(after.values.insert(key, (version, value))),
                Some(None) => drop(after.values.remove(&key)),
                None => {}
            }
        }
        // Before the start of a log is the start.
        if ends.iter().any(|(log, off)| *off > 0 || (*off < 0 && self.end(*log) > 0)) {
            return None;
        }
        for (log, before) in cuts {
            let (first, records) = &mut after.logs[usize::from(log)];
            let cut = before.saturating_sub(*first).min(records.len() as u64);
            records.drain(..usize::try_from(cut).unwrap());
            *first += cut;
        }
        after.version = version;
        Some(after)
    }
}

/// Compares all that a store holds with the model.
async fn compare(store: &dyn Store, model: &Model) {
    for t in 0..2_u8 {
        let page = store.scan(Scan::all(table(t))).await.unwrap();
        let found =
            page.entries.iter().map(|e| (e.key.as_bytes().to_vec(), (e.found.version.0, e.found.value.to_vec())));
        let expected = model.values.range((t, Vec::new())..(t + 1, Vec::new()));
        let expected: Vec<_> = expected.map(|((_, key), value)| (key.clone(), value.clone())).collect();
        assert_eq!(found.collect::<Vec<_>>(), expected);
    }
    for l in 0..2_u8 {
        let page = store.read(&log(l), Position::START, PageSize::MAX).await.unwrap();
        let (first, records) = &model.logs[usize::from(l)];
        assert_eq!(page.extent(), Position(*first)..Position(model.end(l)));
        assert_eq!(page.records.iter().map(|record| record.value.to_vec()).collect::<Vec<_>>(), *records);
        assert!(page.records.iter().zip(*first..).all(|(record, n)| record.position == Position(n)));
    }
}

async fn perform(store: &dyn Store, model: &mut Model, operation: &Operation) {
    match operation {
        Operation::Commit(parts) => match (store.commit(model.batch(parts)).await, model.applied(parts)) {
            (Ok(committed), Some(after)) => {
                for l in 0..2 {
                    let appends = parts.iter().any(|part| matches!(part, Part::Append { log, .. } if *log == l));
                    let position = appends.then(|| Position(model.end(l)));
                    assert_eq!(committed.appended.get(&log(l)).copied(), position);
                }
                assert_eq!(committed.version, Version(after.version));
                *model = after;
            }
            (Err(StoreError::Conflict { table: t, key, found }), None) => {
                let t = u8::from(t == table(1));
                let expected = model.values.get(&(t, key.as_bytes().to_vec())).map(|(version, _)| Version(*version));
                assert_eq!(found, expected);
            }
            (Err(StoreError::LogConflict { log: l, end }), None) => {
                assert_eq!(end, Position(model.end(u8::from(l == log(1)))));
            }
            (found, expected) => panic!("{found:?} where the model has {expected:?}"),
        },
        Operation::Scan { table: t, prefix, after, size } => {
            let size = PageSize::saturating(*size);
            let scan = Scan::all(table(*t)).with_prefix(prefix).with_size(size);
            let scan = after.iter().fold(scan, |scan, after| scan.with_after(Key::new(after).unwrap()));
            let page = store.scan(scan).await.unwrap();
            let all = model.values.keys().filter(|(table, key)| {
                table == t && key.starts_with(prefix) && after.as_ref().is_none_or(|after| key > after)
            });
            let all: Vec<&[u8]> = all.map(|(_, key)| &**key).collect();
            let found: Vec<&[u8]> = page.entries.iter().map(|entry| entry.key.as_bytes()).collect();
            assert_eq!(found, all[..all.len().min(size.get())]);
            let next = found.last().filter(|_| all.len() > found.len());
            assert_eq!(page.next.as_ref().map(Key::as_bytes), next.copied());
            for key in all {
                let found = store.get(&table(*t), &Key::new(key).unwrap()).await.unwrap().unwrap();
                let (version, value) = &model.values[&(*t, key.to_vec())];
                assert_eq!((found.version, &*found.value), (Version(*version), &**value));
            }
        }
        Operation::Read { log: l, from, size } => {
            let size = PageSize::saturating(*size);
            let page = store.read(&log(*l), Position(*from), size).await.unwrap();
            let (first, records) = &model.logs[usize::from(*l)];
            let skip = usize::try_from(from.saturating_sub(*first)).unwrap();
            let expected = records.iter().skip(skip).take(size.get());
            assert!(page.records.iter().map(|record| &*record.value).eq(expected.map(|record| &**record)));
            let next = page.next().map_or(model.end(*l), |next| next.0);
            assert_eq!(next - page.records.len() as u64, (*from).max(*first).min(model.end(*l)));
        }
        Operation::Reopen => {}
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

async fn open(path: &Path) -> RedbStore {
    RedbStore::open(path).await.unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]
    #[test]
    fn the_store_in_memory_holds_what_the_model_holds(operations in vec(operation(), 1..60)) {
        runtime().block_on(async {
            let (store, mut model) = (MemoryStore::new(), Model::default());
            for operation in &operations {
                perform(&store, &mut model, operation).await;
            }
            compare(&store, &model).await;
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, ..ProptestConfig::default() })]
    #[test]
    fn the_store_in_a_file_holds_what_the_model_holds_after_being_opened_again_too(operations in vec(operation(), 1..60)) {
        runtime().block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("state.redb");
            let (mut store, mut model) = (open(&path).await, Model::default());
            for operation in &operations {
                perform(&store, &mut model, operation).await;
                if let Operation::Reopen = operation {
                    compare(&store, &model).await;
                    store.close().await;
                    store = open(&path).await;
                    compare(&store, &model).await;
                }
            }
            compare(&store, &model).await;
        });
    }
}
