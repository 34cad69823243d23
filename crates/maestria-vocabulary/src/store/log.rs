//! Logs: records one after the other, each at its position for ever.

use std::{fmt, ops::Range, sync::Arc};

use serde::{Deserialize, Serialize};

/// Where a record is in its log, counted from zero since the log began. Removing records at the front changes no position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Position(pub u64);

impl Position {
    /// Where every log begins.
    pub const START: Self = Self(0);

    /// The position `records` further on.
    #[must_use]
    pub const fn plus(self, records: usize) -> Self {
        Self(self.0.saturating_add(records as u64))
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One record of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Where it is.
    pub position: Position,
    /// What was appended.
    pub value: Arc<[u8]>,
}

/// Some records of a log, without holes. They have at most [`MAX_PAGE`](super::MAX_PAGE) bytes together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogPage {
    /// The records; none when the log ends before the position asked for.
    pub records: Vec<Record>,
    /// The position of the first record that the log still has; its end when it has none.
    pub first: Position,
    /// Where the next record will be appended.
    pub end: Position,
}

impl LogPage {
    /// Where the next page begins; nothing when this one reaches the end of the log.
    #[must_use]
    pub fn next(&self) -> Option<Position> {
        let next = self.records.last()?.position.plus(1);
        (next < self.end).then_some(next)
    }

    /// The positions that the log has records at; its length is that of the range.
    #[must_use]
    pub fn extent(&self) -> Range<Position> {
        self.first..self.end
    }
}
