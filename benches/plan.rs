//! How long choosing among thousands of tools takes, filling in a call, and planning, on one thread: for the request that takes the median
//! time of all real ones.
//!
//! `MAESTRIA_DATA` names the folder with `tools/seal_tools`, `MAESTRIA_CASES` that of the project's own cases.

use std::{
    collections::HashMap,
    env,
    hint::black_box,
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};

use criterion::Criterion;
use jiff::Zoned;
use maestria::{Classifier, Span, ToolPlanner, ToolSpec, intent::ArgumentExtractor};
use maestria_benches::{
    Result,
    cases::{self, Cases, Family, Split},
    seal_tools::SealTools,
    told,
};
use serde::Deserialize;
use serde_json::Value;

/// Parameters of the calls that are filled in.
const PARAMETERS: usize = 5;

/// Steps of the plans that are made.
const STEPS: usize = 5;

/// How often a request is timed to find the median one; the shortest time counts.
const ROUNDS: usize = 3;

fn select(c: &mut Criterion, SealTools { tools, queries }: &SealTools) -> Result {
    let classifier = Classifier::embedded()?;
    let planner = ToolPlanner::new(classifier.clone(), tools.iter().cloned())?;
    let selector = planner.interpreter().selector();
    let select = |request: &str| {
        let encoded = classifier.encode(&[request]).ok()?;
        let read = encoded.first()?;
        let ranked = selector.rank(read.text(), read.embedding(), &classifier.classify_encoded(read), 5).ok()?;
        ranked.tools.first().map(|(tool, _)| tool.id.clone())
    };
    let requests: Vec<&str> = queries.iter().map(|query| query.query.as_str()).collect();
    let median = median(&requests, |request| drop(black_box(select(request))))?;
    c.bench_function(&format!("select among {} tools, median of {} requests", tools.len(), requests.len()), |b| {
        b.iter(|| select(black_box(median)))
    });
    Ok(())
}

fn extract(c: &mut Criterion, SealTools { tools, queries }: &SealTools) -> Result {
    let tools: HashMap<&str, &ToolSpec> = tools.iter().map(|tool| (tool.id.as_str(), tool)).collect();
    let calls: Vec<(&ToolSpec, &str)> = queries
        .iter()
        .flat_map(|query| query.calling.iter().map(|call| (call.api.as_str(), query.query.as_str())))
        .filter_map(|(tool, request)| Some((*tools.get(tool)?, request)))
        .filter(|(tool, _)| tool.parameters().count() == PARAMETERS)
        .collect();
    let extract = |(tool, request): (&ToolSpec, &str)| {
        ArgumentExtractor::default().extract(tool, request, Span { start: 0, end: request.len() })
    };
    let median = median(&calls, |call| drop(black_box(extract(*call))))?;
    c.bench_function(&format!("extract a call of {PARAMETERS} parameters, median of {} calls", calls.len()), |b| {
        b.iter(|| extract(black_box(median)))
    });
    Ok(())
}

#[derive(Debug, Deserialize)]
struct Planned {
    #[serde(deserialize_with = "cases::moment")]
    now: Zoned,
    steps: Vec<Value>,
}

fn plan(c: &mut Criterion, cases: &Cases<Planned>) -> Result {
    let planner = ToolPlanner::new(Classifier::embedded()?, cases.tools.iter().cloned())?;
    let mut requests: Vec<(&str, &Planned)> =
        cases.splits.iter().flat_map(|(_, families)| Family::all(families)).collect();
    requests.retain(|(_, planned)| planned.steps.len() == STEPS);
    let plan = |(request, planned): (&str, &Planned)| planner.plan(request, Some(&planned.now));
    let median = median(&requests, |request| drop(black_box(plan(*request))))?;
    let name = format!("plan {STEPS} steps, {} tools, median of {} requests", cases.tools.len(), requests.len());
    c.bench_function(&name, |b| b.iter(|| plan(black_box(median))));
    Ok(())
}

/// The item that takes the median time.
fn median<T: Copy>(items: &[T], act: impl Fn(&T)) -> Result<T> {
    let time = |item: &T| {
        let once = || {
            let start = Instant::now();
            act(item);
            start.elapsed()
        };
        (0..ROUNDS).map(|_| once()).min().unwrap_or_default()
    };
    let mut timed: Vec<(Duration, &T)> = items.iter().map(|item| (time(item), item)).collect();
    timed.sort_by_key(|(time, _)| *time);
    timed.get(timed.len() / 2).map(|(_, item)| **item).ok_or_else(|| "there is nothing to time".into())
}

fn all(c: &mut Criterion) -> Result {
    match env::var_os("MAESTRIA_DATA") {
        Some(data) => {
            let seal_tools = SealTools::read(&Path::new(&data).join("tools/seal_tools"), "test_in_domain.jsonl")?;
            select(c, &seal_tools)?;
            extract(c, &seal_tools)?;
        }
        None => eprintln!("choosing and extracting: not measured; MAESTRIA_DATA names the folder above `tools`"),
    }
    let own = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../training/data/planning");
    let folder = env::var_os("MAESTRIA_CASES").map_or_else(own, PathBuf::from);
    let splits = [Split::Train, Split::Validation, Split::Test];
    plan(c, &Cases::read(&folder, "workflows", "`family`, `now`, `requests` and `steps`", &splits)?)
}

fn main() -> ExitCode {
    let mut c = Criterion::default().configure_from_args();
    if let Err(error) = all(&mut c) {
        eprintln!("not measured: {}", told(&*error));
        return ExitCode::FAILURE;
    }
    c.final_summary();
    ExitCode::SUCCESS
}
