//! From evidence to the probability that a tool is meant.

use maestria_vocabulary::Probability;

use super::Evidence;

/// Weights of [`Evidence::values`], then the constant: a logistic regression on the eight best tools for wishes of Seal-Tools' development
/// part and of this project's training part, among one to 4,076 tools with the right ones there or taken away. Printed by `cargo run
/// --release --package maestria-benches --bin selection -- fit`.
const WEIGHTS: [f64; 16] = [
    1.250, 0.905, 0.551, -2.541, 0.417, 3.031, -0.191, 1.403, -1.702, -1.041, -2.608, 2.534, 4.585, 0.563, -6.507,
    -0.190,
];

/// The probability that the tool is meant.
pub(super) fn probability(evidence: &Evidence) -> Probability {
    let values = evidence.values().into_iter().chain([1.0]);
    let log_odds: f64 = values.zip(WEIGHTS).map(|(value, weight)| value * weight).sum();
    Probability::saturating(1.0 / (1.0 + (-log_odds).exp()))
}
