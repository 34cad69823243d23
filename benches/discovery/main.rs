//! How well it is found out what models can do, and that they changed: fleets of models that are made up, so that the truth is known.
//!
//! `cargo run --release --package maestria-benches --bin discovery` prints two tables, and `--chart FILE` draws one of them. Nothing is tuned here.

mod fleet;
mod model;
mod planted;
mod streams;

mod chart;
mod report;

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;
use maestria_benches::{Result, told};

use crate::{fleet::Fleet, planted::Planted, report::Report, streams::Change};

/// Measures the discovery of capabilities and the detection of drift.
///
/// Fleets of models are made up that have each capability or not. They answer every probe in words, rightly or wrongly, and their answers are
/// graded as those of real models would be; some calls fail. Then streams of outcomes are made up of which some change. A star marks what
/// misses what is asked for; what is under way is told on standard error.
#[derive(Debug, Parser)]
struct Options {
    /// Where all that is made up is drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Models of a fleet.
    #[arg(long, default_value_t = 200)]
    models: usize,
    /// Fleets of every kind.
    #[arg(long, default_value_t = 3)]
    fleets: u64,
    /// Streams of every kind.
    #[arg(long, default_value_t = 2_000)]
    streams: u64,
    /// Draws how soon changes are found.
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("discovery: {}", told(&*error));
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result {
    let mut report = Report::default();
    let truth = model::Truth::estimate(options.seed)?;
    for planted in Planted::ALL {
        let mut found = fleet::Found::default();
        for fleet in 0..options.fleets {
            eprintln!("{planted}: fleet {} of {}", fleet + 1, options.fleets);
            found.merge(Fleet::new(planted, options.models, options.seed ^ (fleet << 32))?.discover(&truth)?);
        }
        report.enter_fleet(planted, found);
    }
    for change in Change::ALL {
        eprintln!("{change}");
        report.enter_stream(change, streams::watch(change, options.streams, options.seed));
    }
    print!("{report}");
    options.chart.as_deref().map_or(Ok(()), |file| report.draw(file))
}
