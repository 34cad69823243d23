//! Does a store keep its contract?

mod batches;
mod clause;
mod logs;
mod tables;
mod together;

use maestria_vocabulary::{
    Store, StoreError,
    store::{InvalidKey, Key, LogName, TableName},
};

pub use clause::StoreClause;

use super::Violation;

/// Checks `store` against the contract of [`Store`], with a few hundred commits, two of them of 16 MiB.
///
/// It uses tables and logs whose names begin with `conformance.`, which must not have been written to before. Whether what is
/// acknowledged outlives the process it cannot see: that takes a test which ends one.
///
/// # Errors
/// The first [`Violation`] found.
pub async fn store(store: &dyn Store) -> Result<(), Violation> {
    tables::check(store).await?;
    logs::check(store).await?;
    batches::check(store).await?;
    together::check(store).await
}

impl StoreClause {
    /// What the store gave, if it did not fail.
    fn needs<T>(self, given: Result<T, StoreError>) -> Result<T, Violation> {
        given.map_err(|source| Violation::StoreFails { clause: self, source })
    }

    /// Whether the clause is kept.
    fn holds(self, holds: bool) -> Result<(), Violation> {
        if holds { Ok(()) } else { Err(Violation::StoreBreaks { clause: self }) }
    }

    /// A name or key of the suite's own, all of which are good ones.
    fn own<T, E>(self, name: Result<T, E>) -> Result<T, Violation> {
        name.map_err(|_| Violation::StoreBreaks { clause: self })
    }

    fn table(self, name: &str) -> Result<TableName, Violation> {
        self.own(format!("conformance.{name}").parse())
    }

    fn log(self, name: &str) -> Result<LogName, Violation> {
        self.own(format!("conformance.{name}").parse())
    }

    fn key(self, bytes: impl AsRef<[u8]>) -> Result<Key, Violation> {
        self.own::<_, InvalidKey>(Key::new(bytes))
    }
}
