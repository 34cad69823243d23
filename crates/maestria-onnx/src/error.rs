//! What can go wrong between a library on disk and a vector; what a text says never does.

use std::path::PathBuf;

/// Result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A cause from the engine or the tokenizer below.
pub(crate) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why there is no runtime, no encoder or no vector.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// This build cannot do what was asked for.
    #[error("the feature `{feature}` is not in effect in this build")]
    Disabled {
        /// The feature that would allow it.
        feature: &'static str,
    },
    /// There is no file at the path of the library.
    #[error("there is no library at {path:?}")]
    LibraryMissing {
        /// The path given.
        path: PathBuf,
    },
    /// The file is not a library of this platform, lacks something it is linked to, or is not ONNX Runtime.
    #[error("{path:?} does not load as ONNX Runtime")]
    LibraryForeign {
        /// The path given.
        path: PathBuf,
        /// What the loader says.
        #[source]
        source: Cause,
    },
    /// The library is ONNX Runtime, but older than this crate can use.
    #[error("{path:?} is ONNX Runtime {found}, this release needs 1.{needed_minor} or later")]
    LibraryTooOld {
        /// The path given.
        path: PathBuf,
        /// Version of the library.
        found: String,
        /// Oldest minor version of ONNX Runtime 1 that will do.
        needed_minor: u32,
    },
    /// The environment could not be made; another part of the process may already have made one without this crate.
    #[error("ONNX Runtime gives no environment")]
    Environment {
        /// What the engine says.
        #[source]
        source: Cause,
    },
    /// The tokenizer file is not one.
    #[error("the tokenizer file is not readable")]
    Tokenizer {
        /// What the tokenizer library says.
        #[source]
        source: Cause,
    },
    /// The most tokens allowed leave no room for a token of the text.
    #[error("at most {max_tokens} tokens leave no room for text beside {special} special tokens")]
    NoRoom {
        /// Most tokens allowed.
        max_tokens: usize,
        /// Special tokens added to every text.
        special: usize,
    },
    /// There is no file at the path of the model.
    #[error("there is no model at {path:?}")]
    ModelMissing {
        /// The path given.
        path: PathBuf,
    },
    /// The engine does not take the model.
    #[error("ONNX Runtime does not take {path:?}")]
    Model {
        /// The path given.
        path: PathBuf,
        /// What the engine says.
        #[source]
        source: Cause,
    },
    /// The graph lacks something an encoder has.
    #[error("the graph has no {missing}")]
    Lacks {
        /// The input or output that is absent.
        missing: &'static str,
    },
    /// The graph asks for an input that an encoder does not give.
    #[error("the graph asks for an input `{input}`")]
    UnknownInput {
        /// Its name.
        input: String,
    },
    /// An input or output is of another type or shape than an encoder's.
    #[error("`{name}` is {found}, not {expected}")]
    Shape {
        /// Name of the input or output.
        name: String,
        /// What it is.
        found: String,
        /// What it would be.
        expected: &'static str,
    },
    /// The graph's vectors differ in size from one run to the next.
    #[error("the graph gave a vector of {found} values, and of {expected} before")]
    Dimension {
        /// Values in this run.
        found: usize,
        /// Values when the encoder was opened.
        expected: usize,
    },
    /// The engine took the provider, but the graph ran on the processor all the same.
    #[error("no node of the graph ran on CUDA")]
    NotOnCuda,
    /// The engine's own record of which node ran where cannot be had; it is kept in the folder for temporary files.
    #[error("where the graph ran cannot be told")]
    Unrecorded {
        /// What the engine or the file system says.
        #[source]
        source: Cause,
    },
    /// The engine failed while it ran the graph.
    #[error("ONNX Runtime failed while running the graph")]
    Run {
        /// What the engine says.
        #[source]
        source: Cause,
    },
    /// The graph computed something that is not a finite number.
    #[error("the graph gave a value in `{output}` that is not finite")]
    NotFinite {
        /// The output.
        output: &'static str,
    },
}
