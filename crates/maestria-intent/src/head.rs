//! The classifier's last layers: from an embedding, and what the text is written with, to one logit per label.

use std::collections::HashMap;

use maestria_vocabulary::{Embedding, Label};
use ndarray::{Array1, Array2, ArrayView1, Axis};

use crate::{
    Result,
    ngrams::NgramRows,
    weights::{Tensor, Weights, unusable, write},
};

/// From an embedding `e` of a text to one logit per label: `W e + b`, and where the file has them
///
/// - `V max(0, U e + c)`, a hidden layer, for what a line cannot divide;
/// - `Σᵢ wᵢ N[bᵢ]` over the words, pairs of words and runs of letters of the text, each hashed to a bucket `bᵢ`, for what a mean of word
///   vectors forgets: which words stand together, and what a misspelt word was meant to be.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    labels: Vec<Label>,
    linear: Layer,
    hidden: Option<Hidden>,
    ngrams: Option<NgramRows>,
}

/// `W x + b`.
#[derive(Debug, Clone)]
struct Layer {
    /// `[outputs, inputs]`.
    weight: Array2<f32>,
    /// `[outputs]`.
    bias: Array1<f32>,
}

/// A layer of rectified units, and what each adds to the logits.
#[derive(Debug, Clone)]
struct Hidden {
    units: Layer,
    /// `[labels, units]`.
    out: Array2<f32>,
}

impl Head {
    /// Reads the head of an opened model file.
    pub(crate) fn read(weights: &Weights<'_>) -> Result<Self> {
        let labels: Vec<Label> = weights.json("labels")?;
        let linear = Layer { weight: weights.matrix("weight")?, bias: weights.vector("bias")? };
        let (outputs, dimension) = linear.weight.dim();
        if outputs != labels.len() || linear.bias.len() != outputs || outputs == 0 || dimension == 0 {
            let (count, biases) = (labels.len(), linear.bias.len());
            let problem = format!("it is {outputs} by {dimension}, and there are {count} labels and {biases} biases");
            return Err(unusable("weight", problem));
        }
        let hidden = weights.has("hidden_weight").then(|| Hidden::read(weights, outputs, dimension)).transpose()?;
        let ngrams = weights.has("ngrams").then(|| NgramRows::read(weights, outputs)).transpose()?;
        Ok(Self { labels, linear, hidden, ngrams })
    }

    /// A linear head from its parts: `weight` has a row of values per label.
    pub(crate) fn linear(labels: Vec<Label>, weight: Array2<f32>, bias: Array1<f32>) -> Self {
        Self { labels, linear: Layer { weight, bias }, hidden: None, ngrams: None }
    }

    /// The same head with these n-grams, if there are any.
    pub(crate) fn with_ngrams(self, ngrams: Option<NgramRows>) -> Self {
        Self { ngrams, ..self }
    }

    /// The head as a model file with this metadata beside its own.
    pub(crate) fn write(&self, mut metadata: HashMap<String, String>) -> Result<Vec<u8>> {
        let labels = serde_json::to_string(&self.labels).map_err(|error| unusable("labels", error))?;
        metadata.insert("labels".to_owned(), labels);
        let mut tensors =
            vec![("weight", Tensor::matrix(&self.linear.weight)), ("bias", Tensor::vector(&self.linear.bias))];
        if let Some(hidden) = &self.hidden {
            tensors.push(("hidden_weight", Tensor::matrix(&hidden.units.weight)));
            tensors.push(("hidden_bias", Tensor::vector(&hidden.units.bias)));
            tensors.push(("hidden_out", Tensor::matrix(&hidden.out)));
        }
        tensors.extend(self.ngrams.iter().flat_map(NgramRows::tensors));
        write(&tensors, metadata)
    }

    /// The labels, in the order of the logits.
    #[must_use]
    pub(crate) fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// The place of a label among the logits.
    pub(crate) fn place(&self, name: &str) -> Option<usize> {
        self.labels.iter().position(|label| label.as_str() == name)
    }

    /// Adds a label whose logit is the mean of the linear parts of the others, or 0 for an embedding of any text when it is to be the
    /// reference of the others.
    pub(crate) fn add_label(&mut self, label: Label, reference: bool) -> Result<()> {
        let add = |error| unusable("weight", error);
        let (weight, bias) =
            if reference { (None, None) } else { (self.linear.weight.mean_axis(Axis(0)), self.linear.bias.mean()) };
        let weight = weight.unwrap_or_else(|| Array1::zeros(self.dimension()));
        let mut linear = self.linear.clone();
        linear.weight.push_row(weight.view()).map_err(add)?;
        linear.bias.append(Axis(0), ArrayView1::from(&[bias.unwrap_or_default()])).map_err(add)?;
        if let Some(hidden) = &mut self.hidden {
            let units = hidden.out.ncols();
            hidden.out.push_row(Array1::zeros(units).view()).map_err(add)?;
        }
        if let Some(ngrams) = &mut self.ngrams {
            ngrams.add_label();
        }
        self.linear = linear;
        self.labels.push(label);
        Ok(())
    }

    /// How far the weights of the labels lie from their mean, as the root of the mean square: the scale of one label's own direction.
    pub(crate) fn spread(&self) -> f32 {
        let Some(mean) = self.linear.weight.mean_axis(Axis(0)) else { return 0.0 };
        let squares = (&self.linear.weight - &mean).mapv(|value| value * value).sum();
        (squares / self.labels.len().max(1) as f32).sqrt()
    }

    /// Moves the weights the least so that the logits of texts with this embedding change by these steps: `ΔW = steps · eᵀ / ‖e‖²`.
    /// Logits of other texts change in proportion to their cosine with it, and biases stay.
    pub(crate) fn step(&mut self, embedding: &Embedding, steps: &[f32]) {
        let embedding = ArrayView1::from(&embedding.0);
        let square = embedding.dot(&embedding);
        if embedding.len() != self.dimension() || square <= f32::EPSILON {
            return;
        }
        for (mut row, step) in self.linear.weight.outer_iter_mut().zip(steps) {
            row.scaled_add(step / square, &embedding);
        }
    }

    /// Values of the embeddings it expects.
    #[must_use]
    pub(crate) fn dimension(&self) -> usize {
        self.linear.weight.ncols()
    }

    /// One logit per label for a text and its embedding; zeros for an embedding of another dimension.
    #[must_use]
    pub(crate) fn logits(&self, text: &str, embedding: &Embedding) -> Vec<f32> {
        if embedding.0.len() != self.dimension() {
            return vec![0.0; self.labels.len()];
        }
        let embedding = ArrayView1::from(&embedding.0);
        let mut logits = self.linear.apply(embedding);
        if let Some(hidden) = &self.hidden {
            let units = hidden.units.apply(embedding).mapv_into(|value| value.max(0.0));
            logits += &hidden.out.dot(&units);
        }
        if let Some(ngrams) = &self.ngrams {
            ngrams.add_to(&mut logits, text);
        }
        logits.to_vec()
    }
}

impl Layer {
    fn apply(&self, input: ArrayView1<'_, f32>) -> Array1<f32> {
        self.weight.dot(&input) + &self.bias
    }
}

impl Hidden {
    fn read(weights: &Weights<'_>, labels: usize, dimension: usize) -> Result<Self> {
        let units = Layer { weight: weights.matrix("hidden_weight")?, bias: weights.vector("hidden_bias")? };
        let out = weights.matrix("hidden_out")?;
        let count = units.bias.len();
        if units.weight.dim() != (count, dimension) || out.dim() != (labels, count) {
            let (first, second) = (units.weight.dim(), out.dim());
            let problem = format!("it is {first:?} and its output {second:?}, with {count} biases");
            return Err(unusable("hidden_weight", problem));
        }
        Ok(Self { units, out })
    }
}
