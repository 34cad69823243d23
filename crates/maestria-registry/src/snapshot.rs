//! All that is known of the models at one moment; it never changes.

mod diff;
mod market;

use std::{sync::Arc, time::Duration};

use maestria_vocabulary::{Capability, ModelId, Outcome, Probability, Timestamp};
use rpds::RedBlackTreeMapSync;
use serde_json::Value;

use crate::{BreakerSettings, Health, ModelCard, Record, Residency, health::WELL, state::Kept};
pub use diff::Change;
pub(crate) use diff::Difference;
use market::Market;

/// All that is known of the models at one moment.
///
/// A change copies the path to what it changes, which is logarithmic in the models, and shares everything else with the snapshot before it.
///
/// # Invariants
/// An offer exists for exactly the capabilities that the cards declare; the offers of a capability are ordered by model.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    generation: u64,
    /// How many of the changes subscribers hear of.
    announced: u64,
    cards: RedBlackTreeMapSync<ModelId, Arc<ModelCard>>,
    markets: RedBlackTreeMapSync<Capability, Market>,
    /// Of the models that are not simply well: mostly none.
    health: RedBlackTreeMapSync<ModelId, Health>,
    profiles: RedBlackTreeMapSync<ModelId, Arc<Value>>,
}

/// One model's offer to do one thing: what its card declares, and what was measured.
#[derive(Debug, Clone, Copy)]
pub struct Offer<'a> {
    /// The model.
    pub card: &'a ModelCard,
    /// How well it is said to do it.
    pub declared: Probability,
    /// How well it did it; absent before the first outcome.
    pub record: Option<&'a Record>,
    /// Whether it may be asked.
    pub health: &'a Health,
}

impl Snapshot {
    /// How many changes led here: two snapshots of one registry with the same number are the same.
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.generation
    }

    /// How many models are registered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cards.size()
    }

    /// Whether no model is registered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cards.is_empty()
    }

    /// The card of a model.
    #[must_use]
    pub fn card(&self, id: &ModelId) -> Option<&ModelCard> {
        self.cards.get(id).map(Arc::as_ref)
    }

    /// Every card, ordered by model.
    pub fn cards(&self) -> impl ExactSizeIterator<Item = &ModelCard> {
        self.cards.values().map(Arc::as_ref)
    }

    /// Every ability that some model offers, in order.
    pub fn capabilities(&self) -> impl ExactSizeIterator<Item = &Capability> {
        self.markets.keys()
    }

    /// Every model that offers this capability, ordered by model.
    pub fn with_capability(&self, capability: &Capability) -> impl ExactSizeIterator<Item = Offer<'_>> {
        static NOBODY: std::sync::LazyLock<Market> = std::sync::LazyLock::new(Market::default);
        let market = self.markets.get(capability).unwrap_or(&NOBODY);
        market.offers().map(|offered| Offer {
            card: &offered.card,
            declared: offered.declared,
            record: offered.record.as_deref(),
            health: self.health_of(&offered.card.id),
        })
    }

    /// How well a model did at a capability; absent before the first outcome.
    #[must_use]
    pub fn record(&self, id: &ModelId, capability: &Capability) -> Option<&Record> {
        self.markets.get(capability)?.offer(id)?.record.as_deref()
    }

    /// Whether a model may be asked; absent when it is not registered.
    #[must_use]
    pub fn health(&self, id: &ModelId) -> Option<&Health> {
        self.cards.contains_key(id).then(|| self.health_of(id))
    }

    /// What was found out about a model, as whoever found it out wrote it down.
    #[must_use]
    pub fn profile(&self, id: &ModelId) -> Option<&Value> {
        self.profiles.get(id).map(Arc::as_ref)
    }

    /// Mean latency of the fastest model measured at a capability, against which the latencies of the others are normalised.
    #[must_use]
    pub fn fastest(&self, capability: &Capability) -> Option<Duration> {
        self.markets.get(capability)?.fastest()
    }

    /// Mean latency of the slowest model measured at a capability.
    #[must_use]
    pub fn slowest(&self, capability: &Capability) -> Option<Duration> {
        self.markets.get(capability)?.slowest()
    }

    fn health_of(&self, id: &ModelId) -> &Health {
        // Most fleets are well, and then no name is looked up.
        if self.health.is_empty() { &WELL } else { self.health.get(id).unwrap_or(&WELL) }
    }

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
