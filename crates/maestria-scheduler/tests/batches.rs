//! Stories of jobs that share an attempt.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what a test expects and does not find fails it")]

mod stage;

use std::time::Duration;

use maestria_scheduler::{Batch, Batching, Finish, Job, Priority, Settings};
use maestria_vocabulary::Bytes;
use stage::*;

const SECOND: Duration = Duration::from_secs(1);

fn batched(name: &str, key: u64, size: u64) -> Job {
    job(name, [model("a", 6, GPU_OR_CPU)]).with_batch(Batch { key, size })
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
            // Alone it cannot be in a smaller batch, and no processor is known.
            (5, out("r/2"), &["degrade r/2: Processor", "end r/2: Failed"]),
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
fn the_sizes_in_a_batch_add_up_to_no_more_than_is_allowed() {
    let settings =
        |wait| Settings { batching: Batching { size: 36, wait, ..Batching::default() }, ..Settings::default() };
    let succeeded = |name: &str| finished(name, Finish::Succeeded);
    play(
        settings(Duration::ZERO),
        [
            (0, device("cuda:0", 10), &[]),
            (
                0,
                submit([
                    batched("r/1", 7, 16),
                    batched("r/2", 7, 20),
                    batched("r/3", 7, 16),
                    batched("r/4", 7, 21),
                    batched("q/large", 7, 99),
                ]),
                &["load a on cuda:0"],
            ),
            (2, loaded("a", "cuda:0"), &["start r/1 r/2 by model a on cuda:0"]),
            (3, succeeded("r/1"), &["end r/1: Succeeded"]),
            (3, succeeded("r/2"), &["end r/2: Succeeded", "start r/3 by model a on cuda:0"]),
            (4, succeeded("r/3"), &["end r/3: Succeeded", "start r/4 by model a on cuda:0"]),
            (5, succeeded("r/4"), &["end r/4: Succeeded", "start q/large by model a on cuda:0"]),
        ],
    );
    play(
        settings(5 * SECOND),
        [
            (0, device("cuda:0", 10), &[]),
            (0, submit([batched("r/1", 7, 16)]), &["load a on cuda:0"]),
            (2, loaded("a", "cuda:0"), &["until 5.000s"]),
            (3, submit([batched("r/2", 7, 19)]), &["until 5.000s"]),
            (4, submit([batched("r/3", 7, 16)]), &["start r/1 r/2 by model a on cuda:0"]),
            (5, succeeded("r/1"), &["end r/1: Succeeded"]),
            (5, succeeded("r/2"), &["end r/2: Succeeded", "until 9.000s"]),
            (6, submit([batched("r/4", 7, 20)]), &["start r/3 r/4 by model a on cuda:0"]),
        ],
    );
}
