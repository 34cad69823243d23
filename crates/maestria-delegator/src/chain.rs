//! Models one after the other, each of which turns what is there into something that the next one takes.

use std::{collections::BTreeMap, fmt, time::Duration};

use maestria_registry::Snapshot;
use maestria_vocabulary::{Capability, Money};
use petgraph::{
    algo::astar,
    graph::{DiGraph, NodeIndex},
};
use serde::Serialize;

use crate::{Load, Modality, Policy, Ranked, Task, ability::Abilities};

/// Models that do a task one after the other. It has at most four links for each thing attached: conversions never visit a modality twice.
#[derive(Debug, Clone, PartialEq)]
pub struct Chain {
    /// Who does what, in order; the last one does what was asked.
    pub links: Vec<Link>,
    /// Expected time until the last is done, one after the other.
    pub completion: Duration,
    /// Expected cost of all.
    pub cost: Money,
}

/// One model's part of a [`Chain`].
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// What it converts; nothing where it does what was asked.
    pub from: Option<Modality>,
    /// What it is able to do.
    pub capability: Capability,
    /// Who does it, and why.
    pub ranked: Ranked,
}

/// Why there is no chain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
#[non_exhaustive]
pub enum NoChain {
    /// No model that may be used has the ability.
    #[error(
        "no model that may be used is capable of {capability}: register one, or relax what refuses those there are"
    )]
    NoModel {
        /// The ability.
        capability: Capability,
    },
    /// What is attached cannot be turned into anything that the ability takes.
    #[error("no way leads from {given} to what {capability} takes: register a model for {}", names(conversions))]
    NoWay {
        /// What is attached.
        given: Modality,
        /// The ability.
        capability: Capability,
        /// Conversions of it that are known, and for which there is no model that may be used.
        conversions: Vec<Capability>,
    },
    /// The quickest chain takes too long.
    #[error("the quickest chain is done in {completion:.1?}, {limit:.1?} is allowed: allow that much")]
    TooSlow {
        /// Its time.
        completion: Duration,
        /// The most allowed.
        limit: Duration,
    },
    /// The quickest chain costs too much.
    #[error("the quickest chain costs {cost}, {limit} is allowed: allow that much")]
    TooExpensive {
        /// Its cost.
        cost: Money,
        /// The most allowed.
        limit: Money,
    },
}

fn names(capabilities: &[Capability]) -> String {
    match capabilities {
        [] => "a conversion of it, and tell the analyzer of that ability".to_owned(),
        some => format!("one of {}", some.iter().map(Capability::as_str).collect::<Vec<_>>().join(", ")),
    }
}

/// The quickest chain for a task.
pub(crate) fn shortest(
    abilities: &Abilities,
    task: &Task,
    policy: &dyn Policy,
    fleet: &Snapshot,
    load: &Load,
) -> Result<Chain, NoChain> {
    let best = |task: &Task| {
        let task = Task { max_latency: None, max_cost: None, ..task.clone() };
        policy.rank(&task.requirements(), fleet, load).ranked.into_iter().next()
    };
    let mut attached = task.attached.clone();
    attached.sort_unstable();
    attached.dedup();
    attached.retain(|given| !abilities.takes(&task.capability, *given));

    let mut links = Vec::new();
    if !attached.is_empty() {
        let ways = Ways::new(abilities, &best, task);
        for given in attached {
            links.extend(ways.from(given, &|modality| abilities.takes(&task.capability, modality)).ok_or_else(
                || NoChain::NoWay {
                    given,
                    capability: task.capability.clone(),
                    conversions: ways.missing(abilities, given),
                },
            )?);
        }
    }
    let converted = links.len();
    let last = Task { unknown_inputs: task.unknown_inputs.saturating_add(converted), ..task.clone() };
    let ranked = best(&last).ok_or_else(|| NoChain::NoModel { capability: task.capability.clone() })?;
    links.push(Link { from: None, capability: task.capability.clone(), ranked });
    within_limits(links, task)
}

fn within_limits(links: Vec<Link>, task: &Task) -> Result<Chain, NoChain> {
    let completions = links.iter().map(Link::completion);
    let completion = completions.fold(Duration::ZERO, Duration::saturating_add);
    let cost = links.iter().map(|link| link.ranked.explanation.cost).sum();
    match (task.max_latency, task.max_cost) {
        (Some(limit), _) if completion > limit => Err(NoChain::TooSlow { completion, limit }),
        (_, Some(limit)) if cost > limit => Err(NoChain::TooExpensive { cost, limit }),
        _ => Ok(Chain { links, completion, cost }),
    }
}

/// The conversions for which there is a model, with the quickest between any two modalities.
#[derive(Default)]
struct Ways {
    graph: DiGraph<Modality, Link>,
    nodes: BTreeMap<Modality, NodeIndex>,
}

impl Ways {
    fn new(abilities: &Abilities, best: &dyn Fn(&Task) -> Option<Ranked>, task: &Task) -> Self {
        let mut ways = Self::default();
        for (capability, from, to) in abilities.conversions() {
            let part = Task { capability: capability.clone(), unknown_inputs: 1, ..task.clone() };
            if let Some(ranked) = best(&part) {
                let [source, target] = [from, to].map(|modality| ways.node(modality));
                let link = Link { from: Some(from), capability: capability.clone(), ranked };
                let known = ways.link(source, target);
                if known.is_none_or(|known| link.completion() < known.completion()) {
                    ways.graph.update_edge(source, target, link);
                }
            }
        }
        ways
    }

    fn node(&mut self, modality: Modality) -> NodeIndex {
        *self.nodes.entry(modality).or_insert_with(|| self.graph.add_node(modality))
    }

    fn link(&self, from: NodeIndex, to: NodeIndex) -> Option<&Link> {
        self.graph.edge_weight(self.graph.find_edge(from, to)?)
    }

    /// The quickest way from a modality to one that will do.
    fn from(&self, given: Modality, will_do: &dyn Fn(Modality) -> bool) -> Option<Vec<Link>> {
        let arrives = |node| self.graph.node_weight(node).is_some_and(|modality| will_do(*modality));
        let time = |edge: petgraph::graph::EdgeReference<'_, Link>| Time(edge.weight().completion());
        let (_, path) = astar(&self.graph, *self.nodes.get(&given)?, arrives, time, |_| Time::default())?;
        path.iter().zip(path.iter().skip(1)).map(|(from, to)| self.link(*from, *to).cloned()).collect()
    }

    /// Conversions of a modality for which there is no model.
    fn missing(&self, abilities: &Abilities, given: Modality) -> Vec<Capability> {
        let known = abilities.conversions().filter(|(_, from, _)| *from == given);
        let lacking = known.filter(|(capability, ..)| {
            !self.graph.edge_weights().any(|link| link.from == Some(given) && link.capability == **capability)
        });
        lacking.map(|(capability, ..)| capability.clone()).collect()
    }
}

impl Link {
    fn completion(&self) -> Duration {
        self.ranked.explanation.timing.completion()
    }
}

/// A time that adds up without overflow.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
struct Time(Duration);

impl std::ops::Add for Time {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, Link { from, capability, ranked }) in self.links.iter().enumerate() {
            write!(f, "{}{capability}", if n > 0 { ", then " } else { "" })?;
            if let Some(from) = from {
                write!(f, " of {from}")?;
            }
            write!(f, " by {}", ranked.candidate.executor)?;
        }
        write!(f, "; done in {:.1?}, cost {}", self.completion, self.cost)
    }
}

#[cfg(test)]
mod tests {
    use maestria_registry::{ModelCard, Price, Registry};
    use maestria_vocabulary::{Probability, Tokens};

    use super::*;
    use crate::{DefaultPolicy, TaskAnalyzer};

    /// A remote model that runs for so many seconds, for a millionth per token.
    fn remote(name: &str, capability: &str, secs: u64) -> ModelCard {
        let price = Price { input: Money(1_000_000), output: Money(1_000_000) };
        let card = ModelCard::new(name.parse().unwrap(), Tokens(4096));
        let card = ModelCard { remote: true, run: Duration::from_secs(secs), price, ..card };
        card.with_capability(capability.parse().unwrap(), Probability::ONE)
    }

    fn check(fleet: &[(&str, &str, u64)], task: Task, told: &str) {
        let registry = Registry::default();
        for (name, capability, secs) in fleet {
            registry.insert(remote(name, capability, *secs)).unwrap();
        }
        let policy = DefaultPolicy::default();
        let found = TaskAnalyzer::default().chain(&task, &policy, &registry.snapshot(), &Load::default());
        assert_eq!(found.map_or_else(|error| error.to_string(), |chain| chain.to_string()), told);
    }

    fn summary(of: &[Modality]) -> Task {
        Task { attached: of.to_vec(), ..Task::new("summarization".parse().unwrap()) }
    }

    const EDITOR: (&str, &str, u64) = ("editor", "summarization", 2);
    const EARS: (&str, &str, u64) = ("ears", "speech_to_text", 5);

    #[test]
    fn a_chain_is_the_quickest_way_that_exists() {
        use Modality::{Audio, Image, Text, Video};
        let alone = "summarization by model editor; done in 2.0s, cost 0.000256";
        check(&[EDITOR, EARS], summary(&[]), alone);
        check(&[EDITOR, EARS], summary(&[Text]), alone);
        let heard =
            "speech_to_text of audio by model ears, then summarization by model editor; done in 7.0s, cost 0.001536";
        check(&[EDITOR, EARS], summary(&[Audio, Audio]), heard);
        let eyes = ("eyes", "text_recognition", 1);
        let both = "text_recognition of image by model eyes, then speech_to_text of audio by model ears, then summarization by \
                    model editor; done in 8.0s, cost 0.002816";
        check(&[EDITOR, EARS, eyes], summary(&[Image, Audio]), both);
        let film =
            "speech_to_text of video by model ears, then summarization by model editor; done in 7.0s, cost 0.001536";
        check(&[EDITOR, EARS, ("cutter", "audio_extraction", 1)], summary(&[Video]), film);
    }

    #[test]
    fn what_is_missing_is_told() {
        use Modality::{Audio, Image};
        check(
            &[EARS],
            summary(&[Audio]),
            "no model that may be used is capable of summarization: register one, or relax what refuses those there are",
        );
        check(
            &[EDITOR, EARS],
            summary(&[Image]),
            "no way leads from image to what summarization takes: register a model for one of \
             image_description, text_recognition",
        );
        let limit = |task: Task| Task { max_latency: Some(Duration::from_secs(6)), ..task };
        check(
            &[EDITOR, EARS],
            limit(summary(&[Audio])),
            "the quickest chain is done in 7.0s, 6.0s is allowed: allow that much",
        );
        check(
            &[EDITOR, EARS],
            Task { max_cost: Some(Money(1)), ..summary(&[]) },
            "the quickest chain costs 0.000256, 0.000001 is allowed: allow that much",
        );
        check(
            &[EDITOR],
            Task { local_only: true, ..summary(&[]) },
            "no model that may be used is capable of summarization: register one, or relax what refuses those there are",
        );
    }
}
