//! The order of tools for a wish, and what speaks for each.

use maestria_vocabulary::{Embedding, Probability, ToolSpec};

use super::{
    Evidence, Indexed, NEVER, ToolSelector,
    confidence::probability,
    spread::{Spread, Usual},
    wish::{Part, Wish},
};
use crate::{Classification, Result};

/// What BM25 counts beside the cosine, both in deviations over the tools of the index.
const LEXICAL: f64 = 0.25;

/// What is usual of cosines and of BM25, for indexes of few tools.
const USUAL_COSINE: Usual = Usual { tools: 8.0, mean: 0.1, deviation: 0.1 };
const USUAL_LEXICAL: Usual = Usual { tools: 8.0, mean: 1.0, deviation: 1.5 };

/// Tools of which the evidence is looked at beyond those asked for: the order of the index is not yet that of the probabilities.
const BEYOND: usize = 16;

/// The likeliest tools for a wish.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking<'a> {
    /// Tools with the probability that each is meant, best first.
    pub tools: Vec<(&'a ToolSpec, Probability)>,
    /// The probability that none of the tools is meant.
    pub none: Probability,
}

impl ToolSelector {
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
        let embeddings: Vec<&Embedding> = wish.parts.iter().map(|part| &part.embedding).collect();
        let cosines = self.dense.cosines(&embeddings, self.came.len());
        let mut parts =
            wish.parts.iter().zip(cosines).map(|(part, cosines)| (self.part_scores(part, &cosines), cosines));
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

    /// The score of every slot for a part of a wish, of which the cosine is known.
    fn part_scores(&self, part: &Part, cosines: &[f32]) -> Vec<f32> {
        let lexical = self.lexical.scores(&part.stems, self.came.len());
        let spread = |scores: &[f32], usual| {
            let live = self.came.iter().zip(scores).filter(|(came, _)| **came != NEVER);
            Spread::of(live.map(|(_, score)| *score), usual)
        };
        let (dense, words) = (spread(cosines, USUAL_COSINE), spread(&lexical, USUAL_LEXICAL));
        let joined = cosines.iter().zip(lexical);
        let joined = joined.map(|(&cosine, score)| dense.standardise(cosine) + LEXICAL * words.standardise(score));
        joined.map(|score| score as f32).collect()
    }
}

/// A tool and its score for a wish.
#[derive(Debug, Clone, Copy)]
struct Scored {
    slot: usize,
    came: u64,
    score: f64,
    cosine: f32,
}
