//! Stories of deadlines, forecasts, and of what gives way in overload.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what a test expects and does not find fails it")]

mod stage;

use std::{num::NonZeroUsize, time::Duration};

use maestria_scheduler::{Decision, Ending, Event, Finish, Job, Priority, Rejection, Scheduler, Settings, Slots};
use maestria_vocabulary::{Candidate, Timestamp};
use stage::*;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_deadline_is_met_by_a_quicker_candidate_or_rejected_with_what_could_be_had() {
    let due = |name: &str, seconds| {
        job(name, [running(model("large", 6, GPU), 30), running(model("small", 2, GPU), 2)]).with_deadline(at(seconds))
    };
    let mut scheduler = play(
        Settings::default(),
        [(0, device("cuda:0", 10), &[]), (0, submit([due("r/1", 40)]), &["load large on cuda:0", "until 38.000s"])],
    );
    scheduler.handle(loaded("large", "cuda:0"), at(2)).unwrap();
    while !matches!(scheduler.poll(at(2)), Decision::Wait { .. }) {}
    scheduler.handle(submit([due("r/2", 40), due("r/3", 20)]), at(2)).unwrap();
    let next = scheduler.poll(at(2));
    let Decision::Degrade { job, .. } = next else { panic!("{next:?}") };
    assert_eq!(job, id("r/2"));
    let next = scheduler.poll(at(2));
    let Decision::End { job, ending: Ending::Rejected(Rejection::TooLate { estimate, alternatives, .. }) } = next
    else {
        panic!("{next:?}")
    };
    let shown: Vec<_> = alternatives.iter().map(ToString::to_string).collect();
    assert_eq!((job, estimate), (id("r/3"), at(36)));
    assert_eq!(shown, ["model large at 62.000s", "model small at 36.000s"]);
}

#[test]
fn waiting_jobs_have_a_forecast() {
    let one = |name: &str| job(name, [model("a", 6, GPU)]);
    let mut scheduler = Scheduler::new(Settings::default());
    let mut tell = |event, seconds| {
        scheduler.handle(event, at(seconds)).unwrap();
        while !matches!(scheduler.poll(at(seconds)), Decision::Wait { .. } | Decision::Idle) {}
    };
    tell(device("cuda:0", 10), 0);
    tell(submit([one("r/1"), one("r/2"), one("r/3").with_after(["2".parse().unwrap()])]), 0);
    tell(loaded("a", "cuda:0"), 2);
    tell(submit([one("q/1")]), 2);
    let check = |name: &str, position, start: u64, end: u64| {
        let forecast = scheduler.forecast(&id(name), at(2)).unwrap();
        assert_eq!((forecast.position, forecast.start.p50, forecast.end.p50), (position, at(start), at(end)), "{name}");
        assert!(forecast.start.p10 <= forecast.start.p50 && forecast.start.p50 <= forecast.start.p90);
        assert!(forecast.end.p10 < forecast.end.p50 && forecast.end.p50 < forecast.end.p90);
    };
    // More hangs on the second, so that it is the first to run.
    check("r/1", 0, 3, 4);
    check("r/3", 1, 4, 5);
    check("q/1", 2, 4, 5);
    assert_eq!(scheduler.forecast(&id("r/2"), at(2)), None);
}

#[test]
fn what_is_not_critical_gives_way_in_overload() {
    let low = |name: &str, candidates: Vec<Candidate>| Job::new(id(name), candidates).with_priority(Priority(-1));
    let two = || vec![running(model("a", 6, GPU), 9), running(model("b", 2, GPU), 1)];
    let deferred = "degrade r/4: Deferred { delay: 30s }";
    play(
        Settings { replicas: false, ..Settings::default() },
        [
            (0, device("cuda:0", 10), &[]),
            (0, submit([job("r/1", [model("a", 6, GPU)])]), &["load a on cuda:0"]),
            (1, loaded("a", "cuda:0"), &["start r/1 by model a on cuda:0"]),
            (90, Event::Submit(vec![low("r/2", two())]), &[]),
            (
                110,
                Event::Submit(vec![low("r/3", two())]),
                &["degrade r/3: Candidate { candidate: 1 }", "load b on cuda:0"],
            ),
            (110, Event::Submit(vec![low("r/4", vec![model("a", 6, GPU)])]), &[deferred]),
            (120, submit([job("r/5", [model("a", 6, GPU)])]), &[]),
            (121, finished("r/1", Finish::Succeeded), &["end r/1: Succeeded", "start r/2 by model a on cuda:0"]),
            (122, finished("r/2", Finish::Succeeded), &["end r/2: Succeeded", "start r/5 by model a on cuda:0"]),
        ],
    );
}

#[test]
fn what_gives_way_goes_on_with_what_fits_and_is_in_time() {
    let check = |candidates: Vec<Candidate>, due: Option<u64>, expected: &[&str]| {
        let low = Job::new(id("r/2"), candidates).with_priority(Priority(-1));
        let low = Job { deadline: due.map(at), ..low };
        play(
            Settings { replicas: false, ..Settings::default() },
            [
                (0, device("cuda:0", 10), &[]),
                (0, submit([job("r/1", [model("a", 6, GPU)])]), &["load a on cuda:0"]),
                (1, loaded("a", "cuda:0"), &["start r/1 by model a on cuda:0"]),
                (110, Event::Submit(vec![low]), expected),
            ],
        );
    };
    let (long, huge) = (running(model("a", 6, GPU), 9), running(model("huge", 99, GPU), 5));
    let short = running(model("b", 2, GPU), 1);
    let mut slow = short.clone();
    slow.expected.load = 60 * SECOND;
    let (less, later) = ("degrade r/2: Candidate { candidate: 2 }", "degrade r/2: Deferred { delay: 30s }");
    check(vec![long.clone(), huge.clone(), short], None, &[less, "load b on cuda:0"]);
    check(vec![long.clone(), huge], None, &[later]);
    check(vec![long, slow], Some(160), &[later, "until 159.000s"]);
}

/// The quicker candidate is done a second before the first, which would be there when the result is worthless.
#[test]
fn a_result_that_is_there_at_the_deadline_is_too_late() {
    let candidates = || vec![running(tool("slow", 0), 4), running(tool("quick", 0), 3)];
    let due = |name: &str, seconds| Job::new(id(name), candidates()).with_deadline(at(seconds));
    play(
        Settings::default(),
        [
            (5, device("cpu", 10), &[]),
            (
                5,
                submit([due("r/1", 9)]),
                &["degrade r/1: Candidate { candidate: 1 }", "start r/1 by tool quick on cpu", "until 9.000s"],
            ),
            (5, submit([due("r/2", 10)]), &["start r/2 by tool slow on cpu", "until 9.000s"]),
        ],
    );
}

#[test]
fn what_gives_way_goes_on_only_with_what_takes_less_and_is_done_before_it_is_due() {
    let check = |candidates: Vec<Candidate>, boost: i8, due: Option<u64>, expected: &[&str]| {
        let low = Job::new(id("r/2"), candidates).with_priority(Priority(-1)).with_user_boost(Priority(boost));
        let low = Job { deadline: due.map(at), ..low };
        play(
            Settings { replicas: false, admission: false, ..Settings::default() },
            [
                (0, device("cuda:0", 10), &[]),
                (0, submit([job("r/1", [model("a", 6, GPU)])]), &["load a on cuda:0"]),
                (1, loaded("a", "cuda:0"), &["start r/1 by model a on cuda:0"]),
                (110, Event::Submit(vec![low]), expected),
            ],
        );
    };
    let (long, same) = (running(model("a", 6, GPU), 9), running(model("b", 2, GPU), 9));
    let short = model("b", 2, GPU);
    let (less, later) = ("degrade r/2: Candidate { candidate: 1 }", "degrade r/2: Deferred { delay: 30s }");
    check(vec![long.clone(), same.clone()], 0, None, &[later]);
    check(vec![long.clone(), same], 1, None, &[]);
    // It is loaded in two seconds, and runs for one.
    check(vec![long.clone(), short.clone()], 0, Some(113), &[later, "until 112.000s"]);
    check(vec![long, short], 0, Some(114), &[less, "load b on cuda:0", "until 113.000s"]);
}

/// The first device has both its slots taken for ten seconds; nothing waits.
#[test]
fn a_job_that_any_device_can_run_is_reckoned_to_take_the_first_slot_that_is_free() {
    let two = NonZeroUsize::MIN.saturating_add(1);
    let settings = || Settings { slots: Slots { gpu: two, ..Slots::default() }, ..Settings::default() };
    let any = |seconds| running(Candidate { needs: model("m", 0, GPU).needs, ..tool("t", 0) }, seconds);
    let due = |seconds| job("r/due", [any(1)]).with_deadline(at(seconds));
    let [first, second, third] = ["q/1", "q/2", "q/3"].map(|name| job(name, [any(10)]));
    let start = |name: &str, unit: &str| format!("start {name} by tool t on {unit}");
    play(
        settings(),
        [
            (0, device("cuda:0", 10), &[]),
            (0, submit([first.clone(), second.clone()]), &[&start("q/1", "cuda:0"), &start("q/2", "cuda:0")]),
            (0, submit([due(5)]), &["reject r/due: due at 5.000s, but done at 11.000s at the earliest"]),
        ],
    );
    play(
        settings(),
        [
            (0, device("cuda:0", 10), &[]),
            (0, device("cuda:1", 10), &[]),
            (
                0,
                submit([first, second, third]),
                &[&start("q/1", "cuda:0"), &start("q/2", "cuda:0"), &start("q/3", "cuda:1")],
            ),
            (0, submit([due(2)]), &[&start("r/due", "cuda:1"), "until 2.000s"]),
        ],
    );
}

#[test]
fn a_job_whose_model_has_a_free_slot_is_reckoned_to_start_at_once() {
    let two = NonZeroUsize::MIN.saturating_add(1);
    let one = |name: &str, seconds| job(name, [running(model("a", 6, GPU), seconds)]);
    play(
        Settings { slots: Slots { gpu: two, ..Slots::default() }, ..Settings::default() },
        [
            (0, device("cuda:0", 10), &[]),
            (0, submit([one("r/1", 10)]), &["load a on cuda:0"]),
            (2, loaded("a", "cuda:0"), &["start r/1 by model a on cuda:0"]),
            (2, submit([one("r/2", 1).with_deadline(at(4))]), &["start r/2 by model a on cuda:0", "until 4.000s"]),
        ],
    );
}

/// Three jobs of two seconds go before, one of which runs; what an attempt takes is 1 ± 0.5 times what is expected of it.
#[test]
fn the_spread_of_a_forecast_grows_with_the_root_of_what_goes_before() {
    let one = |name: &str| job(name, [running(model("a", 6, GPU), 2)]);
    let scheduler = play(
        Settings::default(),
        [
            (0, device("cuda:0", 10), &[]),
            (0, submit([one("r/1")]), &["load a on cuda:0"]),
            (2, loaded("a", "cuda:0"), &["start r/1 by model a on cuda:0"]),
            (2, submit([one("r/2"), one("r/3"), one("r/4")]), &[]),
        ],
    );
    let forecast = scheduler.forecast(&id("r/4"), at(2)).unwrap();
    let check = |told: Timestamp, expected: f64| {
        let told = told.since_epoch().as_secs_f64();
        assert!((told - expected).abs() < 1e-6, "{told} {expected}");
    };
    let (decile, sum) = (1.2816, 3_f64.sqrt());
    check(forecast.start.p10, 2.0 + 6.0 - decile * sum);
    check(forecast.start.p50, 2.0 + 6.0);
    check(forecast.start.p90, 2.0 + 6.0 + decile * sum);
    check(forecast.end.p10, 2.0 + 8.0 - decile * (sum + 1.0));
    check(forecast.end.p50, 2.0 + 8.0);
    check(forecast.end.p90, 2.0 + 8.0 + decile * (sum + 1.0));
}
