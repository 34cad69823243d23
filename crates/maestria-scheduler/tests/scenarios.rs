//! Stories of how jobs come, end and are refused, each a script of events and of the decisions that follow them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what a test expects and does not find fails it")]

mod stage;

use std::{num::NonZeroUsize, time::Duration};

use maestria_scheduler::{Decision, Error, Event, Finish, Priority, Scheduler, Settings, Slots};
use maestria_vocabulary::{Candidate, DeviceId, StepId};
use stage::*;

/// Plays events, each at its second, and compares the decisions that follow, up to the first that says to wait.
fn check<const N: usize>(script: [(u64, Event, &[&str]); N]) -> Scheduler {
    play(Settings::default(), script)
}

fn step(name: &str) -> StepId {
    name.parse().unwrap()
}

#[test]
fn steps_become_ready_one_by_one() {
    check([
        (0, device("cpu", 10), &[]),
        (
            0,
            submit([
                job("r/c", [tool("t", 0)]).with_after([step("a"), step("b"), step("a")]),
                job("r/a", [tool("t", 0)]),
                job("r/b", [tool("t", 0)]),
            ]),
            &["start r/a by tool t on cpu", "start r/b by tool t on cpu"],
        ),
        (1, finished("r/a", Finish::Succeeded), &["end r/a: Succeeded"]),
        (2, submit([job("r/d", [tool("t", 0)]).with_after([step("a")])]), &["start r/d by tool t on cpu"]),
        (3, finished("r/b", Finish::Succeeded), &["end r/b: Succeeded", "start r/c by tool t on cpu"]),
    ]);
}

#[test]
fn what_follows_a_failure_is_skipped_however_far_behind() {
    check([
        (0, device("cpu", 10), &[]),
        (
            0,
            submit([
                job("r/a", [tool("t", 0)]),
                job("r/b", [tool("t", 0)]).with_after([step("a")]),
                job("r/c", [tool("t", 0)]).with_after([step("b")]),
                job("r/z", [tool("t", 0)]),
            ]),
            &["start r/a by tool t on cpu", "start r/z by tool t on cpu"],
        ),
        (
            1,
            finished("r/a", Finish::Failed),
            &[
                "end r/a: Failed",
                "end r/b: Skipped { predecessor: StepId(a) }",
                "end r/c: Skipped { predecessor: StepId(b) }",
            ],
        ),
        (
            1,
            submit([job("r/d", [tool("t", 0)]).with_after([step("c")])]),
            &["end r/d: Skipped { predecessor: StepId(c) }"],
        ),
    ]);
}

#[test]
fn of_several_runs_that_are_too_long_the_first_by_name_is_told() {
    let mut scheduler = Scheduler::new(Settings { longest_run: 1, ..Settings::default() });
    let two = |run: u32| ["a", "b"].map(|step| job(&format!("r{run}/{step}"), [tool("t", 0)]));
    let refused = scheduler.handle(Event::Submit((10..74).rev().flat_map(two).collect()), at(0));
    assert_eq!(refused, Err(Error::RunTooLong { run: "r10".parse().unwrap(), steps: 2, most: 1 }));
}

#[test]
fn work_on_a_lost_device_is_stopped_and_tried_elsewhere() {
    check([
        (0, device("cuda:0", 10), &[]),
        (0, device("cpu", 8), &[]),
        (0, submit([job("r/1", [model("a", 6, GPU_OR_CPU)])]), &["load a on cuda:0"]),
        (1, loaded("a", "cuda:0"), &["start r/1 by model a on cuda:0"]),
        (2, gone("cuda:0"), &["stop r/1"]),
        (3, device("cuda:0", 10), &[]),
        (4, finished("r/1", Finish::Failed), &["load a on cpu"]),
    ]);
}

#[test]
fn cancelling_ends_all_jobs_and_stops_those_that_run() {
    let scheduler = check([
        (0, device("cpu", 10), &[]),
        (
            0,
            submit([job("r/a", [tool("t", 4)]), job("r/b", [tool("t", 4)]).with_after([step("a")])]),
            &["start r/a by tool t on cpu"],
        ),
        (1, cancel("r"), &["stop r/a", "end r/a: Cancelled", "end r/b: Cancelled"]),
        (1, cancel("r"), &[]),
        (2, finished("r/a", Finish::Succeeded), &[]),
        (3, submit([job("r/a", [tool("t", 4)])]), &["start r/a by tool t on cpu"]),
    ]);
    assert_eq!(scheduler.running().len(), 1);
}

/// A load, an attempt that nobody wants any more, and an unload are each waited for; what is resident is not.
#[test]
fn the_machine_is_idle_once_nothing_is_under_way() {
    let mut scheduler = Scheduler::new(Settings::default());
    let mut check = |seconds, event, idle, resident| {
        scheduler.handle(event, at(seconds)).unwrap();
        decisions(&mut scheduler, seconds);
        let expected = if idle { Decision::Idle } else { Decision::Wait { until: None } };
        assert_eq!(scheduler.poll(at(seconds)), expected, "at {seconds}");
        assert_eq!(scheduler.is_resident(&"a".parse().unwrap()), resident, "at {seconds}");
    };
    check(0, device("cuda:0", 10), true, false);
    check(0, submit([job("r/1", [model("a", 6, GPU)])]), false, false);
    check(2, loaded("a", "cuda:0"), false, true);
    check(3, cancel("r"), false, true);
    check(4, finished("r/1", Finish::Succeeded), true, true);
    check(5, submit([job("q/1", [model("b", 6, GPU)])]), false, false);
    check(5, cancel("q"), false, false);
    check(6, unloaded("a", "cuda:0"), true, false);
}

#[test]
fn a_deadline_that_cannot_be_met_is_rejected_with_an_estimate() {
    let due = |name: &str, seconds| job(name, [tool("t", 6)]).with_deadline(at(seconds));
    check([
        (5, device("cpu", 10), &[]),
        (5, submit([due("r/past", 4)]), &["reject r/past: due at 4.000s, but done at 6.000s at the earliest"]),
        (5, submit([due("r/tight", 6)]), &["reject r/tight: due at 6.000s, but done at 6.000s at the earliest"]),
        (5, submit([due("r/runs", 9)]), &["start r/runs by tool t on cpu", "until 9.000s"]),
        (5, submit([due("r/waits", 8)]), &["until 7.000s"]),
        (7, device("cpu", 10), &["reject r/waits: due at 8.000s, but done at 8.000s at the earliest", "until 9.000s"]),
        (9, device("cpu", 10), &["stop r/runs", "end r/runs: Expired"]),
        (9, finished("r/runs", Finish::Succeeded), &[]),
    ]);
}

#[test]
fn an_attempt_that_runs_for_too_long_expires() {
    check([
        (0, device("cpu", 10), &[]),
        (
            1,
            submit([job("r/a", [tool("t", 0)]).with_timeout(Duration::from_secs(3))]),
            &["start r/a by tool t on cpu", "until 4.000s"],
        ),
        (4, device("cpu", 10), &["stop r/a", "end r/a: Expired"]),
    ]);
}

#[test]
fn an_event_that_cannot_be_true_changes_nothing() {
    let mut scheduler = check([
        (0, device("cpu", 10), &[]),
        (
            0,
            submit([job("r/a", [tool("t", 1)]), job("r/z", [model("here", 1, CPU)])]),
            &["start r/a by tool t on cpu", "load here on cpu"],
        ),
        (0, loaded("here", "cpu"), &["start r/z by model here on cpu"]),
        (1, finished("r/a", Finish::Succeeded), &["end r/a: Succeeded"]),
    ]);
    let mut check = |event: Event, expected: Error| {
        let before = format!("{scheduler:?}");
        assert_eq!(scheduler.handle(event, at(1)), Err(expected));
        assert_eq!(format!("{scheduler:?}"), before);
    };
    let plain = |name: &str| job(name, [tool("t", 0)]);
    let device = DeviceId::cpu;
    check(finished("r/a", Finish::Succeeded), Error::NotRunning { job: id("r/a") });
    check(finished("q/a", Finish::Failed), Error::NotRunning { job: id("q/a") });
    for name in ["m", "here"] {
        let model = || name.parse().unwrap();
        check(loaded(name, "cpu"), Error::NotLoading { model: model(), device: device() });
        check(load_failed(name, "cpu"), Error::NotLoading { model: model(), device: device() });
        check(unloaded(name, "cpu"), Error::NotUnloading { model: model(), device: device() });
    }
    check(gone("cuda:0"), Error::UnknownDevice { device: DeviceId::local("cuda:0") });
    check(submit([plain("r/a")]), Error::DuplicateJob { job: id("r/a") });
    check(submit([plain("q/a"), plain("q/a")]), Error::DuplicateJob { job: id("q/a") });
    check(submit([plain("q/a"), job("q/b", [] as [Candidate; 0])]), Error::NoCandidate { job: id("q/b") });
    check(
        submit([plain("q/b").with_after([step("a")])]),
        Error::UnknownPredecessor { job: id("q/b"), predecessor: step("a") },
    );
    check(submit([plain("q/a"), plain("q/b").with_after([step("b")])]), Error::Cycle { job: id("q/b") });
    check(
        submit([
            plain("q/a").with_after([step("c")]),
            plain("q/b").with_after([step("a")]),
            plain("q/c").with_after([step("b")]),
        ]),
        Error::Cycle { job: id("q/a") },
    );
    let many = (0..2000).map(|n| plain(&format!("q/{n}"))).collect();
    check(Event::Submit(many), Error::QueueFull { submitted: 2000, room: 1023 });
}

#[test]
fn a_run_has_a_longest_length_that_counts_what_has_ended() {
    let settings = Settings { longest_run: 3, ..Settings::default() };
    let one = |name: &str| submit([job(name, [tool("t", 0)])]);
    let mut scheduler = play(
        settings,
        [
            (0, device("cpu", 10), &[]),
            (0, one("r/a"), &["start r/a by tool t on cpu"]),
            (0, one("r/b"), &["start r/b by tool t on cpu"]),
            (1, finished("r/a", Finish::Succeeded), &["end r/a: Succeeded"]),
            (1, one("r/c"), &["start r/c by tool t on cpu"]),
        ],
    );
    let run = "r".parse().unwrap();
    assert_eq!(scheduler.handle(one("r/d"), at(1)), Err(Error::RunTooLong { run, steps: 4, most: 3 }));
    scheduler.handle(one("q/d"), at(1)).unwrap();
}

#[test]
fn the_queue_takes_as_many_jobs_as_it_has_room_for() {
    let two = |run: u32| ["a", "b"].map(|step| job(&format!("r{run}/{step}"), [tool("t", 0)]));
    let mut scheduler = Scheduler::new(Settings { capacity: 2, ..Settings::default() });
    scheduler.handle(submit(two(1)), at(0)).unwrap();
    let full = |room| Err(Error::QueueFull { submitted: 2, room });
    assert_eq!(scheduler.handle(submit(two(2)), at(0)), full(0));
    let mut scheduler = Scheduler::new(Settings { capacity: 3, ..Settings::default() });
    scheduler.handle(submit(two(1)), at(0)).unwrap();
    assert_eq!(scheduler.handle(submit(two(2)), at(0)), full(1));
}

#[test]
fn what_matters_more_to_the_person_who_asked_goes_first() {
    let slots = Slots { cpu: NonZeroUsize::MIN, ..Slots::default() };
    let one = |name: &str, points, boost| {
        job(name, [tool("t", 0)]).with_priority(Priority(points)).with_user_boost(Priority(boost))
    };
    play(
        Settings { slots, ..Settings::default() },
        [
            (0, device("cpu", 10), &[]),
            (0, submit([one("r/0", 0, 0)]), &["start r/0 by tool t on cpu"]),
            (0, submit([one("r/1", 0, 0), one("r/2", 3, 0), one("r/3", 0, 5), one("r/4", 3, -5)]), &[]),
            (1, finished("r/0", Finish::Succeeded), &["end r/0: Succeeded", "start r/3 by tool t on cpu"]),
            (2, finished("r/3", Finish::Succeeded), &["end r/3: Succeeded", "start r/2 by tool t on cpu"]),
            (3, finished("r/2", Finish::Succeeded), &["end r/2: Succeeded", "start r/1 by tool t on cpu"]),
            (4, finished("r/1", Finish::Succeeded), &["end r/1: Succeeded", "start r/4 by tool t on cpu"]),
        ],
    );
}
