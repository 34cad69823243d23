//! NVIDIA GPUs, as the driver's management library (NVML) reports them.

use maestria_vocabulary::{Bytes, DeviceId, DeviceKind, DeviceSnapshot, Probability};
use nvml_wrapper::{Nvml, enum_wrappers::device::TemperatureSensor, error::NvmlError};

use super::{Absent, Probe, Sample};

/// Reads NVIDIA GPUs. Without a driver, every sample says so.
///
/// The GPUs are named `cuda:0`, `cuda:1`, … in the order of NVML, which is that of the PCI bus. CUDA numbers them in the same way if
/// the environment says `CUDA_DEVICE_ORDER=PCI_BUS_ID` and hides none of them with `CUDA_VISIBLE_DEVICES`.
#[derive(Debug)]
pub struct NvmlProbe {
    nvml: Result<Nvml, Absent>,
}

impl NvmlProbe {
    /// Loads the library that comes with the driver.
    #[must_use]
    pub fn new() -> Self {
        Self { nvml: Nvml::init().map_err(|error| Absent::new(GPUS, error)) }
    }
}

impl Default for NvmlProbe {
    fn default() -> Self {
        Self::new()
    }
}

const GPUS: &str = "NVIDIA GPUs";

impl Probe for NvmlProbe {
    fn sample(&mut self) -> Sample {
        let nvml = match &self.nvml {
            Ok(nvml) => nvml,
            Err(absent) => return absent.clone().into(),
        };
        match nvml.device_count() {
            Ok(0) => Absent::new(GPUS, "the driver finds none").into(),
            Ok(count) => sample_all(nvml, count),
            Err(error) => Absent::new(GPUS, error).into(),
        }
    }
}

fn sample_all(nvml: &Nvml, count: u32) -> Sample {
    let mut sample = Sample::default();
    for index in 0..count {
        let unit = format!("cuda:{index}");
        match snapshot(nvml, index, DeviceId::local(&unit)) {
            Ok(device) => sample.devices.push(device),
            Err(error) => sample.absent.push(Absent::new(unit, error)),
        }
    }
    sample
}

/// Memory must be readable; what else a GPU does not report is left out.
fn snapshot(nvml: &Nvml, index: u32, id: DeviceId) -> Result<DeviceSnapshot, NvmlError> {
    let device = nvml.device_by_index(index)?;
    let memory = device.memory_info()?;
    let utilisation = device.utilization_rates().ok();
    Ok(DeviceSnapshot {
        id,
        kind: DeviceKind::Gpu,
        memory_total: Bytes(memory.total),
        // What the driver reserves for itself is in use as well.
        memory_used: Bytes(memory.total.saturating_sub(memory.free)),
        utilisation: utilisation.map(|rates| Probability::saturating(f64::from(rates.gpu) / 100.0)),
        temperature_celsius: device.temperature(TemperatureSensor::Gpu).ok().map(f64::from),
        power_watts: device.power_usage().ok().map(|milliwatts| f64::from(milliwatts) / 1_000.0),
    })
}
