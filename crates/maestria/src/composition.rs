//! Models that work together: one that stands in for another, and replicas that share the work.

mod pair;

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use maestria_delegator::{Error, Hybrid, HybridComposition, Load, Ranked, Ranking, Route, Routed, two_choices};
use maestria_registry::Snapshot;
use maestria_vocabulary::{Capability, Executor, ModelId, Outcome, Probability, Verdict};

use self::pair::{Pair, WINDOW};
use crate::recover::hash;

/// Run time of a model of which none is known, for comparing how long its replicas would keep one waiting.
const SOME_TIME: Duration = Duration::from_millis(1);

/// How models of an application work together.
#[derive(Debug)]
pub(crate) struct Compositions {
    hybrids: Mutex<Vec<Pair>>,
    replicas: Vec<HashSet<ModelId>>,
    /// Attempts under way at each model.
    busy: Arc<Mutex<HashMap<ModelId, u32>>>,
    draws: AtomicU64,
}

/// An attempt under way. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Busy {
    model: ModelId,
    busy: Arc<Mutex<HashMap<ModelId, u32>>>,
}

impl Compositions {
    /// # Errors
    /// [`Error::SameModel`] or [`Error::NoHysteresis`] for a composition that cannot work.
    pub(crate) fn new(
        hybrids: Vec<(Capability, HybridComposition)>,
        replicas: Vec<HashSet<ModelId>>,
        seed: u64,
    ) -> Result<Self, Error> {
        let pair = |(capability, composition): (Capability, HybridComposition)| {
            let primary = composition.primary.clone();
            Ok(Pair { capability, primary, hybrid: Hybrid::new(composition)?, recent: VecDeque::new() })
        };
        let hybrids: Result<Vec<Pair>, Error> = hybrids.into_iter().map(pair).collect();
        let (busy, draws) = (Arc::default(), AtomicU64::new(seed));
        Ok(Self { hybrids: Mutex::new(hybrids?), replicas, busy, draws })
    }

    /// Whether a composition says who does this work, so that there is nothing to be learnt.
    pub(crate) fn decides(&self, capability: &Capability) -> bool {
        lock(&self.hybrids).iter().any(|pair| pair.capability == *capability)
    }

    /// Puts first who works now, by how the primary fares, and the one who stands in behind.
    pub(crate) fn arrange(&self, capability: &Capability, ranking: &mut Ranking, fleet: &Snapshot, load: &Load) {
        for pair in lock(&self.hybrids).iter_mut().filter(|pair| pair.capability == *capability) {
            if let Some(reading) = pair.reading(ranking, fleet, load)
                && pair.hybrid.observe(reading, load.at)
            {
                tracing::info!(%capability, to = %pair.hybrid.active(), "another model does the work from now on");
                pair.recent.clear();
            }
            let Route { model, confidence, fallback, .. } = pair.hybrid.route(capability.clone(), Probability::ONE);
            if let Some(fallback) = fallback {
                to_front(&mut ranking.ranked, &fallback, Routed::Fallback(confidence));
            }
            to_front(&mut ranking.ranked, &model, Routed::Named(confidence));
        }
    }

    /// Of replicas puts the one first that two choices favour, in the place of the first of them.
    pub(crate) fn balance(&self, ranking: &mut Ranking) {
        for group in &self.replicas {
            let is_member = |ranked: &Ranked| model(ranked).is_some_and(|model| group.contains(model));
            let ranked = ranking.ranked.iter().enumerate();
            let places: Vec<usize> = ranked.filter(|(_, ranked)| is_member(ranked)).map(|(place, _)| place).collect();
            let (Some(&first), true) = (places.first(), places.len() > 1) else { continue };
            let draw = hash(self.draws.fetch_add(1, Ordering::Relaxed));
            let wait = |place: &usize| ranking.ranked.get(*place).map_or(Duration::MAX, |ranked| self.wait(ranked));
            if let Some(&chosen) = two_choices(&places, draw, wait)
                && let Some(moved) = ranking.ranked.get_mut(first..=chosen)
            {
                moved.rotate_right(1);
            }
        }
    }

    /// Learns how the primary of a composition fares.
    pub(crate) fn observe(&self, outcome: &Outcome) {
        let succeeded = match outcome.verdict {
            Verdict::Succeeded => true,
            Verdict::Failed | Verdict::TimedOut => false,
            Verdict::Cancelled => return,
        };
        for pair in lock(&self.hybrids).iter_mut() {
            if outcome.executor == Executor::Model(pair.primary.clone())
                && outcome.capability.as_ref() == Some(&pair.capability)
            {
                pair.recent.push_back(succeeded);
                if pair.recent.len() > WINDOW {
                    pair.recent.pop_front();
                }
            }
        }
    }

    /// An attempt begins; what is returned is to be held while it lasts.
    pub(crate) fn busy(&self, executor: &Executor) -> Option<Busy> {
        let Executor::Model(model) = executor else { return None };
        if !self.replicas.iter().any(|group| group.contains(model)) {
            return None;
        }
        *lock(&self.busy).entry(model.clone()).or_default() += 1;
        Some(Busy { model: model.clone(), busy: self.busy.clone() })
    }

    /// How long a replica would keep one waiting: until its device is free for it, and until it has done what it has begun.
    fn wait(&self, ranked: &Ranked) -> Duration {
        let timing = ranked.explanation.timing;
        let begun = model(ranked).and_then(|model| lock(&self.busy).get(model).copied()).unwrap_or_default();
        timing.completion().saturating_add(timing.run.max(SOME_TIME).saturating_mul(begun))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let mut busy = lock(&self.busy);
        if let Some(begun) = busy.get_mut(&self.model) {
            *begun = begun.saturating_sub(1);
            if *begun == 0 {
                busy.remove(&self.model);
            }
        }
    }
}

fn to_front(ranked: &mut [Ranked], id: &ModelId, routed: Routed) {
    let Some(place) = ranked.iter().position(|one| model(one) == Some(id)) else { return };
    if let Some(moved) = ranked.get_mut(..=place) {
        moved.rotate_right(1);
    }
    if let Some(first) = ranked.first_mut() {
        first.explanation.routed = Some(routed);
    }
}

fn model(ranked: &Ranked) -> Option<&ModelId> {
    match &ranked.candidate.executor {
        Executor::Model(id) => Some(id),
        _ => None,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
