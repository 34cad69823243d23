//! What example requests teach: a classifier whose labels are the tools.

use std::{collections::HashMap, sync::Arc};

use maestria_vocabulary::{Embedder, Label, ToolSpec};

use crate::{Classifier, FitOptions, Result};

/// What the classifier counts beside the evidence of the index.
const SHARE: f64 = 0.8;

/// Less likely tools are not looked at for what the classifier says of them.
const LEAST: f64 = 0.02;

/// A classifier of wishes by the tools whose examples they resemble.
#[derive(Debug, Clone)]
pub(super) struct Learned {
    classifier: Classifier,
}

/// What the classifier says of one wish: the tools it knows by when they came, with their probabilities.
#[derive(Debug, Default)]
pub(super) struct Opinion {
    likely: HashMap<u64, f64>,
}

impl Learned {
    /// Learns from tools with examples, each with when it came.
    pub(super) fn fit<'a>(
        embedder: Arc<dyn Embedder>,
        tools: impl Iterator<Item = (u64, &'a ToolSpec)>,
        options: FitOptions,
    ) -> Result<Self> {
        let mut examples: Vec<(&str, Label)> = Vec::new();
        for (came, tool) in tools {
            let Ok(label) = Label::new(came.to_string()) else { continue };
            examples.extend(tool.examples.iter().map(|example| (example.as_str(), label.clone())));
        }
        Ok(Self { classifier: Classifier::fit(embedder, examples, options)? })
    }

    pub(super) fn opinion(&self, wish: &str) -> Result<Opinion> {
        let classified = self.classifier.classify(&[wish])?;
        let ranked = classified.into_iter().flat_map(|classification| classification.ranked);
        let likely = ranked.filter_map(|(label, p)| Some((label.as_str().parse().ok()?, p.get())));
        Ok(Opinion { likely: likely.collect() })
    }
}

impl Opinion {
    /// Whether the tool that came then must be looked at.
    pub(super) fn names(&self, came: u64) -> bool {
        self.likely.get(&came).is_some_and(|p| *p >= LEAST)
    }

    /// The probability of the tool that came then, from that of the index: `(1 − s) p + s c` with the classifier's `c` where it knows the
    /// tool.
    pub(super) fn joined(&self, came: u64, index: f64) -> f64 {
        self.likely.get(&came).map_or(index, |p| (1.0 - SHARE) * index + SHARE * p)
    }
}
