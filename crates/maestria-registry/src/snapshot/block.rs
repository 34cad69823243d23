//! A few offers that lie side by side in memory.

use std::{sync::Arc, time::Duration};

use maestria_vocabulary::{ModelId, Probability};

use super::Terms;
use crate::{ModelCard, Record};

/// Most offers of a block: a change copies this many terms at most, and whoever reads all follows one reference for as many.
const MOST: usize = 64;

/// The offers of a few models that follow each other in the order of models. None is empty.
#[derive(Debug, Clone)]
pub(super) struct Block {
    /// Who they are, which outcomes do not change.
    members: Arc<[Member]>,
    terms: Box<[Terms]>,
    records: Box<[Option<Arc<Record>>]>,
    /// Least and greatest mean latency of those that have one.
    latencies: Option<(Duration, Duration)>,
}

#[derive(Debug, Clone)]
struct Member {
    id: ModelId,
    card: Arc<ModelCard>,
}

/// One offer of a block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Offered<'a> {
    pub(super) id: &'a ModelId,
    pub(super) card: &'a Arc<ModelCard>,
    pub(super) terms: &'a Terms,
    pub(super) record: Option<&'a Arc<Record>>,
}

impl Block {
    pub(super) fn new(card: Arc<ModelCard>, declared: Probability) -> Self {
        Self::of(vec![Part::new(card, declared, None)])
    }

    pub(super) const fn latencies(&self) -> Option<(Duration, Duration)> {
        self.latencies
    }

    /// The model that comes first.
    pub(super) fn first(&self) -> Option<&ModelId> {
        self.members.first().map(|member| &member.id)
    }

    /// Ordered by model.
    #[inline]
    pub(super) fn offers(&self) -> impl Iterator<Item = Offered<'_>> {
        let columns = self.members.iter().zip(&self.terms).zip(&self.records);
        columns.map(|((Member { id, card }, terms), record)| Offered { id, card, terms, record: record.as_ref() })
    }

    pub(super) fn offer(&self, id: &ModelId) -> Option<Offered<'_>> {
        let place = self.place(id).ok()?;
        let Member { id, card } = self.members.get(place)?;
        let (terms, record) = (self.terms.get(place)?, self.records.get(place)?.as_ref());
        Some(Offered { id, card, terms, record })
    }

    /// What becomes of the block when a card's offer is taken in: it, or two halves of it. The record stays that was made under the card
    /// before.
    pub(super) fn with(&self, card: Arc<ModelCard>, declared: Probability) -> (Self, Option<Self>) {
        let mut parts = self.parts();
        match self.place(&card.id) {
            Ok(place) => parts.iter_mut().skip(place).take(1).for_each(|part| {
                *part = Part::new(Arc::clone(&card), declared, part.record.take());
            }),
            Err(place) => parts.insert(place, Part::new(card, declared, None)),
        }
        let rest = (parts.len() > MOST).then(|| parts.split_off(parts.len() / 2));
        (Self::of(parts), rest.map(Self::of))
    }

    /// The block without a model; nothing when it was the only one.
    pub(super) fn without(&self, id: &ModelId) -> Option<Self> {
        let mut parts = self.parts();
        parts.retain(|part| part.member.id != *id);
        (!parts.is_empty()).then(|| Self::of(parts))
    }

    /// The block with a record in the place of what is there; nothing when the model is not here.
    pub(super) fn with_record(&self, id: &ModelId, record: Record) -> Option<Self> {
        let place = self.place(id).ok()?;
        let (mut terms, mut records) = (self.terms.clone(), self.records.clone());
        terms.get_mut(place)?.measured = Some(record.summary());
        *records.get_mut(place)? = Some(Arc::new(record));
        Some(Self { members: Arc::clone(&self.members), latencies: range(&terms), terms, records })
    }

    fn place(&self, id: &ModelId) -> Result<usize, usize> {
        self.members.binary_search_by(|member| member.id.cmp(id))
    }

    fn parts(&self) -> Vec<Part> {
        let columns = self.members.iter().zip(&self.terms).zip(&self.records);
        let part = |((member, terms), record): ((&Member, &Terms), &Option<Arc<Record>>)| Part {
            member: member.clone(),
            terms: *terms,
            record: record.clone(),
        };
        columns.map(part).collect()
    }

    fn of(parts: Vec<Part>) -> Self {
        let terms: Box<[Terms]> = parts.iter().map(|part| part.terms).collect();
        let (members, records): (Vec<_>, Vec<_>) = parts.into_iter().map(|part| (part.member, part.record)).unzip();
        Self { members: members.into(), latencies: range(&terms), terms, records: records.into() }
    }
}

/// An offer by itself, while blocks are put together.
#[derive(Debug)]
struct Part {
    member: Member,
    terms: Terms,
    record: Option<Arc<Record>>,
}

impl Part {
    fn new(card: Arc<ModelCard>, declared: Probability, record: Option<Arc<Record>>) -> Self {
        let terms = Terms::of(&card, declared, record.as_deref());
        Self { member: Member { id: card.id.clone(), card }, terms, record }
    }
}

/// Least and greatest mean latency.
fn range(terms: &[Terms]) -> Option<(Duration, Duration)> {
    let latencies = terms.iter().filter_map(|terms| terms.measured?.latency());
    latencies.map(|latency| (latency, latency)).reduce(|(least, most), (a, b)| (least.min(a), most.max(b)))
}
