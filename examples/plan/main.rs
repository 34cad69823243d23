//! Plans the requests of standard input with tools from a file: which are called, in which order, with which arguments, and what to ask.
//!
//! `echo '{"request": "weather in Oslo tomorrow", "now": "2026-03-04T10:00:00+01:00"}' | cargo run --release --example plan -- --tools tools.json --json`

mod question;
mod show;

use std::{
    fs,
    io::{self, BufRead, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::Parser;
use maestria::{Classifier, ToolPlan, ToolPlanner, delegator::read_functions};

use self::question::Asked;

type Result<T = (), E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

/// Plans the requests of standard input, JSON lines with `request` and, where dates matter, `now` (ISO 8601 with its offset).
#[derive(Debug, Parser)]
struct Options {
    /// Tools in the form of function calling: a JSON array, one object, or JSON lines; `returns` and `effect` are optional.
    #[arg(long)]
    tools: PathBuf,
    /// Prints one JSON object a line.
    #[arg(long)]
    json: bool,
    /// Tells how the request was understood: its clauses, the tools considered for each, and the words that every value comes from.
    #[arg(long)]
    explain: bool,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("plan: {}", chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result {
    let file = options.tools.display();
    let text = fs::read_to_string(&options.tools).map_err(|error| format!("{file}: {error}"))?;
    let planner = planner(&text).map_err(|error| format!("{file}: {}", chain(error.as_ref())))?;
    let mut out = io::stdout().lock();
    let mut input = io::stdin().lock();
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line)? > 0 {
        let text = String::from_utf8_lossy(&line);
        if !text.trim().is_empty() {
            let planned = Asked::read(&text).and_then(|asked| plan(&planner, &asked));
            let written = match planned {
                Ok(answer) if options.json => writeln!(out, "{}", show::json(&answer, options.explain)),
                Ok(answer) if options.explain => {
                    writeln!(out, "{}{}", show::Shown(&answer), show::Understood(&answer.understanding))
                }
                Ok(answer) => writeln!(out, "{}", show::Shown(&answer)),
                Err(error) if options.json => {
                    writeln!(out, "{}", serde_json::json!({"error": chain(error.as_ref())}))
                }
                Err(error) => writeln!(out, "error: {}", chain(error.as_ref())),
            };
            match written {
                // Whoever reads may have had enough.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
                written => written?,
            }
        }
        line.clear();
    }
    Ok(())
}

/// A planner with the tools of a file in the form of function calling.
fn planner(tools: &str) -> Result<ToolPlanner> {
    Ok(ToolPlanner::new(Classifier::embedded()?, read_functions(tools)?)?)
}

fn plan(planner: &ToolPlanner, asked: &Asked) -> Result<ToolPlan> {
    Ok(planner.plan(&asked.request, asked.now.as_ref())?)
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
