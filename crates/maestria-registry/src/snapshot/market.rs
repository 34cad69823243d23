//! Everyone who offers one capability, and how well each of them did it.

use std::{sync::Arc, time::Duration};

use maestria_vocabulary::{ModelId, Outcome, Probability};
use rpds::{RedBlackTreeMapSync, RedBlackTreeSetSync};

use crate::{ModelCard, Record};

/// One model that offers the capability.
#[derive(Debug, Clone)]
pub(super) struct Offered {
    pub(super) card: Arc<ModelCard>,
    pub(super) declared: Probability,
    pub(super) record: Option<Arc<Record>>,
}

/// Everyone who offers one capability. A change copies the path to one model, and shares the rest with what it was before.
///
/// # Invariants
/// `latencies` holds exactly the mean latency of every record that has one, so that the least and the greatest are at hand.
#[derive(Debug, Clone, Default)]
pub(super) struct Market {
    offers: RedBlackTreeMapSync<ModelId, Offered>,
    latencies: RedBlackTreeSetSync<(Duration, ModelId)>,
}

impl Market {
    pub(super) fn is_empty(&self) -> bool {
        self.offers.is_empty()
    }

    /// Ordered by model.
    pub(super) fn offers(&self) -> impl ExactSizeIterator<Item = &Offered> {
        self.offers.values()
    }

    pub(super) fn by_model(&self) -> impl Iterator<Item = (&ModelId, &Offered)> {
        self.offers.iter()
    }

    pub(super) fn offer(&self, id: &ModelId) -> Option<&Offered> {
        self.offers.get(id)
    }

    pub(super) fn fastest(&self) -> Option<Duration> {
        self.latencies.first().map(|(latency, _)| *latency)
    }

    pub(super) fn slowest(&self) -> Option<Duration> {
        self.latencies.last().map(|(latency, _)| *latency)
    }

    /// Takes a card's offer in; the record stays that was made under the card before.
    pub(super) fn insert(&mut self, card: Arc<ModelCard>, declared: Probability) {
        let record = self.offer(&card.id).and_then(|offered| offered.record.clone());
        self.offers.insert_mut(card.id.clone(), Offered { card, declared, record });
    }

    pub(super) fn remove(&mut self, id: &ModelId) {
        self.forget_latency(id);
        self.offers.remove_mut(id);
    }

    /// Learns from an outcome; says nothing when it tells nothing.
    pub(super) fn observe(&mut self, id: &ModelId, outcome: &Outcome, half_life: Duration) -> Option<()> {
        let offered = self.offer(id)?;
        let record = match &offered.record {
            Some(record) => record.with(outcome, half_life)?,
            None => Record::default().with(outcome, half_life)?,
        };
        self.put_record(id, record);
        Some(())
    }

    /// Puts a record in the place of what is there; says nothing when the model does not offer this.
    pub(super) fn put_record(&mut self, id: &ModelId, record: Record) -> Option<()> {
        let offered = self.offer(id)?.clone();
        self.forget_latency(id);
        if let Some(latency) = record.latency() {
            self.latencies.insert_mut((latency, id.clone()));
        }
        self.offers.insert_mut(id.clone(), Offered { record: Some(Arc::new(record)), ..offered });
        Some(())
    }

    fn forget_latency(&mut self, id: &ModelId) {
        let record = self.offer(id).and_then(|offered| offered.record.as_ref());
        if let Some(latency) = record.and_then(|record| record.latency()) {
            self.latencies.remove_mut(&(latency, id.clone()));
        }
    }
}
