//! Why a discovery refused what it was given.

use super::Ticket;

/// Why a discovery refused what it was given; it is then as it was before.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The two scores that tell able from unable do not.
    #[error("unable ({unable}) must lie above 0 and below able ({able}), which must lie below 1")]
    Indistinct {
        /// Score up to which a model is unable.
        unable: f64,
        /// Score from which on it is able.
        able: f64,
    },
    /// No number of probes makes this sure, or none is needed.
    #[error("{name} must lie between 0 and 0.5, not be {value}")]
    Unsure {
        /// The setting.
        name: &'static str,
        /// Its value.
        value: f64,
    },
    /// Nothing may be asked.
    #[error("{name} must be at least 1")]
    Nothing {
        /// The setting.
        name: &'static str,
    },
    /// Two suites test the same capability.
    #[error("two suites test the capability {capability}; give one of them another name")]
    TwoSuites {
        /// The capability.
        capability: maestria_vocabulary::Capability,
    },
    /// No probe of this ticket is under way: it was answered already, or is of another discovery.
    #[error("no probe of {ticket:?} is under way")]
    NotUnderWay {
        /// The ticket.
        ticket: Ticket,
    },
}

/// A result of discovering.
pub type Result<T, E = Error> = std::result::Result<T, E>;
