//! Models that other machines answer for: they take none of this one, and are asked a bounded number of times at once.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what a test expects and does not find fails it")]

mod stage;

use std::num::NonZeroUsize;

use maestria_scheduler::{Event, Finish, Priority, Settings, Slots};
use maestria_vocabulary::{Bytes, Candidate, DeviceId, DeviceKind, Needs};
use stage::*;

const ONE: NonZeroUsize = NonZeroUsize::MIN;

/// A remote model, which states what it takes on its own machine.
fn remote(name: &str) -> Candidate {
    let candidate = model(name, u64::MAX, CPU);
    Candidate { needs: Needs { memory: Bytes(u64::MAX), ..Needs::remote() }, ..candidate }
}

fn server(name: &str, slots: Option<NonZeroUsize>) -> Event {
    Event::Remote { model: name.parse().unwrap(), slots }
}

/// One slot of the processor, and two for each remote model.
fn narrow() -> Settings {
    let slots = Slots { cpu: ONE, remote: ONE.saturating_add(1), ..Slots::default() };
    Settings { slots, ..Settings::default() }
}

#[test]
fn remote_models_are_asked_while_the_processor_is_busy() {
    let scheduler = play(
        narrow(),
        [
            (0, device("cpu", 10), &[]),
            (0, server("a", None), &[]),
            (0, submit([job("r/busy", [tool("t", 10)])]), &["start r/busy by tool t on cpu"]),
            (1, submit([job("r/waits", [tool("t", 0)])]), &[]),
            (1, submit([job("r/1", [remote("a")])]), &["start r/1 by model a on remote/a"]),
            (1, submit([job("r/2", [remote("a")])]), &["start r/2 by model a on remote/a"]),
            (2, finished("r/1", Finish::Succeeded), &["end r/1: Succeeded"]),
            (2, finished("r/busy", Finish::Succeeded), &["end r/busy: Succeeded", "start r/waits by tool t on cpu"]),
        ],
    );
    let devices = scheduler.devices();
    let remote = devices.iter().find(|view| view.kind == DeviceKind::Remote).unwrap();
    assert_eq!((remote.busy, remote.slots, remote.promised, remote.residents.len()), (1, 2, Bytes::ZERO, 0));
}

#[test]
fn each_server_has_its_own_limit_of_concurrent_requests() {
    play(
        narrow(),
        [
            (0, server("a", None), &[]),
            (0, server("b", Some(ONE)), &[]),
            (
                0,
                submit([job("r/1", [remote("a")]), job("r/2", [remote("a")]), job("r/3", [remote("a")])]),
                &["start r/1 by model a on remote/a", "start r/2 by model a on remote/a"],
            ),
            (0, submit([job("r/4", [remote("b")])]), &["start r/4 by model b on remote/b"]),
            (0, submit([job("r/5", [remote("b")])]), &[]),
            (1, finished("r/2", Finish::Succeeded), &["end r/2: Succeeded", "start r/3 by model a on remote/a"]),
            (1, server("b", Some(ONE.saturating_add(1))), &["start r/5 by model b on remote/b"]),
            (2, server("b", Some(ONE)), &[]),
            (2, submit([job("r/6", [remote("b")])]), &[]),
            (3, finished("r/4", Finish::Succeeded), &["end r/4: Succeeded"]),
            (4, finished("r/5", Finish::Succeeded), &["end r/5: Succeeded", "start r/6 by model b on remote/b"]),
        ],
    );
}

#[test]
fn no_local_model_makes_room_for_a_remote_one() {
    play(
        Settings { exclusive_gpus: true, ..narrow() },
        [
            (0, device("cuda:0", 10), &[]),
            (0, server("a", None), &[]),
            (0, submit([job("r/1", [model("m", 10, GPU)])]), &["load m on cuda:0"]),
            (0, submit([job("r/2", [remote("a")])]), &["start r/2 by model a on remote/a"]),
            (2, loaded("m", "cuda:0"), &["start r/1 by model m on cuda:0"]),
            (3, finished("r/2", Finish::OutOfMemory), &["end r/2: Failed"]),
        ],
    );
}

#[test]
fn what_is_left_to_do_for_a_server_that_is_gone_is_done_elsewhere() {
    let away = |name: &str| Event::DeviceGone(DeviceId::remote(&name.parse().unwrap()));
    play(
        narrow(),
        [
            (0, device("cpu", 10), &[]),
            (0, submit([job("r/0", [remote("a")])]), &["reject r/0: no device of kind [Remote] is known"]),
            (0, server("b", None), &[]),
            (0, submit([job("r/1", [remote("b"), tool("t", 0)])]), &["start r/1 by model b on remote/b"]),
            (1, away("b"), &["stop r/1"]),
            (2, finished("r/1", Finish::Failed), &["start r/1 by tool t on cpu"]),
        ],
    );
}

#[test]
fn a_deadline_reckons_with_the_requests_before_it_and_with_no_load() {
    let first = |name: &str| job(name, [remote("a")]).with_priority(Priority(100));
    let due = |name: &str, seconds| job(name, [remote("a")]).with_deadline(at(seconds));
    play(
        narrow(),
        [
            (5, server("a", Some(ONE)), &[]),
            (5, submit([due("r/1", 7)]), &["start r/1 by model a on remote/a", "until 7.000s"]),
            (5, submit([first("r/2"), first("r/3")]), &["until 7.000s"]),
            (
                5,
                submit([due("r/4", 7)]),
                &["reject r/4: due at 7.000s, but done at 9.000s at the earliest", "until 7.000s"],
            ),
        ],
    );
}
