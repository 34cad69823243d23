//! Where a model would run soonest, and how long until it is done there.

use std::{cell::Cell, fmt, time::Duration};

use maestria_registry::ModelCard;
use maestria_vocabulary::{DeviceId, ModelId};
use serde::{Deserialize, Serialize};

use crate::{DeviceLoad, Load};

/// What must happen before a model can run on a device; the less, the earlier in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Readiness {
    /// Nothing: it is in memory.
    Resident,
    /// Nothing here: it runs elsewhere.
    Remote,
    /// It must be loaded into free memory.
    Load,
    /// Others must leave and it must be loaded. Leaving takes no time worth reckoning beside loading.
    Swap,
}

impl fmt::Display for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Resident => "resident",
            Self::Remote => "remote",
            Self::Load => "to be loaded",
            Self::Swap => "to be swapped in",
        })
    }
}

/// How long until a model is done, and from which parts that follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timing {
    /// What must happen before it can run.
    pub readiness: Readiness,
    /// Time until the device is free for it; zero for a remote model.
    pub wait: Duration,
    /// Time to load it; zero when it is resident or remote.
    pub load: Duration,
    /// Time to run: `(1 − w) · declared + w · measured mean`, `w` being the [weight](crate::Quality::weight) of measurements.
    pub run: Duration,
}

impl Timing {
    /// `wait + load + run`.
    #[must_use]
    pub const fn completion(&self) -> Duration {
        self.wait.saturating_add(self.load).saturating_add(self.run)
    }
}

/// Where a model would run: a device, or none here for a remote model.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Placement<'a> {
    pub(crate) device: Option<&'a DeviceLoad>,
    pub(crate) readiness: Readiness,
    pub(crate) wait: Duration,
    pub(crate) load: Duration,
}

/// The devices, arranged for many questions.
#[derive(Debug)]
pub(crate) struct Ground<'a> {
    devices: &'a [DeviceLoad],
    /// Ordered by model.
    resident: Vec<(&'a ModelId, &'a DeviceId)>,
    /// Where the search in `resident` ended: models are mostly asked about in their order, and the next is then found at once.
    reached: Cell<usize>,
}

impl<'a> Ground<'a> {
    pub(crate) fn new(load: &'a Load) -> Self {
        let resident = load.resident.iter().map(|(model, device)| (model, device)).collect();
        Self { devices: &load.devices, resident, reached: Cell::new(0) }
    }

    /// Where the model would start to run soonest; nothing when it fits no device. Of two equal devices the one wins that has free
    /// memory, then the one whose kind the model prefers, then the earlier one.
    pub(crate) fn place(&self, card: &ModelCard) -> Option<Placement<'a>> {
        if card.remote {
            let (wait, load) = (Duration::ZERO, Duration::ZERO);
            return Some(Placement { device: None, readiness: Readiness::Remote, wait, load });
        }
        let first = self.first_resident(&card.id);
        let homes = self.resident.get(first..).unwrap_or_default().iter().take_while(|(model, _)| **model == card.id);
        let placements = self.devices.iter().filter_map(|device| {
            let is_home = homes.clone().any(|(_, home)| **home == device.id);
            let readiness = match () {
                () if is_home => Readiness::Resident,
                () if !device.kind.serves(&card.needs) || card.needs.memory > device.memory => return None,
                () if card.needs.memory <= device.free => Readiness::Load,
                () => Readiness::Swap,
            };
            let load = if is_home { Duration::ZERO } else { card.load };
            Some(Placement { device: Some(device), readiness, wait: device.queue_wait, load })
        });
        placements.min_by_key(|placement| {
            let kind = placement.device.map(|device| device.kind);
            let preference =
                card.needs.devices.iter().position(|&preferred| Some(preferred) == kind).unwrap_or(usize::MAX);
            (placement.wait.saturating_add(placement.load), placement.readiness, preference)
        })
    }

    /// The first place in `resident` that does not come before this model.
    fn first_resident(&self, id: &ModelId) -> usize {
        let reached = self.reached.get();
        let in_order =
            reached.checked_sub(1).and_then(|last| self.resident.get(last)).is_none_or(|(last, _)| *last < id);
        let first = if in_order {
            let passed = self.resident.iter().skip(reached).take_while(|(model, _)| *model < id).count();
            reached + passed
        } else {
            self.resident.partition_point(|(model, _)| *model < id)
        };
        self.reached.set(first);
        first
    }
}

#[cfg(test)]
mod tests {
    use maestria_vocabulary::{Bytes, DeviceKind, Needs, Tokens};

    use super::*;

    fn device(unit: &str, kind: DeviceKind, gib: u64, free: u64, wait: u64) -> DeviceLoad {
        DeviceLoad {
            id: DeviceId::local(unit),
            kind,
            memory: Bytes::gib(gib),
            free: Bytes::gib(free),
            queue_wait: Duration::from_secs(wait),
        }
    }

    fn check(resident_on: &[&str], needs_gib: u64, kinds: &[DeviceKind], expected: Option<(&str, Readiness, u64)>) {
        let id: ModelId = "m".parse().unwrap();
        let load = Load {
            devices: vec![
                device("cpu", DeviceKind::Cpu, 64, 64, 9),
                device("cuda:0", DeviceKind::Gpu, 24, 2, 0),
                device("cuda:1", DeviceKind::Gpu, 24, 8, 0),
                device("cuda:2", DeviceKind::Gpu, 80, 80, 3),
            ],
            resident: resident_on.iter().map(|unit| (id.clone(), DeviceId::local(unit))).collect(),
            ..Load::default()
        };
        let needs = Needs { memory: Bytes::gib(needs_gib), devices: kinds.to_vec() };
        let card = ModelCard { needs, load: Duration::from_secs(5), ..ModelCard::new(id, Tokens(1)) };
        let found = Ground::new(&load).place(&card).map(|placement| {
            let unit = placement.device.map_or("", |device| &device.id.unit);
            (unit.to_owned(), placement.readiness, (placement.wait + placement.load).as_secs())
        });
        assert_eq!(found, expected.map(|(unit, readiness, secs)| (unit.to_owned(), readiness, secs)));
    }

    #[test]
    fn a_model_goes_where_it_starts_soonest() {
        use DeviceKind::{Cpu, Gpu};
        use Readiness::{Load, Resident, Swap};
        check(&[], 1, &[], Some(("cpu", Load, 14)));
        check(&[], 1, &[Gpu, Cpu], Some(("cuda:0", Load, 5)));
        check(&[], 4, &[Gpu], Some(("cuda:1", Load, 5)));
        check(&[], 20, &[Gpu], Some(("cuda:0", Swap, 5)));
        check(&[], 40, &[Gpu], Some(("cuda:2", Load, 8)));
        check(&[], 100, &[Gpu, Cpu], None);
        check(&["cuda:2"], 4, &[Gpu], Some(("cuda:2", Resident, 3)));
        check(&["cpu", "cuda:2"], 4, &[Gpu, Cpu], Some(("cuda:2", Resident, 3)));
        check(&["cpu"], 1, &[Gpu, Cpu], Some(("cuda:0", Load, 5)));
    }
}
