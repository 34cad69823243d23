//! The policies that are compared, each a choice of settings of the same machine.

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use clap::ValueEnum;
use maestria::ModelId;
use maestria::scheduler::{Eviction, Oracle, Order, Scheduler, Settings, Slots};

use crate::{trace::Setup, workload::Scene};

/// What decides what runs next and what stays in memory. The first four choose the order and evict by LRU; those named for an eviction
/// serve first come, first served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
pub(crate) enum Policy {
    /// First come, first served.
    Fifo,
    /// Shortest job first.
    Sjf,
    /// Earliest deadline first; what is late is done all the same.
    Edf,
    /// Earliest deadline first; what is late is given up.
    EdfFirm,
    /// Evicts what was used least recently.
    Lru,
    /// Evicts what was used least, uses counting half after 15 minutes.
    DecayedLfu,
    /// As LRU, and unloads what was not used for five minutes, as Ollama does.
    Ollama,
    /// Evicts what is needed last, which only a replay can know.
    Belady,
    /// What the scheduler does by default, with reordering, and a class being worth ten minutes.
    Ours,
}

/// What the machine is told of deadlines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deadlines {
    /// Nothing.
    Untold,
    /// In which order they come, not when.
    Ordered,
    /// All.
    Told,
}

/// How much longer than first come, first served a job may wait under [`Policy::Ours`] so that models need not be swapped.
const REORDERING: Duration = Duration::from_secs(60);

/// Waiting time that is worth one point of priority under [`Policy::Ours`]: a class, a hundred points, is worth ten minutes.
const AGEING: Duration = Duration::from_secs(6);

impl Policy {
    /// Those worth comparing on a trace, when none is named.
    pub(crate) fn suited(scenes: &[Scene], setup: &Setup) -> Vec<Self> {
        let models = scenes.iter().any(|scene| !scene.models.is_empty());
        let due = scenes.iter().any(|scene| scene.work.iter().any(|work| work.due.is_some()));
        let wanted = |policy: &Self| match policy {
            Self::Fifo | Self::Ours => true,
            Self::Sjf => setup.resident.is_none(),
            Self::Edf | Self::EdfFirm => due,
            Self::Lru | Self::DecayedLfu | Self::Ollama | Self::Belady => models,
        };
        Self::value_variants().iter().copied().filter(wanted).collect()
    }

    pub(crate) fn deadlines(self) -> Deadlines {
        match self {
            Self::Edf => Deadlines::Ordered,
            Self::EdfFirm | Self::Ours => Deadlines::Told,
            _ => Deadlines::Untold,
        }
    }

    /// Whether a job is not looked at before all that came earlier have started: first come, first served as servers of models do it. The
    /// scheduler would bring models for jobs further back meanwhile, and keep those that are waited for.
    pub(crate) fn is_strict(self) -> bool {
        matches!(self, Self::Fifo | Self::Lru | Self::DecayedLfu | Self::Ollama | Self::Belady)
    }

    /// A machine that obeys it.
    pub(crate) fn scheduler(self, scene: &Scene, setup: &Setup) -> Scheduler {
        let settings = self.settings(scene, setup);
        match self {
            Self::Belady => Scheduler::with_oracle(settings, Arc::new(Recorded::of(scene))),
            _ => Scheduler::new(settings),
        }
    }

    fn settings(self, scene: &Scene, setup: &Setup) -> Settings {
        let seats = NonZeroUsize::new(scene.slots).unwrap_or(NonZeroUsize::MIN);
        let slots = Slots { cpu: seats, gpu: seats, ..Slots::default() };
        let common = Settings { capacity: usize::MAX, longest_run: usize::MAX, slots, ..Settings::default() };
        // What is available waits its turn like all the rest.
        let plain = Settings {
            order: Order::Fifo,
            eviction: Eviction::Lru,
            availability: Duration::ZERO,
            admission: false,
            ..common.clone()
        };
        match self {
            Self::Fifo | Self::Lru | Self::Belady => plain,
            Self::Sjf => Settings { order: Order::Sjf, ..plain },
            Self::Edf | Self::EdfFirm => Settings { order: Order::Edf, ..plain },
            Self::DecayedLfu => Settings { eviction: Eviction::DecayedLfu, ..plain },
            Self::Ollama => Settings { keep_alive: Some(Duration::from_secs(300)), ..plain },
            // Of what is evicted alone is asked.
            Self::Ours if setup.resident.is_some() => Settings { eviction: Eviction::PredictedReuse, ..plain },
            Self::Ours => Settings { reordering: REORDERING, ageing: AGEING, ..common },
        }
    }
}

/// The name of the model at a place of a scene.
pub(crate) fn model_id(place: usize) -> Option<ModelId> {
    format!("{place}").parse().ok()
}

/// The uses of every model as they were recorded.
#[derive(Debug)]
struct Recorded(Vec<Vec<u64>>);

impl Recorded {
    fn of(scene: &Scene) -> Self {
        let mut uses = vec![Vec::new(); scene.models.len()];
        let used = scene.work.iter().filter_map(|work| work.model);
        for (place, model) in (0..).zip(used) {
            if let Some(uses) = uses.get_mut(model) {
                uses.push(place);
            }
        }
        Self(uses)
    }
}

impl Oracle for Recorded {
    fn next_use(&self, model: &ModelId, from: u64) -> Option<u64> {
        let uses = self.0.get(model.as_str().parse::<usize>().ok()?)?;
        uses.get(uses.partition_point(|&place| place < from)).copied()
    }
}
