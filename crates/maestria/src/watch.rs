//! Watching whether models still do what they did.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use maestria_registry::drift::{Streams, Suspect};
use maestria_vocabulary::{Capability, ModelId, Outcome, Probability};

/// Share of the streams that never change and yet alarm within so many outcomes.
const FALSE_ALARMS: f64 = 0.05;
const WITHIN: u64 = 1_000;

/// Most pairs of a model and an ability that are watched.
const MOST_STREAMS: usize = 10_000;

/// Watches the outcomes of all models, and remembers who is suspect until it is probed again.
#[derive(Debug)]
pub(crate) struct Watch(Mutex<State>);

#[derive(Debug)]
struct State {
    /// Of attempts: whether a model answers.
    attempts: Streams,
    /// Of people: whether they want what it answered. By itself, since few answers are judged, and never just any.
    verdicts: Streams,
    suspects: BTreeMap<(ModelId, Capability), Suspect>,
}

impl Default for Watch {
    fn default() -> Self {
        let streams = Streams::new(Probability::saturating(FALSE_ALARMS), WITHIN, MOST_STREAMS);
        Self(Mutex::new(State { attempts: streams.clone(), verdicts: streams, suspects: BTreeMap::new() }))
    }
}

impl Watch {
    /// Takes in what an attempt came to, and says if its model is suspect by it.
    pub(crate) fn attempted(&self, outcome: &Outcome) -> Option<Suspect> {
        let mut state = self.state();
        let suspect = state.attempts.observe(outcome);
        state.note(suspect)
    }

    /// Takes in how an outcome was judged.
    pub(crate) fn judged(&self, outcome: &Outcome) -> Option<Suspect> {
        let mut state = self.state();
        let suspect = state.verdicts.observe(outcome);
        state.note(suspect)
    }

    /// Who is suspect, by model and ability; the latest change of each.
    pub(crate) fn suspects(&self) -> Vec<Suspect> {
        self.state().suspects.values().cloned().collect()
    }

    /// A model was probed: it is known what it does now.
    pub(crate) fn cleared(&self, model: &ModelId, capability: &Capability) {
        self.state().suspects.remove(&(model.clone(), capability.clone()));
    }

    /// A model is gone.
    pub(crate) fn forget(&self, model: &ModelId) {
        let mut state = self.state();
        state.attempts.forget(model);
        state.verdicts.forget(model);
        state.suspects.retain(|(suspect, _), _| suspect != model);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn note(&mut self, suspect: Option<Suspect>) -> Option<Suspect> {
        let suspect = suspect?;
        self.suspects.insert((suspect.model.clone(), suspect.capability.clone()), suspect.clone());
        Some(suspect)
    }
}
