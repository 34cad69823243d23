//! Format 1 of the file: its tables, and how values, records and names are written into them.
//!
//! | table | key | value |
//! |---|---|---|
//! | `maestria.meta` | `format`, `version` | the format; the version of the last commit |
//! | `maestria.values` | place of table and key | checksum, version, value |
//! | `maestria.logs` | name of the log | checksum, position of the first record, position after the last |
//! | `maestria.records` | place of log and position | checksum, record |
//!
//! A *place* is the length of a name in two bytes, the name, and the bytes of the key, or the position in eight bytes; both numbers big-endian,
//! so that places sort as what they stand for. Other numbers are little-endian. A *checksum* is the CRC-32 (ISO-HDLC) of the place and of all
//! that follows the checksum, in four bytes.

use maestria_vocabulary::store::{LogName, Position, StoreError, Version};
use redb::TableDefinition;

/// The format that this version writes, and the latest that it reads.
pub(super) const FORMAT: u64 = 1;

pub(super) const META: TableDefinition<'_, &str, u64> = TableDefinition::new("maestria.meta");
pub(super) const VALUES: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("maestria.values");
pub(super) const LOGS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("maestria.logs");
pub(super) const RECORDS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("maestria.records");

/// Key of the format's number in [`META`].
pub(super) const META_FORMAT: &str = "format";
/// Key of the last commit's version in [`META`].
pub(super) const META_VERSION: &str = "version";

/// The place of something that belongs to a name.
pub(super) fn place(name: &str, rest: &[u8]) -> Vec<u8> {
    // A name has at most 256 bytes.
    let len = u16::try_from(name.len()).unwrap_or(u16::MAX);
    [&len.to_be_bytes(), name.as_bytes(), rest].concat()
}

/// What follows the name in a place.
pub(super) fn rest<'p>(place: &'p [u8], name: &str) -> Option<&'p [u8]> {
    let (len, rest) = place.split_first_chunk()?;
    (usize::from(u16::from_be_bytes(*len)) == name.len()).then(|| rest.strip_prefix(name.as_bytes())).flatten()
}

/// The place of a record.
pub(super) fn record_place(log: &LogName, position: Position) -> Vec<u8> {
    place(log.as_str(), &position.0.to_be_bytes())
}

/// The position in the place of a record.
pub(super) fn position(place: &[u8], log: &LogName) -> Option<Position> {
    let bytes = rest(place, log.as_str())?.try_into().ok()?;
    Some(Position(u64::from_be_bytes(bytes)))
}

/// A value with its version, as it is written.
pub(super) fn write_value(place: &[u8], version: Version, value: &[u8]) -> Vec<u8> {
    seal(place, &[&version.0.to_le_bytes(), value])
}

/// The value with its version that was written.
pub(super) fn read_value<'b>(place: &[u8], bytes: &'b [u8]) -> Result<(Version, &'b [u8]), StoreError> {
    let (version, value) = open(place, bytes)?.split_first_chunk().ok_or_else(|| damaged(place))?;
    Ok((Version(u64::from_le_bytes(*version)), value))
}

/// A record, as it is written.
pub(super) fn write_record(place: &[u8], record: &[u8]) -> Vec<u8> {
    seal(place, &[record])
}

/// The record that was written.
pub(super) fn read_record<'b>(place: &[u8], bytes: &'b [u8]) -> Result<&'b [u8], StoreError> {
    open(place, bytes)
}

/// Where a log begins and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Extent {
    pub(super) first: Position,
    pub(super) end: Position,
}

impl Extent {
    pub(super) fn write(self, log: &LogName) -> Vec<u8> {
        seal(log.as_str().as_bytes(), &[&self.first.0.to_le_bytes(), &self.end.0.to_le_bytes()])
    }

    pub(super) fn read(log: &LogName, bytes: &[u8]) -> Result<Self, StoreError> {
        let name = log.as_str().as_bytes();
        let number = |bytes: &[u8]| Some(Position(u64::from_le_bytes(bytes.try_into().ok()?)));
        let (first, end) = open(name, bytes)?.split_at_checked(8).ok_or_else(|| damaged(name))?;
        let extent = number(first).zip(number(end)).map(|(first, end)| Self { first, end });
        extent.ok_or_else(|| damaged(name))
    }
}

fn seal(place: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = vec![0; 4];
    parts.iter().for_each(|part| bytes.extend_from_slice(part));
    let sum = checksum(place, bytes.get(4..).unwrap_or_default());
    sum.to_le_bytes().iter().zip(&mut bytes).for_each(|(sum, byte)| *byte = *sum);
    bytes
}

fn open<'b>(place: &[u8], bytes: &'b [u8]) -> Result<&'b [u8], StoreError> {
    let (sum, body) = bytes.split_first_chunk().ok_or_else(|| damaged(place))?;
    if u32::from_le_bytes(*sum) == checksum(place, body) { Ok(body) } else { Err(damaged(place)) }
}

fn checksum(place: &[u8], body: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(place);
    hasher.update(body);
    hasher.finalize()
}

fn damaged(place: &[u8]) -> StoreError {
    StoreError::corrupt(format!("what is at {} is not as it was written", place.escape_ascii()))
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    #[test]
    fn the_format_is_what_it_was() {
        let place = place("t", b"k");
        assert_eq!(place, b"\0\x01tk");
        let value = write_value(&place, Version(7), b"v");
        assert_eq!(value, [0xdb, 0x6d, 0x2a, 0x2e, 7, 0, 0, 0, 0, 0, 0, 0, b'v']);
        let log = "l".parse().unwrap();
        assert_eq!(record_place(&log, Position(258)), b"\0\x01l\0\0\0\0\0\0\x01\x02");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(key: Vec<u8>, version: u64, value: Vec<u8>) {
            let place = place("table", &key);
            let bytes = write_value(&place, Version(version), &value);
            prop_assert_eq!(read_value(&place, &bytes).unwrap(), (Version(version), &*value));
            prop_assert_eq!(rest(&place, "table"), Some(&*key));
            prop_assert_eq!(rest(&place, "tabl"), None);
        }

        #[test]
        fn what_was_altered_is_not_given_out(value in vec(any::<u8>(), 0..40), at: prop::sample::Index, bit in 0..8) {
            let place = place("table", b"key");
            let mut bytes = write_value(&place, Version(1), &value);
            let at = at.index(bytes.len());
            bytes[at] ^= 1_u8 << bit;
            let damaged = matches!(read_value(&place, &bytes), Err(StoreError::Corrupt { .. }));
            prop_assert!(damaged);
        }

        #[test]
        fn rubbish_is_damaged(bytes: Vec<u8>) {
            let log = "log".parse().unwrap();
            prop_assert!(Extent::read(&log, &bytes).is_err());
            prop_assert!(read_record(b"place", &bytes).is_err() || bytes.len() >= 4);
        }
    }
}
