//! The classifiers that are measured: where they come from, and how they are asked.

use std::{
    env, fmt, fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::ValueEnum;
use maestria::{
    Classifier, Embedder,
    intent::{
        Classification, FitOptions,
        onnx::{OnnxEncoder, Runtime, Settings},
    },
};

use crate::{
    Result,
    examples::{Example, texts},
    measure::Set,
    remembering::Remembering,
};

/// A column of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Column {
    Default,
    Accurate,
}

/// Where a classifier comes from.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// This library.
    Embedded,
    /// An encoder as an ONNX file, its tokenizer and head beside it, and ONNX Runtime's library.
    Onnx { model: PathBuf, library: PathBuf },
}

/// A classifier of the taxonomy, and its encoder for other labels.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) column: Column,
    pub(crate) classifier: Classifier,
    encoder: Arc<dyn Embedder>,
}

impl Source {
    /// An encoder in a file, run by a library that is named here or by the environment variable `ORT_DYLIB_PATH`.
    pub(crate) fn onnx(model: PathBuf, library: Option<PathBuf>) -> Result<Self> {
        let library = library.or_else(|| env::var_os("ORT_DYLIB_PATH").map(PathBuf::from));
        let library =
            library.ok_or("ONNX Runtime is needed for --model: name its library with --library or ORT_DYLIB_PATH")?;
        Ok(Self::Onnx { model, library })
    }

    pub(crate) fn column(&self) -> Column {
        match self {
            Self::Embedded => Column::Default,
            Self::Onnx { .. } => Column::Accurate,
        }
    }

    /// What runs the encoder, if it needs anything.
    pub(crate) fn runtime(&self) -> Result<Option<Runtime>> {
        match self {
            Self::Embedded => Ok(None),
            Self::Onnx { library, .. } => Ok(Some(Runtime::load(library)?)),
        }
    }

    /// The classifier of the taxonomy.
    pub(crate) fn classifier(&self, runtime: Option<&Runtime>) -> Result<Classifier> {
        let (Self::Onnx { model, .. }, Some(runtime)) = (self, runtime) else { return Ok(Classifier::embedded()?) };
        let (tokenizer, head) = (beside(model, "tokenizer.json")?, beside(model, "taxonomy.safetensors")?);
        let encoder = OnnxEncoder::open(runtime, model, &tokenizer, Settings::default())?;
        Ok(Classifier::new(Arc::new(encoder), &head)?)
    }
}

impl Subject {
    pub(crate) fn open(source: &Source) -> Result<Self> {
        let classifier = source.classifier(source.runtime()?.as_ref())?;
        let encoder = Arc::new(Remembering::new(classifier.embedder().clone()));
        Ok(Self { column: source.column(), classifier, encoder })
    }

    /// Tells on standard error what comes next.
    pub(crate) fn announce(&self, set: Set, what: &str, count: usize) {
        eprintln!("{}: {set}: {what} {count} texts", self.column);
    }

    /// What the taxonomy's classifier says of examples, in order.
    pub(crate) fn classify(&self, examples: &[Example]) -> Result<Vec<Classification>> {
        Ok(self.classifier.classify(&texts(examples))?)
    }

    /// A classifier with the labels of examples.
    pub(crate) fn fit(&self, examples: &[Example]) -> Result<Classifier> {
        let pairs = examples.iter().map(|example| (example.text.as_str(), example.label.clone()));
        Ok(Classifier::fit(self.encoder.clone(), pairs, FitOptions::default())?)
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
