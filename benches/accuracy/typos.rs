//! Typing errors: one per five words, at a place and of a kind drawn with a seed.

#![allow(clippy::indexing_slicing, reason = "a program that measures: places are of the same list")]

use rand::{RngExt, SeedableRng, rngs::StdRng};

/// `texts`, each with one random error in every five words: a letter left out, doubled, exchanged with its neighbour, or replaced.
pub(crate) fn all_with_typos<'a>(texts: impl IntoIterator<Item = &'a str>, seed: u64) -> Vec<String> {
    let mut rng = StdRng::seed_from_u64(seed);
    texts.into_iter().map(|text| with_typos(text, &mut rng)).collect()
}

fn with_typos(text: &str, rng: &mut StdRng) -> String {
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    for group in words.chunks_mut(5) {
        let place = rng.random_range(0..group.len());
        if let Some(word) = group.get_mut(place) {
            *word = misspell(word, rng);
        }
    }
    words.join(" ")
}

fn misspell(word: &str, rng: &mut StdRng) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    if letters.len() < 3 {
        return word.to_owned();
    }
    let place = rng.random_range(0..letters.len() - 1);
    match rng.random_range(0..4) {
        0 => drop(letters.remove(place)),
        1 => letters.insert(place, letters[place]),
        2 => letters.swap(place, place + 1),
        _ => letters[place] = char::from(rng.random_range(b'a'..=b'z')),
    }
    letters.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_most_one_word_in_five_is_misspelt_and_a_seed_gives_the_same() {
        let text = "please find out why every nightly build fails since";
        for seed in 0..50 {
            let misspelt = all_with_typos([text], seed).remove(0);
            let changed = text.split(' ').zip(misspelt.split(' ')).filter(|(word, other)| word != other).count();
            assert!(changed <= 2, "{misspelt}");
            assert_eq!([misspelt], all_with_typos([text], seed)[..]);
        }
        assert_eq!(all_with_typos([""], 1), [""]);
    }
}
