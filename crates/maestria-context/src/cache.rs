//! A cache bounded by weight and age: the least recently used go first, and nothing older than its time is ever given out.

use std::{
    fmt,
    hash::Hash,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use maestria_vocabulary::{Bytes, TenantId, Timestamp};
use moka::{notification::RemovalCause, ops::compute::Op, policy::EvictionPolicy};

/// How much a [`Cache`] keeps, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheOptions {
    /// Weight of all entries together; 100 MiB unless said otherwise.
    pub capacity: Bytes,
    /// Age at which an entry is no longer given out; 30 minutes unless said otherwise.
    pub time_to_live: Duration,
}

impl Default for CacheOptions {
    fn default() -> Self {
        Self { capacity: Bytes::mib(100), time_to_live: Duration::from_secs(30 * 60) }
    }
}

/// What an entry is found by. The tenant is part of it, so that nobody is ever given what was computed for another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CacheKey<K> {
    /// On whose behalf it was computed.
    pub tenant: TenantId,
    /// What it was computed from: everything that would change it, such as the model, its settings and the prompt.
    pub key: K,
}

/// What became of the calls to a [`Cache`] since it was made, and what it holds now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CacheStatistics {
    /// Calls of `get` that found something.
    pub hits: u64,
    /// Calls of `get` that found nothing, or nothing young enough.
    pub misses: u64,
    /// Entries that went to make room for others.
    pub evictions: u64,
    /// Entries that went because of their age.
    pub expirations: u64,
    /// Entries held.
    pub entries: u64,
    /// Their weight.
    pub weight: Bytes,
}

/// Values by key, the least recently used of which go first when they weigh too much together.
///
/// Several threads may use it at once. Time is the caller's: an entry's end is stored beside it and compared with the `now` of the
/// call, so the cache follows virtual time. What has outlived its time is a miss at once; the memory of what nobody asks for is given
/// back by [`prune`](Self::prune), which a driver calls every few minutes.
///
/// Recency is exact for one thread. When many read at once, reads beyond what the cache has noted down are not counted as uses.
pub struct Cache<K, V> {
    entries: moka::sync::Cache<CacheKey<K>, Entry<V>>,
    options: CacheOptions,
    counters: Arc<Counters>,
}

#[derive(Debug, Clone)]
struct Entry<V> {
    value: V,
    weight: u32,
    expires_at: Timestamp,
}

#[derive(Debug, Default)]
struct Counters {
    hits: AtomicU64,
    misses: AtomicU64,
    evictions: AtomicU64,
    expirations: AtomicU64,
}

impl<K, V> Cache<K, V>
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// An empty cache.
    #[must_use]
    pub fn new(options: CacheOptions) -> Self {
        let counters = Arc::new(Counters::default());
        let counted = Arc::clone(&counters);
        let entries = moka::sync::Cache::builder()
            .max_capacity(options.capacity.0)
            .eviction_policy(EvictionPolicy::lru())
            .weigher(|_, entry: &Entry<V>| entry.weight)
            .eviction_listener(move |_, _, cause| {
                if cause == RemovalCause::Size {
                    add(&counted.evictions, 1);
                }
            })
            .build();
        Self { entries, options, counters }
    }

    /// The value under `key`, if there is one that has not outlived its time at `now`. It is cloned: keep large values in an `Arc`.
    pub fn get(&self, key: &CacheKey<K>, now: Timestamp) -> Option<V> {
        let found = self.entries.get(key);
        if found.is_some() && self.expire(key, now) {
            add(&self.counters.misses, 1);
            return None;
        }
        add(if found.is_some() { &self.counters.hits } else { &self.counters.misses }, 1);
        found.map(|entry| entry.value)
    }

    /// Keeps `value` under `key` from `now` on, in place of what was there; `weight` is the memory it takes, its key included.
    ///
    /// Says whether it is kept: a value heavier than the capacity, or than 4 GiB, is not.
    pub fn insert(&self, key: CacheKey<K>, value: V, weight: Bytes, now: Timestamp) -> bool {
        let fitting = u32::try_from(weight.0).ok().filter(|_| weight <= self.options.capacity);
        match fitting {
            Some(weight) => {
                let expires_at = now + self.options.time_to_live;
                self.entries.insert(key, Entry { value, weight, expires_at });
            }
            None => self.entries.invalidate(&key),
        }
        self.entries.run_pending_tasks();
        fitting.is_some()
    }

    /// Forgets what has outlived its time at `now`; says how many entries that were.
    pub fn prune(&self, now: Timestamp) -> usize {
        let old = self.entries.iter().filter(|(_, entry)| entry.expires_at <= now);
        let keys: Vec<_> = old.map(|(key, _)| key).collect();
        let pruned = keys.into_iter().filter(|key| self.expire(key, now)).count();
        self.entries.run_pending_tasks();
        pruned
    }

    /// What became of the calls so far, and what is held now.
    #[must_use]
    pub fn statistics(&self) -> CacheStatistics {
        self.entries.run_pending_tasks();
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        CacheStatistics {
            hits: read(&self.counters.hits),
            misses: read(&self.counters.misses),
            evictions: read(&self.counters.evictions),
            expirations: read(&self.counters.expirations),
            entries: self.entries.entry_count(),
            weight: Bytes(self.entries.weighted_size()),
        }
    }

    /// Removes the entry under `key` if it has outlived its time; a younger one that another thread put there stays.
    fn expire(&self, key: &CacheKey<K>, now: Timestamp) -> bool {
        let mut expired = false;
        self.entries.entry_by_ref(key).and_compute_with(|entry| match entry {
            Some(entry) if entry.value().expires_at <= now => {
                expired = true;
                Op::Remove
            }
            _ => Op::Nop,
        });
        add(&self.counters.expirations, expired.into());
        expired
    }
}

impl<K, V> Default for Cache<K, V>
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    fn default() -> Self {
        Self::new(CacheOptions::default())
    }
}

impl<K, V> fmt::Debug for Cache<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("options", &self.options)
            .field("counters", &self.counters)
            .finish_non_exhaustive()
    }
}

fn add(counter: &AtomicU64, n: u64) {
    counter.fetch_add(n, Ordering::Relaxed);
}
