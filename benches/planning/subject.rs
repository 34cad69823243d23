//! The classifiers with which tools are chosen and plans made.

use std::sync::Arc;

use maestria::{Classifier, Embedder, Probability, ToolId, ToolPlanner, ToolSpec, intent::ToolSelector};
use maestria_benches::{
    Result,
    remembering::Remembering,
    source::{Column, Source},
};

/// A classifier whose encoder remembers what it has read, so that tools and texts that come again are encoded once.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) column: Column,
    classifier: Classifier,
}

/// Tools that are looked at of a ranking.
const FIRST: usize = 5;

impl Subject {
    pub(crate) fn open(source: &Source) -> Result<Self> {
        let classifier = source.classifier(source.runtime()?.as_ref())?;
        let encoder = Arc::new(Remembering::new(classifier.embedder().clone()));
        Ok(Self { column: source.column(), classifier: Classifier::new(encoder, &classifier.save()?)? })
    }

    /// The encoder, for a selector of its own.
    pub(crate) fn embedder(&self) -> Arc<dyn Embedder> {
        self.classifier.embedder().clone()
    }

    /// What plans with these tools.
    pub(crate) fn planner(&self, tools: impl IntoIterator<Item = ToolSpec>) -> Result<ToolPlanner> {
        Ok(ToolPlanner::new(self.classifier.clone(), tools)?)
    }

    /// The tools of a selector for a request as one wish, best first.
    pub(crate) fn ranked(&self, selector: &ToolSelector, request: &str) -> Result<Vec<(ToolId, Probability)>> {
        let mut ranked = Vec::new();
        for read in &self.classifier.encode(&[request])? {
            let intents = self.classifier.classify_encoded(read);
            let tools = selector.rank(read.text(), read.embedding(), &intents, FIRST)?.tools;
            ranked.extend(tools.into_iter().map(|(tool, confidence)| (tool.id.clone(), confidence)));
        }
        Ok(ranked)
    }
}
