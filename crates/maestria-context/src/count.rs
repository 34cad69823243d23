//! How many tokens a message is for a model.

use std::fmt::Debug;

use maestria_vocabulary::{Content, Message, Tokens};

/// Counts tokens as one model's tokenizer does, or as a bound on it.
///
/// # Contract
/// The same input gives the same count. A count may be too high, which wastes window; one that is too low overflows it.
pub trait TokenCounter: Debug + Send + Sync {
    /// Tokens of `text` by itself.
    fn count(&self, text: &str) -> Tokens;

    /// Tokens that the model's chat template adds to each message: its role, its delimiters, and a share of what opens the prompt and
    /// the answer.
    ///
    /// The default, 10, covers ChatML (`<|im_start|>`, role, line break, `<|im_end|>`, line break: 5 tokens) and Llama 3
    /// (`<|start_header_id|>`, role, `<|end_header_id|>`, blank line, `<|eot_id|>`: 5 tokens) even for a single message, whose prompt
    /// also has an opening token and the header of the answer (at most 5 more).
    fn overhead(&self) -> Tokens {
        Tokens(10)
    }

    /// Tokens of a file of this media type.
    ///
    /// The default counts a picture as 2,048, because models scale pictures down to a fixed number of patches before they read them
    /// (1,600 or fewer is usual); and any other file as its length in Base64, because that is how it travels as text. A model that
    /// reads pictures at a higher resolution, or sound and video by their duration, wants its own count.
    fn count_file(&self, media_type: &str, data: &[u8]) -> Tokens {
        const PICTURE: Tokens = Tokens(2_048);
        let is_picture = media_type.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("image/"));
        if is_picture { PICTURE } else { Tokens((data.len() as u64).div_ceil(3).saturating_mul(4)) }
    }
}

/// Comfort for callers of any [`TokenCounter`].
pub trait TokenCounterExt: TokenCounter {
    /// Tokens of a whole message: its text, its files, and the [overhead](TokenCounter::overhead) of one message.
    fn count_message(&self, message: &Message) -> Tokens {
        let files = message.content.iter().map(|piece| match piece {
            Content::Bytes { media_type, data } => self.count_file(media_type, data),
            _ => Tokens::ZERO,
        });
        self.overhead() + self.count(&message.text()) + files.sum()
    }
}

impl<C: TokenCounter + ?Sized> TokenCounterExt for C {}

/// A bound that needs no tokenizer: one token per byte of UTF-8, and one per text.
///
/// # Source
/// Byte-level BPE (GPT-2 and its successors, Llama 3, Qwen) starts from single bytes and only ever merges them, so a text never has
/// more tokens than bytes (Sennrich et al. 2016, Radford et al. 2019). SentencePiece BPE with byte fallback (Llama 2, Mistral) falls
/// back to the bytes of a character at worst, and adds one leading space: the one token per text.
///
/// # Limits
/// The bound is loose: English prose has about four bytes per token, so it uses about a quarter of the window. An application that knows
/// its tokenizer implements [`TokenCounter`] with it. The bound does not hold for a tokenizer whose Unicode normalisation lengthens
/// the text first: NFC makes at most three bytes of one, for a few hundred rare characters (UAX #15); NFKC makes more of some.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ApproximateCounter;

impl TokenCounter for ApproximateCounter {
    fn count(&self, text: &str) -> Tokens {
        if text.is_empty() { Tokens::ZERO } else { Tokens(text.len() as u64) + Tokens(1) }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use maestria_vocabulary::Role;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_has_no_more_tokens_than_bytes_and_a_leading_space() {
        let check = |text: &str, tokens| assert_eq!(ApproximateCounter.count(text), Tokens(tokens));
        check("", 0);
        check("hello", 6);
        check("žluťoučký", 14);
        check("🦀", 5);
    }

    #[test]
    fn a_message_counts_its_text_its_files_and_its_wrapping() {
        let check = |content: Vec<Content>, tokens| {
            let message = Message { role: Role::User, content };
            assert_eq!(ApproximateCounter.count_message(&message), Tokens(tokens));
        };
        let file =
            |media_type: &str, len| Content::Bytes { media_type: media_type.into(), data: Arc::from(vec![0; len]) };
        check(vec![], 10);
        check(vec!["abc".into()], 14);
        check(vec!["abc".into(), json!([1]).into()], 19);
        check(vec![file("image/png", 9)], 2_058);
        check(vec![file("IMAGE/JPEG", 9_000_000)], 2_058);
        check(vec![file("application/pdf", 10)], 26);
    }
}
