//! Durable state: versioned tables and append-only logs in one file, or in memory.
//!
//! The contract is that of [`Store`]; here is where state is kept.
//!
//! ```
//! use maestria_store::{Batch, Expectation, PageSize, Position, RedbStore, Store, StoreError, StoreExt};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("state.redb");
//! let store = RedbStore::open(&path).await?;
//! let (jobs, journal, key) = ("jobs".parse()?, "journal".parse()?, "job/7".parse()?);
//!
//! // The job and its record in the journal, or neither.
//! let batch = Batch::new()
//!     .put(&jobs, &key, Expectation::Absent, *b"running")?
//!     .append(&journal, *b"job 7 runs")?;
//! let running = store.commit(batch).await?.version;
//!
//! // Whoever decides on what has changed meanwhile is told.
//! store.put(&jobs, &key, Expectation::Version(running), *b"done").await?;
//! let late = store.put(&jobs, &key, Expectation::Version(running), *b"failed").await;
//! assert!(matches!(late, Err(StoreError::Conflict { .. })));
//!
//! // It is all there when the file is opened again.
//! store.close().await;
//! let store = RedbStore::open(&path).await?;
//! assert_eq!(store.get(&jobs, &key).await?.map(|found| found.value), Some((*b"done").into()));
//! let page = store.read(&journal, Position::START, PageSize::MAX).await?;
//! assert_eq!(page.records.len(), 1);
//! # Ok(())
//! # }
//! ```

mod file;
mod memory;
mod room;

pub use file::{Options, RedbStore};
pub use memory::MemoryStore;

pub use maestria_vocabulary::store::*;
