//! An embedder that is an ONNX file.

use std::{iter, num::NonZeroUsize, path::Path};

use maestria_vocabulary::{EmbedError, Embedder, Embedding};

use crate::{
    Provider, Result, Runtime, Selected,
    graph::Graph,
    lengths::{self, Portion},
    open::Opened,
    pooling::{self, Row},
    shared::Shared,
    tokens::Tokens,
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
    /// Sessions of the model, which is how many runs may be under way at once. Default: one, because each costs the memory of the whole
    /// model, and two were not faster on two cores; more pay off where cores are idle.
    pub sessions: NonZeroUsize,
    /// Most texts of one run, of one caller or of several. It bounds the memory of a run and how long other threads wait for it.
    /// Default: 32.
    ///
    /// A graph that quantises while it runs rounds by the largest value of its batch, so that the companions of a text, which may be
    /// another thread's, shift its vector by up to one or two percent; with one text per run they do not.
    pub texts_per_run: NonZeroUsize,
}

impl Default for Settings {
    fn default() -> Self {
        const THREADS: NonZeroUsize = NonZeroUsize::new(1).unwrap();
        const MAX_TOKENS: NonZeroUsize = NonZeroUsize::new(256).unwrap();
        const SESSIONS: NonZeroUsize = NonZeroUsize::new(1).unwrap();
        const TEXTS_PER_RUN: NonZeroUsize = NonZeroUsize::new(32).unwrap();
        Self {
            provider: Provider::default(),
            threads: THREADS,
            max_tokens: MAX_TOKENS,
            special_tokens: true,
            sessions: SESSIONS,
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
/// # Threads
/// Threads may share an encoder. No lock is held while a session runs: each run takes a session out of a pool
/// ([`Settings::sessions`]). Texts that wait for one while all are busy go into the next run together, whichever threads they come from,
/// when they are of like length, since every text of a run is padded to its longest. Nothing waits for company: a text that finds a
/// session free runs at once. A call of many texts is cut into runs of like length and stands in line with one run at a time.
///
/// Each call gets its own rows, in its own order. When a run of several callers fails, each of them tries again alone, so that an error
/// or a panic stays with the call that brings it about.
///
/// Memory is given back when an encoder is dropped.
#[derive(Debug)]
pub struct OnnxEncoder {
    sessions: Shared<Graph>,
    tokens: Tokens,
    selected: Selected,
    dimension: usize,
    has_logits: bool,
    texts_per_run: usize,
}

impl OnnxEncoder {
    /// Opens a model with its `tokenizer.json`, whose own padding and truncation are not used, and runs it once in every session.
    ///
    /// A provider that does not come up is no error: the encoder runs on the processor then, and [`provider`](Self::provider) says why.
    ///
    /// # Errors
    /// [`Error`](crate::Error) when the model or the tokenizer is missing, damaged, or not an encoder.
    pub fn open(runtime: &Runtime, model: &Path, tokenizer: &[u8], settings: Settings) -> Result<Self> {
        let tokens = Tokens::open(tokenizer, settings.max_tokens, settings.special_tokens)?;
        let Opened { first, others, selected } = Opened::new(runtime, model, &settings, &tokens)?;
        let (dimension, has_logits) = (first.dimension(), first.has_logits());
        let graphs = iter::once(first).chain(others).collect();
        let sessions = Shared::new(graphs, settings.texts_per_run);
        Ok(Self { sessions, tokens, selected, dimension, has_logits, texts_per_run: settings.texts_per_run.get() })
    }

    /// Where it runs, and why not where it was to.
    #[must_use]
    pub fn provider(&self) -> &Selected {
        &self.selected
    }

    /// The scores of every text, one per label, as the graph gives them; `None` when the graph has none.
    ///
    /// # Errors
    /// [`Error`](crate::Error) when the engine fails, or gives what is not a number.
    pub fn logits(&self, texts: &[&str]) -> Result<Option<Vec<Vec<f32>>>> {
        if !self.has_logits {
            return Ok(None);
        }
        let scores = |row: Row| {
            let scores = row.logits.unwrap_or_default();
            pooling::finite("logits", &scores)?;
            Ok(scores)
        };
        self.run(texts, scores).map(Some)
    }

    fn run<T>(&self, texts: &[&str], take: impl Fn(Row) -> Result<T>) -> Result<Vec<T>> {
        let texts = texts.iter().map(|text| self.tokens.read(text)).collect::<Result<Vec<_>>>()?;
        let mut taken = Vec::with_capacity(texts.len());
        for Portion { places, texts, span } in lengths::cut(texts, self.texts_per_run) {
            let rows = self.sessions.run(texts, span)?;
            for (place, row) in places.into_iter().zip(rows) {
                taken.push((place, take(row)?));
            }
        }
        taken.sort_unstable_by_key(|(place, _)| *place);
        Ok(taken.into_iter().map(|(_, value)| value).collect())
    }
}

impl Embedder for OnnxEncoder {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Embedding>, EmbedError> {
        self.run(texts, |row| pooling::unit(&row.embedding)).map_err(EmbedError::new)
    }
}
