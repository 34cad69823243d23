//! What a request came to, for people.

use std::fmt;

use maestria::{Span, ToolPlan, Understanding};
use serde_json::{Value, json};

/// A plan as a JSON object, with `understanding` if it is to be explained.
pub(crate) fn json(plan: &ToolPlan, explain: bool) -> Value {
    let mut answer = plan.to_json();
    if let Some(answer) = answer.as_object_mut().filter(|_| explain) {
        answer.insert("understanding".to_owned(), json!(plan.understanding));
    }
    answer
}

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

/// Shows how a request was understood: every clause with the tools considered for it, and the words that give the values of the likeliest.
pub(crate) struct Understood<'a>(pub(crate) &'a Understanding);

impl fmt::Display for Understood<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Understanding { text, clauses, notes } = self.0;
        for clause in clauses {
            let said = |span: &Span| span.of(text).unwrap_or_default();
            write!(f, "\n  {:?}", said(&clause.span))?;
            for before in &clause.bond.after {
                write!(f, ", after {:?}", said(before))?;
            }
            if let Some(premise) = &clause.bond.when {
                write!(f, ", {} {:?}", if premise.negated { "unless" } else { "if" }, said(&premise.span))?;
            }
            if clause.bond.each {
                write!(f, ", for each")?;
            }
            for found in &clause.tools {
                write!(f, "\n    {} {:.2}", found.tool, found.confidence)?;
            }
            let Some(found) = clause.tools.first() else { continue };
            for argument in found.arguments.iter().chain(&found.elsewhere) {
                let (value, words) = (&argument.value, argument.span.of(text).unwrap_or_default());
                write!(f, "\n      {} = {value} from {words:?} {:.2}", argument.parameter, argument.confidence)?;
            }
            for question in found.missing.iter().chain(&found.doubtful) {
                write!(f, "\n      {}: {}", question.parameter, question.text)?;
            }
        }
        notes.iter().try_for_each(|note| write!(f, "\n  {note}"))
    }
}
