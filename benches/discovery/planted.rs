//! Kinds of fleets: how often models that have a capability are right, and how often those that lack it.

use std::fmt;

use maestria::registry::discovery::Draw;

/// A kind of fleet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Planted {
    /// Each capability is there or not, with equal chance. The able answer rightly with the first probability, the others with the second.
    Sides {
        /// Of those that have the capability.
        able: f64,
        /// Of those that lack it.
        unable: f64,
        /// Share of calls that fail.
        failing: f64,
    },
    /// Every probability of a right answer is as likely, but none between the two scores that the settings tell apart.
    Distinct {
        /// Share of calls that fail.
        failing: f64,
    },
    /// Every probability of a right answer is as likely; able is who is right in more than half of the cases.
    AnyLevel {
        /// Share of calls that fail.
        failing: f64,
    },
}

/// How a model is at one capability.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Level {
    /// Whether it counts as able.
    pub(crate) is_able: bool,
    /// Probability of a right answer.
    pub(crate) right: f64,
}

impl Planted {
    pub(crate) const ALL: [Self; 7] = [
        Self::Sides { able: 0.95, unable: 0.05, failing: 0.05 },
        Self::Sides { able: 0.9, unable: 0.1, failing: 0.05 },
        Self::Sides { able: 0.8, unable: 0.2, failing: 0.05 },
        Self::Sides { able: 0.8, unable: 0.2, failing: 0.3 },
        Self::Sides { able: 0.7, unable: 0.3, failing: 0.05 },
        Self::Distinct { failing: 0.05 },
        Self::AnyLevel { failing: 0.05 },
    ];

    pub(crate) fn level(self, draw: &mut Draw) -> Level {
        match self {
            Self::Sides { able, unable, .. } => {
                let is_able = draw.chance(0.5);
                Level { is_able, right: if is_able { able } else { unable } }
            }
            Self::Distinct { .. } => {
                let right = draw.between(0, 350) as f64 / 1_000.0;
                let is_able = draw.chance(0.5);
                Level { is_able, right: if is_able { 1.0 - right } else { right } }
            }
            Self::AnyLevel { .. } => {
                let right = draw.between(0, 1_000) as f64 / 1_000.0;
                Level { is_able: right > 0.5, right }
            }
        }
    }

    pub(crate) const fn failing(self) -> f64 {
        match self {
            Self::Sides { failing, .. } | Self::Distinct { failing } | Self::AnyLevel { failing } => failing,
        }
    }

    /// What is asked of the share of right judgements; nothing where the levels of models are between able and unable.
    pub(crate) fn asked(self) -> Option<f64> {
        (!matches!(self, Self::AnyLevel { .. })).then_some(0.9)
    }
}

impl fmt::Display for Planted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |share: f64| (share * 100.0).round();
        match self {
            Self::Sides { able, unable, .. } => {
                write!(f, "able right in {} %, others in {} %", percent(*able), percent(*unable))?;
            }
            Self::Distinct { .. } => f.write_str("right in 0 to 35 or 65 to 100 %")?,
            Self::AnyLevel { .. } => f.write_str("right in 0 to 100 %, able above 50 %")?,
        }
        write!(f, "; {} % of calls fail", percent(self.failing()))
    }
}
