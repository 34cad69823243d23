//! From evidence to the probability that a tool is meant.

use maestria_vocabulary::Probability;

use super::Evidence;

/// Weights of [`Evidence::values`], then the constant: a logistic regression on the eight best tools for wishes of Seal-Tools' development
/// part and of this project's training part, among one to 4,076 tools with the right ones there or taken away. Printed by `cargo run
/// --release --package maestria-benches --bin selection -- fit`.
const WEIGHTS: [f64; 14] =
    [1.694, 0.908, 0.535, -2.508, 0.299, 2.751, -0.237, -1.046, -2.778, 3.103, 4.705, 0.389, -6.552, -0.168];

/// The probability that the tool is meant.
pub(super) fn probability(evidence: &Evidence) -> Probability {
    let values = evidence.values().into_iter().chain([1.0]);
    let log_odds: f64 = values.zip(WEIGHTS).map(|(value, weight)| value * weight).sum();
    Probability::saturating(1.0 / (1.0 + (-log_odds).exp()))
}
