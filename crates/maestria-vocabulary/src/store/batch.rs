//! What is changed together, or not at all.

use std::{collections::BTreeMap, sync::Arc};

use super::{Expectation, Key, Limit, LogName, MAX_BATCH, MAX_VALUE, Position, StoreError, TableName, Version};

/// What a change counts towards [`MAX_BATCH`] beside its names and bytes: about what it takes in memory.
const OVERHEAD: usize = 64;

/// Changes of tables and logs that are applied together, or not at all.
///
/// A batch holds one change per key, the last one stated, and is within [`MAX_BATCH`] by construction: a store need not check.
///
/// ```
/// use maestria_vocabulary::store::{Batch, Expectation};
///
/// // A job is moved from one state to another and the move recorded, unless somebody else moved it.
/// let (jobs, journal) = ("jobs".parse()?, "journal".parse()?);
/// let batch = Batch::new()
///     .put(&jobs, &"job/7".parse()?, Expectation::Absent, *b"running")?
///     .append(&journal, *b"job 7 runs")?;
/// assert_eq!((batch.changes().count(), batch.logs().count()), (1, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Batch {
    changes: BTreeMap<TableName, BTreeMap<Key, Change>>,
    logs: BTreeMap<LogName, LogChange>,
    bytes: usize,
}

/// What becomes of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What the key must be like before.
    pub expect: Expectation,
    /// What is done then.
    pub act: Act,
}

/// What is done to a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// It gets this value.
    Put(Arc<[u8]>),
    /// It has no value any more.
    Remove,
    /// Nothing: only what is expected counts.
    Check,
}

/// What becomes of one log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogChange {
    /// Where the log must end before, if that matters.
    pub expect_end: Option<Position>,
    /// What is appended, in order.
    pub records: Vec<Arc<[u8]>>,
    /// Records before this position are removed, after appending; a position behind the end means all.
    pub truncate: Option<Position>,
}

/// What a commit gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// The version of all values that the batch put.
    pub version: Version,
    /// Where the first record was appended, for each log that got any.
    pub appended: BTreeMap<LogName, Position>,
}

impl Batch {
    /// No change yet. Committing it gives a version and changes nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives a key this value.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] for a value above [`MAX_VALUE`], or when the batch would be above [`MAX_BATCH`].
    pub fn put(
        self,
        table: &TableName,
        key: &Key,
        expect: Expectation,
        value: impl Into<Arc<[u8]>>,
    ) -> Result<Self, StoreError> {
        self.change(table, key, Change { expect, act: Act::Put(within(value.into())?) })
    }

    /// Removes a key; one without value stays so.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] when the batch would be above [`MAX_BATCH`].
    pub fn remove(self, table: &TableName, key: &Key, expect: Expectation) -> Result<Self, StoreError> {
        self.change(table, key, Change { expect, act: Act::Remove })
    }

    /// Makes the batch depend on a key that it does not change.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] when the batch would be above [`MAX_BATCH`].
    pub fn check(self, table: &TableName, key: &Key, expect: Expectation) -> Result<Self, StoreError> {
        self.change(table, key, Change { expect, act: Act::Check })
    }

    /// Appends a record, after those that the batch appends already.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] for a record above [`MAX_VALUE`], or when the batch would be above [`MAX_BATCH`].
    pub fn append(mut self, log: &LogName, record: impl Into<Arc<[u8]>>) -> Result<Self, StoreError> {
        let record = within(record.into())?;
        self.grow(log.as_str().len().saturating_add(record.len()))?;
        self.log(log).records.push(record);
        Ok(self)
    }

    /// Appends a record if the log ends at `end` before the batch, which nobody else then appended to.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    pub fn append_at(self, log: &LogName, end: Position, record: impl Into<Arc<[u8]>>) -> Result<Self, StoreError> {
        let mut batch = self.append(log, record)?;
        batch.log(log).expect_end = Some(end);
        Ok(batch)
    }

    /// Removes the records of a log before this position, after appending. It takes time for every record removed: little and often is
    /// better than much at once.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] when the batch would be above [`MAX_BATCH`].
    pub fn truncate(mut self, log: &LogName, before: Position) -> Result<Self, StoreError> {
        self.grow(log.as_str().len())?;
        self.log(log).truncate = Some(before);
        Ok(self)
    }

    /// The changes of tables, sorted by table and key.
    pub fn changes(&self) -> impl Iterator<Item = (&TableName, &Key, &Change)> {
        self.changes.iter().flat_map(|(table, keys)| keys.iter().map(move |(key, change)| (table, key, change)))
    }

    /// The changes of logs, sorted by name.
    pub fn logs(&self) -> impl Iterator<Item = (&LogName, &LogChange)> {
        self.logs.iter()
    }

    /// Bytes it counts towards [`MAX_BATCH`].
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    fn change(mut self, table: &TableName, key: &Key, change: Change) -> Result<Self, StoreError> {
        let value = if let Act::Put(value) = &change.act { value.len() } else { 0 };
        self.grow(table.as_str().len() + key.as_bytes().len() + value)?;
        self.changes.entry(table.clone()).or_default().insert(key.clone(), change);
        Ok(self)
    }

    fn log(&mut self, log: &LogName) -> &mut LogChange {
        self.logs.entry(log.clone()).or_default()
    }

    fn grow(&mut self, bytes: usize) -> Result<(), StoreError> {
        let size = self.bytes.saturating_add(bytes).saturating_add(OVERHEAD);
        if size > MAX_BATCH {
            return Err(StoreError::TooLarge { what: Limit::Batch, size, limit: MAX_BATCH });
        }
        self.bytes = size;
        Ok(())
    }
}

fn within(value: Arc<[u8]>) -> Result<Arc<[u8]>, StoreError> {
    match value.len() {
        0..=MAX_VALUE => Ok(value),
        size => Err(StoreError::TooLarge { what: Limit::Value, size, limit: MAX_VALUE }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> TableName {
        "t".parse().unwrap()
    }

    fn key() -> Key {
        "k".parse().unwrap()
    }

    #[test]
    fn what_is_too_large_is_refused_before_a_store_sees_it() {
        let batch = |value: usize| Batch::new().put(&table(), &key(), Expectation::Any, vec![0; value]);
        assert!(batch(MAX_VALUE).is_ok());
        let refused = batch(MAX_VALUE + 1).unwrap_err();
        assert!(matches!(refused, StoreError::TooLarge { what: Limit::Value, .. }), "{refused:?}");

        let record: Arc<[u8]> = vec![0; MAX_VALUE].into();
        let log = "l".parse().unwrap();
        let three = (0..3).try_fold(Batch::new(), |batch, _| batch.append(&log, record.clone())).unwrap();
        let refused = three.append(&log, record).unwrap_err();
        assert!(matches!(refused, StoreError::TooLarge { what: Limit::Batch, .. }), "{refused:?}");
    }

    #[test]
    fn the_last_change_of_a_key_counts() {
        let batch = Batch::new().put(&table(), &key(), Expectation::Absent, *b"1").unwrap();
        let batch = batch.remove(&table(), &key(), Expectation::Any).unwrap();
        let changes: Vec<_> = batch.changes().map(|(.., change)| change.clone()).collect();
        assert_eq!(changes, [Change { expect: Expectation::Any, act: Act::Remove }]);
    }
}
