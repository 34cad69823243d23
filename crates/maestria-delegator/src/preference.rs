//! What matters most when several models would do.

use maestria_vocabulary::Probability;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// What matters most when several models would do. What must hold in any case is said by [`Requirements`](crate::Requirements).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preference {
    /// Done first.
    Fastest,
    /// Done best.
    BestQuality,
    /// Least money.
    Cheapest,
    /// Least energy.
    Greenest,
    /// Quality 0.4, time 0.3, cost 0.2, energy 0.1.
    #[default]
    Balanced,
    /// As the application says.
    Custom(Weights),
}

impl Preference {
    /// How much each axis counts. The four extremes count one axis alone; what is equal on it is decided by score, time, cost, energy.
    #[must_use]
    pub fn weights(self) -> Weights {
        const NOTHING: Weights = Weights {
            quality: Probability::ZERO,
            time: Probability::ZERO,
            cost: Probability::ZERO,
            energy: Probability::ZERO,
        };
        match self {
            Self::Fastest => Weights { time: Probability::ONE, ..NOTHING },
            Self::BestQuality => Weights { quality: Probability::ONE, ..NOTHING },
            Self::Cheapest => Weights { cost: Probability::ONE, ..NOTHING },
            Self::Greenest => Weights { energy: Probability::ONE, ..NOTHING },
            Self::Balanced => Weights {
                quality: Probability::saturating(0.4),
                time: Probability::saturating(0.3),
                cost: Probability::saturating(0.2),
                energy: Probability::saturating(0.1),
            },
            Self::Custom(weights) => weights,
        }
    }
}

/// How much each axis counts, relative to the others: only their ratios matter. When all are zero, only ties are broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weights {
    /// The model's score.
    pub quality: Probability,
    /// Expected completion.
    pub time: Probability,
    /// Expected cost.
    pub cost: Probability,
    /// Expected energy.
    pub energy: Probability,
}

impl Weights {
    /// Weights in any unit, of quality, time, cost and energy in this order: only their ratios are kept.
    ///
    /// ```
    /// use maestria_delegator::{Error, Weights};
    ///
    /// let weights = Weights::new([3.0, 1.0, 0.0, 0.0])?;
    /// assert_eq!((weights.quality.get(), weights.time.get()), (0.75, 0.25));
    /// assert_eq!(Weights::new([1.0, -1.0, 0.0, 0.0]), Err(Error::InvalidWeights));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidWeights`] when one is negative or not finite, or when all are zero.
    pub fn new(weights: [f64; 4]) -> Result<Self> {
        // By the greatest first, so that the sum cannot overflow.
        let greatest = weights.iter().copied().fold(0.0, f64::max);
        if !(greatest > 0.0 && weights.iter().all(|weight| weight.is_finite() && *weight >= 0.0)) {
            return Err(Error::InvalidWeights);
        }
        let total: f64 = weights.iter().map(|weight| weight / greatest).sum();
        let [quality, time, cost, energy] = weights.map(|weight| Probability::saturating(weight / greatest / total));
        Ok(Self { quality, time, cost, energy })
    }

    /// The weighted mean of the good on each axis, all in `[0, 1]`; zero when nothing counts.
    #[inline]
    pub(crate) fn join(self, good: Good) -> Probability {
        let Self { quality, time, cost, energy } = self;
        let total = quality.get() + time.get() + cost.get() + energy.get();
        let sum =
            quality.get() * good.quality + time.get() * good.time + cost.get() * good.cost + energy.get() * good.energy;
        Probability::saturating(crate::score::share(sum, total))
    }
}

/// How good a candidate is on each axis, in `[0, 1]`: one is best.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Good {
    pub(crate) quality: f64,
    pub(crate) time: f64,
    pub(crate) cost: f64,
    pub(crate) energy: f64,
}
