//! Stories of what stays in memory, what leaves it, and who waits for that.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what a test expects and does not find fails it")]

mod stage;

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use maestria_scheduler::{Decision, Eviction, Finish, Oracle, Priority, Scheduler, Settings, Slots};
use maestria_vocabulary::{Candidate, Expected, ModelId, Timestamp};
use stage::*;

/// Uses one model after the other on a device with room for two of them, a minute apart, and gives those that had to leave.
fn evicted(mut scheduler: Scheduler, uses: &str) -> String {
    let mut left = String::new();
    let mut now = Timestamp::ZERO;
    scheduler.handle(device("cuda:0", 2), now).unwrap();
    for (place, name) in uses.split(' ').enumerate() {
        now = now + Duration::from_secs(60);
        scheduler.handle(submit([job(&format!("r{place}/s"), [model(name, 1, GPU)])]), now).unwrap();
        loop {
            let answer = match scheduler.poll(now) {
                Decision::Load { model, .. } => loaded(model.as_str(), "cuda:0"),
                Decision::Unload { model, .. } => {
                    left.push_str(model.as_str());
                    unloaded(model.as_str(), "cuda:0")
                }
                Decision::Start { .. } => finished(&format!("r{place}/s"), Finish::Succeeded),
                Decision::End { .. } => continue,
                _ => break,
            };
            scheduler.handle(answer, now).unwrap();
        }
    }
    left
}

fn loading(candidate: Candidate, seconds: u64) -> Candidate {
    let expected = Expected { load: Duration::from_secs(seconds), ..candidate.expected };
    Candidate { expected, ..candidate }
}

#[test]
fn each_eviction_sends_away_what_it_says() {
    let check = |eviction, uses, expected| {
        let scheduler = Scheduler::new(Settings { eviction, ..Settings::default() });
        assert_eq!(evicted(scheduler, uses), expected, "{eviction:?}: {uses}");
    };
    check(Eviction::Lru, "a a a b c", "a");
    check(Eviction::DecayedLfu, "a a a b c", "b");
    check(Eviction::PredictedReuse, "a a a b c", "b");
    // A burst is over when others have been used often enough since.
    check(Eviction::PredictedReuse, "a a a b b b b b c", "a");
}

#[test]
fn an_oracle_keeps_what_is_needed_next() {
    #[derive(Debug)]
    struct Script(&'static str);
    impl Oracle for Script {
        fn next_use(&self, model: &ModelId, from: u64) -> Option<u64> {
            let mut uses = (0..).zip(self.0.split(' ')).skip(from as usize);
            uses.find(|(_, name)| *name == model.as_str()).map(|(place, _)| place)
        }
    }
    let uses = "a b c b a c";
    let knowing = Scheduler::with_oracle(Settings::default(), Arc::new(Script(uses)));
    assert_eq!(evicted(knowing, uses), "ab");
    let lru = Scheduler::new(Settings { eviction: Eviction::Lru, ..Settings::default() });
    assert_eq!(evicted(lru, uses), "acb");
}

/// Nothing is done for the job of low priority yet, but its model was used longer ago than the other.
#[test]
fn a_model_that_is_waited_for_stays_rather_than_one_that_is_not() {
    let one = |name: &str, of: &str| job(name, [model(of, 3, GPU)]);
    play(
        Settings::default(),
        [
            (0, device("cuda:0", 9), &[]),
            (0, submit([one("r/a", "a")]), &["load a on cuda:0"]),
            (1, loaded("a", "cuda:0"), &["start r/a by model a on cuda:0"]),
            (2, finished("r/a", Finish::Succeeded), &["end r/a: Succeeded"]),
            (2, submit([one("r/b", "b")]), &["load b on cuda:0"]),
            (3, loaded("b", "cuda:0"), &["start r/b by model b on cuda:0"]),
            (4, finished("r/b", Finish::Succeeded), &["end r/b: Succeeded"]),
            (4, submit([one("r/c", "c")]), &["load c on cuda:0"]),
            (5, loaded("c", "cuda:0"), &["start r/c by model c on cuda:0"]),
            (5, submit([one("r/low", "a").with_priority(Priority(-10))]), &[]),
            (5, submit([one("r/swap", "d")]), &["unload b from cuda:0"]),
        ],
    );
}

#[test]
fn what_nothing_uses_leaves_when_its_time_is_over() {
    let settings = Settings { keep_alive: Some(Duration::from_secs(300)), ..Settings::default() };
    play(
        settings,
        [
            (0, device("cuda:0", 10), &[]),
            (0, submit([job("r/a", [model("m", 6, GPU)])]), &["load m on cuda:0"]),
            (2, loaded("m", "cuda:0"), &["start r/a by model m on cuda:0"]),
            (3, finished("r/a", Finish::Succeeded), &["end r/a: Succeeded", "until 303.000s"]),
            (200, submit([job("r/b", [model("m", 6, GPU)])]), &["start r/b by model m on cuda:0"]),
            (201, finished("r/b", Finish::Succeeded), &["end r/b: Succeeded", "until 501.000s"]),
            (501, device("cuda:0", 10), &["unload m from cuda:0"]),
            (502, unloaded("m", "cuda:0"), &[]),
        ],
    );
}

#[test]
fn what_is_waited_for_stays_and_the_rest_counts_from_its_arrival() {
    let settings = Settings { keep_alive: Some(Duration::from_secs(3)), ..Settings::default() };
    play(
        settings,
        [
            (0, device("cuda:0", 10), &[]),
            (0, submit([job("r/a", [model("a", 3, GPU)])]), &["load a on cuda:0"]),
            (1, loaded("a", "cuda:0"), &["start r/a by model a on cuda:0"]),
            (
                1,
                submit([job("q/b", [model("b", 3, GPU)]), job("p/c", [model("c", 3, GPU)])]),
                &["load b on cuda:0", "load c on cuda:0"],
            ),
            (6, loaded("b", "cuda:0"), &[]),
            (7, cancel("p"), &["end p/c: Cancelled"]),
            (8, loaded("c", "cuda:0"), &["until 11.000s"]),
            (11, device("cuda:0", 10), &["unload c from cuda:0"]),
            (12, unloaded("c", "cuda:0"), &[]),
            (
                20,
                finished("r/a", Finish::Succeeded),
                &["end r/a: Succeeded", "start q/b by model b on cuda:0", "until 23.000s"],
            ),
        ],
    );
}

/// What comes after them would have started at 5 s, first come, first served, and loads in 2 s: with 5 s more it must be brought by 7 s.
#[test]
fn jobs_that_are_cancelled_put_no_others_off() {
    let settings = Settings { reordering: Duration::from_secs(5), availability: Duration::ZERO, ..Settings::default() };
    let mut scheduler = play(
        settings,
        [
            (0, device("cuda:0", 10), &[]),
            (0, submit([job("r/1", [model("a", 6, GPU)])]), &["load a on cuda:0"]),
            (2, loaded("a", "cuda:0"), &["start r/1 by model a on cuda:0"]),
        ],
    );
    for round in 0..100 {
        let run = format!("q{round}");
        let name = if round % 2 == 0 { "b" } else { "c" };
        scheduler.handle(submit([job(&format!("{run}/s"), [model(name, 6, GPU)])]), at(2)).unwrap();
        scheduler.handle(cancel(&run), at(2)).unwrap();
    }
    while !matches!(scheduler.poll(at(2)), Decision::Wait { .. }) {}
    scheduler.handle(submit([job("r/b", [model("b", 6, GPU)])]), at(2)).unwrap();
    let Decision::Wait { until: Some(until) } = scheduler.poll(at(2)) else { panic!("it waits for room") };
    assert!(until <= at(7), "{until}");
}

/// What needs room would have started at 4 s, first come, first served, and loads in 2 s: with 5 s more it must be brought by 7 s.
#[test]
fn jobs_whose_model_is_there_go_first_as_long_as_the_others_start_in_time() {
    let settings = Settings { reordering: Duration::from_secs(5), availability: Duration::ZERO, ..Settings::default() };
    let a = |name: &str| job(name, [model("a", 6, GPU)]);
    play(
        settings,
        [
            (0, device("cuda:0", 10), &[]),
            (0, submit([a("r/1")]), &["load a on cuda:0"]),
            (2, loaded("a", "cuda:0"), &["start r/1 by model a on cuda:0"]),
            (2, submit([job("r/b", [model("b", 6, GPU)])]), &["until 7.000s"]),
            (2, submit([a("r/2"), a("r/3"), a("r/4"), a("r/5"), a("r/6")]), &["until 7.000s"]),
            (
                3,
                finished("r/1", Finish::Succeeded),
                &["end r/1: Succeeded", "start r/2 by model a on cuda:0", "until 7.000s"],
            ),
            (
                4,
                finished("r/2", Finish::Succeeded),
                &["end r/2: Succeeded", "start r/3 by model a on cuda:0", "until 7.000s"],
            ),
            (
                5,
                finished("r/3", Finish::Succeeded),
                &["end r/3: Succeeded", "start r/4 by model a on cuda:0", "until 7.000s"],
            ),
            (
                6,
                finished("r/4", Finish::Succeeded),
                &["end r/4: Succeeded", "start r/5 by model a on cuda:0", "until 7.000s"],
            ),
            (7, finished("r/5", Finish::Succeeded), &["end r/5: Succeeded", "unload a from cuda:0", "until 13.000s"]),
            (7, unloaded("a", "cuda:0"), &["load b on cuda:0", "until 13.000s"]),
            (9, loaded("b", "cuda:0"), &["start r/b by model b on cuda:0", "until 13.000s"]),
        ],
    );
}

/// What loads for long must be brought by 7 s, and what goes before it for its priority by 16 s.
#[test]
fn jobs_whose_model_is_there_go_first_only_if_all_others_start_in_time() {
    let settings = |slots: usize| Settings {
        reordering: Duration::from_secs(5),
        slots: Slots { gpu: slots.try_into().unwrap(), ..Slots::default() },
        ..Settings::default()
    };
    let a = |name: &str, seconds| job(name, [running(model("a", 6, GPU), seconds)]);
    let long = || job("r/c", [loading(model("c", 6, GPU), 10)]);
    let first = || job("r/b", [model("b", 6, GPU)]).with_priority(Priority(1));
    play(
        settings(1),
        [
            (0, device("cuda:0", 10), &[]),
            (0, submit([a("r/1", 1)]), &["load a on cuda:0"]),
            (2, loaded("a", "cuda:0"), &["start r/1 by model a on cuda:0"]),
            (2, submit([long()]), &["until 7.000s"]),
            (2, submit([first()]), &["until 7.000s"]),
            (2, submit([a("r/2", 4), a("r/3", 1)]), &["until 7.000s"]),
            (
                3,
                finished("r/1", Finish::Succeeded),
                &["end r/1: Succeeded", "start r/2 by model a on cuda:0", "until 7.000s"],
            ),
            // Nothing is let before them any more, so that the model stays for nothing.
            (7, finished("r/2", Finish::Succeeded), &["end r/2: Succeeded", "unload a from cuda:0", "until 16.000s"]),
        ],
    );
    // Nor is it while the model is in use.
    play(
        settings(2),
        [
            (0, device("cuda:0", 10), &[]),
            (0, submit([a("r/1", 1)]), &["load a on cuda:0"]),
            (2, loaded("a", "cuda:0"), &["start r/1 by model a on cuda:0"]),
            (2, submit([long()]), &["until 7.000s"]),
            (2, submit([first()]), &["until 7.000s"]),
            (5, submit([a("r/2", 1)]), &["start r/2 by model a on cuda:0", "until 7.000s"]),
            (6, finished("r/2", Finish::Succeeded), &["end r/2: Succeeded", "until 7.000s"]),
            (8, submit([a("r/3", 1)]), &["until 16.000s"]),
        ],
    );
}

/// The first that waits for room must be brought by 14 s. The one behind it would have to be brought by 11 s if its model were not there.
#[test]
fn a_model_stays_for_a_job_behind_one_that_waits_for_a_slot_alone() {
    let d = |name: &str| job(name, [loading(model("d", 6, GPU), 6)]);
    play(
        Settings { reordering: Duration::from_secs(5), ..Settings::default() },
        [
            (0, device("cuda:0", 12), &[]),
            (0, submit([job("r/1", [model("a", 6, GPU)])]), &["load a on cuda:0"]),
            (2, loaded("a", "cuda:0"), &["start r/1 by model a on cuda:0"]),
            (3, finished("r/1", Finish::Succeeded), &["end r/1: Succeeded"]),
            (3, submit([d("r/2")]), &["load d on cuda:0"]),
            (9, loaded("d", "cuda:0"), &["start r/2 by model d on cuda:0"]),
            (
                9,
                submit([job("r/c", [model("c", 6, GPU)]), d("r/3"), job("r/4", [model("a", 6, GPU)])]),
                &["until 14.000s"],
            ),
            (
                12,
                finished("r/2", Finish::Succeeded),
                &["end r/2: Succeeded", "start r/3 by model d on cuda:0", "until 14.000s"],
            ),
        ],
    );
}

/// Two attempts take far longer than they should, so that a model comes long after its job was to start.
#[test]
fn while_a_model_is_on_its_way_a_job_goes_first_that_is_done_before_it_comes() {
    let slots = Slots { gpu: NonZeroUsize::MIN.saturating_add(1), ..Slots::default() };
    let one = |name: &str, of: &str, seconds| job(name, [running(model(of, 6, GPU), seconds)]);
    let check = |seconds, expected: &[&str]| {
        play(
            Settings { reordering: Duration::from_secs(5), slots, ..Settings::default() },
            [
                (0, device("cuda:0", 12), &[]),
                (0, submit([one("r/1", "a", 1), one("r/2", "b", 1)]), &["load a on cuda:0", "load b on cuda:0"]),
                (2, loaded("a", "cuda:0"), &["start r/1 by model a on cuda:0"]),
                (2, loaded("b", "cuda:0"), &["start r/2 by model b on cuda:0"]),
                (2, submit([one("r/swap", "c", 1)]), &["until 9.000s"]),
                (22, finished("r/1", Finish::Succeeded), &["end r/1: Succeeded", "unload a from cuda:0"]),
                (22, unloaded("a", "cuda:0"), &["load c on cuda:0"]),
                (22, submit([one("r/3", "b", seconds)]), expected),
            ],
        );
    };
    check(2, &["start r/3 by model b on cuda:0"]);
    check(3, &[]);
}

/// The first that waits would have started at 15 s, first come, first served, and must be brought by 14 s. The other cannot be done by then:
/// the slot is taken until 15 s, whatever ends elsewhere.
#[test]
fn no_model_stays_for_a_job_that_finds_no_slot_in_time() {
    let settings = Settings { reordering: Duration::from_secs(1), ..Settings::default() };
    play(
        settings,
        [
            (0, device("cpu", 10), &[]),
            (0, device("cuda:0", 12), &[]),
            (0, submit([job("q/1", [running(tool("t", 0), 8)])]), &["start q/1 by tool t on cpu"]),
            (0, submit([job("r/1", [model("a", 6, GPU)])]), &["load a on cuda:0"]),
            (2, loaded("a", "cuda:0"), &["start r/1 by model a on cuda:0"]),
            (3, finished("r/1", Finish::Succeeded), &["end r/1: Succeeded"]),
            (3, submit([job("r/2", [running(model("c", 6, GPU), 10)])]), &["load c on cuda:0"]),
            (5, loaded("c", "cuda:0"), &["start r/2 by model c on cuda:0"]),
            (
                6,
                submit([job("r/3", [model("b", 6, GPU)]), job("r/4", [model("a", 6, GPU)])]),
                &["unload a from cuda:0", "until 14.000s"],
            ),
        ],
    );
}
