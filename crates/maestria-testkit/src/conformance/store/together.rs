//! Several tasks at once: no update is lost, and a dropped call leaves nothing half done.

use futures_util::{FutureExt, future};
use maestria_vocabulary::{
    Store, StoreError, StoreExt,
    store::{Batch, Expectation, Key, LogName, PageSize, Position, TableName},
};

use super::{StoreClause, Violation};

/// Tasks at once.
const TASKS: u64 = 8;

/// What each of them does, one after the other.
const ROUNDS: u64 = 4;

pub(super) async fn check(store: &dyn Store) -> Result<(), Violation> {
    counting(store).await?;
    dropping(store).await
}

/// Each task adds to one counter and tells so in a log, in one batch, and begins anew where another was faster.
async fn counting(store: &dyn Store) -> Result<(), Violation> {
    let clause = StoreClause::OneAfterTheOther;
    let (table, key, log) = (clause.table("counting")?, clause.key("counter")?, clause.log("counting")?);
    let tasks = (0..TASKS).map(|_| async {
        for _ in 0..ROUNDS {
            while !clause.needs(add_one(store, &table, &key, &log).await)? {}
        }
        Ok(())
    });
    future::try_join_all(tasks).await?;
    let found = clause.needs(store.get(&table, &key).await)?;
    clause.holds(found.is_some_and(|found| *found.value == (TASKS * ROUNDS).to_le_bytes()))?;
    let told = clause.needs(store.read(&log, Position::START, PageSize::MAX).await)?;
    let values = told.records.iter().map(|record| &*record.value);
    clause.holds(values.eq((1..=TASKS * ROUNDS).map(u64::to_le_bytes).collect::<Vec<_>>()))
}

/// Whether one was added.
async fn add_one(store: &dyn Store, table: &TableName, key: &Key, log: &LogName) -> Result<bool, StoreError> {
    let found = store.get(table, key).await?;
    let count = found.as_ref().and_then(|found| Some(u64::from_le_bytes((*found.value).try_into().ok()?)));
    let next = (count.unwrap_or(0) + 1).to_le_bytes();
    let expect = found.map_or(Expectation::Absent, |found| Expectation::Version(found.version));
    match store.commit(Batch::new().put(table, key, expect, next)?.append(log, next)?).await {
        Ok(_) => Ok(true),
        Err(StoreError::Conflict { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Calls that are polled once and dropped.
async fn dropping(store: &dyn Store) -> Result<(), Violation> {
    let clause = StoreClause::SurvivesDroppedCalls;
    let (table, log) = (clause.table("dropping")?, clause.log("dropping")?);
    for n in 0..TASKS {
        let key = clause.key(n.to_le_bytes())?;
        let batch = Batch::new().put(&table, &key, Expectation::Absent, *b"whole");
        let batch = batch.and_then(|batch| batch.append(&log, *b"whole"));
        drop(store.commit(clause.needs(batch)?).now_or_never());
        drop(store.get(&table, &key).now_or_never());
    }
    clause.needs(store.append(&log, *b"after").await)?;
    // A dropped batch may be applied later still, so that there are ever more keys, and never fewer than records.
    let before = clause.needs(store.extent(&log).await)?.end;
    let mut applied = 0;
    for n in 0..TASKS {
        let found = clause.needs(store.get(&table, &clause.key(n.to_le_bytes())?).await)?;
        clause.holds(found.as_ref().is_none_or(|found| *found.value == *b"whole"))?;
        applied += u64::from(found.is_some());
    }
    let after = clause.needs(store.extent(&log).await)?.end;
    clause.holds((before..=after).contains(&Position(applied + 1)))
}
