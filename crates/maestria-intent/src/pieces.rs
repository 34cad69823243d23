//! Word pieces of a text: a fast path for what most texts are, and the general tokenizer for the rest.

use std::collections::HashMap;

use maestria_vocabulary::EmbedError;
use tokenizers::{ModelWrapper, NormalizerWrapper, PreTokenizerWrapper, Tokenizer};

use crate::{Error, Result};

/// A tokenizer, and where it allows that, a shorter way to the same ids.
pub(crate) struct WordPieces {
    tokenizer: Tokenizer,
    ascii: Option<Ascii>,
}

impl WordPieces {
    /// Reads a `tokenizer.json`; what it says of padding and truncation is left out.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut tokenizer = Tokenizer::from_bytes(bytes).map_err(Error::Tokenizer)?;
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None).map_err(Error::Tokenizer)?;
        let ascii = Ascii::of(&tokenizer);
        Ok(Self { tokenizer, ascii })
    }

    /// How many pieces it knows.
    pub(crate) fn len(&self) -> usize {
        self.tokenizer.get_vocab_size(true)
    }

    /// The ids of a text's word pieces.
    pub(crate) fn ids(&self, text: &str) -> Result<Vec<u32>, EmbedError> {
        match &self.ascii {
            Some(ascii) if text.is_ascii() => Ok(ascii.ids(text.as_bytes())),
            _ => Ok(self.tokenizer.encode_fast(text, false).map_err(EmbedError::new)?.get_ids().to_vec()),
        }
    }
}

/// WordPiece behind BERT's lower-casing normalisation, for ASCII alone (Devlin et al. 2019; Wu et al. 2016).
struct Ascii {
    /// Pieces that begin a word.
    begins: HashMap<Box<[u8]>, u32>,
    /// Pieces that continue one, without their prefix.
    continues: HashMap<Box<[u8]>, u32>,
    /// Bytes of the longest piece.
    longest: usize,
    /// Words of more bytes are `unknown` as a whole.
    longest_word: usize,
    unknown: u32,
}

impl Ascii {
    /// The short way, if this tokenizer does just what it does.
    fn of(tokenizer: &Tokenizer) -> Option<Self> {
        let ModelWrapper::WordPiece(model) = tokenizer.get_model() else { return None };
        let Some(NormalizerWrapper::BertNormalizer(normalizer)) = tokenizer.get_normalizer() else { return None };
        let Some(PreTokenizerWrapper::BertPreTokenizer(_)) = tokenizer.get_pre_tokenizer() else { return None };
        let plain = tokenizer.get_added_tokens_decoder().is_empty();
        if !(normalizer.clean_text && normalizer.lowercase && plain) {
            return None;
        }
        let vocabulary = tokenizer.get_vocab(false);
        let mut short = Self {
            begins: HashMap::new(),
            continues: HashMap::new(),
            longest: 0,
            longest_word: model.max_input_chars_per_word,
            unknown: vocabulary.get(&model.unk_token).copied()?,
        };
        for (piece, id) in vocabulary.into_iter().filter(|(piece, _)| piece.is_ascii()) {
            let (pieces, piece) = match piece.strip_prefix(&model.continuing_subword_prefix) {
                Some(rest) if !rest.is_empty() => (&mut short.continues, rest),
                _ => (&mut short.begins, piece.as_str()),
            };
            short.longest = short.longest.max(piece.len());
            pieces.insert(piece.as_bytes().into(), id);
        }
        Some(short)
    }

    fn ids(&self, text: &[u8]) -> Vec<u32> {
        let mut ids = Vec::with_capacity(text.len() / 4 + 1);
        let mut word = Vec::with_capacity(32);
        for &byte in text {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' => self.end(&mut word, &mut ids),
                _ if byte.is_ascii_control() => {}
                _ if byte.is_ascii_punctuation() => {
                    self.end(&mut word, &mut ids);
                    word.push(byte);
                    self.end(&mut word, &mut ids);
                }
                _ => word.push(byte.to_ascii_lowercase()),
            }
        }
        self.end(&mut word, &mut ids);
        ids
    }

    /// Ends a word: appends the longest piece that begins it, then the longest that continues, to its end; `unknown` if that fails.
    fn end(&self, word: &mut Vec<u8>, ids: &mut Vec<u32>) {
        let before = ids.len();
        let mut rest = if word.len() > self.longest_word { &[] } else { word.as_slice() };
        let whole = rest.len();
        while !rest.is_empty() {
            let pieces = if rest.len() == whole { &self.begins } else { &self.continues };
            let fits = |&length: &usize| Some((length, *pieces.get(rest.get(..length)?)?));
            let Some((length, id)) = (1..=rest.len().min(self.longest)).rev().find_map(|length| fits(&length)) else {
                break;
            };
            ids.push(id);
            rest = rest.get(length..).unwrap_or_default();
        }
        if !rest.is_empty() || word.len() > self.longest_word {
            ids.truncate(before);
            ids.push(self.unknown);
        }
        word.clear();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pieces() -> WordPieces {
        WordPieces::from_bytes(include_bytes!("../model/tokenizer.json")).unwrap()
    }

    #[test]
    fn the_short_way_leads_to_the_same_ids() {
        let pieces = pieces();
        assert!(pieces.ascii.is_some(), "the embedded tokenizer has no short way");
        let check = |text: &str| {
            let long = pieces.tokenizer.encode_fast(text, false).unwrap();
            assert_eq!(pieces.ids(text).unwrap(), long.get_ids(), "{text:?}");
        };
        for text in
            ["", " ", "Tokenise THIS, please!", "a\u{b}b\0c\u{7f}d", "e-mail bob@example.com", "##ing [UNK] [PAD]"]
        {
            check(text);
        }
        check(&"x".repeat(100));
        check(&"x".repeat(101));
        proptest!(|(text in "[ -~\\x00-\\x20]{0,60}")| check(&text));
        proptest!(|(text in "([a-zA-Z]{1,14}[ ,.'\\-]){0,12}")| check(&text));
        proptest!(|(text in "\\PC{0,40}")| check(&text));
    }
}
