//! State in one file: the handle, and the threads behind it.

mod apply;
mod engine;
mod layout;
mod open;
#[cfg(test)]
mod power;
mod read;
mod write;

use std::{convert::Infallible, io, num::NonZero, path::PathBuf, sync::Arc, thread};

use async_channel::{Receiver, Sender, bounded};
use async_trait::async_trait;
use maestria_vocabulary::{
    Bytes,
    store::{
        Batch, Committed, Key, LogName, LogPage, Page, PageSize, Position, Scan, Store, StoreError, TableName,
        Versioned,
    },
};
use redb::{Database, ReadTransaction, ReadableDatabase};

use engine::{fault, guarded};
use write::Write;

/// Calls that may wait for a thread; further callers wait for room.
const QUEUE: usize = 1024;

/// How a file is kept open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Most memory for pages of the file; 64 MiB by default.
    pub cache: Bytes,
    /// Threads that read; 2 by default.
    pub readers: NonZero<u8>,
    /// Whether opening verifies the checksums of the whole file, which takes the time to read it. It is done anyway after a crash. Off by
    /// default: every value and record has a checksum of its own, which is verified whenever it is read.
    pub check: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { cache: Bytes::mib(64), readers: NonZero::<u8>::MIN.saturating_add(1), check: false }
    }
}

/// A [`Store`] in one file, by the engine [redb](https://www.redb.org).
///
/// **Durable.** A commit is acknowledged after the file was synced (`fsync`, or what the system has in its place); whether the device then
/// keeps it is the device's matter. Batches that wait at the same time are written together and share one sync, so that many writers are
/// not slower than one.
///
/// **Threads.** One thread writes and a few read, all of the store's own. A call hands its work over and awaits the answer, so that no
/// thread of an async runtime ever waits for a disk, and no runtime is needed.
///
/// **One handle.** While it is open no other handle, of this or another process, can open the file: share it in an `Arc`. Dropping the last
/// clone lets go of the file a little later; [`close`](Self::close) waits for it.
///
/// **Format.** The file says which format it has. Later versions of this library read earlier formats; a later format is refused
/// ([`StoreError::NewerFormat`]). The file is created readable for its owner only.
#[derive(Debug)]
pub struct RedbStore {
    writes: Sender<Write>,
    reads: Sender<Read>,
    /// Ends when all threads have let go of the file.
    threads: Receiver<Infallible>,
}

/// Something to be read, whose answer goes where it came from.
type Read = Box<dyn FnOnce(&Database) + Send>;

impl RedbStore {
    /// Opens the store in this file, or creates it; the folder must be there.
    ///
    /// After a crash the whole file is verified first, which takes the time to read it.
    ///
    /// # Errors
    /// [`StoreError::InUse`], [`StoreError::NewerFormat`], [`StoreError::Foreign`] for a file that is no store, [`StoreError::Corrupt`], and
    /// [`StoreError::Io`] or [`StoreError::Full`] when the system refuses. No file is changed then.
    pub async fn open(path: impl Into<PathBuf>) -> Result<Self, StoreError> {
        Self::open_with(path, Options::default()).await
    }

    /// As [`open`](Self::open), with options.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn open_with(path: impl Into<PathBuf>, options: Options) -> Result<Self, StoreError> {
        let path = path.into();
        let readers = options.readers.get();
        let (writes, queue) = bounded(QUEUE);
        let (alive, threads) = bounded(1);
        let (ready, opened) = bounded(1);
        let writer_alive = alive.clone();
        spawn("maestria-store-writer", move || {
            let _alive = writer_alive;
            match guarded(|| open::open(&path, &options)).map(Arc::new) {
                Ok(database) => {
                    let sent = ready.send_blocking(Ok(Arc::clone(&database)));
                    if sent.is_ok() {
                        write::run(&database, &queue);
                    }
                }
                // Nobody waits for it if this cannot be sent.
                Err(error) => drop(ready.send_blocking(Err(error))),
            }
        })?;
        let database = opened.recv().await.map_err(|_| StoreError::Closed)??;
        let (reads, queue) = bounded::<Read>(QUEUE);
        for _ in 0..readers {
            let (alive, database, queue) = (alive.clone(), Arc::clone(&database), queue.clone());
            spawn("maestria-store-reader", move || {
                let _alive = alive;
                let database = database;
                while let Ok(read) = queue.recv_blocking() {
                    read(&database);
                }
            })?;
        }
        Ok(Self { writes, reads, threads })
    }

    /// Finishes what is under way and lets go of the file. Calls that begin afterwards are [`StoreError::Closed`].
    pub async fn close(&self) {
        self.writes.close();
        self.reads.close();
        // Nothing is ever sent; it ends with the last thread.
        let _ = self.threads.recv().await;
    }

    async fn ask<T: Send + 'static>(
        &self,
        read: impl FnOnce(&ReadTransaction) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = bounded(1);
        let job = Box::new(move |database: &Database| {
            let read = || read(&database.begin_read().map_err(fault("beginning to read"))?);
            // Whoever asked may have gone.
            let _ = answer.try_send(guarded(read));
        });
        self.reads.send(job).await.map_err(|_| StoreError::Closed)?;
        answered.recv().await.map_err(|_| StoreError::Closed)?
    }
}

#[async_trait]
impl Store for RedbStore {
    async fn commit(&self, batch: Batch) -> Result<Committed, StoreError> {
        let (answer, answered) = bounded(1);
        self.writes.send(Write { batch, answer }).await.map_err(|_| StoreError::Closed)?;
        answered.recv().await.map_err(|_| StoreError::Closed)?
    }

    async fn get(&self, table: &TableName, key: &Key) -> Result<Option<Versioned>, StoreError> {
        let (table, key) = (table.clone(), key.clone());
        self.ask(move |transaction| read::get(transaction, &table, &key)).await
    }

    async fn scan(&self, scan: Scan) -> Result<Page, StoreError> {
        self.ask(move |transaction| read::scan(transaction, &scan)).await
    }

    async fn read(&self, log: &LogName, from: Position, size: PageSize) -> Result<LogPage, StoreError> {
        let log = log.clone();
        self.ask(move |transaction| read::log(transaction, &log, from, size)).await
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), StoreError> {
    let spawned = thread::Builder::new().name(name.to_owned()).spawn(work);
    spawned.map(drop).map_err(|source: io::Error| StoreError::io("starting its threads", source))
}
