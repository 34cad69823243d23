//! A transformer over the words of a request, small enough for one thread and no library.

use ndarray::{Array1, Array2, ArrayView2, Axis, Zip, s};

use super::rows::{gelu_of_all, in_rows, softmax};
use crate::{
    Result,
    product::{Panels, product},
    weights::{Weights, unusable},
};

/// Added to a variance, as PyTorch does.
const EPSILON: f32 = 1e-5;

/// A layer `y = x Wᵀ + b`.
#[derive(Debug, Clone)]
pub(super) struct Linear {
    /// `[in, out]`.
    weight: Panels,
    bias: Array1<f32>,
}

impl Linear {
    /// Reads `{name}.weight` (int8 `[out, in]`), `{name}.scale` (float `[out]`) and `{name}.bias`.
    pub(super) fn read(file: &Weights<'_>, name: &str) -> Result<Self> {
        let whole = file.bytes(&format!("{name}.weight"))?;
        let (scale, bias) = (file.vector(&format!("{name}.scale"))?, file.vector(&format!("{name}.bias"))?);
        if scale.len() != whole.nrows() || bias.len() != whole.nrows() {
            return Err(unusable(name, "weight, scale and bias have different numbers of rows"));
        }
        let weight = whole.mapv(f32::from) * &scale.insert_axis(Axis(1));
        Ok(Self { weight: Panels::new(weight.t()), bias })
    }

    /// As [`read`](Self::read), for vectors of `inputs` values.
    pub(super) fn sized(file: &Weights<'_>, name: &str, inputs: usize, outputs: usize) -> Result<Self> {
        let linear = Self::read(file, name)?;
        if linear.weight.dim() != (inputs, outputs) {
            let (found_inputs, found) = linear.weight.dim();
            let problem = format!("it turns {found_inputs} values into {found}, not {inputs} into {outputs}");
            return Err(unusable(name, problem));
        }
        Ok(linear)
    }

    pub(super) fn outputs(&self) -> usize {
        self.bias.len()
    }

    pub(super) fn apply(&self, x: ArrayView2<'_, f32>) -> Array2<f32> {
        self.weight.product(x, self.bias.view())
    }
}

/// Layer normalisation (Ba et al. 2016).
#[derive(Debug, Clone)]
pub(super) struct Norm {
    weight: Array1<f32>,
    bias: Array1<f32>,
}

impl Norm {
    pub(super) fn read(file: &Weights<'_>, name: &str, width: usize) -> Result<Self> {
        let (weight, bias) = (file.vector(&format!("{name}.weight"))?, file.vector(&format!("{name}.bias"))?);
        if weight.len() != width || bias.len() != width {
            return Err(unusable(name, format!("it should have {width} values")));
        }
        Ok(Self { weight, bias })
    }

    pub(super) fn apply(&self, mut x: Array2<f32>) -> Array2<f32> {
        for mut row in x.rows_mut() {
            let mean = row.mean().unwrap_or_default();
            row -= mean;
            let deviation = (row.dot(&row) / row.len().max(1) as f32 + EPSILON).sqrt();
            Zip::from(&mut row).and(&self.weight).and(&self.bias).for_each(|x, w, b| *x = *x / deviation * w + b);
        }
        x
    }
}

/// A layer of self-attention with relative positions (Shaw et al. 2018) and a feed-forward layer, both behind their normalisation.
#[derive(Debug, Clone)]
pub(super) struct Block {
    before_attention: Norm,
    attention: Linear,
    joined: Linear,
    before_feed: Norm,
    wide: Linear,
    narrow: Linear,
    /// What a distance adds to the attention of a head: `[heads, 2 · reach + 1]`.
    distances: Array2<f32>,
}

impl Block {
    pub(super) fn read(file: &Weights<'_>, name: &str, width: usize) -> Result<Self> {
        let part = |part: &str| format!("{name}.{part}");
        let distances = file.matrix(&part("rel"))?;
        let heads = distances.nrows();
        if heads == 0 || !width.is_multiple_of(heads) || distances.ncols().is_multiple_of(2) {
            return Err(unusable(&part("rel"), format!("{heads} heads do not share {width} values")));
        }
        let wide = Linear::read(file, &part("f1"))?;
        Ok(Self {
            before_attention: Norm::read(file, &part("n1"), width)?,
            attention: Linear::sized(file, &part("qkv"), width, 3 * width)?,
            joined: Linear::sized(file, &part("o"), width, width)?,
            before_feed: Norm::read(file, &part("n2"), width)?,
            narrow: Linear::sized(file, &part("f2"), wide.outputs(), width)?,
            wide,
            distances,
        })
    }

    pub(super) fn apply(&self, x: Array2<f32>) -> Array2<f32> {
        let read = self.attention.apply(self.before_attention.apply(x.clone()).view());
        let x = x + self.joined.apply(self.attended(&read).view());
        let mut wide = self.wide.apply(self.before_feed.apply(x.clone()).view());
        gelu_of_all(&mut wide);
        x + self.narrow.apply(wide.view())
    }

    /// The values that every word takes from the others, by head.
    fn attended(&self, read: &Array2<f32>) -> Array2<f32> {
        let (words, width) = (read.nrows(), read.ncols() / 3);
        let heads = self.distances.nrows();
        let share = width / heads;
        let reach = self.distances.ncols() / 2;
        let mut out = Array2::zeros((words, width));
        for (head, distances) in self.distances.rows().into_iter().enumerate() {
            let part = |kind: usize| read.slice(s![.., kind * width + head * share..kind * width + (head + 1) * share]);
            let mut weights = product(part(0), part(1).reversed_axes());
            // What is added for a word so many places behind the last, down to as many before the first.
            let gap = |to: usize| distances.get((to + reach + 1).saturating_sub(words).min(2 * reach));
            let biases: Vec<f32> = (0..2 * words).map(|to| gap(to).copied().unwrap_or_default()).collect();
            let scale = 1.0 / (share as f32).sqrt();
            in_rows(
                &mut weights,
                #[inline(always)]
                |from, row| {
                    let biases = biases.get(words - 1 - from..).unwrap_or_default();
                    row.iter_mut().zip(biases).for_each(|(weight, bias)| *weight = *weight * scale + bias);
                    softmax(row);
                },
            );
            out.slice_mut(s![.., head * share..(head + 1) * share]).assign(&product(weights.view(), part(2)));
        }
        out
    }
}
