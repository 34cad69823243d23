//! How often the right tools are called, in the right order and with the right arguments: figures that anyone can repeat, beside what is
//! asked for.
//!
//! `cargo run --release --package maestria-benches --bin planning -- --data DIR` prints one table. Nothing is tuned here.

mod bfcl;
mod metatool;
mod seal_tools;
mod worfbench;

mod errors;
mod repeated;
mod selection;
mod workflows;

mod group;
mod measure;
mod report;
mod standard;
mod subject;

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;
use maestria_benches::{Result, source::Accurate, told};

use crate::{
    group::{Folders, Group},
    report::Report,
    subject::Subject,
};

/// Measures how often the right tools are chosen, their arguments filled in, and whole plans right.
///
/// One column is of the embedded encoder, another of an encoder in an ONNX file if --model is given, and one says what is asked for; a star
/// marks what misses it. What is under way is told on standard error. Time is measured elsewhere: `cargo bench --package maestria-benches`.
#[derive(Debug, Parser)]
struct Options {
    /// Folder of the public sets: `tools/metatool`, `tools/seal_tools`, `tools/bfcl` and `planning/worfbench`. Without it only the project's
    /// own cases are measured.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Folder of the project's own cases: `tools.json`, and JSON lines in `selection`, `workflows`, `repeated` and `errors`.
    #[arg(long, value_name = "DIR", default_value = "training/data/planning")]
    cases: PathBuf,
    #[command(flatten)]
    accurate: Accurate,
    /// Measures the test split of the project's own cases too. It is for reporting once, not for choosing.
    #[arg(long)]
    test: bool,
    /// Measures these alone; may be given several times.
    #[arg(long, value_name = "NAME")]
    only: Vec<Group>,
    /// Prints one JSON object a line and measure, instead of the table.
    #[arg(long)]
    json: bool,
    /// Writes every wrong case as a JSON line with `set`, `measure`, `column`, `request`, `expected` and `given`.
    #[arg(long, value_name = "FILE")]
    failures: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("planning: {}", told(&*error));
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result {
    // Everything is read before anything slow begins, so that what is missing is told at once.
    let sources = options.accurate.sources()?;
    let folders = Folders { data: options.data.as_deref(), cases: &options.cases };
    let mut material = Vec::new();
    for group in Group::chosen(&options.only, folders) {
        material.push(group.read(folders, options.test)?);
    }
    let mut report = Report::new(options.failures.as_deref())?;
    let subjects = sources.iter().map(Subject::open).collect::<Result<Vec<_>>>()?;

    for subject in &subjects {
        for material in &material {
            material.measure(subject, &mut report)?;
        }
    }
    if options.json {
        print!("{}", report.json_lines());
    } else {
        print!("{report}");
    }
    report.close()
}
