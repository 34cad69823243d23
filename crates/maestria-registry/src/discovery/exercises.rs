//! The built-in suites: exercises drawn from a seed, so that there are more of them than can be learnt by heart.

mod arithmetic;
mod classification;
mod code_explanation;
mod code_generation;
mod embedding;
mod extraction;
mod instruction_following;
mod json_output;
mod long_context;
mod summarization;
mod tool_calling;
mod translation;

mod vocabulary;

use std::{fmt, sync::Arc};

use maestria_vocabulary::{Capability, InvalidId, Tokens};

use super::{
    Suite,
    answer::{Answer, Task},
    draw::Draw,
    probe::{Difficulty, Grader, Probe},
};

/// An ability that a built-in suite tests. Those of the built-in taxonomy have its names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Skill {
    /// Sums, differences and products.
    Arithmetic,
    /// What a text is about, of several topics.
    Classification,
    /// Saying what a program prints.
    CodeExplanation,
    /// Writing an expression that has given values; nothing of it is run.
    CodeGeneration,
    /// Vectors that are nearer for texts of one meaning.
    Embedding,
    /// Finding the named facts of a text.
    Extraction,
    /// Keeping rules on the form of an answer.
    InstructionFollowing,
    /// Writing JSON as described.
    JsonOutput,
    /// Finding one sentence in a text of about so many tokens.
    LongContext(Tokens),
    /// Saying the main facts of a text in few words.
    Summarization,
    /// Choosing a tool and its arguments.
    ToolCalling,
    /// Translating from English into French, German and Spanish.
    Translation,
}

impl Skill {
    /// All of them; the long context is of 3,000 tokens, which leaves room for an answer in the window of most models.
    pub const ALL: [Self; 12] = [
        Self::Arithmetic,
        Self::Classification,
        Self::CodeExplanation,
        Self::CodeGeneration,
        Self::Embedding,
        Self::Extraction,
        Self::InstructionFollowing,
        Self::JsonOutput,
        Self::LongContext(Tokens(3_000)),
        Self::Summarization,
        Self::ToolCalling,
        Self::Translation,
    ];

    /// Its suite, for the capability of its name.
    ///
    /// # Errors
    /// None: every name is a capability. The result says so without a panic.
    pub fn suite(self) -> Result<Exercises, InvalidId> {
        Ok(Exercises { skill: self, capability: self.to_string().parse()? })
    }

    /// Its suite, for a capability that the application gives another name.
    #[must_use]
    pub const fn suite_for(self, capability: Capability) -> Exercises {
        Exercises { skill: self, capability }
    }

    fn draft(self, draw: &mut Draw, difficulty: Difficulty) -> Draft {
        match self {
            Self::Arithmetic => arithmetic::draft(draw, difficulty),
            Self::Classification => classification::draft(draw, difficulty),
            Self::CodeExplanation => code_explanation::draft(draw, difficulty),
            Self::CodeGeneration => code_generation::draft(draw, difficulty),
            Self::Embedding => embedding::draft(draw, difficulty),
            Self::Extraction => extraction::draft(draw, difficulty),
            Self::InstructionFollowing => instruction_following::draft(draw, difficulty),
            Self::JsonOutput => json_output::draft(draw, difficulty),
            Self::LongContext(tokens) => long_context::draft(draw, difficulty, tokens),
            Self::Summarization => summarization::draft(draw, difficulty),
            Self::ToolCalling => tool_calling::draft(draw, difficulty),
            Self::Translation => translation::draft(draw, difficulty),
        }
    }
}

impl fmt::Display for Skill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Arithmetic => "arithmetic",
            Self::Classification => "classification",
            Self::CodeExplanation => "code_explanation",
            Self::CodeGeneration => "code_generation",
            Self::Embedding => "embedding",
            Self::Extraction => "extraction",
            Self::InstructionFollowing => "instruction_following",
            Self::JsonOutput => "json_output",
            Self::LongContext(_) => "long_context",
            Self::Summarization => "summarization",
            Self::ToolCalling => "tool_calling",
            Self::Translation => "translation",
        })
    }
}

/// The built-in suite of a [`Skill`].
#[derive(Debug, Clone)]
pub struct Exercises {
    skill: Skill,
    capability: Capability,
}

impl Suite for Exercises {
    fn capability(&self) -> &Capability {
        &self.capability
    }

    /// Easy, medium and hard ones come at random and equally often.
    fn probe(&self, seed: u64) -> Probe {
        let mut draw = Draw::new(seed);
        let difficulty = draw.pick(&[Difficulty::Easy, Difficulty::Medium, Difficulty::Hard]);
        let Draft { task, reference, grader } = self.skill.draft(&mut draw, difficulty);
        Probe::new(self.capability.clone(), task, reference, grader).with_difficulty(difficulty)
    }
}

/// What an exercise asks, a right answer, and what decides about others.
struct Draft {
    task: Task,
    reference: Answer,
    grader: Arc<dyn Grader>,
}

impl Draft {
    fn ask(question: String, reference: impl Into<String>, grader: impl Grader + 'static) -> Self {
        let reference = Answer::Text(reference.into());
        Self { task: Task::ask(question), reference, grader: Arc::new(grader) }
    }
}

#[cfg(test)]
mod tests;
