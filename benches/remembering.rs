//! An embedder that embeds each text once, however often it is asked for, and tells how far it is.

use std::{
    collections::{HashMap, HashSet},
    io::Write,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use maestria::{EmbedError, Embedder, Embedding};

/// Texts between two looks at the time.
const STRETCH: usize = 128;

/// Time between two words on how far it is.
const EVERY: Duration = Duration::from_secs(2);

/// An embedder and what it gave, so that draws and folds over the same texts share the work.
#[derive(Debug)]
pub struct Remembering {
    embedder: Arc<dyn Embedder>,
    known: Mutex<HashMap<String, Embedding>>,
}

impl Remembering {
    /// Remembers what this embedder gives.
    pub fn new(embedder: Arc<dyn Embedder>) -> Self {
        Self { embedder, known: Mutex::default() }
    }
}

impl Embedder for Remembering {
    fn dimension(&self) -> usize {
        self.embedder.dimension()
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Embedding>, EmbedError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut seen = HashSet::new();
        let new: Vec<&str> =
            texts.iter().copied().filter(|text| !known.contains_key(*text) && seen.insert(*text)).collect();
        let mut told = Instant::now();
        for (i, stretch) in new.chunks(STRETCH).enumerate() {
            if told.elapsed() > EVERY {
                // Whether anyone reads it makes no difference.
                let _ = writeln!(std::io::stderr(), "  {} of {} texts embedded", i * STRETCH, new.len());
                told = Instant::now();
            }
            let embeddings = self.embedder.embed(stretch)?;
            known.extend(stretch.iter().map(|&text| text.to_owned()).zip(embeddings));
        }
        let one = |text: &&str| known.get(*text).cloned().ok_or_else(|| EmbedError::new("a text got no embedding"));
        texts.iter().map(one).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// The length of a text, and how many were asked for.
    #[derive(Debug, Default)]
    struct Lengths(AtomicUsize);

    impl Embedder for Lengths {
        fn dimension(&self) -> usize {
            1
        }

        fn embed(&self, texts: &[&str]) -> Result<Vec<Embedding>, EmbedError> {
            self.0.fetch_add(texts.len(), Ordering::Relaxed);
            Ok(texts.iter().map(|text| Embedding(vec![text.len() as f32])).collect())
        }
    }

    #[test]
    fn every_text_is_embedded_once_and_answers_stay_in_order() {
        let lengths = Arc::new(Lengths::default());
        let remembering = Remembering::new(lengths.clone());
        let check = |texts: &[&str], embedded: usize| {
            let expected: Vec<f32> = texts.iter().map(|text| text.len() as f32).collect();
            let found: Vec<f32> = remembering.embed(texts).unwrap().into_iter().map(|e| e.0[0]).collect();
            assert_eq!((found, lengths.0.load(Ordering::Relaxed)), (expected, embedded));
        };
        check(&["a", "bb", "a"], 2);
        check(&["ccc", "bb", "a"], 3);
        let many: Vec<String> = (0..1_000).map(|i| "x".repeat(i + 4)).collect();
        check(&many.iter().map(String::as_str).collect::<Vec<_>>(), 1_003);
    }
}
