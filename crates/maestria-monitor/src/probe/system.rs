//! The processor and the main memory of this machine, as the operating system reports them.

use maestria_vocabulary::{Bytes, DeviceId, DeviceKind, DeviceSnapshot, Probability};
use sysinfo::System;

use super::{Absent, Probe, Sample};

/// Reads the processor and the main memory.
///
/// Memory is that of the machine, or of the control group (container) where it has a lower limit. Utilisation is over the time since
/// the sample before, so the first sample has none; samples closer together than 200 ms repeat the last one. Temperature and power are not
/// read.
#[derive(Debug)]
pub struct SystemProbe {
    system: Result<System, Absent>,
    sampled_before: bool,
}

impl SystemProbe {
    /// Opens what the operating system reports.
    #[must_use]
    pub fn new() -> Self {
        let system = System::new().map_err(|error| Absent::new(PROCESSOR, error));
        Self { system, sampled_before: false }
    }
}

impl Default for SystemProbe {
    fn default() -> Self {
        Self::new()
    }
}

const PROCESSOR: &str = "processor";

impl Probe for SystemProbe {
    fn sample(&mut self) -> Sample {
        let system = match &mut self.system {
            Ok(system) => system,
            Err(absent) => return absent.clone().into(),
        };
        system.refresh_memory();
        system.refresh_cpu_usage();
        let (total, used) = memory(system);
        if total == Bytes::ZERO {
            return Absent::new(PROCESSOR, "the operating system reports no memory").into();
        }
        let utilisation = Probability::saturating(f64::from(system.global_cpu_usage()) / 100.0);
        let device = DeviceSnapshot {
            id: DeviceId::cpu(),
            kind: DeviceKind::Cpu,
            memory_total: total,
            memory_used: used,
            utilisation: Some(utilisation).filter(|_| self.sampled_before),
            temperature_celsius: None,
            power_watts: None,
        };
        self.sampled_before = true;
        Sample { devices: vec![device], absent: Vec::new() }
    }
}

/// Memory there is, and memory in use.
fn memory(system: &System) -> (Bytes, Bytes) {
    let (total, free) = match system.cgroup_limits() {
        Some(group) if group.total_memory < system.total_memory() => (group.total_memory, group.free_memory),
        _ => (system.total_memory(), system.available_memory()),
    };
    (Bytes(total), Bytes(total.saturating_sub(free)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_sample_has_no_utilisation_because_nothing_came_before_it() {
        let mut probe = SystemProbe::new();
        let mut utilisation = || probe.sample().devices.first().map(|device| device.utilisation.is_some());
        let (first, second) = (utilisation(), utilisation());
        assert!(matches!((first, second), (Some(false), Some(true)) | (None, None)), "{first:?}, then {second:?}");
    }
}
