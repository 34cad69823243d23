//! What differs between two snapshots: what subscribers hear, and what is to be written down.

use std::{cmp::Ordering, iter::from_fn, sync::Arc};

use maestria_vocabulary::{Capability, ModelId};
use rpds::RedBlackTreeMapSync;
use serde_json::Value;

use super::{Snapshot, market::Market};
use crate::{ModelCard, Record};

/// What became of a model between two snapshots. Outcomes that moved its records alone are no change.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// It was registered.
    Added(ModelId),
    /// Its card was replaced, or it was removed and registered again.
    Updated(ModelId),
    /// It was removed.
    Removed(ModelId),
    /// Its circuit opened or closed, or another residency was reported; of a model that was there before and is now.
    HealthChanged(ModelId),
}

/// What is to be written, or deleted where it is nothing.
#[derive(Debug)]
pub(crate) enum Difference<'a> {
    Card(&'a ModelId, Option<&'a ModelCard>),
    Profile(&'a ModelId, Option<&'a Value>),
    Record(&'a ModelId, &'a Capability, Option<&'a Record>),
}

impl Snapshot {
    /// What became of the models since an earlier snapshot of the same registry, at most two changes per model however many there were:
    /// first of the cards, then of the health, each ordered by model.
    ///
    /// Takes time in proportion to the models of both.
    #[must_use]
    pub fn changes_since(&self, earlier: &Self) -> Vec<Change> {
        let cards = differences(&earlier.cards, &self.cards).filter_map(|(id, before, now)| match (before, now) {
            (None, Some(_)) => Some(Change::Added(id.clone())),
            (Some(_), None) => Some(Change::Removed(id.clone())),
            (Some(before), Some(now)) => (!Arc::ptr_eq(before, now)).then(|| Change::Updated(id.clone())),
            (None, None) => None,
        });
        let health = differences(&earlier.health, &self.health).filter_map(|(id, before, now)| {
            let [before, now] = [before, now].map(|health| health.unwrap_or(&crate::health::WELL));
            let stayed = earlier.cards.contains_key(id) && self.cards.contains_key(id);
            (stayed && !now.is_like(before)).then(|| Change::HealthChanged(id.clone()))
        });
        cards.chain(health).collect()
    }

    /// Everything to be kept that differs from an earlier snapshot.
    pub(crate) fn differences<'a>(&'a self, earlier: &'a Self) -> Vec<Difference<'a>> {
        let cards = differences(&earlier.cards, &self.cards)
            .filter(|(_, before, now)| differ(*before, *now))
            .map(|(id, _, now)| Difference::Card(id, now.map(Arc::as_ref)));
        let profiles = differences(&earlier.profiles, &self.profiles)
            .filter(|(_, before, now)| differ(*before, *now))
            .map(|(id, _, now)| Difference::Profile(id, now.map(Arc::as_ref)));
        let records = differences(&earlier.markets, &self.markets).flat_map(move |(capability, before, now)| {
            let [before, now] = [before, now].map(|market| {
                let records = market.into_iter().flat_map(Market::offers);
                records.filter_map(|offered| Some((offered.id, offered.record?)))
            });
            let moved = join(before, now).filter(|(_, before, now)| differ(*before, *now));
            moved.map(move |(id, _, now)| Difference::Record(id, capability, now.map(Arc::as_ref)))
        });
        cards.chain(profiles).chain(records).collect()
    }
}

/// Whether two shared values are not the same one.
fn differ<T>(before: Option<&Arc<T>>, now: Option<&Arc<T>>) -> bool {
    match (before, now) {
        (Some(before), Some(now)) => !Arc::ptr_eq(before, now),
        (None, None) => false,
        _ => true,
    }
}

/// Every key of either map, with its value in each.
fn differences<'a, K: Ord + 'a, V: 'a>(
    before: &'a RedBlackTreeMapSync<K, V>,
    now: &'a RedBlackTreeMapSync<K, V>,
) -> impl Iterator<Item = (&'a K, Option<&'a V>, Option<&'a V>)> {
    join(before.iter(), now.iter())
}

/// Every key of either of two ordered lists, with its value in each.
fn join<'a, K: Ord + 'a, V: 'a>(
    before: impl Iterator<Item = (&'a K, &'a V)>,
    now: impl Iterator<Item = (&'a K, &'a V)>,
) -> impl Iterator<Item = (&'a K, Option<&'a V>, Option<&'a V>)> {
    let (mut before, mut now) = (before.peekable(), now.peekable());
    from_fn(move || {
        let order = match (before.peek(), now.peek()) {
            (Some((a, _)), Some((b, _))) => a.cmp(b),
            (Some(_), None) => Ordering::Less,
            (None, _) => Ordering::Greater,
        };
        let gone = if order.is_le() { before.next() } else { None };
        let come = if order.is_ge() { now.next() } else { None };
        let (key, _) = come.or(gone)?;
        Some((key, gone.map(|(_, value)| value), come.map(|(_, value)| value)))
    })
}
