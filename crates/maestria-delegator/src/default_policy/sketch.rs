//! What the models that meet the requirements are compared by, and the best of them.

use std::{cmp::Ordering, collections::BinaryHeap, time::Duration};

use maestria_registry::{ModelCard, Terms};
use maestria_vocabulary::{Joules, Money, Probability};

use super::appraisal::Appraisal;
use crate::{Weights, preference::Good, score::share};

/// What one model is compared by. It is kept for all of them, so it is small.
#[derive(Debug)]
pub(super) struct Sketch<'a> {
    pub(super) card: &'a ModelCard,
    pub(super) terms: &'a Terms,
    /// Its place among the routes; beyond them all when none names it.
    place: usize,
    score: Probability,
    completion: Duration,
    /// Seconds until completion.
    seconds: f64,
    cost: Money,
    /// Infinite when it is not known.
    joules: f64,
}

/// The models that meet the requirements, in their order.
#[derive(Debug)]
pub(super) struct Sketches<'a> {
    all: Vec<Sketch<'a>>,
    worst: Worst,
}

impl<'a> Sketches<'a> {
    pub(super) fn with_capacity(count: usize) -> Self {
        Self { all: Vec::with_capacity(count), worst: Worst::default() }
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    #[inline]
    pub(super) fn push(&mut self, card: &'a ModelCard, terms: &'a Terms, place: Option<usize>, appraisal: &Appraisal) {
        let completion = appraisal.timing.completion();
        let sketch = Sketch {
            card,
            terms,
            place: place.unwrap_or(usize::MAX),
            score: appraisal.quality.score,
            completion,
            seconds: completion.as_secs_f64(),
            cost: appraisal.cost,
            joules: appraisal.energy.map_or(f64::INFINITY, Joules::get),
        };
        self.worst.widen(&sketch);
        self.all.push(sketch);
    }

    /// The best so many, in order, with their utility.
    pub(super) fn best(&self, limit: usize, weights: Weights) -> Vec<(&Sketch<'_>, Probability)> {
        let mut best: BinaryHeap<Standing<'_>> = BinaryHeap::with_capacity(limit.min(self.all.len()));
        for sketch in &self.all {
            let standing = Standing { sketch, utility: self.worst.utility(sketch, weights) };
            if best.len() < limit {
                best.push(standing);
            } else if let Some(mut last) = best.peek_mut().filter(|last| standing < **last) {
                *last = standing;
            }
        }
        best.into_sorted_vec().into_iter().map(|Standing { sketch, utility }| (sketch, utility)).collect()
    }
}

/// A sketch among the others; the less, the better.
#[derive(Debug)]
struct Standing<'a> {
    sketch: &'a Sketch<'a>,
    utility: Probability,
}

impl Ord for Standing<'_> {
    /// Who comes first: routes in their order, then the greater utility.
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        let (one, two) = (self.sketch, other.sketch);
        one.place
            .cmp(&two.place)
            .then_with(|| other.utility.cmp(&self.utility))
            .then_with(|| two.score.cmp(&one.score))
            .then_with(|| one.completion.cmp(&two.completion))
            .then_with(|| one.cost.cmp(&two.cost))
            .then_with(|| one.joules.total_cmp(&two.joules))
            .then_with(|| one.card.id.cmp(&two.card.id))
    }
}

impl PartialOrd for Standing<'_> {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Standing<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Standing<'_> {}

/// The worst on each axis among the admitted, by which the others are measured.
#[derive(Debug, Default)]
struct Worst {
    seconds: f64,
    cost: f64,
    joules: f64,
}

impl Worst {
    #[inline]
    fn widen(&mut self, sketch: &Sketch<'_>) {
        self.seconds = self.seconds.max(sketch.seconds);
        self.cost = self.cost.max(sketch.cost.0 as f64);
        if sketch.joules < f64::INFINITY {
            self.joules = self.joules.max(sketch.joules);
        }
    }

    #[inline]
    fn utility(&self, sketch: &Sketch<'_>, weights: Weights) -> Probability {
        let energy = if sketch.joules < f64::INFINITY { share(sketch.joules, self.joules) } else { 1.0 };
        weights.join(Good {
            quality: sketch.score.get(),
            time: 1.0 - share(sketch.seconds, self.seconds),
            cost: 1.0 - share(sketch.cost.0 as f64, self.cost),
            energy: 1.0 - energy,
        })
    }
}
