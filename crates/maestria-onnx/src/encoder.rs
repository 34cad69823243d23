//! An embedder that is an ONNX file.

use std::{num::NonZeroUsize, path::Path};

use maestria_vocabulary::{EmbedError, Embedder, Embedding};

use crate::{
    Error, Provider, Result, Runtime, Selected,
    graph::Graph,
    pooling::{self, Outputs},
    tokens::{Batch, Tokens},
};

/// How an encoder is opened.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where to run. Default: the processor.
    pub provider: Provider,
    /// Threads within one run. Default: one, which is fastest for short texts and leaves the other cores to other requests.
    pub threads: NonZeroUsize,
    /// Most tokens of a text, special tokens included; what is beyond them is not read. Default: 256.
    pub max_tokens: NonZeroUsize,
    /// Whether the tokenizer's special tokens, such as `[CLS]`, stand around every text: yes for a transformer (the default), no for a
    /// static table.
    pub special_tokens: bool,
    /// Most texts of one run. It bounds the memory of a run and how long other threads wait for it. Default: 32.
    ///
    /// A graph that quantises while it runs rounds by the largest value of its batch, so that the companions of a text shift its vector
    /// by up to one or two percent; with one text per run they do not.
    pub texts_per_run: NonZeroUsize,
}

impl Default for Settings {
    fn default() -> Self {
        const THREADS: NonZeroUsize = NonZeroUsize::new(1).unwrap();
        const MAX_TOKENS: NonZeroUsize = NonZeroUsize::new(256).unwrap();
        const TEXTS_PER_RUN: NonZeroUsize = NonZeroUsize::new(32).unwrap();
        Self {
            provider: Provider::default(),
            threads: THREADS,
            max_tokens: MAX_TOKENS,
            special_tokens: true,
            texts_per_run: TEXTS_PER_RUN,
        }
    }
}

/// An encoder in an ONNX file, run by ONNX Runtime.
///
/// The graph takes `input_ids` and `attention_mask` (int64 `[texts, tokens]`), and `token_type_ids` if it wants. It gives `embedding`
/// (float32 `[texts, dimension]`), or else `last_hidden_state` (float32 `[texts, tokens, dimension]`), whose mean over the tokens of a
/// text is taken; and, if it has them, `logits` (float32 `[texts, labels]`).
///
/// Vectors are brought to length one here; a text without a token of its own is all zeros. A text is padded to the longest of its run,
/// which moves its vector by rounding error, no more (but see [`Settings::texts_per_run`]).
///
/// Threads may share an encoder: they take turns, one run at a time. Two encoders of the same file run side by side, for twice the memory,
/// which is given back when an encoder is dropped.
#[derive(Debug)]
pub struct OnnxEncoder {
    graph: Graph,
    tokens: Tokens,
    selected: Selected,
    dimension: usize,
    texts_per_run: usize,
}

impl OnnxEncoder {
    /// Opens a model with its `tokenizer.json`, whose own padding and truncation are not used, and runs it once.
    ///
    /// A provider that does not come up is no error: the encoder runs on the processor then, and [`provider`](Self::provider) says why.
    ///
    /// # Errors
    /// [`Error`] when the model or the tokenizer is missing, damaged, or not an encoder.
    pub fn open(runtime: &Runtime, model: &Path, tokenizer: &[u8], settings: Settings) -> Result<Self> {
        let tokens = Tokens::open(tokenizer, settings.max_tokens, settings.special_tokens)?;
        let trial = tokens.batch(&["a"])?;
        let (graph, outputs, selected) = Graph::open(runtime, model, &settings, &trial)?;
        let dimension = outputs.embedding.ncols();
        Ok(Self { graph, tokens, selected, dimension, texts_per_run: settings.texts_per_run.get() })
    }

    /// Where it runs, and why not where it was to.
    #[must_use]
    pub fn provider(&self) -> &Selected {
        &self.selected
    }

    /// The scores of every text, one per label, as the graph gives them; `None` when the graph has none.
    ///
    /// # Errors
    /// [`Error`] when the engine fails, or gives what is not a number.
    pub fn logits(&self, texts: &[&str]) -> Result<Option<Vec<Vec<f32>>>> {
        if !self.graph.has_logits() {
            return Ok(None);
        }
        let mut scores = Vec::with_capacity(texts.len());
        self.run(texts, |_, outputs| {
            for row in outputs.logits.iter().flat_map(|logits| logits.rows()) {
                pooling::finite("logits", row)?;
                scores.push(row.to_vec());
            }
            Ok(())
        })?;
        Ok(Some(scores))
    }

    fn vectors(&self, texts: &[&str]) -> Result<Vec<Embedding>> {
        let mut vectors = Vec::with_capacity(texts.len());
        self.run(texts, |batch, outputs| {
            let dimension = outputs.embedding.ncols();
            if dimension != self.dimension {
                return Err(Error::Dimension { found: dimension, expected: self.dimension });
            }
            for (row, &empty) in outputs.embedding.rows().into_iter().zip(&batch.empty) {
                vectors.push(if empty { pooling::zeros(self.dimension) } else { pooling::unit(row)? });
            }
            Ok(())
        })?;
        Ok(vectors)
    }

    fn run(&self, texts: &[&str], mut take: impl FnMut(&Batch, &Outputs) -> Result<()>) -> Result<()> {
        for texts in texts.chunks(self.texts_per_run) {
            let batch = self.tokens.batch(texts)?;
            take(&batch, &self.graph.run(&batch)?)?;
        }
        Ok(())
    }
}

impl Embedder for OnnxEncoder {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Embedding>, EmbedError> {
        self.vectors(texts).map_err(EmbedError::new)
    }
}
