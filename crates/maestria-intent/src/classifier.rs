//! Which labels a text belongs to, how sure that is, and whether it belongs to any.

pub(crate) mod encoded;
mod learn;
mod prediction_set;

use std::sync::Arc;

use maestria_vocabulary::{Embedder, Label, Probability};

pub use self::{encoded::Encoded, learn::LearnOptions, prediction_set::PredictionSet};
use crate::{Calibration, Error, Result, StaticEmbedder, calibration::energy, head::Head, weights::Weights};

/// The label that a head may be trained to give to texts of no label.
pub(crate) const UNKNOWN: &str = "unknown";

/// A text classifier: an embedder, a head on its embeddings, and the head's calibration.
#[derive(Debug, Clone)]
pub struct Classifier {
    embedder: Arc<dyn Embedder>,
    head: Head,
    calibration: Calibration,
    spelling: bool,
}

/// What a classifier says of one text.
#[derive(Debug, Clone, PartialEq)]
pub struct Classification {
    /// Every label with its calibrated confidence, most likely first.
    pub ranked: Vec<(Label, Probability)>,
    /// Whether the text belongs to none of the labels.
    pub unknown: bool,
    /// The out-of-scope score the decision rests on: `ln Σ exp(logits)`.
    pub energy: f32,
}

impl Classification {
    /// Of a text that asks for nothing by itself.
    pub(crate) const fn nothing() -> Self {
        Self { ranked: Vec::new(), unknown: true, energy: f32::NEG_INFINITY }
    }
}

impl Classifier {
    /// The classifier over the built-in taxonomy, inside this crate.
    ///
    /// # Errors
    /// None in a released crate, where a test loads it; [`Error`] if its files were damaged.
    pub fn embedded() -> Result<Self> {
        Self::new(Arc::new(StaticEmbedder::embedded()?), include_bytes!("../model/taxonomy.safetensors"))
    }

    /// A classifier from an embedder and a head file (safetensors: `weight` `[L, D]`, `bias` `[L]`, and, for a hidden layer of `H` units,
    /// `hidden_weight` `[H, D]`, `hidden_bias` `[H]`, `hidden_out` `[L, H]`; for n-grams `ngrams` `[B, L]`, `ngrams_scale`; metadata `labels`, `temperature`,
    /// `energy_threshold`, for sets of labels `conformal`, see [`ConformalScores`](crate::ConformalScores), and `spelling`, which is
    /// `true` if left out, see [`FitOptions::spelling`](crate::FitOptions::spelling)) that was fitted on its embeddings.
    ///
    /// # Errors
    /// [`Error`] when the file is not what it should be, or [`Error::Dimension`] when it was fitted on another embedder.
    pub fn new(embedder: Arc<dyn Embedder>, head: &[u8]) -> Result<Self> {
        let weights = Weights::open(head)?;
        let (head, calibration) = (Head::read(&weights)?, Calibration::read(&weights)?);
        if head.dimension() != embedder.dimension() {
            return Err(Error::Dimension { head: head.dimension(), embedder: embedder.dimension() });
        }
        let spelling = weights.text("spelling").is_err() || weights.json("spelling")?;
        Ok(Self { embedder, head, calibration, spelling })
    }

    /// A classifier from parts that belong together.
    pub(crate) fn from_parts(
        embedder: Arc<dyn Embedder>,
        head: Head,
        calibration: Calibration,
        spelling: bool,
    ) -> Self {
        Self { embedder, head, calibration, spelling }
    }

    /// The same classifier with [`FitOptions::spelling`](crate::FitOptions::spelling) on or off.
    #[must_use]
    pub fn with_spelling(self, spelling: bool) -> Self {
        Self { spelling, ..self }
    }

    /// The head and its calibration as a file that [`new`](Self::new) reads.
    ///
    /// # Errors
    /// [`Error::Weights`] when the file cannot be written, which no classifier of this crate causes.
    pub fn save(&self) -> Result<Vec<u8>> {
        let mut metadata = self.calibration.metadata()?;
        metadata.insert("spelling".to_owned(), self.spelling.to_string());
        self.head.write(metadata)
    }

    /// The embedder below, to be shared.
    #[must_use]
    pub fn embedder(&self) -> &Arc<dyn Embedder> {
        &self.embedder
    }

    /// How its logits become confidences.
    #[must_use]
    pub fn calibration(&self) -> &Calibration {
        &self.calibration
    }

    /// The labels it knows, *unknown* excluded.
    pub fn labels(&self) -> impl Iterator<Item = &Label> {
        self.head.labels().iter().filter(|label| label.as_str() != UNKNOWN)
    }

    /// Classifies `texts`, in order.
    ///
    /// # Errors
    /// [`Error::Embed`] when the engine below fails; never because of what a text says.
    pub fn classify(&self, texts: &[&str]) -> Result<Vec<Classification>> {
        Ok(self.encode(texts)?.iter().map(|text| self.classify_encoded(text)).collect())
    }

    /// Classifies a text that it has [encoded](Self::encode). One encoded by a classifier with another embedder is unknown.
    #[must_use]
    pub fn classify_encoded(&self, Encoded { text, embedding }: &Encoded<'_>) -> Classification {
        let logits = self.head.logits(text, embedding);
        let confidences = self.calibration.confidences(&logits);
        let mut ranked: Vec<_> = self.head.labels().iter().cloned().zip(confidences).collect();
        ranked.sort_by(|(_, a), (_, b)| b.cmp(a));
        let without_meaning =
            embedding.0.len() != self.head.dimension() || embedding.0.iter().all(|&value| value == 0.0);
        let of_no_label = ranked.first().is_some_and(|(label, _)| label.as_str() == UNKNOWN);
        ranked.retain(|(label, _)| label.as_str() != UNKNOWN);
        Classification {
            ranked,
            unknown: without_meaning || of_no_label || self.calibration.is_unknown(&logits),
            energy: energy(&logits),
        }
    }
}
