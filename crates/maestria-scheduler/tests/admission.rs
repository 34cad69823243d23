//! Stories of deadlines, forecasts, and of what gives way in overload.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what a test expects and does not find fails it")]

mod stage;

use std::time::Duration;

use maestria_scheduler::{Decision, Ending, Event, Finish, Job, Priority, Rejection, Scheduler, Settings};
use maestria_vocabulary::{Candidate, Expected};
use stage::*;

const SECOND: Duration = Duration::from_secs(1);

fn running(candidate: Candidate, seconds: u64) -> Candidate {
    let expected = Expected { run: Duration::from_secs(seconds), ..candidate.expected };
    Candidate { expected, ..candidate }
}

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
