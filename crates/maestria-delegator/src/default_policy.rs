//! The default policy: declared and measured quality, joined with time, cost and energy as the application prefers.

mod appraisal;
mod sketch;

use maestria_registry::{Circuit, Health, Snapshot};
use maestria_vocabulary::Timestamp;

use crate::{
    Load, Policy, Preference, Ranked, Ranking, Refusal, Requirements, Route, placement::Ground, route::Itinerary,
};
use appraisal::Standard;
use sketch::Sketches;

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

        let (fastest, now, ground) = (fleet.fastest(capability), load.at, Ground::new(load));
        let standard = Standard { requirements, fastest, now, ground };
        let offers = fleet.with_capability(capability);
        let mut admitted = Sketches::with_capacity(offers.len());
        offers.for_each(|offer| {
            match callable(offer.health, now).and_then(|()| standard.appraise(offer.id, offer.terms)) {
                Ok(appraisal) => {
                    let place = itinerary.find(offer.id).map(|(place, _)| place);
                    admitted.push(offer.card, offer.terms, place, &appraisal);
                }
                Err(refusal) => refused.push((offer.id.clone(), refusal)),
            }
        });

        let weights = requirements.preference.unwrap_or(self.preference).weights();
        let kept = admitted.best(self.limit, weights);
        let mut ranked: Vec<Ranked> = Vec::with_capacity(kept.len());
        ranked.extend(kept.into_iter().filter_map(|(sketch, utility)| {
            // Every number of the few that are kept; of the others a sketch was enough.
            let id = &sketch.card.id;
            let appraisal = standard.appraise(id, sketch.terms).ok()?;
            Some(appraisal.to_ranked(sketch.card, utility, itinerary.find(id).map(|(_, routed)| routed)))
        }));
        let passed_over = admitted.len() - ranked.len();
        Ranking { ranked, refused, passed_over }
    }
}

/// Says whether a call to a model would be let through.
#[inline]
fn callable(health: &Health, now: Timestamp) -> Result<(), Refusal> {
    match health.circuit(now) {
        Circuit::Open { until } => Err(Refusal::CircuitOpen { retry_after: until - now }),
        Circuit::HalfOpen { trials: 0 } => Err(Refusal::OnTrial),
        Circuit::Closed | Circuit::HalfOpen { .. } => Ok(()),
    }
}
