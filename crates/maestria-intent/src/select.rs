//! Which tools may serve a wish: what they say of themselves against what was asked.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use maestria_vocabulary::{Embedder, Embedding, Probability, ToolId, ToolSpec};
use serde_json::Value;

use crate::{
    Classification, Result,
    words::{identifier_words, stem, words},
};

/// Weights of the three kinds of evidence, for tools that name the intents they serve and for those that don't. Set by hand: they order
/// tools, and are not calibrated yet.
const SERVING: Weights = Weights { intent: 0.6, dense: 0.2, lexical: 0.2 };
const UNNAMED: Weights = Weights { intent: 0.0, dense: 0.55, lexical: 0.45 };

struct Weights {
    intent: f64,
    dense: f64,
    lexical: f64,
}

/// Chooses among the tools of an application by meaning (embeddings of descriptions and example requests), by words, and by the intents
/// they serve.
#[derive(Debug, Clone)]
pub struct ToolSelector {
    embedder: Arc<dyn Embedder>,
    tools: Vec<Indexed>,
    /// In how many tools a word occurs.
    frequency: HashMap<String, usize>,
}

#[derive(Debug, Clone)]
struct Indexed {
    spec: ToolSpec,
    /// The description, then every example request.
    vectors: Vec<Embedding>,
    /// Stems of the name's and the description's words.
    stems: HashSet<String>,
    /// Stems of the parameters' names and options that are not among them.
    hints: HashSet<String>,
}

impl ToolSelector {
    /// Indexes `tools`.
    ///
    /// # Errors
    /// [`crate::Error::Embed`] when the engine below the embedder fails.
    pub fn new(embedder: Arc<dyn Embedder>, tools: impl IntoIterator<Item = ToolSpec>) -> Result<Self> {
        let mut selector = Self { embedder, tools: Vec::new(), frequency: HashMap::new() };
        for tool in tools {
            selector.insert(tool)?;
        }
        Ok(selector)
    }

    /// Adds a tool; one of the same name is replaced.
    ///
    /// # Errors
    /// [`crate::Error::Embed`] when the engine below the embedder fails.
    pub fn insert(&mut self, spec: ToolSpec) -> Result<()> {
        self.remove(&spec.id);
        let name = identifier_words(spec.id.as_str()).join(" ");
        let described = format!("{name}: {}", spec.description);
        let texts: Vec<&str> =
            std::iter::once(described.as_str()).chain(spec.examples.iter().map(String::as_str)).collect();
        let vectors = self.embedder.embed(&texts)?;
        let stems: HashSet<_> = words(&described).map(|word| stem(word.text)).collect();
        for stem in &stems {
            *self.frequency.entry(stem.clone()).or_default() += 1;
        }
        let hints = hints(&spec).filter(|hint| !stems.contains(hint)).collect();
        self.tools.push(Indexed { spec, vectors, stems, hints });
        Ok(())
    }

    /// Removes a tool; whether it was there.
    pub fn remove(&mut self, id: &ToolId) -> bool {
        let Some(place) = self.tools.iter().position(|tool| tool.spec.id == *id) else { return false };
        for stem in self.tools.remove(place).stems {
            if let Some(count) = self.frequency.get_mut(&stem) {
                *count -= 1;
            }
        }
        true
    }

    /// The tools, in the order they came.
    pub fn tools(&self) -> impl Iterator<Item = &ToolSpec> {
        self.tools.iter().map(|tool| &tool.spec)
    }

    /// The tool of this name.
    #[must_use]
    pub fn get(&self, id: &ToolId) -> Option<&ToolSpec> {
        self.tools().find(|tool| tool.id == *id)
    }

    /// All tools with how well each serves `wish`, best first. `intents` is what the wish was classified as.
    #[must_use]
    pub fn rank(&self, wish: &str, embedding: &Embedding, intents: &Classification) -> Vec<(&ToolSpec, Probability)> {
        let asked: HashSet<_> = words(wish).map(|word| stem(word.text)).collect();
        let mut ranked: Vec<_> =
            self.tools.iter().map(|tool| (&tool.spec, self.score(tool, &asked, embedding, intents))).collect();
        ranked.sort_by(|(_, a), (_, b)| b.cmp(a));
        ranked
    }

    fn score(
        &self,
        tool: &Indexed,
        asked: &HashSet<String>,
        wish: &Embedding,
        intents: &Classification,
    ) -> Probability {
        let weights = if tool.spec.serves.is_empty() { UNNAMED } else { SERVING };
        let intent: f64 = intents
            .ranked
            .iter()
            .filter(|(label, _)| !intents.unknown && tool.spec.serves.contains(label))
            .map(|(_, confidence)| confidence.get())
            .sum();
        let dense = tool.vectors.iter().map(|vector| vector.cosine(wish)).fold(0.0, f32::max);
        let lexical = self.overlap(tool, asked);
        Probability::saturating(weights.intent * intent + weights.dense * f64::from(dense) + weights.lexical * lexical)
    }

    /// Share of the rarest-word weight that wish and tool have in common: `Σ idf(both) / Σ idf(name words)`, at most one. What only a
    /// parameter says counts half.
    fn overlap(&self, tool: &Indexed, asked: &HashSet<String>) -> f64 {
        let idf = |stem: &String| {
            let containing = self.frequency.get(stem).copied().unwrap_or(0) as f64;
            (1.0 + self.tools.len() as f64 / (1.0 + containing)).ln()
        };
        let common: f64 = tool.stems.intersection(asked).filter(|stem| stem.len() > 2).map(idf).sum();
        let hinted: f64 = tool.hints.intersection(asked).filter(|stem| stem.len() > 2).map(idf).sum();
        let name: f64 = identifier_words(tool.spec.id.as_str()).iter().map(|word| idf(&stem(word))).sum();
        if name > 0.0 { ((common + HINT * hinted) / name).min(1.0) } else { 0.0 }
    }
}

/// What a word counts that only a parameter has.
const HINT: f64 = 0.5;

/// The stems of a tool's parameters and their options.
fn hints(spec: &ToolSpec) -> impl Iterator<Item = String> {
    spec.parameters().flat_map(|(name, schema)| {
        let options = schema.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        options.chain([name]).flat_map(identifier_words).map(|word| stem(&word)).collect::<Vec<_>>()
    })
}
