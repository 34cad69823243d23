//! What became of a step: the one fact from which everything learns.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Capability, DeviceId, ErrorKind, Executor, Joules, Money, RunId, StepId, Timestamp, Usage};

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It gave a result.
    Succeeded,
    /// It gave an error.
    Failed,
    /// It ran out of time.
    TimedOut,
    /// Nobody wanted the result any more.
    Cancelled,
}

/// One attempt at one step, as it ended. There is exactly one per attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The request it belongs to.
    pub run: RunId,
    /// The step.
    pub step: StepId,
    /// Who ran it.
    pub executor: Executor,
    /// What ability was asked of a model; absent for a tool.
    pub capability: Option<Capability>,
    /// Where it ran.
    pub device: DeviceId,
    /// When it ended.
    pub at: Timestamp,
    /// Time it waited, from being ready until it started.
    pub waited: Duration,
    /// Time it ran.
    pub ran: Duration,
    /// How it ended.
    pub verdict: Verdict,
    /// What kind of error it gave, where it failed and a model told.
    #[serde(default)]
    pub error: Option<ErrorKind>,
    /// Tokens, where a model told.
    pub usage: Option<Usage>,
    /// Money it cost.
    pub cost: Money,
    /// Energy, where it was measured.
    pub energy: Option<Joules>,
}
