//! Why the registry refused a change.

use maestria_vocabulary::ModelId;

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
    /// The card states a power that is negative, infinite or not a number.
    #[error("the card of model {id} states a power of {watts} watts")]
    InvalidPower {
        /// The model.
        id: ModelId,
        /// The power refused.
        watts: f64,
    },
}

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;
