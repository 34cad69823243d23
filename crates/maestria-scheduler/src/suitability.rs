//! Which of several devices suits a lane best.

use std::cmp::Ordering;

use maestria_vocabulary::{Bytes, Executor};

use crate::{
    device::Device,
    devices::Devices,
    lane::{Lane, Reach},
};

/// Where the jobs of a lane would run as things stand: where its model is or is coming, or else on the device that suits it best.
pub(crate) fn home(lane: &Lane, reach: &Reach, devices: &Devices) -> Option<usize> {
    let first = reach.hosts.first().copied();
    first.or_else(|| ranked(lane, reach.eligible.iter().copied(), devices).first().copied())
}

/// The places by the preference of their kind, and then by suitability.
pub(crate) fn ranked(lane: &Lane, eligible: impl Iterator<Item = (usize, usize)>, devices: &Devices) -> Vec<usize> {
    let rated =
        eligible.filter_map(|(preference, place)| Some((preference, suitability(devices.at(place)?, lane), place)));
    let mut rated: Vec<_> = rated.collect();
    rated.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| better(a.1, b.1)));
    rated.into_iter().map(|(_, _, place)| place).collect()
}

/// How well a device suits a lane, in [0, 1]:
///
/// ```text
/// 0.4 · memory + 0.3 · (1 − utilisation) + 0.2 · (1 − temperature / limit) + 0.1 · affinity
/// ```
///
/// `memory` is the share of the device's memory that would still be free, `utilisation` and `temperature` are as last measured and count as
/// a half where they are not, and `affinity` is one where the model was resident lately.
fn suitability(device: &Device, lane: &Lane) -> f64 {
    let left = device.account().free().saturating_sub(lane.all_memory());
    let memory = share(left, device.account().total());
    let known = matches!(&lane.executor, Executor::Model(model) if device.remembers(model));
    let condition = device.condition();
    0.4 * memory + 0.3 * condition.idleness() + 0.2 * condition.coolness() + 0.1 * f64::from(u8::from(known))
}

/// The better first.
fn better(a: f64, b: f64) -> Ordering {
    b.total_cmp(&a)
}

fn share(part: Bytes, whole: Bytes) -> f64 {
    part.0 as f64 / whole.0.max(1) as f64
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use maestria_vocabulary::{
        Candidate, DeviceId, DeviceKind, DeviceSnapshot, Expected, ModelId, Needs, Probability, Timestamp,
    };

    use super::*;
    use crate::{Settings, lane::Shape, way::Way};

    /// A device of 100 bytes, 20 of which others use.
    fn measured(utilisation: Option<f64>, temperature_celsius: Option<f64>) -> Device {
        let snapshot = DeviceSnapshot {
            id: DeviceId::local("cuda:0"),
            kind: DeviceKind::Gpu,
            memory_total: Bytes(100),
            memory_used: Bytes(20),
            utilisation: utilisation.map(|share| Probability::new(share).unwrap()),
            temperature_celsius,
            power_watts: None,
        };
        Device::new(&snapshot, &Settings::default(), Timestamp::ZERO)
    }

    fn lane(executor: Executor, memory: u64) -> Lane {
        let needs = Needs { memory: Bytes(memory), devices: vec![DeviceKind::Gpu] };
        let way = Way::from(Candidate { executor, needs, expected: Expected::default() });
        Lane::new(&way, Shape { working: Bytes(10), ..Shape::default() })
    }

    #[test]
    fn suitability_weighs_memory_rest_coolness_and_affinity() {
        let model = || -> ModelId { "m".parse().unwrap() };
        let check = |mut device: Device, lane: &Lane, known: bool, expected: f64| {
            if known {
                assert!(device.begin_load(&model(), Bytes(1), Duration::ZERO, Timestamp::ZERO));
                assert!(device.load_failed(&model()));
            }
            let told = suitability(&device, lane);
            assert!((told - expected).abs() < 1e-12, "{told} {expected} {lane:?}");
        };
        let asked = lane(Executor::Model(model()), 20);
        // Half of its memory stays free; it is busy for a quarter of its time, and at two fifths of its limit of 90 °C.
        check(measured(Some(0.25), Some(36.0)), &asked, false, 0.4 * 0.5 + 0.3 * 0.75 + 0.2 * 0.6);
        check(measured(Some(0.25), Some(36.0)), &asked, true, 0.4 * 0.5 + 0.3 * 0.75 + 0.2 * 0.6 + 0.1);
        // What is not measured counts as a half, and what is hotter than allowed as no cooler than that.
        check(measured(None, None), &asked, false, 0.4 * 0.5 + 0.3 * 0.5 + 0.2 * 0.5);
        check(measured(Some(1.0), Some(180.0)), &asked, false, 0.4 * 0.5);
        // Nothing would stay free.
        check(measured(Some(0.0), None), &lane(Executor::Model(model()), 75), false, 0.3 + 0.2 * 0.5);
        // A tool was never resident.
        check(measured(None, None), &lane(Executor::Tool("m".parse().unwrap()), 20), true, 0.4 * 0.5 + 0.5 * 0.5);
    }
}
