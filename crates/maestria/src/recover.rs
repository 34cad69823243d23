//! What to do after a model failed: again, with less, elsewhere, or not at all.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use maestria_delegator::{Backoff, RetryBudget};
use maestria_scheduler::Finish;
use maestria_vocabulary::{ErrorKind, ModelError, ModelId, Probability, Recovery, RunId, StepId, Timestamp};

/// Most times the same model is asked for one attempt.
const MOST_TRIES: u32 = 3;

/// What to do after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Ask the same model again after this delay.
    Again { after: Duration },
    /// Ask the same model again with half as many tokens, for the prompt and its answer together.
    Shorter,
    /// End the attempt.
    End(Finish),
}

/// The retries that each model has left, over all requests.
#[derive(Debug, Default)]
pub(crate) struct RetryBudgets(Mutex<HashMap<ModelId, RetryBudget>>);

impl RetryBudgets {
    fn of<T>(&self, model: &ModelId, change: impl FnOnce(&mut RetryBudget) -> T) -> T {
        let mut budgets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(budgets.entry(model.clone()).or_default())
    }

    /// Forgets a model, so that no more are kept than there are.
    pub(crate) fn remove(&self, model: &ModelId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(model);
    }
}

/// What bounds one attempt.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Bounds {
    /// When it must be over.
    pub(crate) until: Option<Timestamp>,
    /// From which its delays are drawn.
    pub(crate) seed: u64,
}

impl Bounds {
    /// An attempt at a step of a run: the same delays for the same step, and others for the next run.
    pub(crate) fn new(run: &RunId, step: &StepId, until: Option<Timestamp>) -> Self {
        Self { until, seed: hash((run, step)) }
    }
}

/// How long one attempt may go on asking its model.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience<'a> {
    pub(crate) budgets: &'a RetryBudgets,
    pub(crate) model: &'a ModelId,
    pub(crate) bounds: Bounds,
}

impl Patience<'_> {
    /// What to do after the `tries`-th failure, counted from one.
    pub(crate) fn next(&self, error: &ModelError, tries: u32, now: Timestamp) -> Next {
        let recovery = error.recovery();
        let may_retry = matches!(recovery, Recovery::Retry { .. }) && self.budgets.of(self.model, RetryBudget::fail);
        let left = self.bounds.until.map(|until| until - now);
        let draw = chance(self.bounds.seed, tries);
        let delay = |after| Backoff::default().delay(after, tries, draw, left).filter(|_| may_retry);
        match decide(recovery, tries, delay) {
            Next::End(_) if error.kind() == ErrorKind::OutOfMemory => Next::End(Finish::OutOfMemory),
            next => next,
        }
    }

    /// The model answered.
    pub(crate) fn answered(&self) {
        self.budgets.of(self.model, RetryBudget::succeed);
    }
}

/// How an attempt ends whose model may not be asked again.
pub(crate) fn finish(recovery: Recovery) -> Finish {
    if recovery == Recovery::GiveUp { Finish::Failed } else { Finish::Elsewhere }
}

/// `delay` says when a model may be asked again that wants so much time, if it is worth waiting.
fn decide(recovery: Recovery, tries: u32, delay: impl FnOnce(Duration) -> Option<Duration>) -> Next {
    match recovery {
        _ if tries >= MOST_TRIES => Next::End(finish(recovery)),
        Recovery::Retry { after } => {
            delay(after).map_or_else(|| Next::End(finish(recovery)), |after| Next::Again { after })
        }
        Recovery::Shrink => Next::Shorter,
        Recovery::Elsewhere | Recovery::GiveUp => Next::End(finish(recovery)),
    }
}

/// A number that looks random, and differs from one seed and one try to the next.
fn chance(seed: u64, tries: u32) -> Probability {
    Probability::saturating((hash((seed, tries)) >> 11) as f64 / (1_u64 << 53) as f64)
}

pub(crate) fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn an_attempt_ends_after_three_tries_whatever_the_model_says() {
        let check = |recovery, tries, expected| assert_eq!(decide(recovery, tries, Some), expected);
        check(Recovery::Retry { after: SECOND }, 1, Next::Again { after: SECOND });
        check(Recovery::Retry { after: SECOND }, 3, Next::End(Finish::Elsewhere));
        check(Recovery::Shrink, 1, Next::Shorter);
        check(Recovery::Shrink, 3, Next::End(Finish::Elsewhere));
        check(Recovery::Elsewhere, 1, Next::End(Finish::Elsewhere));
        check(Recovery::GiveUp, 1, Next::End(Finish::Failed));
        check(Recovery::GiveUp, 3, Next::End(Finish::Failed));
    }

    #[test]
    fn nobody_waits_for_a_model_that_comes_back_too_late_or_has_failed_too_often() {
        let (budgets, model) = (RetryBudgets::default(), "m".parse().unwrap());
        let check = |after, left: Option<Duration>, again: bool| {
            let bounds = Bounds { until: left.map(Timestamp::from_epoch), seed: 7 };
            let patience = Patience { budgets: &budgets, model: &model, bounds };
            let next = patience.next(&ModelError::Overloaded { retry_after: Some(after) }, 1, Timestamp::ZERO);
            assert_eq!(matches!(next, Next::Again { .. }), again, "{next:?}");
        };
        check(SECOND, None, true);
        check(SECOND, Some(SECOND), false);
        check(3600 * SECOND, None, false);
        check(SECOND, Some(3 * SECOND), true);
        check(SECOND, None, false);
        let patience = Patience { budgets: &budgets, model: &model, bounds: Bounds::default() };
        (0..20).for_each(|_| patience.answered());
        check(SECOND, None, true);
    }
}
