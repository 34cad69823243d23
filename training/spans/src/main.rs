//! Trains the model that tells which piece of a request is the value of a parameter, and says how often it is right on requests that it has not
//! seen.

mod dump;
mod request;
mod scores;
mod sources;

use std::{fs, path::PathBuf, process::ExitCode};

use clap::Parser;
use maestria::intent::{ArgumentExtractor, SpanFit, SpanModel};

use crate::{request::Request, scores::Scores};

type Result<T = (), E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

/// Trains the span model of `maestria-intent`, and measures it on held-out requests.
#[derive(Debug, Parser)]
struct Options {
    /// Folder of the public sets: `tools/seal_tools` (dev), `tools/nestful` and `intent/snips` are read.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Folder of the project's own cases, `planning` and `calls`.
    #[arg(long, value_name = "DIR", default_value = "training/data")]
    cases: PathBuf,
    /// Where the model goes; without it, it is only measured.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Measures this model, and trains none.
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Binary logarithm of the number of weights.
    #[arg(long, default_value_t = 18)]
    bits: u32,
    /// Share of the features that a step leaves out.
    #[arg(long, default_value_t = 0.2)]
    dropout: f32,
    /// Passes over the requests.
    #[arg(long, default_value_t = 8)]
    epochs: u32,
    /// Leaves out a source when training: seal_tools, nestful, snips or own.
    #[arg(long, value_name = "SOURCE")]
    without: Vec<String>,
    /// Trains a model for the slots of SNIPS alone, with 70 queries of every intent and with all, and measures it on the validation part.
    #[arg(long)]
    slots: bool,
    /// Writes the annotated requests as JSON lines, and trains nothing.
    #[arg(long, value_name = "FILE")]
    dump: Option<PathBuf>,
    /// Tells every wrong reading of a held-out request.
    #[arg(long)]
    failures: bool,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("spans: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result {
    if options.slots {
        return slots(options);
    }
    let requests = sources::all(&options.data, &options.cases)?;
    if let Some(path) = &options.dump {
        return dump::dump(&requests, path);
    }
    let of_one_call = requests.iter().filter(|request| !request.values.is_empty());
    let (held, train): (Vec<&Request>, Vec<&Request>) = of_one_call.partition(|request| request.held_out);
    let train: Vec<&Request> =
        train.into_iter().filter(|request| !options.without.iter().any(|name| name == request.source)).collect();
    for source in sources::NAMES {
        let count = |requests: &[&Request]| requests.iter().filter(|request| request.source == source).count();
        eprintln!("{source}: {} requests to train on, {} held out", count(&train), count(&held));
    }
    let model = match &options.model {
        Some(path) => SpanModel::from_bytes(&fs::read(path)?)?,
        None => fit(options, &train)?,
    };
    if let Some(out) = &options.out {
        fs::write(out, model.to_bytes()?)?;
    }
    let (trained, rules) = (ArgumentExtractor::new(model), ArgumentExtractor::by_rules());
    println!("| held out | values | F1, rules | F1 | precision | recall |");
    println!("|---|--:|--:|--:|--:|--:|");
    for source in sources::NAMES {
        let held = || held.iter().copied().filter(|request| request.source == source);
        let (before, now) = (Scores::of(&rules, held(), false), Scores::of(&trained, held(), options.failures));
        let (values, f1) = (now.values, now.f1());
        println!(
            "| {source} | {values} | {:.3} | {f1:.3} | {:.3} | {:.3} |",
            before.f1(),
            now.precision(),
            now.recall()
        );
    }
    Ok(())
}

/// A model trained on these requests, and on every third of them in small letters too.
fn fit(options: &Options, train: &[&Request]) -> Result<SpanModel> {
    let fit = SpanFit {
        bits: options.bits,
        epochs: options.epochs,
        dropout: options.dropout,
        own: false,
        ..SpanFit::default()
    };
    let small: Vec<Request> = train.iter().step_by(3).map(|request| request.in_small_letters()).collect();
    let annotated: Vec<_> = train.iter().copied().chain(&small).map(Request::annotated).collect();
    Ok(SpanModel::from_bytes(&SpanModel::fit(&annotated, fit).to_bytes()?)?)
}

/// An application with annotated requests of its own trains a model of its own.
fn slots(options: &Options) -> Result {
    println!("| queries of an intent | trained on | values | F1 | precision | recall |");
    println!("|---|--:|--:|--:|--:|--:|");
    for (name, most) in [("70", 70), ("all", usize::MAX)] {
        let requests = sources::snips_whole(&options.data.join("intent/snips"), most)?;
        let (held, train): (Vec<&Request>, Vec<&Request>) = requests.iter().partition(|request| request.held_out);
        let annotated: Vec<_> = train.iter().map(|request| request.annotated()).collect();
        let extractor = ArgumentExtractor::new(SpanModel::fit(&annotated, SpanFit::default()));
        let scores = Scores::of(&extractor, held.into_iter(), options.failures);
        let (count, values, f1) = (train.len(), scores.values, scores.f1());
        println!("| {name} | {count} | {values} | {f1:.3} | {:.3} | {:.3} |", scores.precision(), scores.recall());
    }
    Ok(())
}
