//! Keeping what was learnt where it outlives the process: batches are written as outcomes come, and read when an orchestrator is opened.

mod restore;
mod write;

use std::{
    collections::{HashSet, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use maestria_delegator::Decision;
use maestria_registry::{Registry, Snapshot};
use maestria_vocabulary::store::{Key, LogName, Position, Store, StoreError, TableName};
use tokio::{sync::Notify, task::spawn, time::timeout};

use crate::{KeptState, error::chain, learner::Learner};

/// How long changes gather before they are written together.
const GATHERED_FOR: Duration = Duration::from_millis(250);

/// How long after a failure it is tried again, the first time; twice as long each further time.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// Longest time between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Most decisions that wait to be written. Where the store fails for long, the oldest are given up.
const MOST_WAITING: usize = 10_000;

/// Records that the log of decisions has at most, give or take a batch.
const LONGEST_LOG: u64 = 100_000;

/// Keeps what the registry and the policy learn. Dropping it writes what is left, as long as its runtime is driven.
#[derive(Debug)]
pub(crate) struct Keeper(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    store: Arc<dyn Store>,
    registry: Arc<Registry>,
    learner: Option<Arc<Learner>>,
    /// What changed since it was written is known by comparing; this says that something may have.
    changed: Notify,
    closing: AtomicBool,
    decisions: Mutex<Waiting>,
    /// Entries of models or abilities that are not registered now.
    dormant: Mutex<Vec<(String, Vec<u8>)>>,
    /// Keys of entries that were taken in after what was written last: the store has them, and the comparison does not know.
    awakened: Mutex<Vec<String>>,
    /// What a later version of the library wrote: it stays as it is.
    later: Mutex<Later>,
    written: tokio::sync::Mutex<Written>,
    report: Mutex<KeptState>,
}

/// Decisions to be appended to the log, numbered so that those are taken out that were written.
#[derive(Debug, Default)]
struct Waiting {
    next: u64,
    decisions: VecDeque<(u64, Decision)>,
}

/// What a later version of the library wrote.
#[derive(Debug, Default)]
struct Later {
    entries: HashSet<String>,
    policy: bool,
}

/// What the store has.
#[derive(Debug, Default)]
struct Written {
    snapshot: Arc<Snapshot>,
    policy: u64,
    log_end: Position,
}

impl Keeper {
    /// Takes in what the store has, and keeps from now on.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read. What it has and cannot be used is reported, and no error.
    pub(crate) async fn open(
        store: Arc<dyn Store>,
        registry: Arc<Registry>,
        learner: Option<Arc<Learner>>,
        adopt: &(dyn Fn(&Registry) + Sync),
    ) -> Result<Self, StoreError> {
        let shared = Arc::new(Shared {
            store,
            registry,
            learner,
            changed: Notify::new(),
            closing: AtomicBool::new(false),
            decisions: Mutex::default(),
            dormant: Mutex::default(),
            awakened: Mutex::default(),
            later: Mutex::default(),
            written: tokio::sync::Mutex::default(),
            report: Mutex::default(),
        });
        shared.restore(adopt).await?;
        spawn(keep(shared.clone()));
        Ok(Self(shared))
    }

    /// Something may have changed.
    pub(crate) fn changed(&self) {
        self.0.changed.notify_one();
    }

    /// A decision was rewarded, or its reward was put right.
    pub(crate) fn rewarded(&self, decision: Decision) {
        let mut waiting = lock(&self.0.decisions);
        let number = waiting.next;
        waiting.next += 1;
        waiting.decisions.push_back((number, decision));
        if waiting.decisions.len() > MOST_WAITING {
            waiting.decisions.pop_front();
            lock(&self.0.report).decisions_lost += 1;
        }
        drop(waiting);
        self.changed();
    }

    /// A model came, of which the store may know something.
    pub(crate) fn awaken(&self) {
        self.0.awaken();
        self.changed();
    }

    /// Writes what is not written yet.
    ///
    /// # Errors
    /// [`StoreError`]; it will be tried again.
    pub(crate) async fn save(&self) -> Result<(), StoreError> {
        self.0.write().await
    }

    pub(crate) async fn decisions(&self) -> Result<Vec<Decision>, StoreError> {
        self.0.read_decisions().await
    }

    pub(crate) fn report(&self) -> KeptState {
        lock(&self.0.report).clone()
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.0.closing.store(true, Ordering::Release);
        self.0.changed.notify_one();
    }
}

/// Writes changes as they come, and what is left at the end.
async fn keep(shared: Arc<Shared>) {
    let mut pause = FIRST_PAUSE;
    loop {
        shared.changed.notified().await;
        // While they gather, the end may come: then nothing more will.
        let _ = timeout(GATHERED_FOR, shared.closed()).await;
        // Read before it is written: what comes while that is awaited, and the end with it, is for the next round.
        let closing = shared.closing.load(Ordering::Acquire);
        let written = shared.write().await;
        if let Err(error) = &written {
            tracing::warn!(error = chain(error), closing, "what was learnt could not be written");
        }
        if closing {
            return;
        }
        if written.is_ok() {
            pause = FIRST_PAUSE;
        } else {
            let _ = timeout(pause, shared.closed()).await;
            pause = (2 * pause).min(LONGEST_PAUSE);
            shared.changed.notify_one();
        }
    }
}

impl Shared {
    /// Waits until the keeper is dropped.
    async fn closed(&self) {
        while !self.closing.load(Ordering::Acquire) {
            self.changed.notified().await;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where records and profiles are.
fn registry_table() -> TableName {
    #[expect(clippy::expect_used, reason = "a constant that is a valid name")]
    TableName::new("maestria.registry").expect("a valid name")
}

/// Where the learned policy is.
fn policy_table() -> TableName {
    #[expect(clippy::expect_used, reason = "a constant that is a valid name")]
    TableName::new("maestria.policy").expect("a valid name")
}

/// Its key there.
fn policy_key() -> Key {
    #[expect(clippy::expect_used, reason = "a constant that is a valid key")]
    Key::new("learned").expect("a valid key")
}

/// Where decisions are logged.
fn decision_log() -> LogName {
    #[expect(clippy::expect_used, reason = "a constant that is a valid name")]
    LogName::new("maestria.decisions").expect("a valid name")
}
