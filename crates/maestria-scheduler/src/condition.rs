//! What a device was measured to be like, beside its memory, and whether that is within its limits.

use maestria_vocabulary::DeviceSnapshot;
use serde::{Deserialize, Serialize};

/// What a device may draw and how warm it may become. One that is at a limit is given nothing to start or load until it has been measured
/// to be 5 % below it; what runs there goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Temperature in degrees Celsius; none that is not measured is too much. Default 90.
    pub celsius: u32,
    /// Power in watts. Default none.
    pub watts: Option<u32>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { celsius: 90, watts: None }
    }
}

/// The last measurement of a device. What was not measured counts as half.
#[derive(Debug, Default)]
pub(crate) struct Condition {
    over: bool,
    utilisation: Option<f64>,
    /// Share of the temperature that is allowed.
    warmth: Option<f64>,
}

impl Condition {
    pub(crate) fn observe(&mut self, snapshot: &DeviceSnapshot, limits: &Limits) {
        let share = |measured: Option<f64>, limit: u32| measured.map(|value| value / f64::from(limit.max(1)));
        let warmth = share(snapshot.temperature_celsius, limits.celsius);
        let power = limits.watts.and_then(|watts| share(snapshot.power_watts, watts));
        let most = warmth.into_iter().chain(power).fold(0.0, f64::max);
        self.over = most >= if self.over { RECOVERED } else { 1.0 };
        self.utilisation = snapshot.utilisation.map(|share| share.get());
        self.warmth = warmth.filter(|warmth| warmth.is_finite()).map(|warmth| warmth.clamp(0.0, 1.0));
    }

    /// Whether it is over a limit, or was and has not recovered.
    pub(crate) fn is_over(&self) -> bool {
        self.over
    }

    /// Share of its time that it is not busy, in [0, 1].
    pub(crate) fn idleness(&self) -> f64 {
        1.0 - self.utilisation.unwrap_or(0.5)
    }

    /// How far it is from its limit of temperature, in [0, 1].
    pub(crate) fn coolness(&self) -> f64 {
        1.0 - self.warmth.unwrap_or(0.5)
    }
}

/// The share of a limit below which a device that reached it has recovered.
const RECOVERED: f64 = 0.95;

#[cfg(test)]
mod tests {
    use maestria_vocabulary::{Bytes, DeviceId, DeviceKind};

    use super::*;

    fn check(limits: Limits, measured: &[(Option<f64>, Option<f64>, bool)]) {
        let mut condition = Condition::default();
        for &(temperature_celsius, power_watts, over) in measured {
            let snapshot = DeviceSnapshot {
                id: DeviceId::cpu(),
                kind: DeviceKind::Cpu,
                memory_total: Bytes(1),
                memory_used: Bytes(0),
                utilisation: None,
                temperature_celsius,
                power_watts,
            };
            condition.observe(&snapshot, &limits);
            assert_eq!(condition.is_over(), over, "{snapshot:?}");
        }
    }

    #[test]
    fn a_device_at_a_limit_recovers_below_it() {
        let warm = |celsius| (Some(celsius), None);
        let with = |(celsius, watts): (Option<f64>, Option<f64>), over| (celsius, watts, over);
        let series = [
            with(warm(89.0), false),
            with(warm(90.0), true),
            with(warm(86.0), true),
            with(warm(85.0), false),
            with(warm(86.0), false),
            with(warm(f64::NAN), false),
            with((None, Some(1e9)), false),
        ];
        check(Limits::default(), &series);
        check(
            Limits { watts: Some(300), ..Limits::default() },
            &[(Some(20.0), Some(301.0), true), (Some(20.0), Some(290.0), true), (Some(20.0), Some(280.0), false)],
        );
        check(Limits { celsius: 0, watts: Some(0) }, &[(Some(1.0), None, true), (None, None, false)]);
    }
}
