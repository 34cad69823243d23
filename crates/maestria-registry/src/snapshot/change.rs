//! The snapshot that follows from another one by a change: only the path to what changes is copied.

use std::{sync::Arc, time::Duration};

use maestria_vocabulary::{Capability, ModelId, Outcome, Timestamp};
use serde_json::Value;

use super::Snapshot;
use crate::{BreakerSettings, Health, ModelCard, Record, Residency, state::Kept};

impl Snapshot {
    /// How many changes of those that subscribers hear of led here.
    pub(crate) const fn announced(&self) -> u64 {
        self.announced
    }

    /// The snapshot after a card took its place, or the place of the one with its id; records of what it still declares remain.
    pub(crate) fn with_card(&self, card: ModelCard) -> Self {
        let card = Arc::new(card);
        let mut next = self.changed();
        next.announced += 1;
        for capability in self.card(&card.id).iter().flat_map(|before| before.capabilities.keys()) {
            if !card.capabilities.contains_key(capability) {
                next.withdraw(&card.id, capability);
            }
        }
        for (capability, &declared) in &card.capabilities {
            let mut market = next.markets.get(capability).cloned().unwrap_or_default();
            market.insert(Arc::clone(&card), declared);
            next.markets.insert_mut(capability.clone(), market);
        }
        next.cards.insert_mut(card.id.clone(), card);
        next
    }

    /// The snapshot after a model left, with its card; nothing when it is not here.
    pub(crate) fn without(&self, id: &ModelId) -> Option<(Self, Arc<ModelCard>)> {
        let card = Arc::clone(self.cards.get(id)?);
        let mut next = self.changed();
        next.announced += 1;
        next.cards.remove_mut(id);
        next.health.remove_mut(id);
        next.profiles.remove_mut(id);
        for capability in card.capabilities.keys() {
            next.withdraw(id, capability);
        }
        Some((next, card))
    }

    /// The snapshot after an outcome of a model, and whether it moved a record; nothing when it tells nothing of an offer that stands.
    pub(crate) fn with_outcome(
        &self,
        id: &ModelId,
        outcome: &Outcome,
        half_life: Duration,
        settings: &BreakerSettings,
    ) -> Option<(Self, bool)> {
        let capability = outcome.capability.as_ref()?;
        let mut market = self.markets.get(capability)?.clone();
        market.offer(id)?;
        let before = self.health_of(id);
        let health = before.with(outcome, settings);
        let told = market.observe(id, outcome, half_life).is_some();
        let mut next = match (told, health == *before) {
            (false, true) => return None,
            (_, true) => self.changed(),
            (_, false) => self.with_health(id, health),
        };
        if told {
            next.markets.insert_mut(capability.clone(), market);
        }
        Some((next, told))
    }

    /// The snapshot after somebody judged a result of a model: its record is moved, its health stays; nothing when no record is moved.
    pub(crate) fn with_verdict(&self, id: &ModelId, judged: &Outcome, half_life: Duration) -> Option<Self> {
        let capability = judged.capability.as_ref()?;
        let mut market = self.markets.get(capability)?.clone();
        market.offer(id)?;
        market.observe(id, judged, half_life)?;
        let mut next = self.changed();
        next.markets.insert_mut(capability.clone(), market);
        Some(next)
    }

    /// The snapshot after a call to a model was let through; nothing when it was not.
    pub(crate) fn admitting(&self, id: &ModelId, now: Timestamp, settings: &BreakerSettings) -> Option<Self> {
        Some(self.with_health(id, self.health_of(id).admitting(now, settings)?))
    }

    /// The snapshot after another residency of a model was reported.
    pub(crate) fn with_residency(&self, id: &ModelId, residency: Residency) -> Self {
        self.with_health(id, self.health_of(id).on(residency))
    }

    /// The snapshot after a model's profile was replaced.
    pub(crate) fn with_profile(&self, id: &ModelId, profile: Value) -> Self {
        let mut next = self.changed();
        next.profiles.insert_mut(id.clone(), Arc::new(profile));
        next
    }

    /// The snapshot after a record took its place; nothing when the model does not offer this.
    pub(crate) fn with_record(&self, id: &ModelId, capability: &Capability, record: Record) -> Option<Self> {
        let mut market = self.markets.get(capability)?.clone();
        market.put_record(id, record)?;
        let mut next = self.changed();
        next.markets.insert_mut(capability.clone(), market);
        Some(next)
    }

    /// The snapshot after something kept was taken in; nothing when it belongs to nothing here.
    pub(crate) fn with_kept(&self, kept: Kept, half_life: Duration) -> Option<Self> {
        match kept {
            Kept::Card(card) if self.card(&card.id).is_some() => Some(self.clone()),
            Kept::Card(card) => Some(self.with_card(*card)),
            Kept::Profile(id, profile) => self.card(&id).map(|_| self.with_profile(&id, profile)),
            Kept::Record(id, capability, record) => self.with_record(&id, &capability, record.on(half_life)),
        }
    }

    fn with_health(&self, id: &ModelId, health: Health) -> Self {
        let mut next = self.changed();
        next.announced += u64::from(!health.is_like(self.health_of(id)));
        if health.is_well() {
            next.health.remove_mut(id);
        } else {
            next.health.insert_mut(id.clone(), health);
        }
        next
    }

    fn changed(&self) -> Self {
        Self { generation: self.generation + 1, ..self.clone() }
    }

    fn withdraw(&mut self, id: &ModelId, capability: &Capability) {
        let Some(market) = self.markets.get(capability) else { return };
        let mut market = market.clone();
        market.remove(id);
        if market.is_empty() {
            self.markets.remove_mut(capability);
        } else {
            self.markets.insert_mut(capability.clone(), market);
        }
    }
}
