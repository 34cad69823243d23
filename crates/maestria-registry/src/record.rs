//! How well a model did one thing lately: decayed means that can be neither NaN nor out of range.

use std::time::Duration;

use maestria_vocabulary::{Outcome, Probability, Timestamp, Verdict};

/// Most evidence, in outcomes, that a mean keeps: however fast outcomes come, a change shows within about a hundred of them.
const MEMORY: f64 = 100.0;

/// How well a model did at one capability, newer outcomes weighing more than older ones.
///
/// Each rate is an exponentially decayed mean. Evidence of `n` outcomes fades to `n · 2^(−elapsed / half-life)` before an outcome is
/// taken in, and never exceeds a hundred outcomes; then `mean ← (n · mean + x) / (n + 1)`. As `n ≥ 0`, the divisor is at least one and
/// every mean stays between the values it was made of.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Record {
    success: Mean,
    error: Mean,
    latency: Mean,
    samples: u64,
    last: Timestamp,
}

impl Record {
    /// Share of attempts that gave a result, in `[0, 1]`; zero before the first.
    #[must_use]
    pub fn success(&self) -> Probability {
        Probability::saturating(self.success.value)
    }

    /// Share of attempts that ended in an error, in `[0, 1]`; zero before the first.
    ///
    /// It is not `1 − success`: an attempt that ran out of time gave neither a result nor an error.
    #[must_use]
    pub fn error(&self) -> Probability {
        Probability::saturating(self.error.value)
    }

    /// Mean time that attempts ran; absent before the first that tells.
    ///
    /// An attempt that ran out of time counts with the time it was given. One that failed does not count: failing fast is not speed.
    #[must_use]
    pub fn latency(&self) -> Option<Duration> {
        let seconds = (self.latency.evidence > 0.0).then_some(self.latency.value)?;
        Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
    }

    /// Attempts ever taken in, faded ones included.
    #[must_use]
    pub const fn samples(&self) -> u64 {
        self.samples
    }

    /// When the latest attempt ended; the epoch before the first.
    #[must_use]
    pub const fn last(&self) -> Timestamp {
        self.last
    }

    /// The record, if there ever was an outcome.
    pub(crate) fn told(&self) -> Option<&Self> {
        (self.samples > 0).then_some(self)
    }

    /// The record after an outcome; nothing when it was cancelled, which tells nothing of the model.
    ///
    /// An outcome older than the latest one counts as if it had ended with that one.
    pub(crate) fn with(&self, outcome: &Outcome, half_life: Duration) -> Option<Self> {
        let (success, error) = match outcome.verdict {
            Verdict::Succeeded => (1.0, 0.0),
            Verdict::Failed => (0.0, 1.0),
            Verdict::TimedOut => (0.0, 0.0),
            Verdict::Cancelled => return None,
        };
        let kept = fading(outcome.at - self.last, half_life);
        Some(Self {
            success: self.success.with(success, kept),
            error: self.error.with(error, kept),
            latency: match outcome.verdict {
                Verdict::Failed => self.latency.faded(kept),
                _ => self.latency.with(outcome.ran.as_secs_f64(), kept),
            },
            samples: self.samples.saturating_add(1),
            last: self.last.max(outcome.at),
        })
    }
}

/// Share of the evidence that is left after `elapsed`, in `[0, 1]`.
fn fading(elapsed: Duration, half_life: Duration) -> f64 {
    if elapsed.is_zero() { 1.0 } else { (-elapsed.as_secs_f64() / half_life.as_secs_f64()).exp2() }
}

/// A mean, and the evidence behind it in outcomes.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Mean {
    value: f64,
    evidence: f64,
}

impl Mean {
    /// The mean after `x`, when the share `kept` of the evidence so far is left.
    fn with(self, x: f64, kept: f64) -> Self {
        let old = self.evidence * kept;
        let new = old + 1.0;
        Self { value: self.value * (old / new) + x / new, evidence: new.min(MEMORY) }
    }

    /// The same mean, less sure. Evidence never fades to nothing: what is known is not forgotten, only outweighed.
    fn faded(self, kept: f64) -> Self {
        let evidence = if self.evidence > 0.0 { (self.evidence * kept).max(f64::MIN_POSITIVE) } else { 0.0 };
        Self { evidence, ..self }
    }
}

#[cfg(test)]
mod tests {
    use std::iter::repeat_n;

    use maestria_vocabulary::{DeviceId, Executor, Money};
    use proptest::prelude::*;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn outcome(verdict: Verdict, at: Duration, ran: Duration) -> Outcome {
        Outcome {
            run: "run".parse().unwrap(),
            step: "step".parse().unwrap(),
            executor: Executor::Model("m".parse().unwrap()),
            capability: Some("chat".parse().unwrap()),
            device: DeviceId::cpu(),
            at: Timestamp::from_epoch(at),
            waited: Duration::ZERO,
            ran,
            verdict,
            usage: None,
            cost: Money::ZERO,
            energy: None,
        }
    }

    fn record(outcomes: impl IntoIterator<Item = (Verdict, Duration, Duration)>) -> Record {
        let mut record = Record::default();
        for (verdict, at, ran) in outcomes {
            record = record.with(&outcome(verdict, at, ran), HOUR).unwrap_or(record);
        }
        record
    }

    #[test]
    fn each_verdict_says_what_it_can_say() {
        let check = |verdict, samples, success, error, latency: Option<u64>| {
            let record = record([(verdict, HOUR, Duration::from_millis(250))]);
            let found = (record.samples(), record.success().get(), record.error().get(), record.latency());
            assert_eq!(found, (samples, success, error, latency.map(Duration::from_millis)), "{verdict:?}");
        };
        check(Verdict::Succeeded, 1, 1.0, 0.0, Some(250));
        check(Verdict::Failed, 1, 0.0, 1.0, None);
        check(Verdict::TimedOut, 1, 0.0, 0.0, Some(250));
        check(Verdict::Cancelled, 0, 0.0, 0.0, None);
    }

    #[test]
    fn after_one_half_life_the_past_weighs_half() {
        let second = Duration::from_secs(1);
        let record = record([(Verdict::Succeeded, HOUR, second), (Verdict::Failed, 2 * HOUR, second)]);
        assert!((record.success().get() - 1.0 / 3.0).abs() < 1e-12);
        assert!((record.error().get() - 2.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn a_change_shows_within_a_hundred_outcomes_however_fast_they_come() {
        let good = (Verdict::Succeeded, HOUR, Duration::ZERO);
        let bad = (Verdict::Failed, HOUR, Duration::ZERO);
        let record = record(repeat_n(good, 10_000).chain(repeat_n(bad, 100)));
        assert!(record.success().get() < 0.5, "{}", record.success());
        assert_eq!(record.samples(), 10_100);
    }

    #[test]
    fn latency_is_not_forgotten_while_a_model_only_fails() {
        let second = Duration::from_secs(1);
        let failures = (1..1000).map(|n| (Verdict::Failed, HOUR * 100 * n, Duration::ZERO));
        let record = record(std::iter::once((Verdict::Succeeded, HOUR, second)).chain(failures));
        assert_eq!(record.latency(), Some(second));
    }

    fn any_outcome() -> impl Strategy<Value = (Verdict, Duration, Duration)> {
        let verdict =
            prop::sample::select(vec![Verdict::Succeeded, Verdict::Failed, Verdict::TimedOut, Verdict::Cancelled]);
        let duration = || {
            prop_oneof![
                any::<Duration>(),
                (0_u64..100_000).prop_map(Duration::from_millis),
                Just(Duration::ZERO),
                Just(Duration::MAX),
            ]
        };
        (verdict, duration(), duration())
    }

    proptest! {
        #[test]
        fn means_stay_within_what_they_were_made_of(
            outcomes in prop::collection::vec(any_outcome(), 0..50),
            half_life in prop_oneof![any::<Duration>(), Just(Duration::ZERO), Just(Duration::MAX)],
        ) {
            let mut record = Record::default();
            for (verdict, at, ran) in &outcomes {
                record = record.with(&outcome(*verdict, *at, *ran), half_life).unwrap_or(record);
                let sum = record.success().get() + record.error().get();
                prop_assert!((0.0..=1.0 + 1e-9).contains(&sum), "{record:?}");
                prop_assert!([record.success, record.error, record.latency].iter().all(|mean| mean.value.is_finite()));
            }
            let told = outcomes.iter().filter(|(verdict, ..)| matches!(verdict, Verdict::Succeeded | Verdict::TimedOut));
            let longest = told.map(|(_, _, ran)| ran.as_secs_f64()).fold(None, |a: Option<f64>, b| Some(a.map_or(b, |a| a.max(b))));
            match (record.latency(), longest) {
                (Some(mean), Some(longest)) => prop_assert!(mean.as_secs_f64() <= longest * (1.0 + 1e-9) + 1e-9),
                (mean, longest) => prop_assert_eq!(mean.is_some(), longest.is_some()),
            }
        }

        #[test]
        fn a_model_that_never_changes_has_the_mean_of_its_every_outcome(
            ran in 0_u64..1_000_000, times in prop::collection::vec(0_u64..1_000_000, 1..50),
        ) {
            let ran = Duration::from_micros(ran);
            let record = record(times.iter().map(|at| (Verdict::Succeeded, Duration::from_secs(*at), ran)));
            prop_assert!((record.success().get() - 1.0).abs() < 1e-9);
            let mean = record.latency().unwrap().as_secs_f64();
            prop_assert!((mean - ran.as_secs_f64()).abs() < 1e-8);
        }
    }
}
