//! Stories of what is expected of the queue: positions, waits, and which device the work is counted for.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what a test expects and does not find fails it")]

mod stage;

use std::time::Duration;

use maestria_scheduler::{Event, Priority, Scheduler, Settings};
use maestria_vocabulary::{Candidate, DeviceId};
use stage::*;

/// Plays events, each at its second, and compares the decisions that follow, up to the first that says to wait.
fn check<const N: usize>(script: [(u64, Event, &[&str]); N]) -> Scheduler {
    play(Settings::default(), script)
}

#[test]
fn the_queue_tells_positions_and_the_expected_wait() {
    let one = |name: &str, points| job(name, [model("a", 6, GPU)]).with_priority(Priority(points));
    let scheduler = check([
        (0, device("cuda:0", 10), &[]),
        (0, submit([one("r/1", 0)]), &["load a on cuda:0"]),
        (1, loaded("a", "cuda:0"), &["start r/1 by model a on cuda:0"]),
        (1, submit([one("r/low", -5), one("r/x", 0), one("r/y", 0), one("r/high", 5)]), &[]),
    ]);
    assert_eq!(scheduler.queued(), [id("r/high"), id("r/x"), id("r/y"), id("r/low")]);
    assert_eq!(scheduler.position(&id("r/y")), Some(2));
    assert_eq!(scheduler.position(&id("r/1")), None);
    let wait = |seconds| scheduler.estimated_wait(&DeviceId::local("cuda:0"), at(seconds));
    assert_eq!(wait(1), Some(Duration::from_secs(5)));
    assert_eq!(wait(9), Some(Duration::from_secs(4)));
    assert_eq!(scheduler.estimated_wait(&DeviceId::cpu(), at(1)), None);
}

#[test]
fn every_one_of_many_jobs_is_told_until_it_ends() {
    let names: Vec<String> = (0..600).map(|number| format!("r{number}/s")).collect();
    let all = || names.iter().map(|name| job(name, [tool("t", 0)])).collect();
    let mut scheduler = Scheduler::new(Settings::default());
    // What comes the second time takes the places of what went.
    for _ in 0..2 {
        scheduler.handle(Event::Submit(all()), at(0)).unwrap();
        assert_eq!(scheduler.queued(), names.iter().map(|name| id(name)).collect::<Vec<_>>());
        for number in 0..600 {
            scheduler.handle(cancel(&format!("r{number}")), at(0)).unwrap();
        }
        assert_eq!(scheduler.queued(), []);
    }
}

/// What is left of the first is not counted once its device was lost, though its attempt is not answered.
#[test]
fn a_lost_attempt_keeps_no_device_busy() {
    let mut scheduler = check([
        (0, device("cpu", 10), &[]),
        (0, submit([job("r/1", [tool("t", 0)])]), &["start r/1 by tool t on cpu"]),
    ]);
    let wait = |scheduler: &Scheduler| scheduler.estimated_wait(&DeviceId::cpu(), at(0));
    assert_eq!(wait(&scheduler), Some(Duration::from_millis(250)));
    scheduler.handle(gone("cpu"), at(0)).unwrap();
    scheduler.handle(device("cpu", 10), at(0)).unwrap();
    assert_eq!(wait(&scheduler), Some(Duration::ZERO));
}

#[test]
fn work_that_several_devices_could_do_is_shared_out_among_them() {
    let anywhere = |name: &str| job(name, [Candidate { needs: model("m", 0, GPU).needs, ..tool("t", 0) }]);
    let scheduler = check([
        (0, device("cuda:0", 10), &[]),
        (0, device("cuda:1", 10), &[]),
        (0, device("cpu", 10), &[]),
        (
            0,
            submit([anywhere("r/1"), anywhere("r/2")]),
            &["start r/1 by tool t on cuda:0", "start r/2 by tool t on cuda:1"],
        ),
        (0, submit(["q/1", "q/2", "q/3"].map(anywhere)), &[]),
    ]);
    let wait = |unit| scheduler.estimated_wait(&DeviceId::local(unit), at(0)).unwrap();
    assert_eq!(["cuda:0", "cuda:1", "cpu"].map(wait), [2500, 2500, 0].map(Duration::from_millis));
}

#[test]
fn work_for_a_model_that_is_nowhere_yet_counts_where_it_would_be_loaded() {
    let one = |name: &str, of: &str| job(name, [model(of, 6, GPU_OR_CPU)]);
    let scheduler = check([
        (0, device("cuda:0", 10), &[]),
        (0, device("cpu", 0), &[]),
        (0, submit([one("r/1", "a")]), &["load a on cuda:0"]),
        (2, loaded("a", "cuda:0"), &["start r/1 by model a on cuda:0"]),
        (2, submit([one("r/2", "b"), one("r/3", "b")]), &[]),
    ]);
    let wait = |unit| scheduler.estimated_wait(&DeviceId::local(unit), at(2)).unwrap();
    assert_eq!(["cuda:0", "cpu"].map(wait), [3, 0].map(Duration::from_secs));
}

#[test]
fn work_for_a_model_that_is_on_several_devices_is_shared_out_among_them() {
    let one = |name: &str| job(name, [model("a", 6, GPU)]);
    let scheduler = check([
        (0, device("cuda:0", 10), &[]),
        (0, device("cuda:1", 10), &[]),
        (0, device("cuda:2", 4), &[]),
        (0, submit([one("r/1"), one("r/2"), one("r/3")]), &["load a on cuda:0"]),
        (2, loaded("a", "cuda:0"), &["start r/1 by model a on cuda:0", "load a on cuda:1"]),
        (2, submit([one("q/1")]), &[]),
    ]);
    let wait = |unit| scheduler.estimated_wait(&DeviceId::local(unit), at(2)).unwrap();
    assert_eq!(["cuda:0", "cuda:1", "cuda:2"].map(wait), [2500, 1500, 0].map(Duration::from_millis));
}
