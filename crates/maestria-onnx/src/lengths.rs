//! Which texts go into a run together: those of like length, because every text of a run is padded to its longest.

use crate::tokens::Text;

/// Below this many tokens, starting another run costs more than the padding that it would save.
const SHORT: usize = 8;

/// Lengths of texts, in tokens.
///
/// Texts are alike when the longest has at most twice the tokens of the shortest, or is itself short. So at least half of what a run of
/// longer texts computes is text and not padding: one text of 256 tokens among 31 of 10 would make the run cost fourteen times what its
/// texts cost alone. A narrower rule would save less than half of a run and find fewer companions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    shortest: usize,
    longest: usize,
}

impl Span {
    pub(crate) fn of(text: &Text) -> Self {
        let length = text.ids.len();
        Self { shortest: length, longest: length }
    }

    /// Both together, if they are alike.
    pub(crate) fn with(self, other: Self) -> Option<Self> {
        let Self { shortest, longest } =
            Self { shortest: self.shortest.min(other.shortest), longest: self.longest.max(other.longest) };
        (longest <= SHORT.max(shortest.saturating_mul(2))).then_some(Self { shortest, longest })
    }
}

/// Texts of one call that go into a run together.
#[derive(Debug)]
pub(crate) struct Portion {
    /// Their places in the call.
    pub(crate) places: Vec<usize>,
    /// The texts, in the order of `places`.
    pub(crate) texts: Vec<Text>,
    /// Their lengths.
    pub(crate) span: Span,
}

/// Cuts the texts of a call into portions of like length, at most `most` texts in each, from the shortest to the longest.
pub(crate) fn cut(texts: impl IntoIterator<Item = Text>, most: usize) -> Vec<Portion> {
    let mut texts: Vec<_> = texts.into_iter().enumerate().collect();
    texts.sort_by_key(|(_, text)| text.ids.len());
    let mut portions: Vec<Portion> = Vec::new();
    for (place, text) in texts {
        let span = Span::of(&text);
        let joined = portions
            .last_mut()
            .filter(|last| last.texts.len() < most)
            .and_then(|last| last.span.with(span).map(|span| (last, span)));
        match joined {
            Some((last, span)) => {
                last.places.push(place);
                last.texts.push(text);
                last.span = span;
            }
            None => portions.push(Portion { places: vec![place], texts: vec![text], span }),
        }
    }
    portions
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn text(length: usize) -> Text {
        Text { ids: vec![7; length], types: vec![0; length], empty: length == 0 }
    }

    #[track_caller]
    fn check(lengths: &[usize], most: usize, expected: &[&[usize]]) {
        let portions = cut(lengths.iter().copied().map(text), most);
        assert_eq!(portions.into_iter().map(|portion| portion.places).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn like_lengths_go_together_and_the_long_text_goes_alone() {
        check(&[10, 256, 12, 20], 32, &[&[0, 2, 3], &[1]]);
        check(&[21, 10], 32, &[&[1], &[0]]);
    }

    #[test]
    fn short_texts_go_together_whatever_their_lengths() {
        check(&[8, 0, 1], 32, &[&[1, 2, 0]]);
        check(&[9, 1], 32, &[&[1], &[0]]);
    }

    #[test]
    fn a_portion_has_no_more_texts_than_a_run() {
        check(&[5, 5, 5, 5, 5], 2, &[&[0, 1], &[2, 3], &[4]]);
        check(&[], 2, &[]);
    }

    proptest! {
        #[test]
        fn every_text_is_in_one_portion_and_half_of_a_run_is_text(lengths in vec(0_usize..300, 0..200), most in 1_usize..40) {
            let portions = cut(lengths.iter().copied().map(text), most);
            let mut places: Vec<usize> = Vec::new();
            for Portion { places: here, texts, .. } in &portions {
                prop_assert!(!texts.is_empty() && texts.len() <= most && texts.len() == here.len());
                let longest = texts.iter().map(|text| text.ids.len()).max().unwrap();
                let tokens: usize = texts.iter().map(|text| text.ids.len()).sum();
                prop_assert!(longest <= SHORT || longest * texts.len() <= 2 * tokens);
                for (&place, text) in here.iter().zip(texts) {
                    prop_assert_eq!(lengths[place], text.ids.len());
                }
                places.extend(here);
            }
            places.sort_unstable();
            prop_assert_eq!(places, (0..lengths.len()).collect::<Vec<_>>());
        }
    }
}
