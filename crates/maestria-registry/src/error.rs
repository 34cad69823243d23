//! Why the registry refused a change.

use maestria_vocabulary::{ModelId, Timestamp};

use crate::{Residency, ResidencyEvent};

/// Why the registry refused a change; it is then as it was before.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A model of this id is registered already.
    #[error("model {id} is registered already")]
    AlreadyRegistered {
        /// The model.
        id: ModelId,
    },
    /// No model of this id is registered.
    #[error("model {id} is not registered")]
    NotRegistered {
        /// The model.
        id: ModelId,
    },
    /// The card gives the model no window: no prompt would fit.
    #[error("the card of model {id} states a window of no tokens")]
    NoWindow {
        /// The model.
        id: ModelId,
    },
    /// The card names no capability: nothing could ever be asked of the model.
    #[error("the card of model {id} states no capability")]
    NoCapability {
        /// The model.
        id: ModelId,
    },
    /// The card of a local model names remote devices: it should say that the model is remote, or leave them out.
    #[error("the card of model {id} states a remote device, but not that it is remote")]
    NotRemote {
        /// The model.
        id: ModelId,
    },
    /// The card states a power that is negative, infinite or not a number.
    #[error("the card of model {id} states a power of {watts} watts")]
    InvalidPower {
        /// The model.
        id: ModelId,
        /// The power refused.
        watts: f64,
    },
    /// The model failed too often of late: ask another, or this one when it is time for a trial.
    #[error("the circuit of model {id} is open until {until}")]
    CircuitOpen {
        /// The model.
        id: ModelId,
        /// When the first trial may be made.
        until: Timestamp,
    },
    /// As many trials as are let through are being made: ask another model, or this one when they have ended.
    #[error("the trials of model {id} are under way")]
    TrialsUnderWay {
        /// The model.
        id: ModelId,
    },
    /// The event cannot follow what was reported of the model before.
    #[error("{event:?} cannot follow for model {id}, which is {residency:?}")]
    CannotFollow {
        /// The model.
        id: ModelId,
        /// What was reported before.
        residency: Residency,
        /// The event refused.
        event: ResidencyEvent,
    },
}

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;
