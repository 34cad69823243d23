//! What a text is written with: its words, pairs of words, and runs of letters, each hashed into one of a fixed number of buckets.
//!
//! A mean of word vectors forgets which words stand side by side, and takes a misspelt word for its pieces. These features see both.

use ndarray::{Array1, Array2, Axis, s};

use crate::{
    Result,
    weights::{Tensor, Weights, unusable},
};

/// Lengths, in characters, of the runs of letters; a word has a space at both ends.
const RUNS: std::ops::RangeInclusive<usize> = 3..=5;

/// Characters of a text that are read.
const LONGEST: usize = 2_000;

/// Tags before what is hashed, so that a word is not taken for a run of letters.
const WORD: u8 = 1;
const PAIR: u8 = 2;

/// The features of a text: buckets, and the weight of each.
///
/// Words and pairs of words have together the Euclidean norm one if all are distinct, and so have the runs of letters.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Ngrams {
    words: Vec<u32>,
    runs: Vec<u32>,
}

impl Ngrams {
    /// Reads a text into so many buckets: CRC-32 (ISO-HDLC) of the UTF-8 bytes, modulo `buckets`.
    pub(crate) fn of(text: &str, buckets: usize) -> Self {
        let buckets = u32::try_from(buckets.max(1)).unwrap_or(u32::MAX);
        let mut features = Self::default();
        let (mut before, mut word) = (String::new(), String::new());
        for letter in text.chars().take(LONGEST).chain([' ']) {
            if letter.is_alphanumeric() {
                word.extend(letter.to_lowercase());
            } else if !word.is_empty() {
                features.add(&before, &word, buckets);
                std::mem::swap(&mut before, &mut word);
                word.clear();
            }
        }
        features
    }

    /// Every bucket with its weight.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, f32)> {
        let group = |buckets: &'_ [u32]| 1.0 / (buckets.len().max(1) as f32).sqrt();
        let (words, runs) = (group(&self.words), group(&self.runs));
        let words = self.words.iter().map(move |&bucket| (bucket as usize, words));
        words.chain(self.runs.iter().map(move |&bucket| (bucket as usize, runs)))
    }

    fn add(&mut self, before: &str, word: &str, buckets: u32) {
        let bucket = |bytes: &[u8]| crc32fast::hash(bytes) % buckets;
        let mut bytes = Vec::with_capacity(before.len() + word.len() + 2);
        bytes.push(WORD);
        bytes.extend_from_slice(word.as_bytes());
        self.words.push(bucket(&bytes));
        if !before.is_empty() {
            bytes.clear();
            bytes.push(PAIR);
            bytes.extend_from_slice(before.as_bytes());
            bytes.push(b' ');
            bytes.extend_from_slice(word.as_bytes());
            self.words.push(bucket(&bytes));
        }
        let padded = format!(" {word} ");
        let starts: Vec<usize> = padded.char_indices().map(|(at, _)| at).chain([padded.len()]).collect();
        for length in RUNS {
            for ends in starts.windows(length + 1) {
                let run = ends.first().zip(ends.last()).and_then(|(&start, &end)| padded.as_bytes().get(start..end));
                self.runs.extend(run.map(bucket));
            }
        }
    }
}

/// What every bucket adds to the logits: a row of int8 values, one per label, and its scale.
#[derive(Debug, Clone)]
pub(crate) struct NgramRows {
    /// `[buckets, labels]`.
    values: Array2<i8>,
    /// `[buckets]`.
    scale: Array1<f32>,
}

impl NgramRows {
    /// Reads the rows of an opened model file.
    pub(crate) fn read(weights: &Weights<'_>, labels: usize) -> Result<Self> {
        let (values, scale) = (weights.bytes("ngrams")?, weights.vector("ngram_scale")?);
        if scale.is_empty() || values.dim() != (scale.len(), labels) {
            let (found, buckets) = (values.dim(), scale.len());
            let problem = format!("it is {found:?} for {labels} labels, and there are {buckets} scales");
            return Err(unusable("ngrams", problem));
        }
        Ok(Self { values, scale })
    }

    /// Rows of int8 values for these, `[buckets, labels]`; none for no buckets.
    pub(crate) fn quantise(weights: &Array2<f32>) -> Option<Self> {
        const LARGEST: f32 = 127.0;
        if weights.is_empty() {
            return None;
        }
        let largest = weights.map_axis(Axis(1), |row| row.fold(0.0_f32, |largest, value| largest.max(value.abs())));
        let scale = largest / LARGEST;
        let per_row = scale.mapv(|scale| scale.max(f32::MIN_POSITIVE)).insert_axis(Axis(1));
        let values = (weights / &per_row).mapv(|value| value.round() as i8);
        Some(Self { values, scale })
    }

    /// The rows as tensors of a model file.
    pub(crate) fn tensors(&self) -> [(&'static str, Tensor); 2] {
        [("ngrams", Tensor::bytes(&self.values)), ("ngram_scale", Tensor::vector(&self.scale))]
    }

    /// Adds a label of which no bucket says anything.
    pub(crate) fn add_label(&mut self) {
        let (buckets, labels) = self.values.dim();
        let mut values = Array2::zeros((buckets, labels + 1));
        values.slice_mut(s![.., ..labels]).assign(&self.values);
        self.values = values;
    }

    /// Adds what the features of a text say to its logits, one per label.
    pub(crate) fn add_to(&self, logits: &mut Array1<f32>, text: &str) {
        for (bucket, weight) in Ngrams::of(text, self.scale.len()).iter() {
            let Some(scale) = self.scale.get(bucket) else { continue };
            let by = weight * scale;
            logits.zip_mut_with(&self.values.slice(s![bucket, ..]), |logit, &value| *logit += by * f32::from(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_pairs_and_runs_are_what_a_text_is_made_of() {
        let features = Ngrams::of("Plot it, now!", 1 << 15);
        // Three words, two pairs; " plot " has 4 + 3 + 2 runs, " it " has 2 + 1, " now " has 3 + 2 + 1.
        assert_eq!((features.words.len(), features.runs.len()), (5, 18));
        assert_eq!(features.words[0], crc32fast::hash(b"\x01plot") % (1 << 15));
        assert_eq!(features, Ngrams::of("PLOT -- it now", 1 << 15));
        assert_eq!(Ngrams::of("", 8).iter().count(), 0);
    }

    proptest! {
        #[test]
        fn any_text_has_features_within_its_buckets(text in "\\PC{0,80}", buckets in 1_usize..1000) {
            for (bucket, weight) in Ngrams::of(&text, buckets).iter() {
                prop_assert!(bucket < buckets && weight > 0.0 && weight <= 1.0);
            }
        }
    }
}
