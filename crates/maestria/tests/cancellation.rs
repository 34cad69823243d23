//! Work that is not wanted any more: deadlines that pass, runs that are dropped, and what they leave behind, which is nothing.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what a test sets up holds"
)]

mod support;

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use futures_util::StreamExt;
use maestria::{Model, ModelCard, Orchestrator, ProgressEvent, Request, Run};
use maestria_testkit::{ScriptedModel, Slow};
use support::{
    Act, Heavy, Loading, Puppet, ask, attempts, call, card, events, join, one_slot, orchestrator, puppet, serve, told,
};
use tokio::{
    task::yield_now,
    time::{Instant, timeout},
};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

/// Reads a run until an attempt has begun.
async fn begun(run: &mut Run) {
    while let Some(progress) = run.next().await {
        if matches!(progress.event, ProgressEvent::Started { .. }) {
            yield_now().await;
            return;
        }
    }
    panic!("the run ended before it began");
}

/// Whether a run of this orchestrator, whose only slot may be taken, gets an answer in time.
async fn is_free(orchestrator: &Orchestrator) -> bool {
    let request = Request::new("x").with_deadline(SECOND);
    let response = timeout(HOUR, orchestrator.run(request).response()).await.unwrap();
    !response.outcomes.is_empty()
}

fn gone(tool: &Puppet) -> (usize, usize) {
    (tool.begun.load(Ordering::SeqCst), tool.gone.load(Ordering::SeqCst))
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_never_ends_is_stopped_at_the_deadline() {
    let hang = puppet("hang", Act::Hang);
    let steps = vec![call("a", "hang", &[]), call("b", "hang", &["a"]), call("c", "one", &[])];
    let start = Instant::now();
    let request = Request::new("x").with_deadline(5 * SECOND);
    let response = serve(steps, vec![hang.clone(), puppet("one", Act::Say("1"))], Vec::new(), request).await;
    assert_eq!(told(&response.answer), "incomplete: it took longer than it was given\n1");
    assert!((5 * SECOND..6 * SECOND).contains(&start.elapsed()), "{:?}", start.elapsed());
    assert_eq!(gone(&hang), (1, 1), "its future is gone");
    assert_eq!(attempts(&response.outcomes), ["c tool one succeeded", "a tool hang timed out"]);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_expires_is_reported_before_its_step_ends() {
    let orchestrator =
        orchestrator(vec![call("a", "hang", &[])], vec![puppet("hang", Act::Hang)], Vec::new(), one_slot());
    let events = events(orchestrator.run(Request::new("x").with_deadline(SECOND))).await;
    let place = |wanted: fn(&ProgressEvent) -> bool| events.iter().position(wanted).unwrap();
    let attempted = place(|event| matches!(event, ProgressEvent::Attempted(_)));
    let ended = place(|event| matches!(event, ProgressEvent::Ended { .. }));
    let answered = place(|event| matches!(event, ProgressEvent::Answered(_)));
    assert!(attempted < ended && ended < answered && answered + 1 == events.len(), "{events:?}");
}

#[tokio::test(start_paused = true)]
async fn what_expires_frees_its_slot() {
    let hang = puppet("hang", Act::Hang);
    let orchestrator = orchestrator(vec![call("a", "hang", &[])], vec![hang.clone()], Vec::new(), one_slot());
    for round in 1..=5 {
        assert!(is_free(&orchestrator).await, "round {round}");
        assert_eq!(gone(&hang), (round, round));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_due_before_it_can_start_is_rejected() {
    let tools = || vec![puppet("one", Act::Say("1"))];
    let request = Request::new("x").with_deadline(Duration::ZERO);
    let response = serve(vec![call("a", "one", &[])], tools(), Vec::new(), request).await;
    assert!(
        told(&response.answer).starts_with("incomplete: it could not start early enough"),
        "{}",
        told(&response.answer)
    );
    // A model that is never there is not waited for longer than the deadline.
    let models: Vec<(ModelCard, Arc<dyn Model>)> =
        vec![(card("m", 0.9), Arc::new(Heavy::new(ScriptedModel::saying(["late"]), Loading::Hangs)))];
    let start = Instant::now();
    let response =
        serve(vec![ask("a", "say", &[])], Vec::new(), models, Request::new("x").with_deadline(5 * SECOND)).await;
    assert!(
        told(&response.answer).starts_with("incomplete: it could not start early enough"),
        "{}",
        told(&response.answer)
    );
    assert!(start.elapsed() < 6 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_model_that_ran_out_of_time_is_remembered_for_it() {
    let slow = Slow::new(ScriptedModel::saying(["late"])).with_first(HOUR);
    let models: Vec<(ModelCard, Arc<dyn Model>)> = vec![(card("m", 0.9), Arc::new(slow))];
    let orchestrator = orchestrator(vec![ask("a", "say", &[])], Vec::new(), models, one_slot());
    let response = orchestrator.run(Request::new("x").with_deadline(SECOND)).response().await;
    assert_eq!(attempts(&response.outcomes), ["a model m timed out"]);
    let fleet = orchestrator.fleet();
    let record = fleet.with_capability(&"chat".parse().unwrap()).next().unwrap().record.unwrap();
    assert_eq!((record.samples(), record.success().get()), (1, 0.0));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_dropped_stops_and_frees_its_slot() {
    let hang = puppet("hang", Act::Hang);
    let orchestrator = orchestrator(vec![call("a", "hang", &[])], vec![hang.clone()], Vec::new(), one_slot());
    for round in 1..=5 {
        let mut run = orchestrator.run("x");
        begun(&mut run).await;
        assert_eq!(gone(&hang), (2 * round - 1, 2 * round - 2));
        drop(run);
        assert!(is_free(&orchestrator).await, "round {round}");
        assert_eq!(gone(&hang), (2 * round, 2 * round));
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_may_be_dropped_at_any_moment() {
    let steps = vec![
        call("a", "wait", &[]),
        call("b", "wait", &["a"]),
        call("c", "hang", &["a"]),
        ask("d", "say", &["b"]),
        join("e", &["c", "d"]),
    ];
    let (hang, wait) = (puppet("hang", Act::Hang), puppet("wait", Act::Take(3 * SECOND)));
    let slow = Slow::new(ScriptedModel::saying(vec!["late"; 100])).with_load(SECOND).with_first(HOUR);
    let models: Vec<(ModelCard, Arc<dyn Model>)> = vec![(card("m", 0.9), Arc::new(slow))];
    let orchestrator = orchestrator(steps, vec![hang.clone(), wait.clone()], models, one_slot());
    // Between any two turns of the scheduler, around the deadline at which it stops attempts, and at any event.
    for turns in 0..60 {
        let run = orchestrator.run(Request::new("x").with_deadline(4 * SECOND));
        for _ in 0..turns {
            yield_now().await;
        }
        drop(run);
    }
    for half_seconds in 0..20 {
        for turns in 0..6 {
            let mut run = orchestrator.run(Request::new("x").with_deadline(4 * SECOND));
            let reading = async { while run.next().await.is_some() {} };
            let _ = timeout(half_seconds * SECOND / 2, reading).await;
            for _ in 0..turns {
                yield_now().await;
            }
        }
    }
    assert!(is_free(&orchestrator).await, "no slot is lost");
    for tool in [&hang, &wait] {
        let (begun, gone) = gone(tool);
        assert_eq!(begun, gone);
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_waits_for_a_slot_gets_it_when_another_is_dropped() {
    let wait = puppet("wait", Act::Take(SECOND));
    let orchestrator = orchestrator(vec![call("a", "wait", &[])], vec![wait.clone()], Vec::new(), one_slot());
    let mut first = orchestrator.run("x");
    begun(&mut first).await;
    let second = orchestrator.run("x");
    let third = orchestrator.run("x");
    drop(second);
    drop(first);
    let response = timeout(2 * SECOND, third.response()).await.unwrap();
    assert_eq!(told(&response.answer), "done: done");
    assert_eq!(wait.begun.load(Ordering::SeqCst), 2, "what was dropped while it waited never began");
}
