//! What matters most when several models would do.

use maestria_vocabulary::Probability;
use serde::{Deserialize, Serialize};

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
    /// The weighted mean of the good on each axis, all in `[0, 1]`; zero when nothing counts.
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
