//! Tables: values come back with their versions, in order, in bounded pages.

use std::sync::Arc;

use maestria_vocabulary::{
    Store, StoreError, StoreExt,
    store::{Entry, Expectation, Key, MAX_PAGE, MAX_VALUE, PageSize, Scan, TableName, Version},
};

use super::{StoreClause, Violation};

pub(super) async fn check(store: &dyn Store) -> Result<(), Violation> {
    values(store).await?;
    expectations(store).await?;
    bounds(store).await?;
    order(store).await
}

async fn values(store: &dyn Store) -> Result<(), Violation> {
    let clause = StoreClause::StartsEmpty;
    let (table, key) = (clause.table("values")?, clause.key("k")?);
    clause.holds(clause.needs(store.get(&table, &key).await)?.is_none())?;
    let page = clause.needs(store.scan(Scan::all(table.clone())).await)?;
    clause.holds(page.entries.is_empty() && page.next.is_none())?;

    let mut last = None;
    for value in [&b"one"[..], b"", b"three"] {
        let clause = StoreClause::GivesBack;
        let version = clause.needs(store.put(&table, &key, Expectation::Any, value).await)?;
        let found = clause.needs(store.get(&table, &key).await)?;
        clause.holds(found.is_some_and(|found| *found.value == *value && found.version == version))?;
        StoreClause::VersionsGrow.holds(last < Some(version))?;
        last = Some(version);
        clause.needs(store.remove(&table, &key, Expectation::Any).await)?;
        clause.holds(clause.needs(store.get(&table, &key).await)?.is_none())?;
        clause.needs(store.remove(&table, &key, Expectation::Any).await)?;
    }
    Ok(())
}

async fn expectations(store: &dyn Store) -> Result<(), Violation> {
    let clause = StoreClause::Expects;
    let (table, key) = (clause.table("expectations")?, clause.key("k")?);
    let refused = async |expect: Expectation, found: Option<Version>| {
        for change in
            [store.put(&table, &key, expect, *b"refused").await.map(drop), store.remove(&table, &key, expect).await]
        {
            let told = matches!(&change, Err(StoreError::Conflict { table: t, key: k, found: f })
                if *t == table && *k == key && *f == found);
            clause.holds(told)?;
        }
        let now = clause.needs(store.get(&table, &key).await)?;
        clause.holds(now.map(|now| now.version) == found)
    };
    refused(Expectation::Version(Version(1)), None).await?;
    let first = clause.needs(store.put(&table, &key, Expectation::Absent, *b"1").await)?;
    refused(Expectation::Absent, Some(first)).await?;
    let second = clause.needs(store.put(&table, &key, Expectation::Version(first), *b"2").await)?;
    refused(Expectation::Version(first), Some(second)).await?;
    clause.needs(store.remove(&table, &key, Expectation::Version(second)).await)?;
    refused(Expectation::Version(second), None).await?;
    clause.needs(store.remove(&table, &key, Expectation::Absent).await)?;
    let third = clause.needs(store.put(&table, &key, Expectation::Absent, *b"2").await)?;
    StoreClause::VersionsGrow.holds(third > second)?;
    refused(Expectation::Version(second), Some(third)).await
}

async fn bounds(store: &dyn Store) -> Result<(), Violation> {
    let clause = StoreClause::TakesAll;
    // Names and keys that run into each other when they are joined without care, and the longest ones.
    let long = "n".repeat(256 - "conformance.".len());
    let places = [
        ("a", b"bc".to_vec()),
        ("ab", b"c".to_vec()),
        ("a", b"b".to_vec()),
        ("a", vec![0]),
        ("a", vec![0, 0]),
        ("a", vec![255; Key::MAX_LEN]),
        ("a\u{10ffff}", vec![1]),
        (&long, vec![0; Key::MAX_LEN]),
    ];
    for (n, (name, key)) in places.iter().enumerate() {
        let put = store.put(&clause.table(name)?, &clause.key(key)?, Expectation::Absent, [n as u8]).await;
        clause.needs(put)?;
    }
    for (n, (name, key)) in places.iter().enumerate() {
        let found = clause.needs(store.get(&clause.table(name)?, &clause.key(key)?).await)?;
        clause.holds(found.is_some_and(|found| *found.value == [n as u8]))?;
    }

    let table = clause.table("large")?;
    let large: Arc<[u8]> = [vec![7; MAX_VALUE - 1], vec![1]].concat().into();
    for key in ["1", "2"] {
        clause.needs(store.put(&table, &clause.key(key)?, Expectation::Any, large.clone()).await)?;
    }
    let found = clause.needs(store.get(&table, &clause.key("2")?).await)?;
    clause.holds(found.is_some_and(|found| found.value == large))?;
    let page = StoreClause::Pages.needs(store.scan(Scan::all(table.clone())).await)?;
    StoreClause::Pages.holds(page.entries.len() == 1 && page.next == Some(clause.key("1")?))?;
    for key in ["1", "2"] {
        clause.needs(store.remove(&table, &clause.key(key)?, Expectation::Any).await)?;
    }
    Ok(())
}

async fn order(store: &dyn Store) -> Result<(), Violation> {
    let clause = StoreClause::ScansInOrder;
    let table = clause.table("order")?;
    let mut keys = Vec::new();
    for text in ["b", "a", "ab", "b\u{0}", "ba", "bb", "c", "aa", "\u{0}", "bab"] {
        keys.push(clause.key(text)?);
    }
    keys.push(clause.key([b'b', 255])?);
    for key in &keys {
        clause.needs(store.put(&table, key, Expectation::Any, key.as_bytes()).await)?;
    }
    keys.sort();
    for prefix in ["", "a", "b", "ba", "zz"] {
        let expected = keys.iter().filter(|key| key.as_bytes().starts_with(prefix.as_bytes()));
        let expected: Vec<&Key> = expected.collect();
        for size in [1, 2, 3, 1000] {
            let found = all(store, &table, prefix, PageSize::saturating(size)).await?;
            clause.holds(found.iter().all(|entry| *entry.found.value == *entry.key.as_bytes()))?;
            clause.holds(found.iter().map(|entry| &entry.key).eq(expected.iter().copied()))?;
        }
    }
    // Where a page begins need not be a key that is there, nor one with the prefix.
    for (after, expected) in [("a", "b"), ("b", "b\u{0}"), ("b\u{1}", "ba")] {
        let scan = Scan::all(table.clone()).with_prefix("b").with_after(clause.key(after)?);
        let page = clause.needs(store.scan(scan).await)?;
        clause.holds(page.entries.first().is_some_and(|entry| entry.key.as_bytes() == expected.as_bytes()))?;
    }
    Ok(())
}

/// All pages of a scan.
async fn all(store: &dyn Store, table: &TableName, prefix: &str, size: PageSize) -> Result<Vec<Entry>, Violation> {
    let clause = StoreClause::Pages;
    let (mut entries, mut scan) = (Vec::new(), Scan::all(table.clone()).with_prefix(prefix).with_size(size));
    loop {
        let page = clause.needs(store.scan(scan.clone()).await)?;
        let bytes: usize = page.entries.iter().map(|entry| entry.found.value.len()).sum();
        clause.holds(page.entries.len() <= size.get() && (bytes <= MAX_PAGE || page.entries.len() == 1))?;
        let last = page.entries.last().map(|entry| entry.key.clone());
        entries.extend(page.entries);
        let Some(next) = page.next else { return Ok(entries) };
        // It goes on where it ended, so it ends.
        clause.holds(Some(&next) == last.as_ref() && scan.after.as_ref().is_none_or(|after| *after < next))?;
        scan = scan.with_after(next);
    }
}
