//! A transformer over the words of a request, small enough for one thread and no library.

use ndarray::{Array1, Array2, ArrayView2, Axis, Zip, s};

use crate::{
    Result,
    product::product,
    weights::{Weights, unusable},
};

/// Added to a variance, as PyTorch does.
const EPSILON: f32 = 1e-5;

/// A layer `y = x Wᵀ + b`.
#[derive(Debug, Clone)]
pub(super) struct Linear {
    /// `[in, out]`.
    weight: Array2<f32>,
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
        Ok(Self { weight: weight.reversed_axes().as_standard_layout().into_owned(), bias })
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
        product(x, self.weight.view()) + &self.bias
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
        wide.mapv_inplace(gelu);
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
            let mut weights = product(part(0), part(1).reversed_axes()) / (share as f32).sqrt();
            for ((from, to), weight) in weights.indexed_iter_mut() {
                let distance = (to + reach).saturating_sub(from).min(2 * reach);
                *weight += distances.get(distance).copied().unwrap_or_default();
            }
            weights.rows_mut().into_iter().for_each(softmax);
            out.slice_mut(s![.., head * share..(head + 1) * share]).assign(&product(weights.view(), part(2)));
        }
        out
    }
}

/// Turns scores into probabilities.
pub(super) fn softmax(mut scores: ndarray::ArrayViewMut1<'_, f32>) {
    let most = scores.fold(f32::NEG_INFINITY, |most, score| most.max(*score));
    scores.mapv_inplace(|score| (score - most).exp());
    let sum = scores.sum();
    scores /= sum;
}

/// The usual approximation of the Gaussian error linear unit (Hendrycks and Gimpel 2016).
fn gelu(x: f32) -> f32 {
    0.5 * x * (1.0 + tanh((2.0 / std::f32::consts::PI).sqrt() * (x + 0.044_715 * x * x * x)))
}

/// The hyperbolic tangent to seven digits, by the rational approximation of Eigen (`generic_fast_tanh_float`), without a branch: a
/// compiler computes several at once.
pub(super) fn tanh(x: f32) -> f32 {
    let x = x.clamp(-7.905, 7.905);
    let y = x * x;
    let above =
        [-2.760_768_5e-16, 2.000_188e-13, -8.604_672e-11, 5.122_297_1e-8, 1.485_722_4e-5, 6.372_619_3e-4, 4.893_525e-3];
    let below = [1.198_258_4e-6, 1.185_347_1e-4, 2.268_434_6e-3, 4.893_525e-3];
    let polynomial = |coefficients: &[f32]| coefficients.iter().fold(0.0, |sum, coefficient| sum * y + coefficient);
    x * polynomial(&above) / polynomial(&below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tangent_is_as_the_library_has_it() {
        for x in (-1_000..=1_000).map(|step| step as f32 / 50.0) {
            assert!((tanh(x) - x.tanh()).abs() < 1e-6, "{x}: {} is not {}", tanh(x), x.tanh());
        }
    }
}
