//! Multinomial logistic regression with a prior, solved by L-BFGS.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use argmin::{
    core::{CostFunction, Executor, Gradient, State},
    solver::{linesearch::MoreThuenteLineSearch, quasinewton::LBFGS},
};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

use super::{Examples, FitOptions, Form, sparse::Sparse};
use crate::{Error, Result};

/// Pairs of steps and gradient changes that L-BFGS remembers.
const MEMORY: usize = 6;

/// Most evaluations of the cost per iteration, on average. Two are usual; the line search knows no bound of its own.
const EVALUATIONS: u64 = 20;

/// `Σᵢ −ln softmax(W·eᵢ + b + N·gᵢ)[yᵢ] + λ/2 · (‖W − P‖² + ‖N‖²)` over the weights `W` and biases `b`, and, where there are any, the
/// weights `N` of n-grams. In double precision: with single, a line search may look for a decrease that rounding hides.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    /// Embeddings `[N, D]`.
    inputs: Array2<f64>,
    /// The n-grams of every text, `[N, B]`; `[N, 0]` without any.
    ngrams: Sparse,
    /// The label of each.
    places: Vec<usize>,
    /// What the weights are drawn to, `[L, D]`.
    prior: Array2<f64>,
    penalty: f64,
    /// Evaluations that are left.
    left: Arc<AtomicU64>,
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
}

/// A vector of parameters as what it holds: the weights, the biases, the n-grams, one after the other and row by row.
struct Parameters<'a> {
    weight: ArrayView2<'a, f64>,
    bias: ArrayView1<'a, f64>,
    ngrams: ArrayView2<'a, f64>,
}

/// Labels, values of an embedding, buckets of n-grams.
type Shape = (usize, usize, usize);

impl<'a> Parameters<'a> {
    fn of((labels, dimension, buckets): Shape, values: &'a [f64]) -> Result<Self, argmin::core::Error> {
        let matrix = |rows: usize, columns: usize, from: usize| {
            ArrayView2::from_shape((rows, columns), values.get(from..from + rows * columns).unwrap_or_default())
        };
        let (weights, biases) = (labels * dimension, labels * dimension + labels);
        Ok(Self {
            weight: matrix(labels, dimension, 0)?,
            bias: matrix(1, labels, weights)?.remove_axis(Axis(0)),
            ngrams: matrix(buckets, labels, biases)?,
        })
    }

    fn solution(&self) -> Solution {
        let single = |values: &ArrayView2<'_, f64>| values.mapv(|value| value as f32);
        let bias = self.bias.mapv(|value| value as f32);
        Solution { weight: single(&self.weight), bias, ngrams: single(&self.ngrams) }
    }
}

impl Problem {
    pub(super) fn new(examples: &Examples<'_>, form: Form, options: FitOptions) -> Self {
        let Form { dimension, buckets } = form;
        let values = examples.embeddings.iter().flat_map(|embedding| embedding.0.iter().map(|&value| f64::from(value)));
        let inputs = Array2::from_shape_vec((examples.len(), dimension), values.collect())
            .unwrap_or_else(|_| Array2::zeros((examples.len(), dimension)));
        let prior = centroids(inputs.view(), &examples.places, examples.labels.len(), options.prior);
        Self {
            inputs,
            ngrams: Sparse::of(&examples.texts, buckets, options.ngrams),
            places: examples.places.clone(),
            prior,
            penalty: options.penalty.max(f64::MIN_POSITIVE),
            left: Arc::new(AtomicU64::new(options.iterations.saturating_add(1).saturating_mul(EVALUATIONS))),
        }
    }

    /// Solves the problem, starting from the prior.
    pub(super) fn solve(self, iterations: u64) -> Result<Solution> {
        let shape @ (labels, _, buckets) = self.shape();
        let start: Vec<f64> =
            self.prior.iter().copied().chain(std::iter::repeat_n(0.0, labels + buckets * labels)).collect();
        let tolerance = 1e-5 * self.places.len().max(1) as f64;
        let solve = || -> Result<Solution, argmin::core::Error> {
            let solver = LBFGS::new(MoreThuenteLineSearch::new(), MEMORY).with_tolerance_grad(tolerance)?;
            let solved =
                Executor::new(self, solver).configure(|state| state.param(start).max_iters(iterations)).run()?;
            let best = solved.state().get_best_param().cloned().unwrap_or_default();
            Ok(Parameters::of(shape, &best)?.solution())
        };
        solve().map_err(|error| Error::Fit(error.into()))
    }

    fn shape(&self) -> Shape {
        let (labels, dimension) = self.prior.dim();
        (labels, dimension, self.ngrams.buckets())
    }

    /// Probabilities `[N, L]`, and the sum of the negative logarithms of those of the true labels.
    fn predict(&self, at: &Parameters<'_>) -> (Array2<f64>, f64) {
        let mut scores = self.inputs.dot(&at.weight.t()) + at.bias;
        self.ngrams.add_product(at.ngrams, &mut scores);
        let mut loss = 0.0;
        for (mut row, &place) in scores.outer_iter_mut().zip(&self.places) {
            let largest = row.fold(f64::NEG_INFINITY, |a, &b| a.max(b));
            let own = row.get(place).copied().unwrap_or(largest);
            row.mapv_inplace(|score| (score - largest).exp());
            let sum = row.sum();
            row /= sum;
            loss += sum.ln() + largest - own;
        }
        (scores, loss)
    }
}

/// The directions of the labels' centroids, `[L, D]`, each of this length; zero for a label without examples.
pub(super) fn centroids(inputs: ArrayView2<'_, f64>, places: &[usize], labels: usize, length: f64) -> Array2<f64> {
    let mut centroids = Array2::zeros((labels, inputs.ncols()));
    for (input, &place) in inputs.outer_iter().zip(places) {
        let mut row = centroids.row_mut(place);
        row += &input;
    }
    for mut row in centroids.outer_iter_mut() {
        let norm = row.dot(&row).sqrt();
        if norm > 0.0 {
            row *= length / norm;
        }
    }
    centroids
}

impl CostFunction for Problem {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, parameters: &Vec<f64>) -> Result<f64, argmin::core::Error> {
        if self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_err() {
            return Err(argmin::core::Error::msg("the solver did not settle; raise the penalty"));
        }
        let at = Parameters::of(self.shape(), parameters)?;
        let (_, loss) = self.predict(&at);
        let square = |values: Array2<f64>| values.iter().map(|value| value * value).sum::<f64>();
        Ok(loss + 0.5 * self.penalty * (square(&at.weight - &self.prior) + square(at.ngrams.to_owned())))
    }
}

impl Gradient for Problem {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, parameters: &Vec<f64>) -> Result<Vec<f64>, argmin::core::Error> {
        let at = Parameters::of(self.shape(), parameters)?;
        let (mut excess, _) = self.predict(&at);
        for (mut row, &place) in excess.outer_iter_mut().zip(&self.places) {
            if let Some(value) = row.get_mut(place) {
                *value -= 1.0;
            }
        }
        let weight = excess.t().dot(&self.inputs) + (&at.weight - &self.prior) * self.penalty;
        let bias = excess.sum_axis(Axis(0));
        let mut ngrams = self.ngrams.transposed_product(&excess);
        ngrams.scaled_add(self.penalty, &at.ngrams);
        Ok(weight.iter().chain(&bias).chain(&ngrams).copied().collect())
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
        Problem {
            ngrams: Sparse::of(&examples.texts, 2, 0.5),
            ..Problem::new(&examples, Form { dimension: 3, buckets: 0 }, FitOptions::default())
        }
    }

    proptest! {
        #[test]
        fn a_few_examples_of_any_kind_are_solved(
            rows in prop::collection::vec((0_usize..3, prop::array::uniform3(-1.0_f32..1.0)), 1..20),
            penalty in prop::sample::select(vec![0.0, 1e-9, 1e-3, 0.1, 10.0]),
        ) {
            let problem = Problem { penalty, ..problem(&rows) };
            let solution = problem.clone().solve(200).unwrap();
            prop_assert!(solution.weight.iter().all(|value| value.is_finite()));
        }

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
