//! The classifier's last layer: from an embedding to one logit per label.

use std::collections::HashMap;

use maestria_vocabulary::{Embedding, Label};

use crate::{
    Result,
    weights::{Weights, unusable, write},
};

/// A linear layer, `logits = W · e + b`, with one row per label.
#[derive(Debug, Clone)]
pub struct Head {
    labels: Vec<Label>,
    weight: Vec<f32>,
    bias: Vec<f32>,
    dimension: usize,
}

impl Head {
    /// Reads the head of an opened model file.
    pub(crate) fn read(weights: &Weights<'_>) -> Result<Self> {
        let labels: Vec<Label> = weights.json("labels")?;
        let (weight, shape) = weights.floats("weight")?;
        let (bias, rows) = weights.floats("bias")?;
        let &[outputs, dimension] = shape.as_slice() else {
            return Err(unusable("weight", format!("its shape is {shape:?}, not [labels, dimension]")));
        };
        if outputs != labels.len() || rows != [outputs] || outputs == 0 || dimension == 0 {
            let count = labels.len();
            return Err(unusable("weight", format!("there are {count} labels, {outputs} rows and {rows:?} biases")));
        }
        Ok(Self { labels, weight, bias, dimension })
    }

    /// A head from its parts: `weight` has a row of `dimension` values per label.
    pub(crate) fn from_parts(labels: Vec<Label>, weight: Vec<f32>, bias: Vec<f32>, dimension: usize) -> Self {
        Self { labels, weight, bias, dimension }
    }

    /// The head as a model file with this metadata beside its own.
    pub(crate) fn write(&self, mut metadata: HashMap<String, String>) -> Result<Vec<u8>> {
        let labels = serde_json::to_string(&self.labels).map_err(|error| unusable("labels", error))?;
        metadata.insert("labels".to_owned(), labels);
        let tensors = [
            ("weight", self.weight.as_slice(), vec![self.labels.len(), self.dimension]),
            ("bias", self.bias.as_slice(), vec![self.labels.len()]),
        ];
        write(&tensors, metadata)
    }

    /// The labels, in the order of the logits.
    #[must_use]
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// Values of the embeddings it expects.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// One logit per label. An embedding of another dimension is read as far as it goes.
    #[must_use]
    pub fn logits(&self, embedding: &Embedding) -> Vec<f32> {
        let rows = self.weight.chunks_exact(self.dimension);
        rows.zip(&self.bias)
            .map(|(row, bias)| bias + row.iter().zip(&embedding.0).map(|(w, e)| w * e).sum::<f32>())
            .collect()
    }
}
