//! A simulated fleet, and requests on which its models do well or badly.

use maestria::{
    Capability, ModelCard, ModelId, Probability, Tokens,
    delegator::{Context, DefaultPolicy, Draw, Load, Preference},
    registry::{Registry, Snapshot},
};
use maestria_benches::Result;

/// Models of the fleet.
pub(crate) const MODELS: usize = 5;
/// Kinds of request, told by two features and a noisy embedding.
const KINDS: usize = 2;
/// Values of an embedding.
const EMBEDDING: usize = 8;

/// Five models that all declare 0.6 to 0.7, are called remotely, and succeed with a probability that depends on the kind of request and, if it
/// changes, on the time.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) fleet: Snapshot,
    pub(crate) load: Load,
    pub(crate) base: DefaultPolicy,
    pub(crate) capability: Capability,
    pub(crate) ids: Vec<ModelId>,
    seed: u64,
    /// Tasks after which another model is best; never, if absent.
    change: Option<u64>,
}

/// One request.
#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) context: Context,
    kind: usize,
    at: u64,
}

impl World {
    pub(crate) fn new(seed: u64, change: Option<u64>) -> Result<Self> {
        let capability: Capability = "chat".parse()?;
        let registry = Registry::default();
        let mut ids = Vec::new();
        for n in 0..MODELS {
            let declared = Probability::new(0.6 + 0.025 * n as f64)?;
            let id: ModelId = format!("model-{n}").parse()?;
            let card = ModelCard::new(id.clone(), Tokens(4096)).with_capability(capability.clone(), declared);
            registry.insert(ModelCard { remote: true, ..card })?;
            ids.push(id);
        }
        let base = DefaultPolicy { preference: Preference::BestQuality, ..DefaultPolicy::default() };
        let fleet = Snapshot::clone(&registry.snapshot());
        Ok(Self { fleet, load: Load::default(), base, capability, ids, seed, change })
    }

    /// A number in `[0, 1)`, the same for the same question.
    pub(crate) fn chance(&self, task: u64, question: u64) -> f64 {
        self.draw(task, question).get()
    }

    pub(crate) fn draw(&self, task: u64, question: u64) -> Draw {
        Draw::from_seed(
            self.seed.wrapping_mul(0x1_0000_0001).wrapping_add(task.wrapping_mul(64)).wrapping_add(question),
        )
    }

    pub(crate) fn task(&self, at: u64) -> Result<Task> {
        let kind = usize::from(self.chance(at, 0) < 0.5);
        let value = |place: usize| {
            let noise = self.chance(at, 1 + place as u64) - 0.5;
            (noise + if place % KINDS == kind { 0.5 } else { -0.5 }) as f32 / (EMBEDDING as f32).sqrt()
        };
        let context = Context::new((0..EMBEDDING).map(value).collect(), vec![if kind == 0 { 1.0 } else { -1.0 }])?;
        Ok(Task { context, kind, at })
    }

    /// Probability that a model succeeds: 0.9 for the best of the kind, and 0.3 to 0.6 for the others.
    pub(crate) fn success(&self, model: usize, task: &Task) -> f64 {
        let period = self.change.map_or(0, |tasks| task.at / tasks.max(1));
        // Every period moves the best model of a kind on by one or two.
        let first = (self.chance(u64::MAX / 128, task.kind as u64) * MODELS as f64) as u64;
        let best = (first + period * (1 + self.seed % 2) + task.kind as u64) % MODELS as u64;
        if best == model as u64 {
            return 0.9;
        }
        0.3 + 0.3 * self.chance(u64::MAX / 128, 8 + (model * KINDS + task.kind) as u64)
    }

    pub(crate) fn reward(&self, model: usize, task: &Task) -> Probability {
        if self.chance(task.at, 32 + model as u64) < self.success(model, task) {
            Probability::ONE
        } else {
            Probability::ZERO
        }
    }

    pub(crate) fn best(&self, task: &Task) -> f64 {
        (0..MODELS).map(|model| self.success(model, task)).fold(0.0, f64::max)
    }

    pub(crate) fn number(&self, model: &ModelId) -> Result<usize> {
        Ok(self.ids.iter().position(|id| id == model).ok_or("a model that is not of the fleet")?)
    }
}
