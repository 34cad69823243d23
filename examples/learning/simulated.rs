//! Models that are made up: each does each kind of work well with a probability of its own, which changes when half of the requests are served.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use futures_util::stream;
use maestria::{Chunk, ChunkStream, Message, Model, ModelError, Prompt, registry::discovery::Draw};

/// What good work looks like, so that whoever asked for it can tell.
pub(crate) const GOOD: &str = "Here it is, as you wished.";

/// With which probability a model does a kind of work well: at first, and after the change.
#[derive(Debug, Clone, Copy)]
struct Skill {
    before: f64,
    after: f64,
}

/// A model that is made up.
#[derive(Debug)]
pub(crate) struct Simulated {
    translation: Skill,
    code: Skill,
    changed: Arc<AtomicBool>,
    draws: Mutex<Draw>,
}

impl Simulated {
    /// The model of this name, which changes when it is told that `changed`.
    pub(crate) fn named(name: &str, seed: u64, changed: Arc<AtomicBool>) -> Self {
        let always = |share| Skill { before: share, after: share };
        let (translation, code) = match name {
            "linguist" => (Skill { before: 0.95, after: 0.2 }, always(0.3)),
            "engineer" => (Skill { before: 0.3, after: 0.9 }, always(0.95)),
            _ => (always(0.4), always(0.4)),
        };
        let seed = name.bytes().fold(seed, |seed, byte| seed.wrapping_mul(31).wrapping_add(byte.into()));
        Self { translation, code, changed, draws: Mutex::new(Draw::new(seed)) }
    }
}

#[async_trait]
impl Model for Simulated {
    async fn generate(&self, prompt: Prompt) -> Result<ChunkStream, ModelError> {
        let asked: String = prompt.messages.iter().map(Message::text).collect();
        let skill = if asked.to_lowercase().contains("translate") { self.translation } else { self.code };
        let share = if self.changed.load(Ordering::Relaxed) { skill.after } else { skill.before };
        let good = self.draws.lock().unwrap_or_else(PoisonError::into_inner).chance(share);
        let answer = if good { GOOD } else { "I would rather talk about the weather." };
        Ok(Box::pin(stream::iter([Ok(Chunk::Content(answer.into()))])))
    }
}
