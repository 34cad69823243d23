//! How long the registry takes to learn from an outcome, and how many snapshots are read while others write.

use std::{
    hint::black_box,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use maestria::{
    Capability, DeviceId, Executor, ModelCard, Money, Outcome, Probability, Timestamp, Tokens, Verdict,
    registry::Registry,
};

type Result<T = (), E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

/// Threads that write, and as many that read.
const THREADS: u64 = 8;

fn name(n: u64) -> String {
    format!("model-{n}")
}

/// So many models, each of which was observed a hundred times at the one thing that all of them do.
fn fleet(models: u64) -> Result<Registry> {
    let registry = Registry::default();
    let ability: Capability = "chat".parse()?;
    for n in 0..models {
        registry.insert(
            ModelCard::new(name(n).parse()?, Tokens(4096)).with_capability(ability.clone(), Probability::ONE),
        )?;
    }
    for n in 0..models * 100 {
        registry.observe(&outcome(n % models, n)?);
    }
    Ok(registry)
}

/// A success after 50 to 450 milliseconds, one per second.
fn outcome(model: u64, n: u64) -> Result<Outcome> {
    Ok(Outcome {
        run: "run".parse()?,
        step: "step".parse()?,
        executor: Executor::Model(name(model).parse()?),
        capability: Some("chat".parse()?),
        device: DeviceId::cpu(),
        at: Timestamp::from_epoch(Duration::from_secs(n)),
        waited: Duration::ZERO,
        ran: Duration::from_millis(50 + n * 7919 % 400),
        verdict: Verdict::Succeeded,
        error: None,
        usage: None,
        cost: Money::ZERO,
        energy: None,
    })
}

fn observe(c: &mut Criterion) -> Result {
    let mut group = c.benchmark_group("observe");
    for models in [100_u64, 10_000] {
        let registry = fleet(models)?;
        let outcomes = (0..1000).map(|n| outcome(n * 7919 % models, 1_000_000 + n)).collect::<Result<Vec<_>>>()?;
        let mut outcomes = outcomes.iter().cycle();
        group.bench_function(format!("{models} models"), |b| {
            b.iter(|| outcomes.next().map(|outcome| registry.observe(black_box(outcome))));
        });
    }
    group.finish();
    Ok(())
}

fn contend(c: &mut Criterion) -> Result {
    let registry = fleet(100)?;
    let outcomes = (0..100).map(|n| outcome(n, 1_000_000)).collect::<Result<Vec<_>>>()?;
    let snapshot = |iterations: u64| (0..iterations).for_each(|_| drop(black_box(registry.snapshot())));
    let write = |outcome: &Outcome| {
        black_box(registry.observe(outcome));
    };
    let mut group = c.benchmark_group("contention");
    group.throughput(Throughput::Elements(1));
    group.bench_function("snapshots of 8 readers, 8 writers", |b| {
        b.iter_custom(|iterations| {
            let done = AtomicBool::new(false);
            thread::scope(|scope| {
                for _ in 0..THREADS {
                    scope.spawn(|| {
                        let mut outcomes = outcomes.iter().cycle();
                        while !done.load(Ordering::Relaxed) {
                            outcomes.next().into_iter().for_each(write);
                        }
                    });
                }
                let begun = Instant::now();
                thread::scope(|scope| {
                    (0..THREADS).for_each(|_| drop(scope.spawn(|| snapshot(iterations / THREADS + 1))));
                });
                done.store(true, Ordering::Relaxed);
                begun.elapsed()
            })
        });
    });
    group.bench_function("outcomes of 8 writers, 8 readers", |b| {
        b.iter_custom(|iterations| {
            let done = AtomicBool::new(false);
            thread::scope(|scope| {
                for _ in 0..THREADS {
                    scope.spawn(|| {
                        while !done.load(Ordering::Relaxed) {
                            snapshot(100);
                        }
                    });
                }
                let begun = Instant::now();
                thread::scope(|scope| {
                    for _ in 0..THREADS {
                        scope.spawn(|| {
                            outcomes.iter().cycle().take((iterations / THREADS + 1) as usize).for_each(write)
                        });
                    }
                });
                done.store(true, Ordering::Relaxed);
                begun.elapsed()
            })
        });
    });
    group.finish();
    Ok(())
}

fn all(c: &mut Criterion) {
    for bench in [observe, contend] {
        if let Err(error) = bench(c) {
            eprintln!("not measured: {error}");
            std::process::exit(1);
        }
    }
}

criterion_group!(benches, all);
criterion_main!(benches);
