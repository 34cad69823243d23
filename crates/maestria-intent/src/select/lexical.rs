//! An inverted index of stems, scored with BM25.

use std::collections::{BTreeMap, HashMap};

use super::rarity::commonness;

/// How soon more occurrences of a stem stop counting, and how much a long text is held against it.
const K1: f32 = 1.2;
const B: f32 = 0.75;

/// How many requests' worth of general English a stem's rarity is smoothed with: in an index of a few tools, counting alone would take
/// "what" for a rare word.
const BACKGROUND: f64 = 200.0;

/// A stem that says less stands in nearly every text, and reading where it does would take most of the time.
const LEAST_IDF: f64 = 0.1;

/// Where every stem occurs.
#[derive(Debug, Clone, Default)]
pub(super) struct Lexical {
    postings: HashMap<String, Vec<Posting>>,
    /// Stems in the text of every slot; zero for an empty slot.
    lengths: Vec<u32>,
    documents: usize,
    /// Stems in all texts.
    total: u64,
}

#[derive(Debug, Clone, Copy)]
struct Posting {
    slot: u32,
    count: u32,
}

impl Lexical {
    /// Adds the text of an empty slot.
    pub(super) fn insert(&mut self, slot: usize, counts: &BTreeMap<String, u32>) {
        let posted = u32::try_from(slot).unwrap_or(u32::MAX);
        for (stem, &count) in counts {
            self.postings.entry(stem.clone()).or_default().push(Posting { slot: posted, count });
        }
        let length = counts.values().sum();
        if self.lengths.len() <= slot {
            self.lengths.resize(slot + 1, 0);
        }
        if let Some(place) = self.lengths.get_mut(slot) {
            *place = length;
        }
        self.documents += 1;
        self.total += u64::from(length);
    }

    /// Removes a text that was inserted with these counts.
    pub(super) fn remove(&mut self, slot: usize, counts: &BTreeMap<String, u32>) {
        for stem in counts.keys() {
            let Some(list) = self.postings.get_mut(stem) else { continue };
            if let Some(place) = list.iter().position(|posting| posting.slot as usize == slot) {
                list.swap_remove(place);
            }
            if list.is_empty() {
                self.postings.remove(stem);
            }
        }
        let length = self.lengths.get_mut(slot).map(std::mem::take).unwrap_or_default();
        self.documents -= 1;
        self.total -= u64::from(length);
    }

    /// The score of every slot below `slots` for a wish of these stems, each given once.
    ///
    /// `Σ idf(w) · f · (k₁ + 1) / (f + k₁ · (1 − b + b · l / l̄))` over the stems `w` of the wish, with `f` occurrences of `w` in a text of
    /// `l` stems and `l̄` on average; `idf(w) = ln(1 + (n − d + ½) / (d + ½))` with `w` in `d` of `n` texts (Robertson and
    /// Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond"), general English counted in.
    /// Stems of an `idf` below 0.1 count nothing.
    pub(super) fn scores(&self, wish: &[String], slots: usize) -> Vec<f32> {
        let mut scores = vec![0.0_f32; slots];
        let mean = self.total as f32 / self.documents.max(1) as f32;
        let norm = |length: &u32| K1 * (1.0 - B + B * *length as f32 / mean);
        let norms: Vec<f32> = self.lengths.iter().map(norm).collect();
        for stem in wish {
            let Some(list) = self.postings.get(stem) else { continue };
            let among = BACKGROUND * commonness(stem) + list.len() as f64;
            let all = BACKGROUND + self.documents as f64;
            let idf = (1.0 + (all - among + 0.5) / (among + 0.5)).ln();
            if idf < LEAST_IDF {
                continue;
            }
            let most = idf as f32 * (K1 + 1.0);
            for posting in list {
                let slot = posting.slot as usize;
                if let (Some(score), Some(norm)) = (scores.get_mut(slot), norms.get(slot)) {
                    let count = posting.count as f32;
                    *score += most * count / (count + norm);
                }
            }
        }
        scores
    }
}
