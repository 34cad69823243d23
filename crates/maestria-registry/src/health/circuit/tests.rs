//! The circuit in cases a person can check, and its invariants in any history.

use proptest::prelude::*;

use super::*;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_epoch(Duration::from_secs(seconds))
}

/// The circuit after reports of calls that took no time, as text: `+` succeeded, `-` failed, `.` withdrawn; one per second.
fn after(history: &str, settings: &BreakerSettings) -> Breaker {
    history.chars().zip(0..).fold(Breaker::CLOSED, |breaker, (report, second)| {
        let report = match report {
            '+' => Report::Succeeded,
            '-' => Report::Failed,
            _ => Report::Withdrawn,
        };
        breaker.after(report, at(second), at(second), settings)
    })
}

#[test]
fn failures_in_a_row_or_too_many_of_the_latest_open_it() {
    let check = |history: &str, expected: Circuit| {
        let settings = BreakerSettings { consecutive: 3, window: 6, ..BreakerSettings::default() };
        assert_eq!(after(history, &settings).circuit(at(15)), expected, "{history}");
    };
    let open = |until| Circuit::Open { until: at(until) };
    check("", Circuit::Closed);
    check("--+", Circuit::Closed);
    check("--+--", open(33));
    check("---", open(32));
    check("--.-", open(33));
    check("-+-+", Circuit::Closed);
    check("-+-+-", open(34));
    check("-+++-++-", Circuit::Closed);
}

#[test]
fn failures_long_ago_do_not_count() {
    let settings = BreakerSettings { window: 10, consecutive: 64, ..BreakerSettings::default() };
    let history = |successes| format!("---{}--", "+".repeat(successes));
    assert_eq!(after(&history(8), &settings).circuit(at(0)), Circuit::Closed);
    assert_ne!(after(&history(5), &settings).circuit(at(0)), Circuit::Closed);
    assert!(after(&format!("-{}", "+".repeat(64)), &settings).is_clear());
}

#[test]
fn each_time_its_trial_fails_it_is_open_longer_up_to_a_bound() {
    let settings = BreakerSettings { consecutive: 1, longest: Duration::from_secs(100), ..BreakerSettings::default() };
    let mut breaker = after("-", &settings);
    for expected in [30, 60, 100, 100] {
        let Breaker::Tripped { until, cool_down, .. } = breaker else { panic!("{breaker:?}") };
        assert_eq!(cool_down, Duration::from_secs(expected));
        breaker = breaker.admitting(until, &settings).unwrap().after(Report::Failed, until, until, &settings);
    }
}

#[test]
fn a_success_of_before_it_opened_does_not_close_it() {
    let settings = BreakerSettings { consecutive: 1, ..BreakerSettings::default() };
    let breaker = after("-", &settings);
    assert_eq!(breaker.after(Report::Succeeded, at(29), at(40), &settings), breaker);
    assert_eq!(breaker.after(Report::Succeeded, at(30), at(40), &settings), Breaker::CLOSED);
}

#[test]
fn a_trial_that_is_never_reported_does_not_keep_it_shut() {
    let settings = BreakerSettings { consecutive: 1, ..BreakerSettings::default() };
    let breaker = after("-", &settings).admitting(at(30), &settings).unwrap();
    assert_eq!(breaker.circuit(at(60)), Circuit::HalfOpen { trials: 0 });
    assert_eq!(breaker.circuit(at(61)), Circuit::HalfOpen { trials: 1 });
}

#[derive(Debug, Clone)]
enum Act {
    Pass(u64),
    Ask,
    Report(Report),
}

fn any_act() -> impl Strategy<Value = Act> {
    let report = prop::sample::select(vec![Report::Succeeded, Report::Failed, Report::Failed, Report::Withdrawn]);
    prop_oneof![(0_u64..50).prop_map(Act::Pass), Just(Act::Ask), report.prop_map(Act::Report)]
}

fn any_settings() -> impl Strategy<Value = BreakerSettings> {
    let counts = (0_u32..70, 0_u32..70, 0_u32..4);
    (counts, 0.0..1.0, 0_u64..60, 0_u32..4, 0_u64..300).prop_map(
        |((consecutive, window, trials), ratio, cool_down, growth, longest)| BreakerSettings {
            consecutive,
            ratio: Probability::saturating(ratio),
            window,
            cool_down: Duration::from_secs(cool_down),
            growth,
            longest: Duration::from_secs(longest),
            trials,
        },
    )
}

proptest! {
    #[test]
    fn whatever_happens_an_open_circuit_lets_nothing_through_and_a_half_open_one_its_trials(
        acts in prop::collection::vec(any_act(), 0..200), settings in any_settings(),
    ) {
        let (mut breaker, mut now, mut let_through) = (Breaker::CLOSED, Timestamp::ZERO, 0_u32);
        for act in acts {
            let before = breaker;
            match act {
                Act::Pass(seconds) => now = now + Duration::from_secs(seconds),
                Act::Report(report) => {
                    breaker = breaker.after(report, now, now, &settings);
                    let_through = 0;
                }
                Act::Ask => {
                    let asked = breaker.admitting(now, &settings);
                    let expected = match breaker.circuit(now) {
                        Circuit::Closed => true,
                        Circuit::Open { until } => { prop_assert!(now < until); false }
                        Circuit::HalfOpen { trials } => {
                            prop_assert!(trials <= settings.trials.max(1));
                            trials > 0
                        }
                    };
                    prop_assert_eq!(asked.is_some(), expected);
                    breaker = asked.unwrap_or(breaker);
                    if let (Breaker::Tripped { cool_down, .. }, true) = (breaker, expected) {
                        let_through += 1;
                        // Those of before the last cool-down passed are given up.
                        let rounds = now.since_epoch().as_secs() / cool_down.as_secs().max(1) + 1;
                        prop_assert!(u64::from(let_through) <= u64::from(settings.trials.max(1)) * rounds);
                    }
                }
            }
            if let (Breaker::Tripped { until: a, cool_down: x, .. }, Breaker::Tripped { until: b, cool_down: y, .. }) = (before, breaker) {
                prop_assert!(b >= a && y >= x && y <= settings.longest);
            }
        }
        // It always recovers: once open time and the trials have passed, as many successes as trials close it.
        if let Breaker::Tripped { until, .. } = breaker {
            let later = now.max(until);
            for _ in 0..settings.trials.max(1) {
                breaker = breaker.after(Report::Succeeded, later, later, &settings);
            }
            prop_assert_eq!(breaker, Breaker::CLOSED);
        }
    }

    #[test]
    fn a_model_that_does_not_fail_is_always_let_through(reports in prop::collection::vec(any::<bool>(), 0..200), settings in any_settings()) {
        let history: String = reports.into_iter().map(|succeeded| if succeeded { '+' } else { '.' }).collect();
        prop_assert_eq!(after(&history, &settings), Breaker::CLOSED);
    }
    #[test]
    fn a_model_that_fails_less_is_never_shut_out_before_one_that_fails_more(
        reports in prop::collection::vec((any::<bool>(), any::<bool>()), 0..100), settings in any_settings(),
    ) {
        let text = |failed: &dyn Fn(&(bool, bool)) -> bool| -> String {
            reports.iter().map(|report| if failed(report) { '-' } else { '+' }).collect()
        };
        let settings = BreakerSettings { cool_down: Duration::from_secs(1000), longest: Duration::MAX, ..settings };
        let [worse, better] = [text(&|report| report.0), text(&|report| report.0 && report.1)];
        if after(&worse, &settings).circuit(at(0)) == Circuit::Closed {
            prop_assert_eq!(after(&better, &settings).circuit(at(0)), Circuit::Closed);
        }
    }
}
