//! State that ends with the process: for tests, and where nothing shall be kept.

use std::{
    collections::BTreeMap,
    ops::Bound,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use maestria_vocabulary::store::{
    Act, Batch, Committed, Entry, Key, LogChange, LogName, LogPage, Page, PageSize, Position, Record, Scan, Store,
    StoreError, TableName, Version, Versioned,
};

use crate::room::Room;

/// A [`Store`] in memory. What it holds lives as long as it does; nothing bounds it but the batches that are committed.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    version: u64,
    tables: BTreeMap<TableName, BTreeMap<Key, Versioned>>,
    logs: BTreeMap<LogName, Log>,
}

#[derive(Debug, Default)]
struct Log {
    first: Position,
    end: Position,
    records: BTreeMap<Position, Arc<[u8]>>,
}

impl MemoryStore {
    /// A store without anything in it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn commit(&self, batch: Batch) -> Result<Committed, StoreError> {
        let mut state = self.state();
        state.admit(&batch)?;
        Ok(state.apply(&batch))
    }

    async fn get(&self, table: &TableName, key: &Key) -> Result<Option<Versioned>, StoreError> {
        Ok(self.state().find(table, key).cloned())
    }

    async fn scan(&self, scan: Scan) -> Result<Page, StoreError> {
        let state = self.state();
        let (mut page, mut room) = (Page::default(), Room::new(scan.size));
        let Some(table) = state.tables.get(&scan.table) else { return Ok(page) };
        let start = match &scan.after {
            Some(after) if after.as_bytes() >= &*scan.prefix => Bound::Excluded(after.clone()),
            // No key is empty, so an empty prefix is no key.
            _ => Key::new(&scan.prefix).map_or(Bound::Unbounded, Bound::Included),
        };
        let all = table.range((start, Bound::Unbounded));
        for (key, found) in all.take_while(|(key, _)| key.as_bytes().starts_with(&scan.prefix)) {
            if !room.take(found.value.len()) {
                page.next = page.entries.last().map(|entry: &Entry| entry.key.clone());
                break;
            }
            page.entries.push(Entry { key: key.clone(), found: found.clone() });
        }
        Ok(page)
    }

    async fn read(&self, log: &LogName, from: Position, size: PageSize) -> Result<LogPage, StoreError> {
        let state = self.state();
        let Some(log) = state.logs.get(log) else { return Ok(LogPage::default()) };
        let mut room = Room::new(size);
        let records = log.records.range(from..).take_while(|(_, value)| room.take(value.len()));
        let records = records.map(|(&position, value)| Record { position, value: value.clone() }).collect();
        Ok(LogPage { records, first: log.first, end: log.end })
    }
}

impl State {
    fn find(&self, table: &TableName, key: &Key) -> Option<&Versioned> {
        self.tables.get(table)?.get(key)
    }

    /// Whether all that the batch expects is so.
    fn admit(&self, batch: &Batch) -> Result<(), StoreError> {
        for (table, key, change) in batch.changes() {
            let found = self.find(table, key).map(|found| found.version);
            if !change.expect.holds(found) {
                return Err(StoreError::Conflict { table: table.clone(), key: key.clone(), found });
            }
        }
        for (name, change) in batch.logs() {
            let end = self.logs.get(name).map_or(Position::START, |log| log.end);
            if change.expect_end.is_some_and(|expected| expected != end) {
                return Err(StoreError::LogConflict { log: name.clone(), end });
            }
        }
        Ok(())
    }

    fn apply(&mut self, batch: &Batch) -> Committed {
        self.version += 1;
        let version = Version(self.version);
        for (table, key, change) in batch.changes() {
            match &change.act {
                Act::Put(value) => {
                    let table = self.tables.entry(table.clone()).or_default();
                    table.insert(key.clone(), Versioned { value: value.clone(), version });
                }
                Act::Remove => {
                    self.tables.get_mut(table).and_then(|table| table.remove(key));
                }
                Act::Check => {}
            }
        }
        let mut committed = Committed { version, appended: BTreeMap::new() };
        for (name, change) in batch.logs() {
            let log = self.logs.entry(name.clone()).or_default();
            if !change.records.is_empty() {
                committed.appended.insert(name.clone(), log.end);
            }
            log.apply(change);
        }
        committed
    }
}

impl Log {
    fn apply(&mut self, change: &LogChange) {
        for record in &change.records {
            self.records.insert(self.end, record.clone());
            self.end = self.end.plus(1);
        }
        if let Some(before) = change.truncate {
            self.first = before.min(self.end).max(self.first);
            self.records = self.records.split_off(&self.first);
        }
    }
}
