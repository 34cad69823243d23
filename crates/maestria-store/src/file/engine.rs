//! What the engine's errors, and its panics on damaged files, mean to a caller.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
};

use maestria_vocabulary::StoreError;

/// Says what the engine's error means, as an adapter of `map_err`.
pub(super) fn fault<E: Into<redb::Error>>(doing: &'static str) -> impl Fn(E) -> StoreError {
    move |error| match error.into() {
        redb::Error::Io(source) if source.kind() == io::ErrorKind::UnexpectedEof => {
            StoreError::corrupt("the file ends too early")
        }
        redb::Error::Io(source) => StoreError::io(doing, source),
        redb::Error::DatabaseAlreadyOpen | redb::Error::LockProtocolMismatch => StoreError::InUse,
        redb::Error::DatabaseClosed => StoreError::Closed,
        redb::Error::Corrupted(problem) => StoreError::Corrupt { problem },
        error @ (redb::Error::TableTypeMismatch { .. }
        | redb::Error::TableIsMultimap(_)
        | redb::Error::TypeDefinitionChanged { .. }
        | redb::Error::TableDoesNotExist(_)
        | redb::Error::UpgradeRequired(_)) => StoreError::Foreign { problem: error.to_string() },
        error => StoreError::io(doing, io::Error::other(error)),
    }
}

/// Does something with the engine, which may panic on a file that something else has altered.
pub(super) fn guarded<T>(act: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(act))
        .unwrap_or_else(|_| Err(StoreError::corrupt("the engine could not go on with what is in the file")))
}
