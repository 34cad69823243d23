//! A discovery under way, and what it tells.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;
use maestria_registry::discovery::{CapabilityProfile, Finding, Grade};
use maestria_vocabulary::{Capability, ModelId, Money, Tokens};
use tokio::{sync::mpsc, task::AbortHandle};

/// One thing that happened in a discovery.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum DiscoveryEvent {
    /// A model answered a probe.
    Answered {
        /// The model.
        model: ModelId,
        /// What the probe tests.
        capability: Capability,
        /// How well, and why.
        grade: Grade,
    },
    /// A call gave no answer.
    Failed {
        /// The model.
        model: ModelId,
        /// What the probe tests.
        capability: Capability,
        /// Why, with its causes.
        problem: String,
    },
    /// It is known whether a model has an ability, or no more is asked about it. The registry knows it too.
    Found {
        /// The model.
        model: ModelId,
        /// The ability.
        capability: Capability,
        /// What was found, with its interval.
        finding: Finding,
    },
    /// All is found out that can be. This is the last event.
    Done(Discovered),
}

/// What a discovery came to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Discovered {
    /// What was found of each model, by model.
    pub profiles: Vec<CapabilityProfile>,
    /// Tokens that all answers took.
    pub tokens: Tokens,
    /// Money that they cost.
    pub money: Money,
}

/// A discovery under way: a stream of what happens, whose last event is what was found.
///
/// # Cancel safety
/// Dropping it stops the probes, as does dropping the last handle to the orchestrator; what was found by then stays in the registry.
#[derive(Debug)]
#[must_use = "dropping a discovery stops it"]
pub struct Discovering {
    pub(crate) events: mpsc::UnboundedReceiver<DiscoveryEvent>,
    pub(crate) task: AbortHandle,
}

impl Discovering {
    /// Waits until all is found out. Where the last handle to the orchestrator goes before, or the runtime is shut down, nothing is given.
    pub async fn finished(mut self) -> Discovered {
        while let Some(event) = self.events.recv().await {
            if let DiscoveryEvent::Done(discovered) = event {
                return discovered;
            }
        }
        Discovered::default()
    }
}

impl Stream for Discovering {
    type Item = DiscoveryEvent;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<DiscoveryEvent>> {
        self.events.poll_recv(cx)
    }
}

impl Drop for Discovering {
    fn drop(&mut self) {
        self.task.abort();
    }
}
