//! Cutting one message to a number of tokens: head and tail stay, the middle becomes an ellipsis.

use maestria_vocabulary::{Content, Message, Tokens};

use crate::{TokenCounter, TokenCounterExt};

/// What stands for the middle of a text.
pub(super) const ELLIPSIS: &str = "[…]";

/// `message` with at most `allowance` tokens, and the tokens it has then. An ellipsis alone must fit.
///
/// Its text stays whole if it fits without the files; else files may take half of the allowance, and the text the rest.
pub(super) fn cut(message: &Message, allowance: u128, counter: &dyn TokenCounter) -> (Message, Tokens) {
    let text = match message.text() {
        text if text.is_empty() => ELLIPSIS.to_owned(),
        text => text,
    };
    let mut scales = Scales { message, files: Vec::new(), counter };
    if scales.weigh(&text) <= allowance {
        scales.take_files(&text, allowance);
        return scales.result(text);
    }
    scales.take_files(ELLIPSIS, allowance / 2);
    let text = head_and_tail(&text, |candidate| scales.weigh(candidate) <= allowance);
    scales.result(text)
}

/// The message as it would be with another text, and the files taken so far.
#[derive(Debug)]
struct Scales<'a> {
    message: &'a Message,
    files: Vec<Content>,
    counter: &'a dyn TokenCounter,
}

impl Scales<'_> {
    /// Takes the files that fit beside `text`, first come, first served.
    fn take_files(&mut self, text: &str, allowance: u128) {
        for piece in &self.message.content {
            if matches!(piece, Content::Bytes { .. }) {
                self.files.push(piece.clone());
                if self.weigh(text) > allowance {
                    self.files.pop();
                }
            }
        }
    }

    fn with(&self, text: &str) -> Message {
        let text = std::iter::once(Content::from(text));
        Message { role: self.message.role, content: text.chain(self.files.iter().cloned()).collect() }
    }

    fn weigh(&self, text: &str) -> u128 {
        self.counter.count_message(&self.with(text)).0.into()
    }

    fn result(&self, text: String) -> (Message, Tokens) {
        let message = self.with(&text);
        let tokens = self.counter.count_message(&message);
        (message, tokens)
    }
}

/// The longest head and tail of `text`, about equally long, that were found to fit around an ellipsis; the ellipsis alone otherwise.
///
/// It doubles what is kept until that no longer fits, then searches between: the work follows the result, not the text. A tokenizer
/// need not count more for more text, so only what was measured to fit is given back.
fn head_and_tail(text: &str, fits: impl Fn(&str) -> bool) -> String {
    let mut best = ELLIPSIS.to_owned();
    let (mut kept, mut beyond) = (0, 64);
    while beyond < text.len() {
        let candidate = around_ellipsis(text, beyond);
        if !fits(&candidate) {
            break;
        }
        best = candidate;
        kept = beyond;
        beyond *= 2;
    }
    beyond = beyond.min(text.len());
    while beyond - kept > 1 {
        let middle = kept + (beyond - kept) / 2;
        let candidate = around_ellipsis(text, middle);
        if fits(&candidate) {
            best = candidate;
            kept = middle;
        } else {
            beyond = middle;
        }
    }
    best
}

/// At most `bytes` of a longer `text`, half from its start and half from its end.
fn around_ellipsis(text: &str, bytes: usize) -> String {
    let head = text.floor_char_boundary(bytes.div_ceil(2));
    let tail = text.ceil_char_boundary(text.len().saturating_sub(bytes / 2));
    let (start, _) = text.split_at(head);
    let (_, end) = text.split_at(tail);
    format!("{start}{ELLIPSIS}{end}")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use maestria_vocabulary::Role;
    use serde_json::json;

    use super::*;
    use crate::ApproximateCounter;

    fn check(content: Vec<Content>, allowance: u128, expected: Vec<Content>) {
        let message = Message { role: Role::Tool, content };
        let (cut, tokens) = cut(&message, allowance, &ApproximateCounter);
        assert_eq!(cut, Message { role: Role::Tool, content: expected });
        assert!(u128::from(tokens.0) <= allowance, "{tokens} in {allowance}");
    }

    fn file(len: usize) -> Content {
        Content::Bytes { media_type: "audio/wav".into(), data: Arc::from(vec![0; len]) }
    }

    #[test]
    fn a_text_keeps_its_head_and_its_tail() {
        check(vec!["abcdefghij".into()], 20, vec!["ab[…]ij".into()]);
        check(vec!["abcdefghij".into()], 19, vec!["ab[…]j".into()]);
        check(vec!["abcdefghij".into()], 16, vec!["[…]".into()]);
        check(vec!["a".repeat(1_000).into()], 116, vec![format!("{0}[…]{0}", "a".repeat(50)).into()]);
    }

    #[test]
    fn a_character_is_never_cut_in_two() {
        check(vec!["ěščřžýáíé".into()], 21, vec!["ě[…]é".into()]);
        check(vec!["🦀🦀🦀🦀🦀".into()], 23, vec!["🦀[…]".into()]);
    }

    #[test]
    fn pieces_become_one_text() {
        check(vec!["abcdef".into(), json!({"k": [1, 2, 3]}).into()], 21, vec!["abc[…]]}".into()]);
    }

    #[test]
    fn files_stay_while_there_is_room() {
        check(vec![file(300), "note".into(), file(3)], 30, vec!["note".into(), file(3)]);
        check(vec!["a".repeat(100).into(), file(3)], 44, vec![format!("{0}[…]{0}", "a".repeat(12)).into(), file(3)]);
        check(vec![file(300)], 30, vec!["[…]".into()]);
    }
}
