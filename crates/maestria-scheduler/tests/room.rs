//! Stories of models that make room for each other, and of memory that is spoken for.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what a test expects and does not find fails it")]

mod stage;

use std::{num::NonZeroUsize, time::Duration};

use maestria_scheduler::{Event, Finish, Scheduler, Settings, Slots};
use maestria_vocabulary::Bytes;
use stage::*;

/// Plays events, each at its second, and compares the decisions that follow, up to the first that says to wait.
fn check<const N: usize>(script: [(u64, Event, &[&str]); N]) -> Scheduler {
    play(Settings::default(), script)
}

#[test]
fn an_idle_model_makes_room_and_one_in_use_does_not() {
    check([
        (0, device("cuda:0", 10), &[]),
        (0, submit([job("r/1", [model("a", 6, GPU)])]), &["load a on cuda:0"]),
        (2, loaded("a", "cuda:0"), &["start r/1 by model a on cuda:0"]),
        (2, submit([job("r/2", [model("b", 6, GPU)])]), &[]),
        (3, finished("r/1", Finish::Succeeded), &["end r/1: Succeeded", "unload a from cuda:0"]),
        (4, unloaded("a", "cuda:0"), &["load b on cuda:0"]),
        (6, loaded("b", "cuda:0"), &["start r/2 by model b on cuda:0"]),
    ]);
}

#[test]
fn only_what_is_needed_is_evicted() {
    check([
        (0, device("cuda:0", 10), &[]),
        (0, submit([job("r/1", [model("small", 2, GPU)])]), &["load small on cuda:0"]),
        (1, loaded("small", "cuda:0"), &["start r/1 by model small on cuda:0"]),
        (2, finished("r/1", Finish::Succeeded), &["end r/1: Succeeded"]),
        (600, submit([job("r/2", [model("large", 7, GPU)])]), &["load large on cuda:0"]),
        (601, loaded("large", "cuda:0"), &["start r/2 by model large on cuda:0"]),
        (602, finished("r/2", Finish::Succeeded), &["end r/2: Succeeded"]),
        (602, submit([job("r/3", [model("other", 7, GPU)])]), &["unload large from cuda:0"]),
    ]);
}

#[test]
fn nothing_is_evicted_for_what_can_never_fit() {
    let scheduler = check([
        (0, device("cuda:0", 10), &[]),
        (0, submit([job("r/1", [model("a", 6, GPU)])]), &["load a on cuda:0"]),
        (2, loaded("a", "cuda:0"), &["start r/1 by model a on cuda:0"]),
        (3, finished("r/1", Finish::Succeeded), &["end r/1: Succeeded"]),
        (
            4,
            submit([job("r/2", [model("b", 11, GPU), model("c", 12, GPU)])]),
            &["reject r/2: needs 11 B of memory, but at most 10 B can be had"],
        ),
        (5, submit([job("r/3", [tool("t", 0)])]), &["reject r/3: no device of kind [Cpu] is known"]),
    ]);
    assert!(scheduler.is_resident(&"a".parse().unwrap()));
}

#[test]
fn a_model_that_is_there_takes_what_it_holds_whatever_a_job_says() {
    let more = job("r/2", [model("a", 9, GPU)]).with_working_memory(Bytes(2));
    check([
        (0, device("cuda:0", 10), &[]),
        (0, submit([job("r/1", [model("a", 6, GPU)])]), &["load a on cuda:0"]),
        (2, loaded("a", "cuda:0"), &["start r/1 by model a on cuda:0"]),
        (3, finished("r/1", Finish::Succeeded), &["end r/1: Succeeded"]),
        (4, submit([more]), &["start r/2 by model a on cuda:0"]),
    ]);
}

#[test]
fn the_next_candidate_is_taken_when_one_cannot_fit_or_fails() {
    let candidates = || [model("huge", 99, GPU), model("a", 6, GPU), model("b", 2, CPU)];
    check([
        (0, device("cuda:0", 10), &[]),
        (0, device("cpu", 10), &[]),
        (0, submit([job("r/1", candidates()), job("r/2", candidates())]), &["load a on cuda:0"]),
        (1, loaded("a", "cuda:0"), &["start r/1 by model a on cuda:0"]),
        (2, finished("r/1", Finish::Elsewhere), &["load b on cpu", "start r/2 by model a on cuda:0"]),
        (3, loaded("b", "cpu"), &["start r/1 by model b on cpu"]),
        (4, finished("r/1", Finish::Elsewhere), &["end r/1: Failed"]),
    ]);
}

#[test]
fn a_failed_load_is_tried_on_other_devices_and_then_with_other_candidates() {
    check([
        (0, device("cuda:0", 10), &[]),
        (0, device("cuda:1", 8), &[]),
        (0, submit([job("r/1", [model("a", 6, GPU), model("b", 2, GPU)])]), &["load a on cuda:0"]),
        (1, load_failed("a", "cuda:0"), &["load a on cuda:1"]),
        (2, load_failed("a", "cuda:1"), &["load b on cuda:0"]),
        (3, load_failed("b", "cuda:0"), &["load b on cuda:1"]),
        (4, load_failed("b", "cuda:1"), &["end r/1: Failed"]),
    ]);
}

#[test]
fn a_failed_load_bars_the_device_for_those_that_waited_for_that_model_alone() {
    check([
        (0, device("cuda:0", 10), &[]),
        (0, submit([job("r/1", [model("a", 6, GPU)]), job("q/2", [model("b", 6, GPU)])]), &["load a on cuda:0"]),
        (1, load_failed("a", "cuda:0"), &["end r/1: Failed", "load b on cuda:0"]),
        (3, loaded("b", "cuda:0"), &["start q/2 by model b on cuda:0"]),
    ]);
}

#[test]
fn a_model_spills_to_the_processor_when_its_first_choice_is_in_use() {
    check([
        (0, device("cuda:0", 10), &[]),
        (0, device("cpu", 10), &[]),
        (0, submit([job("r/1", [model("a", 6, GPU_OR_CPU)])]), &["load a on cuda:0"]),
        (1, loaded("a", "cuda:0"), &["start r/1 by model a on cuda:0"]),
        (1, submit([job("r/2", [model("b", 6, GPU_OR_CPU)])]), &["load b on cpu"]),
    ]);
}

#[test]
fn a_resident_model_goes_first_for_a_while_and_no_longer() {
    check([
        (0, device("cuda:0", 10), &[]),
        (0, submit([job("r/1", [model("a", 6, GPU)])]), &["load a on cuda:0"]),
        (1, loaded("a", "cuda:0"), &["start r/1 by model a on cuda:0"]),
        (2, submit([job("r/swap", [model("b", 6, GPU)])]), &[]),
        (3, submit([job("r/2", [model("a", 6, GPU)])]), &[]),
        (5, submit([job("r/3", [model("a", 6, GPU)])]), &[]),
        (6, finished("r/1", Finish::Succeeded), &["end r/1: Succeeded", "start r/2 by model a on cuda:0"]),
        (7, finished("r/2", Finish::Succeeded), &["end r/2: Succeeded", "unload a from cuda:0"]),
    ]);
}

#[test]
fn what_a_waiting_job_needs_is_not_taken_by_those_far_behind_it() {
    let slots = Slots { gpu: NonZeroUsize::MIN.saturating_add(1), ..Slots::default() };
    let script = [
        (0, device("cpu", 10), &[][..]),
        (0, device("cuda:0", 10), &[]),
        (0, submit([job("r/1", [model("a", 6, GPU)])]), &["load a on cuda:0"]),
        (1, loaded("a", "cuda:0"), &["start r/1 by model a on cuda:0"]),
        (2, submit([job("r/swap", [model("b", 6, GPU)])]), &[]),
        (3, submit([job("r/near", [model("a", 6, GPU)])]), &["start r/near by model a on cuda:0"]),
        (5, submit([job("r/far", [model("a", 6, GPU)])]), &[]),
        (5, submit([job("r/small", [model("c", 3, GPU)])]), &[]),
        (6, finished("r/near", Finish::Succeeded), &["end r/near: Succeeded"]),
        (7, finished("r/1", Finish::Succeeded), &["end r/1: Succeeded", "unload a from cuda:0"]),
        (8, unloaded("a", "cuda:0"), &["load b on cuda:0"]),
    ];
    play(Settings { slots, ..Settings::default() }, script);
}

/// All of it happens in the first moment of all, and what comes last is expected to take no time.
#[test]
fn what_a_waiting_job_needs_is_not_taken_even_for_no_time() {
    let mut none = model("a", 6, CPU);
    none.expected.run = Duration::ZERO;
    let script = [
        (0, device("cpu", 10), &[][..]),
        (0, submit([job("r/1", [model("a", 6, CPU)])]), &["load a on cpu"]),
        (0, loaded("a", "cpu"), &["start r/1 by model a on cpu"]),
        (0, submit([job("r/swap", [model("b", 6, CPU)])]), &[]),
        (0, submit([job("r/2", [none])]), &[]),
    ];
    play(Settings { availability: Duration::ZERO, ..Settings::default() }, script);
}

#[test]
fn memory_that_others_use_is_not_promised() {
    let scheduler = check([
        (0, Event::Device(measured("cpu", 10, 3)), &[]),
        (0, submit([job("r/1", [tool("t", 5)])]), &["start r/1 by tool t on cpu"]),
        (1, Event::Device(measured("cpu", 10, 8)), &[]),
        (1, submit([job("r/2", [tool("t", 5)])]), &[]),
        (2, finished("r/1", Finish::Succeeded), &["end r/1: Succeeded", "start r/2 by tool t on cpu"]),
    ]);
    let cpu = &scheduler.devices()[0];
    assert_eq!((cpu.others.0, cpu.promised.0, cpu.free.0, cpu.busy), (3, 5, 2, 1));
}

#[test]
fn a_device_without_memory_runs_what_needs_none() {
    play(
        Settings::default(),
        [
            (0, device("cpu", 0), &[]),
            (0, submit([job("r/a", [tool("t", 0)])]), &["start r/a by tool t on cpu"]),
            (0, submit([job("r/b", [tool("t", 1)])]), &["reject r/b: needs 1 B of memory, but at most 0 B can be had"]),
        ],
    );
}
