//! How often the right tools are selected, how well that is known, and the weights of the probability.
//!
//! `cargo run --release --package maestria-benches --bin selection -- --data DIR measure` prints figures, and `… fit` the weights.

mod fit;
mod logistic;
mod measure;
mod sets;
mod suit;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use clap::{Parser, Subcommand};
use maestria::{
    Embedder,
    intent::{
        StaticEmbedder,
        onnx::{OnnxEncoder, Runtime, Settings},
    },
};

type Result<T = (), E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

/// Measures the selection of tools, or fits its probability.
#[derive(Debug, Parser)]
struct Options {
    /// Folder of the public sets: `tools/seal_tools`, `tools/metatool` and `tools/bfcl`.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Folder of this project's planning cases.
    #[arg(long, value_name = "DIR", default_value = "training/data/planning")]
    planning: PathBuf,
    /// Encoder as an ONNX file, with `tokenizer.json` beside it, in place of the embedded one.
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// ONNX Runtime's library, for --model; the environment variable ORT_DYLIB_PATH by default.
    #[arg(long, value_name = "FILE", requires = "model")]
    library: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measures on parts that something may be chosen by.
    Measure {
        /// Measures on what nothing may be chosen by too: it is for reporting.
        #[arg(long)]
        test: bool,
        /// Folds of MetaTool that are measured with the others as examples, of five.
        #[arg(long, default_value_t = 5)]
        folds: usize,
    },
    /// Fits the weights of the probability that the index gives, and prints them.
    Fit,
    /// Fits the weights of the probability once arguments are read, and prints them.
    Suit,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("selection: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result {
    let embedder: Arc<dyn Embedder> = match &options.model {
        None => Arc::new(StaticEmbedder::embedded()?),
        Some(model) => Arc::new(encoder(model, options.library.clone())?),
    };
    let (data, planning) = (&options.data, &options.planning);
    match options.command {
        Command::Fit => fit::fit(&embedder, data, planning),
        Command::Suit => suit::fit(planning),
        Command::Measure { test, folds } => measure::measure(&embedder, data, planning, test, folds),
    }
}

/// The encoder of an ONNX file, with the tokenizer beside it.
fn encoder(model: &Path, library: Option<PathBuf>) -> Result<OnnxEncoder> {
    let library = library.or_else(|| env::var_os("ORT_DYLIB_PATH").map(PathBuf::from));
    let library = library.ok_or("ONNX Runtime is needed: name its library with --library or ORT_DYLIB_PATH")?;
    let tokenizer = fs::read(model.with_file_name("tokenizer.json"))?;
    Ok(OnnxEncoder::open(&Runtime::load(&library)?, model, &tokenizer, Settings::default())?)
}
