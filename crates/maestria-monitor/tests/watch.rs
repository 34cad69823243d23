//! What a watch raises and clears, for given and for arbitrary measurements.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::time::Duration;

use maestria_monitor::{Alert, Change, Error, Threshold, Watch};
use maestria_vocabulary::Timestamp;
use proptest::prelude::*;

fn at(second: u64) -> Timestamp {
    Timestamp::from_epoch(Duration::from_secs(second))
}

fn threshold(hold: u64) -> Threshold {
    Threshold::new(10.0, 5.0, Duration::from_secs(hold)).unwrap()
}

/// Shows a watch that raises above 10 and clears below 5, each after `hold` seconds, what was measured at which second.
fn alerts(hold: u64, measurements: &[(u64, f64)]) -> Vec<Alert> {
    let mut watch = Watch::new("load", threshold(hold));
    measurements.iter().filter_map(|&(second, value)| watch.observe(at(second), value).unwrap()).collect()
}

fn check(hold: u64, measurements: &[(u64, f64)], expected: &[(u64, Change)]) {
    let found: Vec<_> = alerts(hold, measurements).iter().map(|alert| (alert.at, alert.change)).collect();
    let expected: Vec<_> = expected.iter().map(|&(second, change)| (at(second), change)).collect();
    assert_eq!(found, expected, "{measurements:?} with a hold of {hold} s");
}

#[test]
fn an_alert_is_raised_once_the_measurement_has_been_too_high_for_the_hold_time() {
    check(3, &[(0, 11.0), (1, 12.0), (2, 11.0), (3, 11.0), (4, 99.0)], &[(3, Change::Raised)]);
    check(3, &[(0, 11.0), (9, 11.0)], &[(9, Change::Raised)]);
    check(0, &[(0, 11.0)], &[(0, Change::Raised)]);
}

#[test]
fn a_peak_and_the_limit_itself_raise_nothing() {
    check(3, &[(0, 11.0), (2, 9.0), (3, 11.0), (5, 11.0)], &[]);
    check(0, &[(0, 10.0), (9, 10.0)], &[]);
}

#[test]
fn an_alert_stays_until_the_measurement_has_been_low_for_the_hold_time() {
    let raised = (3, Change::Raised);
    check(3, &[(0, 11.0), (3, 11.0), (4, 6.0), (9, 5.0)], &[raised]);
    check(3, &[(0, 11.0), (3, 11.0), (4, 1.0), (6, 6.0), (7, 1.0), (9, 1.0)], &[raised]);
    check(3, &[(0, 11.0), (3, 11.0), (4, 1.0), (7, 4.0)], &[raised, (7, Change::Cleared)]);
}

#[test]
fn an_alert_says_what_when_and_by_how_much() {
    let alerts = alerts(3, &[(0, 11.0), (3, 12.5), (4, 1.0), (8, 2.0)]);
    let texts: Vec<_> = alerts.iter().map(ToString::to_string).collect();
    assert_eq!(texts, ["load rose above 10: 12.5", "load fell below 5: 2"]);
    assert_eq!(alerts.iter().map(|alert| alert.since).collect::<Vec<_>>(), [at(0), at(4)]);
}

#[test]
fn what_cannot_be_watched_is_refused() {
    let hold = Duration::ZERO;
    assert_eq!(Threshold::new(5.0, 5.0, hold), Err(Error::NoHysteresis { raise_above: 5.0, clear_below: 5.0 }));
    assert_eq!(Threshold::new(f64::INFINITY, 5.0, hold), Err(Error::NotFinite { value: f64::INFINITY }));

    let mut watch = Watch::new("load", threshold(3));
    watch.observe(at(5), 11.0).unwrap();
    let before = watch.clone();
    assert_eq!(watch.observe(at(4), 1.0), Err(Error::OutOfOrder { at: at(4), latest: at(5) }));
    assert!(watch.observe(at(9), f64::NAN).is_err());
    assert_eq!(watch, before);
}

#[test]
fn the_usual_thresholds_are_ones_that_could_be_made() {
    let check = |threshold: Threshold, raise_above| {
        assert_eq!(threshold.raise_above(), raise_above);
        assert_eq!(Threshold::new(raise_above, threshold.clear_below(), threshold.hold()), Ok(threshold));
    };
    check(Threshold::GPU_MEMORY, 0.9);
    check(Threshold::TASK_LATENCY, 200.0);
    check(Threshold::ERROR_RATE, 0.01);
    check(Threshold::QUALITY_DROP, 0.05);
}

fn measurements() -> impl Strategy<Value = Vec<(u64, f64)>> {
    let steps = proptest::collection::vec((0_u64..4, prop_oneof![0.0..15.0_f64, Just(5.0), Just(10.0)]), 0..200);
    steps.prop_map(|steps| {
        let mut now = 0;
        let measured = steps.into_iter().map(|(passed, value)| {
            now += passed;
            (now, value)
        });
        measured.collect()
    })
}

proptest! {
    #[test]
    fn alerts_take_turns_and_are_never_closer_than_the_hold_time(hold in 0_u64..10, measured in measurements()) {
        let alerts = alerts(hold, &measured);
        for (place, alert) in alerts.iter().enumerate() {
            prop_assert_eq!(alert.change, if place % 2 == 0 { Change::Raised } else { Change::Cleared });
        }
        for pair in alerts.windows(2) {
            prop_assert!(pair[1].at - pair[0].at >= Duration::from_secs(hold));
        }
    }

    #[test]
    fn an_alert_comes_exactly_when_its_limit_has_been_crossed_for_the_hold_time(
        hold in 0_u64..10, measured in measurements(),
    ) {
        let mut watch = Watch::new("load", threshold(hold));
        let mut since_change = Vec::new();
        for (second, value) in measured {
            let raised = watch.is_raised();
            let crosses = |value: f64| if raised { value < 5.0 } else { value > 10.0 };
            since_change.push((second, value));
            let crossed = since_change.iter().rev().take_while(|&&(_, value)| crosses(value)).last();
            let due = crossed.is_some_and(|&(since, _)| second - since >= hold);

            let alert = watch.observe(at(second), value).unwrap();
            prop_assert_eq!(alert.as_ref().map(|alert| alert.since), crossed.filter(|_| due).map(|&(since, _)| at(since)));
            if alert.is_some() {
                since_change.clear();
            }
        }
    }
}
