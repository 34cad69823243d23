//! The nouns of maestria, and the traits that extensions implement; no I/O and no runtime.
//!
//! A model, a tool or a device adapter depends on this crate alone:
//!
//! ```
//! use async_trait::async_trait;
//! use maestria_vocabulary::{Arguments, Content, Effect, Tool, ToolError, ToolSpec};
//! use serde_json::json;
//!
//! #[derive(Debug)]
//! struct Echo(ToolSpec);
//!
//! #[async_trait]
//! impl Tool for Echo {
//!     fn spec(&self) -> &ToolSpec {
//!         &self.0
//!     }
//!     async fn call(&self, arguments: Arguments) -> Result<Content, ToolError> {
//!         Ok(Content::Json(arguments.into()))
//!     }
//! }
//!
//! let spec = ToolSpec::new("echo".parse()?, "Gives back what it was given")
//!     .with_input(json!({"type": "object", "properties": {"text": {"type": "string"}}}))
//!     .with_effect(Effect::Pure);
//! assert_eq!(Echo(spec).spec().id.as_str(), "echo");
//! # Ok::<(), maestria_vocabulary::InvalidId>(())
//! ```

mod id;
mod time;
mod unit;

mod message;
mod model;
mod tool;
mod workload;

pub mod store;

mod bond;
mod device;
mod embedder;
mod execution;
mod outcome;
mod understanding;

pub use bond::{Bond, Comparison, Premise};
pub use device::{DeviceId, DeviceKind, DeviceSnapshot, Needs};
pub use embedder::{EmbedError, Embedder, Embedding};
pub use execution::{Candidate, Executor, Expected};
pub use id::{Capability, InvalidId, Label, ModelId, RunId, StepId, TenantId, ToolId};
pub use message::{Content, Message, Role};
pub use model::{Chunk, ChunkStream, Completion, ErrorKind, Model, ModelError, ModelExt, Prompt, Recovery, Usage};
pub use outcome::{Outcome, Verdict};
pub use store::{Store, StoreError, StoreExt};
pub use time::Timestamp;
pub use tool::{Arguments, Effect, Tool, ToolError, ToolSpec};
pub use understanding::{Argument, Clause, Intent, Question, Span, ToolMatch, Understanding};
pub use unit::{Bytes, Joules, Money, OutOfRange, Probability, Tokens};
pub use workload::{Workload, joined};
