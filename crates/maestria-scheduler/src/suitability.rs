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
