//! What this crate refuses.

use maestria_vocabulary::Timestamp;

/// Why a measurement or a threshold was refused. What was recorded before stays as it was.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The value is not a number, or infinite: no mean and no comparison would mean anything.
    #[error("{value} is not a measurement")]
    NotFinite {
        /// The value refused.
        value: f64,
    },
    /// The measurement is older than the one before it.
    #[error("a measurement of {at} came after one of {latest}")]
    OutOfOrder {
        /// When it was taken.
        at: Timestamp,
        /// When the latest one was.
        latest: Timestamp,
    },
    /// An alert that is raised where it should be cleared would never rest.
    #[error("an alert raised above {raise_above} must be cleared below a lower value, not {clear_below}")]
    NoHysteresis {
        /// Where it was to be raised.
        raise_above: f64,
        /// Where it was to be cleared.
        clear_below: f64,
    },
}

impl Error {
    /// Checks that a measurement is finite and not older than the latest.
    pub(crate) fn check(at: Timestamp, value: f64, latest: Option<Timestamp>) -> Result<()> {
        if !value.is_finite() {
            return Err(Self::NotFinite { value });
        }
        match latest {
            Some(latest) if at < latest => Err(Self::OutOfOrder { at, latest }),
            _ => Ok(()),
        }
    }
}

/// What this crate gives back where it can refuse.
pub type Result<T, E = Error> = std::result::Result<T, E>;
