//! Classifies the texts of standard input, one a line: what they ask for, how sure that is, and where in the text.
//!
//! `echo "translate this and make a chart" | cargo run --release --example classify -- --json`

use std::{
    cmp::Reverse,
    collections::HashSet,
    env, fs,
    io::{self, BufRead, Write},
    num::NonZeroUsize,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use clap::{Parser, ValueEnum};
use maestria::{
    Classifier, Embedder, Intent, Label, Span,
    intent::{
        FitOptions, Interpreter, StaticEmbedder,
        onnx::{OnnxEncoder, Provider, Runtime, Settings},
    },
};
use serde::Deserialize;
use serde_json::json;

type Result<T = (), E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

/// Classifies the texts of standard input, one a line.
#[derive(Debug, Parser)]
struct Options {
    /// Prints one JSON object a line.
    #[arg(long)]
    json: bool,
    /// Examples of your own labels: JSON lines with `text` and `label`; a classifier is fitted to them at the start. What is likeliest is
    /// told even where `unknown` says that it is not believed. The built-in taxonomy is used without.
    #[arg(long)]
    labels: Option<PathBuf>,
    /// Encoder as an ONNX file, with `tokenizer.json` beside it, and `taxonomy.safetensors` unless --labels is given; the embedded one by
    /// default.
    #[arg(long)]
    model: Option<PathBuf>,
    /// What runs the encoder of --model.
    #[arg(long, value_enum, default_value_t = On::Cpu)]
    provider: On,
    /// ONNX Runtime's library; the environment variable ORT_DYLIB_PATH by default.
    #[arg(long)]
    library: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum On {
    Cpu,
    Cuda,
}

#[derive(Debug, Deserialize)]
struct Example {
    text: String,
    label: Label,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("classify: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result {
    let interpreter = Interpreter::new(classifier(options)?, [])?;
    let mut out = io::stdout().lock();
    let mut input = io::stdin().lock();
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line)? > 0 {
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches(['\n', '\r']);
        let mut read = several(&interpreter, text)?;
        if options.labels.is_some() && read.intents.len() < 2 {
            read = one(interpreter.classifier(), text)?;
        }
        let written = if options.json {
            writeln!(out, "{}", json!({"text": text, "intents": read.intents, "unknown": read.unknown}))
        } else {
            writeln!(out, "{}", compact(&read))
        };
        match written {
            // Whoever reads may have had enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            written => written?,
        }
        line.clear();
    }
    Ok(())
}

/// What a text asks for, most confident first, and whether none of it is believed.
struct Read {
    intents: Vec<Intent>,
    unknown: bool,
}

/// The intents of the parts of a text, each once.
fn several(interpreter: &Interpreter, text: &str) -> Result<Read> {
    let understanding = interpreter.interpret(text)?;
    let mut intents: Vec<Intent> = understanding.intents().cloned().collect();
    intents.sort_by_key(|intent| Reverse(intent.confidence));
    let mut seen = HashSet::new();
    intents.retain(|intent| seen.insert(intent.label.clone()));
    Ok(Read { unknown: intents.is_empty(), intents })
}

/// The likeliest label of a text as a whole, told even where it is not believed: labels of your own may stand for what is no wish, or for a
/// refusal, so that nothing of the text is left out.
fn one(classifier: &Classifier, text: &str) -> Result<Read> {
    let span = Span { start: 0, end: text.len() };
    let mut read = Read { intents: Vec::new(), unknown: true };
    for whole in classifier.classify(&[text])? {
        let likeliest = whole.ranked.into_iter().next();
        read.intents.extend(likeliest.map(|(label, confidence)| Intent { label, confidence, span }));
        read.unknown = whole.unknown;
    }
    Ok(read)
}

fn compact(read: &Read) -> String {
    if read.unknown {
        return "unknown".to_owned();
    }
    let named = read.intents.iter().map(|intent| format!("{} {:.2}", intent.label, intent.confidence));
    named.collect::<Vec<_>>().join(", ")
}

fn classifier(options: &Options) -> Result<Classifier> {
    match (&options.labels, &options.model) {
        (None, None) => Ok(Classifier::embedded()?),
        (None, Some(model)) => {
            let head = beside(model, "taxonomy.safetensors")?;
            Ok(Classifier::new(embedder(options)?, &head)?)
        }
        (Some(labels), _) => {
            let examples = examples(labels)?;
            let pairs = examples.iter().map(|example| (example.text.as_str(), example.label.clone()));
            Ok(Classifier::fit(embedder(options)?, pairs, FitOptions::default())?)
        }
    }
}

fn embedder(options: &Options) -> Result<Arc<dyn Embedder>> {
    let Some(model) = &options.model else { return Ok(Arc::new(StaticEmbedder::embedded()?)) };
    let library = options.library.clone().or_else(|| env::var_os("ORT_DYLIB_PATH").map(PathBuf::from));
    let library =
        library.ok_or("ONNX Runtime is needed for --model: name its library with --library or ORT_DYLIB_PATH")?;
    let provider = match options.provider {
        On::Cpu => Provider::Cpu,
        On::Cuda => Provider::cuda(0),
    };
    // One text a run: in an int8 graph texts that run together shift each other's scales.
    let settings = Settings { provider, texts_per_run: NonZeroUsize::MIN, ..Settings::default() };
    let encoder = OnnxEncoder::open(&Runtime::load(&library)?, model, &beside(model, "tokenizer.json")?, settings)?;
    let selected = encoder.provider();
    match &selected.fallback {
        Some(reason) => eprintln!("classify: runs on {:?}, because {reason}", selected.provider),
        None => eprintln!("classify: runs on {:?}", selected.provider),
    }
    Ok(Arc::new(encoder))
}

fn beside(model: &Path, name: &str) -> Result<Vec<u8>> {
    let path = model.with_file_name(name);
    fs::read(&path).map_err(|error| format!("{}: {error}", path.display()).into())
}

fn examples(file: &Path) -> Result<Vec<Example>> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let parse = |(i, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|error| format!("{}, line {}: {error}", file.display(), i + 1).into())
    };
    lines.map(parse).collect()
}
