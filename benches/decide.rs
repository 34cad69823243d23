//! How long deciding takes: understanding a request, selecting tools for it, planning it, and scheduling it.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use maestria::{
    Bytes, Candidate, Classifier, DeviceId, DeviceKind, DeviceSnapshot, Effect, Executor, Expected, Needs, Timestamp,
    ToolSpec,
    delegator::{Catalog, Planner, RulePlanner},
    intent::{Interpreter, ToolSelector},
    scheduler::{Decision, Event, Finish, Job, JobId, Scheduler, Settings},
    taxonomy,
};
use serde_json::json;

type Result<T = (), E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

const REQUEST: &str = "Create a bar chart of revenue by region from data/sales.csv and save it as chart.svg";

/// Three tools, as the quickstart has them.
fn tools() -> Result<Vec<ToolSpec>> {
    let path = |description: &str| json!({"type": "string", "format": "path", "description": description});
    let table = json!({"type": "object", "title": "Table"});
    let read = ToolSpec::new("read_table".parse()?, "Reads a table of comma-separated values")
        .with_input(json!({"type": "object", "properties": {"file": path("File to read")}, "required": ["file"]}))
        .with_output(table.clone())
        .with_effect(Effect::Pure);
    let draw = ToolSpec::new("draw_chart".parse()?, "Draws a chart, plot or graph of the columns of a table")
        .with_input(json!({
            "type": "object",
            "properties": {
                "table": table,
                "kind": {"enum": ["bar", "line", "pie"]},
                "value": {"type": "string", "description": "Column whose values are drawn"},
                "group": {"type": "string", "description": "Column by which values are grouped"},
            },
            "required": ["table", "value"],
        }))
        .with_output(json!({"type": "string", "contentMediaType": "image/svg+xml"}))
        .with_serves([taxonomy::data_visualization()]);
    let save = ToolSpec::new("save_file".parse()?, "Saves a result as a file: store, export, write to disk")
        .with_input(json!({
            "type": "object",
            "properties": {"content": {"type": "string", "contentMediaType": "*/*"}, "path": path("File to write")},
            "required": ["content", "path"],
        }));
    Ok(vec![read, draw, save])
}

fn understand(c: &mut Criterion) -> Result {
    let interpreter = Interpreter::new(Classifier::embedded()?, tools()?)?;
    let catalog = Catalog::new(tools()?)?;
    let understanding = interpreter.interpret(REQUEST)?;
    let planner = RulePlanner::default();
    let mut group = c.benchmark_group("request");
    group.bench_function("understand, two wishes, three tools", |b| {
        b.iter(|| interpreter.interpret(black_box(REQUEST)))
    });
    group.bench_function("plan and check, three steps", |b| {
        b.iter(|| planner.plan(black_box(&understanding), &catalog))
    });
    group.finish();
    Ok(())
}

fn select(c: &mut Criterion) -> Result {
    const VERBS: [&str; 8] = ["get", "list", "delete", "update", "create", "send", "search", "convert"];
    const THINGS: [&str; 10] =
        ["invoice", "weather", "flight", "playlist", "ticket", "photo", "contract", "booking", "recipe", "meeting"];
    let classifier = Classifier::embedded()?;
    let mut group = c.benchmark_group("select");
    for count in [100, 4_000, 10_000] {
        let all = VERBS.iter().cycle().zip(THINGS.iter().cycle().skip(3)).take(count).enumerate();
        let tools = all.map(|(i, (verb, thing))| {
            let input = json!({"type": "object", "properties": {
                "customer": {"type": "string", "description": "Name or number of the customer"},
                "since": {"type": "string", "description": "First day that counts"},
            }});
            let description = format!("{verb} the {thing} of a customer in department {i}");
            Ok(ToolSpec::new(format!("{verb}_{thing}_{i}").parse()?, description).with_input(input))
        });
        let selector = ToolSelector::new(classifier.embedder().clone(), tools.collect::<Result<Vec<_>>>()?)?;
        for (name, wish) in [("one wish", "show me the weather where Ann Miller lives"), ("two wishes", REQUEST)] {
            let encoded = classifier.encode(&[wish])?.pop().ok_or("nothing encoded")?;
            let intents = classifier.classify_encoded(&encoded);
            group.bench_function(format!("{name}, {count} tools"), |b| {
                b.iter(|| selector.rank(black_box(encoded.text()), encoded.embedding(), &intents, 5))
            });
        }
    }
    group.finish();
    Ok(())
}

fn schedule(c: &mut Criterion) -> Result {
    let now = Timestamp::ZERO;
    let mut scheduler = Scheduler::new(Settings::default());
    let device = DeviceSnapshot {
        id: DeviceId::cpu(),
        kind: DeviceKind::Cpu,
        memory_total: Bytes::gib(16),
        memory_used: Bytes::gib(1),
        utilisation: None,
        temperature_celsius: None,
        power_watts: None,
    };
    scheduler.handle(Event::Device(device), now)?;
    let id = JobId { run: "run".parse()?, step: "step".parse()? };
    let executor = Executor::Tool("tool".parse()?);
    let candidate = Candidate { executor, needs: Needs::default(), expected: Expected::default() };
    let job = Job::new(id.clone(), vec![candidate]);
    c.bench_function("schedule/submit, start, finish, end of one job", |b| {
        b.iter(|| {
            let submitted = scheduler.handle(Event::Submit(vec![job.clone()]), now);
            let started = scheduler.poll(now);
            let finished = scheduler.handle(Event::Finished { job: id.clone(), how: Finish::Succeeded }, now);
            let ended = scheduler.poll(now);
            assert!(submitted.is_ok() && finished.is_ok());
            assert!(matches!((started, ended), (Decision::Start { .. }, Decision::End { .. })));
        });
    });
    Ok(())
}

fn all(c: &mut Criterion) {
    for bench in [understand, select, schedule] {
        if let Err(error) = bench(c) {
            eprintln!("not measured: {error}");
            std::process::exit(1);
        }
    }
}

criterion_group!(benches, all);
criterion_main!(benches);
