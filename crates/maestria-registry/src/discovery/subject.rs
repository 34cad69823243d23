//! One model under test: its trials, and whether it answers at all.

use std::{collections::BTreeMap, time::Duration};

use maestria_vocabulary::{Capability, Timestamp, Tokens, Usage};

use super::{CapabilityProfile, Ending, Settings, settings::Cost, trial::Trial};
use crate::{ModelCard, Price};

/// One model under test.
#[derive(Debug)]
pub(super) struct Subject {
    pub(super) card: ModelCard,
    pub(super) trials: BTreeMap<Capability, Trial>,
    /// Calls that failed since the last answer.
    failures_in_row: u32,
    /// When it may be asked again.
    pub(super) ready: Timestamp,
    /// When it was asked last, counted in probes of all models.
    pub(super) turn: u64,
}

impl Subject {
    pub(super) fn new(card: &ModelCard) -> Self {
        Self { card: card.clone(), trials: BTreeMap::new(), failures_in_row: 0, ready: Timestamp::ZERO, turn: 0 }
    }

    pub(super) fn under_way(&self) -> usize {
        self.trials.values().filter(|trial| trial.is_under_way).count()
    }

    /// Open trials of which no probe is under way, the cheapest first.
    pub(super) fn waiting(&self) -> Vec<(&Capability, &Trial)> {
        let mut waiting: Vec<_> =
            self.trials.iter().filter(|(_, trial)| trial.is_open() && !trial.is_under_way).collect();
        waiting.sort_by_key(|(capability, trial)| (trial.cost.tokens, trial.cost.money, *capability));
        waiting
    }

    pub(super) const fn answered(&mut self) {
        self.failures_in_row = 0;
    }

    /// Waits for as long as was asked or doubles a second, or gives the model up.
    pub(super) fn failed(&mut self, after: Option<Duration>, settings: &Settings, now: Timestamp) {
        /// Doublings of a second: a quarter of an hour.
        const MOST_DOUBLINGS: u32 = 10;
        let pause = Duration::from_secs(1 << self.failures_in_row.min(MOST_DOUBLINGS));
        self.ready = self.ready.max(now + after.unwrap_or(pause));
        self.failures_in_row = self.failures_in_row.saturating_add(1);
        if self.failures_in_row >= settings.most_failures {
            self.end(Ending::Unreachable);
        }
    }

    /// Ends every trial that is open.
    pub(super) fn end(&mut self, ending: Ending) {
        self.trials.values_mut().for_each(|trial| trial.end(ending));
    }

    pub(super) fn profile(&self, settings: &Settings) -> CapabilityProfile {
        let findings =
            self.trials.iter().map(|(capability, trial)| (capability.clone(), trial.finding(settings))).collect();
        CapabilityProfile { model: self.card.id.clone(), findings }
    }

    /// Whether a probe and its answer fit the window.
    pub(super) fn holds(&self, usage: Usage) -> bool {
        usage.input + usage.output <= self.card.window
    }
}

/// What a call of so many tokens costs.
pub(super) fn cost(price: Price, usage: Usage) -> Cost {
    Cost { tokens: Tokens(usage.input.0.saturating_add(usage.output.0)), money: price.of(usage) }
}
