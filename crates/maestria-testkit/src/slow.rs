//! A decorator that takes its time; under a paused clock it takes none.

use std::time::Duration;

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use maestria_vocabulary::{
    Arguments, ChunkStream, Content, DeviceId, Model, ModelError, Prompt, Tool, ToolError, ToolSpec,
};
use tokio::time::sleep;

/// A model or a tool that answers later, by `tokio::time`. Without a delay set it changes nothing.
#[derive(Debug, Clone)]
pub struct Slow<T> {
    inner: T,
    first: Duration,
    between: Duration,
    load: Duration,
}

impl<T> Slow<T> {
    /// Wraps a model or a tool.
    pub fn new(inner: T) -> Self {
        Self { inner, first: Duration::ZERO, between: Duration::ZERO, load: Duration::ZERO }
    }

    /// Delays the first chunk of an answer, or the result of a tool.
    #[must_use]
    pub fn with_first(self, first: Duration) -> Self {
        Self { first, ..self }
    }

    /// Delays every chunk after the first.
    #[must_use]
    pub fn with_between(self, between: Duration) -> Self {
        Self { between, ..self }
    }

    /// Delays loading.
    #[must_use]
    pub fn with_load(self, load: Duration) -> Self {
        Self { load, ..self }
    }

    /// The model or tool inside.
    pub fn inner(&self) -> &T {
        &self.inner
    }
}

#[async_trait]
impl<M: Model> Model for Slow<M> {
    async fn generate(&self, prompt: Prompt) -> Result<ChunkStream, ModelError> {
        let chunks = self.inner.generate(prompt).await?;
        let between = self.between;
        let slow = stream::unfold((chunks, self.first), move |(mut chunks, delay)| async move {
            sleep(delay).await;
            Some((chunks.next().await?, (chunks, between)))
        });
        Ok(Box::pin(slow))
    }

    async fn load(&self, device: &DeviceId) -> Result<(), ModelError> {
        sleep(self.load).await;
        self.inner.load(device).await
    }

    async fn unload(&self, device: &DeviceId) -> Result<(), ModelError> {
        self.inner.unload(device).await
    }
}

#[async_trait]
impl<T: Tool> Tool for Slow<T> {
    fn spec(&self) -> &ToolSpec {
        self.inner.spec()
    }

    async fn call(&self, arguments: Arguments) -> Result<Content, ToolError> {
        sleep(self.first).await;
        self.inner.call(arguments).await
    }
}

#[cfg(test)]
mod tests {
    use maestria_vocabulary::Chunk;
    use tokio::time::Instant;

    use super::*;
    use crate::{ScriptedModel, ScriptedTool};

    const FIRST: Duration = Duration::from_secs(60);
    const BETWEEN: Duration = Duration::from_secs(5);

    #[tokio::test(start_paused = true)]
    async fn chunks_come_when_they_are_due() {
        let script = ["a", "b", "c"].map(|text| Chunk::Content(text.into()));
        let model = Slow::new(ScriptedModel::new([Ok(script.to_vec())])).with_first(FIRST).with_between(BETWEEN);
        let start = Instant::now();
        let mut chunks = model.generate(Prompt::default()).await.unwrap();
        assert_eq!(start.elapsed(), Duration::ZERO);
        for (expected, due) in script.iter().zip([FIRST, FIRST + BETWEEN, FIRST + 2 * BETWEEN]) {
            assert_eq!(chunks.next().await.unwrap().unwrap(), *expected);
            assert_eq!(start.elapsed(), due);
        }
        assert!(chunks.next().await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn loading_and_tools_take_their_time_too() {
        let start = Instant::now();
        let model = Slow::new(ScriptedModel::new([])).with_load(FIRST);
        model.load(&DeviceId::cpu()).await.unwrap();
        assert_eq!(start.elapsed(), FIRST);
        let spec = ToolSpec::new("echo".parse().unwrap(), "Echoes");
        let tool = Slow::new(ScriptedTool::new(spec, [Ok("yes".into())])).with_first(BETWEEN);
        assert_eq!(tool.call(Arguments::new()).await.unwrap(), "yes".into());
        assert_eq!(start.elapsed(), FIRST + BETWEEN);
        assert_eq!(tool.inner().calls().len(), 1);
    }
}
