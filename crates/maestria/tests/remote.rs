//! Models that other machines answer for, beside work that keeps this one busy.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what a test sets up holds"
)]

mod support;

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use futures_util::{StreamExt, future::join_all};
use maestria::{Model, ModelCard, Orchestrator, ProgressEvent, Request};
use maestria_testkit::{ScriptedModel, Slow};
use support::{Act, ask, call, card, one_slot, orchestrator, puppet, told};
use tokio::time::{Instant, timeout};

const SECOND: Duration = Duration::from_secs(1);

/// A model that answers after ten seconds, and takes very long to load.
fn slow() -> Arc<dyn Model> {
    let model = ScriptedModel::saying(vec!["yes"; 100]);
    Arc::new(Slow::new(model).with_first(10 * SECOND).with_load(1000 * SECOND))
}

fn far(concurrency: Option<usize>) -> ModelCard {
    let concurrency = concurrency.and_then(NonZeroUsize::new);
    ModelCard { remote: true, concurrency, load: 1000 * SECOND, ..card("far", 0.9) }
}

/// Puts as many requests at once, all of which are to be answered, and says how many seconds that takes.
async fn seconds_for(orchestrator: &Orchestrator, requests: usize) -> u64 {
    let start = Instant::now();
    let runs = (0..requests).map(|_| orchestrator.run("x").response());
    for response in timeout(1000 * SECOND, join_all(runs)).await.unwrap() {
        assert_eq!(told(&response.answer), "done: yes");
    }
    start.elapsed().as_secs()
}

#[tokio::test(start_paused = true)]
async fn remote_models_answer_while_the_only_slot_of_the_processor_is_taken() {
    let plan = vec![call("a", "wait", &[]), ask("b", "say", &[]), ask("c", "say", &[])];
    let tools = vec![puppet("wait", Act::Take(100 * SECOND))];
    let orchestrator = orchestrator(plan, tools, vec![(far(None), slow())], one_slot());
    let start = Instant::now();
    let mut run = orchestrator.run(Request::new("x"));
    let mut told = Vec::new();
    while let Some(progress) = run.next().await {
        let seconds = start.elapsed().as_secs();
        match progress.event {
            ProgressEvent::Started { step, device, .. } => told.push(format!("{seconds} {step} on {device}")),
            ProgressEvent::Ended { step, ending } => told.push(format!("{seconds} {step} {ending:?}")),
            _ => {}
        }
    }
    told.sort();
    let expected =
        ["0 a on cpu", "0 b on remote/far", "0 c on remote/far", "10 b Succeeded", "10 c Succeeded", "100 a Succeeded"];
    assert_eq!(told, expected);
}

#[tokio::test(start_paused = true)]
async fn a_remote_model_is_asked_no_more_at_once_than_its_server_takes() {
    let models = vec![(far(None), slow())];
    let orchestrator = orchestrator(vec![ask("a", "say", &[])], Vec::new(), models, one_slot());
    assert_eq!(seconds_for(&orchestrator, 64).await, 10);

    // Its successor of the same name has another server, and is served at once.
    let id = "far".parse().unwrap();
    for (concurrency, seconds) in [(Some(1), 30), (Some(2), 20), (None, 10)] {
        orchestrator.remove_model(&id).unwrap();
        orchestrator.insert_model(far(concurrency), slow()).unwrap();
        assert_eq!(seconds_for(&orchestrator, 3).await, seconds);
    }

    orchestrator.remove_model(&id).unwrap();
    orchestrator.insert_model(far(None), slow()).unwrap();
    assert_eq!(seconds_for(&orchestrator, 65).await, 20, "64 unless something else is said");
}
