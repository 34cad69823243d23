//! The embedded encoder: a table with one vector per word piece, averaged; no native library and no matrix product.

use std::fmt;

use maestria_vocabulary::{EmbedError, Embedder, Embedding};
use tokenizers::Tokenizer;

use crate::{
    Error, Result,
    weights::{Weights, unusable},
};

/// An encoder that averages one learned vector per word piece.
///
/// `e(x) = n / ‖n‖` with `n = Σₜ scale[t] · table[t]` over the word pieces `t` of `x`; a text without known word pieces is the zero
/// vector. The table is int8 with one scale per row (about 7 MB); the weight of a word piece is part of its row.
pub struct StaticEmbedder {
    tokenizer: Tokenizer,
    table: Vec<i8>,
    scale: Vec<f32>,
    dimension: usize,
}

impl StaticEmbedder {
    /// The encoder inside this crate.
    ///
    /// # Errors
    /// None in a released crate, where a test loads it; [`Error`] if its files were damaged.
    pub fn embedded() -> Result<Self> {
        Self::from_bytes(include_bytes!("../model/embedder.safetensors"), include_bytes!("../model/tokenizer.json"))
    }

    /// An encoder from a weights file (safetensors: `table` int8 `[V, D]`, `scale` float `[V]`) and a `tokenizer.json`.
    ///
    /// # Errors
    /// [`Error`] when a file is not what it should be, or when both do not fit together.
    pub fn from_bytes(weights: &[u8], tokenizer: &[u8]) -> Result<Self> {
        let weights = Weights::open(weights)?;
        let (table, shape) = weights.bytes("table")?;
        let (scale, rows) = weights.floats("scale")?;
        let &[vocabulary, dimension] = shape.as_slice() else {
            return Err(unusable("table", format!("its shape is {shape:?}, not [words, dimension]")));
        };
        if dimension == 0 || rows != [vocabulary] {
            return Err(unusable("scale", format!("its shape is {rows:?}, the table has {vocabulary} rows")));
        }
        let mut tokenizer = Tokenizer::from_bytes(tokenizer).map_err(Error::Tokenizer)?;
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None).map_err(Error::Tokenizer)?;
        if tokenizer.get_vocab_size(true) > vocabulary {
            let words = tokenizer.get_vocab_size(true);
            return Err(unusable(
                "table",
                format!("the tokenizer knows {words} words, the table has {vocabulary} rows"),
            ));
        }
        Ok(Self { tokenizer, table, scale, dimension })
    }

    /// The ids of a text's word pieces.
    fn pieces(&self, text: &str) -> Result<Vec<u32>, EmbedError> {
        let encoding = self.tokenizer.encode_fast(text, false).map_err(EmbedError::new)?;
        Ok(encoding.get_ids().to_vec())
    }

    fn average(&self, pieces: &[u32]) -> Embedding {
        let mut sum = vec![0.0_f32; self.dimension];
        for &piece in pieces {
            let row = piece as usize;
            let values = self.table.get(row * self.dimension..(row + 1) * self.dimension);
            let (Some(values), Some(&scale)) = (values, self.scale.get(row)) else { continue };
            for (sum, &value) in sum.iter_mut().zip(values) {
                *sum += scale * f32::from(value);
            }
        }
        let length = sum.iter().map(|value| value * value).sum::<f32>().sqrt();
        if length > f32::EPSILON {
            sum.iter_mut().for_each(|value| *value /= length);
        } else {
            sum.fill(0.0);
        }
        Embedding(sum)
    }
}

impl Embedder for StaticEmbedder {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Embedding>, EmbedError> {
        texts.iter().map(|text| Ok(self.average(&self.pieces(text)?))).collect()
    }
}

impl fmt::Debug for StaticEmbedder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaticEmbedder")
            .field("words", &self.scale.len())
            .field("dimension", &self.dimension)
            .finish_non_exhaustive()
    }
}
