//! The classifiers that are measured, and how they are asked.

use std::sync::Arc;

use maestria::{
    Classifier, Embedder,
    intent::{Classification, FitOptions},
};
use maestria_benches::{
    Result,
    remembering::Remembering,
    source::{Column, Source},
};

use crate::{
    examples::{Example, texts},
    measure::Set,
};

/// A classifier of the taxonomy, and its encoder for other labels.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) column: Column,
    pub(crate) classifier: Classifier,
    encoder: Arc<dyn Embedder>,
}

impl Subject {
    pub(crate) fn open(source: &Source) -> Result<Self> {
        let classifier = source.classifier(source.runtime()?.as_ref())?;
        let encoder = Arc::new(Remembering::new(classifier.embedder().clone()));
        Ok(Self { column: source.column(), classifier, encoder })
    }

    /// Tells on standard error what comes next.
    pub(crate) fn announce(&self, set: Set, what: &str, count: usize) {
        eprintln!("{}: {set}: {what} {count} texts", self.column);
    }

    /// What the taxonomy's classifier says of examples, in order.
    pub(crate) fn classify(&self, examples: &[Example]) -> Result<Vec<Classification>> {
        Ok(self.classifier.classify(&texts(examples))?)
    }

    /// A classifier with the labels of examples.
    pub(crate) fn fit(&self, examples: &[Example]) -> Result<Classifier> {
        let pairs = examples.iter().map(|example| (example.text.as_str(), example.label.clone()));
        Ok(Classifier::fit(self.encoder.clone(), pairs, FitOptions::default())?)
    }
}
