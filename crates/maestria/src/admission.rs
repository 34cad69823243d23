//! Whether an attempt may begin: whether it can be paid, and whether its model may be asked.

use maestria_delegator::{Exhausted, Refusal};
use maestria_registry::{Error, Registry};
use maestria_vocabulary::{Executor, Timestamp};

use crate::attempt::CutShort;

/// Why an attempt may not begin.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum Barred {
    #[error(transparent)]
    NotPaid(#[from] Exhausted),
    #[error("it {0}")]
    NotAdmitted(Refusal),
}

impl From<Barred> for CutShort {
    fn from(barred: Barred) -> Self {
        match barred {
            Barred::NotPaid(_) => Self::NotPaid,
            Barred::NotAdmitted(refusal) => Self::NotAdmitted(refusal),
        }
    }
}

/// Asks the circuit of a model, which lets a few calls through while it is half-open. A model that is gone is let through: the attempt finds
/// out, and says so.
///
/// # Errors
/// [`Barred::NotAdmitted`] with when to come back.
pub(crate) fn admit(registry: &Registry, executor: &Executor, now: Timestamp) -> Result<(), Barred> {
    let Executor::Model(model) = executor else { return Ok(()) };
    match registry.admit(model, now) {
        Err(Error::CircuitOpen { until, .. }) => {
            Err(Barred::NotAdmitted(Refusal::CircuitOpen { retry_after: until - now }))
        }
        Err(Error::TrialsUnderWay { .. }) => Err(Barred::NotAdmitted(Refusal::OnTrial)),
        _ => Ok(()),
    }
}
