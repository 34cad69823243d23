//! Which idle model makes room: what can be chosen, and what each choice says a resident is worth.

use std::{fmt, sync::Arc};

use maestria_vocabulary::{Bytes, ModelId};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What decides which idle model makes room for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Eviction {
    /// The least of `reload time · predicted reuse ÷ bytes`.
    ///
    /// This is the GreedyDual-Size idea (Cao and Irani, USENIX ITS 1997) with a prediction in the place of its ageing. Predicted reuse is
    /// the probability that the next use of any model is of this one, the mean of two estimates:
    ///
    /// ```text
    /// ½ · Σ (1 − q) q^age + ½ · Σ (1 − r) r^age      q = 2^(−1/5), r = 2^(−1/320)
    /// ```
    ///
    /// over its earlier uses, `age` being how many uses of any model came since. The first sum forgets by halves every 5 uses and follows
    /// the burst that someone who works with a model makes; the second forgets every 320 and knows what is popular. Recency alone keeps
    /// what was needed once, frequency alone keeps what has gone out of use. Ages are counted in uses, not in seconds, so that a quiet
    /// night forgets nothing. Where jobs wait for a model, its reuse is at least `1 ÷ (1 + models that are waited for before it)`.
    #[default]
    PredictedReuse,
    /// The one whose last use is longest ago (LRU).
    Lru,
    /// The one with the fewest uses, each counting half as much after every [`half_life`](crate::Settings::half_life) (decayed LFU).
    DecayedLfu,
}

/// Knows the future: what a replay of a recorded trace can tell the machine, so that the best that any policy could do is on the table.
pub trait Oracle: fmt::Debug + Send + Sync {
    /// The place, in the sequence of all uses of all models, of the next use of this one at or after place `from`; nothing when there is
    /// none. The first use of all has place zero.
    fn next_use(&self, model: &ModelId, from: u64) -> Option<u64>;
}

/// The choice that a machine obeys.
#[derive(Debug, Clone)]
pub(crate) enum Evict {
    By(Eviction),
    /// The one that is needed last (Belady 1966).
    Knowing(Arc<dyn Oracle>),
}

/// What is known of a resident when room is made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts {
    /// Time that loading it again would take.
    pub(crate) reload: Duration,
    /// Memory that it holds.
    pub(crate) bytes: Bytes,
}

impl Facts {
    /// Seconds per byte that keeping it saves, given the probability that it is used again.
    pub(crate) fn saving(self, reuse: f64) -> f64 {
        self.reload.as_secs_f64() * reuse / self.bytes.0.max(1) as f64
    }
}

/// Which of some models, those of least worth first, should go so that `needed` becomes free: the first of those that cannot be spared, the
/// worthiest being spared first. Nothing when none need go, or all of them would not be enough.
pub(crate) fn victim(bytes: &[Bytes], needed: Bytes) -> Option<usize> {
    let mut gained: Bytes = bytes.iter().copied().sum();
    if gained < needed {
        return None;
    }
    let mut first = None;
    for (place, &bytes) in bytes.iter().enumerate().rev() {
        let without = gained.saturating_sub(bytes);
        if without >= needed {
            gained = without;
        } else {
            first = Some(place);
        }
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_is_worth_least_and_cannot_be_spared() {
        let check = |bytes: &[u64], needed, expected| {
            let bytes: Vec<_> = bytes.iter().copied().map(Bytes).collect();
            assert_eq!(victim(&bytes, Bytes(needed)), expected, "{bytes:?} {needed}");
        };
        check(&[2, 6, 2], 0, None);
        check(&[2, 6, 2], 2, Some(0));
        check(&[2, 6, 2], 5, Some(1));
        check(&[2, 6, 2], 8, Some(0));
        check(&[2, 6, 2], 10, Some(0));
        check(&[2, 6, 2], 11, None);
        check(&[], 1, None);
    }
}
