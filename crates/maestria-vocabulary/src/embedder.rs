//! Texts as vectors.

use std::fmt::Debug;

/// A text as a point in the embedder's space: of length one, or all zeros for a text without meaning to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding(pub Vec<f32>);

impl Embedding {
    /// Cosine similarity in `[-1, 1]`; zero when either has no direction or the dimensions differ.
    #[must_use]
    pub fn cosine(&self, other: &Self) -> f32 {
        if self.0.len() != other.0.len() {
            return 0.0;
        }
        self.0.iter().zip(&other.0).map(|(a, b)| a * b).sum()
    }
}

/// Turns texts into vectors whose cosine tells how near their meanings are.
///
/// It is synchronous on purpose: embedding belongs to deciding, which never awaits. An embedder behind a network is asked by the driver,
/// which hands the vectors on.
///
/// # Contract
/// The same text gives the same vector, whatever else is in the batch. Vectors have [`dimension`](Self::dimension) finite values and
/// length one, or are all zeros. Any text is accepted, of any length, script and content.
pub trait Embedder: Debug + Send + Sync {
    /// Values per vector.
    fn dimension(&self) -> usize;

    /// Embeds `texts`, in order.
    ///
    /// # Errors
    /// [`EmbedError`] when the engine below fails; never because of what a text says.
    fn embed(&self, texts: &[&str]) -> Result<Vec<Embedding>, EmbedError>;
}

/// The engine below an [`Embedder`] failed.
#[derive(Debug, thiserror::Error)]
#[error("the embedder failed")]
pub struct EmbedError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl EmbedError {
    /// Keeps the cause.
    pub fn new(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}
