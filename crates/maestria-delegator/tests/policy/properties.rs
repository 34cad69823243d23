//! What holds for any fleet, any requirements and any preference.

use std::{collections::BTreeSet, time::Duration};

use maestria_delegator::{DefaultPolicy, Load, Policy, Preference, Ranked, Requirements, Route, Weights};
use maestria_registry::Price;
use maestria_vocabulary::{Bytes, DeviceId, DeviceKind, Executor, ModelId, Money, Probability, Tokens, Verdict};
use proptest::prelude::*;

use crate::fleet::{Known, any_quality, chat, fleet, id, load, model};

fn probability() -> impl Strategy<Value = Probability> {
    prop_oneof![Just(0.0), Just(0.5), Just(1.0), 0.0..=1.0].prop_map(Probability::saturating)
}

fn moment() -> impl Strategy<Value = Duration> {
    (0_u64..10_000).prop_map(Duration::from_millis)
}

fn any_model() -> impl Strategy<Value = Known> {
    let verdict = prop::sample::select(vec![Verdict::Succeeded, Verdict::Failed, Verdict::TimedOut]);
    let attempts = prop::collection::vec((verdict, moment()), 0..30);
    let kinds = prop::sample::subsequence(vec![DeviceKind::Gpu, DeviceKind::Cpu], 0..=2);
    let taken = (moment(), moment(), prop::option::of(0.0..500.0), 0_u64..5_000_000, 0_u64..10);
    (probability(), taken, kinds, 512_u64..8192, any::<bool>(), attempts).prop_map(
        |(declared, (load, run, watts, price, gib), kinds, window, remote, attempts)| {
            let known = model("unnamed", declared.get()).with(|card| {
                (card.load, card.run, card.watts, card.remote) = (load, run, watts, remote);
                card.price = Price { input: Money(price), output: Money(price) };
                (card.needs.memory, card.needs.devices) = (Bytes::gib(gib), kinds);
                card.window = Tokens(window);
            });
            Known { attempts, ..known }
        },
    )
}

fn any_fleet() -> impl Strategy<Value = Vec<Known>> {
    prop::collection::vec(any_model(), 0..12).prop_map(|models| {
        let name = |(n, known): (usize, Known)| known.with(|card| card.id = id(&format!("model-{n:02}")));
        models.into_iter().enumerate().map(name).collect()
    })
}

fn any_requirements() -> impl Strategy<Value = Requirements> {
    let limits = (prop::option::of(probability()), prop::option::of(moment()), prop::option::of(0_u64..5000));
    (0_u64..8192, limits, any::<bool>()).prop_map(|(window, (quality_floor, max_latency, cost), local_only)| {
        let max_cost = cost.map(Money);
        Requirements { min_window: Tokens(window), quality_floor, max_latency, max_cost, local_only, ..any_quality() }
    })
}

fn any_load() -> impl Strategy<Value = Load> {
    let resident = prop::collection::btree_set((0_usize..12, any::<bool>()), 0..6);
    resident.prop_map(|resident| {
        let unit = |gpu| DeviceId::local(if gpu { "cuda:0" } else { "cpu" });
        let resident = resident.into_iter().map(|(n, gpu)| (id(&format!("model-{n:02}")), unit(gpu))).collect();
        Load { resident, ..load() }
    })
}

fn any_policy() -> impl Strategy<Value = DefaultPolicy> {
    let weights = (probability(), probability(), probability(), probability())
        .prop_map(|(quality, time, cost, energy)| Preference::Custom(Weights { quality, time, cost, energy }));
    let named = prop::sample::select(vec![
        Preference::Fastest,
        Preference::BestQuality,
        Preference::Cheapest,
        Preference::Greenest,
        Preference::Balanced,
    ]);
    let route =
        (0_usize..12, probability(), prop::option::of(0_usize..12)).prop_map(|(model, confidence, fallback)| {
            let name = |n| id(&format!("model-{n:02}"));
            Route { capability: chat(), model: name(model), confidence, fallback: fallback.map(name) }
        });
    (prop_oneof![weights, named], prop::collection::vec(route, 0..3)).prop_map(|(preference, routes)| DefaultPolicy {
        preference,
        routes,
        ..DefaultPolicy::default()
    })
}

fn model_of(ranked: &Ranked) -> &ModelId {
    match &ranked.candidate.executor {
        Executor::Model(id) => id,
        Executor::Tool(tool) => unreachable!("{tool} is no model"),
    }
}

/// A model of another name that is at least as good on every axis, and was measured as often.
fn improve(known: &Known, by: f64) -> Known {
    let mut better = known.clone();
    better.card.id = id("z-better");
    let card = &mut better.card;
    card.capabilities.values_mut().for_each(|c| *c = Probability::saturating(c.get() + by));
    (card.load, card.run) = (card.load.mul_f64(1.0 - by), card.run.mul_f64(1.0 - by));
    card.price = Price { input: Money(card.price.input.0 / 2), output: card.price.output };
    card.watts = card.watts.map(|watts| watts * (1.0 - by));
    card.window = card.window + Tokens(1);
    for (verdict, ran) in &mut better.attempts {
        *ran = ran.mul_f64(1.0 - by);
        if *verdict == Verdict::TimedOut {
            *verdict = Verdict::Succeeded;
        }
    }
    better
}

proptest! {
    #[test]
    fn a_ranked_model_meets_every_requirement_and_no_model_is_lost(
        models in any_fleet(), requirements in any_requirements(), load in any_load(), policy in any_policy(),
    ) {
        let ranking = policy.rank(&requirements, &fleet(&models), &load);
        for ranked in &ranking.ranked {
            let card = &models.iter().find(|known| known.card.id == *model_of(ranked)).unwrap().card;
            let why = &ranked.explanation;
            prop_assert!(card.window >= requirements.min_window);
            prop_assert!(!(requirements.local_only && card.remote));
            prop_assert!(requirements.quality_floor.is_none_or(|floor| why.quality.score >= floor));
            prop_assert!(requirements.max_latency.is_none_or(|limit| why.timing.completion() <= limit));
            prop_assert!(requirements.max_cost.is_none_or(|limit| why.cost <= limit));
            prop_assert_eq!(card.remote, why.device.is_none());
            for device in load.devices.iter().filter(|device| Some(&device.id) == why.device.as_ref()) {
                let resident = load.resident.contains(&(card.id.clone(), device.id.clone()));
                prop_assert!(resident || (device.kind.serves(&card.needs) && card.needs.memory <= device.memory));
            }
        }
        let ranked = ranking.ranked.iter().map(model_of);
        let answered: Vec<_> = ranked.chain(ranking.refused.iter().map(|(id, _)| id)).collect();
        prop_assert_eq!(answered.len(), models.len());
        let answered: BTreeSet<_> = answered.into_iter().collect();
        prop_assert!(answered.into_iter().eq(models.iter().map(|known| &known.card.id)));
    }

    #[test]
    fn the_order_in_which_models_were_registered_does_not_matter(
        (models, shuffled) in any_fleet().prop_flat_map(|models| (Just(models.clone()), Just(models).prop_shuffle())),
        requirements in any_requirements(), load in any_load(), policy in any_policy(),
    ) {
        let ranking = policy.rank(&requirements, &fleet(&models), &load);
        prop_assert_eq!(&ranking, &policy.rank(&requirements, &fleet(&shuffled), &load));
        prop_assert_eq!(&ranking, &policy.rank(&requirements, &fleet(&models), &load));
    }

    #[test]
    fn candidates_without_a_route_are_ordered_by_utility(
        models in any_fleet(), requirements in any_requirements(), load in any_load(), policy in any_policy(),
    ) {
        let ranking = policy.rank(&requirements, &fleet(&models), &load);
        prop_assert!(ranking.ranked.is_sorted_by_key(|ranked| ranked.explanation.routed.is_none()));
        let compared = ranking.ranked.iter().map(|ranked| &ranked.explanation).filter(|why| why.routed.is_none());
        let utilities: Vec<_> = compared.map(|why| why.utility).collect();
        prop_assert!(utilities.is_sorted_by(|a, b| a >= b), "{utilities:?}");
    }

    #[test]
    fn a_limit_cuts_the_ranking_and_changes_nothing_else(
        models in any_fleet(), load in any_load(), policy in any_policy(), limit in 0_usize..14,
    ) {
        let fleet = fleet(&models);
        let mut whole = policy.rank(&any_quality(), &fleet, &load);
        let cut = DefaultPolicy { limit, ..policy }.rank(&any_quality(), &fleet, &load);
        whole.passed_over = whole.ranked.len().saturating_sub(limit);
        whole.ranked.truncate(limit);
        prop_assert_eq!(whole, cut);
    }

    #[test]
    fn a_model_better_on_all_axes_never_ranks_below(
        models in any_fleet(), chosen in any::<prop::sample::Index>(), by in 0.001..1.0, policy in any_policy(),
    ) {
        prop_assume!(!models.is_empty());
        let worse = chosen.get(&models);
        let better = improve(worse, by);
        let policy = DefaultPolicy { routes: Vec::new(), ..policy };
        let ranking = policy.rank(&any_quality(), &fleet(models.iter().chain([&better])), &load());
        let place = |known: &Known| ranking.ranked.iter().position(|ranked| *model_of(ranked) == known.card.id);
        match (place(&better), place(worse)) {
            (Some(better), Some(worse)) => {
                let [high, low] = [better, worse].map(|place| &ranking.ranked[place].explanation);
                prop_assert!(better < worse || high == low, "{high}\n{low}");
            }
            (None, Some(_)) => prop_assert!(false, "only the worse one was admitted"),
            (_, None) => {}
        }
    }
}
