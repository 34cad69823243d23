//! Both stores keep the contract.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use maestria_store::{MemoryStore, RedbStore};
use maestria_testkit::conformance;

#[tokio::test]
async fn the_store_in_memory_conforms() {
    conformance::store(&MemoryStore::new()).await.unwrap();
}

#[tokio::test]
async fn the_store_in_a_file_conforms() {
    let folder = tempfile::tempdir().unwrap();
    let store = RedbStore::open(folder.path().join("state.redb")).await.unwrap();
    conformance::store(&store).await.unwrap();
}
