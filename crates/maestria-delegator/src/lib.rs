//! Splits an understood request into a checked plan of steps, and ranks the models for each step.
//!
//! Everything here is a pure function of plain values. A [`Policy`] reads what a step requires, which models there are and what the
//! devices are doing; its [`Ranking`] carries the numbers that led to it:
//!
//! ```
//! use std::time::Duration;
//!
//! use maestria_delegator::{DefaultPolicy, DeviceLoad, Load, Policy, Requirements, Route};
//! use maestria_registry::{ModelCard, Registry};
//! use maestria_vocabulary::{Bytes, Capability, DeviceId, DeviceKind, Probability, Tokens};
//!
//! let audio: Capability = "audio_analysis".parse()?;
//! let registry = Registry::default();
//! for (model, declared) in [("generalist", 0.9), ("ears", 0.7), ("small-ears", 0.6)] {
//!     let card = ModelCard::new(model.parse()?, Tokens(4096)).with_capability(audio.clone(), Probability::new(declared)?);
//!     registry.insert(card)?;
//! }
//!
//! let load = Load {
//!     devices: vec![DeviceLoad {
//!         id: DeviceId::cpu(),
//!         kind: DeviceKind::Cpu,
//!         memory: Bytes::gib(16),
//!         free: Bytes::gib(8),
//!         queue_wait: Duration::ZERO,
//!     }],
//!     ..Load::default()
//! };
//! let route = Route {
//!     capability: audio.clone(),
//!     model: "ears".parse()?,
//!     confidence: Probability::new(0.95)?,
//!     fallback: Some("small-ears".parse()?),
//! };
//! let policy = DefaultPolicy { routes: vec![route], ..DefaultPolicy::default() };
//!
//! let ranking = policy.rank(&Requirements::new(audio), &registry.snapshot(), &load);
//! let order: Vec<String> = ranking.ranked.iter().map(|ranked| ranked.candidate.executor.to_string()).collect();
//! assert_eq!(order, ["model ears", "model small-ears", "model generalist"]);
//! assert!(ranking.ranked[0].to_string().starts_with("model ears: routed with confidence 0.95; score 0.70 (declared 0.70"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod catalog;
mod check;
mod function;
mod plan;
mod planner;

mod ability;
mod chain;
mod load;
mod requirements;
mod task;

mod advice;
mod explanation;
mod policy;

mod default_policy;
mod placement;
mod preference;
mod route;
mod score;

mod allowance;
mod balance;
mod cholesky;
mod format;
mod hybrid;
mod learned;
pub mod off_policy;
mod predictor;
mod retry;

mod error;

pub use ability::{Ability, Modality};
pub use advice::{Advice, Limit, advise};
pub use allowance::{Allowance, Exhausted};
pub use balance::two_choices;
pub use catalog::{Catalog, CatalogError, SchemaProblem};
pub use chain::{Chain, Link, NoChain};
pub use check::PlanError;
pub use default_policy::DefaultPolicy;
pub use error::{Error, Result};
pub use explanation::{Explanation, Refusal};
pub use function::{FunctionError, read_functions};
pub use hybrid::{Hybrid, HybridComposition, Reading, SwitchingCriteria};
pub use learned::{
    Alternative, Context, Decision, Directions, Draw, Informed, LearnedPolicy, Learning, LearningError, Projection,
    reward_of,
};
pub use load::{DeviceLoad, Load};
pub use placement::{Readiness, Timing};
pub use plan::{Account, Action, Binding, Estimate, Figures, Guard, Origin, Plan, Step};
pub use planner::{
    AnswerError, Brief, Count, LlmError, LlmPlanning, MOST_ANSWER, Planned, Planner, Preset, Proposal, Proposed,
    RulePlanner, Template, TemplatePlanner, Verdict, slot,
};
pub use policy::{Policy, Ranked, Ranking};
pub use predictor::{ScorePredictor, ScoredRequest, request_features};
pub use preference::{Preference, Weights};
pub use requirements::Requirements;
pub use retry::{Backoff, RetryBudget};
pub use route::{Route, Routed};
pub use score::Quality;
pub use task::{Task, TaskAnalyzer};
