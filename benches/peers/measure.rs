//! Our side: the default policy ranks the whole fleet, decision by decision.

use std::{fs, hint::black_box, time::Instant};

use maestria::delegator::{DefaultPolicy, Policy, Requirements};
use maestria_benches::{
    Result,
    fleet::{Entry, ability, load, registry},
};

/// Times of single decisions, in microseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    /// Time on a processor, in the mean: what other programs do at the same time does not count.
    pub(crate) processor: f64,
}

pub(crate) fn ranking(fleet: &[Entry], decisions: usize) -> Result<Times> {
    let (registry, load) = (registry(fleet)?, load(fleet)?);
    let (policy, requirements) = (DefaultPolicy::default(), Requirements::new(ability()?));
    let mut times = Vec::with_capacity(decisions);
    for decision in 0..decisions + decisions / 10 {
        let since = Instant::now();
        // What a request pays: the snapshot of the moment, and the ranking with its reasons.
        let ranking = policy.rank(black_box(&requirements), &registry.snapshot(), black_box(&load));
        let taken = since.elapsed();
        if black_box(ranking).ranked.is_empty() {
            return Err("no model was ranked".into());
        }
        if decision >= decisions / 10 {
            times.push(taken.as_secs_f64() * 1e6);
        }
    }
    times.sort_by(f64::total_cmp);
    let at = |share: usize| times.get(times.len() * share / 100).copied().ok_or("nothing was timed");
    let (p50, p99) = (at(50)?, at(99)?);
    // The kernel counts in ticks, so it takes a second to tell.
    let many = (1e6 / p50) as usize + 1;
    let since = processor_time()?;
    for _ in 0..many {
        black_box(policy.rank(black_box(&requirements), &registry.snapshot(), black_box(&load)));
    }
    Ok(Times { p50, p99, processor: (processor_time()? - since) / many as f64 })
}

/// Time that this thread has been on a processor, in microseconds, as Linux counts it.
fn processor_time() -> Result<f64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds: f64 = text.split_whitespace().next().ok_or("nothing was counted")?.parse()?;
    Ok(nanoseconds / 1e3)
}
