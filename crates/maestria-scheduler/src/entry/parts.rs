//! Jobs that can be done in parts: how far one is, and what its next part takes.

use std::ops::Range;

use maestria_vocabulary::Bytes;

use super::Entry;
use crate::Split;

/// How far a job is that is done in parts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parts {
    pub(super) split: Split,
    done: u32,
    /// Units of the next part.
    pub(super) next: u32,
    /// Most units of a part, since more were too much.
    most: u32,
}

impl Parts {
    /// The whole job first; nothing when it cannot be made smaller.
    pub(super) fn new(split: Split) -> Option<Self> {
        let units = split.units;
        let split = Split { least: split.least.max(1), ..split };
        (split.least < units).then_some(Self { split, done: 0, next: units, most: units })
    }

    /// Units that are not done.
    pub(super) fn left(&self) -> u32 {
        self.split.units.saturating_sub(self.done)
    }
}

impl Entry {
    /// The units of the next attempt, if it is done in parts.
    pub(crate) fn units(&self) -> Option<Range<u32>> {
        self.parts().filter(|parts| parts.next < parts.split.units).map(|parts| parts.done..parts.done + parts.next)
    }

    /// A part is done; whether some are left.
    pub(crate) fn part_done(&mut self) -> bool {
        let Some(parts) = self.terms.as_mut().and_then(|terms| terms.parts.as_mut()) else { return false };
        parts.done += parts.next;
        parts.next = parts.left().min(parts.most);
        parts.next > 0
    }

    /// Units of the largest part that takes at most `bytes` of memory to work in, if it is smaller than the next and allowed.
    pub(crate) fn part_within(&self, bytes: Bytes) -> Option<u32> {
        let parts = self.parts()?;
        let whole = self.terms.as_ref()?.working;
        let units = u64::from(parts.split.units);
        // Rounding up to a class of sizes takes at most an eighth.
        let fit = u128::from(bytes.0.saturating_sub(bytes.0 / 8)) * u128::from(units) / u128::from(whole.0.max(1));
        let part = u32::try_from(fit).unwrap_or(u32::MAX).max(parts.split.least);
        (part < parts.next).then_some(part)
    }

    /// Units of half the next part, if it is allowed.
    pub(crate) fn half_part(&self) -> Option<u32> {
        let parts = self.parts()?;
        let half = (parts.next / 2).max(parts.split.least);
        (half < parts.next).then_some(half)
    }

    /// Makes the next part as small as this, and all that follow too if it is to `stay`.
    pub(crate) fn split(&mut self, units: u32, stay: bool) {
        if let Some(parts) = self.terms.as_mut().and_then(|terms| terms.parts.as_mut()) {
            parts.next = units;
            if stay {
                parts.most = units;
            }
        }
    }

    /// Least memory that it takes to work in, in parts if need be.
    pub(crate) fn least_working(&self) -> Bytes {
        match self.parts() {
            Some(parts) => self.working_for(parts.split.least),
            None => self.shape().working,
        }
    }

    /// Memory that a part of this many units takes to work in.
    pub(crate) fn working_for(&self, units: u32) -> Bytes {
        let whole = self.terms.as_ref().map_or(Bytes::ZERO, |terms| terms.working);
        rounded_up(self.parts().map_or(whole, |parts| share(whole, units, parts.split.units)))
    }

    pub(super) fn parts(&self) -> Option<&Parts> {
        self.terms.as_ref().and_then(|terms| terms.parts.as_ref())
    }
}

/// The share of some bytes that some of all units take, rounded up.
fn share(bytes: Bytes, some: u32, all: u32) -> Bytes {
    let share = (u128::from(bytes.0) * u128::from(some)).div_ceil(u128::from(all.max(1)));
    Bytes(u64::try_from(share).unwrap_or(u64::MAX))
}

/// Bytes with four significant binary digits, rounded up, so that jobs of nearly the same need wait in one lane.
pub(super) fn rounded_up(bytes: Bytes) -> Bytes {
    let step = 1_u64 << bytes.0.max(1).ilog2().saturating_sub(3);
    Bytes(bytes.0.div_ceil(step).saturating_mul(step))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use maestria_vocabulary::{Candidate, Executor, Expected, Needs, Timestamp};

    use super::*;
    use crate::{Job, JobId, Settings, rank::Rank};

    #[test]
    fn a_part_is_as_large_as_it_may_be_and_stays_small_only_if_it_is_to() {
        let id = JobId { run: "r".parse().unwrap(), step: "s".parse().unwrap() };
        let second = Duration::from_secs(1);
        let executor = Executor::Tool("t".parse().unwrap());
        let expected = Expected { run: 10 * second, ..Expected::default() };
        let candidate = Candidate { executor, needs: Needs::default(), expected };
        let job =
            Job::new(id, vec![candidate]).with_working_memory(Bytes(80)).with_split(Split { units: 10, least: 2 });
        let rank = Rank::new(&job, Timestamp::ZERO, 0, &Settings::default());
        let mut entry = Entry::new(job, rank, false);
        assert_eq!(entry.units(), None);
        // Seven eighths of 40 bytes hold four units of eight.
        assert_eq!([16, 40, 90, 91].map(|bytes| entry.part_within(Bytes(bytes))), [Some(2), Some(4), Some(9), None]);
        entry.split(3, false);
        assert_eq!((entry.units(), entry.half_part()), (Some(0..3), Some(2)));
        assert_eq!((entry.run(), entry.left(10 * second)), (3 * second, 10 * second));
        assert!(entry.part_done());
        assert_eq!(entry.units(), Some(3..10));
        assert_eq!((entry.run(), entry.left(10 * second)), (7 * second, 7 * second));
        entry.split(2, true);
        assert_eq!((entry.units(), entry.half_part()), (Some(3..5), None));
        for units in [5..7, 7..9, 9..10] {
            assert!(entry.part_done());
            assert_eq!(entry.units(), Some(units));
        }
        assert!(!entry.part_done());
    }

    #[test]
    fn memory_to_work_in_is_rounded_up_to_four_binary_digits() {
        let check = |bytes, rounded| assert_eq!(rounded_up(Bytes(bytes)), Bytes(rounded));
        check(0, 0);
        check(15, 15);
        check(16, 16);
        check(17, 18);
        check(241, 256);
        check(u64::MAX, u64::MAX);
    }
}
