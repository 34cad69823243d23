//! Probes: what the devices are doing now, and what could not be read.

#[cfg(feature = "nvml")]
mod nvml;
mod system;

use std::fmt::{self, Debug};

use maestria_vocabulary::DeviceSnapshot;

#[cfg(feature = "nvml")]
pub use self::nvml::NvmlProbe;
pub use self::system::SystemProbe;

/// Reads what devices are doing.
///
/// # Contract
/// A sample is taken at once and takes milliseconds at most. A device that cannot be read is reported as absent with the reason: that is
/// a fact about the machine, not an error. Nothing is made up.
pub trait Probe: Debug + Send {
    /// What the devices are doing now.
    fn sample(&mut self) -> Sample;
}

/// What a probe read at one moment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sample {
    /// The devices that could be read.
    pub devices: Vec<DeviceSnapshot>,
    /// What could not be read.
    pub absent: Vec<Absent>,
}

impl From<Absent> for Sample {
    fn from(absent: Absent) -> Self {
        Self { devices: Vec::new(), absent: vec![absent] }
    }
}

/// Something that could not be read, and why. As a probe, it is what is known not to be there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Absent {
    /// A device such as `cuda:1`, or a kind of device.
    pub what: String,
    /// Why it could not be read, in the words of what refused.
    pub reason: String,
}

impl Absent {
    /// `what` could not be read because of `reason`.
    pub fn new(what: impl Into<String>, reason: impl fmt::Display) -> Self {
        Self { what: what.into(), reason: reason.to_string() }
    }
}

impl fmt::Display for Absent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.reason)
    }
}

impl Probe for Absent {
    fn sample(&mut self) -> Sample {
        self.clone().into()
    }
}

/// Several probes as one: what all of them read, in order.
#[derive(Debug, Default)]
pub struct Probes(Vec<Box<dyn Probe>>);

impl Probes {
    /// No probe; more are added with [`with`](Self::with).
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The devices of this machine that the crate was built to read: the processor, and NVIDIA GPUs with the feature `nvml`.
    #[must_use]
    pub fn local() -> Self {
        let probes = Self::new().with(SystemProbe::new());
        #[cfg(feature = "nvml")]
        let probes = probes.with(NvmlProbe::new());
        #[cfg(not(feature = "nvml"))]
        let probes = probes.with(Absent::new("NVIDIA GPUs", "built without the feature `nvml`"));
        probes
    }

    /// Reads `probe` too.
    #[must_use]
    pub fn with(mut self, probe: impl Probe + 'static) -> Self {
        self.0.push(Box::new(probe));
        self
    }
}

impl Probe for Probes {
    fn sample(&mut self) -> Sample {
        self.0.iter_mut().map(|probe| probe.sample()).fold(Sample::default(), |mut all, mut sample| {
            all.devices.append(&mut sample.devices);
            all.absent.append(&mut sample.absent);
            all
        })
    }
}

#[cfg(test)]
mod tests {
    use maestria_vocabulary::{Bytes, DeviceId, DeviceKind};

    use super::*;

    /// A device that is always the same.
    #[derive(Debug)]
    struct Still(&'static str);

    impl Probe for Still {
        fn sample(&mut self) -> Sample {
            let device = DeviceSnapshot {
                id: DeviceId::local(self.0),
                kind: DeviceKind::Gpu,
                memory_total: Bytes::gib(8),
                memory_used: Bytes::gib(2),
                utilisation: None,
                temperature_celsius: None,
                power_watts: None,
            };
            Sample { devices: vec![device], absent: vec![] }
        }
    }

    #[test]
    fn several_probes_report_what_is_there_and_what_is_not() {
        let missing = Absent::new("cuda:1", "fell off the bus");
        let mut probes = Probes::new().with(Still("cuda:0")).with(missing.clone()).with(Still("cuda:2"));
        let sample = probes.sample();
        let units: Vec<_> = sample.devices.iter().map(|device| device.id.to_string()).collect();
        assert_eq!((units, sample.absent), (vec!["cuda:0".to_owned(), "cuda:2".to_owned()], vec![missing.clone()]));
        assert_eq!(missing.to_string(), "cuda:1: fell off the bus");
        assert_eq!(Probes::new().sample(), Sample::default());
    }

    #[test]
    fn on_any_machine_every_kind_of_device_is_either_read_or_said_to_be_absent() {
        let sample = Probes::local().sample();
        for kind in [DeviceKind::Cpu, DeviceKind::Gpu] {
            let read = sample.devices.iter().any(|device| device.kind == kind);
            let name = if kind == DeviceKind::Cpu { "processor" } else { "NVIDIA GPUs" };
            assert!(read || sample.absent.iter().any(|absent| absent.what == name), "{kind:?} in {sample:?}");
        }
        for device in sample.devices {
            assert!(device.memory_total > Bytes::ZERO && device.memory_used <= device.memory_total, "{device:?}");
        }
    }
}
