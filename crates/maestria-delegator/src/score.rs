//! How good a model is at something: what is declared of it, corrected by what was measured.

use std::time::Duration;

use maestria_registry::{Offer, Summary, Terms};
use maestria_vocabulary::{Probability, Timestamp};
use serde::{Deserialize, Serialize};

/// Most that measurements weigh against the declaration.
const MOST_WEIGHT: f64 = 0.8;
/// Evidence, in outcomes, at which measurements would weigh everything, if they were let.
const FULL_EVIDENCE: f64 = 100.0;

/// How good a model is at something, and from which numbers that follows. All lie in `[0, 1]`, and more is better.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// Declared capability `c`.
    pub declared: Probability,
    /// Measured performance; absent before the first outcome.
    pub performance: Option<Probability>,
    /// Weight `w` of what was measured.
    pub weight: Probability,
    /// Outcomes measured.
    pub samples: u64,
    /// `(1 − w) · c + w · performance`.
    pub score: Probability,
}

impl Quality {
    /// The quality of an offer at a time, `fastest` being the mean latency of the fastest model measured at the same thing.
    ///
    /// ```text
    /// performance = 0.4 · success + 0.3 · (1 − normalised latency) + 0.3 · (1 − error rate)
    /// normalised latency = 1 − fastest / latency
    /// w           = min(0.8, evidence / 100)
    /// score       = (1 − w) · c + w · performance
    /// ```
    ///
    /// The fastest model loses nothing by its latency, so that one measured alone is not punished for want of a slower one; one that takes
    /// twice as long loses half of the 0.3, whatever slower models there are. A model that was measured but never gave a result loses all of
    /// it. `evidence` is [what is left](maestria_registry::Record::evidence) of the outcomes at that time, each halved once per half-life: what was measured
    /// long ago weighs little against the declaration.
    #[must_use]
    pub fn of(offer: Offer<'_>, fastest: Option<Duration>, now: Timestamp) -> Self {
        Self::of_terms(offer.terms, fastest, now)
    }

    #[inline]
    pub(crate) fn of_terms(terms: &Terms, fastest: Option<Duration>, now: Timestamp) -> Self {
        let declared = terms.declared;
        let Some(measured) = &terms.measured else {
            return Self { declared, performance: None, weight: Probability::ZERO, samples: 0, score: declared };
        };
        let performance = performance(measured, fastest);
        let weight = (measured.evidence(now) / FULL_EVIDENCE).min(MOST_WEIGHT);
        let score = (1.0 - weight) * declared.get() + weight * performance.get();
        Self {
            declared,
            performance: Some(performance),
            weight: Probability::saturating(weight),
            samples: measured.samples(),
            score: Probability::saturating(score),
        }
    }
}

#[inline]
fn performance(measured: &Summary, fastest: Option<Duration>) -> Probability {
    let latency = match (measured.latency(), fastest) {
        (Some(latency), Some(fastest)) => {
            let slower = latency.saturating_sub(fastest);
            share(slower.as_secs_f64(), latency.as_secs_f64())
        }
        _ => 1.0,
    };
    let (success, error) = (measured.success().get(), measured.error().get());
    Probability::saturating(0.4 * success + 0.3 * (1.0 - latency) + 0.3 * (1.0 - error))
}

/// `part / whole` for `0 ≤ part ≤ whole`, in `[0, 1]`; zero of nothing.
#[inline]
pub(crate) fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}
