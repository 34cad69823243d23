//! Writing what changed since the last time, in batches.

use std::collections::HashMap;

use maestria_delegator::Decision;
use maestria_registry::Entry;
use maestria_vocabulary::store::{Batch, Expectation, Key, PageSize, Position, Remedy, StoreError};

use super::{LONGEST_LOG, Shared, Written, decision_log, lock, policy_key, policy_table, registry_table};
use crate::error::chain;

/// Entries of the registry, or decisions, in one batch.
const BATCH: usize = 1_000;

impl Shared {
    /// Writes what changed; what fails is reported, and stays to be written.
    ///
    /// # Cancel safety
    /// What was on its way when the future was dropped is written again.
    pub(super) async fn write(&self) -> Result<(), StoreError> {
        let mut written = self.written.lock().await;
        let mut result = self.write_registry(&mut written).await;
        for other in [self.write_policy(&mut written).await, self.write_decisions(&mut written).await] {
            result = result.and(other);
        }
        let mut report = lock(&self.report);
        match &result {
            Ok(()) => report.failed = None,
            Err(error) => {
                report.failures += 1;
                report.failed = Some(chain(error));
            }
        }
        drop(report);
        result
    }

    async fn write_registry(&self, written: &mut Written) -> Result<(), StoreError> {
        let snapshot = self.registry.snapshot();
        let entries = snapshot.entries_since(&written.snapshot);
        // What cards declare is for the application to say, every time anew.
        let mut kept: Vec<Entry> = entries.into_iter().filter(|entry| !entry.key.starts_with("card/")).collect();
        // What was taken in and is gone again is to go from the store too.
        let awakened = lock(&self.awakened).clone();
        let gone = awakened.iter().filter(|key| !kept.iter().any(|entry| entry.key == **key));
        let gone: Vec<Entry> = gone.map(|key| Entry { key: key.clone(), value: None }).collect();
        kept.extend(gone);
        let later = lock(&self.later).entries.clone();
        kept.retain(|entry| !later.contains(&entry.key));
        let table = registry_table();
        for chunk in kept.chunks(BATCH) {
            let mut batch = Batch::new();
            for Entry { key, value } in chunk {
                let Ok(key) = Key::new(key) else {
                    lock(&self.report).refused.push(format!("the entry {key:?} has too long a name to be kept"));
                    continue;
                };
                batch = match value {
                    Some(value) => batch.put(&table, &key, Expectation::Any, value.as_slice())?,
                    None => batch.remove(&table, &key, Expectation::Any)?,
                };
            }
            self.store.commit(batch).await?;
            lock(&self.report).entries_written += chunk.len() as u64;
        }
        written.snapshot = snapshot;
        lock(&self.awakened).retain(|key| !awakened.contains(key));
        Ok(())
    }

    async fn write_policy(&self, written: &mut Written) -> Result<(), StoreError> {
        let Some(learner) = self.learner.as_ref().filter(|learner| learner.changes() != written.policy) else {
            return Ok(());
        };
        if lock(&self.later).policy {
            return Ok(());
        }
        let changes = learner.changes();
        // Writing to memory fails only for maps whose keys are no strings, and there are none.
        let policy = serde_json::to_vec(&learner.policy()).unwrap_or_default();
        let batch = match Batch::new().put(&policy_table(), &policy_key(), Expectation::Any, policy) {
            Err(error) if error.remedy() == Remedy::Shrink => {
                // It will not be smaller the next time: told, and left at that until it changes.
                written.policy = changes;
                return Err(error);
            }
            batch => batch?,
        };
        self.store.commit(batch).await?;
        written.policy = changes;
        Ok(())
    }

    async fn write_decisions(&self, written: &mut Written) -> Result<(), StoreError> {
        let log = decision_log();
        loop {
            let next: Vec<(u64, Decision)> = lock(&self.decisions).decisions.iter().take(BATCH).cloned().collect();
            let Some(last) = next.last().map(|(number, _)| *number) else { return Ok(()) };
            let mut batch = Batch::new();
            for (_, decision) in &next {
                batch = batch.append(&log, serde_json::to_vec(decision).unwrap_or_default())?;
            }
            if written.log_end.0 > LONGEST_LOG {
                batch = batch.truncate(&log, Position(written.log_end.0 - LONGEST_LOG))?;
            }
            let committed = self.store.commit(batch).await?;
            if let Some(first) = committed.appended.get(&log) {
                written.log_end = first.plus(next.len());
            }
            lock(&self.decisions).decisions.retain(|(number, _)| *number > last);
            lock(&self.report).decisions_written += next.len() as u64;
        }
    }

    /// The decisions that the log has, each with its latest reward, in the order in which they were first rewarded.
    pub(super) async fn read_decisions(&self) -> Result<Vec<Decision>, StoreError> {
        let (log, mut from) = (decision_log(), Some(Position::START));
        let (mut decisions, mut places) = (Vec::new(), HashMap::new());
        while let Some(position) = from {
            let page = self.store.read(&log, position, PageSize::MAX).await?;
            from = page.next();
            for record in page.records {
                let decision: Decision = serde_json::from_slice(&record.value).map_err(|error| {
                    StoreError::corrupt(format!("record {} of {log} is no decision: {error}", record.position))
                })?;
                let place = *places.entry((decision.run.clone(), decision.step.clone())).or_insert(decisions.len());
                match decisions.get_mut(place) {
                    Some(earlier) => *earlier = decision,
                    None => decisions.push(decision),
                }
            }
        }
        Ok(decisions)
    }
}
