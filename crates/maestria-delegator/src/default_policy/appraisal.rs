//! What is known of one model that meets the requirements.

use std::time::Duration;

use maestria_registry::{ModelCard, Terms};
use maestria_vocabulary::{Candidate, Executor, Expected, Joules, ModelId, Money, Probability, Timestamp};

use crate::{
    DeviceLoad, Explanation, Quality, Ranked, Refusal, Requirements, Routed, Timing,
    placement::{Ground, Placement},
};

/// What all models are appraised by.
#[derive(Debug)]
pub(super) struct Standard<'a> {
    pub(super) requirements: &'a Requirements,
    pub(super) fastest: Option<Duration>,
    pub(super) now: Timestamp,
    pub(super) ground: Ground<'a>,
}

/// What is known of one model that meets the requirements.
#[derive(Debug)]
pub(super) struct Appraisal<'a> {
    device: Option<&'a DeviceLoad>,
    pub(super) quality: Quality,
    pub(super) timing: Timing,
    pub(super) cost: Money,
    pub(super) energy: Option<Joules>,
}

impl<'a> Standard<'a> {
    /// Appraises a model by its terms, or says which requirement it fails first.
    #[inline]
    pub(super) fn appraise(&self, id: &ModelId, terms: &Terms) -> Result<Appraisal<'a>, Refusal> {
        let requirements = self.requirements;
        if requirements.local_only && terms.remote {
            return Err(Refusal::NotLocal);
        }
        if terms.window < requirements.min_window {
            return Err(Refusal::WindowTooSmall { window: terms.window, needed: requirements.min_window });
        }
        let quality = Quality::of_terms(terms, self.fastest, self.now);
        if let Some(floor) = requirements.quality_floor.filter(|&floor| quality.score < floor) {
            return Err(Refusal::BelowQualityFloor { score: quality.score, floor });
        }
        let Some(Placement { device, readiness, wait, load }) = self.ground.place(id, terms) else {
            return Err(Refusal::FitsNoDevice { needed: terms.memory });
        };
        let timing = Timing { readiness, wait, load, run: expected_run(terms, quality.weight) };
        let completion = timing.completion();
        if let Some(limit) = requirements.max_latency.filter(|&limit| completion > limit) {
            return Err(Refusal::TooSlow { completion, limit });
        }
        let cost = terms.price.of(requirements.expected);
        if let Some(limit) = requirements.max_cost.filter(|&limit| cost > limit) {
            return Err(Refusal::TooExpensive { cost, limit });
        }
        Ok(Appraisal { device, quality, timing, cost, energy: expected_energy(terms, timing) })
    }
}

impl Appraisal<'_> {
    pub(super) fn to_ranked(&self, card: &ModelCard, utility: Probability, routed: Option<Routed>) -> Ranked {
        let Timing { load, run, .. } = self.timing;
        let expected = Expected { load, run, cost: self.cost, energy: self.energy.unwrap_or_default() };
        Ranked {
            candidate: Candidate { executor: Executor::Model(card.id.clone()), needs: card.placed_needs(), expected },
            explanation: Explanation {
                routed,
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
#[inline]
fn expected_run(terms: &Terms, weight: Probability) -> Duration {
    let declared = terms.run;
    let Some(measured) = terms.measured.and_then(|measured| measured.latency()) else { return declared };
    let seconds = weight.complement().get() * declared.as_secs_f64() + weight.get() * measured.as_secs_f64();
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

/// Energy to load and run; nothing is known when the power is not.
#[inline]
fn expected_energy(terms: &Terms, timing: Timing) -> Option<Joules> {
    let busy = timing.load.saturating_add(timing.run);
    Joules::new(terms.watts? * busy.as_secs_f64()).ok()
}
