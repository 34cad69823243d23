//! A forest of random trees: which scores requests had that are alike in a few respects at once.

use serde::{Deserialize, Serialize};

use crate::learned::{Draw, mixed};

/// Trees of a forest.
const TREES: u64 = 100;
/// Fewest requests of a leaf.
const LEAF: usize = 5;
/// Most questions on the way to a leaf; it bounds what reading a stored tree needs of the stack.
const DEPTH: usize = 24;
/// Share of the features that a split is chosen among.
const TRIED: f64 = 0.4;

/// Extremely randomised trees (Geurts et al., 2006) for all models at once: a split is the best of random thresholds on random features.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Forest(Vec<Node>);

/// A tree, or a part of one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Node {
    /// What every model had beyond its mean, drawn towards zero as if one more request had had the mean.
    Leaf(Vec<f32>),
    Split {
        feature: usize,
        threshold: f64,
        /// Where the feature is less than the threshold.
        low: Box<Node>,
        high: Box<Node>,
    },
}

/// A request to grow trees on: its features, and what every model had beyond its mean, where it was asked.
#[derive(Debug)]
pub(super) struct Sample {
    pub(super) features: Vec<f64>,
    pub(super) residuals: Vec<Option<f64>>,
}

impl Forest {
    pub(super) fn grow(samples: &[Sample]) -> Self {
        let tree = |seed| Soil { dice: Dice(mixed(seed)) }.node(samples.iter().collect(), 0);
        Self((0..TREES).map(tree).collect())
    }

    /// What every model is expected to have beyond its mean.
    pub(super) fn expect(&self, features: &[f64]) -> Vec<f64> {
        let mut sums = Vec::new();
        for tree in &self.0 {
            let leaf = tree.leaf(features);
            sums.resize(leaf.len().max(sums.len()), 0.0);
            sums.iter_mut().zip(leaf).for_each(|(sum, value)| *sum += f64::from(*value) / self.0.len() as f64);
        }
        sums
    }
}

impl Node {
    fn leaf(&self, features: &[f64]) -> &[f32] {
        let mut node = self;
        loop {
            match node {
                Self::Leaf(values) => return values,
                Self::Split { feature, threshold, low, high } => {
                    let is_low = features.get(*feature).is_none_or(|value| value < threshold);
                    node = if is_low { low } else { high };
                }
            }
        }
    }
}

/// What a tree grows from.
#[derive(Debug)]
struct Soil {
    dice: Dice,
}

impl Soil {
    fn node(&mut self, samples: Vec<&Sample>, depth: usize) -> Node {
        let split = if samples.len() < 2 * LEAF || depth >= DEPTH {
            None
        } else {
            self.split(&samples, TRIED).or_else(|| self.split(&samples, 1.0))
        };
        let Some((feature, threshold)) = split else { return Node::Leaf(leaf(&samples)) };
        let is_low = |sample: &&Sample| sample.features.get(feature).is_none_or(|value| *value < threshold);
        let (low, high): (Vec<_>, Vec<_>) = samples.into_iter().partition(is_low);
        let (low, high) = (self.node(low, depth + 1), self.node(high, depth + 1));
        Node::Split { feature, threshold, low: Box::new(low), high: Box::new(high) }
    }

    /// The best of random splits on a share of the features, if any leaves enough to both sides.
    fn split(&mut self, samples: &[&Sample], tried: f64) -> Option<(usize, f64)> {
        let features = samples.first()?.features.len();
        let mut best: Option<(f64, usize, f64)> = None;
        for feature in 0..features {
            if self.dice.roll() >= tried {
                continue;
            }
            let values = samples.iter().filter_map(|sample| sample.features.get(feature).copied());
            let (least, most) =
                values.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), value| (a.min(value), b.max(value)));
            if least >= most {
                continue;
            }
            let threshold = least + (most - least) * self.dice.roll();
            let Some(worth) = worth(samples, feature, threshold) else { continue };
            if best.is_none_or(|(before, ..)| worth > before) {
                best = Some((worth, feature, threshold));
            }
        }
        best.map(|(_, feature, threshold)| (feature, threshold))
    }
}

/// How much a split explains: `Σ sum² / count` over sides and models. Nothing if a side has too few requests.
fn worth(samples: &[&Sample], feature: usize, threshold: f64) -> Option<f64> {
    let models = samples.first()?.residuals.len();
    let mut sides = [(0, vec![(0.0, 0.0); models]), (0, vec![(0.0, 0.0); models])];
    let [low, high] = &mut sides;
    for sample in samples {
        let is_low = sample.features.get(feature).is_none_or(|value| *value < threshold);
        let (count, sums) = if is_low { &mut *low } else { &mut *high };
        *count += 1;
        for ((sum, seen), residual) in sums.iter_mut().zip(&sample.residuals) {
            if let Some(residual) = residual {
                *sum += residual;
                *seen += 1.0;
            }
        }
    }
    let explained = |sums: &[(f64, f64)]| sums.iter().map(|(sum, seen)| sum * sum / f64::max(*seen, 1.0)).sum::<f64>();
    (low.0 >= LEAF && high.0 >= LEAF).then(|| explained(&low.1) + explained(&high.1))
}

fn leaf(samples: &[&Sample]) -> Vec<f32> {
    let models = samples.first().map_or(0, |sample| sample.residuals.len());
    let mut sums = vec![(0.0, 1.0); models];
    for sample in samples {
        for ((sum, seen), residual) in sums.iter_mut().zip(&sample.residuals) {
            if let Some(residual) = residual {
                *sum += residual;
                *seen += 1.0;
            }
        }
    }
    sums.into_iter().map(|(sum, seen)| (sum / seen) as f32).collect()
}

/// Numbers drawn one after the other from a seed.
#[derive(Debug)]
struct Dice(u64);

impl Dice {
    /// In `[0, 1)`.
    fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(1);
        Draw::from_seed(self.0).get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forest_tells_what_depends_on_two_features_at_once() {
        let value = |n: u64, salt: u64| Draw::from_seed(n * 8 + salt).get();
        let sample = |n| {
            let (a, b) = (value(n, 1), value(n, 2));
            let residual = if (a < 0.5) == (b < 0.5) { 0.5 } else { -0.5 };
            Sample { features: vec![a, b, value(n, 3)], residuals: vec![Some(residual), None] }
        };
        let forest = Forest::grow(&(0..1000).map(sample).collect::<Vec<_>>());
        let at = |a, b| forest.expect(&[a, b, 0.5]);
        assert!(at(0.2, 0.2)[0] > 0.3 && at(0.8, 0.8)[0] > 0.3 && at(0.2, 0.8)[0] < -0.3 && at(0.8, 0.2)[0] < -0.3);
        assert_eq!(at(0.2, 0.2)[1], 0.0);
        assert_eq!(Forest::grow(&[]).expect(&[1.0]), Vec::<f64>::new());
    }
}
