//! The orchestrator: built once, shared by all, and asked with plain words.

mod learning;

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use maestria_delegator::Catalog;
use maestria_registry::{ModelCard, Snapshot};
use maestria_scheduler::Settings;
use maestria_vocabulary::{Model, ModelId, RunId, Tool, ToolId};
use tokio::{
    runtime::{self, Handle},
    sync::{mpsc, watch},
    task::spawn,
};

use crate::{
    Builder, Error, Request, Result, Run,
    clock::Clock,
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
    /// Goes with the last handle, and tells so whoever works for the orchestrator as long as there is one.
    _alive: watch::Sender<()>,
}

impl Orchestrator {
    /// An orchestrator to be equipped with tools and models.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn new(mut mind: Mind, settings: Settings) -> Self {
        let (alive, handles) = watch::channel(());
        mind.handles = handles;
        let (mind, dispatchers) = (Arc::new(mind), Mutex::default());
        let shared = Shared { mind, settings, runs: AtomicU64::new(0), dispatchers, _alive: alive };
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
    /// [`Answer::ToolRemoved`](crate::Answer::ToolRemoved) before anything ran, [`StepFailure::removed`](crate::StepFailure::removed) after.
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
