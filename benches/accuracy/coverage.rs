//! How often sets of labels hold the right one, and how large they are.

use maestria::{Classifier, Probability, intent::Classification};
use maestria_benches::scores::share;

use crate::{examples::Example, measure::Measure, report::Sheet};

/// The coverage that sets are asked for: more than the accuracy of any classifier here, since a set holds the first label at least.
const ASKED: f64 = 0.98;

/// Measures the sets of a classifier that has conformal scores.
pub(crate) fn measure(
    classifier: &Classifier,
    examples: &[Example],
    answers: &[Classification],
    sheet: &mut Sheet<'_>,
) {
    let coverage = Probability::saturating(ASKED);
    let sets: Option<Vec<_>> = answers.iter().map(|answer| classifier.prediction_set(answer, coverage)).collect();
    let Some(sets) = sets else { return };
    sheet.add(Measure::Coverage, share(sets.iter().zip(examples).map(|(set, example)| set.contains(&example.label))));
    sheet.add(Measure::SetSize, sets.iter().map(|set| set.size() as f64).sum::<f64>() / sets.len().max(1) as f64);
}
