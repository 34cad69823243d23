//! A plan: steps, what each is given, and which must come before which. Every [`Plan`] is checked, and cannot be changed afterwards.

use std::{collections::BTreeMap, fmt};

use maestria_vocabulary::{Capability, Span, StepId, ToolId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Catalog, PlanError,
    check::{Extent, check},
};

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Its name within the plan.
    pub id: StepId,
    /// What is done.
    pub action: Action,
    /// The piece of the request it serves; absent for a step that only prepares or joins.
    pub serves: Option<Span>,
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
    /// Takes one field of a result, for a call that needs no more of it.
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

/// Where an argument comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Binding {
    /// The result of an earlier step.
    From {
        /// The step.
        #[serde(rename = "$from")]
        step: StepId,
    },
    /// A value known from the start.
    Value(Value),
}

impl Action {
    /// The steps whose results it needs.
    pub fn inputs(&self) -> impl Iterator<Item = &StepId> {
        let (bindings, steps) = match self {
            Self::Call { arguments, .. } => (Some(arguments), [].as_slice()),
            Self::Ask { inputs, .. } | Self::Synthesize { inputs } => (None, inputs.as_slice()),
            Self::Select { input, .. } => (None, std::slice::from_ref(input)),
        };
        let bound = bindings.into_iter().flat_map(BTreeMap::values).filter_map(|binding| match binding {
            Binding::From { step } => Some(step),
            Binding::Value(_) => None,
        });
        bound.chain(steps)
    }
}

/// A checked plan: its steps are in an order in which they could run one after the other.
///
/// Invariants: ids are unique; every input is an earlier step; every tool is known, has all it requires and nothing it does not take; the
/// types along every edge agree.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    steps: Vec<Step>,
    unserved: Vec<Span>,
}

impl Plan {
    /// Checks `steps` against the tools of `catalog` and puts them in order.
    ///
    /// # Errors
    /// [`PlanError`] that names the step and what is wrong with it.
    pub fn new(steps: Vec<Step>, catalog: &Catalog) -> Result<Self, PlanError> {
        Ok(Self { steps: check(steps, catalog, Extent::Whole)?, unserved: Vec::new() })
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
        write!(f, "{} {}", self.id, self.action)
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

impl fmt::Display for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::From { step } => step.fmt(f),
            Self::Value(value) => value.fmt(f),
        }
    }
}
