//! How many changes of state are acknowledged a second, by one writer and by many, and how long reading takes: in a file and in memory.
//!
//! `MAESTRIA_STATE` names the folder for the file, on the disk that shall be measured; the system's temporary folder when it is not set.

use std::{
    env,
    fs::File,
    io::Write,
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use criterion::{Criterion, Throughput};
use maestria::store::{
    Batch, Expectation, Key, LogName, MemoryStore, PageSize, Position, RedbStore, Scan, Store, StoreError, TableName,
};
use maestria_benches::{Result, told};
use tokio::{runtime::Runtime, task::JoinSet};

/// Bytes of a value or a record.
const VALUE: usize = 200;

/// Keys that are in the table when it is read.
const KEYS: usize = 10_000;

/// Reads whose median and 99th percentile are told.
const READS: usize = 20_000;

struct Subject {
    name: &'static str,
    store: Arc<dyn Store>,
    table: TableName,
    log: LogName,
    keys: Arc<[Key]>,
}

impl Subject {
    fn new(name: &'static str, store: impl Store + 'static) -> Result<Self> {
        let keys = (0..KEYS as u64).map(|n| Key::new(n.to_be_bytes())).collect::<Result<_, _>>()?;
        Ok(Self { name, store: Arc::new(store), table: "bench".parse()?, log: "bench".parse()?, keys })
    }

    async fn fill(&self) -> Result {
        for keys in self.keys.chunks(100) {
            let put = |batch: Batch, key: &Key| batch.put(&self.table, key, Expectation::Any, [7; VALUE]);
            self.store.commit(keys.iter().try_fold(Batch::new(), put)?).await?;
        }
        Ok(())
    }

    /// Changes by so many writers at once, each of which waits for its change to be acknowledged before the next.
    async fn write(&self, act: Act, writers: u64, changes: u64) -> Result<Duration> {
        let start = Instant::now();
        let mut tasks = JoinSet::new();
        for writer in 0..writers {
            let (store, table, log) = (self.store.clone(), self.table.clone(), self.log.clone());
            let keys = self.keys.clone();
            let own = changes / writers + u64::from(writer < changes % writers);
            tasks.spawn(async move {
                for key in scattered(&keys, writer).take(usize::try_from(own).unwrap_or(usize::MAX)) {
                    let batch = match act {
                        Act::Put => Batch::new().put(&table, key, Expectation::Any, [7; VALUE])?,
                        Act::Append => Batch::new().append(&log, [7; VALUE])?,
                    };
                    store.commit(batch).await?;
                }
                Ok::<_, StoreError>(())
            });
        }
        while let Some(written) = tasks.join_next().await {
            written??;
        }
        Ok(start.elapsed())
    }

    async fn read(&self) -> Result {
        let mut times = Vec::new();
        for key in scattered(&self.keys, 0).take(READS) {
            let start = Instant::now();
            let found = self.store.get(&self.table, key).await?;
            times.push(start.elapsed());
            found.ok_or("a key is missing")?;
        }
        times.sort();
        let quantile = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
        println!("{}: get, {READS} of {KEYS} keys: p50 {:?}, p99 {:?}", self.name, quantile(50), quantile(99));
        Ok(())
    }
}

#[derive(Debug, Clone, Copy)]
enum Act {
    Put,
    Append,
}

/// Keys all over the table, without end, as nothing orders them.
fn scattered(keys: &[Key], writer: u64) -> impl Iterator<Item = &Key> {
    let mut n = writer.wrapping_mul(1_000_003);
    std::iter::from_fn(move || {
        n = n.wrapping_add(1);
        keys.get(usize::try_from(n.wrapping_mul(0x9e37_79b9_7f4a_7c15) % keys.len() as u64).ok()?)
    })
}

fn measure(c: &mut Criterion, runtime: &Runtime, subject: &Subject) -> Result {
    runtime.block_on(subject.fill())?;
    let mut group = c.benchmark_group(subject.name);
    group.sample_size(10).throughput(Throughput::Elements(1));
    for (act, writers) in [(Act::Put, 1), (Act::Put, 64), (Act::Append, 1), (Act::Append, 64)] {
        group.bench_function(format!("{act:?} {VALUE} bytes, writers: {writers}"), |b| {
            b.iter_custom(|changes| match runtime.block_on(subject.write(act, writers, changes)) {
                Ok(elapsed) => elapsed,
                Err(error) => {
                    eprintln!("not measured: {}", told(&*error));
                    std::process::exit(1);
                }
            });
        });
    }
    let (store, scan) = (&subject.store, Scan::all(subject.table.clone()).with_size(PageSize::saturating(100)));
    group.bench_function("scan of a page of 100", |b| b.iter(|| runtime.block_on(store.scan(scan.clone()))));
    group.bench_function("read of 100 records", |b| {
        b.iter(|| runtime.block_on(store.read(&subject.log, Position::START, PageSize::saturating(100))))
    });
    group.finish();
    runtime.block_on(subject.read())
}

/// What the disk itself does: as many bytes appended to a plain file and synced.
fn disk(c: &mut Criterion, folder: &tempfile::TempDir) -> Result {
    let mut file = File::create(folder.path().join("plain"))?;
    let mut group = c.benchmark_group("plain file");
    group.sample_size(10).throughput(Throughput::Elements(1));
    group.bench_function(format!("append {VALUE} bytes and sync"), |b| {
        b.iter(|| file.write_all(&[7; VALUE]).and_then(|()| file.sync_data()))
    });
    group.finish();
    Ok(())
}

fn all(c: &mut Criterion) -> Result {
    let folder = env::var_os("MAESTRIA_STATE").map_or_else(env::temp_dir, PathBuf::from);
    let folder = tempfile::tempdir_in(folder)?;
    let runtime = Runtime::new()?;
    disk(c, &folder)?;
    let file = runtime.block_on(RedbStore::open(folder.path().join("state.redb")))?;
    measure(c, &runtime, &Subject::new("file", file)?)?;
    measure(c, &runtime, &Subject::new("memory", MemoryStore::new())?)
}

fn main() -> ExitCode {
    let mut c = Criterion::default().configure_from_args();
    if let Err(error) = all(&mut c) {
        eprintln!("not measured: {}", told(&*error));
        return ExitCode::FAILURE;
    }
    c.final_summary();
    ExitCode::SUCCESS
}
