//! How long a job waits at the most: the bound of `docs/scheduler.md`, checked in simulations of a device that is always contended for.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what a test expects and does not find fails it")]

mod stage;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    time::Duration,
};

use maestria_scheduler::{Decision, Event, Finish, JobId, Order, Priority, Scheduler, Settings};
use maestria_vocabulary::{DeviceId, ModelId, Timestamp};
use proptest::{collection::vec, prelude::*};
use stage::*;

/// Longest run, and longest time to unload one model and load another.
const RUN: u64 = 1_000;
const SWAP: u64 = 2_500;

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Happening {
    Arrives(usize),
    Loaded(ModelId, DeviceId),
    Unloaded(ModelId, DeviceId),
    Ends(JobId),
}

#[derive(Debug, Clone)]
struct Arrival {
    at: u64,
    model: usize,
    points: i8,
    due_in: Option<u64>,
    runs: u64,
}

/// When each job that ran came, began and ended.
fn simulate(arrivals: &[Arrival], settings: &Settings) -> Vec<(u64, u64, u64)> {
    let mut scheduler = Scheduler::new(settings.clone());
    let mut happenings: BinaryHeap<Reverse<(u64, Happening)>> =
        arrivals.iter().enumerate().map(|(which, arrival)| Reverse((arrival.at, Happening::Arrives(which)))).collect();
    scheduler.handle(device("cuda:0", 10), Timestamp::ZERO).unwrap();
    let mut began: BTreeMap<JobId, u64> = BTreeMap::new();
    let mut told = Vec::new();
    while let Some(Reverse((now, happening))) = happenings.pop() {
        let event = match happening {
            Happening::Arrives(which) => {
                let Arrival { model: name, points, due_in, .. } = arrivals[which];
                let mut job = job(&format!("r{which}/s"), [model(["a", "b", "c"][name], 6, GPU)]);
                job.priority = Priority(points);
                job.deadline = due_in.map(|millis| time(now + 3_600_000 + millis));
                Event::Submit(vec![job])
            }
            Happening::Loaded(model, device) => Event::Loaded { model, device },
            Happening::Unloaded(model, device) => Event::Unloaded { model, device },
            Happening::Ends(job) => Event::Finished { job, how: Finish::Succeeded },
        };
        scheduler.handle(event, time(now)).unwrap();
        loop {
            match scheduler.poll(time(now)) {
                Decision::Start { batch, .. } => {
                    let job = batch[0].job.clone();
                    let which = number(&job);
                    began.insert(job.clone(), now);
                    happenings.push(Reverse((now + arrivals[which].runs, Happening::Ends(job))));
                }
                Decision::Load { model, device, .. } => {
                    happenings.push(Reverse((now + 2_000, Happening::Loaded(model, device))));
                }
                Decision::Unload { model, device } => {
                    happenings.push(Reverse((now + 500, Happening::Unloaded(model, device))));
                }
                Decision::End { job, .. } => told.push((arrivals[number(&job)].at, began[&job], now)),
                Decision::Wait { .. } | Decision::Idle => break,
                Decision::Stop { .. } | Decision::Degrade { .. } => {}
            }
        }
    }
    assert_eq!(told.len(), arrivals.len(), "every job runs");
    told
}

fn time(millis: u64) -> Timestamp {
    Timestamp::from_epoch(Duration::from_millis(millis))
}

fn number(job: &JobId) -> usize {
    job.run.as_str()[1..].parse().unwrap()
}

fn any_arrival() -> impl Strategy<Value = Arrival> {
    (0..60_000_u64, 0..3_usize, -20..=20_i8, proptest::option::of(0..30_000_u64), 1..=RUN)
        .prop_map(|(at, model, points, due_in, runs)| Arrival { at, model, points, due_in, runs })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_job_waits_longer_than_the_bound(
        arrivals in vec(any_arrival(), 1..80),
        order in prop_oneof![Just(Order::Aged), Just(Order::Fifo)],
        availability in 0..20_u64,
    ) {
        let (ageing, availability) = (Duration::from_millis(100), Duration::from_secs(availability));
        let deferral = Duration::from_secs(5);
        let settings = Settings { order, ageing, availability, deferral, ..Settings::default() };
        let overtaking = settings.longest_overtaking().unwrap().as_millis() as u64;
        let told = simulate(&arrivals, &settings);
        for &(came, began, _) in &told {
            let ahead = told.iter().filter(|&&(at, _, ended)| at <= came + overtaking && ended >= came).count() as u64;
            let bound = overtaking + ahead * (RUN + SWAP);
            prop_assert!(began - came <= bound, "came {came}, began {began}, bound {bound}");
        }
    }

    #[test]
    fn among_equals_the_wait_is_that_for_those_before(arrivals in vec(any_arrival(), 1..60)) {
        let equal = |arrival: Arrival| Arrival { points: 0, due_in: None, ..arrival };
        let arrivals: Vec<_> = arrivals.into_iter().map(equal).collect();
        let settings = Settings { availability: Duration::ZERO, ..Settings::default() };
        let told = simulate(&arrivals, &settings);
        for &(came, began, _) in &told {
            let ahead = told.iter().filter(|&&(at, _, ended)| at <= came && ended >= came).count() as u64;
            prop_assert!(began - came <= ahead * (RUN + SWAP), "came {came}, began {began}, {ahead} ahead");
        }
    }
}
