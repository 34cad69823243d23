//! Stories of jobs done in parts, and of doing with less memory step by step.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what a test expects and does not find fails it")]

mod stage;

use maestria_scheduler::{Batch, Error, Event, Finish, Job, Scheduler, Settings, Split};
use maestria_vocabulary::Bytes;
use stage::*;

/// A job of units that need a byte each while a tool works on them.
fn pages(name: &str, units: u32, least: u32) -> Job {
    let working = Bytes(u64::from(units));
    job(name, [tool("t", 0)]).with_working_memory(working).with_split(Split { units, least })
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
fn what_a_job_takes_may_be_told_until_what_it_waits_for_has_ended() {
    let split = Some(Split { units: 40, least: 4 });
    let demand = |name: &str, working| Event::Demand { job: id(name), working: Bytes(working), split };
    let mut scheduler = Scheduler::new(Settings::default());
    let not_blocked = |job: &str| Err(Error::NotBlocked { job: id(job) });
    let second = pages("r/2", 1, 1).with_after([id("r/1").step]);
    scheduler.handle(device("cpu", 20), at(0)).unwrap();
    scheduler.handle(submit([job("r/1", [tool("t", 0)]), second]), at(0)).unwrap();
    assert_eq!(scheduler.handle(demand("r/1", 40), at(0)), not_blocked("r/1"));
    assert_eq!(scheduler.handle(demand("r/3", 40), at(0)), not_blocked("r/3"));
    assert_eq!(scheduler.handle(demand("r/2", 80), at(0)), Ok(()));
    assert_eq!(scheduler.handle(demand("r/2", 40), at(0)), Ok(()));
    assert_eq!(decisions(&mut scheduler, 0), ["start r/1 by tool t on cpu"]);
    scheduler.handle(finished("r/1", Finish::Succeeded), at(1)).unwrap();
    assert_eq!(scheduler.handle(demand("r/2", 0), at(1)), not_blocked("r/2"));
    let part = "degrade r/2: SmallerPart { units: 14 }";
    assert_eq!(decisions(&mut scheduler, 1), ["end r/1: Succeeded", part, "start r/2[0..14] by tool t on cpu"]);
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
fn of_later_candidates_one_that_takes_less_memory_is_tried_first() {
    let out = |name: &str| finished(name, Finish::OutOfMemory);
    play(
        Settings::default(),
        [
            (0, device("cuda:0", 20), &[]),
            (
                0,
                submit([job("r/1", [model("a", 6, GPU), model("b", 6, GPU), model("c", 2, GPU), model("d", 2, GPU)])]),
                &["load a on cuda:0"],
            ),
            (2, loaded("a", "cuda:0"), &["start r/1 by model a on cuda:0"]),
            (3, out("r/1"), &["degrade r/1: Candidate { candidate: 2 }", "load c on cuda:0"]),
            (4, loaded("c", "cuda:0"), &["start r/1 by model c on cuda:0"]),
            (5, out("r/1"), &["degrade r/1: Candidate { candidate: 3 }", "load d on cuda:0"]),
            (6, loaded("d", "cuda:0"), &["start r/1 by model d on cuda:0"]),
            (7, out("r/1"), &["end r/1: Failed"]),
        ],
    );
}
