//! Sets of labels that hold the right one with a stated probability.

use maestria_vocabulary::{Label, Probability};

use super::{Classification, Classifier, Encoded, UNKNOWN};
use crate::{Result, calibration::ConformalScores};

/// The labels of a text of which one is right, with a stated probability over texts like those of calibration.
///
/// A set is never empty: it has a label, or `unknown` is true. One label is a text to act on; several are a question worth asking
/// ("this or that?"), or work for a larger model.
#[derive(Debug, Clone, PartialEq)]
pub struct PredictionSet {
    /// The labels in the set with their calibrated confidences, most likely first.
    pub labels: Vec<(Label, Probability)>,
    /// Whether the text may belong to none of the labels: *unknown* is in the set like a label, or the classification says so (for the
    /// energy, or because the text has no meaning). The latter adds to the set, so it takes nothing from the coverage.
    pub unknown: bool,
}

impl PredictionSet {
    /// The labels of scores `1 − p` up to `greatest`, and always the most likely one; *unknown* is one of them where the head has it.
    fn new(classification: &Classification, greatest: f64, has_unknown: bool) -> Self {
        let ranked = &classification.ranked;
        let known: f64 = ranked.iter().map(|(_, confidence)| confidence.get()).sum();
        let unknown = if has_unknown { (1.0 - known).max(0.0) } else { f64::NEG_INFINITY };
        let best = ranked.first().map_or(0.0, |(_, confidence)| confidence.get()).max(unknown);
        // Scores were rounded up to 1e-6, so the last digits of a sum do not matter.
        let least = (1.0 - greatest).min(best);
        let labels = ranked.iter().take_while(|(_, confidence)| confidence.get() >= least).cloned().collect();
        Self { labels, unknown: classification.unknown || unknown >= least }
    }

    /// Labels in the set, *unknown* counted as one.
    #[must_use]
    pub fn size(&self) -> usize {
        self.labels.len() + usize::from(self.unknown)
    }

    /// Whether this label, or *unknown*, is in the set.
    #[must_use]
    pub fn contains(&self, label: &Label) -> bool {
        (label.as_str() == UNKNOWN && self.unknown) || self.labels.iter().any(|(other, _)| other == label)
    }
}

impl Classifier {
    /// The smallest set of labels, by confidence, that holds a text's right one with probability `coverage`; `None` where the classifier
    /// has no conformal scores, as in model files that carry none. With too few calibration examples for the coverage asked, fewer than
    /// `c / (1 − c)`, the set has every label.
    ///
    /// ```
    /// use maestria_intent::{Classifier, FitOptions, StaticEmbedder};
    /// use maestria_vocabulary::Probability;
    ///
    /// let texts = ["lock my card", "block the card", "card was stolen", "my balance", "how much is left", "show the balance"];
    /// let examples = texts.into_iter().enumerate().map(|(i, text)| {
    ///     (text, if i < 3 { "card" } else { "balance" }.parse().unwrap())
    /// });
    /// let classifier = Classifier::fit(std::sync::Arc::new(StaticEmbedder::embedded()?), examples, FitOptions::default())?;
    /// let answer = &classifier.classify(&["card balance"])?[0];
    /// let set = classifier.prediction_set(answer, Probability::new(0.5)?).unwrap();
    /// assert!(set.size() >= 1);
    /// // Six examples cannot vouch for 99 %: every label stays possible.
    /// assert_eq!(classifier.prediction_set(answer, Probability::new(0.99)?).unwrap().labels.len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// The coverage is marginal: over texts and calibration examples drawn alike, not for every label or kind of text by itself. It
    /// counts *unknown* as a label where the head has it; else it speaks of texts that belong to some label. It is exact for a
    /// classifier [`conformalized_on`](Self::conformalized_on) examples it had not seen. After [`fit`](Self::fit) the scores are those of
    /// cross-validation, whose heads saw a fifth less than the one that answers: there it is approximate (Barber et al. 2021,
    /// "Predictive Inference with the Jackknife+", guarantee `2c − 1` for such a pool of folds and observe about `c`).
    ///
    /// The score is `1 − p`, and not a cumulated one (APS, Romano et al. 2020; RAPS, Angelopoulos et al. 2021): those even out the
    /// coverage of easy and hard texts, but make sets larger, need a random draw per answer to be tight, and RAPS two parameters more.
    /// Here the same text has to get the same set, and every further label is a question to a person; with calibrated confidences `1 − p`
    /// gives the smallest sets on average that cover (Sadinle et al. 2019), of one label where the classifier is sure and of more where
    /// it is not.
    #[must_use]
    pub fn prediction_set(&self, classification: &Classification, coverage: Probability) -> Option<PredictionSet> {
        let scores = self.calibration.conformal.as_ref()?;
        let has_unknown = self.head.place(UNKNOWN).is_some();
        Some(PredictionSet::new(classification, scores.greatest(coverage), has_unknown))
    }

    /// The same classifier with conformal scores of these examples, in place of those it had. Neither its training nor its
    /// temperature may have seen them: then the coverage of its sets is exact. Examples of labels that it does not know take no part.
    ///
    /// # Errors
    /// [`crate::Error::Embed`] when the engine below the embedder fails.
    pub fn conformalized_on<'a>(self, held_out: impl IntoIterator<Item = (&'a str, Label)>) -> Result<Self> {
        let (texts, labels): (Vec<&str>, Vec<Label>) = held_out.into_iter().unzip();
        let encoded = self.encode(&texts)?;
        let score = |(text, label): (&Encoded<'_>, &Label)| {
            let place = self.head.place(label.as_str())?;
            Some(self.calibration.nonconformity(&self.head.logits(text.text(), text.embedding()), place))
        };
        let conformal = ConformalScores::new(encoded.iter().zip(&labels).filter_map(score));
        let calibration = crate::Calibration { conformal: Some(conformal), ..self.calibration };
        Ok(Self { calibration, ..self })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Calibration;

    const LABELS: [&str; 5] = ["a", "b", "c", "d", UNKNOWN];

    /// SplitMix64 (Steele, Lea and Flood 2014), for draws that a seed repeats.
    struct Draws(u64);

    impl Draws {
        fn uniform(&mut self) -> f64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
        }

        /// Logits, and a label drawn from their softmax at temperature 2, which the calibration takes for 1.
        fn text(&mut self) -> (Vec<f32>, usize) {
            let logits: Vec<f32> = LABELS.iter().map(|_| (8.0 * self.uniform()) as f32).collect();
            let calibration = calibration(2.0);
            let mut left = self.uniform();
            let drawn = calibration.confidences(&logits).iter().position(|p| {
                left -= p.get();
                left < 0.0
            });
            (logits, drawn.unwrap_or(LABELS.len() - 1))
        }
    }

    fn calibration(temperature: f32) -> Calibration {
        Calibration { temperature, least_energy: f32::NEG_INFINITY, conformal: None }
    }

    /// What a classifier with these logits says.
    fn classification(logits: &[f32]) -> Classification {
        let names = LABELS.iter().map(|name| name.parse().unwrap());
        let mut ranked: Vec<(Label, Probability)> = names.zip(calibration(1.0).confidences(logits)).collect();
        ranked.sort_by(|(_, a), (_, b)| b.cmp(a));
        let unknown = ranked[0].0.as_str() == UNKNOWN;
        ranked.retain(|(label, _)| label.as_str() != UNKNOWN);
        Classification { ranked, unknown, energy: 0.0 }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        #[test]
        fn sets_cover_as_often_as_they_say_though_the_confidences_are_wrong(
            seed in any::<u64>(),
            examples in 5_usize..150,
            coverage in 0.5_f64..0.98,
        ) {
            const TRIALS: usize = 2000;
            let mut draws = Draws(seed);
            let mut covered = 0;
            for _ in 0..TRIALS {
                let scores = ConformalScores::new((0..examples).map(|_| {
                    let (logits, place) = draws.text();
                    calibration(1.0).nonconformity(&logits, place)
                }));
                let (logits, place) = draws.text();
                let greatest = scores.greatest(Probability::saturating(coverage));
                let set = PredictionSet::new(&classification(&logits), greatest, true);
                covered += usize::from(set.contains(&LABELS[place].parse().unwrap()));
            }
            // Five standard deviations of a binomial share: one failure in about three million cases.
            let tolerance = 5.0 * (coverage * (1.0 - coverage) / TRIALS as f64).sqrt();
            let share = covered as f64 / TRIALS as f64;
            prop_assert!(share >= coverage - tolerance, "seed {seed}: {share} of {coverage}");
        }
    }

    proptest! {
        #[test]
        fn a_set_is_never_empty_is_ordered_and_grows_with_the_score_allowed(
            logits in prop::collection::vec(-20.0_f32..20.0, LABELS.len()),
            (a, b) in (0.0_f64..=1.0, 0.0_f64..=1.0),
        ) {
            let answer = classification(&logits);
            let (small, large) = (PredictionSet::new(&answer, a.min(b), true), PredictionSet::new(&answer, a.max(b), true));
            prop_assert!(small.size() >= 1);
            prop_assert!(large.labels.starts_with(&small.labels) && large.unknown >= small.unknown);
            prop_assert!(small.labels.is_sorted_by(|(_, p), (_, q)| p >= q));
            prop_assert_eq!(PredictionSet::new(&answer, 1.0, true).size(), LABELS.len());
        }
    }
}
