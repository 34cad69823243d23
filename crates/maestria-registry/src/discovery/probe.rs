//! One question whose answer can be graded without a judge.

use std::{fmt::Debug, sync::Arc};

use maestria_vocabulary::{Capability, Tokens, Usage};
use serde::{Deserialize, Serialize};

use super::{
    answer::{Answer, Grade, Reason, Task},
    text,
};

/// How hard a probe is among those of its suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Difficulty {
    /// Any model with the ability answers it.
    Easy,
    /// Between the two.
    #[default]
    Medium,
    /// A model that just has the ability may fail.
    Hard,
}

/// Decides how well an answer is right.
///
/// # Contract
/// The same answer always gets the same grade, whatever it says and however long it is, and nothing is run that it says. A text comes
/// without the model's thoughts, without the prompt repeated in it, and is neither empty nor endless: [`Probe::grade`] saw to that.
pub trait Grader: Debug + Send + Sync {
    /// The grade of an answer.
    fn grade(&self, answer: &Answer) -> Grade;
}

/// One question, what it tests, and what decides about the answer.
#[derive(Debug, Clone)]
pub struct Probe {
    capability: Capability,
    difficulty: Difficulty,
    task: Task,
    reference: Answer,
    cost: Usage,
    grader: Arc<dyn Grader>,
}

impl Probe {
    /// A probe of medium difficulty; `reference` is an answer that is right.
    ///
    /// The cost is estimated at four bytes of text a token, as is usual of English.
    #[must_use]
    pub fn new(capability: Capability, task: Task, reference: Answer, grader: Arc<dyn Grader>) -> Self {
        /// Tokens around a message.
        const FRAME: u64 = 8;
        let tokens = |text: &str| Tokens((text.len() as u64).div_ceil(4) + FRAME);
        let output = match &reference {
            Answer::Text(text) => tokens(text),
            Answer::Embeddings(_) => Tokens::ZERO,
        };
        let cost = Usage { input: tokens(&task.text()), output };
        Self { capability, difficulty: Difficulty::default(), task, reference, cost, grader }
    }

    /// The same probe, said to be so hard.
    #[must_use]
    pub const fn with_difficulty(mut self, difficulty: Difficulty) -> Self {
        self.difficulty = difficulty;
        self
    }

    /// The same probe, whose cost is known better than by its length.
    #[must_use]
    pub const fn with_cost(mut self, cost: Usage) -> Self {
        self.cost = cost;
        self
    }

    /// What it tests.
    #[must_use]
    pub const fn capability(&self) -> &Capability {
        &self.capability
    }

    /// How hard it is.
    #[must_use]
    pub const fn difficulty(&self) -> Difficulty {
        self.difficulty
    }

    /// What the model is asked.
    #[must_use]
    pub const fn task(&self) -> &Task {
        &self.task
    }

    /// An answer that is right.
    #[must_use]
    pub const fn reference(&self) -> &Answer {
        &self.reference
    }

    /// Tokens that asking it is expected to take.
    #[must_use]
    pub const fn cost(&self) -> Usage {
        self.cost
    }

    /// The grade of an answer.
    ///
    /// Thoughts between `<think>` tags are left out, and so is the prompt where the answer repeats it word by word. What is then empty, or
    /// longer than 4,000 bytes and twenty times the reference, is wrong.
    #[must_use]
    pub fn grade(&self, answer: &Answer) -> Grade {
        match (&self.reference, answer) {
            (Answer::Text(reference), Answer::Text(said)) => self.grade_text(reference, said),
            (Answer::Embeddings(_), Answer::Embeddings(_)) => self.grader.grade(answer),
            (Answer::Text(_), _) => Grade::wrong(Reason::NotOfKind { expected: "text" }),
            (Answer::Embeddings(_), _) => Grade::wrong(Reason::NotOfKind { expected: "vectors" }),
        }
    }

    fn grade_text(&self, reference: &str, said: &str) -> Grade {
        if said.len() > 100 * longest(reference) {
            return Grade::wrong(Reason::TooLong);
        }
        let spoken = text::without_thoughts(said);
        if spoken.trim().is_empty() {
            return Grade::wrong(Reason::Empty);
        }
        let question = self.task.text();
        let own = spoken.replace(question.trim(), "\n");
        if own.trim().is_empty() || text::is_part_of(&own, &question) && !text::is_part_of(reference, &question) {
            return Grade::wrong(Reason::Echo);
        }
        if own.len() > longest(reference) {
            return Grade::wrong(Reason::TooLong);
        }
        self.grader.grade(&Answer::Text(own))
    }
}

/// Bytes of the longest answer that is looked at, thoughts not counted.
const fn longest(reference: &str) -> usize {
    4_000 + 20 * reference.len()
}
