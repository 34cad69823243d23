//! Logs: records stay where they were appended, and go at the front only.

use maestria_vocabulary::{
    Store, StoreError, StoreExt,
    store::{Batch, LogName, LogPage, MAX_VALUE, PageSize, Position},
};

use super::{StoreClause, Violation};

pub(super) async fn check(store: &dyn Store) -> Result<(), Violation> {
    appending(store).await?;
    truncating(store).await?;
    apart(store).await
}

async fn appending(store: &dyn Store) -> Result<(), Violation> {
    let log = StoreClause::StartsEmpty.log("appending")?;
    let empty = StoreClause::StartsEmpty.needs(store.read(&log, Position::START, PageSize::MAX).await)?;
    StoreClause::StartsEmpty.holds(empty == LogPage::default())?;

    let clause = StoreClause::Appends;
    for n in 0..5_u64 {
        let position = clause.needs(store.append(&log, n.to_le_bytes()).await)?;
        clause.holds(position == Position(n))?;
    }
    let many = (5..10_u64).try_fold(Batch::new(), |batch, n| batch.append(&log, n.to_le_bytes()));
    let committed = clause.needs(store.commit(clause.needs(many)?).await)?;
    clause.holds(committed.appended.get(&log) == Some(&Position(5)))?;
    has(store, clause, &log, 0, 10).await?;

    let late = store.commit(clause.needs(Batch::new().append_at(&log, Position(9), *b"late"))?).await;
    clause.holds(matches!(late, Err(StoreError::LogConflict { log: l, end: Position(10) }) if l == log))?;
    let due = store.commit(clause.needs(Batch::new().append_at(&log, Position(10), 10_u64.to_le_bytes()))?).await;
    clause.needs(due)?;
    has(store, clause, &log, 0, 11).await
}

async fn truncating(store: &dyn Store) -> Result<(), Violation> {
    let clause = StoreClause::Truncates;
    let log = clause.log("truncating")?;
    for n in 0..10_u64 {
        clause.needs(store.append(&log, n.to_le_bytes()).await)?;
    }
    for (before, first) in [(0, 0), (4, 4), (2, 4), (4, 4), (9, 9)] {
        clause.needs(store.truncate(&log, Position(before)).await)?;
        has(store, clause, &log, first, 10).await?;
    }
    // What is appended by the same batch counts too; nothing is left then, and the next record comes after all there were.
    let batch = clause.needs(Batch::new().append(&log, *b"gone"))?;
    clause.needs(store.commit(clause.needs(batch.truncate(&log, Position(u64::MAX)))?).await)?;
    has(store, clause, &log, 11, 11).await?;
    clause.holds(clause.needs(store.append(&log, 11_u64.to_le_bytes()).await)? == Position(11))?;
    has(store, clause, &log, 11, 12).await
}

/// Logs whose names begin alike, and a page of large records.
async fn apart(store: &dyn Store) -> Result<(), Violation> {
    let clause = StoreClause::TakesAll;
    let (one, other) = (clause.log("l")?, clause.log("l2")?);
    let half = vec![7; MAX_VALUE / 2 + 1];
    for record in [&*half, &*half, b"end"] {
        clause.needs(store.append(&one, record).await)?;
    }
    clause.holds(clause.needs(store.append(&other, *b"other").await)? == Position::START)?;
    let page = clause.needs(store.read(&one, Position::START, PageSize::MAX).await)?;
    StoreClause::Pages.holds(page.records.len() == 1 && page.next() == Some(Position(1)))?;
    let page = clause.needs(store.read(&one, Position(1), PageSize::MAX).await)?;
    StoreClause::Pages.holds(page.records.len() == 2 && page.next().is_none())?;
    clause.needs(store.truncate(&one, Position(3)).await)?;
    let page = clause.needs(store.read(&other, Position::START, PageSize::MAX).await)?;
    clause.holds(page.records.iter().all(|record| *record.value == *b"other") && page.records.len() == 1)
}

/// Whether the log has exactly the records from `first` to before `end`, each of which holds its own position.
async fn has(store: &dyn Store, clause: StoreClause, log: &LogName, first: u64, end: u64) -> Result<(), Violation> {
    let extent = clause.needs(store.extent(log).await)?;
    clause.holds(extent == (Position(first)..Position(end)))?;
    for from in first.saturating_sub(1)..end + 2 {
        for size in [1, 3, 1000] {
            let size = PageSize::saturating(size);
            let (mut next, mut expected) = (Some(Position(from)), from.max(first));
            while let Some(position) = next {
                let page = clause.needs(store.read(log, position, size).await)?;
                StoreClause::Pages.holds(page.records.len() <= size.get() && page.extent() == extent)?;
                for record in &page.records {
                    clause.holds(record.position == Position(expected))?;
                    clause.holds(*record.value == expected.to_le_bytes())?;
                    expected += 1;
                }
                next = page.next();
            }
            clause.holds(expected == end.max(from))?;
        }
    }
    Ok(())
}
