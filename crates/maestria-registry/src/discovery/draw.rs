//! Seeded draws from which probes are made: the same seed gives the same probe on every machine and in every version.

/// A source of draws: SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014).
///
/// It is not the generator of a crate, because those may give other numbers in another version, and then a seed would name another probe.
#[derive(Debug, Clone)]
pub struct Draw(u64);

impl Draw {
    /// The draws of a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    #[expect(clippy::should_implement_trait, reason = "it never ends, so it has no use for an option")]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number in `low..=high`, all alike but for `2⁻⁶⁴`; `low` when the range is empty.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u128::from(high.saturating_sub(low).max(0).unsigned_abs()) + 1;
        let offset = (u128::from(self.next()) * span) >> 64;
        low.saturating_add(i64::try_from(offset).unwrap_or(i64::MAX))
    }

    /// True with this probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        /// 2⁻⁵³: the bits that a number of this type holds.
        const STEP: f64 = 1.0 / (1_u64 << 53) as f64;
        ((self.next() >> 11) as f64) * STEP < probability
    }

    /// One of `items`; their default when there are none.
    pub fn pick<T: Copy + Default>(&mut self, items: &[T]) -> T {
        let last = i64::try_from(items.len()).unwrap_or(i64::MAX).saturating_sub(1);
        let at = usize::try_from(self.between(0, last)).unwrap_or(0);
        items.get(at).copied().unwrap_or_default()
    }

    /// So many of `items` in any order, none twice; all when there are fewer.
    pub fn some<T: Copy>(&mut self, count: usize, items: &[T]) -> Vec<T> {
        let mut left = items.to_vec();
        let mut drawn = Vec::with_capacity(count.min(left.len()));
        while drawn.len() < count && !left.is_empty() {
            let last = i64::try_from(left.len()).unwrap_or(i64::MAX).saturating_sub(1);
            drawn.push(left.swap_remove(usize::try_from(self.between(0, last)).unwrap_or(0)));
        }
        drawn
    }

    /// All of `items` in any order.
    pub fn shuffled<T: Copy>(&mut self, items: &[T]) -> Vec<T> {
        self.some(items.len(), items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_draws_of_a_seed_never_change() {
        // The reference values of SplitMix64 for the seed 1234567.
        let mut draw = Draw::new(1_234_567);
        assert_eq!([draw.next(), draw.next()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }

    #[test]
    fn numbers_stay_in_their_range_and_reach_its_ends() {
        let check = |low, high, expected: &[i64]| {
            let mut draw = Draw::new(1);
            let mut seen: Vec<_> = (0..200).map(|_| draw.between(low, high)).collect();
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen, expected);
        };
        check(-1, 2, &[-1, 0, 1, 2]);
        check(5, 5, &[5]);
        check(5, 1, &[5]);
    }

    #[test]
    fn what_is_drawn_is_never_drawn_twice() {
        let mut draw = Draw::new(3);
        let mut all = draw.shuffled(&[1, 2, 3, 4, 5]);
        all.sort_unstable();
        assert_eq!(all, [1, 2, 3, 4, 5]);
        assert_eq!(draw.some(9, &[1, 2]).len(), 2);
        assert_eq!(draw.pick::<i32>(&[]), 0);
        assert!(draw.chance(1.0) && !draw.chance(0.0));
    }
}
