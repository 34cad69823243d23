//! What can be wrong with an extension: one variant per clause of a contract.

use std::{fmt, ops::Range};

use maestria_vocabulary::{EmbedError, ModelError, StoreError, Tokens, ToolError};

use super::StoreClause;

/// A clause of a contract that an implementation breaks.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// Embedder: vectors have `dimension` values, so there is at least one.
    #[error("the embedder's dimension is zero")]
    NoDimension,
    /// Embedder: any text is accepted, of any length, script and content.
    #[error("the embedder fails on {text:?}")]
    TextRefused {
        /// The beginning of the text.
        text: String,
        /// What it says.
        #[source]
        source: EmbedError,
    },
    /// Embedder: texts may come in batches, from several threads.
    #[error("the embedder fails on texts {company}")]
    BatchRefused {
        /// How the texts came.
        company: Company,
        /// What it says.
        #[source]
        source: EmbedError,
    },
    /// Embedder: there is one vector per text, in order.
    #[error("the embedder gives {vectors} vectors for {texts} texts")]
    VectorCount {
        /// Texts given.
        texts: usize,
        /// Vectors that came.
        vectors: usize,
    },
    /// Embedder: vectors have `dimension` values.
    #[error("the vector of {text:?} has {found} values, the embedder's dimension is {dimension}")]
    Dimension {
        /// The beginning of the text.
        text: String,
        /// Values of its vector.
        found: usize,
        /// Values stated.
        dimension: usize,
    },
    /// Embedder: values are finite.
    #[error("the vector of {text:?} holds a value that is not finite")]
    NotFinite {
        /// The beginning of the text.
        text: String,
    },
    /// Embedder: vectors have length one, or are all zeros.
    #[error("the vector of {text:?} has length {length}")]
    NotUnit {
        /// The beginning of the text.
        text: String,
        /// Length of its vector.
        length: f64,
    },
    /// Embedder: the same text gives the same vector, whatever else is in the batch.
    #[error("the vector of {text:?} differs by up to {by} {company}")]
    VectorDiffers {
        /// The beginning of the text.
        text: String,
        /// What had changed.
        company: Company,
        /// Largest difference of a value.
        by: f32,
    },

    /// Model: it answers; alone, several tasks at once, and after a call or a stream was dropped.
    #[error("the model gives no answer {situation}")]
    Unanswered {
        /// When it was asked.
        situation: Situation,
        /// What it says.
        #[source]
        source: ModelError,
    },
    /// Model: the stream yields at least one content or an error.
    #[error("the model's stream ends without content and without an error {situation}")]
    NoContent {
        /// When it was asked.
        situation: Situation,
    },
    /// Model: nothing comes after an error.
    #[error("the model's stream goes on after an error")]
    AfterError,
    /// Model: usage is what the answer consumed so far, so it does not shrink.
    #[error("the model's usage shrinks from {before} to {after}")]
    UsageShrinks {
        /// Tokens of prompt and answer that it had told.
        before: Tokens,
        /// Tokens it told later.
        after: Tokens,
    },
    /// Model: an answer has at most the tokens that the prompt allows.
    #[error("the model answers with {output} where {most} are allowed")]
    TooLong {
        /// Tokens allowed.
        most: Tokens,
        /// Tokens of the answer, as the model tells.
        output: Tokens,
    },

    /// Tool: its description says what it does.
    #[error("the tool has no description")]
    NoDescription,
    /// Tool: its input and output are JSON Schemas.
    #[error("the tool's {schema} schema is none")]
    InvalidSchema {
        /// Which of both.
        schema: Schema,
        /// What is wrong with it.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Tool: its arguments are an object.
    #[error("the tool's input schema is not of type object")]
    InputNotObject,
    /// Tool: the input has one property per parameter.
    #[error("the tool requires {parameter:?}, which its input schema does not describe")]
    UndescribedParameter {
        /// The parameter.
        parameter: String,
    },
    /// The arguments given to the suite are not good ones: they do not satisfy the tool's input schema.
    #[error("the arguments to try the tool with do not satisfy its input schema")]
    BadArguments {
        /// What is wrong with them.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Tool: it can be called with arguments that satisfy its schema; alone, several tasks at once, and after a call was dropped.
    #[error("the tool fails on good arguments {situation}")]
    CallFailed {
        /// When it was called.
        situation: Situation,
        /// What it says.
        #[source]
        source: ToolError,
    },
    /// Tool: its result satisfies its output schema.
    #[error("the tool's result does not satisfy its output schema")]
    BadResult {
        /// What is wrong with it.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Tool: a pure tool gives the same result for the same arguments, for it may be cached.
    #[error("the tool says it is pure, and gives another result for the same arguments")]
    NotPure,
    /// Tool: a call of several units can be done in parts.
    #[error("the tool says that it does parts of a call, and fails on its units {units:?}")]
    PartFailed {
        /// The units.
        units: Range<u32>,
        /// What it says.
        #[source]
        source: ToolError,
    },
    /// Tool: what the parts of a call give can be joined.
    #[error("the tool does not join what the parts of a call gave")]
    NotJoined {
        /// What it says.
        #[source]
        source: ToolError,
    },
    /// Tool: the parts of a call, joined, give what the whole call gives.
    #[error("the tool says it is pure, and gives another result for a call in two parts than for the whole")]
    PartsDiffer,
    /// Tool: `spec` is the same at every call.
    #[error("the tool's spec changes")]
    SpecChanges,

    /// Store: it does otherwise than a clause of its contract says.
    #[error("the store does not keep to this: {clause}")]
    StoreBreaks {
        /// The clause.
        clause: StoreClause,
    },
    /// Store: it fails where a clause of its contract says that it does not.
    #[error("the store fails where it should keep to this: {clause}")]
    StoreFails {
        /// The clause.
        clause: StoreClause,
        /// What it says.
        #[source]
        source: StoreError,
    },
}

/// In what company a text was embedded, beside alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Company {
    /// A second time.
    Again,
    /// With others in one batch.
    InBatch,
    /// While other threads embedded.
    AmongThreads,
}

impl fmt::Display for Company {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Again => "when it is embedded again",
            Self::InBatch => "in a batch",
            Self::AmongThreads => "among several threads",
        })
    }
}

/// When a model or a tool was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Situation {
    /// With nothing before and nothing beside.
    Alone,
    /// Beside other calls.
    Together,
    /// After a call was dropped before it gave anything.
    AfterDroppedCall,
    /// After the stream of a model was dropped in the middle.
    AfterDroppedStream,
}

impl fmt::Display for Situation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Alone => "when called alone",
            Self::Together => "when called several times at once",
            Self::AfterDroppedCall => "after a call was dropped",
            Self::AfterDroppedStream => "after a stream was dropped",
        })
    }
}

/// One of the two schemas of a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// Of its arguments.
    Input,
    /// Of its result.
    Output,
}

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Input => "input",
            Self::Output => "output",
        })
    }
}
