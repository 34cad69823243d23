//! Misspelt words, put right where one slip of the fingers explains them.
//!
//! A misspelt word falls into word pieces that mean something else. A word that is in no list of words, and that one letter left out, put
//! in, replaced or exchanged with its neighbour has made of one that is, is taken for the most frequent such word (Norvig 2007, "How to Write
//! a Spelling Corrector").

use std::{borrow::Cow, collections::HashMap, sync::LazyLock};

/// Words of English as they are spelt, the most frequent first, with their places.
static WORDS: LazyLock<HashMap<&'static [u8], u32>> =
    LazyLock::new(|| english().map(|(word, place)| (word.as_bytes(), place)).collect());

/// Endings that make another word of a word.
const ENDINGS: [&[u8]; 8] = [b"s", b"es", b"d", b"ed", b"r", b"er", b"ing", b"ly"];

/// A shorter word has too many neighbours to guess among, and a shorter stem too many words.
const SHORTEST: usize = 4;
const SHORTEST_STEM: usize = 3;

/// Longer words, and what is beyond so many bytes of a text, stay as they are.
const LONGEST: usize = 24;
const MOST_BYTES: usize = 2_000;

/// A text of which more than this share of the words is unknown is not English, and stays as it is; one word alone may be.
const MOST_UNKNOWN: f64 = 0.4;

/// The text with its misspelt words put right, in lower case. Numbers, paths, and capitalised words but for the first stay as they are, and
/// so does a text with few words of English. A rarer word, or a name at the beginning, may be taken for a frequent word that is one slip
/// away: what is put right decides what a text is about, and is never an argument of a tool.
pub(crate) fn corrected(text: &str) -> Cow<'_, str> {
    let (mut count, mut unknown) = (0, Vec::new());
    for (place, word) in plain_words(text) {
        count += 1;
        if !is_word(word.to_ascii_lowercase().as_bytes()) {
            unknown.push((place, word));
        }
    }
    if unknown.is_empty() || unknown.len() as f64 > (MOST_UNKNOWN * f64::from(count)).max(1.0) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + unknown.len());
    let mut copied = 0;
    for (place, word) in unknown {
        let Some(better) = suggestion(word).filter(|_| word.len() >= SHORTEST) else { continue };
        out.push_str(text.get(copied..place).unwrap_or_default());
        out.push_str(better);
        copied = place + word.len();
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

/// The words of English with their places, the most frequent first.
pub(crate) fn english() -> impl Iterator<Item = (&'static str, u32)> {
    include_str!("../model/words.txt").lines().zip(0..)
}

/// The words of a text with their places, without those that look like names, numbers or paths: of lower-case ASCII letters, but for the
/// first letter of all, between white space and marks that stand beside words.
fn plain_words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let beside = |c: char| matches!(c, ',' | ';' | ':' | '!' | '?' | '.' | '"' | '\'' | '(' | ')');
    let mut end = 0;
    let tokens = text.split_inclusive([' ', '\t', '\n', '\r']).map(move |token| {
        end += token.len();
        (end - token.trim_start_matches(beside).len(), token.trim_end().trim_matches(beside))
    });
    let named = tokens.filter(|(_, word)| !word.is_empty()).enumerate();
    named.filter_map(|(count, (place, word))| {
        let mut letters = word.bytes();
        let begins = letters
            .next()
            .is_some_and(|letter| letter.is_ascii_lowercase() || count == 0 && letter.is_ascii_uppercase());
        let plain = begins && letters.all(|letter| letter.is_ascii_lowercase());
        (plain && word.len() <= LONGEST && place < MOST_BYTES).then_some((place, word))
    })
}

fn is_word(word: &[u8]) -> bool {
    let is_stem = |stem: &[u8]| stem.len() >= SHORTEST_STEM && WORDS.contains_key(stem);
    WORDS.contains_key(word) || ENDINGS.iter().any(|ending| word.strip_suffix(*ending).is_some_and(is_stem))
}

/// The most frequent word that one slip makes into this one.
fn suggestion(word: &str) -> Option<&'static str> {
    let word = word.to_ascii_lowercase().into_bytes();
    let mut best = Best::default();
    let mut slip = word.clone();
    for place in 1..word.len() {
        slip.swap(place - 1, place);
        best.consider(&slip);
        slip.swap(place - 1, place);
    }
    for place in 0..word.len() {
        let letter = slip.remove(place);
        best.consider(&slip);
        slip.insert(place, letter);
        best.consider_letters(&mut slip, place);
    }
    for place in 0..=word.len() {
        slip.insert(place, b'a');
        best.consider_letters(&mut slip, place);
        slip.remove(place);
    }
    best.0.and_then(|(_, word)| std::str::from_utf8(word).ok())
}

/// The most frequent of the words considered, after its place in the list.
#[derive(Default)]
struct Best(Option<(u32, &'static [u8])>);

impl Best {
    fn consider(&mut self, candidate: &[u8]) {
        if let Some((&word, &place)) = WORDS.get_key_value(candidate)
            && self.0.is_none_or(|(best, _)| place < best)
        {
            self.0 = Some((place, word));
        }
    }

    /// Considers the candidate with every letter at this place, and leaves it as it was.
    fn consider_letters(&mut self, candidate: &mut [u8], place: usize) {
        let before = candidate.get(place).copied().unwrap_or_default();
        for letter in b'a'..=b'z' {
            if let Some(slot) = candidate.get_mut(place) {
                *slot = letter;
            }
            self.consider(candidate);
        }
        if let Some(slot) = candidate.get_mut(place) {
            *slot = before;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_slip_of_the_fingers_is_put_right() {
        for (typed, meant) in [
            ("Tranlsate this letter", "translate this letter"),
            ("please sumarize, then translatte (my) report!", "please summarize, then translate (my) report!"),
            ("draw a  lien\tcahrt of it", "draw a  lien\tchart of it"),
            ("remove the bakground from the phooto", "remove the background from the photo"),
        ] {
            assert_eq!(corrected(typed), meant);
        }
    }

    #[test]
    fn what_is_no_slip_stays_as_it_is() {
        for text in [
            "",
            "  ",
            "Summarize the report",
            "rename placeholders and voicemails",
            "run Kubectl on /var/lgo/sytem.log with --dry-rnu",
            "ask Tranlsate Inc for the 3rdd one",
            "resume este docuemnto por favor y hazlo breve",
            "asdf qwer zxcv",
            "переведи это письмо",
        ] {
            assert_eq!(corrected(text), text);
        }
        let long = format!("{} tranlsate", "word ".repeat(MOST_BYTES / 5));
        assert_eq!(corrected(&long), long);
    }

    proptest! {
        #[test]
        fn any_text_is_read_and_words_stay_where_they_are(text in "([a-zA-Z]{0,9}[ ,.\\n'é\u{85}\u{a0}]{0,2}){0,12}") {
            let corrected = corrected(&text);
            prop_assert_eq!(corrected.split_ascii_whitespace().count(), text.split_ascii_whitespace().count());
        }

        #[test]
        fn a_corrected_text_is_correct(text in "([a-z]{1,9} ){0,12}") {
            let once = corrected(&text);
            prop_assert_eq!(corrected(&once), once.as_ref());
        }
    }
}
