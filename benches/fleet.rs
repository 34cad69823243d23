//! Fleets of models for measuring how fast they are ranked: local and remote, measured and not, resident and not, as a seed has it.

use std::time::Duration;

use maestria::{
    Bytes, Capability, DeviceId, DeviceKind, Executor, InvalidId, ModelCard, ModelId, Money, Needs, Outcome,
    Probability, Timestamp, Tokens, Usage, Verdict,
    delegator::{DeviceLoad, Load},
    registry::{Price, Registry},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde::Serialize;

/// One model, as plain numbers that any program can read.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// Its name.
    pub id: String,
    /// How well it is said to do the work.
    pub quality: f64,
    /// Tokens that it holds.
    pub window: u64,
    /// Time that it is said to take, in seconds.
    pub latency: f64,
    /// Times that attempts at it took, in seconds.
    pub measured: Vec<f64>,
    /// Price of a million tokens read, in units of money.
    pub input_price: f64,
    /// Price of a million tokens written, in units of money.
    pub output_price: f64,
    /// Whether it runs elsewhere.
    pub remote: bool,
    /// Memory that it takes, in MiB.
    pub memory: u64,
}

/// So many models, the same for the same seed. A third are remote; every second was measured, up to ten times.
#[must_use]
pub fn fleet(count: usize, seed: u64) -> Vec<Entry> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut entry = |n: usize| {
        let latency = random.random_range(0.05..5.0);
        let attempts = if n.is_multiple_of(2) { random.random_range(1..=10) } else { 0 };
        Entry {
            id: format!("model-{n:05}"),
            quality: random.random_range(0.3..1.0),
            window: 1 << random.random_range(12..18),
            latency,
            measured: (0..attempts).map(|_| latency * random.random_range(0.5..2.0)).collect(),
            input_price: random.random_range(0.0..5.0),
            output_price: random.random_range(0.0..20.0),
            remote: n.is_multiple_of(3),
            memory: random.random_range(100..8_000),
        }
    };
    (0..count).map(&mut entry).collect()
}

/// The ability that all of them have.
///
/// # Errors
/// None in fact: the name is valid.
pub fn ability() -> Result<Capability, InvalidId> {
    "summarization".parse()
}

/// The models of a fleet, registered and measured.
///
/// # Errors
/// What makes an entry no model.
pub fn registry(fleet: &[Entry]) -> Result<Registry, Box<dyn std::error::Error>> {
    let registry = Registry::default();
    for entry in fleet {
        let id: ModelId = entry.id.parse()?;
        let price = |units: f64| Money((units * 1e6) as u64);
        let card = ModelCard::new(id.clone(), Tokens(entry.window))
            .with_capability(ability()?, Probability::new(entry.quality)?);
        registry.insert(ModelCard {
            needs: Needs { memory: Bytes::mib(entry.memory), devices: vec![DeviceKind::Gpu, DeviceKind::Cpu] },
            price: Price { input: price(entry.input_price), output: price(entry.output_price) },
            load: Duration::from_secs(2),
            run: Duration::try_from_secs_f64(entry.latency)?,
            watts: Some(150.0),
            remote: entry.remote,
            ..card
        })?;
        for seconds in &entry.measured {
            registry.observe(&outcome(&id, Duration::try_from_secs_f64(*seconds)?)?);
        }
    }
    Ok(registry)
}

fn outcome(id: &ModelId, ran: Duration) -> Result<Outcome, InvalidId> {
    Ok(Outcome {
        run: "run".parse()?,
        step: "step".parse()?,
        executor: Executor::Model(id.clone()),
        capability: Some(ability()?),
        device: DeviceId::cpu(),
        at: Timestamp::ZERO,
        waited: Duration::ZERO,
        ran,
        verdict: Verdict::Succeeded,
        error: None,
        usage: Some(Usage { input: Tokens(768), output: Tokens(256) }),
        cost: Money::ZERO,
        energy: None,
    })
}

/// A processor and two graphics processors, on which every tenth local model is in memory.
///
/// # Errors
/// An entry whose name is no model's.
pub fn load(fleet: &[Entry]) -> Result<Load, InvalidId> {
    let device = |unit, kind, gib, seconds| DeviceLoad {
        id: DeviceId::local(unit),
        kind,
        memory: Bytes::gib(gib),
        free: Bytes::gib(gib / 2),
        queue_wait: Duration::from_secs(seconds),
    };
    let resident = fleet.iter().filter(|entry| !entry.remote).step_by(10).enumerate().map(|(n, entry)| {
        let unit = if n.is_multiple_of(2) { "cuda:0" } else { "cuda:1" };
        Ok((entry.id.parse()?, DeviceId::local(unit)))
    });
    Ok(Load {
        devices: vec![
            device("cpu", DeviceKind::Cpu, 64, 0),
            device("cuda:0", DeviceKind::Gpu, 24, 1),
            device("cuda:1", DeviceKind::Gpu, 24, 3),
        ],
        resident: resident.collect::<Result<_, InvalidId>>()?,
        at: Timestamp::ZERO,
    })
}
