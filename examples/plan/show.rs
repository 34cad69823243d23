//! What a request came to, for people.

use std::fmt;

use maestria::ToolPlan;

/// Shows a plan: the request, one step a line, and what to ask.
pub(crate) struct Shown<'a>(pub(crate) &'a ToolPlan);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plan = self.0;
        write!(f, "{}", plan.understanding.text)?;
        if plan.is_none() {
            write!(f, "\n  none of the tools ({:.2})", plan.confidence())?;
        }
        for proposed in plan.proposal.steps() {
            write!(f, "\n  {} ({:.2})", proposed.step, proposed.confidence)?;
        }
        for question in plan.proposal.missing() {
            write!(f, "\n  ? {}: {}", question.tool, question.text)?;
        }
        Ok(())
    }
}
