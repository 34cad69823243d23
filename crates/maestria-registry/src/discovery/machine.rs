//! Which probe to put to which model next, until it is known what each of them can do.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
};

use maestria_vocabulary::{Capability, ModelId, Money, Timestamp, Tokens, Usage};

use super::{
    Answer, Ask, CapabilityProfile, Ending, Error, Failure, Grade, Next, Probe, Reason, Result, Settings, Suite,
    Ticket,
    settings::Cost,
    subject::{Subject, cost},
    trial::{self, Trial},
};
use crate::ModelCard;

/// Finds out what models can do, by as few probes as make sure.
///
/// Models take turns, so that a slow one holds up no other; of one model the cheapest capabilities come first. A capability is done when
/// Wald's sequential test has decided, or after [`most_probes`](Settings::most_probes). The n-th probe of a capability is the same for
/// every model.
///
/// # Invariants
/// Of a model and capability at most one probe is under way. What is spent and what is under way stay within the budget, as far as the
/// estimates of the probes hold. Every ticket is answered or failed once; until then [`next`](Self::next) counts on it.
#[derive(Debug)]
pub struct Discovery {
    settings: Settings,
    suites: Vec<Arc<dyn Suite>>,
    subjects: BTreeMap<ModelId, Subject>,
    under_way: BTreeMap<Ticket, UnderWay>,
    tickets: u64,
    spent: Cost,
    reserved: Cost,
}

#[derive(Debug)]
struct UnderWay {
    model: ModelId,
    probe: Probe,
    reserved: Cost,
}

impl Discovery {
    /// No models yet.
    ///
    /// # Errors
    /// [`Error::Indistinct`], [`Error::Unsure`] or [`Error::Nothing`] says what is wrong with the settings, [`Error::TwoSuites`] with the
    /// suites.
    pub fn new(settings: Settings, suites: Vec<Arc<dyn Suite>>) -> Result<Self> {
        settings.validate()?;
        let names: Vec<_> = suites.iter().map(|suite| suite.capability()).collect();
        if let Some((_, twice)) = names.iter().enumerate().find(|(at, name)| names.iter().take(*at).any(|n| n == *name))
        {
            return Err(Error::TwoSuites { capability: (*twice).clone() });
        }
        Ok(Self {
            settings,
            suites,
            subjects: BTreeMap::new(),
            under_way: BTreeMap::new(),
            tickets: 0,
            spent: Cost::default(),
            reserved: Cost::default(),
        })
    }

    /// Tests a model for all suites, whatever its card declares; again if it was added before.
    pub fn add(&mut self, card: &ModelCard) {
        self.add_for(card, |_| true);
    }

    /// Tests a model for those suites whose capability is wanted, such as those of which drift was found.
    pub fn add_for(&mut self, card: &ModelCard, wanted: impl Fn(&Capability) -> bool) {
        let mut subject = Subject::new(card);
        for suite in self.suites.iter().filter(|suite| wanted(suite.capability())) {
            let first = trial::probe(&**suite, self.settings.seed, 0);
            let trial = Trial::new(suite.clone(), cost(card.price, first.cost()));
            subject.trials.insert(suite.capability().clone(), trial);
        }
        // What is under way for the model as it was before says nothing of it as it is now.
        let stale: Vec<_> = self.under_way.iter().filter(|(_, was)| was.model == card.id).map(|(id, _)| *id).collect();
        for ticket in stale {
            let _ = self.settle(ticket, None);
        }
        self.subjects.insert(card.id.clone(), subject);
    }

    /// What to do next, given the time.
    pub fn next(&mut self, now: Timestamp) -> Next {
        loop {
            let Some((model, capability)) = self.choose(now) else { return self.rest(now) };
            if let Some(ask) = self.ask(model, &capability) {
                return Next::Ask(ask);
            }
        }
    }

    /// Takes an answer in, and says how well it is right. Without `usage` the cost is what was estimated.
    ///
    /// # Errors
    /// [`Error::NotUnderWay`].
    pub fn answered(&mut self, ticket: Ticket, answer: &Answer, usage: Option<Usage>, now: Timestamp) -> Result<Grade> {
        let UnderWay { model, probe, .. } = self.settle(ticket, usage)?;
        let grade = probe.grade(answer);
        self.take(&model, &probe, &grade, now);
        Ok(grade)
    }

    /// Takes in that a call gave no answer, which is held to have cost nothing.
    ///
    /// # Errors
    /// [`Error::NotUnderWay`].
    pub fn failed(&mut self, ticket: Ticket, failure: Failure, now: Timestamp) -> Result<()> {
        let UnderWay { model, probe, .. } = self.settle(ticket, Some(Usage::default()))?;
        if failure == Failure::Refused {
            self.take(&model, &probe, &Grade::wrong(Reason::Refused), now);
            return Ok(());
        }
        let Some(subject) = self.subjects.get_mut(&model) else { return Ok(()) };
        let trial = subject.trials.get_mut(probe.capability());
        match failure {
            Failure::Unsupported => {
                trial.into_iter().for_each(|trial| trial.end(Ending::Unsupported));
                subject.answered();
            }
            Failure::Broken { after } => {
                trial.into_iter().for_each(Trial::failed);
                subject.failed(after, &self.settings, now);
            }
            Failure::Refused => {}
        }
        Ok(())
    }

    /// What is known of a model by now; nothing if it was never added.
    #[must_use]
    pub fn profile(&self, model: &ModelId) -> Option<CapabilityProfile> {
        Some(self.subjects.get(model)?.profile(&self.settings))
    }

    /// Tokens that all answers took.
    #[must_use]
    pub const fn tokens(&self) -> Tokens {
        self.spent.tokens
    }

    /// Money that all answers cost.
    #[must_use]
    pub const fn money(&self) -> Money {
        self.spent.money
    }

    /// The model whose turn it is and its cheapest capability that can be asked for now, if there is any.
    fn choose(&self, now: Timestamp) -> Option<(ModelId, Capability)> {
        let committed = self.spent.plus(self.reserved);
        let at_a_time = usize::try_from(self.settings.at_a_time).unwrap_or(usize::MAX);
        let ready = self.subjects.values().filter(|subject| subject.ready <= now && subject.under_way() < at_a_time);
        let payable = ready.filter_map(|subject| {
            let mut waiting = subject.waiting().into_iter();
            let (capability, _) =
                waiting.find(|(_, trial)| committed.plus(trial.cost).is_within(self.settings.budget))?;
            Some((subject, capability))
        });
        let (subject, capability) = payable.min_by_key(|(subject, _)| (subject.under_way(), subject.turn))?;
        Some((subject.card.id.clone(), capability.clone()))
    }

    /// The probe to put, unless there is none, it does not fit the window, or it costs more than was expected.
    fn ask(&mut self, model: ModelId, capability: &Capability) -> Option<Ask> {
        let subject = self.subjects.get_mut(&model)?;
        let price = subject.card.price;
        let probe = subject.trials.get_mut(capability)?.probe(self.settings.seed)?;
        let fits = subject.holds(probe.cost());
        let trial = subject.trials.get_mut(capability)?;
        trial.cost = cost(price, probe.cost());
        if !fits {
            trial.end(Ending::Unsupported);
            return None;
        }
        let committed = self.spent.plus(self.reserved).plus(trial.cost);
        if !committed.is_within(self.settings.budget) {
            return None;
        }
        trial.is_under_way = true;
        let reserved = trial.cost;
        self.tickets += 1;
        subject.turn = self.tickets;
        let ticket = Ticket(self.tickets);
        self.reserved = self.reserved.plus(reserved);
        self.under_way.insert(ticket, UnderWay { model: model.clone(), probe: probe.clone(), reserved });
        Some(Ask { ticket, model, probe })
    }

    /// What to do when nothing can be asked now.
    fn rest(&mut self, now: Timestamp) -> Next {
        if !self.under_way.is_empty() {
            return Next::Wait { until: None };
        }
        let waits = |subject: &&Subject| subject.ready > now && !subject.waiting().is_empty();
        if let Some(until) = self.subjects.values().filter(waits).map(|subject| subject.ready).min() {
            return Next::Wait { until: Some(until) };
        }
        self.subjects.values_mut().for_each(|subject| subject.end(Ending::OutOfBudget));
        Next::Done
    }

    /// Ends what is under way, and counts what it cost.
    fn settle(&mut self, ticket: Ticket, usage: Option<Usage>) -> Result<UnderWay> {
        let Entry::Occupied(entry) = self.under_way.entry(ticket) else { return Err(Error::NotUnderWay { ticket }) };
        let was = entry.remove();
        self.reserved = self.reserved.minus(was.reserved);
        if let Some(subject) = self.subjects.get_mut(&was.model) {
            let paid = usage.map_or(was.reserved, |usage| cost(subject.card.price, usage));
            self.spent = self.spent.plus(paid);
            if let Some(trial) = subject.trials.get_mut(was.probe.capability()) {
                trial.is_under_way = false;
            }
        }
        Ok(was)
    }

    fn take(&mut self, model: &ModelId, probe: &Probe, grade: &Grade, now: Timestamp) {
        let Some(subject) = self.subjects.get_mut(model) else { return };
        subject.answered();
        if let Some(trial) = subject.trials.get_mut(probe.capability()) {
            trial.graded(probe, grade, &self.settings, now);
        }
    }
}

#[cfg(test)]
mod tests;
