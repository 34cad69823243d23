//! The models of an application as they come, change and go: one writer at a time, readers that never wait.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwap;
use maestria_vocabulary::{Executor, ModelId, Outcome};

use crate::{Error, ModelCard, Result, Snapshot};

/// The models of an application. Shared by reference between all threads.
///
/// A change replaces the whole [`Snapshot`] at once: a reader sees it entirely or not at all, and is never made to wait.
#[derive(Debug)]
pub struct Registry {
    current: ArcSwap<Snapshot>,
    /// Held while the next snapshot is made. It guards no data: a writer that panics leaves the last snapshot, which is whole.
    writing: Mutex<()>,
    half_life: Duration,
}

impl Default for Registry {
    /// No models, and records whose evidence fades with a half-life of a day.
    fn default() -> Self {
        Self::new(Duration::from_secs(24 * 60 * 60))
    }
}

impl Registry {
    /// No models, and records whose evidence fades with this half-life. At a half-life of zero only the latest moment counts.
    #[must_use]
    pub fn new(half_life: Duration) -> Self {
        Self { current: ArcSwap::default(), writing: Mutex::default(), half_life }
    }

    /// All that is known at this moment.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// Registers a model.
    ///
    /// # Errors
    /// [`Error::AlreadyRegistered`], or why the card is not [valid](ModelCard::validate).
    pub fn insert(&self, card: ModelCard) -> Result<()> {
        card.validate()?;
        self.change(|now| match now.card(&card.id) {
            Some(_) => Err(Error::AlreadyRegistered { id: card.id }),
            None => Ok((now.with_card(card), ())),
        })
    }

    /// Replaces the card of a model. Its records for what it still declares remain: a model whose weights changed is another model, to
    /// be removed and inserted.
    ///
    /// # Errors
    /// [`Error::NotRegistered`], or why the card is not [valid](ModelCard::validate).
    pub fn update(&self, card: ModelCard) -> Result<()> {
        card.validate()?;
        self.change(|now| match now.card(&card.id) {
            Some(_) => Ok((now.with_card(card), ())),
            None => Err(Error::NotRegistered { id: card.id }),
        })
    }

    /// Removes a model with its records, and gives its card back.
    ///
    /// # Errors
    /// [`Error::NotRegistered`].
    pub fn remove(&self, id: &ModelId) -> Result<Arc<ModelCard>> {
        self.change(|now| now.without(id).ok_or_else(|| Error::NotRegistered { id: id.clone() }))
    }

    /// Learns from an outcome, and says whether it told anything.
    ///
    /// It tells nothing when a tool ran, when the attempt was cancelled, or when the model left in the meantime or no longer declares
    /// the capability.
    pub fn observe(&self, outcome: &Outcome) -> bool {
        let Executor::Model(id) = &outcome.executor else { return false };
        self.change(|now| now.with_outcome(id, outcome, self.half_life).map(|next| (next, ())).ok_or(())).is_ok()
    }

    /// Puts the snapshot that `next` makes of the current one in its place; an error leaves the current one there.
    fn change<T, E>(&self, next: impl FnOnce(&Snapshot) -> Result<(Snapshot, T), E>) -> Result<T, E> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let (next, value) = next(&self.current.load())?;
        self.current.store(Arc::new(next));
        Ok(value)
    }
}
