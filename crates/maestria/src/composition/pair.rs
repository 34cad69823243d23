//! A model and its stand-in, and how the model fares.

use std::collections::VecDeque;

use maestria_delegator::{Hybrid, Load, Ranking, Reading};
use maestria_registry::Snapshot;
use maestria_vocabulary::{Capability, ModelId, Probability};

use super::model;

/// Outcomes of a primary by which its quality is told, and the fewest that tell anything.
pub(super) const WINDOW: usize = 20;
const TELLING: usize = 5;

/// A model and its stand-in for one ability.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) capability: Capability,
    pub(super) primary: ModelId,
    pub(super) hybrid: Hybrid,
    /// Whether the latest attempts of the primary succeeded, since it was last taken or left.
    pub(super) recent: VecDeque<bool>,
}

impl Pair {
    /// How the primary fares; nothing while it may not be asked anyway.
    pub(super) fn reading(&self, ranking: &Ranking, fleet: &Snapshot, load: &Load) -> Option<Reading> {
        let ranked = ranking.ranked.iter().find(|ranked| model(ranked) == Some(&self.primary))?;
        let device = ranked.explanation.device.as_ref();
        let device = device.and_then(|id| load.devices.iter().find(|device| device.id == *id));
        let resource = device.filter(|device| device.memory.0 > 0).map_or(0.0, |device| {
            // What it holds itself is no reason to leave it.
            let resident = load.resident.contains(&(self.primary.clone(), device.id.clone()));
            let own = fleet.card(&self.primary).filter(|_| resident).map_or(0, |card| card.needs.memory.0);
            1.0 - device.free.0.saturating_add(own) as f64 / device.memory.0 as f64
        });
        let successes = self.recent.iter().filter(|succeeded| **succeeded).count();
        let quality = (self.recent.len() >= TELLING)
            .then(|| Probability::saturating(successes as f64 / self.recent.len() as f64));
        Some(Reading { resource: Probability::saturating(resource), quality })
    }
}
