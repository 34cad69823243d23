//! Where a model would run soonest, and how long until it is done there.

use std::{cell::Cell, cmp::Ordering, fmt, time::Duration};

use maestria_registry::Terms;
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
    resident: Vec<Resident<'a>>,
    /// Where the search in `resident` ended: models are mostly asked about in their order, and the next is then found at once.
    reached: Cell<usize>,
}

/// A model that is in the memory of a device.
#[derive(Debug)]
struct Resident<'a> {
    /// The [prefix](ModelId::prefix) of its name, which mostly tells it apart from others.
    prefix: u128,
    model: &'a ModelId,
    device: &'a DeviceId,
}

impl Resident<'_> {
    #[inline]
    fn cmp(&self, prefix: u128, id: &ModelId) -> Ordering {
        self.prefix.cmp(&prefix).then_with(|| self.model.cmp(id))
    }
}

impl<'a> Ground<'a> {
    pub(crate) fn new(load: &'a Load) -> Self {
        let resident = load.resident.iter().map(|(model, device)| Resident { prefix: model.prefix(), model, device });
        Self { devices: &load.devices, resident: resident.collect(), reached: Cell::new(0) }
    }

    /// Where the model would start to run soonest; nothing when it fits no device. Of two equal devices the one wins that has free
    /// memory, then the one whose kind the model prefers, then the earlier one.
    #[inline]
    pub(crate) fn place(&self, id: &ModelId, terms: &Terms) -> Option<Placement<'a>> {
        if terms.remote {
            let (wait, load) = (Duration::ZERO, Duration::ZERO);
            return Some(Placement { device: None, readiness: Readiness::Remote, wait, load });
        }
        let homes = self.homes(id, terms.prefix);
        let mut soonest = None;
        let mut least = u128::MAX;
        for device in self.devices {
            let Some(readiness) = readiness(device, homes, terms) else { continue };
            let load = if readiness == Readiness::Resident { Duration::ZERO } else { terms.load };
            let order = order(device.queue_wait.saturating_add(load), readiness, terms.preference(device.kind));
            if order < least {
                (soonest, least) = (Some((device, readiness)), order);
            }
        }
        let (device, readiness) = soonest?;
        let load = if readiness == Readiness::Resident { Duration::ZERO } else { terms.load };
        Some(Placement { device: Some(device), readiness, wait: device.queue_wait, load })
    }

    /// Where the model is in memory.
    #[inline]
    fn homes(&self, id: &ModelId, prefix: u128) -> &[Resident<'a>] {
        let reached = self.reached.get();
        let before = |resident: &Resident<'_>| resident.cmp(prefix, id).is_lt();
        let in_order = reached.checked_sub(1).and_then(|last| self.resident.get(last)).is_none_or(before);
        let first = if in_order {
            reached + self.resident.iter().skip(reached).take_while(|resident| before(resident)).count()
        } else {
            self.resident.partition_point(before)
        };
        self.reached.set(first);
        let rest = self.resident.get(first..).unwrap_or_default();
        let count = rest.iter().take_while(|resident| resident.cmp(prefix, id).is_eq()).count();
        rest.get(..count).unwrap_or_default()
    }
}

/// What must happen before a model runs on a device; nothing when it does not fit there.
#[inline]
fn readiness(device: &DeviceLoad, homes: &[Resident<'_>], terms: &Terms) -> Option<Readiness> {
    match () {
        () if homes.iter().any(|home| *home.device == device.id) => Some(Readiness::Resident),
        () if !terms.runs_on(device.kind) || terms.memory > device.memory => None,
        () if terms.memory <= device.free => Some(Readiness::Load),
        () => Some(Readiness::Swap),
    }
}

/// The time until a start, what must happen before, and how much its kind of device is preferred, as one number: comparing three values at
/// a time for every model and device takes several times as long. A duration has less than 95 binary digits of nanoseconds.
#[inline]
fn order(start: Duration, readiness: Readiness, preference: Option<u8>) -> u128 {
    start.as_nanos() << 16 | u128::from(readiness as u8) << 8 | u128::from(preference.unwrap_or(u8::MAX))
}

#[cfg(test)]
mod tests {
    use maestria_registry::{ModelCard, Registry};
    use maestria_vocabulary::{Bytes, Capability, DeviceKind, Needs, Probability, Tokens};

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
        let chat: Capability = "chat".parse().unwrap();
        let card = ModelCard::new(id, Tokens(1)).with_capability(chat.clone(), Probability::ONE);
        let registry = Registry::default();
        registry.insert(ModelCard { needs, load: Duration::from_secs(5), ..card }).unwrap();
        let fleet = registry.snapshot();
        let offer = fleet.with_capability(&chat).next().unwrap();
        let found = Ground::new(&load).place(offer.id, offer.terms).map(|placement| {
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
