//! Remote models: each has a device of its own that nobody measures, known from when a job may need it until nothing does.

use maestria_scheduler::{DeviceView, Event, Job};
use maestria_vocabulary::{DeviceKind, Executor, ModelId};

use super::Dispatcher;

impl Dispatcher {
    /// Tells the scheduler of the remote models that these jobs may ask.
    pub(super) fn announce_remote(&mut self, jobs: &[Job]) {
        let fleet = self.mind.registry.snapshot();
        for candidate in jobs.iter().flat_map(|job| &job.candidates).filter(|candidate| candidate.needs.is_remote()) {
            let Executor::Model(model) = &candidate.executor else { continue };
            let slots = fleet.card(model).and_then(|card| card.concurrency);
            self.tell(Event::Remote { model: model.clone(), slots });
        }
    }

    /// Whether this belongs to a remote model that is asked something, or is still registered.
    pub(super) fn is_remote_in_use(&self, device: &DeviceView) -> bool {
        let registered = || {
            let model = ModelId::new(&*device.id.unit).ok();
            model.and_then(|model| Some(self.mind.registry.snapshot().card(&model)?.remote)).unwrap_or(false)
        };
        device.kind == DeviceKind::Remote && (device.busy > 0 || registered())
    }
}
