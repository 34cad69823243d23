//! The default policy: declared and measured quality, joined with time, cost and energy as the application prefers.

use std::{cmp::Ordering, time::Duration};

use maestria_registry::{Circuit, ModelCard, Offer, Snapshot};
use maestria_vocabulary::{Candidate, Executor, Expected, Joules, Money, Probability, Timestamp};

use crate::{
    DeviceLoad, Explanation, Load, Policy, Preference, Quality, Ranked, Ranking, Refusal, Requirements, Route, Routed,
    Timing, Weights, placement::Ground, preference::Good, route::Itinerary, score::share,
};

/// Ranks by quality, time, cost and energy, after whatever a route names.
///
/// Of the models that meet the requirements, each is good on an axis in `[0, 1]`: its score for quality, and `1 − x / worst` for
/// expected completion, cost and energy, where `worst` is the greatest `x` among them. Unknown energy counts as the worst. The utility is
/// the mean of the four, [weighted](Preference::weights) by preference. Equal utility is decided by score, completion, cost, energy and
/// at last by the order of ids, so that a ranking never depends on chance.
///
/// A candidate that is at least as good on every axis, and measured as often, never ranks below the other.
#[derive(Debug, Clone)]
pub struct DefaultPolicy {
    /// What matters most, unless the [requirements](Requirements::preference) say otherwise.
    pub preference: Preference,
    /// Standing orders, which come first.
    pub routes: Vec<Route>,
    /// Most candidates that a ranking holds: sixteen by default, for a step that failed on all of them is not saved by one more.
    pub limit: usize,
}

impl Default for DefaultPolicy {
    fn default() -> Self {
        Self { preference: Preference::default(), routes: Vec::new(), limit: 16 }
    }
}

impl Policy for DefaultPolicy {
    fn rank(&self, requirements: &Requirements, fleet: &Snapshot, load: &Load) -> Ranking {
        let capability = &requirements.capability;
        let itinerary = Itinerary::new(&self.routes, capability);
        let incapable = itinerary.incapable(fleet, capability).into_iter();
        let mut refused: Vec<_> =
            incapable.map(|id| (id.clone(), Refusal::LacksCapability { capability: capability.clone() })).collect();

        let ground = Ground::new(load);
        let fastest = fleet.fastest(capability);
        let offers = fleet.with_capability(capability);
        let mut admitted = Vec::with_capacity(offers.len());
        for offer in offers {
            match Appraisal::of(offer, fastest, load.at, &ground, requirements) {
                Ok(appraisal) => admitted.push(Sketch::of(&appraisal, itinerary.find(&offer.card.id))),
                Err(refusal) => refused.push((offer.card.id.clone(), refusal)),
            }
        }

        let worst = Worst::among(&admitted);
        let weights = requirements.preference.unwrap_or(self.preference).weights();
        for sketch in &mut admitted {
            sketch.utility = worst.utility(sketch, weights);
        }
        best(&mut admitted, self.limit);
        let kept = admitted.iter().take(self.limit).filter_map(|sketch| {
            // Every number of the few that are kept; of the others a sketch was enough.
            let appraisal = Appraisal::of(sketch.offer, fastest, load.at, &ground, requirements).ok()?;
            Some(appraisal.to_ranked(sketch.utility, itinerary.find(&sketch.offer.card.id)))
        });
        let ranked: Vec<Ranked> = kept.collect();
        let passed_over = admitted.len() - ranked.len();
        Ranking { ranked, refused, passed_over }
    }
}

/// Puts the best so many first, in order. Only those are sorted.
fn best(admitted: &mut [Sketch<'_>], limit: usize) {
    if (1..admitted.len()).contains(&limit) {
        admitted.select_nth_unstable_by(limit - 1, Sketch::standing);
    }
    let kept = limit.min(admitted.len());
    if let Some(kept) = admitted.get_mut(..kept) {
        kept.sort_unstable_by(Sketch::standing);
    }
}

/// What the models that meet the requirements are compared by. It is kept for all of them, so it is small.
#[derive(Debug)]
struct Sketch<'a> {
    offer: Offer<'a>,
    /// Its place among the routes; beyond them all when none names it.
    place: usize,
    utility: Probability,
    score: Probability,
    completion: Duration,
    cost: Money,
    energy: Option<Joules>,
}

impl<'a> Sketch<'a> {
    fn of(appraisal: &Appraisal<'a>, route: Option<(usize, Routed)>) -> Self {
        Self {
            offer: appraisal.offer,
            place: route.map_or(usize::MAX, |(place, _)| place),
            utility: Probability::ZERO,
            score: appraisal.quality.score,
            completion: appraisal.timing.completion(),
            cost: appraisal.cost,
            energy: appraisal.energy,
        }
    }

    /// Who comes first: routes in their order, then the greater utility.
    fn standing(&self, other: &Self) -> Ordering {
        let energy = |sketch: &Self| sketch.energy.map_or(f64::INFINITY, Joules::get);
        self.place
            .cmp(&other.place)
            .then_with(|| other.utility.cmp(&self.utility))
            .then_with(|| other.score.cmp(&self.score))
            .then_with(|| self.completion.cmp(&other.completion))
            .then_with(|| self.cost.cmp(&other.cost))
            .then_with(|| energy(self).total_cmp(&energy(other)))
            .then_with(|| self.offer.card.id.cmp(&other.offer.card.id))
    }
}

/// What is known of one model that meets the requirements.
#[derive(Debug)]
struct Appraisal<'a> {
    offer: Offer<'a>,
    device: Option<&'a DeviceLoad>,
    quality: Quality,
    timing: Timing,
    cost: Money,
    energy: Option<Joules>,
}

impl<'a> Appraisal<'a> {
    fn of(
        offer: Offer<'a>,
        fastest: Option<Duration>,
        now: Timestamp,
        ground: &Ground<'a>,
        requirements: &Requirements,
    ) -> Result<Self, Refusal> {
        let card = offer.card;
        match offer.health.circuit(now) {
            Circuit::Open { until } => return Err(Refusal::CircuitOpen { retry_after: until - now }),
            Circuit::HalfOpen { trials: 0 } => return Err(Refusal::OnTrial),
            Circuit::Closed | Circuit::HalfOpen { .. } => {}
        }
        if requirements.local_only && card.remote {
            return Err(Refusal::NotLocal);
        }
        if card.window < requirements.min_window {
            return Err(Refusal::WindowTooSmall { window: card.window, needed: requirements.min_window });
        }
        let quality = Quality::of(offer, fastest, now);
        if let Some(floor) = requirements.quality_floor.filter(|&floor| quality.score < floor) {
            return Err(Refusal::BelowQualityFloor { score: quality.score, floor });
        }
        let placement = ground.place(card).ok_or(Refusal::FitsNoDevice { needed: card.needs.memory })?;
        let run = expected_run(offer, quality.weight);
        let timing = Timing { readiness: placement.readiness, wait: placement.wait, load: placement.load, run };
        let completion = timing.completion();
        if let Some(limit) = requirements.max_latency.filter(|&limit| completion > limit) {
            return Err(Refusal::TooSlow { completion, limit });
        }
        let cost = card.price.of(requirements.expected);
        if let Some(limit) = requirements.max_cost.filter(|&limit| cost > limit) {
            return Err(Refusal::TooExpensive { cost, limit });
        }
        let energy = expected_energy(card, timing);
        Ok(Self { offer, device: placement.device, quality, timing, cost, energy })
    }

    fn to_ranked(&self, utility: Probability, route: Option<(usize, Routed)>) -> Ranked {
        let card = self.offer.card;
        let Timing { load, run, .. } = self.timing;
        let expected = Expected { load, run, cost: self.cost, energy: self.energy.unwrap_or_default() };
        Ranked {
            candidate: Candidate { executor: Executor::Model(card.id.clone()), needs: card.placed_needs(), expected },
            explanation: Explanation {
                routed: route.map(|(_, routed)| routed),
                quality: self.quality,
                device: self.device.map(|device| device.id.clone()),
                timing: self.timing,
                cost: self.cost,
                energy: self.energy,
                utility,
            },
        }
    }
}

/// Declared and measured time, joined by the weight of what was measured.
fn expected_run(offer: Offer<'_>, weight: Probability) -> Duration {
    let declared = offer.card.run;
    let Some(measured) = offer.record.and_then(|record| record.latency()) else { return declared };
    let seconds = weight.complement().get() * declared.as_secs_f64() + weight.get() * measured.as_secs_f64();
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

/// Energy to load and run; nothing is known when the power is not.
fn expected_energy(card: &ModelCard, timing: Timing) -> Option<Joules> {
    let busy = timing.load.saturating_add(timing.run);
    Joules::new(card.watts? * busy.as_secs_f64()).ok()
}

/// The worst on each axis among the admitted, by which the others are measured.
#[derive(Debug, Default)]
struct Worst {
    completion: f64,
    cost: f64,
    energy: f64,
}

impl Worst {
    fn among(admitted: &[Sketch<'_>]) -> Self {
        admitted.iter().fold(Self::default(), |worst, sketch| Self {
            completion: worst.completion.max(sketch.completion.as_secs_f64()),
            cost: worst.cost.max(sketch.cost.0 as f64),
            energy: worst.energy.max(sketch.energy.map_or(0.0, Joules::get)),
        })
    }

    fn utility(&self, sketch: &Sketch<'_>, weights: Weights) -> Probability {
        weights.join(Good {
            quality: sketch.score.get(),
            time: 1.0 - share(sketch.completion.as_secs_f64(), self.completion),
            cost: 1.0 - share(sketch.cost.0 as f64, self.cost),
            energy: 1.0 - sketch.energy.map_or(1.0, |energy| share(energy.get(), self.energy)),
        })
    }
}
