//! What an orchestrator learns: why it chose, what people say of it, what models can do, and what is kept of all that.

use maestria_delegator::{Decision, LearnedPolicy};
use maestria_registry::drift::Suspect;
use maestria_vocabulary::{Probability, RunId, StepId};
use tokio::{runtime::Handle, sync::mpsc, task::spawn};

use super::Orchestrator;
use crate::{Discovering, DiscoveryPlan, Explained, KeptState, Result, discover::Discoverer};

impl Orchestrator {
    /// Why the models of a run were asked: the numbers of every candidate of every step, what came of it, and what was learnt from it;
    /// nothing when the run is not among the [latest](crate::Builder::with_remembered_runs), or asked no model. One under way is told as far as it
    /// got.
    #[must_use]
    pub fn explain(&self, run: &RunId) -> Option<Explained> {
        self.shared.mind.history.explained(run)
    }

    /// Says how good the result of a run was, or that of one of its steps: one is just right, zero is useless. The records of the models that
    /// gave it are moved by it, and the learned policy learns it in the place of "it gave a result". Models that people begin to
    /// like less become [suspects](Self::suspects), who are given. A later verdict on the same result takes the place of the one before; one
    /// that says the same again counts once.
    ///
    /// # Errors
    /// [`Error::NothingToJudge`](crate::Error::NothingToJudge) when the run is not among the latest, or no model gave a result there.
    pub fn feedback(&self, run: &RunId, step: Option<&StepId>, verdict: Probability) -> Result<Vec<Suspect>> {
        let suspects = self.shared.mind.judge(run, step, verdict)?;
        if !suspects.is_empty() && Handle::try_current().is_ok() {
            let (dispatcher, clock) = self.dispatcher();
            let mind = &self.shared.mind;
            suspects.iter().for_each(|suspect| Discoverer::reprobe(mind, &dispatcher, clock, suspect));
        }
        Ok(suspects)
    }

    /// Finds out what models can do, by putting graded probes to them: cheap ones first, of each ability as few as make sure. Probes are
    /// scheduled like any request, after those of people. What is found is filed in the [registry](Self::fleet) as soon as it is known, and
    /// [kept](crate::Builder::open); with [`with_adopted_profiles`](crate::Builder::with_adopted_profiles) it goes before what cards declare.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use maestria::{
    ///     DiscoveryPlan, ModelCard, Orchestrator, Probability, Tokens,
    ///     registry::discovery::{Ability, Skill, Suite},
    /// };
    /// use maestria_testkit::ScriptedModel;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let card = ModelCard::new("parrot".parse()?, Tokens(4096)).with_capability("arithmetic".parse()?, Probability::ONE);
    /// let parrot = Arc::new(ScriptedModel::saying(["Pretty Polly!"; 20]));
    /// let orchestrator = Orchestrator::builder().with_model(card, parrot).build()?;
    ///
    /// let suites: [Arc<dyn Suite>; 1] = [Arc::new(Skill::Arithmetic.suite()?)];
    /// let discovered = orchestrator.discover(DiscoveryPlan::default().with_suites(suites))?.finished().await;
    /// let finding = &discovered.profiles[0].findings[&"arithmetic".parse()?];
    /// assert_eq!((finding.ability, finding.probes), (Ability::Unable, 5));
    /// assert!(orchestrator.fleet().profile(&"parrot".parse()?).is_some());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Discovery`](crate::Error::Discovery) for settings or suites that contradict themselves.
    ///
    /// # Panics
    /// Outside a tokio runtime with time enabled.
    pub fn discover(&self, plan: DiscoveryPlan) -> Result<Discovering> {
        let (dispatcher, clock) = self.dispatcher();
        let (events, told) = mpsc::unbounded_channel();
        let id = self.next_id(clock);
        let discoverer = Discoverer::new(&self.shared.mind, &dispatcher, clock, id, plan, events)?;
        Ok(Discovering { events: told, task: spawn(discoverer.run()).abort_handle() })
    }

    /// Models that no longer do what they did, by their outcomes or by what people say. They are suspect until they are probed again.
    #[must_use]
    pub fn suspects(&self) -> Vec<Suspect> {
        self.shared.mind.watch.suspects()
    }

    /// What the learned policy learnt by now, to be looked at, stored or judged; nothing without one.
    #[must_use]
    pub fn learned_policy(&self) -> Option<LearnedPolicy> {
        Some(self.shared.mind.selection.learner()?.policy())
    }

    /// What is kept in the store, and how that goes; nothing unless the orchestrator was [opened](crate::Builder::open).
    #[must_use]
    pub fn kept(&self) -> Option<KeptState> {
        Some(self.shared.mind.keeper.as_ref()?.report())
    }

    /// Waits until all that was learnt by now is written. Without a store there is nothing to wait for.
    ///
    /// # Errors
    /// [`Error::State`](crate::Error::State); it is tried again in the background.
    pub async fn save(&self) -> Result<()> {
        match &self.shared.mind.keeper {
            Some(keeper) => Ok(keeper.save().await?),
            None => Ok(()),
        }
    }

    /// The log of rewarded decisions as the store has it, by which [other policies are judged](maestria_delegator::off_policy); empty without a
    /// store.
    ///
    /// # Errors
    /// [`Error::State`](crate::Error::State).
    pub async fn decisions(&self) -> Result<Vec<Decision>> {
        match &self.shared.mind.keeper {
            Some(keeper) => Ok(keeper.decisions().await?),
            None => Ok(Vec::new()),
        }
    }
}
