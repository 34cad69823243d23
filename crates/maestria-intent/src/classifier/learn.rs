//! Learning from a correction while in use: one bounded step of the head, and no example kept.

mod step;

use maestria_vocabulary::Label;

use self::step::Correction;
use super::{Classification, Classifier, UNKNOWN};
use crate::{Error, Result};

/// How a classifier learns from one correction. Every value is valid; a negative one is taken for zero, and so is NaN.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LearnOptions {
    /// Aggressiveness `C`: the most that one correction moves the logarithm of the odds between any two labels that it knows for its text,
    /// in nats. Default 3.
    ///
    /// If a correction is itself wrong once in `1 + eᶜ` times, `C` is the weight of evidence it carries: 3 suits feedback of which one in
    /// twenty is wrong.
    pub aggressiveness: f32,
    /// By how many nats the right label shall lead every other; a text where it does is left alone. Default 1, odds of 2.7 to 1.
    pub margin: f32,
    /// Most labels, those the classifier was made with included. Each new one costs a row of the head, and with n-grams a column of
    /// their table: 33 KiB in the built-in one. Default 1,000.
    pub most_labels: usize,
}

impl Default for LearnOptions {
    fn default() -> Self {
        Self { aggressiveness: 3.0, margin: 1.0, most_labels: 1_000 }
    }
}

impl Classifier {
    /// Learns that `right` is the label of `text`, and says what it answers now; while that is still wrong, the same correction helps
    /// again.
    ///
    /// ```
    /// use maestria_intent::{Classifier, LearnOptions};
    ///
    /// let mut classifier = Classifier::embedded()?;
    /// let text = "put the kettle of numbers on a wall poster";
    /// for _ in 0..3 {
    ///     classifier.learn(text, &"data_visualization".parse()?, LearnOptions::default())?;
    /// }
    /// assert_eq!(classifier.classify(&[text])?[0].ranked[0].0.as_str(), "data_visualization");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// The rule is the passive-aggressive one with bounded steps (Crammer et al. 2006, "Online Passive-Aggressive Algorithms", PA-I) with
    /// a constraint per rival label: the weights move as little as possible, in Euclidean norm, for the right label to lead each other by
    /// the margin, or in that direction as far as `aggressiveness` allows; a text whose label leads already changes nothing. Weights move
    /// along the text's embedding, so another text's answer moves in proportion to its cosine with it. Biases stay, since they move
    /// all texts alike; and so do a hidden layer and n-grams. A text refused for its energy is raised above the threshold as a whole.
    ///
    /// `unknown` is a label here. Its row stays zero, and the others move against it, so that the energy stays the negative logarithm of
    /// the probability of *unknown*. A head that has none gets it when first told, with its threshold moved so that every other text is
    /// refused or not as before.
    ///
    /// Any other new label begins as the mean of all, which is hardly a text's best, plus the embedding of its first text as its centroid,
    /// scaled to 0.7 of the distance of the other labels' weights from their mean, or to what makes it lead there if that is
    /// more. That first step moves no other row, and so has no bound.
    ///
    /// Temperature and conformal scores stay those of calibration: texts that were corrected are no longer like its examples. After many
    /// corrections, [`conformalized_on`](Self::conformalized_on) fresh examples makes the coverage of sets exact again.
    ///
    /// A step costs one embedding and a pass over the weights; memory grows with the number of labels and never with that of corrections.
    /// Readers are not disturbed by learning on a clone and putting it in their place: keep an `Arc<Classifier>` behind a lock or
    /// an `ArcSwap`, clone the classifier, let one writer at a time learn, and store the new `Arc`. A clone shares the embedder.
    ///
    /// # Errors
    /// [`Error::TooManyLabels`] for a new label beyond the bound, and [`Error::Embed`] when the engine below fails; both change nothing.
    /// A text without meaning, of which the embedding is zero, is no error and teaches nothing.
    pub fn learn(&mut self, text: &str, right: &Label, options: LearnOptions) -> Result<Classification> {
        let Some(encoded) = self.encode(&[text])?.pop() else { return Ok(Classification::nothing()) };
        let embedding = encoded.embedding();
        let length = embedding.0.iter().map(|value| value * value).sum::<f32>().sqrt();
        if length <= f32::EPSILON {
            return Ok(self.classify_encoded(&encoded));
        }
        let spread = self.head.spread();
        let (place, is_new) = self.place_or_add(right, options.most_labels)?;
        let temperature = self.calibration.temperature;
        let nats = |value: f32| if value > 0.0 { value.min(MOST_NATS) * temperature } else { 0.0 };
        let correction = Correction {
            right: place,
            unknown: self.head.place(UNKNOWN),
            margin: nats(options.margin),
            least_energy: self.calibration.least_energy,
        };
        let logits = self.head.logits(encoded.text(), embedding);
        let steps = if is_new {
            correction.lift(&logits, NEW_ROW * spread * length)
        } else {
            correction.steps(&logits, nats(options.aggressiveness))
        };
        self.head.step(embedding, &steps);
        Ok(self.classify_encoded(&encoded))
    }

    /// The place of a label among the logits, added where it is new, and whether it is a new label other than *unknown*.
    fn place_or_add(&mut self, label: &Label, most: usize) -> Result<(usize, bool)> {
        if let Some(place) = self.head.place(label.as_str()) {
            return Ok((place, false));
        }
        let place = self.head.labels().len();
        if place >= most {
            return Err(Error::TooManyLabels { most });
        }
        let is_unknown = label.as_str() == UNKNOWN;
        self.head.add_label(label.clone(), is_unknown)?;
        if is_unknown {
            // One logit of zero more makes an energy `E` into `ln(1 + exp(E))`.
            let threshold = &mut self.calibration.least_energy;
            *threshold = threshold.max(0.0) + (-threshold.abs()).exp().ln_1p();
        }
        Ok((place, !is_unknown))
    }
}

/// Length of a new label's own direction beside that of the others. At 1 a single text draws in more of its like, and more of others.
const NEW_ROW: f32 = 0.7;

/// More nats than any probability of single precision tells apart.
const MOST_NATS: f32 = 1_000.0;
