//! Which of several devices of one kind suits a model best.

use std::cmp::Ordering;

use maestria_vocabulary::{Bytes, Executor};

use crate::{device::Device, lane::Lane};

/// How well a device suits a lane, in [0, 1]:
///
/// ```text
/// 0.4 · memory + 0.3 · (1 − utilisation) + 0.2 · (1 − temperature / limit) + 0.1 · affinity
/// ```
///
/// `memory` is the share of the device's memory that would still be free, `utilisation` and `temperature` are as last measured and count as
/// a half where they are not, and `affinity` is one where the model was resident lately.
pub(crate) fn suitability(device: &Device, lane: &Lane) -> f64 {
    let left = device.account().free().saturating_sub(lane.all_memory());
    let memory = share(left, device.account().total());
    let known = matches!(&lane.executor, Executor::Model(model) if device.remembers(model));
    let condition = device.condition();
    0.4 * memory + 0.3 * condition.idleness() + 0.2 * condition.coolness() + 0.1 * f64::from(u8::from(known))
}

/// The better first.
pub(crate) fn better(a: f64, b: f64) -> Ordering {
    b.total_cmp(&a)
}

fn share(part: Bytes, whole: Bytes) -> f64 {
    part.0 as f64 / whole.0.max(1) as f64
}
