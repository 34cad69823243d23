//! One of several possible answers, named in any sentence.

use crate::discovery::{Answer, Grade, Grader, Reason, text};

/// Right is an answer that names the right one of several, and no other.
///
/// An answer that names several is right if what it says after "answer:", "label:" and the like names the right one alone. No possible
/// answer may be part of another, word by word.
#[derive(Debug, Clone)]
pub struct Choice {
    right: String,
    others: Vec<String>,
}

impl Choice {
    /// The right answer, and wrong ones that might be given.
    #[must_use]
    pub fn new<T: Into<String>>(right: impl Into<String>, others: impl IntoIterator<Item = T>) -> Self {
        let right = right.into();
        let others = others.into_iter().map(Into::into).filter(|other| *other != right).collect();
        Self { right, others }
    }

    /// Whether a text names the right answer alone; nothing if it names none, or the right one among others.
    fn decided(&self, text: &str) -> Named {
        let words = text::words(text);
        let other = self.others.iter().any(|other| text::mentions(&words, other));
        match (text::mentions(&words, &self.right), other) {
            (true, false) => Named::Right,
            (true, true) => Named::Several,
            (false, true) => Named::Wrong,
            (false, false) => Named::Nothing,
        }
    }
}

enum Named {
    Right,
    Wrong,
    Several,
    Nothing,
}

impl Grader for Choice {
    fn grade(&self, answer: &Answer) -> Grade {
        let Answer::Text(text) = answer else { return Grade::wrong(Reason::NotOfKind { expected: "text" }) };
        let named = match self.decided(text) {
            Named::Several => self.decided(&text::conclusions(text).join("\n")),
            alone => alone,
        };
        match (named, self.decided(text)) {
            (Named::Right, _) => Grade::right(),
            (Named::Several | Named::Nothing, Named::Several) => Grade::wrong(Reason::Undecided),
            _ => Grade::wrong(Reason::Differs { expected: self.right.clone() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_answer_is_right_and_several_are_none() {
        let check = |answer: &str, right| {
            let grade = Choice::new("travel", ["travel", "sport", "medicine"]).grade(&answer.into());
            assert_eq!(grade.score.get(), if right { 1.0 } else { 0.0 }, "{answer}: {}", grade.reason);
        };
        check("travel", true);
        check("  **Travel**.\n", true);
        check("```\ntravel\n```", true);
        check("The text is about travel, clearly.", true);
        check("It mentions sport, but the answer is: travel", true);
        check("travel, sport or medicine", false);
        check("travel\nsport\nmedicine", false);
        check("Answer: sport\nAnswer: travel", false);
        check("It mentions travel, but the answer is: sport", false);
        check("sport", false);
        check("travelling salesman", false);
        check("I cannot say.", false);
    }
}
