//! The store as it should be, as plain as can be.

use std::collections::BTreeMap;

use maestria_store::{Batch, Expectation, Key, LogName, Position, TableName, Version};

use crate::operation::{Expect, Part};

/// The store as it should be: tables, logs as their first position and records, and the version of the last commit.
#[derive(Debug, Default, Clone)]
pub(crate) struct Model {
    pub(crate) values: BTreeMap<(u8, Vec<u8>), (u64, Vec<u8>)>,
    pub(crate) logs: [(u64, Vec<Vec<u8>>); 2],
    pub(crate) version: u64,
}

impl Model {
    fn expectation(&self, table: u8, key: &[u8], expect: Expect) -> Expectation {
        let found = self.values.get(&(table, key.to_owned())).map(|(version, _)| *version);
        match (expect, found) {
            (Expect::Any, _) => Expectation::Any,
            (Expect::Absent, _) | (Expect::Same, None) => Expectation::Absent,
            (Expect::Same, Some(version)) => Expectation::Version(Version(version)),
            (Expect::Other, found) => Expectation::Version(Version(found.unwrap_or(0) + 1)),
        }
    }

    pub(crate) fn end(&self, log: u8) -> u64 {
        let (first, records) = &self.logs[usize::from(log)];
        first + records.len() as u64
    }

    pub(crate) fn batch(&self, parts: &[Part]) -> Batch {
        parts.iter().fold(Batch::new(), |batch, part| {
            let of = |t: &u8, k: &[u8], expect| (table(*t), Key::new(k).unwrap(), self.expectation(*t, k, expect));
            let batch = match part {
                Part::Put { table, key, expect, value } => {
                    let (table, key, expect) = of(table, key, *expect);
                    batch.put(&table, &key, expect, &**value)
                }
                Part::Remove { table, key, expect } => {
                    let (table, key, expect) = of(table, key, *expect);
                    batch.remove(&table, &key, expect)
                }
                Part::Check { table, key, expect } => {
                    let (table, key, expect) = of(table, key, *expect);
                    batch.check(&table, &key, expect)
                }
                Part::Append { log: l, record, at: None } => batch.append(&log(*l), &**record),
                Part::Append { log: l, record, at: Some(off) } => {
                    let end = Position(self.end(*l).saturating_add_signed(i64::from(*off)));
                    batch.append_at(&log(*l), end, &**record)
                }
                Part::Truncate { log: l, before } => batch.truncate(&log(*l), Position(*before)),
            };
            batch.unwrap()
        })
    }

    /// What the store should come to, if the batch is to be applied: the last part of a key, of an expected end, and of a truncation counts.
    pub(crate) fn applied(&self, parts: &[Part]) -> Option<Self> {
        let (mut after, version) = (self.clone(), self.version + 1);
        let (mut keys, mut ends, mut cuts) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for part in parts {
            match part {
                Part::Put { table, key, expect, value } => {
                    keys.insert((*table, key.clone()), (*expect, Some(Some(value.clone()))));
                }
                Part::Remove { table, key, expect } => drop(keys.insert((*table, key.clone()), (*expect, Some(None)))),
                Part::Check { table, key, expect } => drop(keys.insert((*table, key.clone()), (*expect, None))),
                Part::Append { log, record, at } => {
                    after.logs[usize::from(*log)].1.push(record.clone());
                    ends.extend(at.map(|off| (*log, off)));
                }
                Part::Truncate { log, before } => drop(cuts.insert(*log, *before)),
            }
        }
        for (key, (expect, value)) in keys {
            let found = self.values.contains_key(&key);
            match expect {
                Expect::Other => return None,
                Expect::Absent if found => return None,
                _ => {}
            }
            match value {
                Some(Some(value)) => drop(after.values.insert(key, (version, value))),
                Some(None) => drop(after.values.remove(&key)),
                None => {}
            }
        }
        // Before the start of a log is the start.
        if ends.iter().any(|(log, off)| *off > 0 || (*off < 0 && self.end(*log) > 0)) {
            return None;
        }
        for (log, before) in cuts {
            let (first, records) = &mut after.logs[usize::from(log)];
            let cut = before.saturating_sub(*first).min(records.len() as u64);
            records.drain(..usize::try_from(cut).unwrap());
            *first += cut;
        }
        after.version = version;
        Some(after)
    }
}

pub(crate) fn table(table: u8) -> TableName {
    ["t", "tt"][usize::from(table)].parse().unwrap()
}

pub(crate) fn log(log: u8) -> LogName {
    ["l", "ll"][usize::from(log)].parse().unwrap()
}
