//! Requests in plain language, served by a few real tools and a small model in this process: no server, no Python, no LLM.
//!
//! `cargo run --release --example quickstart` shows four requests; `-- "…"` serves one of your own; several may be piped in, one a line.

mod input;
mod json;
mod show;
mod summarizer;
mod tools;

use std::{process::ExitCode, sync::Arc};

use clap::Parser;
use maestria::{Answer, Classifier, Orchestrator};

/// Requests served when none is given.
const SHOWN: [&str; 4] = [
    "Create a bar chart of revenue by region from examples/data/sales.csv and save it as chart.svg",
    "Analyze examples/data/sales.csv and write a report",
    "Summarize docs/architecture.md in three sentences",
    "Generate an image of a sunset",
];

/// Serves requests in plain language with a few real tools, and says how every decision was made.
#[derive(Debug, Parser)]
#[command(
    after_help = "Without a request, requests are read from standard input, one a line; without any, four are shown. Exits with 1 when one fails."
)]
struct Options {
    /// Prints one JSON object a line.
    #[arg(long)]
    json: bool,
    /// The request.
    request: Vec<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    match serve(&options).await {
        Ok(exit) => exit,
        Err(error) => {
            eprintln!("quickstart: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Serves all requests. A failure of one is told and the next is served; the exit code remembers it.
async fn serve(options: &Options) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let mut exit = ExitCode::SUCCESS;
    let orchestrator = orchestrator()?;
    let mut requests = input::requests(&options.request, &SHOWN);
    while let Some(request) = requests.next().await {
        let request = request?;
        let response = orchestrator.run(request.clone()).response().await;
        if options.json {
            json::print(&request, &response)?;
        } else {
            show::print(&request, &response)?;
        }
        if matches!(response.answer, Answer::Incomplete { .. } | Answer::Broken { .. }) {
            exit = ExitCode::FAILURE;
        }
    }
    Ok(exit)
}

/// The orchestrator of an application: its tools, its models, and nothing else.
fn orchestrator() -> Result<Orchestrator, Box<dyn std::error::Error>> {
    let classifier = Classifier::embedded()?;
    let summarizer = summarizer::Summarizer::new(classifier.embedder().clone());
    let orchestrator = Orchestrator::builder()
        .with_tools(tools::all()?)
        .with_model(summarizer::Summarizer::card()?, Arc::new(summarizer))
        .with_classifier(classifier)
        .build()?;
    Ok(orchestrator)
}
