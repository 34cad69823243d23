//! When to ask the same model again: delays that are spread by chance, and a budget that keeps retries from making an overload worse.

use std::time::Duration;

use maestria_vocabulary::Probability;

/// How long to wait before the same model is asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// Most that chance adds. Default 10 s.
    pub most_spread: Duration,
    /// Longest delay worth waiting while a device's slot is held; beyond it, another candidate is better. Default 60 s.
    pub longest: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { most_spread: Duration::from_secs(10), longest: Duration::from_secs(60) }
    }
}

impl Backoff {
    /// The delay before the try after the `tries`-th failure, counted from one; nothing when it is not worth waiting, or when `left` would be
    /// over before.
    ///
    /// ```text
    /// delay = after + draw · min(most_spread, after · (2^tries − 1))
    /// ```
    ///
    /// It is never less than the model asked for, and callers that failed together come back spread over an interval that doubles, as in
    /// "full jitter" (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015). `draw` is uniform by chance.
    #[must_use]
    pub fn delay(&self, after: Duration, tries: u32, draw: Probability, left: Option<Duration>) -> Option<Duration> {
        let doubled = after.saturating_mul((1_u32 << tries.min(31)) - 1);
        let widest = doubled.min(self.most_spread);
        let spread = Duration::try_from_secs_f64(widest.as_secs_f64() * draw.get()).unwrap_or(widest);
        let delay = after.saturating_add(spread);
        (delay <= self.longest && left.is_none_or(|left| delay < left)).then_some(delay)
    }
}

/// Tokens for retries of one model: every failure takes one, every success gives one back, and there are retries only while more than half
/// of the ten are there.
///
/// A model that works at least as often as it fails is asked again whenever it fails; one that is down is asked at most once per request,
/// however many requests there are. It is the retry throttling of gRPC (gRFC A6, "gRPC Retry Design") with `maxTokens` 10 and `tokenRatio` 1:
/// gRPC's usual ratio of 0.1 would give up on a model that is busy every third time although nobody else can answer, and the slots of a device
/// bound how often it is asked at once anyway. So retries at most double the load, as do those of the client-side throttling of Beyer et al.,
/// "Site Reliability Engineering" (2016), chapter 21, with its multiplier of 2.
///
/// ```
/// use maestria_delegator::RetryBudget;
///
/// let mut budget = RetryBudget::default();
/// let retried = (0..100).take_while(|_| budget.fail()).count();
/// assert_eq!(retried, 4);
/// (0..20).for_each(|_| budget.succeed());
/// assert!(budget.fail(), "it works again");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryBudget {
    /// At most [`MOST`].
    tokens: u32,
}

/// Most tokens that a budget holds.
const MOST: u32 = 10;

impl Default for RetryBudget {
    /// A full budget.
    fn default() -> Self {
        Self { tokens: MOST }
    }
}

impl RetryBudget {
    /// Takes in that the model answered.
    pub fn succeed(&mut self) {
        self.tokens = (self.tokens + 1).min(MOST);
    }

    /// Takes in that the model failed, and says whether it may be asked again.
    #[must_use]
    pub fn fail(&mut self) -> bool {
        self.tokens = self.tokens.saturating_sub(1);
        self.tokens > MOST / 2
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_delay_that_is_not_worth_waiting_is_not_waited() {
        let check = |after: u64, tries, draw: f64, left: Option<u64>, expected: Option<u64>| {
            let [after, left, expected] = [Some(after), left, expected].map(|secs| secs.map(Duration::from_secs));
            let draw = Probability::saturating(draw);
            assert_eq!(Backoff::default().delay(after.unwrap(), tries, draw, left), expected);
        };
        check(2, 1, 0.0, None, Some(2));
        check(2, 1, 1.0, None, Some(4));
        check(2, 2, 1.0, None, Some(8));
        check(2, 9, 1.0, None, Some(12));
        check(61, 1, 0.0, None, None);
        check(3600, 1, 0.0, Some(7200), None);
        check(2, 1, 0.0, Some(2), None);
        check(2, 1, 0.0, Some(3), Some(2));
    }

    proptest! {
        #[test]
        fn a_model_is_never_asked_sooner_than_it_said_nor_too_late(
            after: Duration, tries: u32, draw in 0.0..=1.0, left: Option<Duration>,
        ) {
            let delay = Backoff::default().delay(after, tries, Probability::saturating(draw), left);
            if let Some(delay) = delay {
                prop_assert!(delay >= after && delay <= Backoff::default().longest);
                prop_assert!(left.is_none_or(|left| delay < left));
            }
        }

        #[test]
        fn retries_are_at_most_four_more_than_the_successes(answers in prop::collection::vec(any::<bool>(), 0..500)) {
            let mut budget = RetryBudget::default();
            let (mut retries, mut successes) = (0, 0);
            for good in answers {
                if good {
                    budget.succeed();
                    successes += 1;
                } else if budget.fail() {
                    retries += 1;
                }
            }
            prop_assert!(retries <= 4 + successes);
        }
    }
}
