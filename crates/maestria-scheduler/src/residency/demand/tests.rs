//! What the policies of eviction think of models after some uses.

use std::time::Duration;

use maestria_vocabulary::Bytes;
use proptest::prelude::*;

use super::*;

const EQUAL: Facts = Facts { reload: Duration::from_secs(1), bytes: Bytes(1) };

fn model(index: usize) -> ModelId {
    format!("m{index}").parse().unwrap()
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_epoch(Duration::from_secs(seconds))
}

fn settings() -> Settings {
    Settings { half_life: Duration::from_secs(60), ..Settings::default() }
}

/// Uses of models, a second apart.
fn used(eviction: Eviction, uses: impl IntoIterator<Item = usize>) -> (Demand, Timestamp) {
    let mut demand = Demand::new(eviction);
    let mut now = at(0);
    for index in uses {
        demand.record(&model(index), 1, now, &settings());
        now = now + Duration::from_secs(1);
    }
    (demand, now)
}

/// The order in which the models would leave that were used like this.
fn check(eviction: Eviction, uses: &[usize], order: &[usize]) {
    let (demand, now) = used(eviction, uses.iter().copied());
    let mut models: Vec<usize> = order.to_vec();
    models.sort_unstable();
    models.sort_by(|&a, &b| {
        let worth = |index| demand.worth(&model(index), EQUAL, None, now, &settings());
        worth(a).total_cmp(&worth(b))
    });
    assert_eq!(models, order, "{eviction:?}");
}

#[test]
fn each_policy_sends_away_what_it_says() {
    let uses = [0, 0, 0, 0, 1, 1, 2];
    check(Eviction::Lru, &uses, &[0, 1, 2]);
    check(Eviction::DecayedLfu, &uses, &[2, 1, 0]);
    // Popular but not seen for a while, against bursts, against what was needed once, just now.
    let popular = (0..300).map(|_| 0).chain((0..40).flat_map(|_| [1, 2])).chain([3]);
    let uses: Vec<_> = popular.collect();
    check(Eviction::Lru, &uses, &[0, 1, 2, 3]);
    check(Eviction::PredictedReuse, &uses, &[3, 0, 1, 2]);
}

#[test]
fn what_is_slow_to_reload_often_used_and_small_is_worth_most() {
    let (demand, now) = used(Eviction::PredictedReuse, [0, 0, 1]);
    let worth = |index, reload, bytes| {
        let facts = Facts { reload: Duration::from_secs(reload), bytes: Bytes(bytes) };
        demand.worth(&model(index), facts, None, now, &settings())
    };
    assert!(worth(0, 8, 10) > worth(0, 4, 10));
    assert!(worth(0, 4, 10) > worth(1, 4, 10));
    assert!(worth(0, 4, 10) > worth(0, 4, 20));
}

#[test]
fn what_jobs_wait_for_is_worth_the_more_the_sooner_its_turn_comes() {
    let (demand, now) = used(Eviction::PredictedReuse, [0]);
    let check = |index, queued, expected: f64| {
        let facts = Facts { reload: Duration::from_secs(8), bytes: Bytes(10) };
        let worth = demand.worth(&model(index), facts, queued, now, &settings());
        assert!((worth - expected).abs() < 1e-12, "{worth} {expected}");
    };
    check(1, None, 0.0);
    check(1, Some(0), 0.8);
    check(1, Some(1), 0.4);
    check(1, Some(3), 0.2);
    // One use just now says as much as half of what is forgotten with every use.
    let reuse = 0.5 * (1.0 - (-1.0 / 5.0_f64).exp2()) + 0.5 * (1.0 - (-1.0 / 320.0_f64).exp2());
    check(0, None, 0.8 * reuse);
    check(0, Some(99), 0.8 * reuse);
}

#[test]
fn time_forgets_by_halves_and_a_quiet_night_forgets_nothing() {
    let check = |eviction, share: f64| {
        let (demand, now) = used(eviction, [0]);
        let worth = |now| demand.worth(&model(0), EQUAL, None, now, &settings());
        let later = worth(now + Duration::from_secs(60)) / worth(now);
        assert!((later - share).abs() < 1e-9, "{eviction:?} {later}");
    };
    check(Eviction::DecayedLfu, 0.5);
    check(Eviction::PredictedReuse, 1.0);
    check(Eviction::Lru, 1.0);
}

#[test]
fn an_oracle_sends_away_what_is_needed_last() {
    #[derive(Debug)]
    struct Reversed;
    impl Oracle for Reversed {
        fn next_use(&self, model: &ModelId, from: u64) -> Option<u64> {
            let index: u64 = model.as_str()[1..].parse().unwrap();
            (index < 9).then_some(from + index)
        }
    }
    let demand = Demand::knowing(Arc::new(Reversed));
    let worth = |index| demand.worth(&model(index), EQUAL, None, at(0), &settings());
    assert!(worth(9) < worth(3) && worth(3) < worth(1));
}

#[test]
fn what_was_not_used_for_long_is_forgotten() {
    let (demand, _) = used(Eviction::PredictedReuse, 0..40_000);
    assert!(demand.models.len() as u64 <= 2 * MEMORY, "{}", demand.models.len());
    assert!(!demand.models.contains_key(&model(0)));
    // Every so many uses, as many are left.
    let (demand, _) = used(Eviction::PredictedReuse, 0..2 * MEMORY as usize);
    assert_eq!(demand.models.len() as u64, MEMORY);
}

proptest! {
    /// The probabilities of all models add up to no more than one, and to almost one after many uses.
    #[test]
    fn predicted_reuse_is_a_probability(uses in prop::collection::vec(0..9_usize, 1..4000)) {
        let (demand, now) = used(Eviction::PredictedReuse, uses.iter().copied());
        let total: f64 = (0..9).map(|index| demand.worth(&model(index), EQUAL, None, now, &settings())).sum();
        prop_assert!(total <= 1.0 + 1e-9, "{}", total);
        let missing = 0.5 * (-(uses.len() as f64) / BURST).exp2() + 0.5 * (-(uses.len() as f64) / STANDING).exp2();
        prop_assert!((total + missing - 1.0).abs() < 1e-9, "{} {}", total, missing);
    }

    /// Keeping what was used last never counts for less than before the use.
    #[test]
    fn a_use_makes_a_model_worth_more(uses in prop::collection::vec(0..5_usize, 0..200), next in 0..5_usize) {
        for eviction in [Eviction::PredictedReuse, Eviction::Lru, Eviction::DecayedLfu] {
            let (mut demand, now) = used(eviction, uses.iter().copied());
            let before = demand.worth(&model(next), EQUAL, None, now, &settings());
            demand.record(&model(next), 1, now, &settings());
            prop_assert!(demand.worth(&model(next), EQUAL, None, now, &settings()) > before);
        }
    }
}
