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
    thread,
    time::Duration,
};

use maestria_store::{
    RedbStore,
    store::{Batch, Expectation, Key, LogName, PageSize, Position, Record, Scan, Store, StoreExt, TableName},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use tokio::{runtime::Builder, task::JoinSet};

/// How often the writer is killed.
const KILLS: usize = 100;

/// Kills after which a new file is begun, so that kills fall into creating one as well.
const PER_FILE: usize = 10;

/// Tasks that write at once; each has a log and a pair of keys of its own.
const WRITERS: u64 = 4;

/// Records of each batch.
const RECORDS: u64 = 3;

/// Names the file to the process that is to be killed.
const FILE: &str = "MAESTRIA_STORE_CRASH_FILE";

fn log(writer: u64) -> LogName {
    format!("log {writer}").parse().unwrap()
}

fn table() -> TableName {
    "state".parse().unwrap()
}

fn keys(writer: u64) -> [Key; 2] {
    ["first", "last"].map(|name| Key::of_parts([&writer.to_be_bytes()[..], name.as_bytes()]).unwrap())
}

/// What the record at a position of a log says: bytes that only this record has, of a length that varies.
fn record(writer: u64, position: u64) -> Vec<u8> {
    let mut random = StdRng::seed_from_u64(writer << 32 | position);
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
                    let batch = if next % 7 == 0 { batch.unwrap().truncate(&log(writer), keep) } else { batch };
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

    /// Kills it after a while, and gives what it said until then.
    fn kill_after(mut self, delay: Duration) -> Vec<String> {
        let said = BufReader::new(self.0.stdout.take().unwrap());
        // It is read while it runs, so that the pipe never holds it up.
        let reader = thread::spawn(move || said.lines().map_while(Result::ok).collect());
        thread::sleep(delay);
        self.0.kill().unwrap();
        let ended = self.0.wait().unwrap();
        assert_eq!(ended.signal(), Some(9), "the writer ended by itself");
        reader.join().unwrap()
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        // Both do nothing to a process that was waited for.
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Checks the file against what was acknowledged, and gives how far each log got.
async fn check(path: &Path, acknowledged: [u64; WRITERS as usize]) -> [u64; WRITERS as usize] {
    let store = RedbStore::open(path).await.unwrap();
    let mut ends = [0; WRITERS as usize];
    for writer in 0..WRITERS {
        let page = store.read(&log(writer), Position::START, PageSize::MAX).await.unwrap();
        let end = page.end.0;
        assert!(end >= acknowledged[writer as usize], "{writer}: {acknowledged:?} was acknowledged, {end} is there");
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
        ends[writer as usize] = end;
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
    let mut random = StdRng::seed_from_u64(seed);
    let runtime = Builder::new_current_thread().build().unwrap();
    let (mut batches, mut early) = (0, 0);
    for _ in 0..KILLS / PER_FILE {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.redb");
        let mut ends = [0; WRITERS as usize];
        for _ in 0..PER_FILE {
            // Half of the kills come while it starts: loads, creates or repairs the file, writes its first batches.
            let longest = if random.random_bool(0.5) { 10_000 } else { 60_000 };
            let delay = Duration::from_micros(random.random_range(0..longest));
            let mut acknowledged = ends;
            for line in Victim::start(&path).kill_after(delay) {
                let words: Vec<&str> = line.split(' ').collect();
                if let ["acknowledged", writer, end] = words[..] {
                    let writer: usize = writer.parse().unwrap();
                    acknowledged[writer] = acknowledged[writer].max(end.parse().unwrap());
                    batches += 1;
                }
            }
            early += usize::from(acknowledged == ends);
            ends = runtime.block_on(check(&path, acknowledged));
        }
    }
    println!("{batches} batches were acknowledged; {early} of {KILLS} kills came before the first");
    assert!(batches > KILLS, "the writer hardly got to write, so nothing was tested");
}
