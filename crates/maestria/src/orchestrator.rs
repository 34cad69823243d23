//! The orchestrator: built once, shared by all, and asked with plain words.

use std::{
    fmt,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use futures_core::Stream;
use maestria_delegator::Catalog;
use maestria_registry::Registry;
use maestria_scheduler::Settings;
use maestria_vocabulary::RunId;
use tokio::{
    sync::mpsc,
    task::{AbortHandle, spawn},
};

use crate::{
    Answer, Builder, Progress, ProgressEvent, Request, Response, Stages,
    clock::Clock,
    dispatch::{self, Command},
    drive::serve,
    mind::Mind,
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
    /// The dispatcher and the clock it goes by; made anew when its runtime is gone.
    dispatcher: Mutex<Option<(mpsc::UnboundedSender<Command>, Clock)>>,
}

impl Orchestrator {
    /// An orchestrator to be equipped with tools and models.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn new(mind: Mind, settings: Settings) -> Self {
        let shared = Shared { mind: Arc::new(mind), settings, runs: AtomicU64::new(0), dispatcher: Mutex::default() };
        Self { shared: Arc::new(shared) }
    }

    /// Serves a request. The work begins at once; dropping the [`Run`] stops it.
    ///
    /// # Panics
    /// Outside a tokio runtime with time enabled.
    #[must_use = "dropping a run stops it"]
    pub fn run(&self, request: impl Into<Request>) -> Run {
        let (dispatcher, clock) = self.dispatcher();
        let id = self.next_id(clock);
        let (progress, events) = mpsc::unbounded_channel();
        let served = serve(self.shared.mind.clone(), clock, dispatcher, id.clone(), request.into(), progress);
        Run { id, events, task: spawn(served).abort_handle() }
    }

    /// The models, to be changed while requests run.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.shared.mind.registry
    }

    /// The tools.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.shared.mind.catalog
    }

    fn dispatcher(&self) -> (mpsc::UnboundedSender<Command>, Clock) {
        let mut slot = self.shared.dispatcher.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((dispatcher, clock)) = slot.as_ref().filter(|(dispatcher, _)| !dispatcher.is_closed()) {
            return (dispatcher.clone(), *clock);
        }
        let clock = Clock::start();
        let dispatcher = dispatch::spawn(self.shared.mind.clone(), self.shared.settings.clone(), clock);
        *slot = Some((dispatcher.clone(), clock));
        (dispatcher, clock)
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
        Response {
            run: self.id.clone(),
            answer: Answer::Broken {
                problem: "the run ended without an answer: its runtime was shut down, or it panicked".to_owned(),
            },
            understanding: None,
            plan: None,
            choices: Vec::new(),
            outcomes: Vec::new(),
            stages: Stages::default(),
        }
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
