//! What a request came to, for people.

use std::fmt;

use crate::answer::Answer;

/// Shows an answer: the request, one step a line, and what to ask.
pub(crate) struct Shown<'a>(pub(crate) &'a Answer);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let answer = self.0;
        write!(f, "{}", answer.understanding.text)?;
        if answer.is_none() {
            write!(f, "\n  none of the tools ({:.2})", answer.confidence())?;
        }
        for proposed in answer.proposal.steps() {
            write!(f, "\n  {} ({:.2})", proposed.step, proposed.confidence)?;
        }
        for question in answer.proposal.missing() {
            write!(f, "\n  ? {}: {}", question.tool, question.text)?;
        }
        Ok(())
    }
}
