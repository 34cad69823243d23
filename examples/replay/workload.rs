//! What a trace asks for, whatever its format: scenes, each with devices, models, and work that comes at its time.

use std::{fmt, time::Duration};

use maestria::{Bytes, DeviceId, DeviceKind, DeviceSnapshot};

/// Work that shares devices and a clock. Scenes have nothing to do with each other: each workflow of a collection is one.
#[derive(Debug)]
pub(crate) struct Scene {
    /// Where it is in the trace, for messages.
    pub(crate) name: String,
    pub(crate) devices: Vec<DeviceSnapshot>,
    /// What may run at once on one device.
    pub(crate) slots: usize,
    pub(crate) models: Vec<Model>,
    pub(crate) work: Vec<Work>,
    /// Whether it is one plan, which comes as a whole.
    pub(crate) plan: bool,
    /// The shortest makespan that there is, as the trace states it.
    pub(crate) optimum: Option<Duration>,
}

/// A model that has to be in memory while it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Model {
    pub(crate) memory: Bytes,
    pub(crate) load: Duration,
}

/// One job of a scene.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Work {
    /// When it comes, from the beginning of the scene.
    pub(crate) arrival: Duration,
    /// Places, in the scene, of what has to be done before.
    pub(crate) after: Vec<usize>,
    /// Place of the model that does it, in the scene; nothing when it needs none in memory.
    pub(crate) model: Option<usize>,
    pub(crate) run: Duration,
    pub(crate) class: Class,
    /// When its result is worthless, from the beginning of the scene.
    pub(crate) due: Option<Duration>,
    pub(crate) joules: Option<f64>,
}

/// How much work matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum Class {
    /// Someone waits for every word.
    Interactive,
    /// Someone waits for the result.
    #[default]
    Standard,
    /// Nobody waits.
    Batch,
}

impl Class {
    pub(crate) const ALL: [Self; 3] = [Self::Interactive, Self::Standard, Self::Batch];
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interactive => "interactive",
            Self::Standard => "standard",
            Self::Batch => "batch",
        })
    }
}

impl Scene {
    /// How many attempts can run at once.
    pub(crate) fn seats(&self) -> usize {
        self.slots * self.devices.len()
    }

    /// No schedule ends earlier: not before the longest chain of work that waits for each other, nor before all seats, always busy from
    /// the first arrival on, have done all of it.
    pub(crate) fn lower_bound(&self) -> Duration {
        let first = self.work.iter().map(|work| work.arrival).min().unwrap_or_default();
        let total: Duration = self.work.iter().map(|work| work.run).sum();
        let shared = total / u32::try_from(self.seats().max(1)).unwrap_or(u32::MAX);
        let longest = self.earliest_ends().into_iter().max().unwrap_or_default();
        shared.max(longest.saturating_sub(first))
    }

    /// When each piece of work would end if there were a seat for everything.
    fn earliest_ends(&self) -> Vec<Duration> {
        let mut ends: Vec<_> = self.work.iter().map(|work| work.arrival + work.run).collect();
        // Every pass settles at least one more link of every chain; a circle, which the scheduler refuses, never settles.
        for _ in 0..self.work.len() {
            let mut settled = true;
            for (place, work) in self.work.iter().enumerate() {
                let ready = work.after.iter().filter_map(|&before| ends.get(before)).max().copied();
                let end = ready.unwrap_or_default().max(work.arrival) + work.run;
                if let Some(known) = ends.get_mut(place).filter(|known| **known < end) {
                    (*known, settled) = (end, false);
                }
            }
            if settled {
                break;
            }
        }
        ends
    }
}

/// Graphics processors of one size.
pub(crate) fn gpus(count: usize, memory: Bytes) -> Vec<DeviceSnapshot> {
    (0..count).map(|unit| device(DeviceId::local(&format!("cuda:{unit:02}")), DeviceKind::Gpu, memory)).collect()
}

/// The processor.
pub(crate) fn cpu() -> Vec<DeviceSnapshot> {
    vec![device(DeviceId::cpu(), DeviceKind::Cpu, Bytes::gib(16))]
}

fn device(id: DeviceId, kind: DeviceKind, memory: Bytes) -> DeviceSnapshot {
    DeviceSnapshot {
        id,
        kind,
        memory_total: memory,
        memory_used: Bytes::ZERO,
        utilisation: None,
        temperature_celsius: None,
        power_watts: None,
    }
}
