//! Why a model was ranked where it was, or refused: every number of the decision, for people and for the journal.

use std::{fmt, time::Duration};

use maestria_vocabulary::{Bytes, Capability, DeviceId, Joules, Money, Probability, Tokens};
use serde::{Deserialize, Serialize};

use crate::{Quality, Routed, Timing};

/// Every number that led to the place of one candidate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// The route that puts it first; absent when it was merely compared.
    pub routed: Option<Routed>,
    /// How good it is.
    pub quality: Quality,
    /// Where it would run; nowhere here for a remote model.
    pub device: Option<DeviceId>,
    /// When it would be done.
    pub timing: Timing,
    /// What it would cost.
    pub cost: Money,
    /// Energy to load and run it; absent when its power is not known, which counts as the worst.
    pub energy: Option<Joules>,
    /// Quality, time, cost and energy joined by preference, in `[0, 1]`: candidates without a route are ordered by it.
    pub utility: Probability,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.routed {
            Some(Routed::Named(confidence)) => write!(f, "routed with confidence {confidence:.2}; ")?,
            Some(Routed::Fallback(confidence)) => write!(f, "fallback of a route with confidence {confidence:.2}; ")?,
            None => {}
        }
        let Quality { declared, performance, weight, samples, score } = self.quality;
        write!(f, "score {score:.2} (declared {declared:.2}")?;
        match performance {
            Some(measured) => write!(f, ", measured {measured:.2} in {samples} samples of weight {weight:.2})")?,
            None => f.write_str(", never measured)")?,
        }
        let Timing { readiness, wait, load, run } = self.timing;
        write!(f, "; done in {:.1?}", self.timing.completion())?;
        match &self.device {
            Some(device) => write!(f, " on {device} (wait {wait:.1?} + load {load:.1?} + run {run:.1?}, {readiness})")?,
            None => write!(f, " ({readiness})")?,
        }
        write!(f, "; cost {}", self.cost)?;
        match self.energy {
            Some(energy) => write!(f, "; {:.1} J", energy.get())?,
            None => f.write_str("; energy unknown")?,
        }
        write!(f, "; utility {:.3}", self.utility)
    }
}

/// Why a model may not run a step: the first requirement that it fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Refusal {
    /// A route names it, but it lacks the ability. Models that no route names are not refused for this: they were never in question.
    LacksCapability {
        /// The ability.
        capability: Capability,
    },
    /// It failed too often of late.
    CircuitOpen {
        /// Time until it may be tried again.
        retry_after: Duration,
    },
    /// It failed too often of late, and is being tried already.
    OnTrial,
    /// It is remote and the prompt must not leave this machine.
    NotLocal,
    /// Its window is too small.
    WindowTooSmall {
        /// Its window.
        window: Tokens,
        /// The window required.
        needed: Tokens,
    },
    /// It is not good enough.
    BelowQualityFloor {
        /// Its score.
        score: Probability,
        /// The least score.
        floor: Probability,
    },
    /// No device here is of a kind that it runs on and has that much memory.
    FitsNoDevice {
        /// Memory it needs.
        needed: Bytes,
    },
    /// It would be done too late.
    TooSlow {
        /// Its expected completion.
        completion: Duration,
        /// The longest permitted.
        limit: Duration,
    },
    /// It would cost too much.
    TooExpensive {
        /// Its expected cost.
        cost: Money,
        /// The most permitted.
        limit: Money,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LacksCapability { capability } => write!(f, "lacks {capability}"),
            Self::CircuitOpen { retry_after } => {
                write!(f, "failed too often, and may be tried again in {retry_after:.1?}")
            }
            Self::OnTrial => f.write_str("failed too often, and is being tried already"),
            Self::NotLocal => f.write_str("not local"),
            Self::WindowTooSmall { window, needed } => write!(f, "holds {window}, {needed} are needed"),
            Self::BelowQualityFloor { score, floor } => write!(f, "score {score:.2}, {floor:.2} is needed"),
            Self::FitsNoDevice { needed } => write!(f, "fits no device with its {needed}"),
            Self::TooSlow { completion, limit } => write!(f, "done in {completion:.1?}, {limit:.1?} is allowed"),
            Self::TooExpensive { cost, limit } => write!(f, "costs {cost}, {limit} is allowed"),
        }
    }
}
