//! How long ranking models for a step takes, with the reasons of every candidate kept and of every refusal.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use maestria::{
    Tokens,
    delegator::{DefaultPolicy, Policy, Requirements},
};
use maestria_benches::fleet::{ability, fleet, load, registry};

type Result<T = (), E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

/// Any seed will do.
const SEED: u64 = 11;

fn rank(c: &mut Criterion) -> Result {
    let mut group = c.benchmark_group("rank");
    for count in [100, 1_000, 10_000] {
        let models = fleet(count, SEED);
        let (registry, load) = (registry(&models)?, load(&models)?);
        let (fleet, policy) = (registry.snapshot(), DefaultPolicy::default());
        group.throughput(Throughput::Elements(u64::try_from(count)?));
        let all = Requirements::new(ability()?);
        group.bench_function(format!("{count} models, all admitted"), |b| {
            b.iter(|| policy.rank(black_box(&all), &fleet, &load))
        });
        let few = Requirements { min_window: Tokens(100_000), ..all };
        group.bench_function(format!("{count} models, five of six refused"), |b| {
            b.iter(|| policy.rank(black_box(&few), &fleet, &load))
        });
    }
    group.finish();
    Ok(())
}

fn all(c: &mut Criterion) {
    if let Err(error) = rank(c) {
        eprintln!("not measured: {error}");
        std::process::exit(1);
    }
}

criterion_group!(benches, all);
criterion_main!(benches);
