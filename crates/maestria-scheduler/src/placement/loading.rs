//! Bringing the model of a head to a device: the first time, or once more.

use maestria_vocabulary::ModelId;

use super::{Floor, Head, Move, Placement};
use crate::{device::Device, suitability::ranked};

impl Floor<'_> {
    /// Loads the model of a head where there is room, or makes it.
    pub(super) fn bring(&self, head: &Head<'_>, model: &ModelId) -> Placement {
        let lane = &head.line.lane;
        let memory = lane.all_memory();
        let reach = head.line.reach();
        for kind in lane.kinds.iter() {
            let unclaimed = reach.eligible.iter().copied().filter(|&(_, place)| {
                let device = self.ground.devices.at(place);
                device.is_some_and(|device| {
                    device.kind() == kind
                        && !device.hosts(&lane.executor)
                        && !device.condition().is_over()
                        && !self.is_claimed(place)
                })
            });
            let places = ranked(lane, unclaimed, self.ground.devices);
            let has_room = |place: &&usize| {
                self.ground
                    .devices
                    .at(**place)
                    .is_some_and(|device| device.has_room_for(model, memory, self.ground.settings))
            };
            if let Some(&place) = places.iter().find(has_room) {
                return Placement::Move(Move::Load(head.ticket, place));
            }
            if let Some(placement) = places.iter().find_map(|&place| self.make_room(head, place, memory)) {
                return placement;
            }
        }
        Placement::Lacks(reach.places().collect())
    }

    /// Where the model of a head is on its way to, if others are let before it only so far as it starts in time.
    pub(super) fn arrival(&self, head: &Head<'_>, model: &ModelId) -> Option<Placement> {
        self.promise(head)?;
        let arrives = |&place: &usize| Some((self.ground.devices.at(place)?.residents().get(model)?.arrives()?, place));
        let (at, place) = head.line.reach().hosts.iter().filter_map(arrives).min()?;
        Some(Placement::Arrives(place, at))
    }

    /// Loads the model of a head once more.
    pub(super) fn replica(&self, head: &Head<'_>, model: &ModelId) -> Option<Placement> {
        let lane = &head.line.lane;
        let reach = head.line.reach();
        let all_ready = reach.ready.len() == reach.hosts.len();
        if !self.ground.settings.replicas || !all_ready || reach.hosts.len() == reach.eligible.len() {
            return None;
        }
        let load = self.ground.jobs.get(head.ticket)?.way()?.load;
        let hosts = u32::try_from(reach.hosts.len()).unwrap_or(u32::MAX).max(1);
        if head.line.work() / hosts < load {
            return None;
        }
        let best = reach.eligible.first().map(|&(preference, _)| preference);
        let free = reach.eligible.iter().copied().filter(|&(preference, place)| {
            let has_room = |device: &Device| device.has_room_for(model, lane.all_memory(), self.ground.settings);
            Some(preference) == best && !self.is_claimed(place) && self.ground.devices.at(place).is_some_and(has_room)
        });
        ranked(lane, free, self.ground.devices).first().map(|&place| Placement::Move(Move::Load(head.ticket, place)))
    }
}
