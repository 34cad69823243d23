//! How long a job waits at the most: the bound of `docs/scheduler.md`, checked in simulations of a device that is always contended for.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what a test expects and does not find fails it")]

mod simulation;
mod stage;

use std::time::Duration;

use maestria_scheduler::{Order, Settings};
use proptest::{collection::vec, prelude::*};
use simulation::{Arrival, Floor, MODELS, Told, simulate};

/// Longest run, and longest time to unload one model and load another.
const RUN: u64 = 1_000;
const SWAP: u64 = 2_500;
const FLOOR: Floor = Floor { models: 1, loads: [2_000; MODELS], unload: 500 };

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
        let told = simulate(&arrivals, FLOOR, &settings);
        for &Told { came, began, .. } in &told {
            let ahead = told.iter().filter(|other| other.came <= came + overtaking && other.ended >= came).count() as u64;
            let bound = overtaking + ahead * (RUN + SWAP);
            prop_assert!(began - came <= bound, "came {came}, began {began}, bound {bound}");
        }
    }

    #[test]
    fn among_equals_the_wait_is_that_for_those_before(arrivals in vec(any_arrival(), 1..60)) {
        let equal = |arrival: Arrival| Arrival { points: 0, due_in: None, ..arrival };
        let arrivals: Vec<_> = arrivals.into_iter().map(equal).collect();
        let settings = Settings { availability: Duration::ZERO, ..Settings::default() };
        let told = simulate(&arrivals, FLOOR, &settings);
        for &Told { came, began, .. } in &told {
            let ahead = told.iter().filter(|other| other.came <= came && other.ended >= came).count() as u64;
            prop_assert!(began - came <= ahead * (RUN + SWAP), "came {came}, began {began}, {ahead} ahead");
        }
    }
}
