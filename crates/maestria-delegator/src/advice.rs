//! Which limit keeps which models from a step, and how far it would have to be relaxed.

use std::{cmp::Reverse, collections::BTreeSet, fmt, time::Duration};

use maestria_registry::Snapshot;
use maestria_vocabulary::{Executor, ModelId, Money, Probability, Tokens};
use serde::{Deserialize, Serialize};

use crate::{Load, Policy, Ranked, Ranking, Requirements};

/// A limit of [`Requirements`], with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Limit {
    /// Tokens that a model must hold.
    Window(Tokens),
    /// Least quality.
    Quality(Probability),
    /// Longest expected time.
    Latency(Duration),
    /// Most expected cost.
    Cost(Money),
    /// That prompts stay on this machine.
    LocalOnly,
}

/// What one limit keeps from a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advice {
    /// The limit as it is.
    pub limit: Limit,
    /// How many models it alone keeps from the step.
    pub excludes: usize,
    /// The one of them that would need the least, of those that the policy ranks then.
    pub nearest: ModelId,
    /// The limit that would admit that one; absent for [`Limit::LocalOnly`], which can only be lifted.
    pub relaxed: Option<Limit>,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Window(window) => write!(f, "a window of {window}"),
            Self::Quality(floor) => write!(f, "a quality of {floor:.3}"),
            Self::Latency(limit) => write!(f, "a time of {limit:.1?}"),
            Self::Cost(limit) => write!(f, "a cost of {limit}"),
            Self::LocalOnly => f.write_str("staying on this machine"),
        }
    }
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { limit, excludes, nearest, relaxed } = self;
        write!(f, "{limit} alone excludes {nearest}")?;
        if *excludes > 1 {
            write!(f, " and {} more", excludes - 1)?;
        }
        match relaxed {
            Some(relaxed) => write!(f, "; {relaxed} would admit it"),
            None => f.write_str("; lift that to admit it"),
        }
    }
}

/// What each limit alone keeps from a step: the models that may not run it now and might if that limit were lifted. The limit that excludes
/// most comes first. A model that fails several limits is in none of them.
///
/// It ranks once for every limit that is set, so it is for when a ranking came out empty or worse than hoped, not for every request.
///
/// ```
/// use std::time::Duration;
///
/// use maestria_delegator::{DefaultPolicy, Load, Requirements, advise};
/// use maestria_registry::{ModelCard, Registry};
/// use maestria_vocabulary::{Probability, Tokens};
///
/// let registry = Registry::default();
/// let card = ModelCard::new("slow".parse()?, Tokens(4096)).with_capability("chat".parse()?, Probability::ONE);
/// registry.insert(ModelCard { remote: true, run: Duration::from_secs(3), ..card })?;
///
/// let requirements = Requirements { max_latency: Some(Duration::from_secs(2)), ..Requirements::new("chat".parse()?) };
/// let advice = advise(&requirements, &DefaultPolicy::default(), &registry.snapshot(), &Load::default());
/// assert_eq!(advice[0].to_string(), "a time of 2.0s alone excludes slow; a time of 3.0s would admit it");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn advise(requirements: &Requirements, policy: &dyn Policy, fleet: &Snapshot, load: &Load) -> Vec<Advice> {
    let refused: BTreeSet<ModelId> =
        policy.rank(requirements, fleet, load).refused.into_iter().map(|(model, _)| model).collect();
    let mut advice: Vec<Advice> = lifted(requirements)
        .into_iter()
        .filter_map(|(limit, lifted)| {
            let ranking = policy.rank(&lifted, fleet, load);
            let still: BTreeSet<&ModelId> = ranking.refused.iter().map(|(model, _)| model).collect();
            let admitted = refused.iter().filter(|model| !still.contains(model)).count();
            nearest(limit, &ranking, &refused, fleet).map(|(nearest, relaxed)| Advice {
                limit,
                excludes: admitted,
                nearest,
                relaxed,
            })
        })
        .collect();
    advice.sort_by_key(|advice| Reverse(advice.excludes));
    advice
}

/// The requirements without each of their limits.
fn lifted(requirements: &Requirements) -> Vec<(Limit, Requirements)> {
    let all = requirements.clone();
    let window = Requirements { min_window: Tokens::ZERO, ..all.clone() };
    let quality =
        all.quality_floor.map(|floor| (Limit::Quality(floor), Requirements { quality_floor: None, ..all.clone() }));
    let latency =
        all.max_latency.map(|limit| (Limit::Latency(limit), Requirements { max_latency: None, ..all.clone() }));
    let cost = all.max_cost.map(|limit| (Limit::Cost(limit), Requirements { max_cost: None, ..all.clone() }));
    let local = all.local_only.then(|| (Limit::LocalOnly, Requirements { local_only: false, ..all.clone() }));
    let window = Some((Limit::Window(all.min_window), window));
    [window, quality, latency, cost, local].into_iter().flatten().collect()
}

/// The model that needs the least beyond the limit, among those ranked now that were refused before.
fn nearest(
    limit: Limit,
    ranking: &Ranking,
    refused: &BTreeSet<ModelId>,
    fleet: &Snapshot,
) -> Option<(ModelId, Option<Limit>)> {
    let admitted: Vec<(&ModelId, &Ranked)> = ranking
        .ranked
        .iter()
        .filter_map(|ranked| match &ranked.candidate.executor {
            Executor::Model(model) if refused.contains(model) => Some((model, ranked)),
            _ => None,
        })
        .collect();
    let window = |model: &ModelId| fleet.card(model).map_or(Tokens::ZERO, |card| card.window);
    let (model, ranked) = match limit {
        Limit::Window(_) => admitted.into_iter().max_by_key(|(model, _)| window(model)),
        Limit::Quality(_) => admitted.into_iter().max_by_key(|(_, ranked)| ranked.explanation.quality.score),
        Limit::Latency(_) => admitted.into_iter().min_by_key(|(_, ranked)| ranked.explanation.timing.completion()),
        Limit::Cost(_) => admitted.into_iter().min_by_key(|(_, ranked)| ranked.explanation.cost),
        Limit::LocalOnly => admitted.into_iter().next(),
    }?;
    let relaxed = match limit {
        Limit::Window(_) => Some(Limit::Window(window(model))),
        Limit::Quality(_) => Some(Limit::Quality(ranked.explanation.quality.score)),
        Limit::Latency(_) => Some(Limit::Latency(ranked.explanation.timing.completion())),
        Limit::Cost(_) => Some(Limit::Cost(ranked.explanation.cost)),
        Limit::LocalOnly => None,
    };
    Some((model.clone(), relaxed))
}

#[cfg(test)]
mod tests {
    use maestria_registry::{ModelCard, Price, Registry};

    use super::*;
    use crate::DefaultPolicy;

    #[test]
    fn the_limit_that_keeps_a_model_out_is_named_with_what_would_do() {
        let registry = Registry::default();
        for (name, declared, window, secs, price) in [("good", 0.9, 4096, 4, 1_000_000), ("quick", 0.5, 2048, 1, 0)] {
            let price = Price { input: Money(price), output: Money(price) };
            let card = ModelCard::new(name.parse().unwrap(), Tokens(window))
                .with_capability("chat".parse().unwrap(), Probability::saturating(declared));
            registry.insert(ModelCard { remote: true, run: Duration::from_secs(secs), price, ..card }).unwrap();
        }
        let any = || Requirements::new("chat".parse().unwrap());
        let check = |requirements: Requirements, expected: &[&str]| {
            let fleet = registry.snapshot();
            let found = advise(&requirements, &DefaultPolicy::default(), &fleet, &Load::default());
            assert_eq!(found.iter().map(Advice::to_string).collect::<Vec<_>>(), expected);
            for Advice { relaxed, nearest, .. } in found {
                let all = requirements.clone();
                let relaxed = match relaxed {
                    Some(Limit::Window(min_window)) => Requirements { min_window, ..all },
                    Some(Limit::Quality(floor)) => Requirements { quality_floor: Some(floor), ..all },
                    Some(Limit::Latency(limit)) => Requirements { max_latency: Some(limit), ..all },
                    Some(Limit::Cost(limit)) => Requirements { max_cost: Some(limit), ..all },
                    _ => Requirements { local_only: false, ..all },
                };
                let ranking = DefaultPolicy::default().rank(&relaxed, &fleet, &Load::default());
                assert!(ranking.refused.iter().all(|(model, _)| *model != nearest), "the advice helps");
            }
        };
        check(any(), &[]);
        let latency = Some(Duration::from_millis(2500));
        check(
            Requirements { max_latency: latency, ..any() },
            &["a time of 2.5s alone excludes good; a time of 4.0s would admit it"],
        );
        check(
            Requirements { min_window: Tokens(8192), ..any() },
            &["a window of 8192 tokens alone excludes good and 1 more; a window of 4096 tokens would admit it"],
        );
        check(
            Requirements { local_only: true, ..any() },
            &["staying on this machine alone excludes quick and 1 more; lift that to admit it"],
        );
        let floor = Some(Probability::saturating(0.8));
        check(
            Requirements { quality_floor: floor, max_latency: latency, ..any() },
            &[
                "a quality of 0.800 alone excludes quick; a quality of 0.500 would admit it",
                "a time of 2.5s alone excludes good; a time of 4.0s would admit it",
            ],
        );
        check(
            Requirements { quality_floor: floor, max_latency: latency, max_cost: Some(Money(1)), ..any() },
            &["a quality of 0.800 alone excludes quick; a quality of 0.500 would admit it"],
        );
    }
}
