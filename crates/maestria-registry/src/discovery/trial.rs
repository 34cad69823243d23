//! One capability of one model under test.

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use maestria_vocabulary::{Probability, Timestamp};

use super::{
    Ability, Difficulty, Ending, Finding, Grade, Probe, Settings, Suite, Tally, draw::Draw, sequential::Scores,
    settings::Cost,
};

/// One capability of one model under test. At most one probe is under way at a time, since each answer may be the last that is needed.
#[derive(Debug)]
pub(super) struct Trial {
    suite: Arc<dyn Suite>,
    scores: Scores,
    by_difficulty: BTreeMap<Difficulty, Tally>,
    failures: u32,
    at: Timestamp,
    /// Hashes of what was asked; as many as probes at most.
    asked: BTreeSet<u64>,
    /// How many seeds were used.
    drawn: u64,
    /// Expected cost of a probe, from the latest one.
    pub(super) cost: Cost,
    pub(super) is_under_way: bool,
    ending: Option<Ending>,
}

impl Trial {
    pub(super) fn new(suite: Arc<dyn Suite>, cost: Cost) -> Self {
        Self {
            suite,
            scores: Scores::default(),
            by_difficulty: BTreeMap::new(),
            failures: 0,
            at: Timestamp::ZERO,
            asked: BTreeSet::new(),
            drawn: 0,
            cost,
            is_under_way: false,
            ending: None,
        }
    }

    pub(super) const fn is_open(&self) -> bool {
        self.ending.is_none()
    }

    /// The next probe: the same for every model, until the answer to it is in, and never one of the same words as before. The trial ends if
    /// there is none.
    pub(super) fn probe(&mut self, seed: u64) -> Option<Probe> {
        /// Seeds after which a suite has nothing new to ask.
        const TRIES: u32 = 64;
        for _ in 0..TRIES {
            let probe = probe(&*self.suite, seed, self.drawn);
            if !self.asked.contains(&key(&probe)) {
                return Some(probe);
            }
            self.drawn += 1;
        }
        self.end(Ending::Exhausted);
        None
    }

    /// Takes a grade in, and ends when that makes sure, or was the last.
    pub(super) fn graded(&mut self, probe: &Probe, grade: &Grade, settings: &Settings, now: Timestamp) {
        let score = grade.score.get();
        self.scores = self.scores.with(score);
        let tally = self.by_difficulty.entry(probe.difficulty()).or_default();
        *tally = Tally { probes: tally.probes.saturating_add(1), score: tally.score + score };
        self.asked.insert(key(probe));
        self.drawn += 1;
        self.at = now;
        if self.log_ratio(settings).abs() >= -settings.error.get().ln() {
            self.end(Ending::Sure);
        } else if self.scores.count() >= settings.most_probes {
            self.end(Ending::Capped);
        }
    }

    pub(super) const fn failed(&mut self) {
        self.failures = self.failures.saturating_add(1);
    }

    /// Asks no more, unless that was decided already.
    pub(super) fn end(&mut self, ending: Ending) {
        self.ending.get_or_insert(ending);
    }

    pub(super) fn finding(&self, settings: &Settings) -> Finding {
        let (low, high) = self.scores.interval(settings.interval_error.get());
        let ability = match (self.ending, self.scores.mean()) {
            (Some(Ending::Unsupported), _) => Ability::Unable,
            (_, None) => Ability::Unknown,
            _ if self.log_ratio(settings) > 0.0 => Ability::Able,
            _ => Ability::Unable,
        };
        Finding {
            ability,
            ending: self.ending.unwrap_or(Ending::Open),
            score: Probability::saturating(self.scores.mean().unwrap_or(0.0)),
            low: Probability::saturating(low),
            high: Probability::saturating(high),
            coverage: settings.interval_error.complement(),
            probes: self.scores.count(),
            failures: self.failures,
            at: self.at,
            by_difficulty: self.by_difficulty.clone(),
        }
    }

    fn log_ratio(&self, settings: &Settings) -> f64 {
        self.scores.log_ratio(settings.unable.get(), settings.able.get())
    }
}

/// The probe at a position in the sequence that a seed makes of a suite.
pub(super) fn probe(suite: &dyn Suite, seed: u64, position: u64) -> Probe {
    // FNV-1a: the names of capabilities make different sequences of one seed, in every version.
    let named = suite
        .capability()
        .as_str()
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let start = Draw::new(seed).next() ^ named;
    suite.probe(Draw::new(start.wrapping_add(position)).next())
}

fn key(probe: &Probe) -> u64 {
    let mut hasher = DefaultHasher::new();
    probe.task().text().hash(&mut hasher);
    hasher.finish()
}
