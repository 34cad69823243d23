//! Jobs whose working memory does not fit go on in smaller parts.

use maestria_vocabulary::{Bytes, Executor};

use super::{Floor, Head, Move};
use crate::device::Device;

impl Floor<'_> {
    /// The part of a job that fits the device with the most memory.
    pub(super) fn split_to_fit(&self, head: &Head<'_>) -> Option<Move> {
        let lane = &head.line.lane;
        let serving = self.ground.devices.iter().filter(|device| lane.preference(device.id(), device.kind()).is_some());
        let capacity = serving.map(|device| device.account().capacity()).max()?;
        self.split(head, within_target(capacity).saturating_sub(lane.memory))
    }

    /// The part of a job that fits what is free on a device.
    pub(super) fn split_now(&self, head: &Head<'_>, device: &Device) -> Option<Move> {
        let lane = &head.line.lane;
        let own = if matches!(lane.executor, Executor::Tool(_)) { lane.memory } else { Bytes::ZERO };
        let free = device.account().free();
        let Some(Move::Split(job, units)) = self.split(head, within_target(free).saturating_sub(own)) else {
            return None;
        };
        // The least part may still be too large for what is free, though not for the device.
        let fits = self.ground.jobs.get(job).is_some_and(|entry| own + entry.working_for(units) <= free);
        fits.then_some(Move::Split(job, units))
    }

    fn split(&self, head: &Head<'_>, within: Bytes) -> Option<Move> {
        let entry = self.ground.jobs.get(head.ticket).filter(|_| head.line.lane.shape.splits)?;
        entry.part_within(within).map(|units| Move::Split(head.ticket, units))
    }
}

/// What a part may take of so much memory, so that a little more than expected is no harm: four fifths.
fn within_target(bytes: Bytes) -> Bytes {
    Bytes(bytes.0 - bytes.0 / 5)
}
