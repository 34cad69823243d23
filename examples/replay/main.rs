//! Replays recorded traces in virtual time through the scheduler, under several policies, and compares what comes of it.
//!
//! `cargo run --release --example replay -- --trace requests.csv.gz --format alibaba --resident 5`

mod chart;
mod draw;
mod policy;
mod report;
mod trace;
mod workload;
mod world;

use std::{
    fs,
    io::{self, Write},
    num::NonZeroUsize,
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::Parser;

use self::{
    policy::Policy,
    report::Report,
    trace::{Format, Setup},
    workload::Scene,
    world::Played,
};

type Result<T = (), E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

/// Replays a recorded trace in virtual time through the scheduler and compares policies.
#[derive(Debug, Parser)]
struct Options {
    /// The trace, gzip or plain.
    #[arg(long)]
    trace: PathBuf,
    /// How the trace is written.
    #[arg(long, value_enum)]
    format: Format,
    /// A policy to replay; may be given several times. By default all that make a difference on the trace.
    #[arg(long, value_enum, value_name = "NAME")]
    policy: Vec<Policy>,
    /// alibaba: models of size one of which a device holds this many, loaded in no time; by default sizes and load times are drawn.
    #[arg(long, value_name = "K")]
    resident: Option<NonZeroUsize>,
    /// alibaba, azure: devices. Default 1 for alibaba, 2 for azure.
    #[arg(long, value_name = "N")]
    devices: Option<NonZeroUsize>,
    /// asynchow, wfinstances: steps that run at once. Default: all of them for asynchow, 4 for wfinstances.
    #[arg(long, value_name = "N")]
    workers: Option<NonZeroUsize>,
    /// alibaba, azure: scales the gaps between arrivals so that the work takes this share of the devices' time. Default: as recorded for
    /// alibaba, 0.9 for azure.
    #[arg(long, value_name = "X", value_parser = share)]
    load: Option<f64>,
    /// azure: nothing is due.
    #[arg(long)]
    without_deadlines: bool,
    /// Seed of what a trace does not tell and is drawn.
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// Prints one JSON object per policy and line.
    #[arg(long)]
    json: bool,
    /// Draws the waits, or how far plans are from their bounds, as SVG.
    #[arg(long, value_name = "FILE.svg")]
    chart: Option<PathBuf>,
}

fn share(text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| format!("\"{text}\" is no number"))?;
    let usable = (0.01..=100.0).contains(&value);
    if usable { Ok(value) } else { Err("it must lie between 0.01 and 100".to_owned()) }
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("replay: {}", chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result {
    let Options { resident, devices, workers, load, without_deadlines, seed, .. } = *options;
    let setup = Setup { resident, devices, workers, load, without_deadlines, seed };
    let scenes = trace::read(&options.trace, options.format, &setup)?;
    let policies = if options.policy.is_empty() { Policy::suited(&scenes, &setup) } else { options.policy.clone() };
    let mut out = io::stdout().lock();
    let mut reports: Vec<Report> = Vec::new();
    let mut yardstick = None;
    for policy in policies {
        let played = play(policy, &scenes, &setup)?;
        if matches!(policy, Policy::Fifo | Policy::Lru) {
            yardstick.get_or_insert_with(|| report::waits(&scenes, &played));
        }
        let report = Report::new(policy, &scenes, &played, yardstick.as_deref());
        if options.json && !print(&mut out, &serde_json::to_string(&report)?)? {
            return Ok(());
        }
        reports.push(report);
    }
    if !options.json {
        print(&mut out, &report::Table(&reports).to_string())?;
    }
    if let Some(path) = &options.chart {
        fs::write(path, chart::draw(&reports)?).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

/// Plays all scenes, and tells how far it is when that takes long.
fn play(policy: Policy, scenes: &[Scene], setup: &Setup) -> Result<Vec<Played>> {
    /// Time after which it tells again.
    const PATIENCE: Duration = Duration::from_secs(2);
    let began = Instant::now();
    let mut told = began;
    let mut played = Vec::new();
    for scene in scenes {
        played.push(world::play(scene, policy, setup)?);
        if told.elapsed() > PATIENCE {
            told = Instant::now();
            eprintln!("{policy:?}: {} of {} scenes", played.len(), scenes.len());
        }
    }
    let jobs: usize = scenes.iter().map(|scene| scene.work.len()).sum();
    eprintln!("{policy:?}: {jobs} jobs replayed in {:.2} s", began.elapsed().as_secs_f64());
    Ok(played)
}

/// Prints a line; false when whoever reads has had enough.
fn print(out: &mut impl Write, line: &str) -> Result<bool> {
    match writeln!(out, "{line}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        written => Ok(written.map(|()| true)?),
    }
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests;
