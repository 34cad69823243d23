//! Models that nothing has used for long enough leave, even when nothing needs their memory.

use maestria_vocabulary::{Executor, ModelId, Timestamp};

use crate::{Decision, Scheduler, device::Device};

impl Scheduler {
    /// Sends one model away whose time is over.
    pub(crate) fn lapse(&mut self, now: Timestamp) -> Option<Decision> {
        let (_, model, place) = self.lapses().filter(|&(at, ..)| at <= now).min_by_key(|&(at, ..)| at)?;
        let model = model.clone();
        self.unload(model, place)
    }

    /// When the next model's time is over, if it is not used until then.
    pub(crate) fn next_lapse(&self) -> Option<Timestamp> {
        self.lapses().map(|(at, ..)| at).min()
    }

    /// The models that nothing uses or waits for, each with the moment at which its time is over, and the place of its device.
    fn lapses(&self) -> impl Iterator<Item = (Timestamp, &ModelId, usize)> {
        let keep_alive = self.settings.keep_alive;
        let devices = self.devices.iter().enumerate().filter(move |_| keep_alive.is_some());
        let residents =
            devices.flat_map(|(place, device)| device.residents().iter().map(move |of| (place, device, of)));
        residents.filter_map(move |(place, device, (id, model))| {
            let at = model.idle_since()? + keep_alive?;
            (!self.is_awaited(id, device)).then_some((at, id, place))
        })
    }

    /// Whether a job in the queue could use this model on this device.
    fn is_awaited(&self, model: &ModelId, device: &Device) -> bool {
        self.queue.heads().any(|(_, line)| {
            matches!(&line.lane.executor, Executor::Model(wanted) if wanted == model)
                && line.lane.preference(device.id(), device.kind()).is_some()
        })
    }
}
