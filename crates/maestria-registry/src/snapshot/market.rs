//! Everyone who offers one capability, and how well each of them did it.

use std::{sync::Arc, time::Duration};

use maestria_vocabulary::{ModelId, Outcome, Probability};
use rpds::RedBlackTreeMapSync;

use super::block::{Block, Offered};
use crate::{ModelCard, Record};

/// Everyone who offers one capability. A change copies a block of a few models and the path to it, and shares the rest with what it was
/// before.
///
/// # Invariants
/// Every block is under the first of its models, and they follow each other in the order of models.
#[derive(Debug, Clone, Default)]
pub(super) struct Market {
    blocks: RedBlackTreeMapSync<ModelId, Block>,
    len: usize,
}

impl Market {
    pub(super) fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Ordered by model.
    #[inline]
    pub(super) fn offers(&self) -> impl Iterator<Item = Offered<'_>> {
        self.blocks.values().flat_map(Block::offers)
    }

    pub(super) fn offer(&self, id: &ModelId) -> Option<Offered<'_>> {
        self.block_of(id)?.1.offer(id)
    }

    /// Least mean latency of all records that have one.
    pub(super) fn fastest(&self) -> Option<Duration> {
        self.blocks.values().filter_map(Block::latencies).map(|(least, _)| least).min()
    }

    /// Greatest mean latency of all records that have one.
    pub(super) fn slowest(&self) -> Option<Duration> {
        self.blocks.values().filter_map(Block::latencies).map(|(_, most)| most).max()
    }

    /// Takes a card's offer in; the record stays that was made under the card before.
    pub(super) fn insert(&mut self, card: Arc<ModelCard>, declared: Probability) {
        self.len += usize::from(self.offer(&card.id).is_none());
        let (block, rest) = match self.block_of(&card.id) {
            None => (Block::new(card, declared), None),
            Some((first, block)) => {
                let (first, changed) = (first.clone(), block.with(card, declared));
                self.blocks.remove_mut(&first);
                changed
            }
        };
        [Some(block), rest].into_iter().flatten().for_each(|block| self.put(block));
    }

    pub(super) fn remove(&mut self, id: &ModelId) {
        let Some((first, block)) = self.block_of(id).filter(|(_, block)| block.offer(id).is_some()) else { return };
        let (first, block) = (first.clone(), block.without(id));
        self.len -= 1;
        self.blocks.remove_mut(&first);
        block.into_iter().for_each(|block| self.put(block));
    }

    /// Learns from an outcome; says nothing when it tells nothing.
    pub(super) fn observe(&mut self, id: &ModelId, outcome: &Outcome, half_life: Duration) -> Option<()> {
        let record = match self.offer(id)?.record {
            Some(record) => record.with(outcome, half_life)?,
            None => Record::default().with(outcome, half_life)?,
        };
        self.put_record(id, record)
    }

    /// Puts a record in the place of what is there; says nothing when the model does not offer this.
    pub(super) fn put_record(&mut self, id: &ModelId, record: Record) -> Option<()> {
        let (first, block) = self.block_of(id)?;
        let (first, block) = (first.clone(), block.with_record(id, record)?);
        self.blocks.insert_mut(first, block);
        Some(())
    }

    /// The block that holds a model if any does, under its first model.
    fn block_of(&self, id: &ModelId) -> Option<(&ModelId, &Block)> {
        self.blocks.range(..=id).next_back().or_else(|| self.blocks.first())
    }

    fn put(&mut self, block: Block) {
        if let Some(first) = block.first().cloned() {
            self.blocks.insert_mut(first, block);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use maestria_vocabulary::Tokens;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_market_holds_what_a_plain_map_holds(
            changes in prop::collection::vec((0_u16..300, prop::option::weighted(0.8, 0.0..=1.0_f64)), 0..600),
        ) {
            let (mut market, mut plain) = (Market::default(), BTreeMap::<ModelId, f64>::new());
            for (n, declared) in changes {
                let id: ModelId = format!("m{n}").parse().unwrap();
                match declared {
                    Some(declared) => {
                        let card = ModelCard::new(id.clone(), Tokens(1));
                        market.insert(Arc::new(card), Probability::saturating(declared));
                        plain.insert(id, declared);
                    }
                    None => {
                        market.remove(&id);
                        plain.remove(&id);
                    }
                }
            }
            let held = market.offers().map(|offered| (offered.id, offered.terms.declared.get()));
            prop_assert!(held.eq(plain.iter().map(|(id, declared)| (id, *declared))));
            prop_assert_eq!((market.len(), market.is_empty()), (plain.len(), plain.is_empty()));
            for n in 0..300 {
                let id: ModelId = format!("m{n}").parse().unwrap();
                prop_assert_eq!(market.offer(&id).map(|offered| &offered.card.id), plain.get_key_value(&id).map(|(id, _)| id));
            }
            prop_assert!(market.blocks.iter().all(|(first, block)| Some(first) == block.first()));
        }
    }
}
