//! What a decision may depend on besides the fleet: what the request means, and what else is known of it.

use super::error::LearningError;

/// What a request means, as its embedding, and what else is known of it, as numbers of about one in size.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Context {
    embedding: Vec<f32>,
    features: Vec<f64>,
}

impl Context {
    /// A context of an embedding and further features; either may be empty.
    ///
    /// # Errors
    /// [`LearningError::NotFinite`].
    pub fn new(embedding: Vec<f32>, features: Vec<f64>) -> Result<Self, LearningError> {
        if !embedding.iter().all(|value| value.is_finite()) {
            return Err(LearningError::NotFinite { what: "the embedding" });
        }
        if !features.iter().all(|value| value.is_finite()) {
            return Err(LearningError::NotFinite { what: "the list of features" });
        }
        Ok(Self { embedding, features })
    }

    /// The embedding.
    #[must_use]
    pub fn embedding(&self) -> &[f32] {
        &self.embedding
    }

    /// The further features.
    #[must_use]
    pub fn features(&self) -> &[f64] {
        &self.features
    }
}
