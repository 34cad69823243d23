//! What a probe asks for, what a model answers, and how well that was.

use std::fmt;

use maestria_vocabulary::{Completion, Content, Embedding, Message, Probability, Prompt, Role};

/// What a model is asked to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Task {
    /// To answer a prompt.
    Prompt(Prompt),
    /// To embed these texts, in order.
    Embed(Vec<String>),
}

impl Task {
    /// All text that the model is given.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Prompt(prompt) => prompt.messages.iter().map(Message::text).collect::<Vec<_>>().join("\n"),
            Self::Embed(texts) => texts.join("\n"),
        }
    }

    /// A prompt of one message, answered without chance.
    pub(super) fn ask(text: String) -> Self {
        let messages = vec![Message::new(Role::User, text)];
        Self::Prompt(Prompt { temperature: Some(0.0), ..Prompt::new(messages) })
    }
}

/// What a model gave back.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Text; JSON as it is written.
    Text(String),
    /// A vector per text.
    Embeddings(Vec<Embedding>),
}

impl From<&str> for Answer {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&Completion> for Answer {
    /// All text of the answer; a file in it has none.
    fn from(completion: &Completion) -> Self {
        let pieces: Vec<_> = completion.content.iter().filter_map(Content::to_text).collect();
        Self::Text(pieces.join("\n"))
    }
}

/// How well a probe was answered, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Grade {
    /// From 0, wrong, to 1, right.
    pub score: Probability,
    /// What the score is for.
    pub reason: Reason,
}

impl Grade {
    /// Right in everything.
    #[must_use]
    pub const fn right() -> Self {
        Self { score: Probability::ONE, reason: Reason::Right }
    }

    /// Wrong, for this reason.
    #[must_use]
    pub const fn wrong(reason: Reason) -> Self {
        Self { score: Probability::ZERO, reason }
    }

    /// Right in all of `parts` but `missing`: `max(0, 2 · share − 1)`, so that an answer that is right in half of its parts or less, as
    /// one to another question may be by chance, is worth nothing.
    #[must_use]
    pub fn of_parts(parts: usize, missing: Vec<String>) -> Self {
        if missing.is_empty() && parts > 0 {
            return Self::right();
        }
        let share = if parts == 0 { 0.0 } else { 1.0 - missing.len() as f64 / parts as f64 };
        Self { score: Probability::saturating(2.0 * share - 1.0), reason: Reason::Lacks { parts: missing } }
    }
}

/// What a score is for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// All is as asked.
    Right,
    /// There is no answer, or none but the model's thoughts.
    Empty,
    /// The answer is the question.
    Echo,
    /// The answer is longer than any right one has to be.
    TooLong,
    /// Several answers are given, and none is said to be the one.
    Undecided,
    /// The answer is not of the kind asked for.
    NotOfKind {
        /// What was asked for.
        expected: &'static str,
    },
    /// The answer is another than the right one.
    Differs {
        /// The right one.
        expected: String,
    },
    /// Parts are missing or wrong.
    Lacks {
        /// Those parts.
        parts: Vec<String>,
    },
    /// The answer says what it must not.
    Forbidden {
        /// Words of the answer.
        what: String,
    },
    /// The model declined to answer.
    Refused,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Right => f.write_str("right"),
            Self::Empty => f.write_str("no answer"),
            Self::Echo => f.write_str("repeats the question"),
            Self::TooLong => f.write_str("too long"),
            Self::Undecided => f.write_str("gives several answers"),
            Self::NotOfKind { expected } => write!(f, "is not {expected}"),
            Self::Differs { expected } => write!(f, "is not {expected:?}"),
            Self::Lacks { parts } => write!(f, "lacks {}", parts.join(", ")),
            Self::Forbidden { what } => write!(f, "says {what:?}"),
            Self::Refused => f.write_str("declined"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn half_of_the_parts_is_worth_nothing() {
        let check = |parts, missing: usize, score| {
            assert_eq!(Grade::of_parts(parts, vec!["x".to_owned(); missing]).score.get(), score);
        };
        check(4, 0, 1.0);
        check(4, 1, 0.5);
        check(4, 2, 0.0);
        check(4, 4, 0.0);
        check(0, 0, 0.0);
    }

    #[test]
    fn a_completion_is_graded_by_its_text() {
        let completion = Completion { content: vec!["a".into(), json!({"b": 1}).into()], usage: None };
        assert_eq!(Answer::from(&completion), Answer::from("a\n{\"b\":1}"));
    }
}
