//! How well models are chosen for public requests on which all of them were scored: figures that anyone can repeat.
//!
//! `cargo run --release --package maestria-benches --bin routing -- --data DIR` prints one table. Nothing is tuned here: kernel and penalty
//! are chosen by cross-validation within the requests learnt from.

mod measure;
mod sets;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use clap::Parser;
use maestria::{
    Embedder,
    intent::{
        StaticEmbedder,
        onnx::{OnnxEncoder, Runtime, Settings},
    },
};
use maestria_benches::{Result, told};

/// Measures how well models are chosen for public requests.
#[derive(Debug, Parser)]
struct Options {
    /// Folder of the public sets: `routing/llmrouter` and `routing/routellm`.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Encoder as an ONNX file, with `tokenizer.json` beside it, in place of the embedded one.
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// ONNX Runtime's library, for --model; the environment variable ORT_DYLIB_PATH by default.
    #[arg(long, value_name = "FILE", requires = "model")]
    library: Option<PathBuf>,
    /// Landmarks of a predictor.
    #[arg(long, default_value_t = 1000)]
    landmarks: usize,
    /// Prints JSON lines instead of a table.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("routing: {}", told(&*error));
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result {
    let sets = [sets::llmrouter(&options.data)?, sets::mmlu(&options.data, false)?, sets::mmlu(&options.data, true)?];
    let embedder: Arc<dyn Embedder> = match &options.model {
        None => Arc::new(StaticEmbedder::embedded()?),
        Some(model) => Arc::new(encoder(model, options.library.clone())?),
    };
    if !options.json {
        println!("| set (requests) | measure | folds | mean ± 1.96 standard errors | asked |\n|---|---|---|--:|--:|");
    }
    for set in &sets {
        measure::measure(&embedder, set, options.landmarks, options.json)?;
    }
    Ok(())
}

/// The encoder of an ONNX file, with the tokenizer beside it.
fn encoder(model: &Path, library: Option<PathBuf>) -> Result<OnnxEncoder> {
    let library = library.or_else(|| env::var_os("ORT_DYLIB_PATH").map(PathBuf::from));
    let library = library.ok_or("ONNX Runtime is needed: name its library with --library or ORT_DYLIB_PATH")?;
    let tokenizer = fs::read(model.with_file_name("tokenizer.json"))?;
    Ok(OnnxEncoder::open(&Runtime::load(&library)?, model, &tokenizer, Settings::default())?)
}
