//! The second prompt: what the model said, and all that is wrong with it.

use maestria_vocabulary::{Message, Prompt, Role, Tokens};

use super::{
    AnswerError, Count,
    prompt::{Share, excerpt, shortened, size},
};

/// Letters of one problem: a validator may repeat a whole value.
const LONGEST_PROBLEM: usize = 240;

/// The first prompt with the answer, or its beginning, and as many problems as have room, which are the first.
pub(super) fn repair(first: &Prompt, answer: &str, problems: &[AnswerError], share: Share, count: Count<'_>) -> Prompt {
    let limit = share.window.saturating_sub(share.answer).saturating_sub(size(first, count));
    let mut text = String::from("That cannot be used:");
    for problem in problems {
        let longer = format!("{text}\n- {}", shortened(&problem.to_string(), LONGEST_PROBLEM));
        // Half of the room is for what the model said.
        if count(&longer).0 > limit.0 / 2 && text.contains('\n') {
            break;
        }
        text = longer;
    }
    text.push_str("\nAnswer again, with the whole JSON object put right.");
    let left = limit.saturating_sub(count(&text));
    let said = excerpt(answer, Tokens(left.0.saturating_sub(8)), count);
    let mut prompt = first.clone();
    if !said.is_empty() && count(&said) <= left {
        prompt.messages.push(Message::new(Role::Assistant, said));
    }
    prompt.messages.push(Message::new(Role::User, text));
    prompt
}
