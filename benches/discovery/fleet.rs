//! A fleet of models that are made up, and what is found out of them.

use std::{collections::BTreeMap, sync::Arc};

use maestria::{
    Capability, ModelCard, ModelId, Timestamp, Tokens,
    registry::discovery::{Ability, Discovery, Draw, Exercises, Failure, Next, Settings, Skill, Suite},
};
use maestria_benches::Result;

use crate::{
    model::{Truth, right_answer, wrong_answer},
    planted::{Level, Planted},
};

/// A fleet of models that are made up.
#[derive(Debug)]
pub(crate) struct Fleet {
    planted: Planted,
    suites: BTreeMap<Capability, Exercises>,
    levels: BTreeMap<ModelId, BTreeMap<Capability, Level>>,
    draw: Draw,
    seed: u64,
}

/// What was found out of models, counted over their capabilities.
#[derive(Debug, Clone, Default)]
pub(crate) struct Found {
    /// Judgements, and those that are right, by capability.
    pub(crate) by_capability: BTreeMap<Capability, (usize, usize)>,
    /// Shares of right judgements of every fleet.
    pub(crate) accuracies: Vec<f64>,
    /// Probes that were answered, and most of one capability of one model.
    pub(crate) probes: u32,
    pub(crate) most_probes: u32,
    /// Intervals that hold the score.
    pub(crate) covered: usize,
    /// Judgements that are said to be sure, and those of them that are right.
    pub(crate) sure: usize,
    pub(crate) sure_right: usize,
    /// Tokens, as estimated, and models.
    pub(crate) tokens: u64,
    pub(crate) models: usize,
}

impl Fleet {
    pub(crate) fn new(planted: Planted, models: usize, seed: u64) -> Result<Self> {
        let mut draw = Draw::new(seed);
        let suites: Vec<Exercises> = Skill::ALL.into_iter().map(Skill::suite).collect::<Result<_, _>>()?;
        let suites: BTreeMap<_, _> = suites.into_iter().map(|suite| (suite.capability().clone(), suite)).collect();
        let levels = |draw: &mut Draw| suites.keys().map(|what| (what.clone(), planted.level(draw))).collect();
        let levels = (0..models).map(|i| Ok((format!("model-{i}").parse()?, levels(&mut draw))));
        let levels = levels.collect::<Result<_>>()?;
        Ok(Self { planted, suites, levels, draw, seed })
    }

    /// Lets a discovery find out what the models can do, with its default settings.
    pub(crate) fn discover(mut self, truth: &Truth) -> Result<Found> {
        let suites = self.suites.values().map(|suite| Arc::new(suite.clone()) as Arc<dyn Suite>).collect();
        let mut discovery = Discovery::new(Settings { seed: self.seed, ..Settings::default() }, suites)?;
        for model in self.levels.keys() {
            discovery.add(&ModelCard::new(model.clone(), Tokens(8_192)));
        }
        let mut now = Timestamp::ZERO;
        loop {
            match discovery.next(now) {
                Next::Ask(ask) => {
                    let what = ask.probe.capability();
                    let level = self.levels.get(&ask.model).and_then(|levels| levels.get(what)).copied();
                    let (Some(level), Some(suite)) = (level, self.suites.get(what)) else { continue };
                    if self.draw.chance(self.planted.failing()) {
                        discovery.failed(ask.ticket, Failure::Broken { after: None }, now)?;
                        continue;
                    }
                    let answer = if self.draw.chance(level.right) {
                        right_answer(&ask.probe, &mut self.draw)
                    } else {
                        wrong_answer(&ask.probe, suite, &mut self.draw)
                    };
                    discovery.answered(ask.ticket, &answer, None, now)?;
                }
                Next::Wait { until } => now = until.ok_or("a discovery waits for what is not under way")?,
                Next::Done => break,
            }
        }
        Ok(self.compare(&discovery, truth))
    }

    fn compare(&self, discovery: &Discovery, truth: &Truth) -> Found {
        let mut found = Found { tokens: discovery.tokens().0, models: self.levels.len(), ..Found::default() };
        for (model, levels) in &self.levels {
            let Some(profile) = discovery.profile(model) else { continue };
            for (what, level) in levels {
                let Some(finding) = profile.findings.get(what) else { continue };
                let is_right = finding.ability == if level.is_able { Ability::Able } else { Ability::Unable };
                let (all, right) = found.by_capability.entry(what.clone()).or_default();
                *all += 1;
                *right += usize::from(is_right);
                found.probes += finding.probes;
                found.most_probes = found.most_probes.max(finding.probes);
                found.sure += usize::from(finding.is_sure());
                found.sure_right += usize::from(finding.is_sure() && is_right);
                let score = truth.score(what, level.right);
                found.covered += usize::from((finding.low.get()..=finding.high.get()).contains(&score));
            }
        }
        found.accuracies.push(found.accuracy());
        found
    }
}

impl Found {
    pub(crate) fn merge(&mut self, other: Self) {
        for (what, (all, right)) in other.by_capability {
            let sums = self.by_capability.entry(what).or_default();
            *sums = (sums.0 + all, sums.1 + right);
        }
        self.accuracies.extend(other.accuracies);
        self.probes += other.probes;
        self.most_probes = self.most_probes.max(other.most_probes);
        self.covered += other.covered;
        self.sure += other.sure;
        self.sure_right += other.sure_right;
        self.tokens += other.tokens;
        self.models += other.models;
    }

    pub(crate) fn judgements(&self) -> usize {
        self.by_capability.values().map(|(all, _)| all).sum()
    }

    /// Share of right judgements.
    pub(crate) fn accuracy(&self) -> f64 {
        let right: usize = self.by_capability.values().map(|(_, right)| right).sum();
        right as f64 / self.judgements().max(1) as f64
    }

    /// The capability that is judged worst, and its share of right judgements.
    pub(crate) fn worst(&self) -> Option<(&Capability, f64)> {
        let shares = self.by_capability.iter().map(|(what, (all, right))| (what, *right as f64 / *all as f64));
        shares.min_by(|(_, a), (_, b)| a.total_cmp(b))
    }
}
