//! Multinomial logistic regression with a prior, solved by L-BFGS.

use argmin::{
    core::{CostFunction, Executor, Gradient, State},
    solver::{linesearch::MoreThuenteLineSearch, quasinewton::LBFGS},
};
use ndarray::{Array1, Array2, ArrayView2, Axis};

use super::{Examples, FitOptions, sparse::Sparse};
use crate::{Error, Result};

/// Pairs of steps and gradient changes that L-BFGS remembers.
const MEMORY: usize = 6;

/// `Σᵢ −ln softmax(W·eᵢ + b + N·gᵢ)[yᵢ] + λ/2 · (‖W − P‖² + ‖N‖²)` over the weights `W` and biases `b`, and, where there are any, the
/// weights `N` of n-grams.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    /// Embeddings `[N, D]`.
    inputs: Array2<f32>,
    /// The n-grams of every text, `[N, B]`; `[N, 0]` without any.
    ngrams: Sparse,
    /// The label of each.
    places: Vec<usize>,
    /// What the weights are drawn to, `[L, D]`.
    prior: Array2<f32>,
    penalty: f64,
}

/// Weights `[L, D]`, biases `[L]`, and weights of n-grams `[B, L]`.
#[derive(Debug, Clone)]
pub(super) struct Solution {
    pub(super) weight: Array2<f32>,
    pub(super) bias: Array1<f32>,
    pub(super) ngrams: Array2<f32>,
}

impl Solution {
    /// Subtracts one label's weights from those of all.
    pub(super) fn subtract_label(&mut self, place: usize) {
        let (row, bias) = (self.weight.row(place).to_owned(), self.bias.get(place).copied().unwrap_or_default());
        self.weight -= &row;
        self.bias -= bias;
        let column = self.ngrams.column(place).to_owned().insert_axis(Axis(1));
        self.ngrams -= &column;
    }

    /// What a vector of parameters holds: the weights, the biases, the n-grams, one after the other and row by row.
    fn unpack((labels, dimension, buckets): Shape, parameters: &[f64]) -> Self {
        let values: Vec<f32> = parameters.iter().map(|&value| value as f32).collect();
        let matrix = |rows: usize, columns: usize, from: usize| {
            let part = values.get(from..from + rows * columns).unwrap_or_default();
            ArrayView2::from_shape((rows, columns), part)
                .map_or_else(|_| Array2::zeros((rows, columns)), |view| view.to_owned())
        };
        let (weights, biases) = (labels * dimension, labels * dimension + labels);
        Self {
            weight: matrix(labels, dimension, 0),
            bias: matrix(1, labels, weights).remove_axis(Axis(0)),
            ngrams: matrix(buckets, labels, biases),
        }
    }

    /// The vector of parameters that holds this.
    fn pack(&self) -> Vec<f64> {
        self.weight.iter().chain(&self.bias).chain(&self.ngrams).map(|&value| f64::from(value)).collect()
    }
}

/// Labels, values of an embedding, buckets of n-grams.
type Shape = (usize, usize, usize);

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
        let penalty = options.penalty.max(f64::MIN_POSITIVE);
        let ngrams = Sparse::of(&examples.texts, options.buckets(examples), options.ngrams);
        Self { inputs, ngrams, places: examples.places.clone(), prior, penalty }
    }

    /// Solves the problem, starting from the prior.
    pub(super) fn solve(self, iterations: u64) -> Result<Solution> {
        let shape @ (labels, _, buckets) = self.shape();
        let start = Solution {
            weight: self.prior.clone(),
            bias: Array1::zeros(labels),
            ngrams: Array2::zeros((buckets, labels)),
        };
        let tolerance = 1e-5 * self.places.len().max(1) as f64;
        let solver = LBFGS::new(MoreThuenteLineSearch::new(), MEMORY)
            .with_tolerance_grad(tolerance)
            .map_err(|error| Error::Fit(error.into()))?;
        let solved = Executor::new(self, solver)
            .configure(|state| state.param(start.pack()).max_iters(iterations))
            .run()
            .map_err(|error| Error::Fit(error.into()))?;
        let best = solved.state().get_best_param().cloned().unwrap_or_default();
        Ok(Solution::unpack(shape, &best))
    }

    fn shape(&self) -> Shape {
        let (labels, dimension) = self.prior.dim();
        (labels, dimension, self.ngrams.buckets())
    }

    /// Probabilities `[N, L]`, and the sum of the negative logarithms of those of the true labels.
    fn predict(&self, at: &Solution) -> (Array2<f32>, f64) {
        let mut scores = self.inputs.dot(&at.weight.t()) + &at.bias;
        self.ngrams.add_product(at.ngrams.view(), &mut scores);
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

impl CostFunction for Problem {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, parameters: &Vec<f64>) -> Result<f64, argmin::core::Error> {
        let at = Solution::unpack(self.shape(), parameters);
        let (_, loss) = self.predict(&at);
        let square = |values: &Array2<f32>| values.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>();
        Ok(loss + 0.5 * self.penalty * (square(&(&at.weight - &self.prior)) + square(&at.ngrams)))
    }
}

impl Gradient for Problem {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, parameters: &Vec<f64>) -> Result<Vec<f64>, argmin::core::Error> {
        let at = Solution::unpack(self.shape(), parameters);
        let (mut excess, _) = self.predict(&at);
        for (mut row, &place) in excess.outer_iter_mut().zip(&self.places) {
            if let Some(value) = row.get_mut(place) {
                *value -= 1.0;
            }
        }
        let penalty = self.penalty as f32;
        let slope = Solution {
            weight: excess.t().dot(&self.inputs) + (&at.weight - &self.prior) * penalty,
            bias: excess.sum_axis(Axis(0)),
            ngrams: self.ngrams.transposed_product(&excess) + at.ngrams * penalty,
        };
        Ok(slope.pack())
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
            texts: rows.iter().map(|(place, _)| if *place == 0 { "draw a plot" } else { "play" }).collect(),
            embeddings: rows.iter().map(|(_, values)| Embedding(values.to_vec())).collect(),
            places: rows.iter().map(|(place, _)| *place).collect(),
            labels,
        };
        Problem { ngrams: Sparse::of(&examples.texts, 2, 0.5), ..Problem::new(&examples, 3, FitOptions::default()) }
    }

    proptest! {
        #[test]
        fn the_gradient_is_that_of_the_cost(
            rows in prop::collection::vec((0_usize..3, prop::array::uniform3(-1.0_f32..1.0)), 1..20),
            at in prop::collection::vec(-1.0_f64..1.0, 18),
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
