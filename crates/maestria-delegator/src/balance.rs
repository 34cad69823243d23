//! Which of several replicas takes the next piece of work: of two drawn by chance, the one with the shorter wait.

use std::time::Duration;

/// Chooses a replica by the power of two choices: of two different ones drawn by chance, the one with the shorter expected wait, and of
/// equal ones the one drawn first; nothing when there is none.
///
/// Taking the shortest of all would be no better, and worse when the waits are those of a moment ago: all callers would then choose the same
/// one. M. Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", IEEE TPDS 12 (2001): with `n` replicas the longest queue is
/// about `ln ln n / ln 2` long instead of `ln n / ln ln n`.
///
/// `draw` is 64 random bits, so that the choice itself is a pure function.
///
/// ```
/// use std::time::Duration;
///
/// use maestria_delegator::two_choices;
///
/// let waits = [9, 1].map(Duration::from_secs);
/// for draw in [0, 1, u64::MAX / 2, u64::MAX] {
///     assert_eq!(two_choices(&waits, draw, |wait| *wait), Some(&waits[1]));
/// }
/// ```
#[must_use]
pub fn two_choices<T>(replicas: &[T], draw: u64, wait: impl Fn(&T) -> Duration) -> Option<&T> {
    let count = u64::try_from(replicas.len()).ok()?;
    let first = below(draw >> 32, count);
    // Any but the first: as many steps from it as there are others, at most.
    let second = (first + 1 + below(draw & u64::from(u32::MAX), count.checked_sub(1)?)) % count;
    let [first, second] =
        [first, second].map(|place| usize::try_from(place).ok().and_then(|place| replicas.get(place)));
    let (first, second) = (first?, second?);
    Some(if wait(second) < wait(first) { second } else { first })
}

/// A number below `count` from 32 random bits (D. Lemire, "Fast Random Integer Generation in an Interval", 2019, without rejection: the bias
/// is less than `count / 2³²`); zero for a count of zero.
fn below(bits: u64, count: u64) -> u64 {
    bits.saturating_mul(count) >> 32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// SplitMix64: bits that look random, the same on every machine.
    struct Bits(u64);

    impl Bits {
        fn next(&mut self) -> u64 {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            z ^ (z >> 31)
        }

        /// Exponentially distributed with this mean.
        fn exponential(&mut self, mean: f64) -> f64 {
            let uniform = ((self.next() >> 11) as f64 + 1.0) / (1_u64 << 53) as f64;
            -uniform.ln() * mean
        }
    }

    /// Mean wait in seconds when work arrives by chance at ten replicas that are busy for 85 % of their time.
    fn mean_wait(choose: impl Fn(&[Duration], usize, u64) -> usize) -> f64 {
        let (work, replicas) = (40_000, 10);
        let mut bits = Bits(7);
        let (mut now, mut free, mut waited) = (0.0, vec![0.0_f64; replicas], 0.0);
        for n in 0..work {
            now += bits.exponential(1.0 / (0.85 * replicas as f64));
            let waits: Vec<_> = free.iter().map(|at| Duration::from_secs_f64((at - now).max(0.0))).collect();
            let chosen = choose(&waits, n, bits.next());
            waited += waits[chosen].as_secs_f64();
            free[chosen] = free[chosen].max(now) + bits.exponential(1.0);
        }
        waited / work as f64
    }

    #[test]
    fn two_choices_wait_less_than_one_by_chance_or_in_turn() {
        let random = mean_wait(|waits, _, draw| (draw % waits.len() as u64) as usize);
        let in_turn = mean_wait(|waits, n, _| n % waits.len());
        let two = mean_wait(|waits, _, draw| {
            let places: Vec<usize> = (0..waits.len()).collect();
            *two_choices(&places, draw, |place| waits[*place]).unwrap()
        });
        println!("mean wait in units of one service time: random {random:.2}, in turn {in_turn:.2}, two {two:.2}");
        assert!(two < 0.5 * in_turn && in_turn < random, "random {random}, in turn {in_turn}, two {two}");
    }

    proptest! {
        #[test]
        fn the_choice_is_there_whenever_a_replica_is_and_never_the_worst_of_several(
            waits in prop::collection::hash_set(any::<u32>(), 0..20), draw: u64,
        ) {
            let waits: Vec<_> = waits.into_iter().map(|secs| Duration::from_secs(secs.into())).collect();
            let chosen = two_choices(&waits, draw, |wait| *wait);
            prop_assert_eq!(chosen.is_some(), !waits.is_empty());
            prop_assert!(waits.len() < 2 || chosen < waits.iter().max());
        }
    }
}
