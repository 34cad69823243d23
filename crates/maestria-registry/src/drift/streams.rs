//! The outcomes of all models at everything they do, each watched by itself.

use std::collections::BTreeMap;

use maestria_vocabulary::{Capability, Executor, ModelId, Outcome, Probability, Verdict};

use super::{Drift, Shift};

/// Watches every model at every capability by itself.
///
/// # Invariants
/// At most as many streams are watched as was said; those of models that are gone are dropped by [`forget`](Self::forget).
#[derive(Debug, Clone)]
pub struct Streams {
    pattern: Drift,
    streams: BTreeMap<(ModelId, Capability), Drift>,
    most: usize,
}

/// A model that does something differently than before, and should be probed again.
#[derive(Debug, Clone, PartialEq)]
pub struct Suspect {
    /// The model.
    pub model: ModelId,
    /// What it does differently.
    pub capability: Capability,
    /// How.
    pub shift: Shift,
}

impl Streams {
    /// Watches at most so many streams, of each of which this share at most alarms wrongly within so many outcomes.
    #[must_use]
    pub fn new(false_alarms: Probability, within: u64, most: usize) -> Self {
        Self { pattern: Drift::new(false_alarms, within), streams: BTreeMap::new(), most }
    }

    /// Takes an outcome in. One of a tool, one without a capability, and one that was cancelled say nothing of a model; nor is a stream
    /// watched that would be one too many.
    pub fn observe(&mut self, outcome: &Outcome) -> Option<Suspect> {
        let success = match outcome.verdict {
            Verdict::Succeeded => true,
            Verdict::Failed | Verdict::TimedOut => false,
            Verdict::Cancelled => return None,
        };
        let Executor::Model(model) = &outcome.executor else { return None };
        let capability = outcome.capability.as_ref()?;
        let key = (model.clone(), capability.clone());
        if self.streams.len() >= self.most && !self.streams.contains_key(&key) {
            return None;
        }
        let drift = self.streams.entry(key).or_insert_with(|| self.pattern.clone());
        let shift = drift.observe(success)?;
        Some(Suspect { model: model.clone(), capability: capability.clone(), shift })
    }

    /// Drops what was seen of a model: it is gone, or became another.
    pub fn forget(&mut self, model: &ModelId) {
        self.streams.retain(|(watched, _), _| watched != model);
    }

    /// Streams that are watched.
    #[must_use]
    pub fn len(&self) -> usize {
        self.streams.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.streams.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use maestria_vocabulary::{DeviceId, Money, Timestamp};

    use super::*;

    fn outcome(executor: Executor, capability: Option<&str>, verdict: Verdict) -> Outcome {
        Outcome {
            run: "run".parse().unwrap(),
            step: "step".parse().unwrap(),
            executor,
            capability: capability.map(|capability| capability.parse().unwrap()),
            device: DeviceId::cpu(),
            at: Timestamp::ZERO,
            waited: Duration::ZERO,
            ran: Duration::ZERO,
            verdict,
            error: None,
            usage: None,
            cost: Money::ZERO,
            energy: None,
        }
    }

    fn model(name: &str) -> Executor {
        Executor::Model(name.parse().unwrap())
    }

    fn streams(most: usize) -> Streams {
        Streams::new(Probability::saturating(0.05), 1_000, most)
    }

    #[test]
    fn only_the_stream_that_changes_alarms() {
        let mut streams = streams(10);
        let mut suspects = Vec::new();
        for n in 0..200 {
            let verdict = if n < 150 { Verdict::Succeeded } else { Verdict::TimedOut };
            suspects.extend(streams.observe(&outcome(model("a"), Some("chat"), verdict)));
            suspects.extend(streams.observe(&outcome(model("a"), Some("code"), Verdict::Succeeded)));
            suspects.extend(streams.observe(&outcome(model("b"), Some("chat"), Verdict::Failed)));
        }
        let [suspect] = suspects.as_slice() else { panic!("{suspects:?}") };
        assert_eq!((suspect.model.as_str(), suspect.capability.as_str()), ("a", "chat"));
        assert!(suspect.shift.is_decline());
        streams.forget(&"a".parse().unwrap());
        assert_eq!(streams.len(), 1);
    }

    #[test]
    fn what_says_nothing_of_a_model_is_not_watched() {
        let mut streams = streams(1);
        let tool = Executor::Tool("t".parse().unwrap());
        for outcome in [
            outcome(tool, Some("chat"), Verdict::Failed),
            outcome(model("a"), None, Verdict::Failed),
            outcome(model("a"), Some("chat"), Verdict::Cancelled),
        ] {
            assert_eq!(streams.observe(&outcome), None);
            assert!(streams.is_empty());
        }
        for name in ["a", "b", "c"] {
            streams.observe(&outcome(model(name), Some("chat"), Verdict::Succeeded));
        }
        assert_eq!(streams.len(), 1);
    }
}
