//! From an understood request to a checked plan, by rules: one wish, one step, and before it whatever it needs.

mod proposal;
mod source;

use std::{collections::BTreeMap, fmt::Debug};

use maestria_vocabulary::{
    Argument, Capability, Clause, Effect, Intent, Probability, Question, Span, StepId, ToolMatch, ToolSpec,
    Understanding,
};
use serde_json::{Value, json};

use crate::{
    Action, Binding, Catalog, Plan, PlanError, Step,
    catalog::fits,
    check::{Extent, MOST_STEPS, check},
};

pub use proposal::{Proposal, Proposed};

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
///   from a file the wish names, else it is asked for.
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
    /// Whether a call may take one field of an earlier result, as an [`Action::Select`], which whoever runs the plan must know. Default
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
        let mut draft = self.draft(understanding, catalog)?;
        if !draft.questions.is_empty() {
            return Ok(Planned::Clarify(draft.questions));
        }
        if draft.steps.is_empty() {
            return Ok(Planned::NotUnderstood);
        }
        draft.join();
        Ok(Planned::Plan(Plan::new(draft.steps, catalog)?.with_unserved(draft.unserved)))
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
        Ok(Proposal::new(steps, &draft.marks, draft.questions, draft.unserved))
    }

    fn draft<'a>(&self, understanding: &'a Understanding, catalog: &'a Catalog) -> Result<Draft<'a>, PlanError> {
        let mut draft = Draft {
            understanding,
            catalog,
            selects_fields: self.selects_fields,
            steps: Vec::new(),
            marks: BTreeMap::new(),
            questions: Vec::new(),
            unserved: Vec::new(),
        };
        for clause in &understanding.clauses {
            if draft.steps.len() > MOST_STEPS {
                return Err(PlanError::TooManySteps { most: MOST_STEPS });
            }
            let intent = clause.intents.first().filter(|intent| intent.confidence >= self.least_intent);
            let tool = self.tool(clause, intent, catalog).or_else(|| draft.continuing(clause));
            match (tool, intent.filter(|_| !self.tools_only)) {
                (Some(tool), _) => draft.call(tool, clause),
                (None, Some(intent)) => draft.ask(intent.label.clone().into(), clause),
                (None, None) => draft.unserved.push(clause.span),
            }
        }
        Ok(draft)
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

/// A plan in the making.
struct Draft<'a> {
    understanding: &'a Understanding,
    catalog: &'a Catalog,
    selects_fields: bool,
    steps: Vec<Step>,
    /// What is known of the steps besides what they do.
    marks: BTreeMap<StepId, Mark>,
    questions: Vec<Question>,
    unserved: Vec<Span>,
}

/// What is known of a step besides what it does.
#[derive(Debug, Clone, PartialEq)]
struct Mark {
    confidence: Probability,
    /// The steps that the request puts before it.
    after: Vec<StepId>,
}

impl Draft<'_> {
    fn call(&mut self, tool: &ToolMatch, clause: &Clause) {
        let Some(spec) = self.catalog.get(&tool.tool) else { return };
        let said = tool.arguments.iter().map(|a| (a.parameter.clone(), Binding::Value(a.value.clone())));
        let mut arguments: BTreeMap<String, Binding> = said.collect();
        let used: Vec<Span> = tool.arguments.iter().map(|argument| argument.span).collect();
        let mut referred = false;
        let mut paths = clause.paths.iter().copied().filter(|path| !used.contains(path));
        for question in &tool.missing {
            let Some((name, schema)) = spec.parameters().find(|(name, _)| *name == question.parameter) else {
                continue;
            };
            let source = self
                .earlier(schema)
                .or_else(|| self.field(name, schema))
                .or_else(|| self.made_from(paths.next()?, schema))
                .or_else(|| self.referred(clause, schema, &mut referred));
            match source {
                Some(step) => drop(arguments.insert(name.to_owned(), Binding::From { step })),
                None => self.questions.push(question.clone()),
            }
        }
        self.unserved.extend(paths);
        let after = self.stated_before(clause);
        let surest = |least: Probability, argument: &Argument| least.min(argument.confidence);
        let confidence = tool.arguments.iter().fold(tool.confidence, surest);
        let step = self.push(Action::Call { tool: tool.tool.clone(), arguments }, Some(clause.span));
        self.marks.extend(step.map(|step| (step, Mark { confidence, after })));
    }

    fn ask(&mut self, requires: Capability, clause: &Clause) {
        let before = self.steps.last().map(|step| step.id.clone());
        let mut inputs: Vec<StepId> = Vec::new();
        for path in clause.paths.iter().take(MOST_STEPS + 1) {
            let text = json!({"type": "string", "contentMediaType": "text/*"});
            let read = self.made_from(*path, &text);
            inputs.extend(read.filter(|step| !inputs.contains(step)));
        }
        if inputs.is_empty() && clause.refers_back {
            inputs.extend(before);
        }
        let instruction = clause.span.of(&self.understanding.text).unwrap_or_default().to_owned();
        self.push(Action::Ask { instruction, requires, inputs }, Some(clause.span));
    }

    /// The step that makes what fits a parameter out of a file, after those that it needs: tools without side effects, each of which requires
    /// one thing, the first a path.
    fn made_from(&mut self, path: Span, schema: &Value) -> Option<StepId> {
        let mut chain = chain(self.catalog, schema, LONGEST_CHAIN)?;
        let file = path.of(&self.understanding.text)?;
        let mut binding = Binding::Value(json!(file));
        let mut last = None;
        while let Some((tool, parameter)) = chain.pop() {
            let action =
                Action::Call { tool: tool.id.clone(), arguments: BTreeMap::from([(parameter.to_owned(), binding)]) };
            let same = self.steps.iter().find(|step| step.action == action).map(|step| step.id.clone());
            let step = same.or_else(|| self.push(action, None))?;
            binding = Binding::From { step: step.clone() };
            last = Some(step);
        }
        last
    }

    /// Joins what nobody else needs, if that is more than one result.
    fn join(&mut self) {
        let is_needed = |id: &StepId| self.steps.iter().any(|step| step.action.inputs().any(|input| input == id));
        let results: Vec<StepId> =
            self.steps.iter().map(|step| &step.id).filter(|id| !is_needed(id)).cloned().collect();
        if results.len() > 1 {
            self.push(Action::Synthesize { inputs: results }, None);
        }
    }

    fn push(&mut self, action: Action, serves: Option<Span>) -> Option<StepId> {
        let numbered = self.steps.iter().filter(|step| !matches!(step.action, Action::Select { .. })).count();
        let id = StepId::new(format!("s{}", numbered + 1)).ok()?;
        self.steps.push(Step { id: id.clone(), action, serves });
        Some(id)
    }
}

/// Most tools that stand between a file and what is needed of it.
const LONGEST_CHAIN: usize = 3;

/// The shortest chain of at most `longest` tools that makes what fits `schema` out of a path, last tool first, each with its parameter.
fn chain<'a>(catalog: &'a Catalog, schema: &Value, longest: usize) -> Option<Vec<(&'a ToolSpec, &'a str)>> {
    let makers = catalog.iter().filter(|tool| tool.effect == Effect::Pure && fits(&tool.output, schema));
    let chains = makers.filter_map(|tool| {
        let (parameter, input) = only_requirement(tool)?;
        let mut made = vec![(tool, parameter)];
        if input.get("format").and_then(Value::as_str) != Some("path") {
            made.extend(chain(catalog, input, longest.checked_sub(1).filter(|rest| *rest > 0)?)?);
        }
        Some(made)
    });
    chains.min_by_key(Vec::len)
}

/// The parameter of a tool that requires one thing and no more.
fn only_requirement(tool: &ToolSpec) -> Option<(&str, &Value)> {
    let mut required = tool.parameters().filter(|(name, _)| tool.requires(name));
    required.next().filter(|_| required.next().is_none())
}

#[cfg(test)]
mod tests;
