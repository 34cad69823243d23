//! What a cache keeps, what it lets go, and how it counts that.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::{collections::HashMap, time::Duration};

use maestria_context::{Cache, CacheKey, CacheOptions, CacheStatistics};
use maestria_vocabulary::{Bytes, Timestamp};
use proptest::prelude::*;

fn at(second: u64) -> Timestamp {
    Timestamp::from_epoch(Duration::from_secs(second))
}

fn key(tenant: &str, key: u8) -> CacheKey<u8> {
    CacheKey { tenant: tenant.parse().unwrap(), key }
}

/// Ten bytes for ten seconds.
fn small() -> Cache<u8, &'static str> {
    Cache::new(CacheOptions { capacity: Bytes(10), time_to_live: Duration::from_secs(10) })
}

#[test]
fn the_least_recently_used_goes_first() {
    let cache = small();
    for (name, value) in [(1, "one"), (2, "two")] {
        assert!(cache.insert(key("t", name), value, Bytes(5), at(0)));
    }
    assert_eq!(cache.get(&key("t", 1), at(1)), Some("one"));
    cache.insert(key("t", 3), "three", Bytes(5), at(2));
    assert_eq!(cache.get(&key("t", 2), at(2)), None);
    assert_eq!(cache.get(&key("t", 1), at(2)), Some("one"));
    assert_eq!(cache.get(&key("t", 3), at(2)), Some("three"));
    let expected = CacheStatistics { hits: 3, misses: 1, evictions: 1, expirations: 0, entries: 2, weight: Bytes(10) };
    assert_eq!(cache.statistics(), expected);
}

#[test]
fn an_entry_is_given_out_until_its_time_is_over() {
    let cache = small();
    cache.insert(key("t", 1), "one", Bytes(1), at(5));
    assert_eq!(cache.get(&key("t", 1), at(14)), Some("one"));
    assert_eq!(cache.get(&key("t", 1), at(15)), None);
    assert_eq!(cache.get(&key("t", 1), at(14)), None, "gone is gone");
    assert_eq!(cache.statistics(), CacheStatistics { hits: 1, misses: 2, expirations: 1, ..Default::default() });
}

#[test]
fn pruning_forgets_what_is_too_old_and_nothing_else() {
    let cache = small();
    cache.insert(key("t", 1), "old", Bytes(1), at(0));
    cache.insert(key("t", 2), "young", Bytes(1), at(5));
    assert_eq!((cache.prune(at(9)), cache.prune(at(10)), cache.prune(at(10))), (0, 1, 0));
    assert_eq!(cache.get(&key("t", 2), at(10)), Some("young"));
    assert_eq!(cache.statistics().weight, Bytes(1));
}

#[test]
fn tenants_never_share_an_entry() {
    let cache = small();
    cache.insert(key("ours", 1), "secret", Bytes(1), at(0));
    assert_eq!(cache.get(&key("theirs", 1), at(0)), None);
}

#[test]
fn what_is_too_heavy_is_not_kept_and_replaces_nothing_by_a_stale_value() {
    let cache = small();
    cache.insert(key("t", 1), "before", Bytes(1), at(0));
    assert!(!cache.insert(key("t", 1), "after", Bytes(11), at(0)));
    assert_eq!(cache.get(&key("t", 1), at(0)), None);

    let boundless = Cache::new(CacheOptions { capacity: Bytes(u64::MAX), ..CacheOptions::default() });
    assert!(boundless.insert(key("t", 1), (), Bytes(u32::MAX.into()), at(0)));
    assert!(!boundless.insert(key("t", 2), (), Bytes::gib(4), at(0)));
}

proptest! {
    #[test]
    fn no_more_than_the_capacity_is_held_and_only_the_newest_young_value_is_given_out(
        calls in proptest::collection::vec((0_u8..6, 0_u64..12, 0_u64..4, any::<bool>()), 0..100),
    ) {
        let cache = Cache::new(CacheOptions { capacity: Bytes(10), time_to_live: Duration::from_secs(10) });
        let mut newest: HashMap<u8, (usize, u64)> = HashMap::new();
        let mut now = 0;
        for (number, (name, weight, passed, reads)) in calls.into_iter().enumerate() {
            now += passed;
            if reads {
                let expected = newest.get(&name).filter(|(_, since)| now < since + 10).map(|(value, _)| *value);
                let found = cache.get(&key("t", name), at(now));
                prop_assert!(found.is_none() || found == expected);
            } else if cache.insert(key("t", name), number, Bytes(weight), at(now)) {
                newest.insert(name, (number, now));
            } else {
                newest.remove(&name);
            }
            prop_assert!(cache.statistics().weight <= Bytes(10));
        }
    }
}
