//! How often the classifier is right, how well it knows that, and what it takes: figures that anyone can repeat, beside what is asked for.
//!
//! `cargo run --release --package maestria-benches --bin accuracy -- --data DIR` prints one table. Heads for the public sets are fitted on
//! train and measured on what they have not seen; nothing is tuned here.

mod confusions;
mod coverage;
mod diagram;
mod examples;
mod families;
mod measure;
mod memory;
mod public;
mod report;
mod subject;
mod taxonomy;
mod typos;

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;
use maestria_benches::{
    Result,
    source::{Accurate, Column},
    told,
};

use crate::{
    families::{Families, Split},
    public::PublicSets,
    report::Report,
    subject::Subject,
};

/// Measures how often the classifier is right, how well it knows that, and the memory it takes.
///
/// One column is of the embedded encoder, another of an encoder in an ONNX file if --model is given, and one says what is asked for; a star
/// marks what misses it. What is under way is told on standard error. Time is measured elsewhere: `cargo bench --package maestria-benches`.
#[derive(Debug, Parser)]
struct Options {
    /// Folder of the public sets: `intent/clinc150`, `intent/banking77`, `intent/hwu64` and `intent/snips` with JSON lines of `text` and
    /// `label`. Without it only the taxonomy is measured.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Folder of the taxonomy's own examples.
    #[arg(long, value_name = "DIR", default_value = "training/data/taxonomy")]
    taxonomy: PathBuf,
    #[command(flatten)]
    accurate: Accurate,
    /// Measures the taxonomy's test split too. It is for reporting once, not for choosing.
    #[arg(long)]
    test: bool,
    /// Prints one JSON object a line and measure, instead of the table and the confusions.
    #[arg(long)]
    json: bool,
    /// Draws accuracy against confidence, as SVG.
    #[arg(long, value_name = "FILE")]
    diagram: Option<PathBuf>,
    /// Prints by how many bytes this process grows when it loads and uses the classifier of a column, and nothing else.
    #[arg(long, value_name = "COLUMN", hide = true)]
    growth: Option<Column>,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("accuracy: {}", told(&*error));
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result {
    let sources = options.accurate.sources()?;
    if let Some(column) = options.growth {
        let source = sources.iter().find(|source| source.column() == column);
        println!("{}", memory::growth(source.ok_or("the accurate column needs --model FILE")?)?);
        return Ok(());
    }

    // Everything is read before anything slow begins, so that what is missing is told at once.
    let splits: &[Split] = if options.test { &[Split::Validation, Split::Test] } else { &[Split::Validation] };
    let families = Families::read(&options.taxonomy)?;
    let sets = options.data.as_deref().map(PublicSets::read).transpose()?;
    if sets.is_none() {
        eprintln!("accuracy: the public sets are not measured; give their folder with --data DIR");
    }
    if let Some(diagram) = &options.diagram {
        diagram::check_folder(diagram)?;
    }
    let subjects = sources.iter().map(Subject::open).collect::<Result<Vec<_>>>()?;

    let mut report = Report::default();
    for (subject, source) in subjects.iter().zip(&sources) {
        for split in splits {
            taxonomy::measure(subject, *split, families.of(*split), &mut report)?;
        }
        if let Some(sets) = &sets {
            public::measure(subject, sets, &mut report)?;
        }
        memory::measure(source, &mut report)?;
    }
    if options.json {
        print!("{}", report.json_lines());
    } else {
        print!("{report}");
    }
    options.diagram.as_deref().map_or(Ok(()), |file| diagram::write(file, report.curves()))
}
