//! Applying batches within one transaction of the engine.

use std::collections::BTreeMap;

use maestria_vocabulary::store::{
    Act, Batch, Committed, Expectation, Key, LogChange, LogName, Position, StoreError, TableName, Version,
};
use redb::{ReadableTable, Table, WriteTransaction};

use super::{
    engine::fault,
    layout::{
        Extent, LOGS, META, META_VERSION, RECORDS, VALUES, place, read_value, record_place, write_record, write_value,
    },
    read::extent,
};

const DOING: &str = "writing";

/// The tables of the file, open for writing.
pub(super) struct Tables<'t> {
    meta: Table<'t, &'static str, u64>,
    values: Table<'t, &'static [u8], &'static [u8]>,
    logs: Table<'t, &'static str, &'static [u8]>,
    records: Table<'t, &'static [u8], &'static [u8]>,
    version: u64,
}

impl<'t> Tables<'t> {
    pub(super) fn open(transaction: &'t WriteTransaction) -> Result<Self, StoreError> {
        let meta = transaction.open_table(META).map_err(fault(DOING))?;
        let version = meta.get(META_VERSION).map_err(fault(DOING))?.map(|version| version.value());
        Ok(Self {
            version: version.ok_or_else(|| StoreError::corrupt("the version of the last commit is missing"))?,
            meta,
            values: transaction.open_table(VALUES).map_err(fault(DOING))?,
            logs: transaction.open_table(LOGS).map_err(fault(DOING))?,
            records: transaction.open_table(RECORDS).map_err(fault(DOING))?,
        })
    }

    /// Whether all that a batch expects is so. Nothing is changed yet.
    pub(super) fn admit(&self, batch: &Batch) -> Result<(), StoreError> {
        for (table, key, change) in batch.changes().filter(|(.., change)| change.expect != Expectation::Any) {
            let found = self.version_of(table, key)?;
            if !change.expect.holds(found) {
                return Err(StoreError::Conflict { table: table.clone(), key: key.clone(), found });
            }
        }
        for (name, change) in batch.logs() {
            let Extent { end, .. } = extent(&self.logs, name)?;
            if change.expect_end.is_some_and(|expected| expected != end) {
                return Err(StoreError::LogConflict { log: name.clone(), end });
            }
        }
        Ok(())
    }

    /// Applies a batch that was admitted. After an error the transaction is of no use.
    pub(super) fn apply(&mut self, batch: &Batch) -> Result<Committed, StoreError> {
        self.version += 1;
        let version = Version(self.version);
        for (table, key, change) in batch.changes() {
            let place = place(table.as_str(), key.as_bytes());
            match &change.act {
                Act::Put(value) => {
                    let bytes = write_value(&place, version, value);
                    self.values.insert(&*place, &*bytes).map_err(fault(DOING))?;
                }
                Act::Remove => {
                    self.values.remove(&*place).map_err(fault(DOING))?;
                }
                Act::Check => {}
            }
        }
        let mut appended = BTreeMap::new();
        for (name, change) in batch.logs() {
            if let Some(position) = self.apply_log(name, change)? {
                appended.insert(name.clone(), position);
            }
        }
        Ok(Committed { version, appended })
    }

    /// Writes what all batches have in common.
    pub(super) fn finish(mut self) -> Result<(), StoreError> {
        self.meta.insert(META_VERSION, self.version).map_err(fault(DOING))?;
        Ok(())
    }

    fn version_of(&self, table: &TableName, key: &Key) -> Result<Option<Version>, StoreError> {
        let place = place(table.as_str(), key.as_bytes());
        let bytes = self.values.get(&*place).map_err(fault(DOING))?;
        bytes.map(|bytes| Ok(read_value(&place, bytes.value())?.0)).transpose()
    }

    /// Where the first record went, if any was appended.
    fn apply_log(&mut self, log: &LogName, change: &LogChange) -> Result<Option<Position>, StoreError> {
        let Extent { mut first, end: before } = extent(&self.logs, log)?;
        let mut end = before;
        for record in &change.records {
            let place = record_place(log, end);
            let bytes = write_record(&place, record);
            self.records.insert(&*place, &*bytes).map_err(fault(DOING))?;
            end = end.plus(1);
        }
        if let Some(cut) = change.truncate {
            let cut = cut.min(end).max(first);
            let (start, stop) = (record_place(log, first), record_place(log, cut));
            self.records.retain_in(&*start..&*stop, |_, _| false).map_err(fault(DOING))?;
            first = cut;
        }
        self.logs.insert(log.as_str(), &*Extent { first, end }.write(log)).map_err(fault(DOING))?;
        Ok((end > before).then_some(before))
    }
}
