//! A decorator that fails when it is told to.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use maestria_vocabulary::{ChunkStream, DeviceId, Model, ModelError, Prompt};

/// What becomes of one call of a [`Flaky`] model.
#[derive(Debug)]
pub enum Turn {
    /// The model inside answers.
    Pass,
    /// The call fails; the model inside is not asked.
    Fail(ModelError),
    /// The model inside answers, but its stream breaks.
    Break {
        /// Chunks that come through before.
        after: usize,
        /// How it breaks.
        error: ModelError,
    },
}

/// A model that fails by a schedule, one [`Turn`] per call of `generate`; after the last turn every call passes.
#[derive(Debug)]
pub struct Flaky<M> {
    inner: M,
    schedule: Mutex<VecDeque<Turn>>,
}

impl<M> Flaky<M> {
    /// Wraps a model.
    pub fn new(inner: M, schedule: impl IntoIterator<Item = Turn>) -> Self {
        Self { inner, schedule: Mutex::new(schedule.into_iter().collect()) }
    }

    /// The model inside.
    pub fn inner(&self) -> &M {
        &self.inner
    }

    fn turn(&self) -> Turn {
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner).pop_front().unwrap_or(Turn::Pass)
    }
}

#[async_trait]
impl<M: Model> Model for Flaky<M> {
    async fn generate(&self, prompt: Prompt) -> Result<ChunkStream, ModelError> {
        match self.turn() {
            Turn::Pass => self.inner.generate(prompt).await,
            Turn::Fail(error) => Err(error),
            Turn::Break { after, error } => {
                let chunks = self.inner.generate(prompt).await?;
                Ok(Box::pin(chunks.take(after).chain(stream::iter([Err(error)]))))
            }
        }
    }

    async fn load(&self, device: &DeviceId) -> Result<(), ModelError> {
        self.inner.load(device).await
    }

    async fn unload(&self, device: &DeviceId) -> Result<(), ModelError> {
        self.inner.unload(device).await
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use maestria_vocabulary::{Chunk, ModelExt};

    use super::*;
    use crate::ScriptedModel;

    fn late() -> ModelError {
        ModelError::TimedOut { after: Duration::from_secs(1) }
    }

    #[tokio::test]
    async fn calls_fail_by_the_schedule_and_pass_after_it() {
        let schedule = [Turn::Fail(late()), Turn::Pass, Turn::Fail(late())];
        let model = Flaky::new(ScriptedModel::saying(["a", "b"]), schedule);
        let mut succeeded = Vec::new();
        for _ in 0..4 {
            succeeded.push(model.complete(Prompt::default()).await.is_ok());
        }
        assert_eq!(succeeded, [false, true, false, true]);
        assert_eq!(model.inner().prompts().len(), 2);
    }

    #[tokio::test]
    async fn a_stream_breaks_after_the_chunks_stated_and_ends() {
        let script = ["a", "b", "c"].map(|text| Chunk::Content(text.into()));
        let model = Flaky::new(ScriptedModel::new([Ok(script.to_vec())]), [Turn::Break { after: 2, error: late() }]);
        let chunks: Vec<_> = model.generate(Prompt::default()).await.unwrap().collect().await;
        assert!(matches!(chunks.as_slice(), [Ok(_), Ok(_), Err(ModelError::TimedOut { .. })]), "{chunks:?}");
    }
}
