//! The store suite accepts good stores and catches every kind of bad one.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::sync::Arc;

use async_trait::async_trait;
use maestria_store::{
    Act, Batch, Change, Committed, Expectation, Key, LogName, LogPage, MAX_VALUE, MemoryStore, Page, PageSize,
    Position, Scan, Store, StoreError, TableName, Version, Versioned,
};
use maestria_testkit::conformance::{self, StoreClause, Violation};
use tokio::task::yield_now;

/// A good store made bad.
#[derive(Debug)]
struct Faulty {
    inner: MemoryStore,
    fault: Fault,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    None,
    /// It gives a value that nobody put.
    Haunted,
    /// It cuts values off.
    Cuts,
    /// It does not remove.
    Keeps,
    /// Keys of one table are found in another.
    MixesUp,
    /// It takes small values only.
    Narrow,
    /// All versions are the same.
    NoVersions,
    /// It commits whatever is expected.
    Obeys,
    /// It sorts the last page the wrong way.
    Reverses,
    /// It leaves the prefix out of account.
    ScansAll,
    /// It gives longer pages than asked for.
    Lavish,
    /// It never says that there is more.
    Forgets,
    /// It tells wrong positions.
    Miscounts,
    /// It appends wherever the log ends.
    AppendsAnyway,
    /// It does not truncate.
    NeverTruncates,
    /// It applies changes one by one, until one is refused.
    Piecemeal,
    /// Between looking and changing it lets others change.
    Racy,
    /// It applies tables first, and logs when it is polled again.
    Halves,
}

/// The same batch with other changes, and with other logs.
fn rebuilt(
    batch: &Batch,
    change: impl Fn(&TableName, &Key, &Change) -> Option<(TableName, Key, Change)>,
    log: impl Fn(&mut maestria_store::LogChange) -> bool,
) -> Batch {
    let mut new = Batch::new();
    for (table, key, change) in batch.changes().filter_map(|(table, key, old)| change(table, key, old)) {
        new = match change.act {
            Act::Put(value) => new.put(&table, &key, change.expect, value),
            Act::Remove => new.remove(&table, &key, change.expect),
            Act::Check => new.check(&table, &key, change.expect),
        }
        .unwrap();
    }
    for (name, old) in batch.logs() {
        let mut old = old.clone();
        if log(&mut old) {
            for record in old.records {
                new = match old.expect_end {
                    Some(end) => new.append_at(name, end, record),
                    None => new.append(name, record),
                }
                .unwrap();
            }
            if let Some(before) = old.truncate {
                new = new.truncate(name, before).unwrap();
            }
        }
    }
    new
}

fn same(table: &TableName, key: &Key, change: &Change) -> Option<(TableName, Key, Change)> {
    Some((table.clone(), key.clone(), change.clone()))
}

fn anyway(table: &TableName, key: &Key, change: &Change) -> Option<(TableName, Key, Change)> {
    Some((table.clone(), key.clone(), Change { expect: Expectation::Any, ..change.clone() }))
}

/// One table for some, with keys that say where they belong, though not clearly.
fn mixed(table: &TableName, key: &Key) -> (TableName, Key) {
    if !table.as_str().starts_with("conformance.a") {
        return (table.clone(), key.clone());
    }
    let joined = [table.as_str().as_bytes(), key.as_bytes()].concat();
    ("all".parse().unwrap(), Key::new(joined).unwrap_or_else(|_| key.clone()))
}

impl Faulty {
    async fn in_parts(&self, batch: Batch, between: impl AsyncFn()) -> Result<Committed, StoreError> {
        let mut committed = self.inner.commit(rebuilt(&batch, same, |_| false)).await?;
        between().await;
        committed.appended = self.inner.commit(rebuilt(&batch, |_, _, _| None, |_| true)).await?.appended;
        Ok(committed)
    }

    async fn racy(&self, batch: Batch) -> Result<Committed, StoreError> {
        self.inner
            .commit(rebuilt(
                &batch,
                |t, k, c| Some((t.clone(), k.clone(), Change { act: Act::Check, ..c.clone() })),
                |_| false,
            ))
            .await?;
        yield_now().await;
        self.inner.commit(rebuilt(&batch, anyway, |_| true)).await
    }
}

#[async_trait]
impl Store for Faulty {
    async fn commit(&self, batch: Batch) -> Result<Committed, StoreError> {
        let inner = &self.inner;
        match self.fault {
            Fault::Cuts => {
                let cut = |table: &TableName, key: &Key, change: &Change| {
                    let act = match &change.act {
                        Act::Put(value) => Act::Put(value.iter().take(4).copied().collect()),
                        other => other.clone(),
                    };
                    Some((table.clone(), key.clone(), Change { act, ..change.clone() }))
                };
                inner.commit(rebuilt(&batch, cut, |_| true)).await
            }
            Fault::Keeps => {
                let kept = |t: &TableName, k: &Key, c: &Change| same(t, k, c).filter(|_| c.act != Act::Remove);
                inner.commit(rebuilt(&batch, kept, |_| true)).await
            }
            Fault::MixesUp => {
                let mixed = |t: &TableName, k: &Key, c: &Change| Some(mixed(t, k)).map(|(t, k)| (t, k, c.clone()));
                inner.commit(rebuilt(&batch, mixed, |_| true)).await
            }
            Fault::Narrow if batch.bytes() > MAX_VALUE => Err(StoreError::corrupt("too much")),
            Fault::NoVersions => Ok(Committed { version: Version(1), ..inner.commit(batch).await? }),
            Fault::Obeys => inner.commit(rebuilt(&batch, anyway, |_| true)).await,
            Fault::Miscounts => {
                let mut committed = inner.commit(batch).await?;
                committed.appended.values_mut().for_each(|position| *position = position.plus(1));
                Ok(committed)
            }
            Fault::AppendsAnyway => {
                let anywhere = |log: &mut maestria_store::LogChange| {
                    log.expect_end = None;
                    true
                };
                inner.commit(rebuilt(&batch, same, anywhere)).await
            }
            Fault::NeverTruncates => {
                let kept = |log: &mut maestria_store::LogChange| {
                    log.truncate = None;
                    true
                };
                inner.commit(rebuilt(&batch, same, kept)).await
            }
            Fault::Piecemeal => self.in_parts(batch, async || {}).await,
            Fault::Racy => self.racy(batch).await,
            Fault::Halves if batch.logs().any(|(log, _)| log.as_str().ends_with("dropping")) => {
                self.in_parts(batch, yield_now).await
            }
            _ => inner.commit(batch).await,
        }
    }

    async fn get(&self, table: &TableName, key: &Key) -> Result<Option<Versioned>, StoreError> {
        let ghost = || Versioned { value: Arc::new([]), version: Version(1) };
        match self.fault {
            Fault::Haunted => Ok(self.inner.get(table, key).await?.or_else(|| Some(ghost()))),
            Fault::MixesUp => {
                let (table, key) = mixed(table, key);
                self.inner.get(&table, &key).await
            }
            Fault::NoVersions => {
                let found = self.inner.get(table, key).await?;
                Ok(found.map(|found| Versioned { version: Version(1), ..found }))
            }
            _ => self.inner.get(table, key).await,
        }
    }

    async fn scan(&self, scan: Scan) -> Result<Page, StoreError> {
        let more = PageSize::saturating(scan.size.get() + 1);
        match self.fault {
            Fault::ScansAll => self.inner.scan(scan.with_prefix("")).await,
            Fault::Lavish => self.inner.scan(scan.with_size(more)).await,
            Fault::Forgets => Ok(Page { next: None, ..self.inner.scan(scan).await? }),
            Fault::Reverses => {
                let mut page = self.inner.scan(scan).await?;
                if page.next.is_none() {
                    page.entries.reverse();
                }
                Ok(page)
            }
            _ => self.inner.scan(scan).await,
        }
    }

    async fn read(&self, log: &LogName, from: Position, size: PageSize) -> Result<LogPage, StoreError> {
        self.inner.read(log, from, size).await
    }
}

async fn check(fault: Fault, expected: StoreClause) {
    let violation = conformance::store(&Faulty { inner: MemoryStore::new(), fault }).await.unwrap_err();
    let (Violation::StoreBreaks { clause } | Violation::StoreFails { clause, .. }) = violation else {
        panic!("{violation:?}")
    };
    assert_eq!(clause, expected, "{fault:?}");
}

#[tokio::test]
async fn a_good_store_conforms_behind_a_wrapper_too() {
    conformance::store(&Faulty { inner: MemoryStore::new(), fault: Fault::None }).await.unwrap();
}

#[tokio::test]
async fn tables_that_go_wrong_are_caught() {
    check(Fault::Haunted, StoreClause::StartsEmpty).await;
    check(Fault::Cuts, StoreClause::GivesBack).await;
    check(Fault::Keeps, StoreClause::GivesBack).await;
    check(Fault::MixesUp, StoreClause::TakesAll).await;
    check(Fault::Narrow, StoreClause::TakesAll).await;
    check(Fault::NoVersions, StoreClause::VersionsGrow).await;
    check(Fault::Obeys, StoreClause::Expects).await;
}

#[tokio::test]
async fn scans_that_go_wrong_are_caught() {
    check(Fault::ScansAll, StoreClause::ScansInOrder).await;
    check(Fault::Lavish, StoreClause::Pages).await;
    check(Fault::Forgets, StoreClause::Pages).await;
    check(Fault::Reverses, StoreClause::ScansInOrder).await;
}

#[tokio::test]
async fn logs_that_go_wrong_are_caught() {
    check(Fault::Miscounts, StoreClause::Appends).await;
    check(Fault::AppendsAnyway, StoreClause::Appends).await;
    check(Fault::NeverTruncates, StoreClause::Truncates).await;
}

#[tokio::test]
async fn batches_that_go_wrong_are_caught() {
    check(Fault::Piecemeal, StoreClause::AllOrNothing).await;
    check(Fault::Racy, StoreClause::OneAfterTheOther).await;
    check(Fault::Halves, StoreClause::SurvivesDroppedCalls).await;
}
