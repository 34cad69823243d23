//! Our side: the default policy ranks the whole fleet, decision by decision.

use std::{hint::black_box, time::Instant};

use maestria::delegator::{DefaultPolicy, Policy, Requirements};
use maestria_benches::{
    Result,
    fleet::{Entry, ability, load, registry},
};

/// Middle and tail of the times of single decisions, in microseconds.
pub(crate) struct Times {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
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
    Ok(Times { p50: at(50)?, p99: at(99)? })
}
