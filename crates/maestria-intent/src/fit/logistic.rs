//! Multinomial logistic regression with a prior, solved by L-BFGS.

use argmin::{
    core::{CostFunction, Executor, Gradient, State},
    solver::{linesearch::MoreThuenteLineSearch, quasinewton::LBFGS},
};
use ndarray::{Array1, Array2, ArrayView2, Axis};

use super::{Examples, FitOptions};
use crate::{Error, Result};

/// Pairs of steps and gradient changes that L-BFGS remembers.
const MEMORY: usize = 10;

/// `Σᵢ −ln softmax(W·eᵢ + b)[yᵢ] + λ/2 · ‖W − P‖²` over the weights `W` and biases `b`.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    /// Embeddings `[N, D]`.
    inputs: Array2<f32>,
    /// The label of each.
    places: Vec<usize>,
    /// What the weights are drawn to, `[L, D]`.
    prior: Array2<f32>,
    penalty: f64,
}

/// A solution.
#[derive(Debug, Clone)]
pub(super) struct Solution {
    /// `[L, D]`.
    pub(super) weight: Array2<f32>,
    /// `[L]`.
    pub(super) bias: Array1<f32>,
}

impl Solution {
    /// Subtracts one label's row from all.
    pub(super) fn subtract_row(&mut self, place: usize) {
        let (row, bias) = (self.weight.row(place).to_owned(), self.bias.get(place).copied().unwrap_or_default());
        self.weight -= &row;
        self.bias -= bias;
    }
}

impl Problem {
    pub(super) fn new(examples: &Examples<'_>, dimension: usize, options: FitOptions) -> Self {
        let flat: Vec<f32> = examples.embeddings.iter().flat_map(|embedding| embedding.0.iter().copied()).collect();
        let inputs = Array2::from_shape_vec((examples.len(), dimension), flat)
            .unwrap_or_else(|_| Array2::zeros((examples.len(), dimension)));
        let mut prior = Array2::<f32>::zeros((examples.labels.len(), dimension));
        for (input, &place) in inputs.outer_iter().zip(&examples.places) {
            let mut row = prior.row_mut(place);
            row += &input;
        }
        for mut row in prior.outer_iter_mut() {
            let length = row.dot(&row).sqrt();
            if length > 0.0 {
                row *= options.prior as f32 / length;
            }
        }
        Self { inputs, places: examples.places.clone(), prior, penalty: options.penalty.max(f64::MIN_POSITIVE) }
    }

    /// Solves the problem, starting from the prior.
    pub(super) fn solve(self, iterations: u64) -> Result<Solution> {
        let shape = self.prior.dim();
        let start: Vec<f64> =
            self.prior.iter().map(|&value| f64::from(value)).chain(std::iter::repeat_n(0.0, shape.0)).collect();
        let tolerance = 1e-5 * self.places.len().max(1) as f64;
        let solver = LBFGS::new(MoreThuenteLineSearch::new(), MEMORY)
            .with_tolerance_grad(tolerance)
            .map_err(|error| Error::Fit(error.into()))?;
        let solved = Executor::new(self, solver)
            .configure(|state| state.param(start).max_iters(iterations))
            .run()
            .map_err(|error| Error::Fit(error.into()))?;
        let best = solved.state().get_best_param().cloned().unwrap_or_default();
        let (weight, bias) = split(shape, &best);
        Ok(Solution { weight, bias })
    }

    /// Probabilities `[N, L]`, and the sum of the negative logarithms of those of the true labels.
    fn predict(&self, weight: &Array2<f32>, bias: &Array1<f32>) -> (Array2<f32>, f64) {
        let mut scores = self.inputs.dot(&weight.t()) + bias;
        let mut loss = 0.0;
        for (mut row, &place) in scores.outer_iter_mut().zip(&self.places) {
            let largest = row.fold(f32::NEG_INFINITY, |a, &b| a.max(b));
            row.mapv_inplace(|score| (score - largest).exp());
            let sum = row.sum();
            row /= sum;
            loss -= f64::from(row.get(place).copied().unwrap_or(1.0).max(f32::MIN_POSITIVE)).ln();
        }
        (scores, loss)
    }
}

/// The weights `[L, D]` and biases `[L]` in a parameter vector, in single precision; zeros for what it does not have.
fn split((labels, dimension): (usize, usize), parameters: &[f64]) -> (Array2<f32>, Array1<f32>) {
    let values: Vec<f32> = parameters.iter().map(|&value| value as f32).collect();
    let (weight, bias) = values.split_at_checked(labels * dimension).unwrap_or_default();
    let weight = ArrayView2::from_shape((labels, dimension), weight).map(|view| view.to_owned());
    (weight.unwrap_or_else(|_| Array2::zeros((labels, dimension))), Array1::from(bias.to_vec()))
}

impl CostFunction for Problem {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, parameters: &Vec<f64>) -> Result<f64, argmin::core::Error> {
        let (weight, bias) = split(self.prior.dim(), parameters);
        let (_, loss) = self.predict(&weight, &bias);
        let distance: f64 = (&weight - &self.prior).iter().map(|&value| f64::from(value).powi(2)).sum();
        Ok(loss + 0.5 * self.penalty * distance)
    }
}

impl Gradient for Problem {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, parameters: &Vec<f64>) -> Result<Vec<f64>, argmin::core::Error> {
        let (weight, bias) = split(self.prior.dim(), parameters);
        let (mut excess, _) = self.predict(&weight, &bias);
        for (mut row, &place) in excess.outer_iter_mut().zip(&self.places) {
            if let Some(value) = row.get_mut(place) {
                *value -= 1.0;
            }
        }
        let weights = excess.t().dot(&self.inputs) + (&weight - &self.prior) * self.penalty as f32;
        let biases = excess.sum_axis(Axis(0));
        Ok(weights.iter().chain(biases.iter()).map(|&value| f64::from(value)).collect())
    }
}

#[cfg(test)]
mod tests {
    use maestria_vocabulary::Embedding;
    use proptest::prelude::*;

    use super::*;

    fn problem(rows: &[(usize, [f32; 3])]) -> Problem {
        let labels = ["a", "b", "c"].map(|name| name.parse().unwrap()).to_vec();
        let examples = Examples {
            texts: vec![""; rows.len()],
            embeddings: rows.iter().map(|(_, values)| Embedding(values.to_vec())).collect(),
            places: rows.iter().map(|(place, _)| *place).collect(),
            labels,
        };
        Problem::new(&examples, 3, FitOptions::default())
    }

    proptest! {
        #[test]
        fn the_gradient_is_that_of_the_cost(
            rows in prop::collection::vec((0_usize..3, prop::array::uniform3(-1.0_f32..1.0)), 1..20),
            at in prop::collection::vec(-1.0_f64..1.0, 12),
        ) {
            const STEP: f64 = 1e-2;
            let problem = problem(&rows);
            let gradient = problem.gradient(&at).unwrap();
            for i in 0..at.len() {
                let moved = |by: f64| {
                    let mut at = at.clone();
                    at[i] += by;
                    problem.cost(&at).unwrap()
                };
                let slope = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
                prop_assert!((slope - gradient[i]).abs() < 2e-2, "{} is not {slope}", gradient[i]);
            }
        }
    }
}
