//! What the caller asked for that cannot be.

use maestria_vocabulary::{Capability, ModelId, Tokens};

use crate::Modality;

/// What the caller asked for that cannot be.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The tokens expected do not fit the window required.
    #[error("a window of {window} is required for {expected}: require a window of {expected}, or expect less")]
    WindowTooSmall {
        /// The window required.
        window: Tokens,
        /// The tokens expected.
        expected: Tokens,
    },
    /// The step is given no time, which no model can meet.
    #[error("a latency of nothing is required: allow some time, or no limit")]
    NoTime,
    /// The step hands over what no ability of this name takes. A [chain](crate::TaskAnalyzer::chain) may turn it into something that one does.
    #[error("{capability} takes no {given}: convert it first")]
    WrongModality {
        /// The ability.
        capability: Capability,
        /// What is handed over.
        given: Modality,
    },
    /// A composition of two models names one of them twice.
    #[error("{model} cannot stand in for itself: name another fallback")]
    SameModel {
        /// The model.
        model: ModelId,
    },
    /// A composition would come back in a state in which it is left at once.
    #[error("the conditions of recovery must be stricter than the thresholds, or as strict")]
    NoHysteresis,
    /// A weight is negative or no number, or all of them are nothing.
    #[error("weights are finite, not negative, and not all nothing")]
    InvalidWeights,
}

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;
