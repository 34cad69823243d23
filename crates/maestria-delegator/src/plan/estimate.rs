//! What a plan will take before anything of it runs: time along its longest path, memory at its peak, tokens and money.

use std::{collections::HashMap, time::Duration};

use maestria_vocabulary::{Bytes, Money, StepId, Tokens};

use super::{Plan, Step};

/// What one step takes, as the caller knows it of the tool or the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// How long it takes.
    pub latency: Duration,
    /// How much memory it holds meanwhile.
    pub memory: Bytes,
    /// How many tokens it reads and writes.
    pub tokens: Tokens,
    /// What it costs.
    pub cost: Money,
}

/// What a whole plan takes if every step is done, steps that need nothing of each other run side by side, and nothing waits for a place.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Estimate {
    /// From the start of the first step to the end of the last: the longest sum of latencies along any path.
    pub latency: Duration,
    /// The steps of that path, first to last.
    pub critical_path: Vec<StepId>,
    /// Most memory that steps hold at the same moment, when every step starts as early as it can.
    pub peak_memory: Bytes,
    /// Tokens of all steps together.
    pub tokens: Tokens,
    /// Cost of all steps together.
    pub cost: Money,
}

/// A step in time.
struct Timed<'a> {
    step: &'a Step,
    start: Duration,
    end: Duration,
    memory: Bytes,
    /// The predecessor that ends last.
    latest: Option<&'a StepId>,
}

impl Plan {
    /// What it will take, given the figures of each step. For a step that is done for each element of a list, `figures` tells what all of
    /// them take, since only the caller can guess how many there are.
    ///
    /// The times are those of the critical path method: a step starts when the last of its predecessors ends,
    /// `start(s) = max end(p)`, `end(s) = start(s) + latency(s)`. A step holds its memory from its start up to, but not at, its end; one
    /// that takes no time holds none.
    #[must_use]
    pub fn estimate(&self, figures: impl Fn(&Step) -> Figures) -> Estimate {
        let mut ends: HashMap<&StepId, Duration> = HashMap::new();
        let mut timed: Vec<Timed<'_>> = Vec::new();
        let (mut tokens, mut cost) = (Tokens::ZERO, Money::ZERO);
        for step in self.steps() {
            let figures = figures(step);
            let latest = step.predecessors().max_by_key(|before| ends.get(before).copied());
            let start = latest.and_then(|before| ends.get(before)).copied().unwrap_or_default();
            let end = start.saturating_add(figures.latency);
            ends.insert(&step.id, end);
            timed.push(Timed { step, start, end, memory: figures.memory, latest });
            tokens = tokens + figures.tokens;
            cost = cost + figures.cost;
        }
        let held_at = |moment: Duration| timed.iter().filter(move |step| step.start <= moment && moment < step.end);
        // What is held can only grow when a step starts.
        let peak = timed.iter().map(|step| held_at(step.start).map(|step| step.memory).sum()).max();
        let last = timed.iter().max_by_key(|step| step.end);
        let mut critical_path: Vec<StepId> = Vec::new();
        let mut at = last.map(|step| &step.step.id);
        while let Some(step) = at.and_then(|id| timed.iter().find(|step| step.step.id == *id)) {
            critical_path.push(step.step.id.clone());
            at = step.latest;
        }
        critical_path.reverse();
        let latency = last.map(|step| step.end).unwrap_or_default();
        Estimate { latency, critical_path, peak_memory: peak.unwrap_or(Bytes::ZERO), tokens, cost }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Action, Catalog};

    use super::*;

    #[test]
    fn time_runs_along_the_longest_path_and_memory_peaks_where_most_is_held() {
        let ask = |id: &str, inputs: &[&str]| {
            let inputs = inputs.iter().map(|id| id.parse().unwrap()).collect();
            let action = Action::Ask { instruction: "do".into(), requires: "chat".parse().unwrap(), inputs };
            Step::new(id.parse().unwrap(), action)
        };
        let steps = vec![ask("a", &[]), ask("b", &["a"]), ask("c", &["a"]), ask("d", &["b", "c"])];
        let plan = Plan::new(steps, &Catalog::default()).unwrap();
        let estimate = plan.estimate(|step| {
            let (seconds, gib) = match step.id.as_str() {
                "a" => (2, 1),
                "b" => (5, 2),
                "c" => (3, 4),
                _ => (1, 5),
            };
            let latency = Duration::from_secs(seconds);
            Figures { latency, memory: Bytes::gib(gib), tokens: Tokens(10), cost: Money::ZERO }
        });
        assert_eq!(estimate.latency, Duration::from_secs(8));
        assert_eq!(estimate.critical_path.iter().map(StepId::as_str).collect::<Vec<_>>(), ["a", "b", "d"]);
        assert_eq!(estimate.peak_memory, Bytes::gib(6));
        assert_eq!(estimate.tokens, Tokens(40));
    }

    #[test]
    fn an_empty_plan_takes_nothing() {
        let plan = Plan::new(Vec::new(), &Catalog::default()).unwrap();
        let estimate = plan.estimate(|_| Figures::default());
        assert_eq!((estimate.latency, estimate.critical_path.len()), (Duration::ZERO, 0));
    }
}
