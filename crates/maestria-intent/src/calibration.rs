//! From logits to confidences that mean what they say, and to the admission of not knowing.

mod conformal;

use std::collections::HashMap;

use maestria_vocabulary::Probability;

pub use self::conformal::ConformalScores;
use crate::{
    Result,
    weights::{Weights, unusable},
};

/// How logits become confidences, fitted on held-out data.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// Temperature `T > 0` of `softmax(logits / T)` (Guo et al. 2017, "On Calibration of Modern Neural Networks").
    pub temperature: f32,
    /// Least energy `ln Σ exp(logits)` of a text that belongs to any label (Liu et al. 2020, "Energy-based Out-of-distribution
    /// Detection"); below it the text is unknown.
    pub least_energy: f32,
    /// Scores for sets of labels with a stated coverage; none where a model file carries none.
    pub conformal: Option<ConformalScores>,
}

impl Calibration {
    /// Reads the calibration of an opened model file.
    pub(crate) fn read(weights: &Weights<'_>) -> Result<Self> {
        let temperature: f32 = weights.json("temperature")?;
        if !(temperature.is_finite() && temperature > 0.0) {
            return Err(unusable("temperature", format!("it is {temperature}, not above zero")));
        }
        let conformal = weights.text("conformal").is_ok().then(|| weights.json("conformal")).transpose()?;
        Ok(Self { temperature, least_energy: weights.json("energy_threshold")?, conformal })
    }

    /// What a model file says of the calibration.
    pub(crate) fn metadata(&self) -> Result<HashMap<String, String>> {
        // An infinite threshold has no JSON form; the least finite one refuses as little.
        let least_energy = self.least_energy.max(f32::MIN);
        let mut metadata = HashMap::from([
            ("temperature".to_owned(), self.temperature.to_string()),
            ("energy_threshold".to_owned(), least_energy.to_string()),
        ]);
        if let Some(conformal) = &self.conformal {
            let json = serde_json::to_string(conformal).map_err(|error| unusable("conformal", error))?;
            metadata.insert("conformal".to_owned(), json);
        }
        Ok(metadata)
    }

    /// Calibrated probabilities, one per logit, of sum one.
    #[must_use]
    pub(crate) fn confidences(&self, logits: &[f32]) -> Vec<Probability> {
        let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let exp: Vec<f64> = logits.iter().map(|l| f64::from((l - largest) / self.temperature).exp()).collect();
        let sum: f64 = exp.iter().sum();
        exp.into_iter().map(|value| Probability::saturating(value / sum)).collect()
    }

    /// The nonconformity score of the label at `place`: one minus its confidence.
    pub(crate) fn nonconformity(&self, logits: &[f32], place: usize) -> f64 {
        1.0 - self.confidences(logits).get(place).map_or(0.0, |confidence| confidence.get())
    }

    /// Whether these logits are of a text that belongs to none of the labels.
    #[must_use]
    pub(crate) fn is_unknown(&self, logits: &[f32]) -> bool {
        energy(logits) < self.least_energy
    }
}

/// `ln Σ exp(logits)`: high for texts like those of training.
#[must_use]
pub(crate) fn energy(logits: &[f32]) -> f32 {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    largest + logits.iter().map(|logit| (logit - largest).exp()).sum::<f32>().ln()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_calibration_is_read_back_and_older_files_have_no_conformal_scores() {
        for conformal in [None, Some(ConformalScores::new([0.5, 0.25, 0.125]))] {
            let calibration = Calibration { temperature: 0.5, least_energy: -1.5, conformal };
            let file = crate::weights::write(&[], calibration.metadata().unwrap()).unwrap();
            assert_eq!(Calibration::read(&Weights::open(&file).unwrap()).unwrap(), calibration);
        }
    }

    #[test]
    fn conformal_scores_that_cannot_be_read_are_an_error() {
        let mut metadata = Calibration { temperature: 1.0, least_energy: 0.0, conformal: None }.metadata().unwrap();
        metadata.insert("conformal".to_owned(), "{}".to_owned());
        let file = crate::weights::write(&[], metadata).unwrap();
        assert!(Calibration::read(&Weights::open(&file).unwrap()).is_err());
    }

    proptest! {
        #[test]
        fn confidences_sum_to_one_and_keep_the_order(
            logits in prop::collection::vec(-50.0_f32..50.0, 1..40),
            temperature in 0.05_f32..10.0,
        ) {
            let calibration = Calibration { temperature, least_energy: 0.0, conformal: None };
            let confidences = calibration.confidences(&logits);
            let sum: f64 = confidences.iter().map(|p| p.get()).sum();
            prop_assert!((sum - 1.0).abs() < 1e-6);
            for (a, p) in logits.iter().zip(&confidences) {
                for (b, q) in logits.iter().zip(&confidences) {
                    prop_assert!(a <= b || p >= q);
                }
            }
        }

        #[test]
        fn energy_lies_between_the_largest_logit_and_that_plus_the_log_of_their_number(
            logits in prop::collection::vec(-50.0_f32..50.0, 1..40),
        ) {
            let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let excess = energy(&logits) - largest;
            prop_assert!(excess >= 0.0 && excess <= (logits.len() as f32).ln() + 1e-4);
        }
    }
}
