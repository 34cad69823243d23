//! Models that nothing has used for long enough leave, even when nothing needs their memory.

use maestria_vocabulary::Timestamp;

use crate::{Decision, Scheduler};

impl Scheduler {
    /// Sends one model away whose time is over.
    pub(crate) fn lapse(&mut self, now: Timestamp) -> Option<Decision> {
        let keep_alive = self.settings.keep_alive?;
        let lapsed = self.devices.iter().enumerate().find_map(|(place, device)| {
            let is_over = |since| since + keep_alive <= now;
            let mut residents = device.residents().iter();
            residents.find(|(_, model)| model.idle_since().is_some_and(is_over)).map(|(id, _)| (id.clone(), place))
        });
        let (model, place) = lapsed?;
        self.unload(model, place)
    }

    /// When the next model's time is over, if it is not used until then.
    pub(crate) fn next_lapse(&self) -> Option<Timestamp> {
        let keep_alive = self.settings.keep_alive?;
        let residents = self.devices.iter().flat_map(|device| device.residents().values());
        residents.filter_map(|model| model.idle_since()).map(|since| since + keep_alive).min()
    }
}
