//! Capability discovery: what a model can do, found out by asking it.
//!
//! A [`Discovery`] is a machine: it says which [`Probe`] to put to which model, takes the answer or the failure of the call, and stops with
//! a model and capability as soon as it is sure. It calls nothing itself and knows no clock. Probes come from suites, the built-in ones of
//! [`Skill`] or an application's own [`Suite`]; their answers are graded without a judge.
//!
//! ```
//! use std::sync::Arc;
//!
//! use maestria_registry::{
//!     ModelCard,
//!     discovery::{Ability, Answer, Discovery, Next, Settings, Skill, Suite},
//! };
//! use maestria_vocabulary::{ModelId, Probability, Timestamp, Tokens};
//!
//! let phi: ModelId = "phi-3-mini".parse()?;
//! let card = ModelCard::new(phi.clone(), Tokens(4096)).with_capability("translation".parse()?, Probability::new(0.9)?);
//!
//! let suites: Vec<Arc<dyn Suite>> = vec![Arc::new(Skill::Arithmetic.suite()?), Arc::new(Skill::Translation.suite()?)];
//! let mut discovery = Discovery::new(Settings { seed: 7, ..Settings::default() }, suites)?;
//! discovery.add(&card);
//!
//! // A model that computes well, and answers in English whatever it is asked.
//! let now = Timestamp::ZERO;
//! while let Next::Ask(ask) = discovery.next(now) {
//!     let answer = match ask.probe.capability().as_str() {
//!         "arithmetic" => ask.probe.reference().clone(),
//!         _ => Answer::from("On Monday she bought some apples."),
//!     };
//!     discovery.answered(ask.ticket, &answer, None, now)?;
//! }
//!
//! let profile = discovery.profile(&phi).ok_or("nobody asked it")?;
//! let found: Vec<_> = profile.findings.iter().map(|(what, found)| (what.as_str(), found.ability, found.probes)).collect();
//! assert_eq!(found, [("arithmetic", Ability::Able, 5), ("translation", Ability::Unable, 5)]);
//! // What it can do is not what its card says.
//! assert_eq!(profile.against(&card).len(), 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod machine;
mod settings;
mod step;
mod subject;
mod trial;

mod profile;
mod sequential;

mod answer;
mod probe;
mod suite;

mod draw;
mod exercises;
pub mod grading;
mod text;

mod error;

pub use answer::{Answer, Grade, Reason, Task};
pub use draw::Draw;
pub use error::{Error, Result};
pub use exercises::{Exercises, Skill};
pub use machine::Discovery;
pub use probe::{Difficulty, Grader, Probe};
pub use profile::{Ability, CapabilityProfile, Discrepancy, Ending, Finding, Tally};
pub use settings::{Budget, Settings};
pub use step::{Ask, Failure, Next, Ticket};
pub use suite::{Examples, Suite};
