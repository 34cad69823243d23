//! Files that are no store, are damaged, belong to others or cannot be written: each gives its own error, and none is changed.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::{fs, io::Write, path::Path};

use maestria_store::{
    Batch, Expectation, Key, LogName, Options, PageSize, Position, RedbStore, Remedy, Scan, Store, StoreError,
    StoreExt, TableName,
};
use proptest::prelude::*;
use redb::{Database, TableDefinition};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

/// Values and records in the store that is damaged.
const COUNT: u64 = 200;

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn runtime() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

fn table() -> TableName {
    "table".parse().unwrap()
}

fn log() -> LogName {
    "log".parse().unwrap()
}

/// Opening this fails as expected, and leaves the file as it is.
async fn check(path: &Path, remedy: Remedy, expected: impl Fn(&StoreError) -> bool) {
    let before = fs::read(path).ok();
    let error = RedbStore::open(path).await.unwrap_err();
    assert!(expected(&error), "{error:?}");
    assert_eq!(error.remedy(), remedy);
    assert_eq!(fs::read(path).ok(), before);
}

#[tokio::test]
async fn what_is_no_store_is_refused() {
    let folder = folder();
    let foreign = |error: &StoreError| matches!(error, StoreError::Foreign { .. });
    check(folder.path(), Remedy::Ask, foreign).await;
    for content in ["", "short", "This is a letter to my aunt, and she would not like to find it written over.\n"] {
        let path = folder.path().join("letter.txt");
        fs::write(&path, content.repeat(100)).unwrap();
        check(&path, Remedy::Ask, foreign).await;
    }
    let path = folder.path().join("other.redb");
    let other = Database::create(&path).unwrap();
    let write = other.begin_write().unwrap();
    write.open_table(TableDefinition::<u64, u64>::new("theirs")).unwrap().insert(1, 2).unwrap();
    write.commit().unwrap();
    other.close().unwrap();
    let error = RedbStore::open(&path).await.unwrap_err();
    assert!(foreign(&error), "{error:?}");
}

#[tokio::test]
async fn a_later_format_is_refused() {
    let folder = folder();
    let path = folder.path().join("state.redb");
    RedbStore::open(&path).await.unwrap().close().await;
    let later = Database::open(&path).unwrap();
    let write = later.begin_write().unwrap();
    write.open_table(TableDefinition::<&str, u64>::new("maestria.meta")).unwrap().insert("format", 2).unwrap();
    write.commit().unwrap();
    later.close().unwrap();
    let error = RedbStore::open(&path).await.unwrap_err();
    assert!(matches!(error, StoreError::NewerFormat { found: 2, known: 1 }), "{error:?}");
}

#[tokio::test]
async fn a_second_handle_is_refused_until_the_first_is_closed() {
    let folder = folder();
    let path = folder.path().join("state.redb");
    let store = RedbStore::open(&path).await.unwrap();
    let error = RedbStore::open(&path).await.unwrap_err();
    assert!(matches!(error, StoreError::InUse), "{error:?}");
    store.append(&log(), *b"still works").await.unwrap();
    store.close().await;
    assert!(matches!(store.append(&log(), *b"").await, Err(StoreError::Closed)));
    assert!(matches!(store.extent(&log()).await, Err(StoreError::Closed)));
    store.close().await;
    RedbStore::open(&path).await.unwrap();
}

#[tokio::test]
async fn those_who_create_a_store_at_once_get_one_store() {
    let folder = folder();
    let path = folder.path().join("state.redb");
    let opened = futures(8, || RedbStore::open(path.clone())).await;
    assert_eq!(opened.iter().filter(|opened| opened.is_ok()).count(), 1);
    assert!(opened.iter().all(|opened| matches!(opened, Ok(_) | Err(StoreError::InUse))), "{opened:?}");
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["state.redb"]);
}

/// All of these at once.
async fn futures<F: Future<Output: Send + 'static> + Send + 'static>(
    count: usize,
    make: impl Fn() -> F,
) -> Vec<F::Output> {
    let tasks: Vec<_> = (0..count).map(|_| tokio::spawn(make())).collect();
    let mut outputs = Vec::new();
    for task in tasks {
        outputs.push(task.await.unwrap());
    }
    outputs
}

#[cfg(unix)]
#[tokio::test]
async fn where_nothing_can_be_created_the_system_says_why() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let io = |error: &StoreError| matches!(error, StoreError::Io { .. });
    check(&folder.path().join("missing/state.redb"), Remedy::Reopen, io).await;
    // Of these two, the superuser is stopped by the second alone.
    let locked = folder.path().join("locked");
    fs::create_dir(&locked).unwrap();
    fs::set_permissions(&locked, PermissionsExt::from_mode(0o555)).unwrap();
    if fs::write(locked.join("probe"), "").is_err() {
        check(&locked.join("state.redb"), Remedy::Reopen, io).await;
    }
    if Path::new("/proc/self").exists() {
        check(Path::new("/proc/state.redb"), Remedy::Reopen, io).await;
    }
}

/// A store with values and records that tell what they are, as the bytes of its file.
async fn filled(path: &Path) -> Vec<u8> {
    let store = RedbStore::open(path).await.unwrap();
    let batch = (0..COUNT).try_fold(Batch::new(), |batch, n| {
        let (key, value) = (Key::new(n.to_be_bytes()).unwrap(), n.to_le_bytes().repeat(20));
        batch.put(&table(), &key, Expectation::Any, value.clone())?.append(&log(), value)
    });
    store.commit(batch.unwrap()).await.unwrap();
    store.close().await;
    fs::read(path).unwrap()
}

/// Whether all is there; an error if the store says that it is damaged. Anything wrong fails.
async fn intact(path: &Path, options: Options) -> Result<(), StoreError> {
    let store = RedbStore::open_with(path, options).await?;
    let result = read(&store).await;
    store.close().await;
    result
}

async fn read(store: &RedbStore) -> Result<(), StoreError> {
    let good = |n: u64, value: &[u8]| assert_eq!(value, n.to_le_bytes().repeat(20), "a wrong value was given out");
    for n in 0..COUNT {
        if let Some(found) = store.get(&table(), &Key::new(n.to_be_bytes()).unwrap()).await? {
            good(n, &found.value);
        }
    }
    let page = store.scan(Scan::all(table())).await?;
    for entry in &page.entries {
        good(u64::from_be_bytes(entry.key.as_bytes().try_into().unwrap()), &entry.found.value);
    }
    let records = store.read(&log(), Position::START, PageSize::MAX).await?.records;
    records.iter().for_each(|record| good(record.position.0, &record.value));
    if (page.entries.len(), records.len()) == (COUNT as usize, COUNT as usize) {
        Ok(())
    } else {
        Err(StoreError::corrupt("something is missing"))
    }
}

#[tokio::test]
async fn a_file_that_was_cut_off_is_refused() {
    let folder = folder();
    let path = folder.path().join("state.redb");
    let whole = filled(&path).await;
    intact(&path, Options::default()).await.unwrap();
    let used = whole.iter().rposition(|byte| *byte != 0).unwrap();
    for len in (0..used).step_by(used / 37) {
        fs::write(&path, &whole[..len]).unwrap();
        let error = intact(&path, Options::default()).await.unwrap_err();
        assert!(matches!(error, StoreError::Corrupt { .. } | StoreError::Foreign { .. }), "{len}: {error:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn what_was_altered_in_the_file_is_found_or_without_effect(
        places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        check in any::<bool>(),
    ) {
        runtime().block_on(async {
            let folder = folder();
            let path = folder.path().join("state.redb");
            let mut bytes = filled(&path).await;
            let used = bytes.iter().rposition(|byte| *byte != 0).unwrap();
            for (place, byte) in &places {
                bytes[place.index(used)] = *byte;
            }
            fs::File::create(&path).unwrap().write_all(&bytes).unwrap();
            // A wrong value, a panic or a hang would fail; whether it is found at once or on reading depends on the place.
            if let Err(error) = intact(&path, Options { check, ..Options::default() }).await {
                let told = matches!(error, StoreError::Corrupt { .. } | StoreError::Foreign { .. } | StoreError::Io { .. } | StoreError::NewerFormat { .. });
                prop_assert!(told, "{error:?}");
            }
            Ok(())
        })?;
    }
}
