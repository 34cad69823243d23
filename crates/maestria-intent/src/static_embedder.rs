//! The embedded encoder: a table with one vector per word piece, averaged; no native library and no matrix product.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use maestria_vocabulary::{EmbedError, Embedder, Embedding};
use ndarray::{Array1, Array2};

use crate::{
    Result,
    pieces::WordPieces,
    weights::{Weights, unusable},
};

/// An encoder that averages one learned vector per word piece.
///
/// `e(x) = n / ‖n‖` with `n = Σₜ scale[t] · table[t]` over the word pieces `t` of `x`; a text without known word pieces is the zero
/// vector. The table is int8 with one scale per row (about 7 MB); the weight of a word piece is part of its row.
#[derive(Clone)]
pub struct StaticEmbedder {
    pieces: Arc<WordPieces>,
    table: Arc<Array2<i8>>,
    scale: Arc<Array1<f32>>,
}

impl StaticEmbedder {
    /// The encoder inside this crate. All of a process share its weights.
    ///
    /// # Errors
    /// None in a released crate, where a test loads it; [`Error`](crate::Error) if its files were damaged.
    pub fn embedded() -> Result<Self> {
        static EMBEDDED: OnceLock<StaticEmbedder> = OnceLock::new();
        if let Some(known) = EMBEDDED.get() {
            return Ok(known.clone());
        }
        let read = Self::from_bytes(
            include_bytes!("../model/embedder.safetensors"),
            include_bytes!("../model/tokenizer.json"),
        )?;
        Ok(EMBEDDED.get_or_init(|| read).clone())
    }

    /// An encoder from a weights file (safetensors: `table` int8 `[V, D]`, `scale` float `[V]`) and a `tokenizer.json`.
    ///
    /// # Errors
    /// [`Error`](crate::Error) when a file is not what it should be, or when both do not fit together.
    pub fn from_bytes(weights: &[u8], tokenizer: &[u8]) -> Result<Self> {
        let weights = Weights::open(weights)?;
        let (table, scale) = (weights.bytes("table")?, weights.vector("scale")?);
        let (vocabulary, dimension) = table.dim();
        if dimension == 0 || scale.len() != vocabulary {
            let scales = scale.len();
            return Err(unusable(
                "scale",
                format!("it has {scales} values, and the table is {vocabulary} by {dimension}"),
            ));
        }
        let pieces = WordPieces::from_bytes(tokenizer)?;
        if pieces.len() > vocabulary {
            let known = pieces.len();
            return Err(unusable(
                "table",
                format!("the tokenizer knows {known} word pieces, the table has {vocabulary} rows"),
            ));
        }
        Ok(Self { pieces: Arc::new(pieces), table: Arc::new(table), scale: Arc::new(scale) })
    }

    /// Values per vector.
    pub(crate) fn width(&self) -> usize {
        self.table.ncols()
    }

    /// The sum of the vectors of a text's word pieces; zero where it cannot be taken apart.
    pub(crate) fn sum(&self, text: &str) -> Array1<f32> {
        self.total(&self.pieces.ids(text).unwrap_or_default())
    }

    /// The word pieces of a text; none where it cannot be taken apart.
    pub(crate) fn ids(&self, text: &str) -> Vec<u32> {
        self.pieces.ids(text).unwrap_or_default()
    }

    /// The sum of the vectors of these pieces.
    pub(crate) fn total(&self, pieces: &[u32]) -> Array1<f32> {
        let mut sum = Array1::<f32>::zeros(self.table.ncols());
        for &piece in pieces {
            let row = piece as usize;
            let Some(&scale) = self.scale.get(row) else { continue };
            sum.zip_mut_with(&self.table.row(row), |sum, &value| *sum += scale * f32::from(value));
        }
        sum
    }

    fn average(&self, pieces: &[u32]) -> Embedding {
        let mut sum = self.total(pieces);
        let length = sum.dot(&sum).sqrt();
        if length > f32::EPSILON {
            sum /= length;
        } else {
            sum.fill(0.0);
        }
        Embedding(sum.to_vec())
    }
}

impl Embedder for StaticEmbedder {
    fn dimension(&self) -> usize {
        self.table.ncols()
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Embedding>, EmbedError> {
        texts.iter().map(|text| Ok(self.average(&self.pieces.ids(text)?))).collect()
    }
}

impl fmt::Debug for StaticEmbedder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaticEmbedder")
            .field("words", &self.scale.len())
            .field("dimension", &self.table.ncols())
            .finish_non_exhaustive()
    }
}
