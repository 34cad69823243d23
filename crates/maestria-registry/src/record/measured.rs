//! What a record says at a moment: every value with the evidence behind it and its age, so that a reader can weigh it.

use std::time::Duration;

use maestria_vocabulary::{ErrorKind, Joules, Money, Probability, Timestamp};

use super::{Record, mean::Mean};

/// A measured value, and what it is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured<T> {
    /// The value.
    pub value: T,
    /// Outcomes behind it, faded ones counting for what is left of them: up to 100 of a mean, up to 500 of a quantile.
    pub evidence: f64,
    /// Time since the latest outcome behind it.
    pub age: Duration,
}

impl<T> Measured<T> {
    /// The same evidence for something that follows from the value.
    fn map<U>(self, f: impl FnOnce(T) -> U) -> Measured<U> {
        Measured { value: f(self.value), evidence: self.evidence, age: self.age }
    }
}

/// A [`Record`] as it reads at a moment. What was never observed is absent.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    pub(super) record: &'a Record,
    pub(super) now: Timestamp,
}

impl<'a> Reading<'a> {
    /// Share of attempts that gave a result.
    #[must_use]
    pub fn success(&self) -> Option<Measured<Probability>> {
        Some(self.mean(self.record.success)?.map(Probability::saturating))
    }

    /// Share of attempts that ended in an error, of whatever kind.
    #[must_use]
    pub fn error(&self) -> Option<Measured<Probability>> {
        Some(self.mean(self.record.error)?.map(Probability::saturating))
    }

    /// Share of attempts that ended in each kind of error observed; no kind where none was told. They add up to [`error`](Self::error).
    pub fn errors(&self) -> impl Iterator<Item = (Option<ErrorKind>, Measured<Probability>)> + use<'a> {
        let all = self.mean(self.record.error);
        let shares = self.record.kinds.iter();
        shares.filter_map(move |(kind, share)| Some((*kind, all?.map(|_| Probability::saturating(*share)))))
    }

    /// Mean time that attempts ran; see [`Record::latency`] for which count.
    #[must_use]
    pub fn latency(&self) -> Option<Measured<Duration>> {
        Some(self.mean(self.record.latency)?.map(seconds))
    }

    /// The time that a share `q` of those attempts did not exceed, within 2 %.
    #[must_use]
    pub fn latency_quantile(&self, q: Probability) -> Option<Measured<Duration>> {
        let sketch = &self.record.latencies;
        let (evidence, age) = (sketch.evidence(self.now, self.record.half_life), self.now - sketch.at());
        Some(Measured { value: sketch.quantile(q)?, evidence, age })
    }

    /// Tokens written per second of running, of all attempts that gave a result and told what they wrote: long answers weigh more.
    #[must_use]
    pub fn tokens_per_second(&self) -> Option<Measured<f64>> {
        let (written, running) = (self.mean(self.record.written)?, self.record.writing.value);
        (running > 0.0).then(|| written.map(|written| written / running))
    }

    /// Mean cost of an attempt, of those whose usage was told or that cost something; failures cost as well.
    #[must_use]
    pub fn cost(&self) -> Option<Measured<Money>> {
        Some(self.mean(self.record.cost)?.map(|cost| Money(cost.round() as u64)))
    }

    /// Mean energy of an attempt, of those where it was measured.
    #[must_use]
    pub fn energy(&self) -> Option<Measured<Joules>> {
        Some(self.mean(self.record.energy)?.map(|energy| Joules::new(energy).unwrap_or_default()))
    }

    fn mean(&self, mean: Mean) -> Option<Measured<f64>> {
        let evidence = mean.evidence(self.now, self.record.half_life);
        mean.is_told().then(|| Measured { value: mean.value, evidence, age: self.now - mean.at })
    }
}

pub(super) fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}
