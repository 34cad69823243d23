//! Taking in what the store has.

use std::collections::HashSet;

use maestria_delegator::LearnedPolicy;
use maestria_registry::{Registry, StateError};
use maestria_vocabulary::store::{Scan, StoreError, StoreExt};

use super::{Shared, decision_log, lock, policy_key, policy_table, registry_table};
use crate::error::chain;

impl Shared {
    /// Takes in what the store has. `adopt` is called when the profiles are there, before the records that may depend on them.
    pub(super) async fn restore(&self, adopt: &(dyn Fn(&Registry) + Sync)) -> Result<(), StoreError> {
        let mut scan = Scan::all(registry_table());
        loop {
            let page = self.store.scan(scan.clone()).await?;
            let entries = page.entries.into_iter();
            let entries = entries
                .map(|entry| (String::from_utf8_lossy(entry.key.as_bytes()).into_owned(), entry.found.value.to_vec()));
            lock(&self.dormant).extend(entries);
            let Some(next) = page.next else { break };
            scan = scan.with_after(next);
        }
        self.awaken();
        adopt(&self.registry);
        self.awaken();
        let policy = match &self.learner {
            Some(learner) => {
                self.restore_policy().await?;
                learner.changes()
            }
            None => 0,
        };
        let log_end = self.store.extent(&decision_log()).await?.end;
        let mut written = self.written.lock().await;
        (written.snapshot, written.policy, written.log_end) = (self.registry.snapshot(), policy, log_end);
        lock(&self.awakened).clear();
        Ok(())
    }

    /// Takes in what belongs to the models as they are now; the rest waits for theirs.
    pub(super) fn awaken(&self) {
        let mut dormant = lock(&self.dormant);
        if dormant.is_empty() {
            return;
        }
        let restored = self.registry.restore(dormant.iter().map(|(key, value)| (key, value)));
        let mut report = lock(&self.report);
        report.entries_restored += restored.entries;
        let mut waiting = HashSet::new();
        for error in restored.refused {
            match error {
                StateError::Orphaned { key } => drop(waiting.insert(key)),
                other => {
                    report.refused.push(chain(&other));
                    if let StateError::NewerVersion { key, .. } = other {
                        lock(&self.later).entries.insert(key);
                    }
                }
            }
        }
        let taken_in = dormant.extract_if(.., |(key, _)| !waiting.contains(key)).map(|(key, _)| key);
        lock(&self.awakened).extend(taken_in);
        report.entries_dormant = dormant.len();
    }

    async fn restore_policy(&self) -> Result<(), StoreError> {
        let Some(learner) = &self.learner else { return Ok(()) };
        let Some(found) = self.store.get(&policy_table(), &policy_key()).await? else { return Ok(()) };
        let version = serde_json::from_slice::<serde_json::Value>(&found.value).ok();
        let version = version.and_then(|stored| stored.get("version")?.as_u64());
        lock(&self.later).policy = version.is_some_and(|version| version > LearnedPolicy::VERSION.into());
        let earlier = serde_json::from_slice::<LearnedPolicy>(&found.value).map_err(|error| chain(&error));
        let resumed = earlier.and_then(|earlier| learner.resume(earlier).map_err(|error| chain(&error)));
        match resumed {
            Ok(()) => lock(&self.report).policy_restored = true,
            Err(problem) => lock(&self.report).refused.push(format!("the learned policy begins anew: {problem}")),
        }
        Ok(())
    }
}
