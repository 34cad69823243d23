//! Stories of devices: with one model at a time, at their limits, and the one that suits best.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what a test expects and does not find fails it")]

mod stage;

use std::num::NonZeroUsize;

use maestria_scheduler::{Event, Finish, Settings, Slots};
use maestria_vocabulary::{Bytes, Candidate, DeviceSnapshot, Probability};
use stage::*;

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

/// The credit for availability is two seconds.
#[test]
fn the_one_model_of_a_device_stays_for_those_that_may_go_first() {
    play(
        Settings { exclusive_gpus: true, ..Settings::default() },
        [
            (0, device("cuda:0", 10), &[]),
            (0, submit([job("r/1", [model("a", 2, GPU)])]), &["load a on cuda:0"]),
            (1, loaded("a", "cuda:0"), &["start r/1 by model a on cuda:0"]),
            (2, submit([job("r/2", [model("b", 2, GPU)])]), &[]),
            (3, submit([job("r/3", [model("a", 2, GPU)])]), &[]),
            (5, submit([job("r/4", [model("a", 2, GPU)])]), &[]),
            (6, finished("r/1", Finish::Succeeded), &["end r/1: Succeeded", "start r/3 by model a on cuda:0"]),
            (7, finished("r/3", Finish::Succeeded), &["end r/3: Succeeded", "unload a from cuda:0"]),
        ],
    );
}

#[test]
fn the_one_model_of_a_device_stays_while_its_jobs_lack_memory_to_work_in() {
    let slots = Slots { gpu: NonZeroUsize::MIN.saturating_add(1), ..Slots::default() };
    let tool = Candidate { needs: model("m", 3, GPU).needs, ..tool("t", 0) };
    play(
        Settings { exclusive_gpus: true, slots, ..Settings::default() },
        [
            (0, device("cuda:0", 10), &[]),
            (0, submit([job("r/1", [model("a", 6, GPU)])]), &["load a on cuda:0"]),
            (2, loaded("a", "cuda:0"), &["start r/1 by model a on cuda:0"]),
            (3, finished("r/1", Finish::Succeeded), &["end r/1: Succeeded"]),
            (3, submit([job("r/2", [tool])]), &["start r/2 by tool t on cuda:0"]),
            (3, submit([job("r/3", [model("a", 6, GPU)]).with_working_memory(Bytes(3))]), &[]),
            (4, finished("r/2", Finish::Succeeded), &["end r/2: Succeeded", "start r/3 by model a on cuda:0"]),
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
fn no_room_is_made_on_a_device_at_its_limit() {
    let hot =
        |celsius| Event::Device(DeviceSnapshot { temperature_celsius: Some(celsius), ..measured("cuda:0", 10, 0) });
    play(
        Settings::default(),
        [
            (0, hot(40.0), &[]),
            (0, submit([job("r/1", [model("a", 6, GPU)])]), &["load a on cuda:0"]),
            (2, loaded("a", "cuda:0"), &["start r/1 by model a on cuda:0"]),
            (3, finished("r/1", Finish::Succeeded), &["end r/1: Succeeded"]),
            (4, hot(95.0), &[]),
            (4, submit([job("r/2", [model("b", 6, GPU_OR_CPU)])]), &[]),
            (5, device("cpu", 10), &["load b on cpu"]),
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

#[test]
fn no_model_makes_room_for_a_tool_that_finds_no_slot() {
    let slots = Slots { cpu: NonZeroUsize::MIN, ..Slots::default() };
    play(
        Settings { slots, ..Settings::default() },
        [
            (0, device("cpu", 10), &[]),
            (0, submit([job("r/1", [model("a", 6, CPU)])]), &["load a on cpu"]),
            (2, loaded("a", "cpu"), &["start r/1 by model a on cpu"]),
            (3, finished("r/1", Finish::Succeeded), &["end r/1: Succeeded"]),
            (3, submit([job("r/2", [tool("small", 2)])]), &["start r/2 by tool small on cpu"]),
            (3, submit([job("r/3", [tool("large", 8)])]), &[]),
            (4, finished("r/2", Finish::Succeeded), &["end r/2: Succeeded", "unload a from cpu"]),
            (5, unloaded("a", "cpu"), &["start r/3 by tool large on cpu"]),
        ],
    );
}

/// A job takes one second, and the model two to load: where it is on one device, two that wait are worth another, and where it is on two,
/// four.
#[test]
fn a_model_is_loaded_once_more_for_as_much_work_as_that_takes_on_every_device_that_has_it() {
    let jobs =
        |names: &[&str]| Event::Submit(names.iter().map(|name| job(name, [model("a", 6, GPU_OR_CPU)])).collect());
    play(
        Settings::default(),
        [
            (0, device("cuda:0", 10), &[]),
            (0, device("cuda:1", 10), &[]),
            (0, device("cuda:2", 10), &[]),
            (0, device("cpu", 10), &[]),
            (0, jobs(&["r/1", "r/2", "r/3", "r/4", "r/5"]), &["load a on cuda:0"]),
            // One at a time, though much waits.
            (2, loaded("a", "cuda:0"), &["start r/1 by model a on cuda:0", "load a on cuda:1"]),
            (3, finished("r/1", Finish::Succeeded), &["end r/1: Succeeded", "start r/2 by model a on cuda:0"]),
            (4, loaded("a", "cuda:1"), &["start r/3 by model a on cuda:1"]),
            (4, jobs(&["r/6"]), &[]),
            (4, jobs(&["r/7"]), &["load a on cuda:2"]),
            // It is on all devices of the best kind.
            (6, loaded("a", "cuda:2"), &["start r/4 by model a on cuda:2"]),
            (6, jobs(&["q/1", "q/2", "q/3", "q/4", "q/5"]), &[]),
        ],
    );
    let settings = Settings { replicas: false, ..Settings::default() };
    play(
        settings,
        [
            (0, device("cuda:0", 10), &[]),
            (0, device("cuda:1", 10), &[]),
            (0, jobs(&["r/1", "r/2", "r/3", "r/4", "r/5"]), &["load a on cuda:0"]),
            (2, loaded("a", "cuda:0"), &["start r/1 by model a on cuda:0"]),
        ],
    );
}

/// The first device would suit better, were it not for the model in use there.
#[test]
fn a_model_is_loaded_once_more_only_where_there_is_room() {
    let busy = DeviceSnapshot {
        utilisation: Some(Probability::new(1.0).unwrap()),
        temperature_celsius: Some(80.0),
        ..measured("cuda:2", 10, 0)
    };
    let one = |name: &str| job(name, [model("a", 6, GPU)]);
    play(
        Settings::default(),
        [
            (0, device("cuda:0", 10), &[]),
            (0, device("cuda:1", 10), &[]),
            (0, Event::Device(busy), &[]),
            (0, submit([job("q/1", [model("other", 6, GPU)])]), &["load other on cuda:0"]),
            (2, loaded("other", "cuda:0"), &["start q/1 by model other on cuda:0"]),
            (2, submit([one("r/1"), one("r/2"), one("r/3")]), &["load a on cuda:1"]),
            (4, loaded("a", "cuda:1"), &["start r/1 by model a on cuda:1", "load a on cuda:2"]),
        ],
    );
}

/// The model stays on both devices for the last job, which needs one of them.
#[test]
fn of_several_copies_one_that_is_needed_no_longer_makes_room_at_once() {
    let a = |name: &str| job(name, [model("a", 6, GPU)]);
    let mut scheduler = play(
        Settings::default(),
        [
            (0, device("cuda:0", 10), &[]),
            (0, device("cuda:1", 10), &[]),
            (0, submit([a("r/1"), a("r/2"), a("q/1")]), &["load a on cuda:0"]),
            (2, loaded("a", "cuda:0"), &["start r/1 by model a on cuda:0", "load a on cuda:1"]),
            (3, loaded("a", "cuda:1"), &["start r/2 by model a on cuda:1"]),
            (3, cancel("q"), &["end q/1: Cancelled"]),
            (3, submit([job("p/swap", [model("b", 6, GPU)])]), &[]),
            (4, submit([a("r/3")]), &[]),
        ],
    );
    for name in ["r/1", "r/2"] {
        scheduler.handle(finished(name, Finish::Succeeded), at(5)).unwrap();
    }
    assert_eq!(
        decisions(&mut scheduler, 5),
        ["end r/1: Succeeded", "end r/2: Succeeded", "start r/3 by model a on cuda:0", "unload a from cuda:1"]
    );
}
