//! Comfort for callers of any store: one change as one call.

use std::{ops::Range, sync::Arc};

use async_trait::async_trait;

use super::{Batch, Expectation, Key, LogName, PageSize, Position, Store, StoreError, TableName, Version};

/// Comfort for callers of any [`Store`]. Each method is one commit or one read, with their errors.
#[async_trait]
pub trait StoreExt: Store {
    /// Gives a key this value, and tells its version.
    ///
    /// # Errors
    /// As [`Store::commit`]; [`StoreError::TooLarge`] for a value above [`MAX_VALUE`](super::MAX_VALUE).
    async fn put(
        &self,
        table: &TableName,
        key: &Key,
        expect: Expectation,
        value: impl Into<Arc<[u8]>> + Send,
    ) -> Result<Version, StoreError> {
        let batch = Batch::new().put(table, key, expect, value)?;
        Ok(self.commit(batch).await?.version)
    }

    /// Removes a key; one without value stays so.
    ///
    /// # Errors
    /// As [`Store::commit`].
    async fn remove(&self, table: &TableName, key: &Key, expect: Expectation) -> Result<(), StoreError> {
        self.commit(Batch::new().remove(table, key, expect)?).await?;
        Ok(())
    }

    /// Appends a record, and tells where.
    ///
    /// # Errors
    /// As [`Store::commit`]; [`StoreError::TooLarge`] for a record above [`MAX_VALUE`](super::MAX_VALUE).
    async fn append(&self, log: &LogName, record: impl Into<Arc<[u8]>> + Send) -> Result<Position, StoreError> {
        let committed = self.commit(Batch::new().append(log, record)?).await?;
        let position = committed.appended.get(log).copied();
        position.ok_or_else(|| StoreError::corrupt(format!("no position was given for a record of {log}")))
    }

    /// Removes the records of a log before this position.
    ///
    /// # Errors
    /// As [`Store::commit`].
    async fn truncate(&self, log: &LogName, before: Position) -> Result<(), StoreError> {
        self.commit(Batch::new().truncate(log, before)?).await?;
        Ok(())
    }

    /// The positions that a log has records at: from the first one that is still there to where the next one goes.
    ///
    /// # Errors
    /// As [`Store::read`].
    async fn extent(&self, log: &LogName) -> Result<Range<Position>, StoreError> {
        let page = self.read(log, Position(u64::MAX), PageSize::saturating(1)).await?;
        Ok(page.extent())
    }
}

impl<S: Store + ?Sized> StoreExt for S {}
