//! One device: its memory account, the models in it, and the attempts that run on it.

use std::{collections::BTreeMap, time::Duration};

use maestria_vocabulary::{Bytes, DeviceKind, DeviceSnapshot, ModelId, Timestamp};

use crate::{
    ledger::{Account, Hold},
    residency::{Facts, Phase, Resident},
    settings::Slots,
};

/// A device as the scheduler accounts for it. All changes of memory, residency and slots go through its methods, each of which does a
/// whole step or nothing.
#[derive(Debug)]
pub(crate) struct Device {
    kind: DeviceKind,
    account: Account,
    residents: BTreeMap<ModelId, Resident>,
    busy: usize,
}

/// What an attempt occupies: a slot, and memory of its own or a lease on a model. Given back by [`Device::leave`].
#[derive(Debug)]
#[must_use = "a seat that is dropped is never given back"]
pub(crate) enum Seat {
    /// A slot and a lease.
    Lease(ModelId),
    /// A slot and memory.
    Memory(Hold),
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
    pub(crate) fn new(snapshot: &DeviceSnapshot) -> Self {
        Self {
            kind: snapshot.kind,
            account: Account::new(snapshot.memory_total, snapshot.memory_used),
            residents: BTreeMap::new(),
            busy: 0,
        }
    }

    /// Takes over a measurement.
    ///
    /// What others use is what is in use beyond the promises whose memory is known to be taken. While a model is on its way in or out,
    /// a measurement cannot tell whose memory it sees; until then the estimate only falls.
    pub(crate) fn observe(&mut self, snapshot: &DeviceSnapshot) {
        let sum =
            |phase| self.residents.values().filter(|model| model.phase() == phase).map(Resident::bytes).sum::<Bytes>();
        let moving = self.residents.values().any(|model| model.phase() != Phase::Ready);
        let taken = self.account.promised().saturating_sub(sum(Phase::Loading));
        let measured = snapshot.memory_used.saturating_sub(taken);
        let others = if moving { measured.min(self.account.others()) } else { measured };
        self.kind = snapshot.kind;
        self.account.observe(snapshot.memory_total, others);
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

    /// Attempts that occupy a slot.
    pub(crate) fn busy(&self) -> usize {
        self.busy
    }

    pub(crate) fn has_slot(&self, slots: &Slots) -> bool {
        self.busy < slots.of(self.kind)
    }

    /// Whether a model could be loaded now.
    pub(crate) fn has_room_for(&self, model: &ModelId, memory: Bytes) -> bool {
        memory <= self.account.free() && !self.residents.contains_key(model)
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
    pub(crate) fn loaded(&mut self, model: &ModelId) -> bool {
        match self.residents.get_mut(model) {
            Some(resident) if resident.phase() == Phase::Loading => {
                resident.loaded();
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
        }
        true
    }

    /// A slot with a lease on a model that is ready.
    pub(crate) fn lease(&mut self, model: &ModelId, slots: &Slots) -> Option<Seat> {
        if !self.has_slot(slots) || !self.residents.get_mut(model)?.lease() {
            return None;
        }
        self.busy += 1;
        Some(Seat::Lease(model.clone()))
    }

    /// A slot with memory of its own.
    pub(crate) fn reserve(&mut self, memory: Bytes, slots: &Slots) -> Option<Seat> {
        if !self.has_slot(slots) {
            return None;
        }
        let hold = self.account.promise(memory)?;
        self.busy += 1;
        Some(Seat::Memory(hold))
    }

    /// Takes back what an attempt occupied.
    pub(crate) fn leave(&mut self, seat: Seat, now: Timestamp) {
        self.busy = self.busy.saturating_sub(1);
        match seat {
            Seat::Memory(hold) => self.account.release(hold),
            Seat::Lease(model) => {
                if let Some(resident) = self.residents.get_mut(&model) {
                    resident.end_lease(now);
                }
            }
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
        let mut gained: Bytes = victims.iter().map(|(.., model)| model.bytes()).sum();
        if gained < needed {
            return Relief::Impossible;
        }
        // Spare what can be spared, the worthiest first.
        let mut first = None;
        for (_, id, model) in victims.into_iter().rev() {
            let without = gained.saturating_sub(model.bytes());
            if without >= needed {
                gained = without;
            } else {
                first = Some(id);
            }
        }
        first.map_or(Relief::Impossible, |model| Relief::Unload(model.clone()))
    }
}
