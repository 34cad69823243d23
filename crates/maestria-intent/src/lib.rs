//! What a request asks for: calibrated intents, the tools that serve it, and their arguments, without an LLM.
//!
//! ```
//! use maestria_intent::{Classifier, Interpreter};
//! use maestria_vocabulary::{ToolSpec};
//! use serde_json::json;
//!
//! let draw = ToolSpec::new("draw_chart".parse()?, "Draws a chart of a table")
//!     .with_serves([maestria_intent::taxonomy::data_visualization()])
//!     .with_input(json!({"type": "object", "properties": {
//!         "file": {"type": "string", "format": "path", "description": "Table to read"},
//!         "kind": {"enum": ["bar", "line"]},
//!     }}));
//! let interpreter = Interpreter::new(Classifier::embedded()?, [draw])?;
//!
//! let understanding = interpreter.interpret("Create a bar chart of revenue by region from sales.csv")?;
//! let intent = understanding.intents().next().unwrap();
//! assert_eq!(intent.label.as_str(), "data_visualization");
//! let tool = &understanding.clauses[0].tools[0];
//! assert_eq!(tool.arguments[0].value, "sales.csv");
//! assert_eq!(tool.arguments[1].value, "bar");
//!
//! assert!(interpreter.interpret("asdf qwer zxcv")?.is_unknown());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! This crate does not know how a wish is planned, which models exist, or what time it is.

mod error;

mod calibration;
mod classifier;
mod fit;
mod head;
mod ngrams;
mod pieces;
mod product;
mod spelling;
mod static_embedder;
mod weights;

mod clause;
mod extract;
mod interpreter;
mod material;
mod select;
mod tag;
pub mod taxonomy;
mod words;

pub use calibration::{Calibration, ConformalScores};
pub use classifier::{Classification, Classifier, Encoded, LearnOptions, PredictionSet};
pub use error::{Error, Result};
pub use extract::{
    AnnotatedRequest, ArgumentExtractor, Extraction, Said, SpanFit, SpanModel, Suitability, number_word,
};
pub use fit::{FitOptions, Solver};
pub use interpreter::{Interpreter, Settings};
#[cfg(feature = "onnx")]
pub use maestria_onnx as onnx;
pub use material::{OwnWords, own_words};
pub use select::{Evidence, Ranking, ToolSelector};
pub use static_embedder::StaticEmbedder;
