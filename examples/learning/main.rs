//! Shows how the choice of models learns from what people say of the answers, goes on after a restart, and follows when a model changes.
//!
//! `cargo run --release --example learning -- --state learnt.redb`

mod simulated;

use std::{
    collections::BTreeMap,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use clap::Parser;
use maestria::{
    Orchestrator, Probability,
    delegator::{DefaultPolicy, LearnedPolicy, Learning, Preference, Projection},
    registry::Fleet,
    store::{MemoryStore, RedbStore, Store},
};
use serde::Serialize;
use simulated::{GOOD, Simulated};

type Result<T = (), E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

/// Serves requests with three models that are made up, and shows who is asked: the choice learns from what people say of the answers. A quarter
/// through the orchestrator is opened again, and half through the best translator forgets its languages.
#[derive(Debug, Parser)]
struct Options {
    /// File in which is kept what was learnt; run it twice to see the second run begin where the first one ended. In memory by default.
    #[arg(long)]
    state: Option<PathBuf>,
    /// How many requests are served, at least 8.
    #[arg(long, default_value_t = 800, value_parser = clap::value_parser!(u32).range(8..))]
    requests: u32,
    /// Where chance is drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Prints one JSON object a line.
    #[arg(long)]
    json: bool,
}

const REQUESTS: [(&str, &str); 2] = [
    ("translation", "Translate the sentence good morning my friend into German"),
    ("code_generation", "Write a Python function that reverses a list"),
];

/// An eighth of the requests.
#[derive(Debug, Default, Serialize)]
struct Block {
    requests: u32,
    /// Share of answers that were good.
    good: f64,
    /// Median time to choose the model of a request, in microseconds.
    choosing_us: f64,
    /// How often which model was chosen for what.
    chosen: BTreeMap<String, BTreeMap<String, u32>>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(&Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("learning: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &Options) -> Result {
    let store: Arc<dyn Store> = match &options.state {
        Some(path) => Arc::new(RedbStore::open(path).await?),
        None => Arc::new(MemoryStore::new()),
    };
    let changed = Arc::new(AtomicBool::new(false));
    let mut orchestrator = open(&store, options.seed, &changed).await?;
    if orchestrator.kept().is_some_and(|kept| kept.policy_restored) {
        say(options, "resumed", "goes on with what was learnt before", &())?;
    }
    for number in 0..8 {
        if number == 2 {
            orchestrator.save().await?;
            orchestrator = open(&store, options.seed + 1, &changed).await?;
            say(options, "opened_again", "opened again: what was learnt is still there", &())?;
        }
        if number == 4 {
            changed.store(true, Ordering::Relaxed);
            say(options, "changed", "from now on linguist cannot translate any more, and engineer can", &())?;
        }
        let block = serve(&orchestrator, options.requests / 8).await?;
        say(options, "served", &text(&block), &block)?;
    }
    let suspects: Vec<String> =
        orchestrator.suspects().iter().map(|suspect| format!("{} at {}", suspect.model, suspect.capability)).collect();
    say(options, "suspects", &format!("suspect of having changed: {}", suspects.join(", ")), &suspects)?;

    let run = orchestrator.run(REQUESTS[0].1).response().await.run;
    if let Some(explained) = orchestrator.explain(&run) {
        say(options, "explained", &format!("why the last translator was asked: {explained}"), &explained)?;
    }
    orchestrator.save().await?;
    let decisions = orchestrator.decisions().await?.len();
    say(
        options,
        "decisions",
        &format!("decisions in the log, each with its probability and reward: {decisions}"),
        &decisions,
    )
}

/// The orchestrator over what is kept.
async fn open(store: &Arc<dyn Store>, seed: u64, changed: &Arc<AtomicBool>) -> Result<Orchestrator> {
    let base = DefaultPolicy { preference: Preference::BestQuality, ..DefaultPolicy::default() };
    let learned = LearnedPolicy::new(Learning::default(), Projection::Random { dimensions: 8, seed: 0 }, 0)?;
    let mut builder = Orchestrator::builder().with_learned_policy(learned, base).with_seed(seed);
    for card in Fleet::from_toml(include_str!("fleet.toml"))?.cards {
        let model = Simulated::named(card.id.as_str(), seed, changed.clone());
        builder = builder.with_model(card, Arc::new(model));
    }
    Ok(builder.open(store.clone()).await?)
}

/// Serves requests of both kinds in turn; whoever asked says whether the answer is good.
async fn serve(orchestrator: &Orchestrator, requests: u32) -> Result<Block> {
    let (mut block, mut good, mut choosing) = (Block { requests, ..Block::default() }, 0, Vec::new());
    for (number, (ability, request)) in (0..requests).zip(REQUESTS.iter().cycle()) {
        let response = orchestrator.run(*request).response().await;
        let is_good = response.answer.to_string() == GOOD;
        let verdict = if is_good { Probability::ONE } else { Probability::ZERO };
        orchestrator.feedback(&response.run, None, verdict)?;
        good += u32::from(is_good);
        choosing.push(response.stages.delegate);
        let decision = response.choices.first().and_then(|choice| choice.decision.as_ref());
        let decision = decision.ok_or_else(|| format!("request {number} asked nobody: {}", response.answer))?;
        let chosen = block.chosen.entry((*ability).to_owned()).or_default();
        *chosen.entry(decision.choice()?.model.to_string()).or_default() += 1;
    }
    block.good = f64::from(good) / f64::from(requests);
    choosing.sort_unstable();
    block.choosing_us = choosing.get(choosing.len() / 2).map_or(0.0, |median| median.as_secs_f64() * 1e6);
    Ok(block)
}

fn text(block: &Block) -> String {
    let chosen = block.chosen.iter().map(|(ability, models)| {
        let models: Vec<String> = models.iter().map(|(model, times)| format!("{model} {times}")).collect();
        format!("{ability}: {}", models.join(", "))
    });
    let chosen: Vec<String> = chosen.collect();
    let Block { requests, good, choosing_us, .. } = block;
    format!(
        "{requests:>4} requests, {:>3.0} % good, chosen in {choosing_us:.0} µs; {}",
        100.0 * good,
        chosen.join("; ")
    )
}

/// Tells something: its words to people, its name and value to programs.
fn say(options: &Options, what: &str, text: &str, told: &impl Serialize) -> Result {
    let mut out = io::stdout().lock();
    if options.json {
        writeln!(out, "{}", serde_json::json!({"what": what, "told": serde_json::to_value(told)?}))?;
    } else {
        writeln!(out, "{text}")?;
    }
    Ok(())
}
