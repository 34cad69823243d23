//! A model in this process: it summarises by choosing the sentences nearest to the meaning of the whole text.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::stream;
use maestria::{
    Bytes, Capability, Chunk, ChunkStream, Embedder, Embedding, InvalidId, Message, Model, ModelCard, ModelError,
    Needs, Probability, Prompt, Tokens, number_word,
};
use unicode_segmentation::UnicodeSegmentation;

/// Sentences of a summary when the instruction does not say how many.
const USUAL_LENGTH: usize = 3;

/// How much a sentence that repeats a chosen one loses: the usual middle between relevance and novelty.
const NOVELTY: f32 = 0.5;

/// How much the first sentence gains, since texts say first what they are about.
const LEAD: f32 = 0.4;

/// An extractive summariser: maximal marginal relevance (Carbonell and Goldstein 1998) over sentence embeddings.
#[derive(Debug)]
pub(crate) struct Summarizer(Arc<dyn Embedder>);

impl Summarizer {
    pub(crate) fn new(embedder: Arc<dyn Embedder>) -> Self {
        Self(embedder)
    }

    /// What the registry should know of it.
    pub(crate) fn card() -> Result<ModelCard, InvalidId> {
        let mut card = ModelCard::new("extractive-summarizer".parse()?, Tokens(1_000_000));
        card.description = "Chooses the most telling sentences of a text".to_owned();
        card.capabilities.insert(Capability::new("summarization")?, Probability::saturating(0.6));
        card.needs = Needs { memory: Bytes::mib(16), devices: Vec::new() };
        card.run = std::time::Duration::from_millis(20);
        Ok(card)
    }

    fn summarize(&self, text: &str, length: usize) -> Result<String, ModelError> {
        let sentences = sentences(text);
        let unusable = |error| ModelError::Unavailable { source: Box::new(error) };
        let texts: Vec<&str> = sentences.iter().map(String::as_str).collect();
        let embeddings = self.0.embed(&texts).map_err(unusable)?;
        let center = center(&embeddings, self.0.dimension());
        let mut chosen: Vec<usize> = Vec::new();
        while chosen.len() < length.min(sentences.len()) {
            let gain = |i: usize, embedding: &Embedding| {
                let repeats = chosen
                    .iter()
                    .filter_map(|&j| embeddings.get(j))
                    .map(|other| embedding.cosine(other))
                    .fold(0.0, f32::max);
                let early = 1.0 / (1.0 + i as f32 / 5.0);
                embedding.cosine(&center) + LEAD * early - NOVELTY * repeats
            };
            let rest = embeddings.iter().enumerate().filter(|(i, _)| !chosen.contains(i));
            let best = rest.max_by(|(i, a), (j, b)| gain(*i, a).total_cmp(&gain(*j, b)));
            let Some((best, _)) = best else { break };
            chosen.push(best);
        }
        chosen.sort_unstable();
        let summary: Vec<&str> = chosen.iter().filter_map(|&i| sentences.get(i)).map(String::as_str).collect();
        Ok(summary.join(" "))
    }
}

#[async_trait]
impl Model for Summarizer {
    async fn generate(&self, prompt: Prompt) -> Result<ChunkStream, ModelError> {
        let mut turns: Vec<String> = prompt.messages.iter().map(Message::text).collect();
        // The last message is the instruction; what comes before is the text. An instruction alone brings its own.
        let instruction = turns.pop().unwrap_or_default();
        let text = if turns.is_empty() { instruction.clone() } else { turns.join("\n\n") };
        let summary = self.summarize(&text, length(&instruction))?;
        if summary.is_empty() {
            return Err(ModelError::Refused { reason: "there are no sentences to choose from".to_owned() });
        }
        Ok(Box::pin(stream::iter([Ok(Chunk::Content(summary.into()))])))
    }
}

/// How many sentences an instruction asks for.
fn length(instruction: &str) -> usize {
    let words: Vec<&str> = instruction.split_whitespace().take(200).collect();
    let asked = words.windows(2).find_map(|pair| match pair {
        [count, unit] if unit.to_lowercase().starts_with("sentence") => number_word(count),
        _ => None,
    });
    asked.filter(|count| (1.0..=100.0).contains(count)).map_or(USUAL_LENGTH, |count| count as usize)
}

/// The direction of all sentences together.
fn center(embeddings: &[Embedding], dimension: usize) -> Embedding {
    let mut sum = vec![0.0_f32; dimension];
    for embedding in embeddings {
        sum.iter_mut().zip(&embedding.0).for_each(|(sum, value)| *sum += value);
    }
    let length = sum.iter().map(|value| value * value).sum::<f32>().sqrt().max(f32::EPSILON);
    sum.iter_mut().for_each(|value| *value /= length);
    Embedding(sum)
}

/// The sentences of a Markdown or plain text; headings, tables, lists of links and code are none.
fn sentences(text: &str) -> Vec<String> {
    let mut prose: Vec<String> = vec![String::new()];
    let mut in_code = false;
    for line in text.lines() {
        let line = line.trim();
        in_code ^= line.starts_with("```");
        let is_prose = !in_code && !line.starts_with(['#', '|', '`', '<', '!', '[']);
        let item = line.strip_prefix("- ").or_else(|| line.strip_prefix("* "));
        if line.is_empty() || !is_prose || item.is_some() {
            prose.push(String::new());
        }
        if let (true, Some(paragraph)) = (is_prose && !line.is_empty(), prose.last_mut()) {
            if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(&item.unwrap_or(line).replace("**", ""));
        }
    }
    let sentences =
        prose.iter().flat_map(|paragraph| paragraph.unicode_sentences()).map(|sentence| sentence.trim().to_owned());
    sentences.filter(|sentence| sentence.split_whitespace().count() >= 5).collect()
}
