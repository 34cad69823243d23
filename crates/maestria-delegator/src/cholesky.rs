//! Positive definite matrices: solving by Cholesky's factorisation, without an inverse that drifts.

use serde::{Deserialize, Serialize};

/// A symmetric matrix by its lower triangle: row `i` has `i + 1` values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Symmetric(Vec<Vec<f64>>);

/// The factor `L` of a matrix `L·Lᵀ`, by rows of the lower triangle.
#[derive(Debug)]
pub(crate) struct Factor(Vec<Vec<f64>>);

impl Symmetric {
    pub(crate) fn zero(size: usize) -> Self {
        Self((1..=size).map(|length| vec![0.0; length]).collect())
    }

    /// From the rows of the lower triangle.
    pub(crate) fn of(rows: impl Iterator<Item = Vec<f64>>) -> Self {
        Self(rows.collect())
    }

    /// `self + factor · other`, for matrices of one size.
    pub(crate) fn plus(&self, factor: f64, other: &Self) -> Self {
        let row = |(a, b): (&Vec<f64>, &Vec<f64>)| a.iter().zip(b).map(|(a, b)| a + factor * b).collect();
        Self(self.0.iter().zip(&other.0).map(row).collect())
    }

    /// Whether it is a lower triangle of `size` rows of finite numbers.
    pub(crate) fn is_sound(&self, size: usize) -> bool {
        self.0.len() == size
            && self.0.iter().enumerate().all(|(n, row)| row.len() == n + 1 && row.iter().all(|value| value.is_finite()))
    }

    pub(crate) fn scale(&mut self, factor: f64) {
        self.0.iter_mut().flatten().for_each(|value| *value *= factor);
    }

    /// Adds `x·xᵀ`.
    pub(crate) fn add_square(&mut self, x: &[f64]) {
        for (row, a) in self.0.iter_mut().zip(x) {
            for (cell, b) in row.iter_mut().zip(x) {
                *cell += a * b;
            }
        }
    }

    /// The factor of `factor · self + ridge · I`; nothing when that is not positive definite.
    pub(crate) fn factorise(&self, factor: f64, ridge: f64) -> Option<Factor> {
        let mut rows: Vec<Vec<f64>> = Vec::with_capacity(self.0.len());
        for given in &self.0 {
            let mut row: Vec<f64> = Vec::with_capacity(given.len());
            for (before, value) in rows.iter().zip(given) {
                let rest = factor * value - dot(before, &row);
                row.push(rest / before.last()?);
            }
            let pivot = factor * given.last()? + ridge - dot(&row, &row);
            if !(pivot > 0.0 && pivot.is_finite()) {
                return None;
            }
            row.push(pivot.sqrt());
            rows.push(row);
        }
        Some(Factor(rows))
    }
}

impl Factor {
    /// `L⁻¹ b`.
    pub(crate) fn forward(&self, right: &[f64]) -> Vec<f64> {
        let mut solved: Vec<f64> = Vec::with_capacity(right.len());
        for (row, value) in self.0.iter().zip(right) {
            solved.push((value - dot(row, &solved)) / row.last().copied().unwrap_or(1.0));
        }
        solved
    }

    /// `(L·Lᵀ)⁻¹ b`.
    pub(crate) fn solve(&self, right: &[f64]) -> Vec<f64> {
        let (mut rest, mut solved) = (self.forward(right), Vec::with_capacity(right.len()));
        for row in self.0.iter().rev() {
            let (Some(value), Some(pivot)) = (rest.pop(), row.last()) else { break };
            let value = value / pivot;
            rest.iter_mut().zip(row).for_each(|(rest, cell)| *rest -= cell * value);
            solved.push(value);
        }
        solved.reverse();
        solved
    }
}

/// `Σ aᵢ bᵢ` over what both have, summed in lanes so that the processor adds several at once.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    const LANES: usize = 8;
    let shared = a.len().min(b.len());
    let (a, b) = (a.get(..shared).unwrap_or_default(), b.get(..shared).unwrap_or_default());
    let mut lanes = [0.0; LANES];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in a.iter().zip(b) {
        for (lane, (a, b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
            *lane += a * b;
        }
    }
    lanes.iter().sum::<f64>() + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_matrix_that_is_not_positive_definite_has_no_factor() {
        let mut matrix = Symmetric::zero(2);
        assert!(matrix.factorise(1.0, 0.0).is_none());
        matrix.add_square(&[1.0, 2.0]);
        assert!(matrix.factorise(1.0, 0.0).is_none());
        assert!(matrix.factorise(1.0, 0.1).is_some());
        assert!(matrix.factorise(f64::NAN, 0.1).is_none());
    }

    proptest! {
        #[test]
        fn the_factor_gives_the_quadratic_form_of_the_inverse(
            rows in prop::collection::vec(prop::collection::vec(-3.0..3.0_f64, 4), 0..9), x in prop::collection::vec(-3.0..3.0_f64, 4),
        ) {
            let mut matrix = Symmetric::zero(4);
            rows.iter().for_each(|row| matrix.add_square(row));
            let factor = matrix.factorise(1.0, 0.5).unwrap();
            // (M + λI) x = b gives bᵀ (M + λI)⁻¹ b = xᵀ b.
            let image: Vec<f64> = (0..4).map(|n| {
                0.5 * x[n] + rows.iter().map(|row| row[n] * dot(row, &x)).sum::<f64>()
            }).collect();
            let half = factor.forward(&image);
            prop_assert!((dot(&half, &half) - dot(&x, &image)).abs() < 1e-6 * (1.0 + dot(&x, &image).abs()));
            prop_assert!(factor.solve(&image).iter().zip(&x).all(|(a, b)| (a - b).abs() < 1e-6));
        }
    }
}
