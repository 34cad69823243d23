//! Who could run a step, where, and at what price: what the delegator ranks and the scheduler takes in order.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{Joules, ModelId, Money, Needs, ToolId};

/// What runs a step.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Executor {
    /// A model; it must be resident on its device first.
    Model(ModelId),
    /// A tool; always ready.
    Tool(ToolId),
}

impl fmt::Display for Executor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Model(id) => write!(f, "model {id}"),
            Self::Tool(id) => write!(f, "tool {id}"),
        }
    }
}

/// What running a step is expected to take, waiting excluded.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Expected {
    /// Time to bring the executor into memory when it is not there.
    pub load: Duration,
    /// Time to run.
    pub run: Duration,
    /// Money.
    pub cost: Money,
    /// Energy.
    pub energy: Joules,
}

/// One way to run a step. A step has a list of them, best first: fallback, degradation and cost limits all mean "take the next one".
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Who would run it.
    pub executor: Executor,
    /// What that takes of a device.
    pub needs: Needs,
    /// What that is expected to take of time, money and energy.
    pub expected: Expected,
}
