//! What a classifier takes in of a text.

use std::borrow::Cow;

use maestria_vocabulary::{Embedder, Embedding};

use super::Classifier;
use crate::{Error, Result, spelling::corrected};

/// A text as a classifier takes it in: misspelt words put right, and embedded.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoded<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) embedding: Embedding,
}

impl Encoded<'_> {
    /// The text, with what was put right.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The embedding of that text.
    #[must_use]
    pub fn embedding(&self) -> &Embedding {
        &self.embedding
    }
}

impl Classifier {
    /// Encodes texts once for whatever is asked of them, in order.
    ///
    /// Words that one slip of the fingers has made of an English word are put right, unless the classifier was fitted with
    /// [`FitOptions::spelling`](crate::FitOptions::spelling) off.
    ///
    /// # Errors
    /// [`Error::Embed`](crate::Error::Embed) when the engine below fails, and [`Error::Embeddings`](crate::Error::Embeddings) when it breaks
    /// its contract; never because of what a text says.
    pub fn encode<'a>(&self, texts: &[&'a str]) -> Result<Vec<Encoded<'a>>> {
        let texts: Vec<_> = texts.iter().map(|text| spelt(text, self.spelling)).collect();
        let embeddings = embedded(&*self.embedder, &texts.iter().map(AsRef::as_ref).collect::<Vec<_>>())?;
        Ok(texts.into_iter().zip(embeddings).map(|(text, embedding)| Encoded { text, embedding }).collect())
    }
}

/// The embeddings of texts, as many as there are texts, of the right dimension and finite.
pub(crate) fn embedded(embedder: &dyn Embedder, texts: &[&str]) -> Result<Vec<Embedding>> {
    let (embeddings, dimension) = (embedder.embed(texts)?, embedder.dimension());
    if embeddings.len() != texts.len() {
        let problem = format!("it gave {} vectors for {} texts", embeddings.len(), texts.len());
        return Err(Error::Embeddings { problem });
    }
    for Embedding(values) in &embeddings {
        if values.len() != dimension {
            let problem = format!("it gave {} values where it promises {dimension}", values.len());
            return Err(Error::Embeddings { problem });
        }
        if !values.iter().all(|value| value.is_finite()) {
            return Err(Error::Embeddings { problem: "it gave a value that is not finite".to_owned() });
        }
    }
    Ok(embeddings)
}

/// A text as it is read: its spelling put right, or as it stands.
pub(crate) fn spelt(text: &str, spelling: bool) -> Cow<'_, str> {
    if spelling { corrected(text) } else { Cow::Borrowed(text) }
}
