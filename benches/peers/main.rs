//! Ranks models here and has litellm's `Router` choose among the same ones, in one run: `cargo run --release -p maestria-benches --bin peers`.

mod measure;
mod python;

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;
use maestria_benches::{Result, fleet::fleet, told};

use crate::{measure::Times, python::Found};

/// Compares how long choosing a model takes.
#[derive(Parser)]
struct Arguments {
    /// A Python that has what `benches/peers/requirements.txt` names.
    #[arg(long)]
    python: PathBuf,
    /// How many models there are.
    #[arg(long, value_delimiter = ',', default_values_t = [100, 1_000])]
    models: Vec<usize>,
    /// How many decisions are timed, each by itself.
    #[arg(long, default_value_t = 200)]
    decisions: usize,
    /// From which the fleet is drawn.
    #[arg(long, default_value_t = 11)]
    seed: u64,
}

/// The ways of litellm to choose that look at what it knows of its deployments, and the one that does not.
const STRATEGIES: [&str; 5] =
    ["simple-shuffle", "latency-based-routing", "cost-based-routing", "usage-based-routing-v2", "least-busy"];

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("peers: {}", told(&*error));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result {
    println!("| models | who chooses | p50 µs | p99 µs | processor, mean µs | processor, times ours |");
    println!("|--:|---|--:|--:|--:|--:|");
    for &count in &arguments.models {
        let fleet = fleet(count, arguments.seed);
        let ours = measure::ranking(&fleet, arguments.decisions)?;
        let Times { p50, p99, processor } = ours;
        println!("| {count} | maestria, every candidate ranked | {p50:.1} | {p99:.1} | {processor:.1} | 1 |");
        let theirs = python::measure(&arguments.python, &fleet, &STRATEGIES, arguments.decisions)?;
        for Found { strategy, p50, p99, processor } in theirs.found {
            let times = processor / ours.processor;
            println!("| {count} | {}, {strategy} | {p50:.1} | {p99:.1} | {processor:.1} | {times:.0} |", theirs.peer);
        }
    }
    Ok(())
}
