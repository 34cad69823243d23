//! Tables: values with versions, what a writer expects of them, and pages of them in order.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Key, TableName};

/// Which commit wrote a value; greater than that of every commit before, in the whole store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Version(pub u64);

/// A value as a table has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned {
    /// Its bytes.
    pub value: Arc<[u8]>,
    /// Which commit wrote it.
    pub version: Version,
}

/// What a key must be like for a batch to be applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Expectation {
    /// As it may be.
    #[default]
    Any,
    /// Without a value.
    Absent,
    /// With the value of this version, and no other.
    Version(Version),
}

impl Expectation {
    /// Whether a key is as expected that has a value of this version, or none.
    #[must_use]
    pub fn holds(self, found: Option<Version>) -> bool {
        match self {
            Self::Any => true,
            Self::Absent => found.is_none(),
            Self::Version(version) => found == Some(version),
        }
    }
}

/// How many entries a page has at most: 1 to 1,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageSize(usize);

impl PageSize {
    /// The largest page.
    pub const MAX: Self = Self(1000);

    /// The nearest size to `entries` that a page may have.
    #[must_use]
    pub const fn saturating(entries: usize) -> Self {
        Self(match entries {
            0 => 1,
            1..=1000 => entries,
            _ => 1000,
        })
    }

    /// Entries, 1 to 1,000.
    #[must_use]
    pub const fn get(self) -> usize {
        self.0
    }
}

/// Which keys of a table to give, in the order of their bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// The table.
    pub table: TableName,
    /// With what the keys begin; empty for all.
    pub prefix: Arc<[u8]>,
    /// Only keys after this one: [`Page::next`] of the page before.
    pub after: Option<Key>,
    /// Most entries of the page. It may have fewer even where there are more to come.
    pub size: PageSize,
}

impl Scan {
    /// The first page of all keys of a table.
    #[must_use]
    pub fn all(table: TableName) -> Self {
        Self { table, prefix: Arc::new([]), after: None, size: PageSize::MAX }
    }

    /// Only keys that begin so.
    #[must_use]
    pub fn with_prefix(self, prefix: impl AsRef<[u8]>) -> Self {
        Self { prefix: prefix.as_ref().into(), ..self }
    }

    /// Only keys after this one.
    #[must_use]
    pub fn with_after(self, after: Key) -> Self {
        Self { after: Some(after), ..self }
    }

    /// At most so many entries.
    #[must_use]
    pub fn with_size(self, size: PageSize) -> Self {
        Self { size, ..self }
    }
}

/// One key of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: Key,
    /// Its value.
    pub found: Versioned,
}

/// Some keys of a table with their values, in order. Its values have at most [`MAX_PAGE`](super::MAX_PAGE) bytes together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// The entries, sorted by key.
    pub entries: Vec<Entry>,
    /// After which key the next page begins; nothing when this is the last one.
    pub next: Option<Key>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expectations_hold_as_they_say() {
        let check = |expected: Expectation, absent: bool, same: bool, other: bool| {
            let found = [None, Some(Version(7)), Some(Version(8))].map(|found| expected.holds(found));
            assert_eq!(found, [absent, same, other], "{expected:?}");
        };
        check(Expectation::Any, true, true, true);
        check(Expectation::Absent, true, false, false);
        check(Expectation::Version(Version(7)), false, true, false);
    }

    #[test]
    fn a_page_has_at_least_one_entry_and_never_too_many() {
        let check = |asked: usize, given: usize| assert_eq!(PageSize::saturating(asked).get(), given);
        check(0, 1);
        check(1, 1);
        check(1000, 1000);
        check(usize::MAX, 1000);
    }
}
