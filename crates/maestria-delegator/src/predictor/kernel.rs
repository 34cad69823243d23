//! How alike two requests are.

use serde::{Deserialize, Serialize};

use crate::{Context, Projection};

/// Features that vary less than this say nothing.
const LEAST_DEVIATION: f64 = 1e-6;

/// A request as kernels see it: its embedding, and its features in standard deviations from their mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Point {
    embedding: Vec<f32>,
    features: Vec<f32>,
}

/// Mean of every feature, and one over its standard deviation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Scale(Vec<(f64, f64)>);

/// Which likenesses count, `m` of meaning and `s` of style, both Gaussian: `exp(−2‖e − e′‖²)` of embeddings and `exp(−‖f − f′‖² / 2n)` of
/// `n` features.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kernel {
    /// `m + s`: either alone tells something.
    Sum,
    /// `m · s`: only both together do.
    Product,
    /// `(m + s + m·s)`: all of it.
    Both,
}

impl Point {
    /// The features, and the embedding in few numbers; zeros for one that the projection does not take.
    pub(super) fn seen_by_trees(&self, projection: &Projection, context: &Context) -> Vec<f64> {
        let reduced = projection.project(context.embedding());
        let reduced = reduced.unwrap_or_else(|_| vec![0.0; projection.dimensions()]);
        self.features.iter().map(|value| f64::from(*value)).chain(reduced).collect()
    }
}

impl Kernel {
    pub(super) const ALL: [Self; 3] = [Self::Sum, Self::Product, Self::Both];

    pub(super) fn of(self, a: &Point, b: &Point) -> f64 {
        let meaning = (-2.0 * distance(&a.embedding, &b.embedding)).exp();
        let style = (-distance(&a.features, &b.features) / (2.0 * a.features.len().max(1) as f64)).exp();
        match self {
            Self::Sum => meaning + style,
            Self::Product => meaning * style,
            Self::Both => meaning + style + meaning * style,
        }
    }
}

impl Scale {
    /// Of so many features as the shortest context has.
    pub(super) fn of<'a>(contexts: impl Iterator<Item = &'a Context> + Clone) -> Self {
        let size = contexts.clone().map(|context| context.features().len()).min().unwrap_or(0);
        let count = contexts.clone().count().max(1) as f64;
        let deviation = |place: usize| {
            let values = contexts.clone().filter_map(|context| context.features().get(place).copied());
            let mean = values.clone().sum::<f64>() / count;
            let deviation = (values.map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt();
            (mean, if deviation > LEAST_DEVIATION { 1.0 / deviation } else { 0.0 })
        };
        Self((0..size).map(deviation).collect())
    }

    pub(super) fn point(&self, context: &Context) -> Point {
        let features =
            self.0.iter().zip(context.features()).map(|((mean, scale), value)| ((value - mean) * scale) as f32);
        Point { embedding: context.embedding().to_vec(), features: features.collect() }
    }
}

/// Squared distance, summed in lanes so that the processor adds several at once.
fn distance(a: &[f32], b: &[f32]) -> f64 {
    const LANES: usize = 8;
    let mut lanes = [0.0_f32; LANES];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in a.iter().zip(b) {
        for (lane, (a, b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
            *lane += (a - b) * (a - b);
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| (a - b) * (a - b)).sum();
    f64::from(lanes.iter().sum::<f32>() + rest)
}
