//! A model and a tool that answer from a script and remember what they were asked.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use futures_util::stream;
use maestria_vocabulary::{
    Arguments, Chunk, ChunkStream, Content, Model, ModelError, Prompt, Tool, ToolError, ToolSpec,
};

/// A script was asked for more than it holds; the cause of the error that its reader then gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the script has no answer to call {call}")]
pub struct ScriptEnded {
    /// Which call found the script at its end, counted from one.
    pub call: usize,
}

/// A model that gives the answers of a script, one per call, and records its prompts.
///
/// An error of the script is given in place of the stream; [`Flaky`](crate::Flaky) breaks a stream in the middle. After the last answer
/// every call is [`ModelError::Unavailable`], with [`ScriptEnded`] as its source.
#[derive(Debug)]
pub struct ScriptedModel(Script<Result<Vec<Chunk>, ModelError>, Prompt>);

impl ScriptedModel {
    /// A model that gives these answers, in order.
    pub fn new(script: impl IntoIterator<Item = Result<Vec<Chunk>, ModelError>>) -> Self {
        Self(Script::new(script))
    }

    /// A model that says these texts, each in one chunk.
    pub fn saying(texts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::new(texts.into_iter().map(|text| Ok(vec![Chunk::Content(Content::Text(text.into()))])))
    }

    /// What it was asked so far, in order.
    #[must_use]
    pub fn prompts(&self) -> Vec<Prompt> {
        self.0.asked().clone()
    }
}

#[async_trait]
impl Model for ScriptedModel {
    async fn generate(&self, prompt: Prompt) -> Result<ChunkStream, ModelError> {
        let answer = self.0.next(prompt).map_err(|ended| ModelError::Unavailable { source: ended.into() })?;
        Ok(Box::pin(stream::iter(answer?.into_iter().map(Ok))))
    }
}

/// A tool that gives the results of a script, one per call, and records its arguments.
///
/// After the last result every call is [`ToolError::Failed`], with [`ScriptEnded`] as its source.
#[derive(Debug)]
pub struct ScriptedTool {
    spec: ToolSpec,
    script: Script<Result<Content, ToolError>, Arguments>,
}

impl ScriptedTool {
    /// A tool of this kind that gives these results, in order.
    pub fn new(spec: ToolSpec, script: impl IntoIterator<Item = Result<Content, ToolError>>) -> Self {
        Self { spec, script: Script::new(script) }
    }

    /// What it was called with so far, in order.
    #[must_use]
    pub fn calls(&self) -> Vec<Arguments> {
        self.script.asked().clone()
    }
}

#[async_trait]
impl Tool for ScriptedTool {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    async fn call(&self, arguments: Arguments) -> Result<Content, ToolError> {
        self.script.next(arguments).map_err(|ended| ToolError::failed("reading its script", ended))?
    }
}

/// Answers still to be given, and what was asked.
#[derive(Debug)]
struct Script<A, Q> {
    answers: Mutex<VecDeque<A>>,
    asked: Mutex<Vec<Q>>,
}

impl<A, Q> Script<A, Q> {
    fn new(answers: impl IntoIterator<Item = A>) -> Self {
        Self { answers: Mutex::new(answers.into_iter().collect()), asked: Mutex::new(Vec::new()) }
    }

    fn next(&self, question: Q) -> Result<A, ScriptEnded> {
        // The guard is held while the answer is taken, so that the n-th question gets the n-th answer.
        let mut asked = self.asked();
        asked.push(question);
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).pop_front().ok_or(ScriptEnded { call: asked.len() })
    }

    fn asked(&self) -> MutexGuard<'_, Vec<Q>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use maestria_vocabulary::{Message, ModelExt, Role};
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn answers_come_in_order_and_prompts_are_recorded() {
        let refusal = ModelError::Refused { reason: "no".into() };
        let model =
            ScriptedModel::new([Ok(vec![Chunk::Content("a".into()), Chunk::Content("b".into())]), Err(refusal)]);
        let prompt = Prompt::new(vec![Message { role: Role::User, content: vec!["hello".into()] }]);
        assert_eq!(model.complete(prompt.clone()).await.unwrap().content, ["ab".into()]);
        assert!(matches!(model.complete(Prompt::default()).await, Err(ModelError::Refused { .. })));
        let ended = model.complete(prompt.clone()).await.unwrap_err();
        let ended = ended.source().and_then(|source| source.downcast_ref());
        assert_eq!(ended, Some(&ScriptEnded { call: 3 }));
        assert_eq!(model.prompts(), [prompt.clone(), Prompt::default(), prompt]);
    }

    #[tokio::test]
    async fn results_come_in_order_and_arguments_are_recorded() {
        let spec = ToolSpec::new("count".parse().unwrap(), "Counts");
        let tool = ScriptedTool::new(spec, [Ok("1".into()), Err(ToolError::invalid_argument("of", "is empty"))]);
        let arguments: Arguments = [("of".to_owned(), json!("sheep"))].into_iter().collect();
        assert_eq!(tool.call(arguments.clone()).await.unwrap(), "1".into());
        assert!(matches!(tool.call(Arguments::new()).await, Err(ToolError::InvalidArgument { .. })));
        assert!(matches!(tool.call(Arguments::new()).await, Err(ToolError::Failed { .. })));
        assert_eq!(tool.calls(), [arguments, Arguments::new(), Arguments::new()]);
    }
}
