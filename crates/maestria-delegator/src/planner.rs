//! From an understood request to a checked plan, by rules: one wish, one step, and before it whatever it needs.

mod affinity;
mod ahead;
mod draft;
mod element;
mod files;
mod guard;
mod heard;
mod left_out;
mod llm;
mod lookup;
mod media;
mod mention;
mod message;
mod no_value;
mod nouns;
mod place;
mod plural;
mod premise;
mod proposal;
mod role;
mod said_again;
mod sequence;
mod share;
mod source;
mod spoken;
mod template;
mod unheard;
mod verb;

use std::{borrow::Cow, collections::BTreeMap, fmt::Debug};

use maestria_vocabulary::{Clause, Intent, Probability, Question, ToolMatch, Understanding};

use self::{
    ahead::giving,
    draft::{Draft, joined},
    place::makes,
    sequence::in_order,
    spoken::in_one_sentence,
};
use crate::{
    Catalog, Plan, PlanError,
    check::{Extent, MOST_STEPS, check},
};

pub use llm::{AnswerError, Brief, Count, LlmError, LlmPlanning, MOST_ANSWER, Preset, Verdict};
pub use proposal::{Proposal, Proposed};
pub use template::{Template, TemplatePlanner, slot};

/// What planning comes to.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Planned {
    /// The request can be served like this.
    Plan(Plan),
    /// Something must be known first.
    Clarify(Vec<Question>),
    /// The request asks for nothing that was understood.
    NotUnderstood,
}

/// Turns an understood request into a plan.
pub trait Planner: Debug + Send + Sync {
    /// Plans `understanding` with the tools of `catalog`.
    ///
    /// # Errors
    /// [`PlanError`] when what was planned does not hold together; a request that cannot be planned is no error but a [`Planned`].
    fn plan(&self, understanding: &Understanding, catalog: &Catalog) -> Result<Planned, PlanError>;
}

/// Plans by rules alone.
///
/// - A wish that a tool serves is a call of that tool; any other wish whose intent is known asks a model for that ability.
/// - What a call requires and the request does not say comes from an earlier step whose result fits, else from a tool that can make it
///   from a file the wish names, else it is asked for. Where [`selects_fields`](Self::selects_fields) is set, a call that lacks what only a later one
///   of the same sentence gives comes after it.
/// - What a model is asked to work on is the file the wish names, read by a tool, else what came before if the wish speaks of it.
/// - Several results are joined at the end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RulePlanner {
    /// Least confidence of a tool that does not name the intents it serves. Default 0.5.
    pub least_confidence: Probability,
    /// Least confidence of an intent that is acted upon; below it the wish counts as not understood. Default 0.35.
    pub least_intent: Probability,
    /// Whether only tools are called: a wish that no tool serves is then not served. Default false.
    pub tools_only: bool,
    /// Whether a call may take one field of an earlier result, as an [`Action::Select`](crate::Action::Select), which whoever runs the plan must know. Default
    /// false.
    pub selects_fields: bool,
}

impl Default for RulePlanner {
    fn default() -> Self {
        Self {
            least_confidence: Probability::saturating(0.5),
            least_intent: Probability::saturating(0.35),
            tools_only: false,
            selects_fields: false,
        }
    }
}

impl Planner for RulePlanner {
    fn plan(&self, understanding: &Understanding, catalog: &Catalog) -> Result<Planned, PlanError> {
        let draft = self.draft(understanding, catalog)?;
        if !draft.questions.is_empty() {
            return Ok(Planned::Clarify(draft.questions));
        }
        if draft.steps.is_empty() {
            return Ok(Planned::NotUnderstood);
        }
        Ok(Planned::Plan(Plan::new(joined(draft.steps), catalog)?.with_unserved(draft.unserved)))
    }
}

impl RulePlanner {
    /// Plans as far as the request goes: with what must still be asked for, the order that the request states, and how sure each step is.
    /// Results are not joined.
    ///
    /// # Errors
    /// [`PlanError`] when what was planned does not hold together.
    pub fn propose(&self, understanding: &Understanding, catalog: &Catalog) -> Result<Proposal, PlanError> {
        let draft = self.draft(understanding, catalog)?;
        let steps = check(draft.steps, catalog, Extent::SoFar)?;
        Ok(Proposal::new(steps, &draft.confidences, draft.questions, draft.unserved))
    }

    fn draft<'a>(&self, understanding: &'a Understanding, catalog: &'a Catalog) -> Result<Draft<'a>, PlanError> {
        let mut draft = Draft {
            understanding,
            catalog,
            selects_fields: self.selects_fields,
            steps: Vec::new(),
            done: Vec::new(),
            confidences: BTreeMap::new(),
            questions: Vec::new(),
            unserved: Vec::new(),
            guards: Vec::new(),
            least_finding: Probability::saturating(0.5 * self.least_confidence.get()),
        };
        let is_short = understanding.clauses.len() <= MOST_STEPS;
        let gives = |giving: &Clause, taking: &Clause| {
            if !self.selects_fields || !is_short {
                return false;
            }
            let far = !in_one_sentence(&understanding.text, giving.span, taking.span);
            let (giving, taking) = (self.tool(giving, None, catalog), self.tool(taking, None, catalog));
            let taking = taking.map(|taking| draft.meant(taking));
            giving.zip(taking).is_some_and(|(giving, taking)| makes(&giving.tool, &taking, catalog, far))
        };
        let ordered = in_order(&understanding.clauses, &gives);
        for clause in ordered {
            if draft.steps.len() > MOST_STEPS {
                return Err(PlanError::TooManySteps { most: MOST_STEPS });
            }
            if clause.bond.only_finds_out {
                continue;
            }
            let intent = clause.intents.first().filter(|intent| intent.confidence >= self.least_intent);
            let tool = self.tool(clause, intent, catalog);
            let tool = tool.map(|found| draft.doing(clause, found).unwrap_or(found));
            let tool = tool.map(|found| match self.tool_behind(clause, understanding, catalog) {
                Some(taking) => giving(&draft, found, taking, clause),
                None => Cow::Borrowed(found),
            });
            let guard = match &clause.bond.when {
                Some(premise) if draft.states_more(premise) => None,
                Some(premise) => draft.guard(premise, tool.as_deref()),
                None => None,
            };
            let tool = tool.or_else(|| draft.continuing(clause).map(Cow::Borrowed));
            match (tool, intent.filter(|_| !self.tools_only)) {
                // What depends on something that cannot be told is not done without it.
                (Some(_), _) if guard.is_none() && clause.bond.when.is_some() => draft.unserved.push(clause.span),
                (Some(tool), _) => drop(draft.call(&tool, clause, guard)),
                (None, Some(intent)) => draft.ask(intent.label.clone().into(), clause, guard),
                (None, None) => draft.unserved.push(clause.span),
            }
        }
        Ok(draft)
    }

    /// The tool of the wish that speaks of what a clause finds, if it is the next.
    fn tool_behind<'a>(
        &self,
        clause: &Clause,
        understanding: &'a Understanding,
        catalog: &Catalog,
    ) -> Option<&'a ToolMatch> {
        let mut behind = understanding.clauses.iter().filter(|next| next.span.start >= clause.span.end);
        let next =
            behind.find(|next| !next.bond.only_finds_out).filter(|next| next.refers_back && self.selects_fields)?;
        self.tool(next, None, catalog)
    }

    /// The tool for a wish: the best that serves its intent, or that is sure enough without naming any.
    fn tool<'a>(&self, clause: &'a Clause, intent: Option<&Intent>, catalog: &Catalog) -> Option<&'a ToolMatch> {
        clause.tools.iter().find(|candidate| {
            catalog.get(&candidate.tool).is_some_and(|tool| match tool.serves.as_slice() {
                [] => candidate.confidence >= self.least_confidence,
                serves => intent.is_some_and(|intent| serves.contains(&intent.label)),
            })
        })
    }
}

#[cfg(test)]
mod planned;
#[cfg(test)]
mod tests;
