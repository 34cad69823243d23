//! Making room for a head: which models leave, and what waits for those that are leaving.

use std::collections::BTreeMap;

use maestria_vocabulary::{Bytes, Executor, ModelId};

use super::{Claim, Floor, Head, Move, Placement};
use crate::device::{Device, Relief};

impl Floor<'_> {
    /// Evicts for a head, or waits for what is on its way out; nothing when that would not be enough.
    pub(super) fn make_room(&self, head: &Head<'_>, place: usize, memory: Bytes) -> Option<Placement> {
        let device = self.ground.devices.at(place)?;
        let claim = Claim { rank: head.rank, until: self.latest_load(head) };
        let kept = |model: &ModelId| self.is_wanted_before(model, place, device, claim);
        let own = |model: &ModelId| head.line.lane.executor == Executor::Model(model.clone());
        let clearance = match &head.line.lane.executor {
            Executor::Model(model) if device.phase(model).is_none() => device.clearance(self.ground.settings, kept),
            _ => None,
        };
        let queued = self.places_in_line(device);
        let worth = |model: &ModelId, facts| {
            self.ground.demand.worth(model, facts, queued.get(model).copied(), self.ground.now, self.ground.settings)
        };
        let relief = clearance.unwrap_or_else(|| device.relief(memory, worth, |model| own(model) || kept(model)));
        match relief {
            Relief::Coming => Some(Placement::Lacks(vec![place])),
            Relief::Unload(model) => Some(Placement::Move(Move::Unload(model, place))),
            Relief::Impossible => None,
        }
    }

    /// The models that jobs wait for which this device serves, each with the number of those that are waited for before it.
    fn places_in_line(&self, device: &Device) -> BTreeMap<&ModelId, usize> {
        let mut places = BTreeMap::new();
        for (_, line) in self.queue.heads() {
            if let Executor::Model(model) = &line.lane.executor
                && line.lane.preference(device.id(), device.kind()).is_some()
            {
                let next = places.len();
                places.entry(model).or_insert(next);
            }
        }
        places
    }
}
