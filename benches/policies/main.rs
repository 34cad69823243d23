//! How much a learned policy loses while models change, and how true estimates from its log are: simulations that anyone can repeat.
//!
//! `cargo run --release --package maestria-benches --bin policies -- regret`, `… coverage`, and `… evaluate --log FILE --policy NAME`.

mod coverage;
mod evaluate;
mod regret;
mod world;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use maestria_benches::{Result, told};

/// Measures learned policies in simulation, or estimates from a log how good another policy would have been.
#[derive(Debug, Parser)]
struct Options {
    /// Prints JSON lines instead of a table.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Regret on a fleet whose best model changes every 500 tasks.
    Regret {
        /// Simulations, each with a seed of its own.
        #[arg(long, default_value_t = 20)]
        runs: u64,
        /// The first seed.
        #[arg(long, default_value_t = 1000)]
        seed: u64,
        /// Tasks of one simulation.
        #[arg(long, default_value_t = 5000)]
        tasks: u64,
    },
    /// How often the intervals of 95 % hold the true value.
    Coverage {
        /// Simulated logs, each with a seed of its own.
        #[arg(long, default_value_t = 200)]
        runs: u64,
        /// The first seed.
        #[arg(long, default_value_t = 5000)]
        seed: u64,
        /// Decisions of one log.
        #[arg(long, default_value_t = 2000)]
        tasks: u64,
    },
    /// What a policy would have earned on the decisions of a log.
    Evaluate {
        /// Decisions as JSON lines.
        #[arg(long, value_name = "FILE")]
        log: PathBuf,
        /// `logged`, `baseline`, `greedy`, `uniform`, `always:MODEL`, or a learned policy as a JSON file. May be given several times.
        #[arg(long, value_name = "NAME", required = true)]
        policy: Vec<String>,
    },
    /// Writes the log of one simulation as JSON lines, for `evaluate`.
    Log {
        /// The seed.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Decisions.
        #[arg(long, default_value_t = 2000)]
        tasks: u64,
    },
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("policies: {}", told(&*error));
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result {
    match &options.command {
        &Command::Regret { runs, seed, tasks } => regret::measure(seed, runs, tasks, options.json),
        &Command::Coverage { runs, seed, tasks } => coverage::measure(seed, runs, tasks, options.json),
        Command::Evaluate { log, policy } => evaluate::evaluate(log, policy, options.json),
        &Command::Log { seed, tasks } => coverage::log(seed, tasks),
    }
}
