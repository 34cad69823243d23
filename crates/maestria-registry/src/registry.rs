//! The models of an application as they come, change and go: one writer at a time, readers that never wait.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwap;
use maestria_vocabulary::{Executor, ModelId, Outcome, Timestamp};
use serde_json::Value;

use crate::{
    BreakerSettings, Circuit, Error, ModelCard, Residency, ResidencyEvent, Restored, Result, Snapshot, StateError,
    Subscription, state::Kept, subscription::Subscribers,
};

/// The models of an application. Shared by reference between all threads.
///
/// A change replaces the whole [`Snapshot`] at once: a reader sees it entirely or not at all, and is never made to wait.
#[derive(Debug)]
pub struct Registry {
    current: ArcSwap<Snapshot>,
    /// Held while the next snapshot is made. It guards no data: a writer that panics leaves the last snapshot, which is whole.
    writing: Mutex<()>,
    half_life: Duration,
    breaker: BreakerSettings,
    subscribers: Subscribers,
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
        let (current, writing, subscribers) = (ArcSwap::default(), Mutex::default(), Subscribers::default());
        Self { current, writing, half_life, breaker: BreakerSettings::default(), subscribers }
    }

    /// With other conditions under which the circuit of a model opens and closes.
    #[must_use]
    pub fn with_breaker(self, breaker: BreakerSettings) -> Self {
        Self { breaker, ..self }
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

    /// Learns from an outcome, and says whether it moved a record.
    ///
    /// It moves none when a tool ran, when the attempt was cancelled, or when the model left in the meantime or no longer declares the
    /// capability. Failures that speak against the model, and running out of time, may open its circuit.
    pub fn observe(&self, outcome: &Outcome) -> bool {
        let Executor::Model(id) = &outcome.executor else { return false };
        self.change(|now| now.with_outcome(id, outcome, self.half_life, &self.breaker).ok_or(())).unwrap_or(false)
    }

    /// Learns from what somebody says of a result, given as the outcome of its attempt with another verdict, and says whether it moved a
    /// record. It moves those that [`observe`](Self::observe) would; but no call was made, so that it neither opens nor closes a circuit.
    pub fn observe_verdict(&self, judged: &Outcome) -> bool {
        let Executor::Model(id) = &judged.executor else { return false };
        self.change(|now| Ok::<_, ()>((now.with_verdict(id, judged, self.half_life).ok_or(())?, ()))).is_ok()
    }

    /// Lets a call to a model through, or says that its circuit is open. Whoever calls a model whose circuit may be half-open asks first, so
    /// that only a few try at once; the outcome of the call is then [observed](Self::observe) like any other.
    ///
    /// # Errors
    /// [`Error::NotRegistered`], [`Error::CircuitOpen`] with the time of the next trial, or [`Error::TrialsUnderWay`].
    pub fn admit(&self, id: &ModelId, now: Timestamp) -> Result<()> {
        let circuit = |snapshot: &Snapshot| match snapshot.health(id) {
            None => Err(Error::NotRegistered { id: id.clone() }),
            Some(health) => Ok(health.circuit(now)),
        };
        if circuit(&self.current.load())? == Circuit::Closed {
            return Ok(());
        }
        self.change(|snapshot| match circuit(snapshot)? {
            Circuit::Open { until } => Err(Error::CircuitOpen { id: id.clone(), until }),
            _ => match snapshot.admitting(id, now, &self.breaker) {
                Some(next) => Ok((next, ())),
                None => Err(Error::TrialsUnderWay { id: id.clone() }),
            },
        })
    }

    /// Notes how far a model was brought into service, and gives its state after that.
    ///
    /// # Errors
    /// [`Error::NotRegistered`], or [`Error::CannotFollow`] when this cannot follow what was reported before.
    pub fn report(&self, id: &ModelId, event: ResidencyEvent, now: Timestamp) -> Result<Residency> {
        self.change(|snapshot| {
            let health = snapshot.health(id).ok_or_else(|| Error::NotRegistered { id: id.clone() })?;
            let residency = health.residency();
            let next = residency.after(event, now);
            let next = next.ok_or_else(|| Error::CannotFollow { id: id.clone(), residency, event })?;
            Ok((snapshot.with_residency(id, next), next))
        })
    }

    /// Notes what was found out about a model, in the form of whoever found it out.
    ///
    /// # Errors
    /// [`Error::NotRegistered`].
    pub fn set_profile(&self, id: &ModelId, profile: Value) -> Result<()> {
        self.change(|snapshot| match snapshot.card(id) {
            Some(_) => Ok((snapshot.with_profile(id, profile), ())),
            None => Err(Error::NotRegistered { id: id.clone() }),
        })
    }

    /// Takes in what was [kept](Snapshot::entries_since), as one change, in whatever order. What cannot be taken in is named; the rest is.
    ///
    /// A model that is registered already keeps its card: what an application declares goes before what it once declared.
    pub fn restore<K: AsRef<str>, V: AsRef<[u8]>>(&self, entries: impl IntoIterator<Item = (K, V)>) -> Restored {
        let mut restored = Restored::default();
        let mut kept = Vec::new();
        for (key, value) in entries {
            match Kept::read(key.as_ref(), value.as_ref()) {
                Ok(entry) => kept.push((key, entry)),
                Err(error) => restored.refused.push(error),
            }
        }
        kept.sort_by_key(|(_, entry)| entry.order());
        let taken = self.change(|now| {
            let mut next = now.clone();
            for (key, entry) in kept {
                match next.with_kept(entry, self.half_life) {
                    Some(changed) => {
                        next = changed;
                        restored.entries += 1;
                    }
                    None => restored.refused.push(StateError::Orphaned { key: key.as_ref().to_owned() }),
                }
            }
            if restored.entries > 0 { Ok((next, ())) } else { Err(()) }
        });
        let (Ok(()) | Err(())) = taken;
        restored
    }

    /// Hears of changes from now on.
    #[must_use]
    pub fn subscribe(&self) -> Subscription {
        self.subscribers.add(self.snapshot())
    }

    /// Puts the snapshot that `next` makes of the current one in its place; an error leaves the current one there.
    fn change<T, E>(&self, next: impl FnOnce(&Snapshot) -> Result<(Snapshot, T), E>) -> Result<T, E> {
        let writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.current.load();
        let (next, value) = next(&before)?;
        let announced = next.announced() != before.announced();
        self.current.store(Arc::new(next));
        drop(writing);
        if announced {
            self.subscribers.wake();
        }
        Ok(value)
    }
}
