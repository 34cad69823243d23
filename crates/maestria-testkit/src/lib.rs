//! For authors of extensions: scripted fakes, decorators that delay and fail, and conformance suites for every extension trait.
//!
//! ```
//! use std::time::Duration;
//!
//! use maestria_testkit::{Flaky, ScriptedModel, Slow, Turn, conformance};
//! use maestria_vocabulary::{ModelError, ModelExt, Prompt, Recovery};
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // A model that is overloaded once, then thinks for ten seconds and answers.
//! let overloaded = ModelError::Overloaded { retry_after: None };
//! let model = Slow::new(ScriptedModel::saying(["It is noon."])).with_first(Duration::from_secs(10));
//! let model = Flaky::new(model, [Turn::Fail(overloaded)]);
//!
//! let error = model.complete(Prompt::default()).await.unwrap_err();
//! assert!(matches!(error.recovery(), Recovery::Retry { .. }));
//! let answer = model.complete(Prompt::default()).await?;
//! assert_eq!(answer.content, ["It is noon.".into()]);
//!
//! // An own extension keeps its contract when its suite says so.
//! conformance::model(&ScriptedModel::saying(["yes"; 20])).await?;
//! # Ok(())
//! # }
//! ```

pub mod conformance;

mod flaky;
mod scripted;
mod slow;

pub use flaky::{Flaky, Turn};
pub use scripted::{ScriptEnded, ScriptedModel, ScriptedTool};
pub use slow::Slow;
