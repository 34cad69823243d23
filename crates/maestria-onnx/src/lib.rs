//! Encoders as ONNX files: one loader of ONNX Runtime, sessions on a processor or on CUDA, and texts as unit vectors.
//!
//! Threads share an encoder without a lock around its runs, and texts that wait at the same time run together ([`OnnxEncoder`]).
//!
//! The application says where the library lies; a path that leads nowhere is a typed error, never a crash:
//!
//! ```
//! use std::{error, path::Path};
//!
//! use maestria_onnx::{Error, OnnxEncoder, Provider, Runtime, Settings};
//! use maestria_vocabulary::Embedder;
//!
//! fn similarity(runtime: &Runtime, model: &Path, tokenizer: &[u8]) -> Result<f32, Box<dyn error::Error>> {
//!     let settings = Settings { provider: Provider::cuda(0), ..Settings::default() };
//!     let encoder = OnnxEncoder::open(runtime, model, tokenizer, settings)?;
//!     if let Some(reason) = &encoder.provider().fallback {
//!         println!("on the processor: {reason}");
//!     }
//!     let vectors = encoder.embed(&["plot the sales", "draw a chart of what we sold"])?;
//!     Ok(vectors[0].cosine(&vectors[1]))
//! }
//!
//! let library = Path::new("/nowhere/libonnxruntime.so");
//! match Runtime::load(library) {
//!     Ok(runtime) => println!("{}", similarity(&runtime, Path::new("encoder.onnx"), b"{}")?),
//!     Err(Error::LibraryMissing { path }) => assert_eq!(path, library),
//!     Err(error) => assert!(matches!(error, Error::Disabled { .. }), "{error}"), // built without an engine
//! }
//! # Ok::<(), Box<dyn error::Error>>(())
//! ```
//!
#![doc = include_str!("../docs/runtime.md")]
#![cfg_attr(
    not(any(feature = "onnx-load-dynamic", feature = "onnx-download")),
    allow(dead_code, reason = "without an engine nothing reads a batch or pools a vector")
)]

mod encoder;
mod error;
mod lengths;
mod line;
mod pooling;
mod provider;
mod shared;
mod tokens;

#[cfg(any(feature = "onnx-load-dynamic", feature = "onnx-download"))]
mod graph;
#[cfg(any(feature = "onnx-load-dynamic", feature = "onnx-download"))]
mod open;
#[cfg(any(feature = "onnx-load-dynamic", feature = "onnx-download"))]
mod runtime;

#[cfg(not(any(feature = "onnx-load-dynamic", feature = "onnx-download")))]
mod disabled;
#[cfg(not(any(feature = "onnx-load-dynamic", feature = "onnx-download")))]
use disabled::{self as graph, self as open};

#[cfg(not(any(feature = "onnx-load-dynamic", feature = "onnx-download")))]
pub use disabled::Runtime;
pub use encoder::{OnnxEncoder, Settings};
pub use error::{Error, Result};
pub use provider::{Provider, Selected};
#[cfg(any(feature = "onnx-load-dynamic", feature = "onnx-download"))]
pub use runtime::Runtime;
