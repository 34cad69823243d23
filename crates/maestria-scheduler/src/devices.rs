//! The devices that are known, in the order of their names.

use std::num::NonZeroUsize;

use maestria_vocabulary::{DeviceId, DeviceSnapshot, ModelId, Timestamp};

use crate::{Settings, device::Device};

/// The devices in the order of their names, so that equal choices are made in the same order everywhere. A device has the same place in it
/// as long as the epoch is the same.
#[derive(Debug)]
pub(crate) struct Devices {
    all: Vec<Device>,
    /// Counts the changes of what fits where and what is resident where.
    epoch: u64,
}

impl Devices {
    pub(crate) fn new() -> Self {
        Self { all: Vec::new(), epoch: 1 }
    }

    pub(crate) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Something changed about what fits where or what is resident where.
    pub(crate) fn touch(&mut self) {
        self.epoch += 1;
    }

    pub(crate) fn observe(&mut self, snapshot: &DeviceSnapshot, settings: &Settings, now: Timestamp) {
        self.touch();
        match self.place(&snapshot.id) {
            Ok(place) => {
                if let Some(device) = self.all.get_mut(place) {
                    device.observe(snapshot, settings);
                }
            }
            Err(place) => self.all.insert(place, Device::new(snapshot, settings, now)),
        }
    }

    /// Another machine answers for a model, so many times at once.
    pub(crate) fn answer_for(
        &mut self,
        model: &ModelId,
        slots: Option<NonZeroUsize>,
        settings: &Settings,
        now: Timestamp,
    ) {
        let id = DeviceId::remote(model);
        if let Err(place) = self.place(&id) {
            self.touch();
            self.all.insert(place, Device::remote(id.clone(), settings, now));
        }
        if let Some(device) = self.get_mut(&id) {
            device.set_slots(slots);
        }
    }

    /// Forgets a device; false when it is not known.
    pub(crate) fn remove(&mut self, id: &DeviceId) -> bool {
        let found = self.place(id);
        if let Ok(place) = found {
            self.all.remove(place);
            self.touch();
        }
        found.is_ok()
    }

    fn place(&self, id: &DeviceId) -> Result<usize, usize> {
        self.all.binary_search_by(|device| device.id().cmp(id))
    }

    pub(crate) fn place_of(&self, id: &DeviceId) -> Option<usize> {
        self.place(id).ok()
    }

    pub(crate) fn get_mut(&mut self, id: &DeviceId) -> Option<&mut Device> {
        let place = self.place(id).ok()?;
        self.all.get_mut(place)
    }

    pub(crate) fn at(&self, place: usize) -> Option<&Device> {
        self.all.get(place)
    }

    pub(crate) fn at_mut(&mut self, place: usize) -> Option<&mut Device> {
        self.all.get_mut(place)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Device> {
        self.all.iter()
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }
}
