//! Reading: one value, a page of keys, a page of a log, each in a transaction of its own.

use std::ops::Bound;

use maestria_vocabulary::store::{
    Entry, Key, LogName, LogPage, Page, PageSize, Position, Record, Scan, StoreError, TableName, Versioned,
};
use redb::{ReadTransaction, ReadableTable};

use super::{
    engine::fault,
    layout::{Extent, LOGS, RECORDS, VALUES, place, position, read_record, read_value, record_place, rest},
};
use crate::room::Room;

pub(super) fn get(
    transaction: &ReadTransaction,
    table: &TableName,
    key: &Key,
) -> Result<Option<Versioned>, StoreError> {
    let doing = "reading a value";
    let values = transaction.open_table(VALUES).map_err(fault(doing))?;
    let place = place(table.as_str(), key.as_bytes());
    let Some(bytes) = values.get(&*place).map_err(fault(doing))? else { return Ok(None) };
    versioned(&place, bytes.value()).map(Some)
}

pub(super) fn scan(transaction: &ReadTransaction, scan: &Scan) -> Result<Page, StoreError> {
    let doing = "scanning a table";
    let values = transaction.open_table(VALUES).map_err(fault(doing))?;
    let first = place(scan.table.as_str(), &scan.prefix);
    let after = scan.after.as_ref().map(|key| place(scan.table.as_str(), key.as_bytes()));
    let start = match &after {
        Some(after) if *after >= first => Bound::Excluded(&**after),
        _ => Bound::Included(&*first),
    };
    let (mut page, mut room) = (Page::default(), Room::new(scan.size));
    for entry in values.range::<&[u8]>((start, Bound::Unbounded)).map_err(fault(doing))? {
        let (place, bytes) = entry.map_err(fault(doing))?;
        let place = place.value();
        if !place.starts_with(&first) {
            break;
        }
        let found = versioned(place, bytes.value())?;
        if !room.take(found.value.len()) {
            page.next = page.entries.last().map(|entry: &Entry| entry.key.clone());
            break;
        }
        let key = rest(place, scan.table.as_str()).and_then(|key| Key::new(key).ok());
        let key = key.ok_or_else(|| StoreError::corrupt(format!("{} has a key that is none", scan.table)))?;
        page.entries.push(Entry { key, found });
    }
    Ok(page)
}

pub(super) fn log(
    transaction: &ReadTransaction,
    log: &LogName,
    from: Position,
    size: PageSize,
) -> Result<LogPage, StoreError> {
    let doing = "reading a log";
    let logs = transaction.open_table(LOGS).map_err(fault(doing))?;
    let Extent { first, end } = extent(&logs, log)?;
    let mut page = LogPage { records: Vec::new(), first, end };
    let (mut next, mut room) = (from.max(first), Room::new(size));
    if next >= end {
        return Ok(page);
    }
    let records = transaction.open_table(RECORDS).map_err(fault(doing))?;
    let (start, stop) = (record_place(log, next), record_place(log, end));
    for entry in records.range(&*start..&*stop).map_err(fault(doing))? {
        let (place, bytes) = entry.map_err(fault(doing))?;
        if position(place.value(), log) != Some(next) {
            return Err(hole(log, next));
        }
        let value = read_record(place.value(), bytes.value())?;
        if !room.take(value.len()) {
            return Ok(page);
        }
        page.records.push(Record { position: next, value: value.into() });
        next = next.plus(1);
    }
    if next == end { Ok(page) } else { Err(hole(log, next)) }
}

/// Where a log begins and ends; one that nobody wrote to begins and ends at the start.
pub(super) fn extent(
    logs: &impl ReadableTable<&'static str, &'static [u8]>,
    log: &LogName,
) -> Result<Extent, StoreError> {
    let bytes = logs.get(log.as_str()).map_err(fault("reading where a log ends"))?;
    bytes.map_or(Ok(Extent::default()), |bytes| Extent::read(log, bytes.value()))
}

fn versioned(place: &[u8], bytes: &[u8]) -> Result<Versioned, StoreError> {
    let (version, value) = read_value(place, bytes)?;
    Ok(Versioned { value: value.into(), version })
}

fn hole(log: &LogName, at: Position) -> StoreError {
    StoreError::corrupt(format!("{log} has no record at {at}"))
}
