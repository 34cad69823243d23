//! One device: its memory account, the models in it, and the attempts that run on it.

use std::{
    collections::{BTreeMap, VecDeque},
    num::NonZeroUsize,
    time::Duration,
};

use maestria_vocabulary::{Bytes, DeviceId, DeviceKind, DeviceSnapshot, Executor, ModelId, Timestamp};

use crate::{
    Settings,
    condition::Condition,
    ledger::{Account, Hold},
    load::Load,
    residency::{Facts, Phase, Resident, victim},
};

/// A device as the scheduler accounts for it. All changes of memory, residency and slots go through its methods, each of which does a
/// whole step or nothing.
#[derive(Debug)]
pub(crate) struct Device {
    id: DeviceId,
    kind: DeviceKind,
    account: Account,
    residents: BTreeMap<ModelId, Resident>,
    /// Models that were here last, the latest first.
    former: VecDeque<ModelId>,
    /// Attempts that may run at once, where the settings do not say it.
    slots: Option<NonZeroUsize>,
    busy: usize,
    condition: Condition,
    load: Load,
}

/// Models that a device remembers when they are gone.
const FORMER: usize = 16;

/// What an attempt occupies: a slot, memory of its own, and a lease on its model if it has one. Given back by [`Device::leave`].
#[derive(Debug)]
#[must_use = "a seat that is dropped is never given back"]
pub(crate) struct Seat {
    memory: Hold,
    model: Option<ModelId>,
}

/// What it takes to make room.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Relief {
    /// Enough is on its way out already.
    Coming,
    /// This model should go, and perhaps others after it.
    Unload(ModelId),
    /// Too much is in use.
    Impossible,
}

impl Device {
    pub(crate) fn new(snapshot: &DeviceSnapshot, settings: &Settings, now: Timestamp) -> Self {
        let mut condition = Condition::default();
        condition.observe(snapshot, &settings.limits);
        Self {
            id: snapshot.id.clone(),
            kind: snapshot.kind,
            account: Account::new(snapshot.memory_total, snapshot.memory_used),
            residents: BTreeMap::new(),
            former: VecDeque::new(),
            slots: None,
            busy: 0,
            condition,
            load: Load::new(now),
        }
    }

    /// What answers for a remote model, as yet without slots of its own: a device of which nothing is ever measured.
    pub(crate) fn remote(id: DeviceId, settings: &Settings, now: Timestamp) -> Self {
        let snapshot = DeviceSnapshot {
            id,
            kind: DeviceKind::Remote,
            memory_total: Bytes::ZERO,
            memory_used: Bytes::ZERO,
            utilisation: None,
            temperature_celsius: None,
            power_watts: None,
        };
        Self::new(&snapshot, settings, now)
    }

    /// Takes over a measurement.
    ///
    /// What others use is what is in use beyond the promises whose memory is known to be taken. While a model is on its way in or out,
    /// a measurement cannot tell whose memory it sees; until then the estimate only falls.
    pub(crate) fn observe(&mut self, snapshot: &DeviceSnapshot, settings: &Settings) {
        let sum =
            |phase| self.residents.values().filter(|model| model.phase() == phase).map(Resident::bytes).sum::<Bytes>();
        let moving = self.residents.values().any(|model| model.phase() != Phase::Ready);
        let taken = self.account.promised().saturating_sub(sum(Phase::Loading));
        let measured = snapshot.memory_used.saturating_sub(taken);
        let others = if moving { measured.min(self.account.others()) } else { measured };
        self.kind = snapshot.kind;
        self.account.observe(snapshot.memory_total, others);
        self.condition.observe(snapshot, &settings.limits);
    }

    pub(crate) fn id(&self) -> &DeviceId {
        &self.id
    }

    pub(crate) fn kind(&self) -> DeviceKind {
        self.kind
    }

    pub(crate) fn account(&self) -> &Account {
        &self.account
    }

    pub(crate) fn residents(&self) -> &BTreeMap<ModelId, Resident> {
        &self.residents
    }

    /// Where a model is on its way through this device, if it is here at all.
    pub(crate) fn phase(&self, model: &ModelId) -> Option<Phase> {
        self.residents.get(model).map(Resident::phase)
    }

    /// Attempts that may run at once.
    pub(crate) fn slots(&self, settings: &Settings) -> usize {
        self.slots.map_or_else(|| settings.slots.of(self.kind), NonZeroUsize::get)
    }

    /// Says how many attempts may run at once. Those that are too many go on.
    pub(crate) fn set_slots(&mut self, slots: Option<NonZeroUsize>) {
        self.slots = slots;
    }

    /// Attempts that occupy a slot.
    pub(crate) fn busy(&self) -> usize {
        self.busy
    }

    /// Whether this executor is a model that is here, or on its way.
    pub(crate) fn hosts(&self, executor: &Executor) -> bool {
        match executor {
            Executor::Model(model) => matches!(self.phase(model), Some(Phase::Loading | Phase::Ready)),
            Executor::Tool(_) => false,
        }
    }

    /// Whether this executor is a model that can be used here.
    pub(crate) fn is_ready(&self, executor: &Executor) -> bool {
        matches!(executor, Executor::Model(model) if self.phase(model) == Some(Phase::Ready))
    }

    /// Memory that this executor holds, if it is a model that is here or on its way.
    pub(crate) fn held_by(&self, executor: &Executor) -> Option<Bytes> {
        let Executor::Model(model) = executor else { return None };
        self.residents.get(model).filter(|_| self.hosts(executor)).map(Resident::bytes)
    }

    /// Whether a model was here not long ago, so that its file is likely to be near.
    pub(crate) fn remembers(&self, model: &ModelId) -> bool {
        self.former.contains(model)
    }

    pub(crate) fn condition(&self) -> &Condition {
        &self.condition
    }

    pub(crate) fn load(&self) -> &Load {
        &self.load
    }

    /// Whether an attempt may begin: there is a slot, and the device is within its limits.
    pub(crate) fn has_slot(&self, settings: &Settings) -> bool {
        self.busy < self.slots(settings) && !self.condition.is_over()
    }

    /// Whether one model must have the device to itself.
    fn is_exclusive(&self, settings: &Settings) -> bool {
        settings.exclusive_gpus && self.kind == DeviceKind::Gpu
    }

    /// Whether a model could be loaded now, and then worked with.
    pub(crate) fn has_room_for(&self, model: &ModelId, memory: Bytes, settings: &Settings) -> bool {
        let alone = !self.is_exclusive(settings) || self.residents.is_empty();
        alone && memory <= self.account.free() && !self.residents.contains_key(model) && !self.condition.is_over()
    }

    /// Sets memory aside for a model; false when it cannot be loaded now.
    pub(crate) fn begin_load(&mut self, model: &ModelId, memory: Bytes, reload: Duration, now: Timestamp) -> bool {
        if self.residents.contains_key(model) {
            return false;
        }
        let Some(hold) = self.account.promise(memory) else { return false };
        self.residents.insert(model.clone(), Resident::loading(hold, reload, now));
        true
    }

    /// A model has arrived; false when it was not on its way in.
    pub(crate) fn loaded(&mut self, model: &ModelId, now: Timestamp) -> bool {
        match self.residents.get_mut(model) {
            Some(resident) if resident.phase() == Phase::Loading => {
                resident.loaded(now);
                true
            }
            _ => false,
        }
    }

    /// A model has not arrived; false when it was not on its way in.
    pub(crate) fn load_failed(&mut self, model: &ModelId) -> bool {
        self.remove(model, Phase::Loading)
    }

    /// Sends a model away; false when it is in use, or not here.
    pub(crate) fn begin_unload(&mut self, model: &ModelId) -> bool {
        self.residents.get_mut(model).is_some_and(Resident::unload)
    }

    /// A model has left; false when it was not on its way out.
    pub(crate) fn unloaded(&mut self, model: &ModelId) -> bool {
        self.remove(model, Phase::Unloading)
    }

    fn remove(&mut self, model: &ModelId, phase: Phase) -> bool {
        if self.phase(model) != Some(phase) {
            return false;
        }
        if let Some(resident) = self.residents.remove(model) {
            self.account.release(resident.into_hold());
            self.former.retain(|known| known != model);
            self.former.truncate(FORMER - 1);
            self.former.push_front(model.clone());
        }
        true
    }

    /// A slot with memory, and a lease on a model if there is one, which must be ready then.
    pub(crate) fn sit(
        &mut self,
        model: Option<&ModelId>,
        memory: Bytes,
        settings: &Settings,
        now: Timestamp,
    ) -> Option<Seat> {
        if !self.has_slot(settings) || memory > self.account.free() {
            return None;
        }
        if let Some(model) = model
            && !self.residents.get_mut(model)?.lease()
        {
            return None;
        }
        let memory = self.account.promise(memory)?;
        self.busy += 1;
        self.load.change(self.busy, self.slots(settings), settings, now);
        Some(Seat { memory, model: model.cloned() })
    }

    /// Takes back what an attempt occupied.
    pub(crate) fn leave(&mut self, seat: Seat, settings: &Settings, now: Timestamp) {
        self.busy = self.busy.saturating_sub(1);
        self.load.change(self.busy, self.slots(settings), settings, now);
        self.account.release(seat.memory);
        if let Some(resident) = seat.model.and_then(|model| self.residents.get_mut(&model)) {
            resident.end_lease(now);
        }
    }

    /// What to unload so that `memory` becomes free: idle models that are not `kept`, those of least worth first, and none without which
    /// there would be room all the same. Nothing goes unless it helps.
    pub(crate) fn relief(
        &self,
        memory: Bytes,
        worth: impl Fn(&ModelId, Facts) -> f64,
        kept: impl Fn(&ModelId) -> bool,
    ) -> Relief {
        let leaving =
            self.residents.values().filter(|model| model.phase() == Phase::Unloading).map(Resident::bytes).sum();
        let needed = self.account.shortfall(memory).saturating_sub(leaving);
        if needed == Bytes::ZERO {
            return Relief::Coming;
        }
        let idle = self.residents.iter().filter(|(id, model)| model.is_idle() && !kept(id));
        let mut victims: Vec<_> = idle.map(|(id, model)| (worth(id, model.facts()), id, model)).collect();
        victims.sort_by(|(a, ..), (b, ..)| a.total_cmp(b));
        let bytes: Vec<_> = victims.iter().map(|(.., model)| model.bytes()).collect();
        let chosen = victim(&bytes, needed).and_then(|place| victims.get(place));
        chosen.map_or(Relief::Impossible, |(_, model, _)| Relief::Unload((*model).clone()))
    }

    /// What to unload so that `model` has the device to itself where it must; nothing when it need not, or already has.
    pub(crate) fn clearance(&self, settings: &Settings, kept: impl Fn(&ModelId) -> bool) -> Option<Relief> {
        if !self.is_exclusive(settings) || self.residents.is_empty() {
            return None;
        }
        let mut staying = self.residents.iter().filter(|(_, model)| model.phase() != Phase::Unloading).peekable();
        let first = staying.peek().map(|(id, _)| (*id).clone());
        let blocked = staying.any(|(id, model)| !model.is_idle() || kept(id));
        Some(match first {
            None => Relief::Coming,
            Some(_) if blocked => Relief::Impossible,
            Some(model) => Relief::Unload(model),
        })
    }
}

#[cfg(test)]
mod tests;
