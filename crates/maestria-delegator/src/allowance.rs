//! The time and the money that a chain of candidates shares: what an attempt may take, and whether the next one still fits.

use std::time::Duration;

use maestria_vocabulary::{Expected, Money, Timestamp};

/// Time and money for all candidates of a step together, or for all steps of a request. Every attempt draws on it.
///
/// ```
/// use std::time::Duration;
///
/// use maestria_delegator::{Allowance, Exhausted};
/// use maestria_vocabulary::{Expected, Money, Timestamp};
///
/// let at = |secs| Timestamp::from_epoch(Duration::from_secs(secs));
/// let takes = |secs, cost| Expected { run: Duration::from_secs(secs), cost: Money(cost), ..Expected::default() };
/// let mut allowance = Allowance { deadline: Some(at(10)), money: Some(Money(100)) };
///
/// // The second candidate needs four seconds, and one more to be sure: the first is stopped in time for it.
/// let chain = [takes(4, 50), takes(4, 40)];
/// assert_eq!(allowance.grant(&chain, at(0)), Ok(Some(Duration::from_secs(5))));
/// allowance.charge(Money(90)); // It cost more than expected.
/// assert_eq!(allowance.grant(&chain[1..], at(5)), Err(Exhausted::Money { needed: Money(40), left: Money(10) }));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Allowance {
    /// When the result is worthless; never when absent.
    pub deadline: Option<Timestamp>,
    /// Money that is left; without bound when absent.
    pub money: Option<Money>,
}

/// What an attempt needs that is not left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Exhausted {
    /// It would come too late.
    #[error("it would take {needed:.1?}, and {left:.1?} is left before the deadline")]
    Time {
        /// Its expected time.
        needed: Duration,
        /// Time that is left.
        left: Duration,
    },
    /// It would cost too much.
    #[error("it would cost {needed}, and {left} is left to spend")]
    Money {
        /// Its expected cost.
        needed: Money,
        /// Money that is left.
        left: Money,
    },
}

impl Allowance {
    /// Time that is left; without bound when absent.
    #[must_use]
    pub fn time_left(&self, now: Timestamp) -> Option<Duration> {
        self.deadline.map(|deadline| deadline - now)
    }

    /// Whether an attempt that is expected to take this much can be paid and be over in time.
    ///
    /// # Errors
    /// [`Exhausted`] with what is lacking, money first: unlike an estimate of time it is exact.
    pub fn admit(&self, expected: &Expected, now: Timestamp) -> Result<(), Exhausted> {
        if let Some(left) = self.money.filter(|&left| expected.cost > left) {
            return Err(Exhausted::Money { needed: expected.cost, left });
        }
        match self.time_left(now) {
            Some(left) if expected.run > left => Err(Exhausted::Time { needed: expected.run, left }),
            _ => Ok(()),
        }
    }

    /// How long the first of these candidates may take, none when it may take for ever: the time that is left, less what the quickest of
    /// those behind it needs that can be paid after it and a quarter more, for that is an estimate and changing takes a moment; but never less
    /// than it is expected to take itself.
    ///
    /// # Errors
    /// [`Exhausted::Money`] when the first cannot be paid. One that seems too slow is granted the time that is left all the same: expected
    /// times are estimates, and [`admit`](Self::admit) is for those who would rather not try.
    pub fn grant(&self, candidates: &[Expected], now: Timestamp) -> Result<Option<Duration>, Exhausted> {
        let Some((first, rest)) = candidates.split_first() else { return Ok(self.time_left(now)) };
        if let Some(left) = self.money.filter(|&left| first.cost > left) {
            return Err(Exhausted::Money { needed: first.cost, left });
        }
        let Some(left) = self.time_left(now) else { return Ok(None) };
        let money = self.money.map(|money| money.saturating_sub(first.cost));
        let payable = rest.iter().filter(|next| money.is_none_or(|money| next.cost <= money));
        let reserve = payable.map(|next| next.load.saturating_add(next.run)).min();
        let reserve = reserve.map(|time| time.saturating_add(time / 4)).unwrap_or_default();
        let granted = left.saturating_sub(reserve).max(first.run);
        Ok(Some(granted.min(left)))
    }

    /// Takes away what an attempt cost, or is expected to cost while it is under way.
    pub fn charge(&mut self, cost: Money) {
        self.money = self.money.map(|money| money.saturating_sub(cost));
    }

    /// Puts what an attempt did cost in the place of what was charged when it began.
    pub fn settle(&mut self, charged: Money, cost: Money) {
        self.money = self.money.map(|money| (money + charged).saturating_sub(cost));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(secs: u64) -> Timestamp {
        Timestamp::from_epoch(Duration::from_secs(secs))
    }

    fn takes(secs: u64, cost: u64) -> Expected {
        Expected { run: Duration::from_secs(secs), cost: Money(cost), ..Expected::default() }
    }

    #[test]
    fn an_attempt_leaves_time_for_the_next_unless_it_needs_it_itself() {
        let check = |chain: &[Expected], left: Option<u64>, expected: Option<u64>| {
            let allowance = Allowance { deadline: left.map(at), money: Some(Money(10)) };
            assert_eq!(allowance.grant(chain, at(0)), Ok(expected.map(Duration::from_secs)));
        };
        check(&[takes(1, 1)], None, None);
        check(&[takes(1, 1)], Some(10), Some(10));
        check(&[takes(1, 1), takes(6, 1), takes(4, 1)], Some(10), Some(5));
        check(&[takes(9, 1), takes(4, 1)], Some(10), Some(9));
        check(&[takes(20, 1), takes(4, 1)], Some(10), Some(10));
        check(&[takes(1, 8), takes(4, 3)], Some(10), Some(10));
        check(&[], Some(10), Some(10));
    }

    #[test]
    fn what_is_not_left_is_told() {
        let check = |expected: Expected, told: &str| {
            let allowance = Allowance { deadline: Some(at(10)), money: Some(Money(10)) };
            let found = allowance.admit(&expected, at(7)).map_err(|error| error.to_string()).err();
            assert_eq!(found.unwrap_or_default(), told);
        };
        check(takes(3, 10), "");
        check(takes(4, 0), "it would take 4.0s, and 3.0s is left before the deadline");
        check(takes(4, 11), "it would cost 0.000011, and 0.000010 is left to spend");
    }

    proptest! {
        #[test]
        fn a_chain_never_exceeds_what_it_was_allowed(
            chain in prop::collection::vec((0_u64..20, 0_u64..20), 0..8), time in 0_u64..60, money in 0_u64..60,
        ) {
            let chain: Vec<_> = chain.into_iter().map(|(secs, cost)| takes(secs, cost)).collect();
            let mut allowance = Allowance { deadline: Some(at(time)), money: Some(Money(money)) };
            let (mut now, mut paid) = (at(0), 0);
            for (n, expected) in chain.iter().enumerate() {
                // Every attempt takes all the time that it may.
                let Ok(granted) = allowance.grant(&chain[n..], now) else { continue };
                now = now + granted.unwrap();
                allowance.charge(expected.cost);
                paid += expected.cost.0;
            }
            prop_assert!(now <= at(time) && paid <= money);
        }
    }
}
