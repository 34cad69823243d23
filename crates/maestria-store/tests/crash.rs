//! A process that writes is killed at random moments: nothing it acknowledged is lost, and nothing is there by half.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::{
    env,
    hash::{BuildHasher, Hasher, RandomState},
    io::{BufRead, BufReader, Write},
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use maestria_store::{
    Batch, Expectation, Key, LogName, PageSize, Position, Record, RedbStore, Scan, Store, StoreError, StoreExt,
    TableName,
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use tokio::{runtime::Builder, task::JoinSet};

/// How often the writer is killed.
const KILLS: usize = 100;

/// Files that are written at the same time, each by one process after the other.
const FILES: usize = 5;

/// Kills after which a file is begun anew, so that kills fall into creating one as well.
const FRESH: usize = 5;

/// Tasks that write at once; each has a log and a pair of keys of its own.
const WRITERS: usize = 4;

/// Records of each batch.
const RECORDS: u64 = 3;

/// Names the file to the process that is to be killed.
const FILE: &str = "MAESTRIA_STORE_CRASH_FILE";

fn log(writer: usize) -> LogName {
    format!("log {writer}").parse().unwrap()
}

fn table() -> TableName {
    "state".parse().unwrap()
}

fn keys(writer: usize) -> [Key; 2] {
    ["first", "last"].map(|name| Key::of_parts([&writer.to_be_bytes()[..], name.as_bytes()]).unwrap())
}

/// What the record at a position of a log says: bytes that only this record has, of a length that varies.
fn record(writer: usize, position: u64) -> Vec<u8> {
    let mut random = StdRng::seed_from_u64((writer as u64) << 32 | position);
    let len = random.random_range(0..600);
    (0..len).map(|_| random.random()).collect()
}

/// Writes until it is killed, and tells each batch that was acknowledged: the writer, and where its log then ended.
///
/// It is the process that is killed; without the variable it does nothing.
#[test]
fn writer() {
    let Some(path) = env::var_os(FILE) else { return };
    Builder::new_multi_thread().worker_threads(2).build().unwrap().block_on(async {
        let store = std::sync::Arc::new(RedbStore::open(path).await.unwrap());
        let mut writers = JoinSet::new();
        for writer in 0..WRITERS {
            let store = store.clone();
            writers.spawn(async move {
                let mut end = store.extent(&log(writer)).await.unwrap().end.0;
                loop {
                    let next = end + RECORDS;
                    let batch = (end..next).try_fold(Batch::new(), |batch, n| {
                        batch.append_at(&log(writer), Position(end), record(writer, n))
                    });
                    let batch = keys(writer).iter().try_fold(batch.unwrap(), |batch, key| {
                        batch.put(&table(), key, Expectation::Any, next.to_le_bytes())
                    });
                    // Now and then old records go, as retention would have it.
                    let keep = Position(next.saturating_sub(50));
                    let batch =
                        if next.is_multiple_of(7) { batch.unwrap().truncate(&log(writer), keep) } else { batch };
                    store.commit(batch.unwrap()).await.unwrap();
                    let mut out = std::io::stdout().lock();
                    writeln!(out, "acknowledged {writer} {next}").unwrap();
                    out.flush().unwrap();
                    end = next;
                }
            });
        }
        writers.join_next().await;
    });
}

/// The process that writes; killed and reaped when it goes out of scope.
struct Victim(Child);

impl Victim {
    fn start(path: &Path) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "writer", "--nocapture", "--quiet"]).env(FILE, path);
        Self(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap())
    }

    /// Kills it a while after it was started, or after it acknowledged something, and gives what it acknowledged: writer and end of log.
    fn kill(mut self, after: After, delay: Duration) -> Vec<(usize, u64)> {
        let said = BufReader::new(self.0.stdout.take().unwrap());
        let (first, begun) = mpsc::channel();
        // It is read while it runs, so that the pipe never holds it up.
        let reader = thread::spawn(move || {
            let acknowledged = said.lines().map_while(Result::ok).filter_map(|line| {
                let (writer, end) = line.strip_prefix("acknowledged ")?.split_once(' ')?;
                // Nobody listens for the first one, or any more.
                let _ = first.send(());
                Some((writer.parse().unwrap(), end.parse().unwrap()))
            });
            acknowledged.collect()
        });
        if let After::FirstBatch = after {
            assert!(begun.recv().is_ok(), "the writer ended by itself");
        }
        thread::sleep(delay);
        self.0.kill().unwrap();
        let ended = self.0.wait().unwrap();
        assert_eq!(ended.signal(), Some(9), "the writer ended by itself");
        reader.join().unwrap()
    }
}

/// From when on the time to a kill counts.
#[derive(Clone, Copy)]
enum After {
    Start,
    FirstBatch,
}

impl Drop for Victim {
    fn drop(&mut self) {
        // Both do nothing to a process that was waited for.
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Checks the file against what was acknowledged, and gives how far each log got.
async fn check(path: &Path, acknowledged: [u64; WRITERS]) -> [u64; WRITERS] {
    let store = RedbStore::open(path).await.unwrap();
    let mut ends = [0; WRITERS];
    for writer in 0..WRITERS {
        let page = store.read(&log(writer), Position::START, PageSize::MAX).await.unwrap();
        let end = page.end.0;
        assert!(end >= acknowledged[writer], "{writer}: {acknowledged:?} was acknowledged, {end} is there");
        assert_eq!(end % RECORDS, 0, "{writer}: half a batch is there");
        assert!(page.next().is_none());
        for (Record { position, value }, n) in page.records.iter().zip(page.first.0..) {
            assert_eq!((position.0, &**value), (n, &*record(writer, n)), "{writer}");
        }
        assert_eq!(page.first.plus(page.records.len()), page.end);
        for key in keys(writer) {
            let found = store.get(&table(), &key).await.unwrap();
            let told = found.map_or(0, |found| u64::from_le_bytes((*found.value).try_into().unwrap()));
            assert_eq!(told, end, "{writer}: the table and the log tell differently");
        }
        ends[writer] = end;
    }
    let page = store.scan(Scan::all(table())).await.unwrap();
    assert_eq!(page.entries.len(), 2 * ends.iter().filter(|end| **end > 0).count());
    store.close().await;
    ends
}

#[test]
fn nothing_acknowledged_is_lost_and_nothing_half_written_is_read() {
    let seed = env::var("MAESTRIA_STORE_CRASH_SEED")
        .map_or_else(|_| RandomState::new().build_hasher().finish(), |seed| seed.parse().unwrap());
    println!("MAESTRIA_STORE_CRASH_SEED={seed}");
    let kill = |file: u64| thread::spawn(move || kill_repeatedly(seed.wrapping_add(file)));
    let files: Vec<_> = (0..FILES as u64).map(kill).collect();
    let told: Vec<(usize, usize)> = files.into_iter().map(|file| file.join().unwrap()).collect();
    let (batches, early) = told.iter().fold((0, 0), |sum, told| (sum.0 + told.0, sum.1 + told.1));
    println!("{batches} batches were acknowledged; {early} of {KILLS} kills came before the first");
}

/// Kills writers of one file after the other, and gives how many batches were acknowledged, and how many kills came before any.
fn kill_repeatedly(seed: u64) -> (usize, usize) {
    let mut random = StdRng::seed_from_u64(seed);
    let runtime = Builder::new_current_thread().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (mut batches, mut early, mut ends) = (0, 0, [0; WRITERS]);
    for kill in 0..KILLS / FILES {
        let path = folder.path().join(format!("{}.redb", kill / FRESH));
        if kill % FRESH == 0 {
            ends = [0; WRITERS];
        }
        // Half of the kills come while it starts: loads, creates or repairs the file, writes its first batches.
        let after = if random.random_bool(0.5) { After::Start } else { After::FirstBatch };
        let delay = Duration::from_micros(random.random_range(0..25_000));
        let mut acknowledged = ends;
        let told = Victim::start(&path).kill(after, delay);
        for &(writer, end) in &told {
            acknowledged[writer] = acknowledged[writer].max(end);
        }
        batches += told.len();
        early += usize::from(told.is_empty());
        ends = runtime.block_on(check(&path, acknowledged));
    }
    (batches, early)
}

#[test]
fn a_file_that_another_process_has_open_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.redb");
    let mut victim = Victim::start(&path);
    let mut said = BufReader::new(victim.0.stdout.take().unwrap()).lines();
    assert!(said.any(|line| line.unwrap().starts_with("acknowledged")));
    let opened = Builder::new_current_thread().build().unwrap().block_on(RedbStore::open(&path));
    assert!(matches!(opened, Err(StoreError::InUse)), "{opened:?}");
}
