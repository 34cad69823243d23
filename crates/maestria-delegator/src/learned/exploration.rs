//! With which probability each alternative is chosen.

use super::{decision::Alternative, settings::Learning};

/// Sets the probabilities of the alternatives, the first of which is the baseline's choice.
///
/// Inverse-gap weighting (SquareCB; Foster & Rakhlin, 2020): of `K` alternatives one that looks worse than the best by `g` has probability
/// `1 / (K + γ·g)`, and the best the rest. Values are optimistic, `predicted + β·width + bonus`, so that what is little known is tried.
/// Probabilities follow from values alone, and are exact.
///
/// Then the mixture is drawn towards the baseline as far as the slack demands (conservative exploration; Wu et al., 2016): with the share
/// `ρ` of the mixture, pessimistic gains over `1 − α` of the baseline's estimate must not take more than the slack,
/// `slack + ρ·E[gain] + (1 − ρ)·α·baseline ≥ 0`.
pub(crate) fn weigh(alternatives: &mut [Alternative], settings: &Learning, slack: f64) {
    let optimistic = |one: &Alternative| one.predicted + settings.optimism * one.width + one.bonus;
    let Some(best) = leader(alternatives, optimistic) else { return };
    let (count, top) = (alternatives.len() as f64, alternatives.get(best).map_or(0.0, optimistic));
    let mut rest = 1.0;
    for (place, one) in alternatives.iter_mut().enumerate() {
        if place != best {
            one.propensity = 1.0 / (count + settings.sharpness * (top - optimistic(one)));
            rest -= one.propensity;
        }
    }
    if let Some(one) = alternatives.get_mut(best) {
        one.propensity = rest.max(0.0);
    }

    let share = mixture(alternatives, settings, slack);
    for (place, one) in alternatives.iter_mut().enumerate() {
        one.propensity = share * one.propensity + if place == 0 { 1.0 - share } else { 0.0 };
    }
}

/// What a choice gained over `1 − α` of what the baseline's would have given, `reward` being what came of it.
pub(crate) fn gain(chosen: &Alternative, baseline: &Alternative, reward: f64, caution: f64) -> f64 {
    reward + chosen.bonus - baseline.bonus - (1.0 - caution) * baseline.predicted
}

/// The greatest share of the mixture that the slack allows.
fn mixture(alternatives: &[Alternative], settings: &Learning, slack: f64) -> f64 {
    let Some(baseline) = alternatives.first() else { return 1.0 };
    let pessimistic = |one: &Alternative| (one.predicted - settings.optimism * one.width).max(0.0);
    let expected: f64 =
        alternatives.iter().map(|one| one.propensity * gain(one, baseline, pessimistic(one), settings.caution)).sum();
    let safe = gain(baseline, baseline, baseline.predicted, settings.caution);
    match () {
        () if slack + expected >= 0.0 => 1.0,
        () if slack + safe <= 0.0 || safe <= expected => 0.0,
        () => ((slack + safe) / (safe - expected)).clamp(0.0, 1.0),
    }
}

/// The first of the greatest values.
pub(crate) fn leader(alternatives: &[Alternative], value: impl Fn(&Alternative) -> f64) -> Option<usize> {
    let values = alternatives.iter().map(value).enumerate();
    values.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(place, _)| place)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn alternative(predicted: f64, width: f64) -> Alternative {
        let model = "m".parse().unwrap();
        Alternative { model, prior: predicted, predicted, width, bonus: 0.0, propensity: 0.0 }
    }

    fn weighed(values: &[(f64, f64)], slack: f64) -> Vec<f64> {
        let mut all: Vec<_> = values.iter().map(|&(predicted, width)| alternative(predicted, width)).collect();
        weigh(&mut all, &Learning::default(), slack);
        all.into_iter().map(|one| one.propensity).collect()
    }

    #[test]
    fn what_looks_better_is_likelier_and_an_exhausted_slack_leaves_the_baseline() {
        let free = weighed(&[(0.5, 0.1), (0.9, 0.1), (0.7, 0.1)], 10.0);
        assert!(free[1] > 0.9 && free[2] > free[0], "{free:?}");
        assert_eq!(weighed(&[(0.5, 0.1), (0.4, 3.0)], -10.0), [1.0, 0.0]);
        let some = weighed(&[(0.5, 0.1), (0.4, 3.0)], 0.1);
        assert!(some[0] > 0.5 && some[1] > 0.0, "{some:?}");
        assert_eq!(weighed(&[(0.3, 1.0)], -1.0), [1.0]);
    }

    proptest! {
        #[test]
        fn probabilities_sum_to_one_and_keep_within_the_slack(
            values in prop::collection::vec((0.0..=1.0, 0.0..5.0_f64), 1..9), slack in 0.0..3.0_f64,
        ) {
            let found = weighed(&values, slack);
            prop_assert!((found.iter().sum::<f64>() - 1.0).abs() < 1e-9 && found.iter().all(|p| (0.0..=1.0).contains(p)));
            let settings = Learning::default();
            let all: Vec<_> = values.iter().map(|&(predicted, width)| alternative(predicted, width)).collect();
            let expected: f64 = all.iter().zip(&found).enumerate().map(|(place, (one, p))| {
                // The baseline's own share is measured by its estimate where it is the sure choice, so take the lesser for both.
                let worth = (one.predicted - settings.optimism * one.width).max(0.0);
                let worth = if place == 0 { one.predicted } else { worth };
                p * gain(one, &all[0], worth, settings.caution)
            }).sum();
            prop_assert!(slack + expected >= -1e-9, "{expected}");
        }
    }
}
