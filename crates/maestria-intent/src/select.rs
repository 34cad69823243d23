//! Which tools may serve a wish: what they say of themselves against what was asked.

mod confidence;
mod dense;
mod document;
mod evidence;
mod learned;
mod lexical;
pub(crate) mod rarity;
mod spread;
mod wish;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use maestria_vocabulary::{Embedder, Embedding, Probability, ToolId, ToolSpec};

pub use self::evidence::Evidence;
use self::{
    confidence::probability,
    dense::Dense,
    document::Document,
    learned::Learned,
    lexical::Lexical,
    spread::{Spread, Usual},
    wish::{Part, Wish},
};
use crate::{Classification, FitOptions, Result};

/// What BM25 counts beside the cosine, both in deviations over the tools of the index.
const LEXICAL: f64 = 0.25;

/// What is usual of cosines and of BM25, for indexes of few tools.
const USUAL_COSINE: Usual = Usual { tools: 8.0, mean: 0.1, deviation: 0.1 };
const USUAL_LEXICAL: Usual = Usual { tools: 8.0, mean: 1.0, deviation: 1.5 };

/// Tools of which the evidence is looked at beyond those asked for: the order of the index is not yet that of the probabilities.
const BEYOND: usize = 16;

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

/// The likeliest tools for a wish.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking<'a> {
    /// Tools with the probability that each is meant, best first.
    pub tools: Vec<(&'a ToolSpec, Probability)>,
    /// The probability that none of the tools is meant.
    pub none: Probability,
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
    /// A tool with examples that comes or goes makes the selector forget what it learnt; then this may be called again. Time grows with
    /// examples times tools: seconds for thousands of examples of hundreds of tools, bounded by
    /// [`FitOptions::iterations`](crate::FitOptions::iterations). Whoever must not wait fits a clone and puts it in the selector's place.
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

    /// The `limit` likeliest tools for `wish`. `embedding` is the wish's, and `intents` what it was classified as.
    ///
    /// A tool that names the intents it serves is also meant as likely as they are: with `p` from words and meaning, and `q` the
    /// probability of its intents, that is `1 − (1 − p)(1 − q)`.
    ///
    /// # Errors
    /// [`crate::Error::Embed`] when the engine below the embedder fails for a piece of the wish.
    pub fn rank(
        &self,
        wish: &str,
        embedding: &Embedding,
        intents: &Classification,
        limit: usize,
    ) -> Result<Ranking<'_>> {
        let served = |tool: &ToolSpec| -> f64 {
            let ranked = intents.ranked.iter().filter(|(label, _)| !intents.unknown && tool.serves.contains(label));
            ranked.map(|(_, confidence)| confidence.get()).sum()
        };
        let learned = self.learned.as_ref().map(|learned| learned.opinion(wish)).transpose()?;
        let opinion = learned.unwrap_or_default();
        let mut tools: Vec<(&ToolSpec, Probability)> = Vec::new();
        let is_likely = |tool: &Indexed| opinion.names(tool.came) || served(&tool.spec) > 0.0;
        for (tool, evidence) in self.candidates(wish, embedding, limit, is_likely)? {
            let likely = opinion.joined(tool.came, probability(&evidence).get());
            let doubt = (1.0 - likely) * (1.0 - served(&tool.spec));
            tools.push((&tool.spec, Probability::saturating(1.0 - doubt)));
        }
        tools.sort_by(|(_, a), (_, b)| b.cmp(a));
        tools.truncate(limit);
        let none = tools.first().map_or(Probability::ONE, |(_, confidence)| confidence.complement());
        Ok(Ranking { tools, none })
    }

    /// What speaks for each of the `limit` tools and some more that stand out for `wish`, in the order of the index: the reasons of
    /// [`rank`](Self::rank).
    ///
    /// # Errors
    /// As [`rank`](Self::rank).
    pub fn evidence(&self, wish: &str, embedding: &Embedding, limit: usize) -> Result<Vec<(&ToolSpec, Evidence)>> {
        let candidates = self.candidates(wish, embedding, limit, |_| false)?;
        Ok(candidates.into_iter().map(|(tool, evidence)| (&tool.spec, evidence)).collect())
    }

    /// The tools that stand out, and those that `also` names.
    fn candidates(
        &self,
        wish: &str,
        embedding: &Embedding,
        limit: usize,
        also: impl Fn(&Indexed) -> bool,
    ) -> Result<Vec<(&Indexed, Evidence)>> {
        let wish = Wish::read(wish, embedding, self.embedder.as_ref())?;
        let mut scored = self.scores(&wish);
        let best = |a: &Scored, b: &Scored| b.score.total_cmp(&a.score).then(a.came.cmp(&b.came));
        let most = limit.saturating_add(BEYOND);
        let rest = if scored.len() > most {
            scored.select_nth_unstable_by(most, best);
            scored.split_off(most)
        } else {
            Vec::new()
        };
        scored.sort_by(best);
        let mut firsts = scored.iter().map(|scored| scored.score);
        let (first, second) = (firsts.next(), firsts.next());
        let tools = (self.len() as f64).max(1.0).ln();
        let evidence = |scored: Scored, tool: &Indexed, is_first: bool| {
            let other = if is_first { second } else { first };
            Evidence {
                cosine: f64::from(scored.cosine),
                score: scored.score,
                lead: other.map_or(0.0, |other| (scored.score - other).clamp(-3.0, 3.0)),
                tools,
                ..Evidence::of_words(&wish, &tool.document)
            }
        };
        let chosen = scored.iter().map(|scored| (scored, true)).chain(rest.iter().map(|scored| (scored, false)));
        let known = chosen.enumerate().filter_map(|(place, (scored, stands_out))| {
            let tool = self.slots.get(scored.slot)?.as_ref()?;
            (stands_out || also(tool)).then(|| (tool, evidence(*scored, tool, place == 0)))
        });
        Ok(known.collect())
    }

    /// Every tool with its score.
    fn scores(&self, wish: &Wish) -> Vec<Scored> {
        let mut parts = wish.parts.iter().map(|part| self.part_scores(part));
        let Some((whole, mut cosines)) = parts.next() else { return Vec::new() };
        let mut best = if wish.parts.len() > 1 { vec![f32::NEG_INFINITY; whole.len()] } else { whole.clone() };
        for (piece, piece_cosines) in parts {
            for (best, score) in best.iter_mut().zip(piece) {
                *best = best.max(score);
            }
            for (best, cosine) in cosines.iter_mut().zip(piece_cosines) {
                *best = best.max(cosine);
            }
        }
        let slots = self.came.iter().enumerate().zip(whole).zip(best).zip(cosines);
        let scored = slots.filter(|((((_, came), _), _), _)| **came != NEVER);
        let scored = scored.map(|((((slot, came), whole), best), cosine)| Scored {
            slot,
            came: *came,
            score: f64::midpoint(f64::from(whole), f64::from(best)),
            cosine,
        });
        scored.collect()
    }

    /// The score and the cosine of every slot for a part of a wish.
    fn part_scores(&self, part: &Part) -> (Vec<f32>, Vec<f32>) {
        let cosines = self.dense.cosines(&part.embedding, self.came.len());
        let lexical = self.lexical.scores(&part.stems, self.came.len());
        let spread = |scores: &[f32], usual| {
            let live = self.came.iter().zip(scores).filter(|(came, _)| **came != NEVER);
            Spread::of(live.map(|(_, score)| *score), usual)
        };
        let (dense, words) = (spread(&cosines, USUAL_COSINE), spread(&lexical, USUAL_LEXICAL));
        let joined = cosines.iter().zip(lexical);
        let joined = joined.map(|(&cosine, score)| dense.standardise(cosine) + LEXICAL * words.standardise(score));
        (joined.map(|score| score as f32).collect(), cosines)
    }
}

/// When the tool of an empty slot came.
const NEVER: u64 = u64::MAX;

/// A tool and its score for a wish.
#[derive(Debug, Clone, Copy)]
struct Scored {
    slot: usize,
    came: u64,
    score: f64,
    cosine: f32,
}

#[cfg(test)]
mod tests;
