//! Two models for one kind of work, and when to change from one to the other: a machine with hysteresis that is told the time.

use std::time::Duration;

use maestria_vocabulary::{Capability, ModelId, Probability, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Error, Result, Route};

/// Two models for one kind of work: one that does it, and one that does it while the first cannot do it well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HybridComposition {
    /// Who does the work.
    pub primary: ModelId,
    /// Who does it otherwise.
    pub fallback: ModelId,
    /// When to change.
    pub criteria: SwitchingCriteria,
}

/// When a [`Hybrid`] changes from its primary to its fallback and back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SwitchingCriteria {
    /// Above this share of its resource in use the primary is left. Default 0.9.
    pub resource_threshold: Probability,
    /// Below this quality the primary is left. Default 0.5.
    pub quality_threshold: Probability,
    /// Least time between two changes, whatever happens. Default 30 s.
    pub switching_delay: Duration,
    /// At or below this share of its resource in use the primary may come back. Default 0.7.
    pub recovery_resource: Probability,
    /// At or above this quality the primary may come back, where its quality is known. Default 0.6.
    pub recovery_quality: Probability,
    /// For how long all must be well before it does. Default 60 s.
    pub recovery_hold: Duration,
}

impl Default for SwitchingCriteria {
    fn default() -> Self {
        Self {
            resource_threshold: Probability::saturating(0.9),
            quality_threshold: Probability::saturating(0.5),
            switching_delay: Duration::from_secs(30),
            recovery_resource: Probability::saturating(0.7),
            recovery_quality: Probability::saturating(0.6),
            recovery_hold: Duration::from_secs(60),
        }
    }
}

/// How the primary fares at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// Share of its resource that is in use, such as the memory of its device.
    pub resource: Probability,
    /// How well it does; absent while nothing tells, as it may be while the primary rests. What is not known is no reason to change.
    pub quality: Option<Probability>,
}

/// A [`HybridComposition`] at work.
///
/// # Invariants
/// Two changes are never closer than [`SwitchingCriteria::switching_delay`]. Once every reading meets the conditions of recovery, the
/// primary is back after the longer of the delay and the hold.
///
/// ```
/// use std::time::Duration;
///
/// use maestria_delegator::{Hybrid, HybridComposition, Reading, SwitchingCriteria};
/// use maestria_vocabulary::{Probability, Timestamp};
///
/// let criteria = SwitchingCriteria::default();
/// let composition = HybridComposition { primary: "large".parse()?, fallback: "small".parse()?, criteria };
/// let mut hybrid = Hybrid::new(composition)?;
/// let at = |secs| Timestamp::from_epoch(Duration::from_secs(secs));
/// let used = |share| Reading { resource: Probability::saturating(share), quality: None };
///
/// assert!(hybrid.observe(used(0.95), at(0)), "its memory is nearly full");
/// assert_eq!(hybrid.active().as_str(), "small");
/// assert!(!hybrid.observe(used(0.8), at(100)), "below the threshold, but not well enough to come back");
/// hybrid.observe(used(0.5), at(110));
/// assert!(hybrid.observe(used(0.5), at(170)), "well for a minute");
/// assert_eq!(hybrid.active().as_str(), "large");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hybrid {
    composition: HybridComposition,
    on_fallback: bool,
    changed: Option<Timestamp>,
    /// Since when all has been well, while the fallback works.
    well_since: Option<Timestamp>,
}

impl Hybrid {
    /// The composition with its primary at work.
    ///
    /// # Errors
    /// [`Error::SameModel`] when both models are one; [`Error::NoHysteresis`] when the primary would come back in a state in which it is left.
    pub fn new(composition: HybridComposition) -> Result<Self> {
        let HybridComposition { primary, fallback, criteria } = &composition;
        if primary == fallback {
            return Err(Error::SameModel { model: primary.clone() });
        }
        if criteria.recovery_resource > criteria.resource_threshold
            || criteria.recovery_quality < criteria.quality_threshold
        {
            return Err(Error::NoHysteresis);
        }
        Ok(Self { composition, on_fallback: false, changed: None, well_since: None })
    }

    /// Who does the work now.
    #[must_use]
    pub const fn active(&self) -> &ModelId {
        if self.on_fallback { &self.composition.fallback } else { &self.composition.primary }
    }

    /// The standing order that follows: who works now comes first, the other next.
    #[must_use]
    pub fn route(&self, capability: Capability, confidence: Probability) -> Route {
        let HybridComposition { primary, fallback, .. } = self.composition.clone();
        let (model, fallback) = if self.on_fallback { (fallback, primary) } else { (primary, fallback) };
        Route { capability, model, confidence, fallback: Some(fallback) }
    }

    /// Takes in how the primary fares, and says whether who works changes by it. Time that goes backwards counts as standing still.
    pub fn observe(&mut self, reading: Reading, now: Timestamp) -> bool {
        let criteria = self.composition.criteria;
        let may_change = self.changed.is_none_or(|changed| now - changed >= criteria.switching_delay);
        let due = if self.on_fallback {
            let well = reading.resource <= criteria.recovery_resource
                && reading.quality.is_none_or(|quality| quality >= criteria.recovery_quality);
            self.well_since = well.then(|| self.well_since.unwrap_or(now));
            self.well_since.is_some_and(|since| now - since >= criteria.recovery_hold)
        } else {
            reading.resource > criteria.resource_threshold
                || reading.quality.is_some_and(|quality| quality < criteria.quality_threshold)
        };
        if !(due && may_change) {
            return false;
        }
        (self.on_fallback, self.changed, self.well_since) = (!self.on_fallback, Some(now), None);
        true
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn composition(criteria: SwitchingCriteria) -> HybridComposition {
        HybridComposition { primary: "large".parse().unwrap(), fallback: "small".parse().unwrap(), criteria }
    }

    fn reading(resource: f64, quality: Option<f64>) -> Reading {
        Reading { resource: Probability::saturating(resource), quality: quality.map(Probability::saturating) }
    }

    #[test]
    fn a_composition_that_could_flap_is_refused() {
        let check = |composition: HybridComposition, expected| {
            assert_eq!(Hybrid::new(composition).map(|_| ()), expected);
        };
        let criteria = SwitchingCriteria::default();
        check(composition(criteria), Ok(()));
        let above = Probability::saturating(0.95);
        check(composition(SwitchingCriteria { recovery_resource: above, ..criteria }), Err(Error::NoHysteresis));
        let below = Probability::saturating(0.4);
        check(composition(SwitchingCriteria { recovery_quality: below, ..criteria }), Err(Error::NoHysteresis));
        let model: ModelId = "large".parse().unwrap();
        let twice = HybridComposition { fallback: model.clone(), ..composition(criteria) };
        check(twice, Err(Error::SameModel { model }));
    }

    #[test]
    fn each_threshold_by_itself_makes_it_change() {
        let check = |reading: Reading, changes: bool| {
            let mut hybrid = Hybrid::new(composition(SwitchingCriteria::default())).unwrap();
            assert_eq!(hybrid.observe(reading, Timestamp::ZERO), changes, "{reading:?}");
            let route = hybrid.route("chat".parse().unwrap(), Probability::ONE);
            assert_eq!((&route.model, route.fallback.is_some()), (hybrid.active(), true));
        };
        check(reading(0.9, None), false);
        check(reading(0.91, None), true);
        check(reading(0.1, Some(0.5)), false);
        check(reading(0.1, Some(0.49)), true);
    }

    proptest! {
        #[test]
        fn it_never_changes_faster_than_the_delay_and_it_recovers(
            readings in prop::collection::vec((0.0..=1.0, prop::option::of(0.0..=1.0), 0_u64..40), 0..200),
            delay in 0_u64..90, hold in 0_u64..90,
        ) {
            let (switching_delay, recovery_hold) = (Duration::from_secs(delay), Duration::from_secs(hold));
            let criteria = SwitchingCriteria { switching_delay, recovery_hold, ..SwitchingCriteria::default() };
            let mut hybrid = Hybrid::new(composition(criteria)).unwrap();
            let (mut now, mut last): (Timestamp, Option<Timestamp>) = (Timestamp::ZERO, None);
            for (resource, quality, step) in readings {
                now = now + Duration::from_secs(step);
                let before = hybrid.active().clone();
                let changed = hybrid.observe(reading(resource, quality), now);
                prop_assert_eq!(changed, *hybrid.active() != before);
                if changed {
                    prop_assert!(last.is_none_or(|last| now - last >= switching_delay));
                    last = Some(now);
                }
            }
            hybrid.observe(reading(0.0, Some(1.0)), now);
            hybrid.observe(reading(0.0, None), now + switching_delay.max(recovery_hold));
            prop_assert_eq!(hybrid.active().as_str(), "large");
        }
    }
}
