//! What an application may choose, with the defaults.

use std::{num::NonZeroUsize, time::Duration};

use maestria_vocabulary::DeviceKind;
use serde::{Deserialize, Serialize};

use crate::Eviction;

/// Settings of the machine; every value is valid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Most jobs that may be waiting or running at once; further ones are refused. Default 1,024.
    pub capacity: usize,
    /// Attempts that may run at once on one device.
    pub slots: Slots,
    /// Waiting time that is worth one point of priority. Default 1 s; zero makes the queue first come, first served.
    pub ageing: Duration,
    /// A job that is due within less than this counts as if it had waited for the difference. Default 30 s.
    pub horizon: Duration,
    /// A job that can start at once, its model being resident and its memory free, counts as if it had waited this much longer than one
    /// that first needs room made on the same device. It trades swaps for waiting. Default 2 s.
    pub availability: Duration,
    /// Which idle model makes room for another.
    pub eviction: Eviction,
    /// Time in which [`Eviction::DecayedLfu`] forgets half of how much a model was used. Default 15 min.
    pub half_life: Duration,
    /// Longest time that a model which nothing uses stays in memory although nothing else needs it; for ever by default.
    pub keep_alive: Option<Duration>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            capacity: 1024,
            slots: Slots::default(),
            ageing: Duration::from_secs(1),
            horizon: Duration::from_secs(30),
            availability: Duration::from_secs(2),
            eviction: Eviction::default(),
            half_life: Duration::from_secs(900),
            keep_alive: None,
        }
    }
}

impl Settings {
    /// The bound on the wait: a job that arrives more than this after another never takes a slot or memory that the other waits for.
    ///
    /// It is `510 · ageing + horizon + availability`, 510 points being what lies between the lowest and the highest sum of a priority
    /// and a boost; 542 s by default, and 32 s among jobs of equal priority.
    #[must_use]
    pub fn longest_overtaking(&self) -> Duration {
        const SPREAD: u32 = 2 * (i8::MAX.abs_diff(i8::MIN) as u32);
        self.ageing.saturating_mul(SPREAD).saturating_add(self.horizon).saturating_add(self.availability)
    }
}

/// How many attempts may run at once on one device, by its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Slots {
    /// On a processor. Default 4.
    pub cpu: NonZeroUsize,
    /// On a graphics processor. Default 1.
    pub gpu: NonZeroUsize,
}

impl Default for Slots {
    fn default() -> Self {
        Self { cpu: NonZeroUsize::MIN.saturating_add(3), gpu: NonZeroUsize::MIN }
    }
}

impl Slots {
    /// Attempts that may run at once on a device of this kind.
    #[must_use]
    pub fn of(&self, kind: DeviceKind) -> usize {
        match kind {
            DeviceKind::Cpu => self.cpu.get(),
            DeviceKind::Gpu => self.gpu.get(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_does_not_say_is_the_default() {
        let settings: Settings = serde_json::from_str(r#"{"capacity": 8, "slots": {"gpu": 2}}"#).unwrap();
        assert_eq!((settings.capacity, settings.slots.of(DeviceKind::Gpu)), (8, 2));
        assert_eq!(settings.slots.of(DeviceKind::Cpu), 4);
        assert_eq!(settings.ageing, Settings::default().ageing);
    }

    #[test]
    fn the_bound_on_overtaking_is_finite_by_default() {
        assert_eq!(Settings::default().longest_overtaking(), Duration::from_secs(542));
    }
}
