//! Why a store did not do what it was asked, and what to do about it.

use std::{fmt, io, sync::Arc};

use super::{Key, LogName, Position, TableName, Version};

/// Why a store did not do what it was asked; [`remedy`](Self::remedy) says what to do.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A key is not as the batch expects; nothing was changed.
    #[error("{table} has {} at {key}, which is not what was expected", version(*found))]
    Conflict {
        /// The table.
        table: TableName,
        /// The key.
        key: Key,
        /// The version it has, if it has a value.
        found: Option<Version>,
    },
    /// A log does not end where the batch expects; nothing was changed.
    #[error("{log} ends at {end}, which is not where it was expected to")]
    LogConflict {
        /// The log.
        log: LogName,
        /// Where it ends.
        end: Position,
    },
    /// More was to be stored than a store takes.
    #[error("{what} has at most {limit} bytes, this one has {size}")]
    TooLarge {
        /// What is too large.
        what: Limit,
        /// Its size, in bytes.
        size: usize,
        /// The largest one possible, in bytes.
        limit: usize,
    },
    /// There is no room left where the state is kept: make room, and open the store again.
    #[error("there is no room left to store anything")]
    Full {
        /// What the system says.
        #[source]
        source: Arc<io::Error>,
    },
    /// Reading or writing failed. Open the store again; what it held before is still there if the device is sound.
    #[error("the store failed while {doing}")]
    Io {
        /// What it was doing.
        doing: String,
        /// What the system says.
        #[source]
        source: Arc<io::Error>,
    },
    /// What is stored is not as it was written. Restore it from a copy.
    #[error("the store is damaged: {problem}")]
    Corrupt {
        /// What is wrong.
        problem: String,
    },
    /// A later version of this library wrote the state, in a format that this one does not know. Take the later version.
    #[error("the store has format {found}, and this version reads formats up to {known}")]
    NewerFormat {
        /// The format found.
        found: u32,
        /// The latest format that this version reads.
        known: u32,
    },
    /// There is something else where the state should be. Name another place.
    #[error("this is not a store of maestria: {problem}")]
    Foreign {
        /// What tells.
        problem: String,
    },
    /// Another process, or another handle of this one, has the store open. Close that one, or share it.
    #[error("the store is open elsewhere")]
    InUse,
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}

/// What a store bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// A value of a table or a record of a log.
    Value,
    /// A batch.
    Batch,
}

/// What a caller should do after a [`StoreError`], so that nobody matches on kinds to decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Somebody else was faster: read again, decide anew, and commit that.
    ReadAgain,
    /// Store less, or in several pieces.
    Shrink,
    /// Open the store again, later or after making room.
    Reopen,
    /// No program can help; the person who runs it can, as the error says.
    Ask,
}

impl StoreError {
    /// An [`Io`](Self::Io) or, where the system says that there is no room left, a [`Full`](Self::Full).
    pub fn io(doing: impl Into<String>, source: io::Error) -> Self {
        use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        let (full, source) = (matches!(source.kind(), StorageFull | QuotaExceeded | FileTooLarge), Arc::new(source));
        if full { Self::Full { source } } else { Self::Io { doing: doing.into(), source } }
    }

    /// A [`Corrupt`](Self::Corrupt) with what is wrong.
    pub fn corrupt(problem: impl Into<String>) -> Self {
        Self::Corrupt { problem: problem.into() }
    }

    /// What to do next.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Conflict { .. } | Self::LogConflict { .. } => Remedy::ReadAgain,
            Self::TooLarge { .. } => Remedy::Shrink,
            Self::Full { .. } | Self::Io { .. } | Self::InUse | Self::Closed => Remedy::Reopen,
            Self::Corrupt { .. } | Self::NewerFormat { .. } | Self::Foreign { .. } => Remedy::Ask,
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Value => "a value",
            Self::Batch => "a batch",
        })
    }
}

fn version(found: Option<Version>) -> String {
    found.map_or_else(|| "no value".to_owned(), |version| format!("version {}", version.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_room_is_told_from_other_failures() {
        let check = |kind: io::ErrorKind, full: bool| {
            assert_eq!(matches!(StoreError::io("writing", kind.into()), StoreError::Full { .. }), full, "{kind:?}");
        };
        check(io::ErrorKind::StorageFull, true);
        check(io::ErrorKind::FileTooLarge, true);
        check(io::ErrorKind::PermissionDenied, false);
    }
}
