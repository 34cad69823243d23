//! Batches: tables and logs change together, or not at all.

use maestria_vocabulary::{
    Store, StoreExt,
    store::{Batch, Expectation, Position, Version},
};

use super::{StoreClause, Violation};

pub(super) async fn check(store: &dyn Store) -> Result<(), Violation> {
    let clause = StoreClause::AllOrNothing;
    let (here, there) = (clause.table("here")?, clause.table("there")?);
    let (one, other) = (clause.key("one")?, clause.key("other")?);
    let log = clause.log("batches")?;
    let version = clause.needs(store.put(&here, &one, Expectation::Any, *b"before").await)?;
    clause.needs(store.append(&log, *b"before").await)?;

    // Everything but one expectation would do; each kind of expectation in turn.
    let changes = || {
        let batch = Batch::new().put(&here, &one, Expectation::Version(version), *b"after")?;
        batch.put(&there, &other, Expectation::Absent, *b"after")?.append(&log, *b"after")?.truncate(&log, Position(1))
    };
    let missing = clause.key("missing")?;
    let refused = [
        changes().and_then(|batch| batch.check(&there, &missing, Expectation::Version(version))),
        changes().and_then(|batch| batch.remove(&there, &missing, Expectation::Version(version))),
        changes().and_then(|batch| batch.put(&here, &one, Expectation::Absent, *b"after")),
        changes().and_then(|batch| batch.append_at(&log, Position(7), *b"after")),
    ];
    for batch in refused {
        clause.holds(store.commit(clause.needs(batch)?).await.is_err())?;
        let found = clause.needs(store.get(&here, &one).await)?;
        clause.holds(found.is_some_and(|found| *found.value == *b"before" && found.version == version))?;
        clause.holds(clause.needs(store.get(&there, &other).await)?.is_none())?;
        clause.holds(clause.needs(store.extent(&log).await)? == (Position(0)..Position(1)))?;
    }

    let batch = changes().and_then(|batch| batch.check(&there, &missing, Expectation::Absent));
    let committed = clause.needs(store.commit(clause.needs(batch)?).await)?;
    StoreClause::VersionsGrow.holds(committed.version > version)?;
    for (table, key) in [(&here, &one), (&there, &other)] {
        let found = clause.needs(store.get(table, key).await)?;
        clause.holds(found.is_some_and(|found| *found.value == *b"after" && found.version == committed.version))?;
    }
    clause.holds(clause.needs(store.get(&there, &missing).await)?.is_none())?;
    clause.holds(clause.needs(store.extent(&log).await)? == (Position(1)..Position(2)))?;

    let nothing = clause.needs(store.commit(Batch::new()).await)?;
    StoreClause::VersionsGrow.holds(nothing.version > committed.version && nothing.version > Version(0))?;
    clause.holds(nothing.appended.is_empty())
}
