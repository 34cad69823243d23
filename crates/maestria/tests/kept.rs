//! What outlives the process, and what happens when it cannot be written or read.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what a test sets up holds"
)]

mod support;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use maestria::{Error, Model, ModelCard, Orchestrator};
use maestria_store::{
    Batch, Committed, Expectation, Key, LogName, LogPage, MemoryStore, Page, PageSize, Position, RedbStore, Scan,
    Store, StoreError, StoreExt, TableName, Versioned,
};
use maestria_testkit::ScriptedModel;
use support::{ask, builder, card, told};
use tokio::{sync::Notify, time::sleep};

fn model(name: &str) -> (ModelCard, Arc<dyn Model>) {
    (card(name, 0.9), Arc::new(ScriptedModel::saying(vec!["yes"; 100])))
}

async fn open(store: Arc<dyn Store>, names: &[&str]) -> Orchestrator {
    let models = names.iter().map(|name| model(name)).collect();
    builder(vec![ask("a", "say", &[])], models).open(store).await.unwrap()
}

async fn serve(orchestrator: &Orchestrator, requests: usize) {
    for _ in 0..requests {
        assert_eq!(told(&orchestrator.run("x").response().await.answer), "done: yes");
    }
}

fn samples(orchestrator: &Orchestrator, model: &str) -> Option<u64> {
    Some(orchestrator.fleet().record(&model.parse().unwrap(), &"chat".parse().unwrap())?.samples())
}

/// A store that fails as long as it is told to, and waits before it writes.
#[derive(Debug, Default)]
struct Failing {
    inner: MemoryStore,
    fails: AtomicBool,
    waits: AtomicBool,
    goes_on: Notify,
}

#[async_trait]
impl Store for Failing {
    async fn commit(&self, batch: Batch) -> Result<Committed, StoreError> {
        if self.waits.load(Ordering::SeqCst) {
            self.goes_on.notified().await;
        }
        if self.fails.load(Ordering::SeqCst) {
            return Err(StoreError::io("writing", std::io::ErrorKind::StorageFull.into()));
        }
        self.inner.commit(batch).await
    }

    async fn get(&self, table: &TableName, key: &Key) -> Result<Option<Versioned>, StoreError> {
        self.inner.get(table, key).await
    }

    async fn scan(&self, scan: Scan) -> Result<Page, StoreError> {
        if self.fails.load(Ordering::SeqCst) {
            return Err(StoreError::Closed);
        }
        self.inner.scan(scan).await
    }

    async fn read(&self, log: &LogName, from: Position, size: PageSize) -> Result<LogPage, StoreError> {
        self.inner.read(log, from, size).await
    }
}

#[tokio::test(start_paused = true)]
async fn records_are_written_by_themselves_and_found_after_a_restart() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let orchestrator = open(store.clone(), &["m"]).await;
    serve(&orchestrator, 3).await;
    sleep(Duration::from_secs(1)).await;
    assert_eq!(orchestrator.kept().unwrap().entries_written, 1, "three outcomes in one batch");
    let again = open(store, &["m"]).await;
    assert_eq!(samples(&again, "m"), Some(3));
    assert_eq!(again.kept().unwrap().entries_restored, 1);
}

#[tokio::test]
async fn a_file_is_written_to_the_end_when_the_orchestrator_goes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.redb");
    let store = Arc::new(RedbStore::open(&path).await.unwrap());
    let orchestrator = open(store.clone(), &["m"]).await;
    serve(&orchestrator, 2).await;
    drop(orchestrator);
    // The last holder is the writer, which is done then.
    while Arc::strong_count(&store) > 1 {
        tokio::task::yield_now().await;
    }
    store.close().await;
    let again = open(Arc::new(RedbStore::open(&path).await.unwrap()), &["m"]).await;
    assert_eq!(samples(&again, "m"), Some(2));
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_loses_no_request_and_is_written_to_when_it_is_well_again() {
    let store = Arc::new(Failing::default());
    let orchestrator = open(store.clone(), &["m"]).await;
    store.fails.store(true, Ordering::SeqCst);
    serve(&orchestrator, 2).await;
    sleep(Duration::from_secs(3)).await;
    let kept = orchestrator.kept().unwrap();
    assert!(kept.failures >= 2 && kept.entries_written == 0, "{kept:?}");
    assert!(kept.failed.unwrap().starts_with("there is no room left to store anything"));
    assert!(matches!(orchestrator.save().await, Err(Error::State(StoreError::Full { .. }))));

    store.fails.store(false, Ordering::SeqCst);
    sleep(Duration::from_secs(120)).await;
    let kept = orchestrator.kept().unwrap();
    assert_eq!((kept.failed, kept.entries_written), (None, 1));
    assert_eq!(samples(&open(store, &["m"]).await, "m"), Some(2));
}

#[tokio::test(start_paused = true)]
async fn what_comes_while_the_store_writes_is_written_too_when_the_orchestrator_goes() {
    let store = Arc::new(Failing::default());
    let orchestrator = open(store.clone(), &["m"]).await;
    store.waits.store(true, Ordering::SeqCst);
    serve(&orchestrator, 1).await;
    sleep(Duration::from_secs(1)).await;
    serve(&orchestrator, 1).await;
    drop(orchestrator);
    sleep(Duration::from_secs(1)).await;
    assert!(Arc::strong_count(&store) > 1, "the first outcome is still being written");

    store.waits.store(false, Ordering::SeqCst);
    store.goes_on.notify_one();
    sleep(Duration::from_secs(1)).await;
    assert_eq!(Arc::strong_count(&store), 1);
    assert_eq!(samples(&open(store, &["m"]).await, "m"), Some(2));
}

#[tokio::test(start_paused = true)]
async fn a_store_that_cannot_be_read_is_an_error_at_once() {
    let store = Arc::new(Failing::default());
    store.fails.store(true, Ordering::SeqCst);
    let opened = builder(vec![ask("a", "say", &[])], vec![model("m")]).open(store).await;
    assert!(matches!(opened, Err(Error::State(StoreError::Closed))));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_used_is_told_and_the_rest_is() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let orchestrator = open(store.clone(), &["m"]).await;
    serve(&orchestrator, 2).await;
    orchestrator.save().await.unwrap();
    let (registry, policy) = ("maestria.registry".parse().unwrap(), "maestria.policy".parse().unwrap());
    for (table, key, value) in [
        (&registry, "record/m/other", "{"),
        (&registry, "profile/m", r#"{"version": 99, "content": {}}"#),
        (&registry, "letter", "{}"),
        (&policy, "learned", r#"{"version": 99}"#),
    ] {
        store.put(table, &key.parse().unwrap(), Expectation::Any, value.as_bytes()).await.unwrap();
    }
    let learner = maestria::delegator::LearnedPolicy::new(
        Default::default(),
        maestria::delegator::Projection::Random { dimensions: 2, seed: 0 },
        0,
    );
    let again = builder(vec![ask("a", "say", &[])], vec![model("m")])
        .with_learned_policy(learner.unwrap(), Default::default())
        .open(store.clone())
        .await
        .unwrap();
    let kept = again.kept().unwrap();
    assert_eq!((kept.refused.len(), kept.policy_restored), (4, false), "{kept:?}");
    assert_eq!(samples(&again, "m"), Some(2));
    serve(&again, 1).await;

    // What a later version wrote is left to it.
    again.save().await.unwrap();
    let stored = store.get(&policy, &"learned".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(&*stored.value, br#"{"version": 99}"#);
    assert_eq!(samples(&open(store, &["m"]).await, "m"), Some(3));
}

#[tokio::test(start_paused = true)]
async fn what_is_known_of_a_model_waits_until_it_comes_back_and_goes_when_it_is_removed() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let orchestrator = open(store.clone(), &["m"]).await;
    serve(&orchestrator, 2).await;
    orchestrator.save().await.unwrap();

    let without = open(store.clone(), &["other"]).await;
    assert_eq!(without.kept().unwrap().entries_dormant, 1);
    assert!(without.fleet().card(&"m".parse().unwrap()).is_none(), "a card without a model could not be asked");
    let (card, m) = model("m");
    without.insert_model(card, m).unwrap();
    assert_eq!((samples(&without, "m"), without.kept().unwrap().entries_dormant), (Some(2), 0));

    without.remove_model(&"m".parse().unwrap()).unwrap();
    without.save().await.unwrap();
    let again = open(store, &["m"]).await;
    assert_eq!(samples(&again, "m"), None);
}
