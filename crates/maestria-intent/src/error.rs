//! What can go wrong while a model is loaded or asked; no request is an error.

use maestria_vocabulary::EmbedError;

/// Result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a model could not be loaded or asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The model file is not a safetensors file.
    #[error("the model file is not readable as safetensors")]
    Weights(#[from] safetensors::SafeTensorError),
    /// The model file lacks something or holds it in another form.
    #[error("the model file has no usable `{part}`: {problem}")]
    Part {
        /// Name of the tensor or of the metadata entry.
        part: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The model file is of a version this release does not read.
    #[error("the model file has format version {found:?}, this release reads {expected}")]
    Version {
        /// Version found.
        found: String,
        /// Versions read.
        expected: &'static str,
    },
    /// The tokenizer file is not one.
    #[error("the tokenizer file is not readable")]
    Tokenizer(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Two parts of a classifier do not fit together.
    #[error("the head expects embeddings of {head} values, the embedder gives {embedder}")]
    Dimension {
        /// Values the head expects.
        head: usize,
        /// Values the embedder gives.
        embedder: usize,
    },
    /// A classifier needs something to choose between.
    #[error("there are {labels} labels; give examples of two at least")]
    TooFewLabels {
        /// Labels given.
        labels: usize,
    },
    /// A classifier that learns is at its bound of labels, and was told of another.
    #[error("there are {most} labels, and no more may be learnt")]
    TooManyLabels {
        /// Most labels allowed.
        most: usize,
    },
    /// The solver failed.
    #[error("the classifier could not be fitted")]
    Fit(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The embedder broke its contract: see [`Embedder`](maestria_vocabulary::Embedder).
    #[error("the embedder broke its contract: {problem}")]
    Embeddings {
        /// What was wrong.
        problem: String,
    },
    /// The engine below the embedder failed.
    #[error(transparent)]
    Embed(#[from] EmbedError),
}
