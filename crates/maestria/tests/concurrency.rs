//! Many requests at once, and one orchestrator in several runtimes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what a test sets up holds"
)]

mod support;

use std::{collections::HashSet, sync::Arc, time::Duration};

use futures_util::{StreamExt, future::join_all};
use maestria::{
    Answer, Model, ModelCard, Request, Run,
    scheduler::{Priority, Settings},
};
use maestria_testkit::{Flaky, ScriptedModel, Slow, Turn};
use support::{Act, Heavy, Loading, ask, call, card, join, one_slot, orchestrator, puppet, told};
use tokio::{
    runtime,
    time::{Instant, timeout},
};

const SECOND: Duration = Duration::from_secs(1);

/// Two branches, one of a tool and one of a model that is sometimes busy, and their results joined.
fn busy_world() -> maestria::Orchestrator {
    let steps = vec![call("a", "wait", &[]), ask("b", "say", &["a"]), call("c", "one", &["a"]), join("d", &["b", "c"])];
    let busy = || Turn::Fail(maestria::ModelError::Overloaded { retry_after: None });
    // Seldom enough that no request finds it busy three times, which would end its step.
    let schedule = (0..300).map(|n| if n % 50 == 0 { busy() } else { Turn::Pass });
    let model = Flaky::new(ScriptedModel::saying(vec!["yes"; 1000]), schedule);
    let model = Slow::new(Heavy::new(model, Loading::Works)).with_load(SECOND).with_first(SECOND / 10);
    let models: Vec<(ModelCard, Arc<dyn Model>)> = vec![(card("m", 0.9), Arc::new(model))];
    let tools = vec![puppet("wait", Act::Take(SECOND / 100)), puppet("one", Act::Say("1"))];
    orchestrator(steps, tools, models, Settings::default())
}

async fn all_are_answered(runs: Vec<Run>) {
    let ids: HashSet<_> = runs.iter().map(|run| run.id().clone()).collect();
    assert_eq!(ids.len(), runs.len(), "every run has its own name");
    let answers = timeout(1000 * SECOND, join_all(runs.into_iter().map(Run::response))).await.unwrap();
    for response in answers {
        assert_eq!(told(&response.answer), "done: yes\n\n1 done");
        assert_eq!(response.outcomes.len(), 4);
    }
}

#[tokio::test(start_paused = true)]
async fn two_hundred_requests_at_once_are_all_answered() {
    let orchestrator = busy_world();
    all_are_answered((0..200).map(|_| orchestrator.run("x")).collect()).await;
}

#[test]
fn two_hundred_requests_at_once_are_all_answered_by_several_threads() {
    let runtime = runtime::Builder::new_multi_thread().worker_threads(4).enable_time().build().unwrap();
    runtime.block_on(async {
        let steps =
            vec![call("a", "one", &[]), ask("b", "say", &["a"]), call("c", "one", &["a"]), join("d", &["b", "c"])];
        let models: Vec<(ModelCard, Arc<dyn Model>)> =
            vec![(card("m", 0.9), Arc::new(ScriptedModel::saying(vec!["yes"; 200])))];
        let orchestrator = orchestrator(steps, vec![puppet("one", Act::Say("1"))], models, Settings::default());
        let runs: Vec<Run> = (0..200).map(|_| orchestrator.run("x")).collect();
        for response in join_all(runs.into_iter().map(Run::response)).await {
            assert_eq!(told(&response.answer), "done: yes\n\n1 1");
        }
    });
}

#[test]
fn runs_that_threads_drop_while_they_work_leave_their_slot_free() {
    let runtime = runtime::Builder::new_multi_thread().worker_threads(4).enable_time().build().unwrap();
    runtime.block_on(async {
        let steps = vec![call("a", "one", &[]), call("b", "one", &["a"]), join("c", &["a", "b"])];
        let orchestrator = orchestrator(steps, vec![puppet("one", Act::Say("1"))], Vec::new(), one_slot());
        let read_some = |events: usize| {
            let run = orchestrator.run("x");
            tokio::spawn(run.take(events).collect::<Vec<_>>())
        };
        let tasks: Vec<_> = (0..300).map(|n| read_some(n % 13)).collect();
        join_all(tasks).await;
        let response = timeout(60 * SECOND, orchestrator.run("x").response()).await.unwrap();
        assert_eq!(told(&response.answer), "done: 1\n\n1 1");
    });
}

#[tokio::test(start_paused = true)]
async fn more_than_the_queue_holds_is_refused_and_said() {
    let settings = Settings { capacity: 10, ..one_slot() };
    let tools = vec![puppet("wait", Act::Take(SECOND))];
    let orchestrator = orchestrator(vec![call("a", "wait", &[])], tools, Vec::new(), settings);
    let runs: Vec<Run> = (0..30).map(|_| orchestrator.run("x")).collect();
    let answers: Vec<Answer> =
        join_all(runs.into_iter().map(Run::response)).await.into_iter().map(|response| response.answer).collect();
    let done = answers.iter().filter(|answer| matches!(answer, Answer::Done { .. })).count();
    let refused = answers.iter().filter(|answer| matches!(answer, Answer::Broken { .. })).count();
    assert_eq!((done, refused), (10, 20));
    assert_eq!(told(&orchestrator.run("x").response().await.answer), "done: done", "afterwards there is room again");
}

#[tokio::test(start_paused = true)]
async fn branches_run_at_the_same_time() {
    let steps =
        vec![call("a", "wait", &[]), call("b", "wait", &[]), call("c", "wait", &[]), join("d", &["a", "b", "c"])];
    let tools = vec![puppet("wait", Act::Take(10 * SECOND))];
    let orchestrator = orchestrator(steps, tools, Vec::new(), Settings::default());
    let start = Instant::now();
    let response = orchestrator.run("x").response().await;
    assert_eq!(told(&response.answer), "done: done\n\ndone\n\ndone");
    assert!(start.elapsed() < 11 * SECOND);
    assert!(response.stages.execute >= 10 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn what_matters_more_goes_first() {
    let orchestrator =
        orchestrator(vec![call("a", "wait", &[])], vec![puppet("wait", Act::Take(SECOND))], Vec::new(), one_slot());
    let start = Instant::now();
    let finished = |request: Request| {
        let run = orchestrator.run(request);
        async move {
            run.response().await;
            start.elapsed().as_secs()
        }
    };
    let priority = |points| Request::new("x").with_priority(Priority(points));
    let order = [priority(0), priority(0), priority(100), priority(50)].map(finished);
    // The first has the slot before the others arrive.
    assert_eq!(join_all(order).await, [1, 4, 2, 3]);
}

#[test]
fn an_orchestrator_outlives_the_runtime_it_was_first_used_in() {
    let orchestrator = busy_world();
    for _ in 0..2 {
        let runtime = runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(all_are_answered(vec![orchestrator.run_in(&runtime)]));
    }
}

#[test]
fn a_runtime_that_stands_still_holds_up_no_other() {
    let orchestrator = busy_world();
    let runtimes =
        [0; 2].map(|_| runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap());
    for runtime in runtimes.iter().chain(&runtimes) {
        runtime.block_on(all_are_answered(vec![orchestrator.run_in(runtime)]));
    }
}

/// Starting a run from outside its runtime.
trait RunIn {
    fn run_in(&self, runtime: &runtime::Runtime) -> Run;
}

impl RunIn for maestria::Orchestrator {
    fn run_in(&self, runtime: &runtime::Runtime) -> Run {
        let _inside = runtime.enter();
        self.run("x")
    }
}

#[test]
fn a_run_whose_runtime_is_shut_down_says_so() {
    let orchestrator =
        orchestrator(vec![call("a", "hang", &[])], vec![puppet("hang", Act::Hang)], Vec::new(), Settings::default());
    let runtime = || runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let first = runtime();
    let run = orchestrator.run_in(&first);
    first.block_on(tokio::task::yield_now());
    drop(first);
    let response = runtime().block_on(run.response());
    assert!(matches!(response.answer, Answer::Broken { .. }));
}
