//! What is done to every row, or every value, of a matrix, several values at once.
//!
//! What is called for each value has no branch and is always inlined, so that a compiler makes it of the instructions at hand.

use ndarray::Array2;
use pulp::{Arch, Simd, WithSimd};

/// Does something to every row, with its place, by the widest instructions that the processor has.
pub(super) fn in_rows(values: &mut Array2<f32>, each: impl Fn(usize, &mut [f32])) {
    let columns = values.ncols().max(1);
    if !values.is_standard_layout() {
        *values = values.as_standard_layout().into_owned();
    }
    let values = values.as_slice_mut().unwrap_or_default();
    Arch::new().dispatch(Rows { values, columns, each });
}

/// What is done to rows that lie one behind the other. A closure would do, were it surely compiled for the instructions at hand.
struct Rows<'a, F> {
    values: &'a mut [f32],
    columns: usize,
    each: F,
}

impl<F: Fn(usize, &mut [f32])> WithSimd for Rows<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for (place, row) in self.values.chunks_exact_mut(self.columns).enumerate() {
            (self.each)(place, row);
        }
    }
}

/// Turns the scores of every row into probabilities.
pub(super) fn softmax_rows(scores: &mut Array2<f32>) {
    in_rows(
        scores,
        #[inline(always)]
        |_, row| softmax(row),
    );
}

/// Replaces every value by its hyperbolic tangent.
pub(super) fn tanh_of_all(values: &mut Array2<f32>) {
    in_rows(
        values,
        #[inline(always)]
        |_, row| row.iter_mut().for_each(|value| *value = tanh(*value)),
    );
}

/// Replaces every value by what a Gaussian error linear unit makes of it.
pub(super) fn gelu_of_all(values: &mut Array2<f32>) {
    in_rows(
        values,
        #[inline(always)]
        |_, row| row.iter_mut().for_each(|value| *value = gelu(*value)),
    );
}

/// Turns scores into probabilities.
#[inline(always)]
pub(super) fn softmax(scores: &mut [f32]) {
    let most = folded(scores, f32::NEG_INFINITY, f32::max);
    scores.iter_mut().for_each(|score| *score = exp(*score - most));
    let sum = folded(scores, 0.0, |sum, score| sum + score);
    scores.iter_mut().for_each(|score| *score /= sum);
}

/// A fold from `first`, which changes nothing, whose order matters no more than rounding does: sixteen side by side.
#[inline(always)]
fn folded(values: &[f32], first: f32, join: impl Fn(f32, f32) -> f32) -> f32 {
    let mut lanes = [first; 16];
    let mut parts = values.chunks_exact(lanes.len());
    for part in &mut parts {
        lanes.iter_mut().zip(part).for_each(|(lane, value)| *lane = join(*lane, *value));
    }
    lanes.iter().chain(parts.remainder()).fold(first, |whole, value| join(whole, *value))
}

/// The usual approximation of the Gaussian error linear unit (Hendrycks and Gimpel 2016).
#[inline(always)]
fn gelu(x: f32) -> f32 {
    0.5 * x * (1.0 + tanh((2.0 / std::f32::consts::PI).sqrt() * (x + 0.044_715 * x * x * x)))
}

/// The hyperbolic tangent to seven digits, by the rational approximation of Eigen (`generic_fast_tanh_float`), without a branch: a
/// compiler computes several at once.
#[inline(always)]
fn tanh(x: f32) -> f32 {
    let x = x.clamp(-7.905, 7.905);
    let y = x * x;
    let above =
        [-2.760_768_5e-16, 2.000_188e-13, -8.604_672e-11, 5.122_297_1e-8, 1.485_722_4e-5, 6.372_619_3e-4, 4.893_525e-3];
    let below = [1.198_258_4e-6, 1.185_347_1e-4, 2.268_434_6e-3, 4.893_525e-3];
    let polynomial = |coefficients: &[f32]| coefficients.iter().fold(0.0, |sum, coefficient| sum * y + coefficient);
    x * polynomial(&above) / polynomial(&below)
}

/// The exponential to seven digits, by the polynomial of Cephes (`expf`), without a branch likewise; zero below `e⁻⁸⁷`.
#[inline(always)]
fn exp(x: f32) -> f32 {
    let is_nothing = x < -87.0;
    let x = x.clamp(-87.0, 88.0);
    let power = (x * std::f32::consts::LOG2_E + 0.5).floor();
    // The logarithm of two in two parts, of which the first has few digits.
    let rest = x - power * 0.693_359_4 + power * 2.121_944_4e-4;
    let coefficients = [1.987_569_1e-4, 1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 0.166_666_66, 0.5];
    let polynomial = coefficients.iter().fold(0.0, |sum, coefficient| sum * rest + coefficient);
    let fraction = polynomial * rest * rest + rest + 1.0;
    let scale = f32::from_bits(((power as i32 + 127) as u32) << 23);
    if is_nothing { 0.0 } else { fraction * scale }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_is_as_the_library_has_it() {
        for x in (-8_800..=8_800).map(|step| step as f32 / 100.0) {
            let (ours, theirs) = (exp(x), x.exp());
            assert!((ours - theirs).abs() <= 3e-7 * theirs + 2e-38, "{x}: {ours} is not {theirs}");
        }
        assert_eq!(exp(f32::NEG_INFINITY), 0.0);
    }

    #[test]
    fn scores_of_any_number_are_turned_into_probabilities() {
        for count in 1..40_u8 {
            let mut scores: Vec<f32> = (0..count).map(|place| f32::from(place) * 7.0 % 11.0 - 100.0).collect();
            let expected: Vec<f32> = scores.iter().map(|score| (score + 100.0).exp()).collect();
            softmax(&mut scores);
            let sum: f32 = expected.iter().sum();
            let is_right = scores.iter().zip(&expected).all(|(ours, theirs)| (ours - theirs / sum).abs() < 1e-6);
            assert!(is_right, "{scores:?}");
        }
    }

    #[test]
    fn the_tangent_is_as_the_library_has_it() {
        for x in (-1_000..=1_000).map(|step| step as f32 / 50.0) {
            assert!((tanh(x) - x.tanh()).abs() < 1e-6, "{x}: {} is not {}", tanh(x), x.tanh());
        }
    }
}
