//! How much every model was used, resident or not, and what that says about its next use.

use std::sync::Arc;

use hashbrown::HashMap;
use maestria_vocabulary::{ModelId, Timestamp};

use super::eviction::{Evict, Eviction, Facts, Oracle};
use crate::Settings;

/// Uses after which half of a burst is forgotten.
const BURST: f64 = 5.0;
/// Uses after which half of a standing is forgotten.
const STANDING: f64 = 320.0;
/// A model that was not used for so many uses is forgotten altogether: by then its standing has shrunk to less than a millionth.
const MEMORY: u64 = 8192;

/// Uses of all models of all devices. It remembers no more than the models among the last `2 · MEMORY` uses.
#[derive(Debug)]
pub(crate) struct Demand {
    evict: Evict,
    uses: u64,
    models: HashMap<ModelId, Usage>,
}

/// Uses of one model, forgotten at three paces, as they stood at the last of them.
#[derive(Debug, Clone, Copy, Default)]
struct Usage {
    /// Place of the last use in the sequence of all uses, counted from one; zero when there was none.
    last: u64,
    at: Timestamp,
    burst: f64,
    standing: f64,
    /// Forgotten by the clock instead of by uses.
    timed: f64,
}

impl Demand {
    pub(crate) fn new(eviction: Eviction) -> Self {
        Self { evict: Evict::By(eviction), uses: 0, models: HashMap::new() }
    }

    /// Follows one who knows the future.
    pub(crate) fn knowing(oracle: Arc<dyn Oracle>) -> Self {
        Self { evict: Evict::Knowing(oracle), uses: 0, models: HashMap::new() }
    }

    /// A model begins to be used by so many jobs.
    pub(crate) fn record(&mut self, model: &ModelId, jobs: usize, now: Timestamp, settings: &Settings) {
        for _ in 0..jobs {
            self.record_one(model, now, settings);
        }
    }

    fn record_one(&mut self, model: &ModelId, now: Timestamp, settings: &Settings) {
        self.uses = self.uses.saturating_add(1);
        let usage = self.models.entry_ref(model).or_default();
        let decayed = usage.decayed(self.uses, now, settings);
        *usage = Usage {
            last: self.uses,
            at: now,
            burst: decayed.burst + 1.0,
            standing: decayed.standing + 1.0,
            timed: decayed.timed + 1.0,
        };
        if self.uses.is_multiple_of(MEMORY) {
            let uses = self.uses;
            self.models.retain(|_, usage| uses - usage.last < MEMORY);
        }
    }

    /// What keeping a model is worth; the least goes first. Only values of one call to make room can be compared.
    ///
    /// `queued` is how many other models are waited for before it, where jobs wait for it.
    pub(crate) fn worth(
        &self,
        model: &ModelId,
        facts: Facts,
        queued: Option<usize>,
        now: Timestamp,
        settings: &Settings,
    ) -> f64 {
        let usage = self.models.get(model).copied().unwrap_or_default();
        match &self.evict {
            Evict::By(Eviction::PredictedReuse) => {
                let soon = queued.map_or(0.0, |ahead| 1.0 / (1.0 + ahead as f64));
                facts.saving(usage.decayed(self.uses, now, settings).next_use_probability().max(soon))
            }
            Evict::By(Eviction::Lru) => usage.last as f64,
            Evict::By(Eviction::DecayedLfu) => usage.decayed(self.uses, now, settings).timed,
            // The use that needs room is not recorded yet, so the sequence goes on with it.
            Evict::Knowing(oracle) => {
                oracle.next_use(model, self.uses).map_or(f64::NEG_INFINITY, |place| -(place as f64))
            }
        }
    }
}

impl Usage {
    /// The same usage as it stands at `now`, after `uses` uses of any model.
    fn decayed(self, uses: u64, now: Timestamp, settings: &Settings) -> Self {
        let age = uses.saturating_sub(self.last) as f64;
        let halves = (now - self.at).as_secs_f64() / settings.half_life.as_secs_f64();
        Self {
            burst: self.burst * (-age / BURST).exp2(),
            standing: self.standing * (-age / STANDING).exp2(),
            timed: if settings.half_life.is_zero() { 0.0 } else { self.timed * (-halves).exp2() },
            ..self
        }
    }

    /// See [`Eviction::PredictedReuse`].
    fn next_use_probability(self) -> f64 {
        let share = |half_life: f64| 1.0 - (-half_life.recip()).exp2();
        0.5 * self.burst * share(BURST) + 0.5 * self.standing * share(STANDING)
    }
}

#[cfg(test)]
mod tests;
