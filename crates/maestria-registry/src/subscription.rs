//! Hearing of changes without making the writer wait, and without a runtime.

use std::{
    sync::{Arc, Mutex, PoisonError, Weak},
    task::{Context, Poll, Waker},
};

use crate::{Change, Registry, Snapshot};

/// Hears that models came, changed, went, or changed in health.
///
/// A subscription holds the snapshot that it was last told of, and the waker of the one task that waits; a reader that is slow hears at once
/// what many changes came to. Nothing piles up, and no writer ever waits for a reader. A task waits by polling:
///
/// ```
/// use std::{future::poll_fn, pin::pin, task::{Context, Poll, Waker}};
///
/// use maestria_registry::{Change, ModelCard, Registry};
/// use maestria_vocabulary::{Probability, Tokens};
///
/// let registry = Registry::default();
/// let mut subscription = registry.subscribe();
/// let waiting = async { poll_fn(|cx| subscription.poll_changes(&registry, cx)).await };
///
/// // Any runtime would do; here it is polled by hand.
/// let (mut waiting, mut cx) = (pin!(waiting), Context::from_waker(Waker::noop()));
/// assert!(waiting.as_mut().poll(&mut cx).is_pending());
/// let card = ModelCard::new("phi".parse()?, Tokens(4096)).with_capability("chat".parse()?, Probability::ONE);
/// registry.insert(card)?;
/// assert_eq!(waiting.as_mut().poll(&mut cx), Poll::Ready(vec![Change::Added("phi".parse()?)]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Subscription {
    seen: Arc<Snapshot>,
    slot: Arc<Slot>,
}

type Slot = Mutex<Option<Waker>>;

impl Subscription {
    /// What changed since the last call, or since the subscription began; empty when nothing did.
    #[must_use]
    pub fn changes(&mut self, registry: &Registry) -> Vec<Change> {
        let now = registry.snapshot();
        if now.announced() == self.seen.announced() {
            return Vec::new();
        }
        let changes = now.changes_since(&self.seen);
        self.seen = now;
        changes
    }

    /// The same, pending as long as nothing did. The task of the latest call is woken by the next change.
    pub fn poll_changes(&mut self, registry: &Registry, cx: &mut Context<'_>) -> Poll<Vec<Change>> {
        // Before looking, so that a change in between is not missed.
        *self.slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(cx.waker().clone());
        let changes = self.changes(registry);
        if changes.is_empty() { Poll::Pending } else { Poll::Ready(changes) }
    }

    /// The snapshot up to which changes were told.
    #[must_use]
    pub fn seen(&self) -> &Arc<Snapshot> {
        &self.seen
    }
}

/// Who waits for changes.
#[derive(Debug, Default)]
pub(crate) struct Subscribers(Mutex<Vec<Weak<Slot>>>);

impl Subscribers {
    pub(crate) fn add(&self, seen: Arc<Snapshot>) -> Subscription {
        let slot = Arc::default();
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slots.retain(|slot| slot.strong_count() > 0);
        slots.push(Arc::downgrade(&slot));
        Subscription { seen, slot }
    }

    /// Wakes whoever waits. No lock is held while a waker runs.
    pub(crate) fn wake(&self) {
        let slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let take = |slot: Arc<Slot>| slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        let wakers: Vec<Waker> = slots.iter().filter_map(Weak::upgrade).filter_map(take).collect();
        drop(slots);
        wakers.into_iter().for_each(Waker::wake);
    }
}
