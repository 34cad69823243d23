//! The orchestrator: built once, shared by all, and asked with plain words.

use std::{
    collections::HashMap,
    fmt,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use futures_core::Stream;
use maestria_delegator::{Catalog, Decision, LearnedPolicy};
use maestria_registry::{ModelCard, Snapshot, drift::Suspect};
use maestria_scheduler::Settings;
use maestria_vocabulary::{Model, ModelId, Probability, RunId, StepId, Tool, ToolId};
use tokio::{
    runtime::{self, Handle},
    sync::mpsc,
    task::{AbortHandle, spawn},
};

use crate::{
    Answer, Builder, Discovering, DiscoveryPlan, Error, Explained, KeptState, Progress, ProgressEvent, Request,
    Response, Result,
    clock::Clock,
    discover::Discoverer,
    dispatch::{self, Command},
    drive::serve,
    mind::Mind,
    narrator::Narrator,
};

/// Orchestrates models and tools. Cloning it is cheap, and gives another handle to the same orchestrator.
#[derive(Clone)]
pub struct Orchestrator {
    shared: Arc<Shared>,
}

struct Shared {
    mind: Arc<Mind>,
    settings: Settings,
    runs: AtomicU64,
    /// The dispatcher of each runtime, and the clock it goes by. A dispatcher works only while its runtime is driven, so that one runtime
    /// cannot do with that of another.
    dispatchers: Mutex<HashMap<runtime::Id, (mpsc::UnboundedSender<Command>, Clock)>>,
}

impl Orchestrator {
    /// An orchestrator to be equipped with tools and models.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn new(mind: Mind, settings: Settings) -> Self {
        let shared = Shared { mind: Arc::new(mind), settings, runs: AtomicU64::new(0), dispatchers: Mutex::default() };
        Self { shared: Arc::new(shared) }
    }

    /// Serves a request. The work begins at once; dropping the [`Run`] stops it.
    ///
    /// Requests of one runtime share its slots and its models; those of another see only what is left of the devices, as measured.
    ///
    /// # Panics
    /// Outside a tokio runtime with time enabled.
    #[must_use = "dropping a run stops it"]
    pub fn run(&self, request: impl Into<Request>) -> Run {
        let (dispatcher, clock) = self.dispatcher();
        let id = self.next_id(clock);
        let (progress, events) = mpsc::unbounded_channel();
        let narrator = Narrator::new(clock, progress);
        let request = self.shared.mind.defaults.apply(request.into());
        let served = serve(self.shared.mind.clone(), narrator, dispatcher, id.clone(), request);
        Run { id, events, task: spawn(served).abort_handle() }
    }

    /// All that is known of the models at this moment.
    #[must_use]
    pub fn fleet(&self) -> Arc<Snapshot> {
        self.shared.mind.registry.snapshot()
    }

    /// Registers a model while requests run; the next request may be served by it.
    ///
    /// # Errors
    /// [`Error::Model`] when its name is taken or its card is not valid.
    pub fn insert_model(&self, card: ModelCard, model: Arc<dyn Model>) -> Result<()> {
        let id = card.id.clone();
        self.shared.mind.insert_model(card, model).map_err(|source| Error::Model { model: id, source })
    }

    /// Removes a model while requests run. Attempts under way end as they would; later ones take their next candidate.
    ///
    /// # Errors
    /// [`Error::Model`] when there is none of this name.
    pub fn remove_model(&self, id: &ModelId) -> Result<()> {
        self.shared.mind.remove_model(id).map_err(|source| Error::Model { model: id.clone(), source })
    }

    /// Adds a tool while requests run; those that come after it may be served by it.
    ///
    /// # Errors
    /// [`Error::Tool`] for a name that is taken or a schema that cannot be used, [`Error::Intent`] when the tool cannot be indexed.
    pub fn insert_tool(&self, tool: Arc<dyn Tool>) -> Result<()> {
        self.shared.mind.change_tools(|tools| tools.with(tool))
    }

    /// Removes a tool while requests run. Calls under way end as they would; what was planned and has not called it yet fails, and says so:
    /// [`Answer::ToolRemoved`] before anything ran, [`StepFailure::removed`](crate::StepFailure::removed) after.
    ///
    /// # Errors
    /// [`Error::Tool`] when there is none of this name.
    pub fn remove_tool(&self, id: &ToolId) -> Result<()> {
        self.shared.mind.change_tools(|tools| tools.without(id))
    }

    /// The tools as they are now.
    #[must_use]
    pub fn catalog(&self) -> Catalog {
        self.shared.mind.toolbox().catalog.clone()
    }

    /// Why the models of a run were asked: the numbers of every candidate of every step, what came of it, and what was learnt from it;
    /// nothing when the run is not among the [latest](Builder::with_remembered_runs), or asked no model. One under way is told as far as it
    /// got.
    #[must_use]
    pub fn explain(&self, run: &RunId) -> Option<Explained> {
        self.shared.mind.history.explained(run)
    }

    /// Says how good the result of a run was, or that of one of its steps: one is just right, zero is useless. The records of the models that
    /// gave it are moved by it, and the learned policy learns it in the place of "it gave a result". Models that people begin to
    /// like less become [suspects](Self::suspects), who are given.
    ///
    /// # Errors
    /// [`Error::NothingToJudge`] when the run is not among the latest, or no model gave a result there.
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
    /// [kept](Builder::open); with [`with_adopted_profiles`](Builder::with_adopted_profiles) it goes before what cards declare.
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
    /// [`Error::Discovery`] for settings or suites that contradict themselves.
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

    /// What is kept in the store, and how that goes; nothing unless the orchestrator was [opened](Builder::open).
    #[must_use]
    pub fn kept(&self) -> Option<KeptState> {
        Some(self.shared.mind.keeper.as_ref()?.report())
    }

    /// Waits until all that was learnt by now is written. Without a store there is nothing to wait for.
    ///
    /// # Errors
    /// [`Error::State`]; it is tried again in the background.
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
    /// [`Error::State`].
    pub async fn decisions(&self) -> Result<Vec<Decision>> {
        match &self.shared.mind.keeper {
            Some(keeper) => Ok(keeper.decisions().await?),
            None => Ok(Vec::new()),
        }
    }

    fn dispatcher(&self) -> (mpsc::UnboundedSender<Command>, Clock) {
        let mut dispatchers = self.shared.dispatchers.lock().unwrap_or_else(PoisonError::into_inner);
        // Those whose runtime is gone; its name may be that of another now.
        dispatchers.retain(|_, (dispatcher, _)| !dispatcher.is_closed());
        let start = || {
            let clock = Clock::start();
            (dispatch::spawn(self.shared.mind.clone(), self.shared.settings.clone(), clock), clock)
        };
        dispatchers.entry(Handle::current().id()).or_insert_with(start).clone()
    }

    /// Unique within this process, and ordered in time across processes of one machine.
    fn next_id(&self, clock: Clock) -> RunId {
        let number = self.shared.runs.fetch_add(1, Ordering::Relaxed);
        let micros = clock.now().since_epoch().as_micros();
        #[expect(clippy::expect_used, reason = "digits and hyphens make a valid identifier")]
        RunId::new(format!("run-{micros}-{number}")).expect("a valid identifier")
    }
}

impl fmt::Debug for Orchestrator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Orchestrator").field("mind", &self.shared.mind).finish_non_exhaustive()
    }
}

/// A request under way: a stream of what happens to it, whose last event is the answer.
///
/// # Cancel safety
/// Dropping it stops the work and frees what it held. Events wait until they are read.
#[derive(Debug)]
pub struct Run {
    id: RunId,
    events: mpsc::UnboundedReceiver<Progress>,
    task: AbortHandle,
}

impl Run {
    /// Its name.
    #[must_use]
    pub fn id(&self) -> &RunId {
        &self.id
    }

    /// Waits for the answer. There always is one.
    pub async fn response(mut self) -> Response {
        while let Some(progress) = self.events.recv().await {
            if let ProgressEvent::Answered(response) = progress.event {
                return *response;
            }
        }
        let problem = "the run ended without an answer: its runtime was shut down, or it panicked".to_owned();
        Response::new(self.id.clone(), Answer::Broken { problem })
    }
}

impl Stream for Run {
    type Item = Progress;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Progress>> {
        self.events.poll_recv(cx)
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.task.abort();
    }
}
