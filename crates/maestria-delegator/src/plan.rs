//! A plan: steps, what each is given, and which must come before which. Every [`Plan`] is checked, and cannot be changed afterwards.

mod account;
mod binding;
mod confidence;
mod estimate;
mod guard;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use maestria_vocabulary::{Capability, Span, StepId, ToolId};
use serde::{Deserialize, Serialize};

pub(crate) use self::binding::ITEM;
pub use self::{
    account::{Account, Origin},
    binding::Binding,
    estimate::{Estimate, Figures},
    guard::Guard,
};

use crate::{
    Catalog, PlanError,
    check::{Extent, check, examine, first_of, texts_of},
};

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Step {
    /// Its name within the plan.
    pub id: StepId,
    /// What is done.
    pub action: Action,
    /// The piece of the request it serves; absent for a step that only prepares or joins.
    pub serves: Option<Span>,
    /// Steps that must have succeeded before, though nothing of them is needed.
    #[serde(default)]
    pub after: Vec<StepId>,
    /// What must hold for it to be done; otherwise it is left out, and so is every step that needs its result.
    #[serde(default)]
    pub when: Option<Guard>,
    /// The step for every element of whose result it is done. Its own result is the list of what came out, in the same order.
    #[serde(default)]
    pub each: Option<StepId>,
}

impl Step {
    /// A step that serves no piece of the request by itself, is always done, and once.
    #[must_use]
    pub fn new(id: StepId, action: Action) -> Self {
        Self { id, action, serves: None, after: Vec::new(), when: None, each: None }
    }

    /// Sets the piece of the request that it serves.
    #[must_use]
    pub fn serving(self, span: Span) -> Self {
        Self { serves: Some(span), ..self }
    }

    /// Puts it after `steps`.
    #[must_use]
    pub fn with_after(self, steps: impl IntoIterator<Item = StepId>) -> Self {
        Self { after: steps.into_iter().collect(), ..self }
    }

    /// Sets what must hold for it to be done.
    #[must_use]
    pub fn with_when(self, guard: Guard) -> Self {
        Self { when: Some(guard), ..self }
    }

    /// Has it done for every element of the result of `list`.
    #[must_use]
    pub fn with_each(self, list: StepId) -> Self {
        Self { each: Some(list), ..self }
    }

    /// The steps whose results it needs: for its action, to decide whether it is done, or to know what it is done for. One may come twice.
    pub fn inputs(&self) -> impl Iterator<Item = &StepId> {
        self.action.inputs().chain(self.when.as_ref().map(|guard| &guard.step)).chain(&self.each)
    }

    /// The steps that must have ended before it: those whose results it needs, and those it is put after. One may come twice.
    pub fn predecessors(&self) -> impl Iterator<Item = &StepId> {
        self.inputs().chain(&self.after)
    }
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "do")]
#[non_exhaustive]
pub enum Action {
    /// Calls a tool.
    Call {
        /// The tool.
        tool: ToolId,
        /// Its arguments.
        arguments: BTreeMap<String, Binding>,
    },
    /// Asks a model.
    Ask {
        /// What it shall do, in the user's words.
        instruction: String,
        /// The ability that the model must have.
        requires: Capability,
        /// Steps whose results it works on.
        inputs: Vec<StepId>,
    },
    /// Takes one field of a result, for a call that needs no more of it; of a list, that field of every element.
    Select {
        /// The step whose result has the field.
        input: StepId,
        /// The field.
        field: String,
    },
    /// Joins results into one answer.
    Synthesize {
        /// Steps whose results are joined, in order.
        inputs: Vec<StepId>,
    },
}

impl Action {
    /// The steps whose results it needs.
    pub fn inputs(&self) -> impl Iterator<Item = &StepId> {
        let (bindings, steps) = match self {
            Self::Call { arguments, .. } => (Some(arguments), [].as_slice()),
            Self::Ask { inputs, .. } | Self::Synthesize { inputs } => (None, inputs.as_slice()),
            Self::Select { input, .. } => (None, std::slice::from_ref(input)),
        };
        let bound = bindings.into_iter().flat_map(BTreeMap::values).flat_map(Binding::steps);
        bound.chain(steps)
    }
}

/// A checked plan: its steps are in an order in which they could run one after the other.
///
/// Invariants: ids are unique; every predecessor is an earlier step; every tool is known, has all it requires and nothing it does not take;
/// the types along every edge agree; what a guard compares is a field of its step's result and of a type that can be compared so; what a
/// step is done for is a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    steps: Vec<Step>,
    unserved: Vec<Span>,
    /// Parameters that take one thing and are given a list.
    #[serde(skip)]
    first_of: BTreeSet<(StepId, String)>,
    /// Parameters that take a text and are given what may be a number.
    #[serde(skip)]
    texts_of: BTreeSet<(StepId, String)>,
}

impl Plan {
    /// Checks `steps` against the tools of `catalog` and puts them in order.
    ///
    /// # Errors
    /// [`PlanError`] that names the step and what is wrong with it.
    pub fn new(steps: Vec<Step>, catalog: &Catalog) -> Result<Self, PlanError> {
        let steps = check(steps, catalog, Extent::Whole)?;
        let (first_of, texts_of) = (first_of(&steps, catalog), texts_of(&steps, catalog));
        Ok(Self { steps, unserved: Vec::new(), first_of, texts_of })
    }

    /// Checks it again with the tools as they are now: one may have gone, or have changed, since it was made.
    ///
    /// # Errors
    /// [`PlanError`] that names the step and what is wrong with it.
    pub fn check(&self, catalog: &Catalog) -> Result<(), PlanError> {
        examine(&self.steps, catalog, Extent::Whole).map(drop)
    }

    /// Notes pieces of the request that no step serves, since they were not understood.
    #[must_use]
    pub fn with_unserved(self, unserved: Vec<Span>) -> Self {
        Self { unserved, ..self }
    }

    /// The steps, predecessors first.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Pieces of the request that no step serves.
    #[must_use]
    pub fn unserved(&self) -> &[Span] {
        &self.unserved
    }

    /// Whether a parameter takes one thing, so that of a list it is given the first element.
    #[must_use]
    pub fn takes_first(&self, step: &StepId, parameter: &str) -> bool {
        self.first_of.iter().any(|(id, name)| id == step && name == parameter)
    }

    /// Whether a parameter takes a text, so that a number, a truth value or a record is written out for it.
    #[must_use]
    pub fn takes_text(&self, step: &StepId, parameter: &str) -> bool {
        self.texts_of.iter().any(|(id, name)| id == step && name == parameter)
    }

    /// The step of this name.
    #[must_use]
    pub fn step(&self, id: &StepId) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == *id)
    }

    /// The steps whose result nobody else needs: together they are the answer.
    pub fn results(&self) -> impl Iterator<Item = &Step> {
        self.steps
            .iter()
            .filter(|step| !self.steps.iter().any(|other| other.action.inputs().any(|input| *input == step.id)))
            .filter(|step| !self.steps.iter().any(|other| other.each.as_ref() == Some(&step.id)))
    }
}

impl fmt::Display for Plan {
    /// One step a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.steps.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            step.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.id, self.action)?;
        if let Some(list) = &self.each {
            write!(f, " for each of {list}")?;
        }
        if let Some(guard) = &self.when {
            write!(f, " when {guard}")?;
        }
        let stated: Vec<&str> = self.after.iter().map(StepId::as_str).collect();
        if !stated.is_empty() {
            write!(f, " after {}", stated.join(", "))?;
        }
        Ok(())
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |steps: &[StepId]| steps.iter().map(StepId::as_str).collect::<Vec<_>>().join(", ");
        match self {
            Self::Call { tool, arguments } => {
                let arguments: Vec<String> = arguments.iter().map(|(name, value)| format!("{name}: {value}")).collect();
                write!(f, "{tool}({})", arguments.join(", "))
            }
            Self::Ask { requires, inputs, .. } if inputs.is_empty() => write!(f, "ask for {requires}"),
            Self::Ask { requires, inputs, .. } => write!(f, "ask for {requires} of {}", names(inputs)),
            Self::Select { input, field } => write!(f, "{field} of {input}"),
            Self::Synthesize { inputs } => write!(f, "join {}", names(inputs)),
        }
    }
}
