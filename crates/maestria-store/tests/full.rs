//! A process that may write no more says so, and everything it acknowledged before is there afterwards.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{env, process::Command};

use maestria_store::{LogName, PageSize, Position, RedbStore, Store, StoreError, StoreExt};
use tokio::runtime::{Builder, Runtime};

/// Names the file to the process that runs out of room.
const FILE: &str = "MAESTRIA_STORE_FULL_FILE";

/// Bytes of a record.
const RECORD: usize = 100_000;

fn log() -> LogName {
    "log".parse().unwrap()
}

fn runtime() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

/// Appends until there is no room left, and tells how many records were acknowledged. Without the variable it does nothing.
#[test]
fn filler() {
    let Some(path) = env::var_os(FILE) else { return };
    runtime().block_on(async {
        let store = RedbStore::open(path).await.unwrap();
        let mut acknowledged = 0_u64;
        let error = loop {
            match store.append(&log(), vec![acknowledged.to_le_bytes()[0]; RECORD]).await {
                Ok(_) => acknowledged += 1,
                Err(error) => break error,
            }
        };
        assert!(matches!(error, StoreError::Full { .. }), "{error:?}");
        let later = store.append(&log(), *b"late").await.unwrap_err();
        assert!(matches!(later, StoreError::Io { .. } | StoreError::Full { .. }), "{later:?}");
        println!("acknowledged {acknowledged}");
    });
}

#[test]
fn a_file_that_cannot_grow_is_told_and_keeps_what_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.redb");
    // Without the signal, writing beyond the limit is an error (setrlimit(2)).
    let limited = r#"trap "" XFSZ; ulimit -f 8192; exec "$0" --exact filler --nocapture"#;
    let mut command = Command::new("sh");
    command.args(["-c", limited]).arg(env::current_exe().unwrap()).env(FILE, &path);
    let ended = command.output().unwrap();
    let said = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.success(), "{said}{}", String::from_utf8_lossy(&ended.stderr));
    let acknowledged = said.lines().find_map(|line| line.split_once("acknowledged ")?.1.parse().ok()).unwrap();
    assert!(acknowledged > 10_u64, "{acknowledged}");

    runtime().block_on(async {
        let store = RedbStore::open(&path).await.unwrap();
        let end = store.extent(&log()).await.unwrap().end.0;
        assert!((acknowledged..=acknowledged + 1).contains(&end), "{acknowledged} were acknowledged, {end} are there");
        let mut next = Some(Position::START);
        while let Some(position) = next {
            let page = store.read(&log(), position, PageSize::MAX).await.unwrap();
            for record in &page.records {
                assert!(
                    record.value.len() == RECORD
                        && record.value.iter().all(|b| *b == record.position.0.to_le_bytes()[0])
                );
            }
            next = page.next();
        }
        // There is room again.
        assert_eq!(store.append(&log(), *b"again").await.unwrap(), Position(end));
    });
}
