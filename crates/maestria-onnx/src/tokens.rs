//! Texts as token ids, and several of them as a padded batch.

use std::num::NonZeroUsize;

use ndarray::Array2;
use tokenizers::{PostProcessor, Tokenizer, TruncationParams};

use crate::{Error, Result};

/// A tokenizer whose own padding and truncation are off: a file that pads every text to 128 tokens would make every request cost 128.
#[derive(Debug)]
pub(crate) struct Tokens {
    tokenizer: Tokenizer,
    special_tokens: bool,
    max_tokens: usize,
    padding: i64,
}

/// A text as the graph reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Text {
    /// Its tokens, special ones included, cut to the most that are allowed.
    pub(crate) ids: Vec<u32>,
    /// Which of two sentences a token belongs to: always the first, as the tokenizer says.
    pub(crate) types: Vec<u32>,
    /// Whether it has no token of its own.
    pub(crate) empty: bool,
}

/// Token ids of several texts, `[texts, longest]`, as the graph wants them.
#[derive(Debug)]
pub(crate) struct Batch {
    /// Tokens; what lies beyond the end of a text has an id that the mask hides.
    pub(crate) ids: Array2<i64>,
    /// One for a token, zero beyond the end of a text.
    pub(crate) mask: Array2<i64>,
    /// Sentences of the tokens.
    pub(crate) types: Array2<i64>,
}

impl Tokens {
    pub(crate) fn open(file: &[u8], max_tokens: NonZeroUsize, special_tokens: bool) -> Result<Self> {
        let unreadable = |source| Error::Tokenizer { source };
        let mut tokenizer = Tokenizer::from_bytes(file).map_err(unreadable)?;
        let padding = tokenizer.get_padding().map_or(0, |padding| i64::from(padding.pad_id));
        let max_tokens = max_tokens.get();
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None).map_err(unreadable)?;
        if special_tokens {
            let special = tokenizer.get_post_processor().map_or(0, |processor| processor.added_tokens(false));
            if max_tokens <= special {
                return Err(Error::NoRoom { max_tokens, special });
            }
            let truncation = TruncationParams { max_length: max_tokens, ..TruncationParams::default() };
            tokenizer.with_truncation(Some(truncation)).map_err(unreadable)?;
        }
        Ok(Self { tokenizer, special_tokens, max_tokens, padding })
    }

    /// The id that fills what lies beyond the end of a text.
    pub(crate) fn padding(&self) -> i64 {
        self.padding
    }

    pub(crate) fn read(&self, text: &str) -> Result<Text> {
        let encoding =
            self.tokenizer.encode_fast(text, self.special_tokens).map_err(|source| Error::Tokenizer { source })?;
        let cut = |values: &[u32]| values.iter().copied().take(self.max_tokens).collect();
        Ok(Text {
            ids: cut(encoding.get_ids()),
            types: cut(encoding.get_type_ids()),
            empty: !encoding.get_special_tokens_mask().contains(&0),
        })
    }
}

impl Batch {
    /// The texts side by side, each filled with `padding` up to the longest.
    pub(crate) fn of(texts: &[&Text], padding: i64) -> Self {
        let longest = texts.iter().map(|text| text.ids.len()).max().unwrap_or(0).max(1);
        let fill = |beyond: i64, values: fn(&Text) -> &[u32]| {
            let mut filled = Array2::from_elem((texts.len(), longest), beyond);
            for (mut row, text) in filled.rows_mut().into_iter().zip(texts) {
                row.iter_mut().zip(values(text)).for_each(|(place, &value)| *place = i64::from(value));
            }
            filled
        };
        let mut mask = Array2::zeros((texts.len(), longest));
        for (mut row, text) in mask.rows_mut().into_iter().zip(texts) {
            row.iter_mut().take(text.ids.len()).for_each(|shown| *shown = 1);
        }
        Self { ids: fill(padding, |text| &text.ids), mask, types: fill(0, |text| &text.types) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &[u8] = include_bytes!("../tests/words/tokenizer.json");

    #[track_caller]
    fn check(max_tokens: usize, special_tokens: bool, texts: &[&str], ids: &[&[i64]], mask: &[&[i64]]) {
        let tokens = Tokens::open(FILE, NonZeroUsize::new(max_tokens).unwrap(), special_tokens).unwrap();
        let texts: Vec<_> = texts.iter().map(|text| tokens.read(text).unwrap()).collect();
        let batch = Batch::of(&texts.iter().collect::<Vec<_>>(), tokens.padding());
        let rows = |array: &Array2<i64>| array.rows().into_iter().map(|row| row.to_vec()).collect::<Vec<_>>();
        assert_eq!(rows(&batch.ids), ids);
        assert_eq!(rows(&batch.mask), mask);
        assert!(batch.types.iter().all(|&sentence| sentence == 0));
    }

    #[test]
    fn the_tokenizers_own_padding_and_truncation_are_off() {
        check(9, false, &["a b c a b"], &[&[4, 5, 6, 4, 5]], &[&[1, 1, 1, 1, 1]]);
    }

    #[test]
    fn a_batch_is_as_wide_as_its_longest_text() {
        check(9, false, &["a", "b c"], &[&[4, 0], &[5, 6]], &[&[1, 0], &[1, 1]]);
        check(9, true, &["a", ""], &[&[2, 4, 3], &[2, 3, 0]], &[&[1, 1, 1], &[1, 1, 0]]);
    }

    #[test]
    fn a_text_that_is_too_long_keeps_its_beginning_and_its_end_token() {
        check(2, false, &["a b c"], &[&[4, 5]], &[&[1, 1]]);
        check(4, true, &["a b c"], &[&[2, 4, 5, 3]], &[&[1, 1, 1, 1]]);
    }

    #[test]
    fn a_batch_is_never_without_width() {
        check(9, false, &[""], &[&[0]], &[&[0]]);
        check(9, false, &[], &[], &[]);
    }

    #[test]
    fn a_text_of_special_tokens_alone_is_empty() {
        for special_tokens in [false, true] {
            let tokens = Tokens::open(FILE, NonZeroUsize::new(9).unwrap(), special_tokens).unwrap();
            assert_eq!(["", "a", " \n"].map(|text| tokens.read(text).unwrap().empty), [true, false, true]);
        }
    }

    #[test]
    fn limits_that_leave_no_room_are_refused() {
        let two = NonZeroUsize::new(2).unwrap();
        assert!(matches!(Tokens::open(FILE, two, true), Err(Error::NoRoom { max_tokens: 2, special: 2 })));
        assert!(Tokens::open(FILE, two, false).is_ok());
        assert!(matches!(Tokens::open(b"no tokenizer", two, false), Err(Error::Tokenizer { .. })));
    }
}
