//! Models: streaming is the only way to generate, and an error says what to do next.

use std::{fmt::Debug, future::poll_fn, pin::Pin, time::Duration};

use async_trait::async_trait;
use futures_core::Stream;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Bytes, Content, DeviceId, Message, Tokens};

/// What a model is asked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Prompt {
    /// The conversation, oldest first.
    pub messages: Vec<Message>,
    /// Most tokens the answer may have; the model's own limit when absent.
    pub max_output: Option<Tokens>,
    /// Sampling temperature, from 0 (most likely token) upwards; the model's own default when absent.
    pub temperature: Option<f64>,
    /// JSON Schema that the answer must satisfy; free text when absent.
    pub response_schema: Option<Value>,
}

impl Prompt {
    /// A prompt of these messages, with the model's own settings.
    #[must_use]
    pub fn new(messages: Vec<Message>) -> Self {
        Self { messages, ..Self::default() }
    }
}

/// What an answer consumed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the prompt.
    pub input: Tokens,
    /// Tokens of the answer.
    pub output: Tokens,
}

/// One piece of a streamed answer.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Chunk {
    /// The next piece of content; consecutive texts are one text.
    Content(Content),
    /// What the answer consumed so far; the last one counts.
    Usage(Usage),
}

/// An answer as it is produced. Dropping it stops the generation.
pub type ChunkStream = Pin<Box<dyn Stream<Item = Result<Chunk, ModelError>> + Send>>;

/// Something that answers prompts: a model in this process, or a client of one elsewhere.
///
/// # Contract
/// `generate` may be called by several tasks at once. The stream yields at least one [`Chunk::Content`] or an error, and nothing after
/// an error. Dropping the future or the stream stops the work and leaves the model usable.
#[async_trait]
pub trait Model: Debug + Send + Sync {
    /// Starts to answer `prompt`.
    ///
    /// # Errors
    /// [`ModelError`]; its [`recovery`](ModelError::recovery) says what the caller should do.
    async fn generate(&self, prompt: Prompt) -> Result<ChunkStream, ModelError>;

    /// Brings the model into the memory of `device`. A model that needs no loading has nothing to do; one whose card says that it is remote
    /// is never loaded.
    ///
    /// # Errors
    /// [`ModelError`] when the model cannot be loaded there; the device holds nothing of it then.
    async fn load(&self, device: &DeviceId) -> Result<(), ModelError> {
        let _ = device;
        Ok(())
    }

    /// Gives the memory of `device` back. A model that needs no loading has nothing to do.
    ///
    /// # Errors
    /// [`ModelError`] when the memory could not be given back.
    async fn unload(&self, device: &DeviceId) -> Result<(), ModelError> {
        let _ = device;
        Ok(())
    }
}

/// A whole answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Completion {
    /// The pieces of the answer, consecutive texts joined.
    pub content: Vec<Content>,
    /// What the answer consumed, if the model told.
    pub usage: Option<Usage>,
}

impl Completion {
    /// Takes the next chunk in.
    pub fn push(&mut self, chunk: Chunk) {
        match chunk {
            Chunk::Usage(usage) => self.usage = Some(usage),
            Chunk::Content(Content::Text(more)) => match self.content.last_mut() {
                Some(Content::Text(text)) => text.push_str(&more),
                _ => self.content.push(Content::Text(more)),
            },
            Chunk::Content(content) => self.content.push(content),
        }
    }
}

/// Comfort for callers of any [`Model`].
#[async_trait]
pub trait ModelExt: Model {
    /// Generates and collects the whole answer.
    ///
    /// # Errors
    /// The first [`ModelError`] of the call or its stream.
    ///
    /// # Cancel safety
    /// Dropping the future drops the stream, which stops the generation.
    async fn complete(&self, prompt: Prompt) -> Result<Completion, ModelError> {
        let mut chunks = self.generate(prompt).await?;
        let mut completion = Completion::default();
        while let Some(chunk) = poll_fn(|cx| chunks.as_mut().poll_next(cx)).await {
            completion.push(chunk?);
        }
        Ok(completion)
    }
}

impl<M: Model + ?Sized> ModelExt for M {}

/// Why a model gave no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The model has too much to do.
    #[error("the model is overloaded")]
    Overloaded {
        /// When to come back, if the model said so.
        retry_after: Option<Duration>,
    },
    /// The model did not answer in time.
    #[error("the model gave no answer within {after:?}")]
    TimedOut {
        /// How long it was given.
        after: Duration,
    },
    /// The prompt and the room for its answer do not fit the window.
    #[error("the prompt needs {needed}, the window holds {window}")]
    WindowExceeded {
        /// Tokens of the prompt and its reserved answer.
        needed: Tokens,
        /// Tokens the window holds.
        window: Tokens,
    },
    /// The device has too little memory for this call.
    #[error("the model needs {needed} of device memory")]
    OutOfMemory {
        /// Memory the call needs.
        needed: Bytes,
    },
    /// The model declines to answer this prompt.
    #[error("the model refused: {reason}")]
    Refused {
        /// The model's own words.
        reason: String,
    },
    /// The model cannot do what the prompt asks for, such as reading a picture.
    #[error("the model cannot handle {what}")]
    Unsupported {
        /// The part of the prompt that it cannot handle.
        what: String,
    },
    /// The model could not be reached, or broke.
    #[error("the model is unavailable")]
    Unavailable {
        /// What went wrong below.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// What kind of [`ModelError`] it was: what is left of an error once it is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// The model had too much to do.
    Overloaded,
    /// The model did not answer in time.
    TimedOut,
    /// The prompt did not fit the window.
    WindowExceeded,
    /// The device had too little memory.
    OutOfMemory,
    /// The model declined to answer.
    Refused,
    /// The model cannot do what the prompt asked for.
    Unsupported,
    /// The model could not be reached, or broke.
    Unavailable,
    /// What it gave was judged, by whoever asked for it, to be wrong.
    Rejected,
}

impl ErrorKind {
    /// Whether it speaks against the model or its device, rather than against what was asked of them.
    #[must_use]
    pub const fn is_fault(self) -> bool {
        match self {
            Self::Overloaded | Self::TimedOut | Self::OutOfMemory | Self::Unavailable => true,
            Self::WindowExceeded | Self::Refused | Self::Unsupported | Self::Rejected => false,
        }
    }
}

/// What a caller should do after a [`ModelError`], so that nobody matches on kinds to decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovery {
    /// Ask the same model again, not before this delay.
    Retry {
        /// Least delay.
        after: Duration,
    },
    /// Ask again with less: a smaller batch, a shorter prompt.
    Shrink,
    /// Take the next candidate.
    Elsewhere,
    /// No model will answer this.
    GiveUp,
}

impl ModelError {
    /// What kind of error it is.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Overloaded { .. } => ErrorKind::Overloaded,
            Self::TimedOut { .. } => ErrorKind::TimedOut,
            Self::WindowExceeded { .. } => ErrorKind::WindowExceeded,
            Self::OutOfMemory { .. } => ErrorKind::OutOfMemory,
            Self::Refused { .. } => ErrorKind::Refused,
            Self::Unsupported { .. } => ErrorKind::Unsupported,
            Self::Unavailable { .. } => ErrorKind::Unavailable,
        }
    }

    /// What to do next.
    #[must_use]
    pub fn recovery(&self) -> Recovery {
        /// A moment, for a model that did not say when to come back.
        const PAUSE: Duration = Duration::from_millis(100);
        match self {
            Self::Overloaded { retry_after } => Recovery::Retry { after: retry_after.unwrap_or(PAUSE) },
            Self::WindowExceeded { .. } | Self::OutOfMemory { .. } => Recovery::Shrink,
            Self::TimedOut { .. } | Self::Unsupported { .. } | Self::Unavailable { .. } => Recovery::Elsewhere,
            Self::Refused { .. } => Recovery::GiveUp,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consecutive_texts_become_one() {
        let mut completion = Completion::default();
        for chunk in [
            Chunk::Content("a".into()),
            Chunk::Content("b".into()),
            Chunk::Usage(Usage { input: Tokens(1), output: Tokens(2) }),
            Chunk::Content(Value::Null.into()),
            Chunk::Content("c".into()),
        ] {
            completion.push(chunk);
        }
        assert_eq!(completion.content, vec!["ab".into(), Value::Null.into(), "c".into()]);
        assert_eq!(completion.usage, Some(Usage { input: Tokens(1), output: Tokens(2) }));
    }
}
