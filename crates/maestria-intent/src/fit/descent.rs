//! Multinomial logistic regression by stochastic gradient descent: quick where labels and examples are many.

use ndarray::{Array1, Array2};

use super::{
    Examples, FitOptions, Form,
    logistic::{Solution, centroids},
    sparse::Sparse,
};

/// Length of the first steps; the later ones shrink to nothing.
const RATE: f32 = 0.5;

/// Labels whose probability is off by less take no part in a step.
const LEAST: f32 = 1e-3;

/// The loss of [`Problem`](super::logistic::Problem), its penalty left out: few passes from the prior, each with smaller steps, keep the
/// weights near it as the penalty would.
#[derive(Debug)]
pub(super) struct Descent {
    /// Embeddings `[N, D]`.
    inputs: Array2<f32>,
    ngrams: Sparse,
    /// By what the n-grams of every bucket were multiplied.
    rarities: Vec<f64>,
    places: Vec<usize>,
    /// `[D, L]`, `[L]` and `[B, L]`.
    weight: Array2<f32>,
    bias: Array1<f32>,
    rows: Array2<f32>,
}

impl Descent {
    pub(super) fn new(examples: &Examples<'_>, form: Form, options: FitOptions) -> Self {
        let Form { dimension, buckets } = form;
        let values = examples.embeddings.iter().flat_map(|embedding| embedding.0.iter().copied());
        let inputs = Array2::from_shape_vec((examples.len(), dimension), values.collect())
            .unwrap_or_else(|_| Array2::zeros((examples.len(), dimension)));
        let labels = examples.labels.len();
        let prior = centroids(inputs.mapv(f64::from).view(), &examples.places, labels, options.prior);
        let mut ngrams = Sparse::of(&examples.texts, buckets, options.ngrams);
        let rarities = ngrams.weigh_by_rarity();
        Self {
            weight: prior.t().mapv(|value| value as f32).as_standard_layout().into_owned(),
            bias: Array1::zeros(labels),
            rows: Array2::zeros((ngrams.buckets(), labels)),
            places: examples.places.clone(),
            inputs,
            ngrams,
            rarities,
        }
    }

    /// Goes through the examples so many times.
    pub(super) fn solve(mut self, passes: u64) -> Solution {
        let count = self.places.len();
        // A stride without a common divisor visits all, and neighbours, which often share their label, far apart.
        let stride = (count * 5 / 8..).find(|stride| gcd(*stride, count) == 1).unwrap_or(1);
        let visits = passes.max(1) as usize * count;
        for visit in 0..visits {
            let left = 1.0 - visit as f32 / visits as f32;
            self.visit((visit % count) * stride % count, RATE * left);
        }
        for (mut row, rarity) in self.rows.outer_iter_mut().zip(&self.rarities) {
            row *= *rarity as f32;
        }
        Solution { weight: self.weight.reversed_axes(), bias: self.bias, ngrams: self.rows }
    }

    /// Makes the right label of an example likelier.
    fn visit(&mut self, example: usize, rate: f32) {
        let mut logits = self.bias.clone();
        let input = self.inputs.row(example);
        for (&value, weights) in input.iter().zip(self.weight.outer_iter()) {
            logits.scaled_add(value, &weights);
        }
        for &(bucket, value) in self.ngrams.row(example) {
            logits.scaled_add(value as f32, &self.rows.row(bucket));
        }
        let mut excess = softmax(logits);
        if let Some(own) = self.places.get(example).and_then(|&place| excess.get_mut(place)) {
            *own -= 1.0;
        }
        let off = excess.iter().enumerate().filter(|(_, excess)| excess.abs() > LEAST);
        let steps: Vec<(usize, f32)> = off.map(|(label, excess)| (label, -rate * excess)).collect();
        for &(label, step) in &steps {
            if let Some(bias) = self.bias.get_mut(label) {
                *bias += step;
            }
        }
        for (&value, weights) in input.iter().zip(self.weight.outer_iter_mut()) {
            add(weights.into_slice(), &steps, value);
        }
        for &(bucket, value) in self.ngrams.row(example) {
            add(self.rows.row_mut(bucket).into_slice(), &steps, value as f32);
        }
    }
}

/// Adds `value` times the steps to the weights of their labels.
fn add(weights: Option<&mut [f32]>, steps: &[(usize, f32)], value: f32) {
    let Some(weights) = weights else { return };
    for &(label, step) in steps {
        if let Some(weight) = weights.get_mut(label) {
            *weight += value * step;
        }
    }
}

fn softmax(logits: Array1<f32>) -> Array1<f32> {
    let largest = logits.fold(f32::NEG_INFINITY, |a, &b| a.max(b));
    let mut shares = logits.mapv_into(|logit| (logit - largest).exp());
    shares /= shares.sum();
    shares
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use maestria_vocabulary::Embedding;
    use proptest::prelude::*;

    use super::*;

    fn solution(rows: &[(usize, &'static str, [f32; 2])]) -> Solution {
        let examples = Examples {
            texts: rows.iter().map(|(_, text, _)| *text).collect(),
            embeddings: rows.iter().map(|(.., values)| Embedding(values.to_vec())).collect(),
            places: rows.iter().map(|(place, ..)| *place).collect(),
            labels: ["a", "b"].map(|name| name.parse().unwrap()).to_vec(),
        };
        Descent::new(
            &examples,
            Form { dimension: 2, buckets: FitOptions::quick().buckets(&examples) },
            FitOptions::quick(),
        )
        .solve(20)
    }

    /// The logit of the first label less that of the second.
    fn lead(solution: &Solution, text: &str, embedding: [f32; 2]) -> f32 {
        let mut logits = solution.weight.dot(&Array1::from(embedding.to_vec())) + &solution.bias;
        let sparse = Sparse::of(&[text], solution.ngrams.nrows(), FitOptions::quick().ngrams);
        for &(bucket, value) in sparse.row(0) {
            logits.scaled_add(value as f32, &solution.ngrams.row(bucket));
        }
        logits[0] - logits[1]
    }

    #[test]
    fn what_embeddings_tell_apart_is_learnt() {
        let solution = solution(&[(0, "", [1.0, 0.0]), (1, "", [0.0, 1.0])]);
        assert!(lead(&solution, "", [1.0, 0.0]) > 5.0 && lead(&solution, "", [0.0, 1.0]) < -5.0);
    }

    #[test]
    fn words_tell_apart_what_embeddings_do_not() {
        let row = |i: usize| (i % 2, ["draw a plot", "play a song"][i % 2], [0.6, 0.8]);
        let solution = solution(&(0..20).map(row).collect::<Vec<_>>());
        assert!(lead(&solution, "a plot", [0.6, 0.8]) > 0.5 && lead(&solution, "a song", [0.6, 0.8]) < -0.5);
    }

    proptest! {
        #[test]
        fn any_examples_give_finite_weights(
            rows in prop::collection::vec((0_usize..2, Just("draw"), prop::array::uniform2(-1.0_f32..1.0)), 0..30),
        ) {
            let solution = solution(&rows);
            let weights = solution.weight.iter().chain(&solution.bias).chain(&solution.ngrams);
            prop_assert!(weights.into_iter().all(|value| value.is_finite()));
        }
    }
}
