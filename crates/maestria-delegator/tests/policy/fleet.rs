//! Fleets as data: models with what is declared of them and what was observed.

use std::time::Duration;

use maestria_delegator::{DeviceLoad, Load, Requirements};
use maestria_registry::{ModelCard, Price, Registry, Snapshot};
use maestria_vocabulary::{
    Bytes, Capability, DeviceId, DeviceKind, Executor, ModelId, Money, Needs, Outcome, Probability, Timestamp, Tokens,
    Verdict,
};

pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// A model, and the attempts at "chat" that were observed of it, all at one moment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Known {
    pub(crate) card: ModelCard,
    pub(crate) attempts: Vec<(Verdict, Duration)>,
}

pub(crate) fn chat() -> Capability {
    "chat".parse().unwrap()
}

pub(crate) fn id(text: &str) -> ModelId {
    text.parse().unwrap()
}

/// A model of window 4,096 and 1 GiB that loads in two seconds, runs in one at 50 watts, and costs a unit per million tokens.
pub(crate) fn model(name: &str, declared: f64) -> Known {
    let card = ModelCard {
        needs: Needs { memory: Bytes::gib(1), devices: Vec::new() },
        price: Price { input: Money(1_000_000), output: Money(1_000_000) },
        load: 2 * SECOND,
        run: SECOND,
        watts: Some(50.0),
        ..ModelCard::new(id(name), Tokens(4096)).with_capability(chat(), Probability::saturating(declared))
    };
    Known { card, attempts: Vec::new() }
}

impl Known {
    pub(crate) fn with(mut self, change: impl FnOnce(&mut ModelCard)) -> Self {
        change(&mut self.card);
        self
    }

    pub(crate) fn observed(mut self, times: usize, verdict: Verdict, ran: Duration) -> Self {
        self.attempts.extend(std::iter::repeat_n((verdict, ran), times));
        self
    }
}

pub(crate) fn fleet<'a>(models: impl IntoIterator<Item = &'a Known>) -> Snapshot {
    let registry = Registry::default();
    for Known { card, attempts } in models {
        registry.insert(card.clone()).unwrap();
        for &(verdict, ran) in attempts {
            registry.observe(&Outcome {
                run: "run".parse().unwrap(),
                step: "step".parse().unwrap(),
                executor: Executor::Model(card.id.clone()),
                capability: Some(chat()),
                device: DeviceId::cpu(),
                at: Timestamp::ZERO,
                waited: Duration::ZERO,
                ran,
                verdict,
                error: None,
                usage: None,
                cost: Money::ZERO,
                energy: None,
            });
        }
    }
    Snapshot::clone(&registry.snapshot())
}

/// An idle processor with 8 GiB, and a graphics processor with 4 GiB on which work waits for three seconds.
pub(crate) fn load() -> Load {
    let device = |unit, kind, gib, queue_wait| DeviceLoad {
        id: DeviceId::local(unit),
        kind,
        memory: Bytes::gib(gib),
        free: Bytes::gib(gib),
        queue_wait,
    };
    Load {
        devices: vec![
            device("cpu", DeviceKind::Cpu, 8, Duration::ZERO),
            device("cuda:0", DeviceKind::Gpu, 4, 3 * SECOND),
        ],
        ..Load::default()
    }
}

pub(crate) fn any_quality() -> Requirements {
    Requirements::new(chat())
}
