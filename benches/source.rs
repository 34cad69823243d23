//! The classifiers that are measured, a column of a table each, and where they come from.

use std::{
    env, fmt, fs,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::{Args, ValueEnum};
use maestria::{
    Classifier,
    intent::onnx::{OnnxEncoder, Runtime, Settings},
};

use crate::Result;

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Column {
    /// The classifier with the embedded encoder.
    Default,
    /// The classifier with an encoder in an ONNX file.
    Accurate,
}

/// Where a classifier comes from.
#[derive(Debug, Clone)]
pub enum Source {
    /// This library.
    Embedded,
    /// An encoder as an ONNX file, its tokenizer and head beside it.
    Onnx {
        /// The encoder.
        model: PathBuf,
        /// ONNX Runtime.
        library: PathBuf,
    },
}

/// Which classifier is measured besides the embedded one.
#[derive(Debug, Args)]
pub struct Accurate {
    /// Encoder of the accurate column as an ONNX file, with `tokenizer.json` and `taxonomy.safetensors` beside it.
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// ONNX Runtime's library, for --model; the environment variable ORT_DYLIB_PATH by default.
    #[arg(long, value_name = "FILE", requires = "model")]
    library: Option<PathBuf>,
}

impl Accurate {
    /// The embedded classifier, and the other one if it is named.
    ///
    /// # Errors
    /// When ONNX Runtime is needed and not named.
    pub fn sources(&self) -> Result<Vec<Source>> {
        let mut sources = vec![Source::Embedded];
        if let Some(model) = &self.model {
            sources.push(Source::onnx(model.clone(), self.library.clone())?);
        }
        Ok(sources)
    }
}

impl Source {
    /// An encoder in a file, run by a library that is named here or by the environment variable `ORT_DYLIB_PATH`.
    fn onnx(model: PathBuf, library: Option<PathBuf>) -> Result<Self> {
        let library = library.or_else(|| env::var_os("ORT_DYLIB_PATH").map(PathBuf::from));
        let library =
            library.ok_or("ONNX Runtime is needed for --model: name its library with --library or ORT_DYLIB_PATH")?;
        Ok(Self::Onnx { model, library })
    }

    /// The column it is shown in.
    #[must_use]
    pub fn column(&self) -> Column {
        match self {
            Self::Embedded => Column::Default,
            Self::Onnx { .. } => Column::Accurate,
        }
    }

    /// What runs the encoder, if it needs anything.
    ///
    /// # Errors
    /// When the library cannot be loaded.
    pub fn runtime(&self) -> Result<Option<Runtime>> {
        match self {
            Self::Embedded => Ok(None),
            Self::Onnx { library, .. } => Ok(Some(Runtime::load(library)?)),
        }
    }

    /// The classifier of the taxonomy.
    ///
    /// # Errors
    /// When a file cannot be read, or is not what it should be.
    pub fn classifier(&self, runtime: Option<&Runtime>) -> Result<Classifier> {
        let (Self::Onnx { model, .. }, Some(runtime)) = (self, runtime) else { return Ok(Classifier::embedded()?) };
        let (tokenizer, head) = (beside(model, "tokenizer.json")?, beside(model, "taxonomy.safetensors")?);
        // One text a run: in an int8 graph texts that run together shift each other's scales.
        let settings = Settings { texts_per_run: NonZeroUsize::MIN, ..Settings::default() };
        let encoder = OnnxEncoder::open(runtime, model, &tokenizer, settings)?;
        Ok(Classifier::new(Arc::new(encoder), &head)?)
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Default => "default",
            Self::Accurate => "accurate",
        })
    }
}

fn beside(model: &Path, name: &str) -> Result<Vec<u8>> {
    let path = model.with_file_name(name);
    fs::read(&path)
        .map_err(|error| format!("{}: {error}; {name} is to lie beside the file of --model", path.display()).into())
}
