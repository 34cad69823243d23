//! Which tools may serve a wish: what they say of themselves against what was asked.

mod confidence;
mod dense;
mod document;
mod evidence;
mod kind;
mod learned;
mod lexical;
mod rank;
pub(crate) mod rarity;
mod spread;
mod wish;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use maestria_vocabulary::{Embedder, Embedding, ToolId, ToolSpec};

use self::{dense::Dense, document::Document, learned::Learned, lexical::Lexical};
pub use self::{evidence::Evidence, rank::Ranking};
use crate::{FitOptions, Result};

/// Chooses among the tools of an application by meaning, by words, and by the intents they serve.
///
/// Every tool has a place in two indexes: its embeddings (of name and description; of those with its parameters; of its example
/// requests) lie in one matrix, and its stems in an inverted index scored with BM25. Both scores count in deviations over the tools of
/// the index, so neither depends on the embedder or on the length of the wish. Of a wish that says several things every piece is
/// scored too, and a tool gets the mean of its score for the whole and of its best for a piece.
///
/// Adding and removing a tool touches that tool's entries alone.
#[derive(Debug, Clone)]
pub struct ToolSelector {
    embedder: Arc<dyn Embedder>,
    slots: Vec<Option<Indexed>>,
    /// When the tool of every slot came, apart from the tools since it is read for every wish.
    came: Vec<u64>,
    empty: Vec<usize>,
    places: HashMap<ToolId, usize>,
    /// The slots in the order in which their tools came.
    order: BTreeMap<u64, usize>,
    next: u64,
    dense: Dense,
    lexical: Lexical,
    learned: Option<Learned>,
}

#[derive(Debug, Clone)]
struct Indexed {
    spec: ToolSpec,
    document: Document,
    came: u64,
}

impl ToolSelector {
    /// Indexes `tools`.
    ///
    /// # Errors
    /// [`crate::Error::Embed`] when the engine below the embedder fails.
    pub fn new(embedder: Arc<dyn Embedder>, tools: impl IntoIterator<Item = ToolSpec>) -> Result<Self> {
        let dense = Dense::new(embedder.dimension());
        let mut selector = Self {
            embedder,
            slots: Vec::new(),
            came: Vec::new(),
            empty: Vec::new(),
            places: HashMap::new(),
            order: BTreeMap::new(),
            next: 0,
            dense,
            lexical: Lexical::default(),
            learned: None,
        };
        for tool in tools {
            selector.insert(tool)?;
        }
        Ok(selector)
    }

    /// Adds a tool; one of the same name is replaced, and the new one comes last.
    ///
    /// # Errors
    /// [`crate::Error::Embed`] when the engine below the embedder fails; then nothing has changed.
    pub fn insert(&mut self, spec: ToolSpec) -> Result<()> {
        let document = Document::of(&spec);
        let texts: Vec<&str> = [document.described.as_str(), document.full.as_str()]
            .into_iter()
            .chain(spec.examples.iter().map(String::as_str))
            .collect();
        let embeddings = self.embedder.embed(&texts)?;
        self.remove(&spec.id);
        if !spec.examples.is_empty() {
            self.learned = None;
        }
        let slot = self.empty.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.came.push(NEVER);
            self.slots.len() - 1
        });
        if let [described, full, examples @ ..] = embeddings.as_slice() {
            // The cosine with a mean is the mean of the cosines.
            let mean = described.0.iter().zip(&full.0).map(|(a, b)| f32::midpoint(*a, *b));
            self.dense.push(slot, &Embedding(mean.collect()));
            for example in examples {
                self.dense.push(slot, example);
            }
        }
        self.lexical.insert(slot, &document.counts);
        self.places.insert(spec.id.clone(), slot);
        self.order.insert(self.next, slot);
        if let Some(place) = self.slots.get_mut(slot) {
            *place = Some(Indexed { spec, document, came: self.next });
        }
        if let Some(came) = self.came.get_mut(slot) {
            *came = self.next;
        }
        self.next += 1;
        Ok(())
    }

    /// Removes a tool; whether it was there.
    pub fn remove(&mut self, id: &ToolId) -> bool {
        let Some(slot) = self.places.remove(id) else { return false };
        if let Some(tool) = self.slots.get_mut(slot).and_then(Option::take) {
            self.order.remove(&tool.came);
            if !tool.spec.examples.is_empty() {
                self.learned = None;
            }
            self.lexical.remove(slot, &tool.document.counts);
        }
        if let Some(came) = self.came.get_mut(slot) {
            *came = NEVER;
        }
        self.dense.remove(slot);
        self.empty.push(slot);
        true
    }

    /// Learns from the tools' example requests: a classifier of wishes by tool, which then has most of the say over tools with examples.
    ///
    /// Tools without examples are still found by what they say of themselves, and one with few by both.
    ///
    /// A tool with examples that comes or goes makes the selector forget what it learnt; then this may be called again. Time grows with
    /// examples times tools: with [`FitOptions::quick`](crate::FitOptions::quick) it takes about 20 seconds for 13,000 examples of 199 tools.
    /// Whoever must not wait fits a clone and puts it in the selector's place.
    ///
    /// # Errors
    /// [`crate::Error::TooFewLabels`] when fewer than two tools have examples, and otherwise as [`Classifier::fit`](crate::Classifier::fit).
    pub fn fit_examples(&mut self, options: FitOptions) -> Result<()> {
        let tools = self.order.values().filter_map(|slot| self.slots.get(*slot)?.as_ref());
        let taught = tools.map(|tool| (tool.came, &tool.spec)).filter(|(_, spec)| !spec.examples.is_empty());
        self.learned = Some(Learned::fit(self.embedder.clone(), taught, options)?);
        Ok(())
    }

    /// The tools, in the order they came.
    pub fn tools(&self) -> impl Iterator<Item = &ToolSpec> {
        self.order.values().filter_map(|slot| self.slots.get(*slot)?.as_ref()).map(|tool| &tool.spec)
    }

    /// How many tools there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is no tool.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The embedder below, to be shared.
    #[must_use]
    pub fn embedder(&self) -> &Arc<dyn Embedder> {
        &self.embedder
    }

    /// The tool of this name.
    #[must_use]
    pub fn get(&self, id: &ToolId) -> Option<&ToolSpec> {
        self.slots.get(*self.places.get(id)?)?.as_ref().map(|tool| &tool.spec)
    }
}

/// When the tool of an empty slot came.
const NEVER: u64 = u64::MAX;

#[cfg(test)]
mod tests;
