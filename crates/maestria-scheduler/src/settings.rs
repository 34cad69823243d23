//! What an application may choose, with the defaults.

use std::{num::NonZeroUsize, time::Duration};

use maestria_vocabulary::DeviceKind;
use serde::{Deserialize, Serialize};

use crate::{Eviction, Limits, Priority};

/// Settings of the machine; every value is valid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Most jobs that may be waiting or running at once; further ones are refused. Default 1,024.
    pub capacity: usize,
    /// Which of the waiting jobs goes first. Default [`Order::Aged`].
    pub order: Order,
    /// Attempts that may run at once on one device.
    pub slots: Slots,
    /// Waiting time that is worth one point of priority. Default 1 s. Zero makes priorities count for nothing, though deadlines still do;
    /// first come, first served, is [`Order::Fifo`].
    pub ageing: Duration,
    /// A job that is due within less than this counts as if it had waited for the difference. Default 30 s.
    pub horizon: Duration,
    /// A job that can start at once, its model being resident and its memory free, counts as if it had waited this much longer than one
    /// that first needs room made on the same device. It trades swaps for waiting; [`reordering`](Self::reordering), where it is above zero,
    /// does so in its place. Default 2 s.
    pub availability: Duration,
    /// How much later than first come, first served a job may start so that models need not be swapped: until then, jobs whose models are
    /// resident go before one that needs room made, and the models that they wait for stay. Default zero.
    ///
    /// It holds, but for very few, among jobs of equal priority on one device whose models are alike, as long as attempts and loads take what
    /// is expected. Where a load takes longer than this, a job may be as late as that, since its model may have left before the job came.
    /// With models of different sizes it is a goal, and with several devices one that is missed at times.
    pub reordering: Duration,
    /// Which idle model makes room for another.
    pub eviction: Eviction,
    /// Time in which [`Eviction::DecayedLfu`] forgets half of how much a model was used. Default 15 min.
    pub half_life: Duration,
    /// Longest time that a model which nothing uses or waits for stays in memory although nothing else needs it; for ever by default.
    pub keep_alive: Option<Duration>,
    /// Most steps of one run that are remembered, ended ones included; further ones are refused. Default 4,096.
    pub longest_run: usize,
    /// How jobs that may share an attempt do so.
    pub batching: Batching,
    /// Whether a job whose deadline cannot be met is rejected, or goes on with a quicker candidate, as soon as it could enter the queue. If
    /// not, it is rejected when it is too late to start. Default true.
    pub admission: bool,
    /// Jobs whose priority and boost add up to less give way while every device that serves them is overloaded: from when the mean share
    /// of its slots in use, of which the past weighs less and less ([`load_half_life`](Self::load_half_life)), is above 90 % until it is below
    /// 80 %. Default 0.
    pub critical: Priority,
    /// How much later a job that gives way, but has no candidate that takes less time, counts as having come. Default 30 s.
    pub deferral: Duration,
    /// Time in which the memory of how busy a device was halves. Default 30 s.
    pub load_half_life: Duration,
    /// Whether a model in demand is loaded on further devices that have the room. Default true.
    pub replicas: bool,
    /// Whether a graphics processor holds one model at a time. Default false: as many as fit.
    pub exclusive_gpus: bool,
    /// What a device may draw and how warm it may become.
    pub limits: Limits,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            capacity: 1024,
            order: Order::default(),
            slots: Slots::default(),
            ageing: Duration::from_secs(1),
            horizon: Duration::from_secs(30),
            availability: Duration::from_secs(2),
            reordering: Duration::ZERO,
            eviction: Eviction::default(),
            half_life: Duration::from_secs(900),
            keep_alive: None,
            longest_run: 4096,
            batching: Batching::default(),
            admission: true,
            critical: Priority(0),
            deferral: Duration::from_secs(30),
            load_half_life: Duration::from_secs(30),
            replicas: true,
            exclusive_gpus: false,
            limits: Limits::default(),
        }
    }
}

impl Settings {
    /// The bound on being overtaken: a job that arrives more than this after another never takes a slot or memory that the other waits
    /// for. Nothing where the [order](Self::order) gives no such bound.
    ///
    /// It is `510 · ageing + horizon + deferral + availability + batching.wait`, 510 points being what lies between the lowest and the
    /// highest sum of a priority and a boost; 572 s by default, and 62 s among jobs of equal priority. First come, first served, it is
    /// `availability + batching.wait`.
    ///
    /// [Reordering](Self::reordering) is bounded otherwise, by when a job starts instead of by who goes before it.
    #[must_use]
    pub fn longest_overtaking(&self) -> Option<Duration> {
        const SPREAD: u32 = 2 * (i8::MAX.abs_diff(i8::MIN) as u32);
        match self.order {
            Order::Fifo => Some(self.availability.saturating_add(self.batching.wait)),
            Order::Sjf | Order::Edf => None,
            Order::Aged => {
                let ranks = self.ageing.saturating_mul(SPREAD).saturating_add(self.horizon);
                let all = ranks.saturating_add(self.deferral).saturating_add(self.availability);
                Some(all.saturating_add(self.batching.wait))
            }
        }
    }

    /// Whether jobs are promised when they start at the latest, so far as others are let before them to spare a swap.
    pub(crate) fn promises(&self) -> bool {
        !self.reordering.is_zero() && matches!(self.order, Order::Fifo | Order::Aged)
    }
}

/// Which of the jobs that wait goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// The one that came first.
    Fifo,
    /// The one whose first candidate is expected to run for the shortest time. Long ones may wait for ever.
    Sjf,
    /// The one that is due first; those without a deadline come last, and may wait for ever.
    Edf,
    /// By priority, the wish of the person who asked, the nearness of the deadline, and age, so that none waits for ever.
    #[default]
    Aged,
}

/// How jobs share attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Batching {
    /// Most jobs of one attempt. Default 8.
    pub jobs: NonZeroUsize,
    /// Most that their sizes add up to; a larger job is alone. Default no limit.
    pub size: u64,
    /// How long a job that could start waits for others, unless one of them would then be too late for its deadline. Default zero: only
    /// those that wait anyway are taken along.
    pub wait: Duration,
}

impl Default for Batching {
    fn default() -> Self {
        Self { jobs: NonZeroUsize::MIN.saturating_add(7), size: u64::MAX, wait: Duration::ZERO }
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
    /// Requests to one remote model, unless [`Event::Remote`](crate::Event::Remote) says otherwise of it. Default 64.
    pub remote: NonZeroUsize,
}

impl Default for Slots {
    fn default() -> Self {
        let one = NonZeroUsize::MIN;
        Self { cpu: one.saturating_add(3), gpu: one, remote: one.saturating_add(63) }
    }
}

impl Slots {
    /// Attempts that may run at once on a device of this kind.
    #[must_use]
    pub fn of(&self, kind: DeviceKind) -> usize {
        match kind {
            DeviceKind::Cpu => self.cpu.get(),
            DeviceKind::Gpu => self.gpu.get(),
            DeviceKind::Remote => self.remote.get(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_does_not_say_is_the_default() {
        let settings: Settings =
            serde_json::from_str(r#"{"capacity": 8, "order": "edf", "slots": {"gpu": 2}}"#).unwrap();
        assert_eq!((settings.capacity, settings.order, settings.slots.of(DeviceKind::Gpu)), (8, Order::Edf, 2));
        assert_eq!((settings.slots.of(DeviceKind::Cpu), settings.slots.of(DeviceKind::Remote)), (4, 64));
        assert_eq!(settings.ageing, Settings::default().ageing);
    }

    #[test]
    fn the_bound_on_overtaking_is_finite_by_default() {
        let bound = |order| Settings { order, ..Settings::default() }.longest_overtaking();
        assert_eq!(bound(Order::Aged), Some(Duration::from_secs(572)));
        assert_eq!(bound(Order::Fifo), Some(Duration::from_secs(2)));
        assert_eq!((bound(Order::Sjf), bound(Order::Edf)), (None, None));
    }
}
