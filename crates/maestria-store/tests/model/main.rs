//! Whatever is done to a store, it holds what a plain model of it holds, after being opened again too.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod operation;
mod state;

use std::path::Path;

use maestria_store::{Key, MemoryStore, PageSize, Position, RedbStore, Scan, Store, StoreError, Version};
use proptest::{collection::vec, prelude::*};
use tokio::runtime::{Builder, Runtime};

use operation::{Operation, Part, operation};
use state::{Model, log, table};

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
