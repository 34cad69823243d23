//! Jobs are put off to spare swaps, but none for longer than [`Settings::reordering`] says.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what a test expects and does not find fails it")]

mod simulation;
mod stage;

use std::time::Duration;

use maestria_scheduler::{Eviction, Order, Settings};
use proptest::{array::uniform6, collection::vec, prelude::*};
use simulation::{Arrival, Floor, MODELS, simulate};

/// When each job would begin strictly first come, first served: none is looked at before all that came earlier have begun, and what was used
/// least recently makes room.
fn first_come_first_served(arrivals: &[Arrival], floor: Floor) -> Vec<u64> {
    let (mut called, mut free) = (0, 0);
    let mut residents: Vec<usize> = Vec::new();
    let begin = |arrival: &Arrival| {
        called = called.max(arrival.at);
        let there = residents.iter().position(|&resident| resident == arrival.model);
        let ready = match there {
            Some(place) => {
                residents.remove(place);
                called
            }
            None if residents.len() < floor.models as usize => called + floor.loads[arrival.model],
            None => {
                residents.remove(0);
                // The only model of a device is in use until the job before has ended.
                let idle = if residents.is_empty() { called.max(free) } else { called };
                idle + floor.unload + floor.loads[arrival.model]
            }
        };
        residents.push(arrival.model);
        called = ready.max(free);
        free = called + arrival.runs;
        called
    };
    arrivals.iter().map(begin).collect()
}

fn any_arrival() -> impl Strategy<Value = Arrival> {
    let plain = |(at, model, runs)| Arrival { at, model, points: 0, due_in: None, runs };
    (0..120_000_u64, 0..MODELS, 1..=6_000_u64).prop_map(plain)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_job_begins_later_than_first_come_first_served_by_more_than_was_said(
        mut arrivals in vec(any_arrival(), 1..80),
        models in 1..=4_u64,
        loads in uniform6(0..3_000_u64),
        order in prop_oneof![Just(Order::Aged), Just(Order::Fifo)],
        eviction in prop_oneof![Just(Eviction::PredictedReuse), Just(Eviction::Lru), Just(Eviction::DecayedLfu)],
        availability in 0..5_000_u64,
        reordering in 1..20_000_u64,
    ) {
        arrivals.sort_by_key(|arrival| arrival.at);
        let floor = Floor { models, loads, unload: 0 };
        let settings = Settings {
            order,
            eviction,
            availability: Duration::from_millis(availability),
            reordering: Duration::from_millis(reordering),
            ..Settings::default()
        };
        let said = reordering.max(loads.into_iter().max().unwrap());
        for (told, due) in simulate(&arrivals, floor, &settings).iter().zip(first_come_first_served(&arrivals, floor)) {
            prop_assert!(told.began <= due + said, "{told:?}, {due} first come, first served");
        }
    }
}
