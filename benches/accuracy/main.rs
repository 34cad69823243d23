//! How often the classifier is right: on its own taxonomy's unseen families, and on public sets with their own labels.
//!
//! `cargo run --release --package maestria-benches --bin accuracy -- --data DIR` prints one table. `DIR` is a folder with the public sets
//! (`intent/clinc150`, `intent/banking77`, `intent/hwu64`, `intent/snips`: JSON lines of `text` and `label`); without it only the taxonomy
//! is measured. Heads are fitted on train, measured on what they have not seen, and nothing is tuned here.

mod data;
mod measure;
mod table;
mod typos;

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use clap::Parser;
use maestria::{
    Classifier, Embedder,
    intent::{
        StaticEmbedder,
        onnx::{OnnxEncoder, Provider, Runtime, Settings},
    },
};

type Result<T = (), E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

/// Measures the accuracy of the classifier.
#[derive(Debug, Parser)]
struct Options {
    /// Folder of the public sets.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Folder of the taxonomy's own examples.
    #[arg(long, default_value = "training/data/taxonomy")]
    taxonomy: PathBuf,
    /// Encoder as an ONNX file, with `tokenizer.json` beside it; the embedded one by default.
    #[arg(long, requires = "library")]
    model: Option<PathBuf>,
    /// ONNX Runtime's library.
    #[arg(long)]
    library: Option<PathBuf>,
    /// Measures the taxonomy's test split too. It is for reporting once, not for choosing.
    #[arg(long)]
    test: bool,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("accuracy: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result {
    let embedder = embedder(options)?;
    let mut table = table::Table::default();
    if options.model.is_none() {
        let splits: &[&str] = if options.test { &["validation", "test"] } else { &["validation"] };
        for split in splits {
            measure::taxonomy(&Classifier::embedded()?, &data::taxonomy(&options.taxonomy, split)?, split, &mut table)?;
        }
    }
    match &options.data {
        Some(data) => measure::public(&embedder, data, &mut table)?,
        None => eprintln!("the public sets are not measured: give their folder with --data DIR"),
    }
    print!("{table}");
    Ok(())
}

fn embedder(options: &Options) -> Result<Arc<dyn Embedder>> {
    let (Some(model), Some(library)) = (&options.model, &options.library) else {
        return Ok(Arc::new(StaticEmbedder::embedded()?));
    };
    let tokenizer = std::fs::read(model.with_file_name("tokenizer.json"))?;
    let settings = Settings { provider: Provider::Cpu, ..Settings::default() };
    Ok(Arc::new(OnnxEncoder::open(&Runtime::load(library)?, model, &tokenizer, settings)?))
}
