//! How well a model did one thing lately: decayed means and quantiles.

mod mean;
mod measured;
mod sketch;
mod summary;

use std::{collections::BTreeMap, time::Duration};

use maestria_vocabulary::{ErrorKind, Outcome, Probability, Timestamp, Verdict};
use serde::{Deserialize, Serialize};

use mean::Mean;
pub use measured::{Measured, Reading};
use sketch::Sketch;
pub use summary::Summary;

/// How well a model did at one capability, newer outcomes weighing more than older ones.
///
/// Each rate is an exponentially decayed mean. Evidence of `n` outcomes fades to `n · 2^(−elapsed / half-life)` before an outcome is
/// taken in, and never exceeds a hundred outcomes; then `mean ← (n · mean + x) / (n + 1)`. Latencies are kept as a histogram that fades in
/// the same way and gives quantiles. [`at`](Self::at) tells each value with the evidence that is left of it and its age.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    success: Mean,
    error: Mean,
    /// Share of attempts that ended in each kind of error; on the evidence of `error`, of which they are the parts.
    #[serde(with = "as_pairs")]
    kinds: BTreeMap<Option<ErrorKind>, f64>,
    latency: Mean,
    latencies: Sketch,
    written: Mean,
    writing: Mean,
    cost: Mean,
    energy: Mean,
    samples: u64,
    last: Timestamp,
    half_life: Duration,
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
        self.latency.is_told().then(|| measured::seconds(self.latency.value))
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

    /// Evidence that is left at a time: attempts taken in, each halved once per half-life since, in `[0, 100]`.
    #[must_use]
    pub fn evidence(&self, now: Timestamp) -> f64 {
        self.success.evidence(now, self.half_life)
    }

    /// The part of it that models are compared by.
    #[must_use]
    pub(crate) fn summary(&self) -> Summary {
        Summary::of(self)
    }

    /// All that was measured, as it reads at a time.
    #[must_use]
    pub const fn at(&self, now: Timestamp) -> Reading<'_> {
        Reading { record: self, now }
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
        let at = self.last.max(outcome.at);
        let ran = outcome.ran.as_secs_f64();
        let mut next = Self { last: at, samples: self.samples.saturating_add(1), half_life, ..self.clone() };
        next.count_error(outcome, at);
        let take = |mean: &mut Mean, x: f64| *mean = mean.with(x, at, half_life);
        take(&mut next.success, success);
        take(&mut next.error, error);
        if outcome.verdict != Verdict::Failed {
            take(&mut next.latency, ran);
            next.latencies.add(outcome.ran, at, half_life);
        }
        if let (Verdict::Succeeded, Some(usage)) = (outcome.verdict, outcome.usage) {
            take(&mut next.written, usage.output.0 as f64);
            take(&mut next.writing, ran);
        }
        if outcome.usage.is_some() || outcome.cost.0 > 0 {
            take(&mut next.cost, outcome.cost.0 as f64);
        }
        if let Some(energy) = outcome.energy {
            take(&mut next.energy, energy.get());
        }
        Some(next)
    }

    /// Moves the shares of the kinds of error as the mean of all errors is about to move.
    fn count_error(&mut self, outcome: &Outcome, at: Timestamp) {
        let weight = self.error.weight_of_next(at, self.half_life);
        self.kinds.values_mut().for_each(|share| *share *= 1.0 - weight);
        if outcome.verdict == Verdict::Failed {
            *self.kinds.entry(outcome.error).or_default() += weight;
        }
    }

    /// The record on another half-life.
    pub(crate) fn on(self, half_life: Duration) -> Self {
        Self { half_life, ..self }
    }

    /// Whether some history of outcomes leaves this record.
    pub(crate) fn is_sound(&self) -> bool {
        let shares = [self.success, self.error].iter().all(|mean| mean.is_sound(1.0));
        let amounts = [self.latency, self.written, self.writing, self.cost, self.energy];
        let kinds = self.kinds.values().all(|share| (0.0..=1.0).contains(share));
        shares && kinds && amounts.iter().all(|mean| mean.is_sound(f64::MAX)) && self.latencies.is_sound()
    }
}

/// A map whose keys are no strings, as a list of pairs.
mod as_pairs {
    use std::collections::BTreeMap;

    use maestria_vocabulary::ErrorKind;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        map: &BTreeMap<Option<ErrorKind>, f64>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<Option<ErrorKind>, f64>, D::Error> {
        Ok(Vec::deserialize(deserializer)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use std::iter::repeat_n;

    use maestria_vocabulary::{DeviceId, Executor, Joules, Money, Tokens, Usage};
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
            error: None,
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

    #[test]
    fn a_reading_tells_every_value_with_its_evidence_and_its_age() {
        let told = |verdict, at, ran: u64, output| Outcome {
            usage: Some(Usage { input: Tokens(10), output: Tokens(output) }),
            cost: Money(300),
            energy: Joules::new(40.0).ok(),
            error: (verdict == Verdict::Failed).then_some(ErrorKind::Overloaded),
            ..outcome(verdict, at, Duration::from_secs(ran))
        };
        let outcomes = [
            told(Verdict::Succeeded, Duration::ZERO, 1, 100),
            told(Verdict::Succeeded, Duration::ZERO, 3, 20),
            told(Verdict::Failed, HOUR, 9, 0),
        ];
        let record = outcomes.iter().fold(Record::default(), |record, outcome| record.with(outcome, HOUR).unwrap());
        let now = Timestamp::from_epoch(2 * HOUR);
        let reading = record.at(now);
        let near = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-9, "{found}, not {expected}");

        // Two outcomes of an hour earlier and one of an hour ago: 2/2 + 1 of evidence then, half of it now.
        let success = reading.success().unwrap();
        near(success.value.get(), 0.5);
        near(success.evidence, 1.0);
        assert_eq!(success.age, HOUR);
        near(record.evidence(now), 1.0);
        let errors: Vec<_> = reading.errors().map(|(kind, share)| (kind, share.value.get())).collect();
        assert_eq!(errors, [(Some(ErrorKind::Overloaded), 0.5)]);

        let latency = reading.latency().unwrap();
        assert_eq!((latency.value, latency.age), (Duration::from_secs(2), 2 * HOUR));
        near(latency.evidence, 0.5);
        let slow = reading.latency_quantile(Probability::saturating(0.95)).unwrap();
        near((slow.value.as_secs_f64() / 3.0 - 1.0).abs().max(0.02), 0.02);
        near(reading.tokens_per_second().unwrap().value, 30.0);
        assert_eq!(reading.cost().unwrap().value, Money(300));
        near(reading.energy().unwrap().value.get(), 40.0);
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
                prop_assert!(record.is_sound(), "{record:?}");
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
