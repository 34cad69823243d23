//! Durable state: tables of versioned values, and append-only logs, changed together or not at all.

mod batch;
mod error;
mod ext;
mod key;
mod log;
mod table;

use std::fmt::Debug;

use async_trait::async_trait;

pub use crate::id::{LogName, TableName};
pub use batch::{Act, Batch, Change, Committed, LogChange};
pub use error::{Limit, Remedy, StoreError};
pub use ext::StoreExt;
pub use key::{InvalidKey, Key};
pub use log::{LogPage, Position, Record};
pub use table::{Entry, Expectation, Page, PageSize, Scan, Version, Versioned};

/// Most bytes of a value of a table, or of a record of a log: 16 MiB.
pub const MAX_VALUE: usize = 16 << 20;

/// Most bytes that the values of one [`Page`] or the records of one [`LogPage`] have together, 16 MiB; the first always fits.
pub const MAX_PAGE: usize = MAX_VALUE;

/// Most bytes of one [`Batch`]: 64 MiB, names, keys and 64 bytes per change included.
pub const MAX_BATCH: usize = 64 << 20;

/// Where state outlives the process: tables of versioned values, and logs that only grow at their end.
///
/// There is one act that changes anything, [`commit`](Self::commit); [`StoreExt`] has the common cases of it. Tables and logs exist when
/// they are first written to, and one never written to reads as empty.
///
/// # Contract
/// - **All or nothing.** A batch is applied as a whole or not at all, whatever happens meanwhile: an error, a dropped future, a kill, a
///   power cut. Batches apply one after the other; each sees all before it.
/// - **Acknowledged is durable.** When `commit` returns `Ok`, the batch survives the end of the process and of the power, as far as the
///   implementation's own documentation goes (a store in memory says that it does not). Every call that begins afterwards sees it.
/// - **Versions only grow.** A commit gives its [`Version`] to every value that it puts, and it is greater than that of any commit before,
///   so that a key that was removed and put again does not look unchanged.
/// - **Order.** A scan gives keys in the order of their bytes. A log has no holes: record `n` is followed by record `n + 1`.
/// - **Pages** are consistent each by itself; between two pages of a scan or of a log others may commit.
/// - **Nothing damaged is given out.** What cannot be read as it was written is [`StoreError::Corrupt`].
/// - All methods may be called by several tasks at once, and none blocks the thread that polls it.
///
/// # Cancel safety
/// Dropping the future of `commit` leaves open whether the batch is applied, wholly or not at all. Reading changes nothing.
///
/// # Wrappers
/// A store that changes how things are kept is a wrapper around another one, and passes the same conformance suite.
///
/// *Encryption* seals every [`Change`]'s value and every record before it hands the batch on, and opens them in pages. The table and the
/// key, or the log, go into the seal as associated data, so that a sealed value moved elsewhere does not open. The seal's bytes count
/// towards [`MAX_VALUE`], so its own limit is a little lower. Names and keys stay readable, for they have to be sorted: what must not be
/// known does not belong into a key.
///
/// *A hash-chained audit log* is a log whose every record carries the hash of the one before. [`Batch::append_at`] commits a record only
/// if the log still ends where the hash was taken, so that two writers cannot fork the chain, and in one batch with the change that the
/// record tells of. [`Batch::truncate`] removes old records; the hash at the cut goes into a table in the same batch.
#[async_trait]
pub trait Store: Debug + Send + Sync {
    /// Applies a batch, durably.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] and [`StoreError::LogConflict`] when an expectation does not hold; nothing is changed then. Others as
    /// [`StoreError`] says; after [`StoreError::Io`] or [`StoreError::Full`] it is open whether the batch is found when the store is opened
    /// again.
    async fn commit(&self, batch: Batch) -> Result<Committed, StoreError>;

    /// The value of a key, if the table has one.
    ///
    /// # Errors
    /// [`StoreError`], never because the key is not there.
    async fn get(&self, table: &TableName, key: &Key) -> Result<Option<Versioned>, StoreError>;

    /// The next page of keys with a prefix, in order.
    ///
    /// # Errors
    /// [`StoreError`], never because there is nothing.
    async fn scan(&self, scan: Scan) -> Result<Page, StoreError>;

    /// The records of a log from `from` on, at most `size` of them; from its first record when that one is later.
    ///
    /// # Errors
    /// [`StoreError`], never because the log is empty or ends before `from`.
    async fn read(&self, log: &LogName, from: Position, size: PageSize) -> Result<LogPage, StoreError>;
}
