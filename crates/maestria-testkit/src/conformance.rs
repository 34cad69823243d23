//! Suites that tell whether an implementation keeps the contract of its trait, and which clause it breaks.
//!
//! A suite is run from a test of the extension. It needs an implementation that is ready to work (a model that is loaded, a server that
//! runs), and knows no clock: put it under a timeout where something may hang.

mod embedder;
mod model;
mod store;
mod tool;
mod violation;

pub use embedder::embedder;
pub use model::model;
pub use store::{StoreClause, store};
pub use tool::tool;
pub use violation::{Company, Schema, Situation, Violation};
