//! How sure a discovery wants to be, and what it may cost.

use maestria_vocabulary::{Money, Probability, Tokens};

use super::{Error, Result};

/// How sure a discovery wants to be, and what it may cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Where the probes are drawn from. A model may remember what it was asked, so another discovery should have another seed.
    pub seed: u64,
    /// Expected score up to which a model is unable; what lies between this and `able` may be judged either way.
    pub unable: Probability,
    /// Expected score from which on a model is able.
    pub able: Probability,
    /// Share of wrong judgements that is accepted, of models that are able and of those that are not.
    pub error: Probability,
    /// Share of intervals that may miss the score, at whatever time one looks.
    pub interval_error: Probability,
    /// Most probes of a capability that a model answers.
    pub most_probes: u32,
    /// Probes that a model is given at a time, of different capabilities.
    pub at_a_time: u32,
    /// Calls that fail one after the other before a model counts as unreachable.
    pub most_failures: u32,
    /// What all probes together may cost.
    pub budget: Budget,
}

impl Default for Settings {
    /// Able from 0.65 on, unable up to 0.35, wrong in one of twenty cases, by at most 20 probes; no bound on the cost.
    ///
    /// Five right answers more than wrong ones then make sure that a model is able. Guessing one of three is no ability, and a model
    /// that is right in two of three cases is worth being asked.
    fn default() -> Self {
        Self {
            seed: 0,
            unable: Probability::saturating(0.35),
            able: Probability::saturating(0.65),
            error: Probability::saturating(0.05),
            interval_error: Probability::saturating(0.05),
            most_probes: 20,
            at_a_time: 1,
            most_failures: 8,
            budget: Budget::default(),
        }
    }
}

impl Settings {
    /// Whether a discovery can be made of them.
    pub(super) fn validate(&self) -> Result<()> {
        let (unable, able) = (self.unable.get(), self.able.get());
        if !(0.0 < unable && unable < able && able < 1.0) {
            return Err(Error::Indistinct { unable, able });
        }
        for (name, share) in [("error", self.error), ("interval_error", self.interval_error)] {
            if !(0.0 < share.get() && share.get() < 0.5) {
                return Err(Error::Unsure { name, value: share.get() });
            }
        }
        let counts =
            [("most_probes", self.most_probes), ("at_a_time", self.at_a_time), ("most_failures", self.most_failures)];
        match counts.into_iter().find(|(_, count)| *count == 0) {
            Some((name, _)) => Err(Error::Nothing { name }),
            None => Ok(()),
        }
    }
}

/// What may be spent; no bound where nothing is said. Also what was spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Budget {
    /// Tokens, read and written.
    pub tokens: Option<Tokens>,
    /// Money, by the prices of the cards.
    pub money: Option<Money>,
}

/// What probes cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Cost {
    pub(super) tokens: Tokens,
    pub(super) money: Money,
}

impl Cost {
    pub(super) fn plus(self, other: Self) -> Self {
        Self { tokens: self.tokens + other.tokens, money: self.money + other.money }
    }

    pub(super) const fn minus(self, other: Self) -> Self {
        Self { tokens: self.tokens.saturating_sub(other.tokens), money: self.money.saturating_sub(other.money) }
    }

    pub(super) fn is_within(self, budget: Budget) -> bool {
        budget.tokens.is_none_or(|most| self.tokens <= most) && budget.money.is_none_or(|most| self.money <= most)
    }
}
