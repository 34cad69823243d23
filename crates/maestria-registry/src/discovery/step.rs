//! What a discovery asks for next, and what can become of it.

use std::{fmt, time::Duration};

use maestria_vocabulary::{ModelError, ModelId, Recovery, Timestamp};

use super::Probe;

/// A probe that was asked for; unique in its discovery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub(super) u64);

impl fmt::Display for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What to do next.
#[derive(Debug)]
pub enum Next {
    /// Put a probe to a model.
    Ask(Ask),
    /// Nothing until a probe that is under way ends, or until this time if one is given.
    Wait {
        /// When a model that failed may be asked again.
        until: Option<Timestamp>,
    },
    /// All is found out that can be.
    Done,
}

/// A probe to put to a model.
#[derive(Debug)]
pub struct Ask {
    /// To name when its answer comes.
    pub ticket: Ticket,
    /// The model.
    pub model: ModelId,
    /// The probe.
    pub probe: Probe,
}

/// Why a call gave no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The call broke; nothing is said of the ability. It is made again, not before this delay if one is given.
    Broken {
        /// Least delay.
        after: Option<Duration>,
    },
    /// The model cannot be asked such a thing, and so lacks the ability.
    Unsupported,
    /// The model declined, which is a wrong answer.
    Refused,
}

impl From<&ModelError> for Failure {
    fn from(error: &ModelError) -> Self {
        match (error, error.recovery()) {
            (ModelError::Unsupported { .. } | ModelError::WindowExceeded { .. }, _) => Self::Unsupported,
            (ModelError::Refused { .. }, _) => Self::Refused,
            (_, Recovery::Retry { after }) => Self::Broken { after: Some(after) },
            _ => Self::Broken { after: None },
        }
    }
}
