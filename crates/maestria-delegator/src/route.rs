//! Standing orders: this kind of work goes to that model.

use std::cmp::Reverse;

use maestria_registry::Snapshot;
use maestria_vocabulary::{Capability, ModelId, Probability};
use serde::{Deserialize, Serialize};

/// A standing order: work of this kind goes to that model, and if it cannot take it, to its fallback; both come before any other model.
///
/// An order never overrides [`Requirements`](crate::Requirements): a model that does not meet them is refused like any other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// The kind of work.
    pub capability: Capability,
    /// Who does it.
    pub model: ModelId,
    /// How sure it is that this model does it best; of several orders for one kind of work the surer one comes first.
    pub confidence: Probability,
    /// Who does it otherwise.
    pub fallback: Option<ModelId>,
}

/// Why a candidate comes before all that were merely compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Routed {
    /// A route names it.
    Named(Probability),
    /// It is the fallback of a route.
    Fallback(Probability),
}

/// The routes for one kind of work, as a list of models: first come, first served.
#[derive(Debug, Default)]
pub(crate) struct Itinerary<'a>(Vec<(&'a ModelId, Routed)>);

impl<'a> Itinerary<'a> {
    pub(crate) fn new(routes: &'a [Route], capability: &Capability) -> Self {
        let mut routes: Vec<_> = routes.iter().filter(|route| route.capability == *capability).collect();
        routes.sort_by_key(|route| Reverse(route.confidence));
        let stops = routes.into_iter().flat_map(|route| {
            let fallback = route.fallback.iter().map(|model| (model, Routed::Fallback(route.confidence)));
            std::iter::once((&route.model, Routed::Named(route.confidence))).chain(fallback)
        });
        Self(stops.collect())
    }

    /// The place of a model on the list, and why it has one.
    pub(crate) fn find(&self, id: &ModelId) -> Option<(usize, Routed)> {
        let place = self.0.iter().position(|(model, _)| *model == id)?;
        self.0.get(place).map(|(_, routed)| (place, *routed))
    }

    /// Models on the list that are registered but lack the capability, each once.
    pub(crate) fn incapable(&self, fleet: &Snapshot, capability: &Capability) -> Vec<&'a ModelId> {
        let lacks = |id| fleet.card(id).is_some_and(|card| !card.capabilities.contains_key(capability));
        let mut models: Vec<_> = self.0.iter().map(|(model, _)| *model).filter(|model| lacks(model)).collect();
        models.sort_unstable();
        models.dedup();
        models
    }
}
