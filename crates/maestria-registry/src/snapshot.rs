//! All that is known of the models at one moment; it never changes.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use maestria_vocabulary::{Capability, ModelId, Outcome, Probability};

use crate::{ModelCard, Record};

/// All that is known of the models at one moment.
///
/// Cheap to copy on a change: an outcome copies the records of one capability, and shares everything else with the snapshot before it.
///
/// # Invariants
/// An offer exists for exactly the capabilities that the cards declare; the offers of a capability are ordered by model.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    generation: u64,
    cards: Arc<BTreeMap<ModelId, Arc<ModelCard>>>,
    market: BTreeMap<Capability, Arc<Market>>,
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
}

/// Everyone who offers one capability, and how well each of them did it.
#[derive(Debug, Clone, Default)]
struct Market {
    /// Who declares how much, ordered by model.
    declared: Arc<Vec<(Arc<ModelCard>, Probability)>>,
    /// In the order of `declared`.
    records: Vec<Record>,
    slowest: Option<Duration>,
}

impl Market {
    fn position(&self, id: &ModelId) -> Result<usize, usize> {
        self.declared.binary_search_by(|(card, _)| card.id.cmp(id))
    }

    fn insert(&mut self, card: Arc<ModelCard>, declared: Probability) {
        match self.position(&card.id) {
            Ok(position) => {
                if let Some(entry) = Arc::make_mut(&mut self.declared).get_mut(position) {
                    *entry = (card, declared);
                }
            }
            Err(position) => {
                Arc::make_mut(&mut self.declared).insert(position, (card, declared));
                self.records.insert(position, Record::default());
            }
        }
    }

    fn remove(&mut self, id: &ModelId) {
        if let Ok(position) = self.position(id) {
            Arc::make_mut(&mut self.declared).remove(position);
            self.records.remove(position);
            self.measure();
        }
    }

    fn measure(&mut self) {
        self.slowest = self.records.iter().filter_map(Record::latency).max();
    }
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
        self.cards.len()
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
        self.market.keys()
    }

    /// Every model that offers this capability, ordered by model.
    pub fn with_capability(&self, capability: &Capability) -> impl ExactSizeIterator<Item = Offer<'_>> {
        let market = self.market.get(capability);
        let declared = market.map(|market| market.declared.as_slice()).unwrap_or_default();
        let records = market.map(|market| market.records.as_slice()).unwrap_or_default();
        declared.iter().zip(records).map(|((card, declared), record)| Offer {
            card,
            declared: *declared,
            record: record.told(),
        })
    }

    /// How well a model did at a capability; absent before the first outcome.
    #[must_use]
    pub fn record(&self, id: &ModelId, capability: &Capability) -> Option<&Record> {
        let market = self.market.get(capability)?;
        market.records.get(market.position(id).ok()?)?.told()
    }

    /// Mean latency of the slowest model measured at a capability, by which the latencies of all of them are normalised.
    #[must_use]
    pub fn slowest(&self, capability: &Capability) -> Option<Duration> {
        self.market.get(capability)?.slowest
    }

    /// The snapshot after a card took its place, or the place of the one with its id; records of what it still declares remain.
    pub(crate) fn with_card(&self, card: ModelCard) -> Self {
        let card = Arc::new(card);
        let mut next = self.changed();
        let before = Arc::make_mut(&mut next.cards).insert(card.id.clone(), Arc::clone(&card));
        for capability in before.iter().flat_map(|before| before.capabilities.keys()) {
            if !card.capabilities.contains_key(capability) {
                next.withdraw(&card.id, capability);
            }
        }
        for (capability, &declared) in &card.capabilities {
            let market = next.market.entry(capability.clone()).or_default();
            Arc::make_mut(market).insert(Arc::clone(&card), declared);
        }
        next
    }

    /// The snapshot after a model left, with its card; nothing when it is not here.
    pub(crate) fn without(&self, id: &ModelId) -> Option<(Self, Arc<ModelCard>)> {
        let card = Arc::clone(self.cards.get(id)?);
        let mut next = self.changed();
        Arc::make_mut(&mut next.cards).remove(id);
        for capability in card.capabilities.keys() {
            next.withdraw(id, capability);
        }
        Some((next, card))
    }

    /// The snapshot after an outcome of a model was taken in; nothing when it tells nothing of an offer that stands.
    pub(crate) fn with_outcome(&self, id: &ModelId, outcome: &Outcome, half_life: Duration) -> Option<Self> {
        let capability = outcome.capability.as_ref()?;
        let market = self.market.get(capability)?;
        let position = market.position(id).ok()?;
        let record = market.records.get(position)?.with(outcome, half_life)?;
        let mut next = self.changed();
        let market = Arc::make_mut(next.market.get_mut(capability)?);
        *market.records.get_mut(position)? = record;
        market.measure();
        Some(next)
    }

    fn changed(&self) -> Self {
        Self { generation: self.generation + 1, ..self.clone() }
    }

    fn withdraw(&mut self, id: &ModelId, capability: &Capability) {
        let Some(market) = self.market.get_mut(capability) else { return };
        Arc::make_mut(market).remove(id);
        if market.records.is_empty() {
            self.market.remove(capability);
        }
    }
}
