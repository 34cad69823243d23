//! All that is known of the models at one moment; it never changes.

mod block;
mod change;
mod diff;
mod market;
mod terms;

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use maestria_vocabulary::{Capability, ModelId, Probability};
use rpds::RedBlackTreeMapSync;
use serde_json::Value;

use crate::{Health, ModelCard, Record, health::WELL};
pub use diff::Change;
pub(crate) use diff::Difference;
use market::Market;
pub use terms::Terms;

/// All that is known of the models at one moment.
///
/// A change copies the path to what it changes, which is logarithmic in the models, and what lies side by side with it, which is bounded; it
/// shares everything else with the snapshot before it.
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
    /// The model's name, which is also on its card.
    pub id: &'a ModelId,
    /// The model.
    pub card: &'a ModelCard,
    /// What it is compared with others by, without a look at its card and its record.
    pub terms: &'a Terms,
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
        static NOBODY: LazyLock<Market> = LazyLock::new(Market::default);
        let market = self.markets.get(capability).unwrap_or(&NOBODY);
        let offers = market.offers().map(|offered| Offer {
            id: offered.id,
            card: offered.card,
            terms: offered.terms,
            declared: offered.terms.declared,
            record: offered.record.map(Arc::as_ref),
            health: self.health_of(offered.id),
        });
        Counted { offers, left: market.len() }
    }

    /// How well a model did at a capability; absent before the first outcome.
    #[must_use]
    pub fn record(&self, id: &ModelId, capability: &Capability) -> Option<&Record> {
        self.markets.get(capability)?.offer(id)?.record.map(Arc::as_ref)
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

    /// Mean latency of the fastest model measured at a capability, against which the latencies of the others are normalised. Takes time in
    /// proportion to the models that offer it, a few nanoseconds for dozens of them.
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
}

/// Offers of which there are known to be so many.
struct Counted<I> {
    offers: I,
    left: usize,
}

impl<I: Iterator> Iterator for Counted<I> {
    type Item = I::Item;

    #[inline]
    fn next(&mut self) -> Option<I::Item> {
        self.left = self.left.saturating_sub(1);
        self.offers.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }

    #[inline]
    fn fold<B, F: FnMut(B, I::Item) -> B>(self, begin: B, join: F) -> B {
        self.offers.fold(begin, join)
    }
}

impl<I: Iterator> ExactSizeIterator for Counted<I> {}
