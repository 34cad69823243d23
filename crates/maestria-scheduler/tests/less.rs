//! Stories of doing with less: batches, parts, overload, too little memory, and devices at their limits.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what a test expects and does not find fails it")]

mod stage;

use std::time::Duration;

use maestria_scheduler::{
    Batch, Batching, Decision, Ending, Event, Finish, Job, Priority, Rejection, Scheduler, Settings, Split,
};
use maestria_vocabulary::{Bytes, Candidate, DeviceSnapshot, Expected};
use stage::*;

const SECOND: Duration = Duration::from_secs(1);

fn batched(name: &str, key: u64, size: u64) -> Job {
    job(name, [model("a", 6, GPU_OR_CPU)]).with_batch(Batch { key, size })
}

/// A job of units that need a byte each while a tool works on them.
fn pages(name: &str, units: u32, least: u32) -> Job {
    let working = Bytes(u64::from(units));
    job(name, [tool("t", 0)]).with_working_memory(working).with_split(Split { units, least })
}

fn running(candidate: Candidate, seconds: u64) -> Candidate {
    let expected = Expected { run: Duration::from_secs(seconds), ..candidate.expected };
    Candidate { expected, ..candidate }
}

#[test]
fn jobs_of_the_same_key_and_size_share_an_attempt() {
    let settings = Settings {
        batching: Batching { jobs: 3.try_into().unwrap(), size: 100, ..Batching::default() },
        ..Settings::default()
    };
    let scheduler = play(
        settings,
        [
            (0, device("cuda:0", 10), &[]),
            (
                0,
                submit([
                    batched("r/1", 7, 16),
                    batched("r/2", 7, 31),
                    batched("r/3", 7, 32),
                    batched("r/4", 8, 16),
                    batched("r/5", 7, 20),
                    batched("r/6", 7, 17),
                ]),
                &["load a on cuda:0"],
            ),
            (2, loaded("a", "cuda:0"), &["start r/1 r/2 r/5 by model a on cuda:0"]),
            (3, finished("r/1", Finish::Succeeded), &["end r/1: Succeeded"]),
            (3, finished("r/2", Finish::Failed), &["end r/2: Failed"]),
            (4, finished("r/5", Finish::Succeeded), &["end r/5: Succeeded", "start r/3 by model a on cuda:0"]),
            (5, finished("r/3", Finish::Succeeded), &["end r/3: Succeeded", "start r/4 by model a on cuda:0"]),
            (6, finished("r/4", Finish::Succeeded), &["end r/4: Succeeded", "start r/6 by model a on cuda:0"]),
            (7, finished("r/6", Finish::Succeeded), &["end r/6: Succeeded"]),
        ],
    );
    assert_eq!(scheduler.devices()[0].busy, 0);
}

#[test]
fn a_batch_waits_for_others_no_longer_than_it_may() {
    let batching = Batching { jobs: 3.try_into().unwrap(), wait: 5 * SECOND, ..Batching::default() };
    play(
        Settings { batching, ..Settings::default() },
        [
            (0, device("cuda:0", 10), &[]),
            (0, submit([batched("r/0", 7, 1)]), &["load a on cuda:0"]),
            (2, loaded("a", "cuda:0"), &["until 5.000s"]),
            (3, submit([batched("r/1", 7, 1)]), &["until 5.000s"]),
            (5, device("cuda:0", 10), &["start r/0 r/1 by model a on cuda:0"]),
            (6, finished("r/0", Finish::Succeeded), &["end r/0: Succeeded"]),
            (6, finished("r/1", Finish::Succeeded), &["end r/1: Succeeded"]),
            (7, submit([batched("r/2", 7, 1), batched("r/3", 7, 1)]), &["until 12.000s"]),
            (8, submit([batched("r/4", 7, 1)]), &["start r/2 r/3 r/4 by model a on cuda:0"]),
        ],
    );
}

/// The model is there from 3 s on, and every job runs for one second.
#[test]
fn no_batch_waits_until_a_job_of_it_is_too_late() {
    let batching = Batching { wait: 5 * SECOND, ..Batching::default() };
    let due = |name: &str, seconds| batched(name, 7, 1).with_deadline(at(seconds));
    play(
        Settings { batching, ..Settings::default() },
        [
            (0, device("cuda:0", 10), &[]),
            (0, submit([job("r/0", [model("a", 6, GPU)])]), &["load a on cuda:0"]),
            (2, loaded("a", "cuda:0"), &["start r/0 by model a on cuda:0"]),
            (3, finished("r/0", Finish::Succeeded), &["end r/0: Succeeded"]),
            (3, submit([due("r/1", 7)]), &["start r/1 by model a on cuda:0", "until 7.000s"]),
            (4, finished("r/1", Finish::Succeeded), &["end r/1: Succeeded"]),
            (10, submit([due("r/2", 20)]), &["until 15.000s"]),
            (
                11,
                submit([due("r/3", 16).with_priority(Priority(-100))]),
                &["start r/2 r/3 by model a on cuda:0", "until 16.000s"],
            ),
        ],
    );
}

#[test]
fn a_job_that_may_share_with_none_waits_for_none() {
    let batching = Batching { wait: 5 * SECOND, jobs: 2.try_into().unwrap(), ..Batching::default() };
    let out = |name: &str| finished(name, Finish::OutOfMemory);
    play(
        Settings { batching, ..Settings::default() },
        [
            (0, device("cuda:0", 10), &[]),
            (0, submit([batched("r/1", 7, 1), batched("r/2", 7, 1)]), &["load a on cuda:0"]),
            (2, loaded("a", "cuda:0"), &["start r/1 r/2 by model a on cuda:0"]),
            (3, out("r/1"), &["degrade r/1: SmallerBatch { most: 1 }"]),
            (3, out("r/2"), &["degrade r/2: SmallerBatch { most: 1 }", "start r/1 by model a on cuda:0"]),
            (4, finished("r/1", Finish::Succeeded), &["end r/1: Succeeded", "start r/2 by model a on cuda:0"]),
        ],
    );
}

#[test]
fn two_models_that_lack_memory_to_work_in_do_not_wait_for_each_other() {
    let one = |name: &str, of: &str, working| job(name, [model(of, 3, GPU)]).with_working_memory(Bytes(working));
    play(
        Settings::default(),
        [
            (0, device("cuda:0", 10), &[]),
            (0, submit([one("r/a", "a", 0), one("r/b", "b", 0)]), &["load a on cuda:0", "load b on cuda:0"]),
            (1, loaded("a", "cuda:0"), &["start r/a by model a on cuda:0"]),
            (1, loaded("b", "cuda:0"), &[]),
            (2, finished("r/a", Finish::Succeeded), &["end r/a: Succeeded", "start r/b by model b on cuda:0"]),
            (2, submit([one("r/c", "a", 6), one("r/d", "b", 6)]), &[]),
            (3, finished("r/b", Finish::Succeeded), &["end r/b: Succeeded", "unload b from cuda:0"]),
            (4, unloaded("b", "cuda:0"), &["start r/c by model a on cuda:0"]),
            (5, finished("r/c", Finish::Succeeded), &["end r/c: Succeeded", "unload a from cuda:0"]),
        ],
    );
}

#[test]
fn time_that_goes_back_holds_nobody_up() {
    play(
        Settings::default(),
        [
            (9, device("cuda:0", 10), &[]),
            (9, submit([batched("r/1", 7, 1)]), &["load a on cuda:0"]),
            (5, loaded("a", "cuda:0"), &["start r/1 by model a on cuda:0"]),
        ],
    );
}

#[test]
fn a_batch_takes_no_more_jobs_than_it_has_memory_for() {
    let working = |name: &str| batched(name, 7, 1).with_working_memory(Bytes(2));
    let scheduler = play(
        Settings::default(),
        [
            (0, device("cuda:0", 10), &[]),
            (0, submit([working("r/1"), working("r/2"), working("r/3")]), &["load a on cuda:0"]),
            (2, loaded("a", "cuda:0"), &["start r/1 r/2 by model a on cuda:0"]),
        ],
    );
    assert_eq!(scheduler.devices()[0].promised, Bytes(10));
}

#[test]
fn a_job_too_large_for_every_device_is_done_in_parts() {
    let part = "degrade r/1: SmallerPart { units: 14 }";
    play(
        Settings::default(),
        [
            (0, device("cpu", 20), &[]),
            (0, submit([pages("r/1", 40, 4)]), &[part, "start r/1[0..14] by tool t on cpu"]),
            (1, finished("r/1", Finish::Succeeded), &[part, "start r/1[14..28] by tool t on cpu"]),
            (2, finished("r/1", Finish::Succeeded), &["start r/1[28..40] by tool t on cpu"]),
            (3, finished("r/1", Finish::Succeeded), &["end r/1: Succeeded"]),
        ],
    );
}

#[test]
fn a_job_is_done_in_parts_while_there_is_little_memory() {
    play(
        Settings::default(),
        [
            (0, device("cpu", 100), &[]),
            (0, submit([job("r/0", [tool("t", 80)])]), &["start r/0 by tool t on cpu"]),
            (
                0,
                submit([pages("r/1", 40, 4)]),
                &["degrade r/1: SmallerPart { units: 14 }", "start r/1[0..14] by tool t on cpu"],
            ),
            (1, finished("r/0", Finish::Succeeded), &["end r/0: Succeeded"]),
            (2, finished("r/1", Finish::Succeeded), &["start r/1[14..40] by tool t on cpu"]),
            (3, finished("r/1", Finish::Succeeded), &["end r/1: Succeeded"]),
        ],
    );
}

#[test]
fn a_job_whose_least_part_fits_nowhere_is_rejected() {
    play(
        Settings::default(),
        [
            (0, device("cpu", 10), &[]),
            (
                0,
                submit([pages("r/1", 40, 12)]),
                &[
                    "degrade r/1: SmallerPart { units: 12 }",
                    "reject r/1: needs 12 B of memory, but at most 10 B can be had",
                ],
            ),
        ],
    );
}

/// After its first part at 4 s, 26 of 40 units are left, which take 6.5 of the 10 s of the whole.
#[test]
fn a_job_in_parts_has_time_as_long_as_what_is_left_can_be_done() {
    let part = "degrade r/1: SmallerPart { units: 14 }";
    let whole = job("r/1", [running(tool("t", 0), 10)]).with_working_memory(Bytes(40));
    let due = whole.with_split(Split { units: 40, least: 4 }).with_deadline(at(14));
    play(
        Settings::default(),
        [
            (0, device("cpu", 20), &[]),
            (0, submit([due]), &[part, "start r/1[0..14] by tool t on cpu", "until 14.000s"]),
            (4, finished("r/1", Finish::Succeeded), &[part, "start r/1[14..28] by tool t on cpu", "until 14.000s"]),
            (8, finished("r/1", Finish::Succeeded), &["start r/1[28..40] by tool t on cpu", "until 14.000s"]),
            (12, finished("r/1", Finish::Succeeded), &["end r/1: Succeeded"]),
        ],
    );
}

#[test]
fn no_part_is_empty() {
    let part = "degrade r/1: SmallerPart { units: 1 }";
    play(
        Settings::default(),
        [
            (0, device("cpu", 2), &[]),
            (0, submit([pages("r/1", 2, 0)]), &["start r/1 by tool t on cpu"]),
            (1, finished("r/1", Finish::OutOfMemory), &[part, "start r/1[0..1] by tool t on cpu"]),
            (2, finished("r/1", Finish::OutOfMemory), &["end r/1: Failed"]),
            (
                3,
                submit([pages("r/2", 9, 0).with_working_memory(Bytes(90))]),
                &[
                    "degrade r/2: SmallerPart { units: 1 }",
                    "reject r/2: needs 10 B of memory, but at most 2 B can be had",
                ],
            ),
        ],
    );
}

#[test]
fn too_little_memory_leads_to_less_step_by_step() {
    let candidates = [model("a", 6, GPU_OR_CPU), model("b", 8, GPU), model("c", 2, GPU)];
    let one = |name: &str| {
        let split = Split { units: 4, least: 1 };
        let whole = job(name, candidates.clone());
        if name == "r/1" { whole.with_split(split) } else { whole.with_batch(Batch { key: 1, size: 1 }) }
    };
    let out = |name: &str| finished(name, Finish::OutOfMemory);
    play(
        Settings::default(),
        [
            (0, device("cuda:0", 10), &[]),
            (0, device("cpu", 10), &[]),
            (0, submit([one("r/1")]), &["load a on cuda:0"]),
            (1, loaded("a", "cuda:0"), &["start r/1 by model a on cuda:0"]),
            (2, out("r/1"), &["degrade r/1: SmallerPart { units: 2 }", "start r/1[0..2] by model a on cuda:0"]),
            (3, out("r/1"), &["degrade r/1: SmallerPart { units: 1 }", "start r/1[0..1] by model a on cuda:0"]),
            (4, finished("r/1", Finish::Succeeded), &["start r/1[1..2] by model a on cuda:0"]),
            (5, out("r/1"), &["degrade r/1: Processor", "load a on cpu"]),
            (6, loaded("a", "cpu"), &["start r/1[1..2] by model a on cpu"]),
            (7, out("r/1"), &["degrade r/1: Candidate { candidate: 2 }", "load c on cuda:0"]),
            (8, loaded("c", "cuda:0"), &["start r/1[1..2] by model c on cuda:0"]),
            (9, out("r/1"), &["end r/1: Failed"]),
            (9, submit([one("q/1"), one("q/2")]), &["start q/1 q/2 by model a on cuda:0"]),
            (10, out("q/1"), &["degrade q/1: SmallerBatch { most: 1 }", "start q/1 by model a on cpu"]),
            (10, out("q/2"), &["degrade q/2: SmallerBatch { most: 1 }", "start q/2 by model a on cuda:0"]),
            (11, finished("q/1", Finish::Succeeded), &["end q/1: Succeeded"]),
        ],
    );
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

#[test]
fn an_exclusive_device_holds_one_model() {
    play(
        Settings { exclusive_gpus: true, ..Settings::default() },
        [
            (0, device("cuda:0", 10), &[]),
            (0, submit([job("r/1", [model("a", 2, GPU)])]), &["load a on cuda:0"]),
            (1, loaded("a", "cuda:0"), &["start r/1 by model a on cuda:0"]),
            (1, submit([job("r/2", [model("b", 2, GPU)])]), &[]),
            (2, finished("r/1", Finish::Succeeded), &["end r/1: Succeeded", "unload a from cuda:0"]),
            (3, unloaded("a", "cuda:0"), &["load b on cuda:0"]),
        ],
    );
}

#[test]
fn a_device_at_its_limit_is_given_nothing() {
    let celsius = |unit: &str, celsius| {
        Event::Device(DeviceSnapshot { temperature_celsius: Some(celsius), ..measured(unit, 10, 0) })
    };
    play(
        Settings::default(),
        [
            (0, celsius("cuda:0", 95.0), &[]),
            (0, submit([job("r/1", [model("a", 6, GPU)])]), &[]),
            (1, celsius("cuda:0", 88.0), &[]),
            (2, celsius("cuda:0", 80.0), &["load a on cuda:0"]),
            (3, loaded("a", "cuda:0"), &["start r/1 by model a on cuda:0"]),
            (4, celsius("cuda:0", 99.0), &[]),
            (5, finished("r/1", Finish::Succeeded), &["end r/1: Succeeded"]),
            (5, submit([job("r/2", [model("a", 6, GPU)])]), &[]),
            (6, device("cuda:1", 10), &["load a on cuda:1"]),
        ],
    );
}

#[test]
fn no_room_is_made_on_a_device_at_its_limit_while_another_serves() {
    let hot =
        |celsius| Event::Device(DeviceSnapshot { temperature_celsius: Some(celsius), ..measured("cuda:0", 10, 0) });
    play(
        Settings::default(),
        [
            (0, hot(40.0), &[]),
            (0, submit([job("r/1", [model("a", 6, GPU)])]), &["load a on cuda:0"]),
            (2, loaded("a", "cuda:0"), &["start r/1 by model a on cuda:0"]),
            (3, finished("r/1", Finish::Succeeded), &["end r/1: Succeeded"]),
            (4, device("cpu", 10), &[]),
            (4, hot(95.0), &[]),
            (5, submit([job("r/2", [model("b", 6, GPU_OR_CPU)])]), &["load b on cpu"]),
            (6, submit([job("r/3", [model("c", 2, GPU_OR_CPU)])]), &["load c on cpu"]),
        ],
    );
}

#[test]
fn a_model_in_demand_is_loaded_where_there_is_room() {
    let one = |name: &str| job(name, [model("a", 6, GPU)]);
    play(
        Settings::default(),
        [
            (0, device("cuda:0", 10), &[]),
            (0, device("cuda:1", 10), &[]),
            (0, submit([one("r/1"), one("r/2")]), &["load a on cuda:0"]),
            (1, loaded("a", "cuda:0"), &["start r/1 by model a on cuda:0"]),
            (1, submit([one("r/3")]), &["load a on cuda:1"]),
            (2, loaded("a", "cuda:1"), &["start r/2 by model a on cuda:1"]),
        ],
    );
}

#[test]
fn the_device_that_suits_best_is_taken() {
    let unit = |unit: &str, used, celsius| {
        Event::Device(DeviceSnapshot { temperature_celsius: Some(celsius), ..measured(unit, 10, used) })
    };
    let check = |first: Event, second: Event, expected: &str| {
        play(
            Settings::default(),
            [(0, first, &[]), (0, second, &[]), (0, submit([job("r/1", [model("a", 2, GPU)])]), &[expected])],
        );
    };
    check(unit("cuda:0", 0, 40.0), unit("cuda:1", 0, 40.0), "load a on cuda:0");
    check(unit("cuda:0", 3, 40.0), unit("cuda:1", 0, 40.0), "load a on cuda:1");
    check(unit("cuda:0", 0, 80.0), unit("cuda:1", 1, 20.0), "load a on cuda:1");
}
