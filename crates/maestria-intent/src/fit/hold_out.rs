//! Calibration on predictions for examples that the head had not seen.

use super::{Examples, FitOptions, Form, fit_head};
use crate::{
    Calibration, Result,
    calibration::{ConformalScores, energy},
    classifier::UNKNOWN,
};

/// Folds of cross-validation.
const FOLDS: usize = 5;

/// Examples beyond which one fold is enough.
const ONE_FOLD_BEYOND: usize = 2_000;

/// Fits temperature and threshold on held-out predictions, and keeps their conformal scores. Where nothing can be held out, confidences
/// stay as they are, no text is refused for its energy, and sets have every label.
pub(super) fn calibrate(examples: &Examples<'_>, form: Form, options: FitOptions) -> Result<Calibration> {
    let fold = folds(examples);
    let used = if examples.len() > ONE_FOLD_BEYOND { 1 } else { FOLDS };
    let mut logits: Vec<(Vec<f32>, usize)> = Vec::new();
    for held in 0..used {
        let rows = |inside: bool| -> Vec<usize> {
            (0..examples.len()).filter(|row| (fold.get(*row).copied().flatten() == Some(held)) == inside).collect()
        };
        let (seen, unseen) = (examples.subset(&rows(false)), examples.subset(&rows(true)));
        if unseen.len() == 0 {
            continue;
        }
        let head = fit_head(&seen, form, options)?;
        let predicted =
            unseen.texts.iter().zip(&unseen.embeddings).map(|(text, embedding)| head.logits(text, embedding));
        logits.extend(predicted.zip(unseen.places.iter().copied()));
    }
    let unknown = examples.labels.iter().position(|label| label.as_str() == UNKNOWN);
    let mut energies: Vec<f32> =
        logits.iter().filter(|(_, place)| Some(*place) != unknown).map(|(logits, _)| energy(logits)).collect();
    energies.sort_by(f32::total_cmp);
    let lost = ((1.0 - options.keep.clamp(0.0, 1.0)) * energies.len() as f64) as usize;
    let least_energy = energies.get(lost.min(energies.len().saturating_sub(1))).copied().unwrap_or(f32::NEG_INFINITY);
    let calibration = Calibration { temperature: temperature(&logits), least_energy, conformal: None };
    let scores = logits.iter().map(|(logits, place)| calibration.nonconformity(logits, *place));
    Ok(Calibration { conformal: Some(ConformalScores::new(scores)), ..calibration })
}

/// The fold of every example: the examples of a label go round the folds in turn. A label's only example is in none, since a head that
/// never saw the label cannot be judged by it.
fn folds(examples: &Examples<'_>) -> Vec<Option<usize>> {
    let mut count = vec![0_usize; examples.labels.len()];
    for &place in &examples.places {
        if let Some(count) = count.get_mut(place) {
            *count += 1;
        }
    }
    let mut next = vec![0_usize; examples.labels.len()];
    let fold = |&place: &usize| {
        let turn = next.get_mut(place)?;
        *turn += 1;
        (count.get(place).copied()? > 1).then_some((*turn - 1) % FOLDS)
    };
    examples.places.iter().map(fold).collect()
}

/// The temperature of least mean cross-entropy, by golden-section search over its logarithm (Kiefer 1953); 1 without data.
///
/// With `n` examples the right label's target is `(n + 1)/(n + 2)` instead of one (Platt 1999, "Probabilistic Outputs for Support Vector
/// Machines"): a few examples, all of them right, are no evidence of certainty.
fn temperature(logits: &[(Vec<f32>, usize)]) -> f32 {
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    if logits.is_empty() {
        return 1.0;
    }
    let (mut low, mut high) = (0.02_f64.ln(), 20_f64.ln());
    while high - low > 1e-3 {
        let (left, right) = (high - GOLDEN * (high - low), low + GOLDEN * (high - low));
        if loss(logits, left.exp()) < loss(logits, right.exp()) { high = right } else { low = left }
    }
    f64::midpoint(low, high).exp() as f32
}

fn loss(logits: &[(Vec<f32>, usize)], temperature: f64) -> f64 {
    let doubt = 1.0 / (logits.len() as f64 + 2.0);
    let one = |(logits, place): &(Vec<f32>, usize)| {
        let scaled: Vec<f32> = logits.iter().map(|logit| logit / temperature as f32).collect();
        let right = f64::from(scaled.get(*place).copied().unwrap_or_default());
        let others = scaled.iter().map(|logit| f64::from(*logit)).sum::<f64>() - right;
        let others = others / (scaled.len() as f64 - 1.0).max(1.0);
        f64::from(energy(&scaled)) - (1.0 - doubt) * right - doubt * others
    };
    logits.iter().map(one).sum::<f64>() / logits.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_temperature_makes_confidence_what_it_claims() {
        // One logit of 4 against 0 claims 0.982; right in three of four, it should claim 0.75, which is a logit of ln 3.
        let logits: Vec<(Vec<f32>, usize)> = (0..40_000).map(|i| (vec![4.0, 0.0], usize::from(i % 4 == 0))).collect();
        let expected = 4.0 / 3.0_f32.ln();
        assert!((temperature(&logits) - expected).abs() < 0.02, "{} is not {expected}", temperature(&logits));
    }

    #[test]
    fn a_few_right_answers_are_no_certainty() {
        // Ten of ten are right: it should claim eleven in twelve, which is a logit of ln 11.
        let logits: Vec<(Vec<f32>, usize)> = vec![(vec![4.0, 0.0], 0); 10];
        let expected = 4.0 / 11_f32.ln();
        assert!((temperature(&logits) - expected).abs() < 0.02, "{} is not {expected}", temperature(&logits));
    }

    #[test]
    fn nothing_to_learn_from_changes_nothing() {
        assert!((temperature(&[]) - 1.0).abs() < f32::EPSILON);
    }
}
