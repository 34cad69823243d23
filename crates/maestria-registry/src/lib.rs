//! Which models exist, what they can do, and how well they did.
//!
//! What a card declares is a promise: [`discovery`] finds out what a model can do, and [`drift`] when that changes.
//!
//! A [`Registry`] is shared by reference and changes at run time; a [`Snapshot`] of it never changes, so that one decision sees one
//! state of the world. Every [`Outcome`](maestria_vocabulary::Outcome) moves the [`Record`] of the model that ran:
//!
//! ```
//! use std::time::Duration;
//!
//! use maestria_registry::{ModelCard, Registry};
//! use maestria_vocabulary::{
//!     Capability, DeviceId, Executor, ModelId, Money, Outcome, Probability, Timestamp, Tokens, Verdict,
//! };
//!
//! let phi: ModelId = "phi-3-mini".parse()?;
//! let summarization: Capability = "summarization".parse()?;
//!
//! let registry = Registry::default();
//! let card = ModelCard::new(phi.clone(), Tokens(4096)).with_capability(summarization.clone(), Probability::new(0.8)?);
//! registry.insert(card)?;
//!
//! for (step, verdict) in [("first", Verdict::Succeeded), ("second", Verdict::Failed)] {
//!     registry.observe(&Outcome {
//!         run: "run".parse()?,
//!         step: step.parse()?,
//!         executor: Executor::Model(phi.clone()),
//!         capability: Some(summarization.clone()),
//!         device: DeviceId::cpu(),
//!         at: Timestamp::ZERO,
//!         waited: Duration::ZERO,
//!         ran: Duration::from_millis(120),
//!         verdict,
//!         error: None,
//!         usage: None,
//!         cost: Money::ZERO,
//!         energy: None,
//!     });
//! }
//!
//! let fleet = registry.snapshot();
//! let record = fleet.record(&phi, &summarization).ok_or("nothing was observed")?;
//! assert_eq!(record.samples(), 2);
//! assert_eq!(record.success(), Probability::new(0.5)?);
//! assert_eq!(record.latency(), Some(Duration::from_millis(120)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod card;
mod fleet;
mod health;
mod record;
mod snapshot;

mod registry;
mod state;
mod subscription;

pub mod discovery;
pub mod drift;

mod error;

pub use card::{ModelCard, Price};
pub use error::{Error, Result};
pub use fleet::{Fleet, FleetError};
pub use health::{BreakerSettings, Circuit, Health, Residency, ResidencyEvent};
pub use record::{Measured, Reading, Record, Summary};
pub use registry::Registry;
pub use snapshot::{Change, Offer, Snapshot, Terms};
pub use state::{Entry, Restored, StateError};
pub use subscription::Subscription;
