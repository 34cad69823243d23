//! Labelled texts: reading them from JSON lines, and taking parts of them.

use std::{collections::BTreeMap, path::Path};

use maestria::Label;
use maestria_benches::{Result, jsonl};
use rand::{SeedableRng, rngs::StdRng, seq::SliceRandom};
use serde::Deserialize;

/// A text and what it asks for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Example {
    pub(crate) text: String,
    pub(crate) label: Label,
}

/// The examples of a file of JSON lines.
pub(crate) fn read(file: &Path) -> Result<Vec<Example>> {
    jsonl::read(file, "`text` and `label`")
        .map_err(|error| format!("{error}; --data names the folder above `intent`, where the public sets lie").into())
}

/// The texts of examples, in order.
pub(crate) fn texts(examples: &[Example]) -> Vec<&str> {
    examples.iter().map(|example| example.text.as_str()).collect()
}

/// So many examples of each label, drawn with a seed.
pub(crate) fn few(examples: &[Example], count: usize, seed: u64) -> Vec<Example> {
    let mut shuffled = examples.to_vec();
    shuffled.shuffle(&mut StdRng::seed_from_u64(seed));
    let mut taken: BTreeMap<Label, usize> = BTreeMap::new();
    shuffled.retain(|example| {
        let taken = taken.entry(example.label.clone()).or_default();
        *taken += 1;
        *taken <= count
    });
    shuffled
}

/// Every fifth example, and the others: a split for sets that have none.
pub(crate) fn fifth(examples: Vec<Example>) -> (Vec<Example>, Vec<Example>) {
    let (fifth, others): (Vec<_>, Vec<_>) = examples.into_iter().enumerate().partition(|(i, _)| i % 5 == 0);
    let without_place = |part: Vec<(usize, Example)>| part.into_iter().map(|(_, example)| example).collect();
    (without_place(fifth), without_place(others))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn examples(labels: &[&str]) -> Vec<Example> {
        let example = |(i, label): (usize, &&str)| Example { text: i.to_string(), label: label.parse().unwrap() };
        labels.iter().enumerate().map(example).collect()
    }

    #[test]
    fn a_draw_takes_as_many_of_each_label_as_there_are_and_is_the_same_for_a_seed() {
        let all = examples(&["a", "a", "a", "b"]);
        let drawn = few(&all, 2, 7);
        let count = |label: &str| drawn.iter().filter(|example| example.label.as_str() == label).count();
        assert_eq!((count("a"), count("b")), (2, 1));
        assert_eq!(drawn, few(&all, 2, 7));
    }

    #[test]
    fn every_fifth_is_taken_from_the_first_on() {
        let (held, kept) = fifth(examples(&["a"; 7]));
        assert_eq!(texts(&held), ["0", "5"]);
        assert_eq!(texts(&kept), ["1", "2", "3", "4", "6"]);
    }
}
