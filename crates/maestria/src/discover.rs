//! The driver of a discovery: it puts probes to models, as the machine asks for them, and files what is found.

mod put;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, PoisonError, Weak, atomic::Ordering},
};

use maestria_registry::{
    ModelCard,
    discovery::{self, Answer, Ask, CapabilityProfile, Discovery, Ending, Failure, Next, Ticket},
    drift::Suspect,
};
use maestria_vocabulary::{Capability, ModelId, RunId, Timestamp, Usage};
use tokio::{
    sync::{mpsc, watch},
    task::{Id, JoinError, JoinSet, spawn},
    time::sleep_until,
};

use self::put::{NoAnswer, Way};
use crate::{
    Discovered, DiscoveryEvent, DiscoveryPlan, adoption::adopt, clock::Clock, dispatch::Command, error::chain,
    mind::Mind, recover::hash,
};

/// A discovery at work. It holds up neither the end of the orchestrator nor that of its dispatcher: when nobody has a handle to the orchestrator
/// any more it is over, whatever its probes are waiting for.
pub(crate) struct Discoverer {
    mind: Weak<Mind>,
    /// Closed when the last handle to the orchestrator is gone.
    handles: watch::Receiver<()>,
    dispatcher: mpsc::WeakUnboundedSender<Command>,
    clock: Clock,
    id: RunId,
    plan: DiscoveryPlan,
    machine: Discovery,
    models: Vec<ModelId>,
    /// What is known and was told.
    told: BTreeSet<(ModelId, Capability)>,
    events: mpsc::UnboundedSender<DiscoveryEvent>,
}

type Given = Result<(Answer, Option<Usage>), NoAnswer>;

impl Discoverer {
    /// A discovery that is about to begin.
    ///
    /// # Errors
    /// [`discovery::Error`] says what is wrong with the settings or the suites.
    pub(crate) fn new(
        mind: &Arc<Mind>,
        dispatcher: &mpsc::UnboundedSender<Command>,
        clock: Clock,
        id: RunId,
        plan: DiscoveryPlan,
        events: mpsc::UnboundedSender<DiscoveryEvent>,
    ) -> Result<Self, discovery::Error> {
        let mut machine = Discovery::new(plan.settings.clone(), plan.suites.clone())?;
        let fleet = mind.registry.snapshot();
        let wanted = |card: &&ModelCard| plan.suites.iter().any(|suite| plan.wants(&card.id, suite.capability()));
        let mut models = Vec::new();
        for card in fleet.cards().filter(wanted) {
            machine.add_for(card, |capability| plan.wants(&card.id, capability));
            models.push(card.id.clone());
        }
        let handles = mind.handles.clone();
        let (mind, dispatcher) = (Arc::downgrade(mind), dispatcher.downgrade());
        Ok(Self { mind, handles, dispatcher, clock, id, plan, machine, models, told: BTreeSet::new(), events })
    }

    /// Begins to find out, by the plan that the application has for that, what a suspect does now; nothing without one.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub(crate) fn reprobe(
        mind: &Arc<Mind>,
        dispatcher: &mpsc::UnboundedSender<Command>,
        clock: Clock,
        suspect: &Suspect,
    ) {
        let Some(plan) = &mind.reprobing else { return };
        let number = mind.reprobed.fetch_add(1, Ordering::Relaxed);
        let micros = clock.now().since_epoch().as_micros();
        let Ok(id) = RunId::new(format!("reprobe-{micros}-{number}")) else { return };
        // Other probes than before, which the model may remember.
        let seed = hash((plan.settings.seed, &id));
        let settings = discovery::Settings { seed, ..plan.settings.clone() };
        let plan = plan.clone().with_settings(settings).of_suspects([suspect.clone()]);
        let (events, _) = mpsc::unbounded_channel();
        match Self::new(mind, dispatcher, clock, id, plan, events) {
            Ok(discoverer) => drop(spawn(discoverer.run())),
            Err(error) => tracing::warn!(error = chain(&error), "a suspect cannot be probed again"),
        }
    }

    /// Asks until all is found out.
    ///
    /// # Cancel safety
    /// Dropping the future stops all probes.
    pub(crate) async fn run(mut self) {
        let mut calls: JoinSet<Given> = JoinSet::new();
        let mut tickets: HashMap<Id, (Ticket, ModelId, Capability)> = HashMap::new();
        loop {
            let is_full = tickets.len() >= self.plan.at_once.max(1);
            let until = match (!is_full).then(|| self.machine.next(self.clock.now())) {
                None => None,
                Some(Next::Ask(ask)) => {
                    let about = (ask.ticket, ask.model.clone(), ask.probe.capability().clone());
                    tickets.insert(calls.spawn(self.call(ask)).id(), about);
                    continue;
                }
                Some(Next::Wait { until }) => until,
                Some(Next::Done) => break,
            };
            let wake = self.clock.instant(until.unwrap_or(Timestamp::MAX));
            tokio::select! {
                Some(ended) = calls.join_next_with_id() => {
                    let (id, given) = settled(ended);
                    if let Some((ticket, model, capability)) = tickets.remove(&id) {
                        self.take(ticket, &model, capability, given);
                    }
                }
                () = sleep_until(wake), if until.is_some() => {}
                // Nothing is ever sent. With the calls goes what they hold of the orchestrator.
                _ = self.handles.changed() => return,
            }
        }
        for model in self.models.clone() {
            self.file(&model);
        }
        let profiles = self.models.iter().filter_map(|model| self.machine.profile(model)).collect();
        self.tell(DiscoveryEvent::Done(Discovered {
            profiles,
            tokens: self.machine.tokens(),
            money: self.machine.money(),
        }));
    }

    /// The call that puts a probe to its model.
    fn call(&self, Ask { ticket, model, probe }: Ask) -> impl Future<Output = Given> + Send + 'static {
        let way = Way {
            mind: self.mind.upgrade(),
            dispatcher: self.dispatcher.upgrade(),
            clock: self.clock,
            run: put::run_id(&self.id, ticket),
            priority: self.plan.priority,
            timeout: self.plan.timeout,
        };
        put::put(way, model, probe)
    }

    fn take(&mut self, ticket: Ticket, model: &ModelId, capability: Capability, given: Given) {
        let (now, about) = (self.clock.now(), model.clone());
        match given {
            Ok((answer, usage)) => {
                if let Ok(grade) = self.machine.answered(ticket, &answer, usage, now) {
                    self.tell(DiscoveryEvent::Answered { model: about, capability, grade });
                }
            }
            Err(NoAnswer { failure, problem }) => {
                if self.machine.failed(ticket, failure, now).is_ok() {
                    self.tell(DiscoveryEvent::Failed { model: about, capability, problem });
                }
            }
        }
        self.file(model);
    }

    /// Files what is newly known of a model.
    fn file(&mut self, model: &ModelId) {
        let (Some(mind), Some(profile)) = (self.mind.upgrade(), self.machine.profile(model)) else { return };
        let known = profile.findings.into_iter().filter(|(_, finding)| finding.ending != Ending::Open);
        let new: Vec<_> = known.filter(|(what, _)| self.told.insert((model.clone(), what.clone()))).collect();
        if new.is_empty() {
            return;
        }
        mind.file(model, &new);
        for (capability, finding) in new {
            self.tell(DiscoveryEvent::Found { model: model.clone(), capability, finding });
        }
    }

    fn tell(&self, event: DiscoveryEvent) {
        // Nobody need listen.
        let _ = self.events.send(event);
    }
}

/// What became of a call, and which one it was.
fn settled(ended: Result<(Id, Given), JoinError>) -> (Id, Given) {
    ended.unwrap_or_else(|error| {
        let problem = if error.is_panic() { "the model panicked" } else { "the call was stopped" };
        (error.id(), Err(NoAnswer { failure: Failure::Broken { after: None }, problem: problem.to_owned() }))
    })
}

impl Mind {
    /// Adds what was found to what is known of a model. What could not be asked this time takes nothing away from what was known.
    fn file(&self, model: &ModelId, findings: &[(Capability, discovery::Finding)]) {
        // Several discoveries may find out something of one model: what one files, the other adds to.
        let _filing = self.filing.lock().unwrap_or_else(PoisonError::into_inner);
        let fleet = self.registry.snapshot();
        let Some(card) = fleet.card(model) else { return };
        let known = fleet.profile(model).cloned().map(serde_json::from_value::<CapabilityProfile>);
        let empty = || CapabilityProfile { model: model.clone(), findings: Default::default() };
        let mut profile = known.and_then(Result::ok).unwrap_or_else(empty);
        for (capability, finding) in findings {
            if finding.is_sure() {
                self.watch.cleared(model, capability);
            }
            if finding.ability == discovery::Ability::Unknown && profile.findings.contains_key(capability) {
                continue;
            }
            profile.findings.insert(capability.clone(), finding.clone());
        }
        let filed = serde_json::to_value(&profile).map_err(|error| chain(&error));
        let filed = filed.and_then(|value| self.registry.set_profile(model, value).map_err(|error| chain(&error)));
        if let Err(problem) = filed {
            tracing::warn!(%model, problem, "what was found out of a model could not be filed");
            return;
        }
        if self.adopts {
            adopt(&self.registry, card, &profile);
        }
        self.changed();
    }
}
