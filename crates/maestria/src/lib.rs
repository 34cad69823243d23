//! Orchestrates AI models and tools in-process: understands a request, plans it, picks the model for each step, runs it, and explains
//! every decision.
//!
//! ```
//! use std::sync::Arc;
//!
//! use maestria::{Answer, Capability, Chunk, ModelCard, Orchestrator, Probability, Tokens};
//! use maestria_testkit::ScriptedModel;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let painter = ModelCard::new("painter".parse()?, Tokens(4096))
//!     .with_capability("image_generation".parse()?, Probability::new(0.9)?);
//! let orchestrator = Orchestrator::builder()
//!     .with_model(painter, Arc::new(ScriptedModel::saying(["a picture of a sunset"])))
//!     .build()?;
//!
//! let response = orchestrator.run("Generate an image of a sunset").response().await;
//! assert_eq!(response.answer.to_string(), "a picture of a sunset");
//! assert_eq!(response.choices[0].ranking.ranked[0].candidate.executor.to_string(), "model painter");
//!
//! // What no model can do is said, not pretended.
//! let response = orchestrator.run("Translate this letter into French").response().await;
//! assert!(matches!(response.answer, Answer::Lacking { .. }));
//! # Ok(())
//! # }
//! ```

mod request;
mod response;

mod builder;
mod orchestrator;
mod progress;
mod run;

mod discovering;
mod discovery_plan;
mod explained;
mod kept_state;

mod consultation;
mod tool_plan;
mod tool_planner;

mod error;

mod clock;
mod consult;
mod dispatch;
mod drive;
mod mind;
mod narrator;
mod toolbox;

mod adoption;
mod bridge;
mod composition;
mod discover;
mod history;
mod keeper;
mod learner;
mod learning;
mod selection;
mod watch;

mod admission;
mod attempt;
mod attempts;
mod execution;
mod performance;
mod recover;
mod synthesize;

/// The examples of the documents run as those of the code do.
#[cfg(doctest)]
mod documents {
    #[doc = include_str!("../../../docs/discovery.md")]
    struct Discovery;
    #[doc = include_str!("../../../docs/learned-policy.md")]
    struct LearnedPolicy;
}

pub use builder::Builder;
pub use consultation::{Consultation, Doubt, Opinion, PlanningSettings, planning};
pub use discovering::{Discovered, Discovering, DiscoveryEvent};
pub use discovery_plan::DiscoveryPlan;
pub use error::{Error, Result};
pub use explained::{Explained, ExplainedStep};
pub use kept_state::KeptState;
pub use orchestrator::Orchestrator;
pub use progress::{Progress, ProgressEvent};
pub use request::{Given, Request};
pub use response::{Answer, Choice, Cut, Degraded, Lack, Response, Skip, Stages, StepFailure, StepResult};
pub use run::Run;
pub use tool_plan::ToolPlan;
pub use tool_planner::ToolPlanner;

pub use maestria_context as context;
pub use maestria_delegator as delegator;
pub use maestria_intent as intent;
pub use maestria_monitor as monitor;
pub use maestria_registry as registry;
pub use maestria_scheduler as scheduler;
#[cfg(feature = "store")]
pub use maestria_store as store;

pub use maestria_intent::{Classifier, number_word, taxonomy};
pub use maestria_registry::ModelCard;
pub use maestria_scheduler::Priority;
pub use maestria_vocabulary::*;
