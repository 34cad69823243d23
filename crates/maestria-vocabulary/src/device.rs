//! Devices, what they have, and what work needs of them.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{Bytes, Probability};

/// Where work runs: a unit such as `cpu` or `cuda:0` on a node.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DeviceId {
    /// The machine; `local` is this one.
    pub node: Arc<str>,
    /// The unit on it.
    pub unit: Arc<str>,
}

impl DeviceId {
    /// A unit of this machine.
    #[must_use]
    pub fn local(unit: &str) -> Self {
        Self { node: "local".into(), unit: unit.into() }
    }

    /// The processor of this machine.
    #[must_use]
    pub fn cpu() -> Self {
        Self::local("cpu")
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if &*self.node == "local" { f.write_str(&self.unit) } else { write!(f, "{}/{}", self.node, self.unit) }
    }
}

/// What kind of unit a device is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    /// A processor and its main memory.
    Cpu,
    /// A graphics processor and its own memory.
    Gpu,
}

/// What a device was measured to be doing at one moment. What cannot be measured is absent, never made up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeviceSnapshot {
    /// Which device.
    pub id: DeviceId,
    /// What kind of unit.
    pub kind: DeviceKind,
    /// Memory it has.
    pub memory_total: Bytes,
    /// Memory in use by anyone.
    pub memory_used: Bytes,
    /// Share of its time that it was busy.
    pub utilisation: Option<Probability>,
    /// Temperature in degrees Celsius.
    pub temperature_celsius: Option<f64>,
    /// Power drawn in watts.
    pub power_watts: Option<f64>,
}

impl DeviceSnapshot {
    /// Memory not in use.
    #[must_use]
    pub fn memory_free(&self) -> Bytes {
        self.memory_total.saturating_sub(self.memory_used)
    }
}

/// What running something takes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Needs {
    /// Memory on the device while it is resident.
    pub memory: Bytes,
    /// Kinds of device it runs on, best first; empty means a processor.
    #[serde(default)]
    pub devices: Vec<DeviceKind>,
}

impl DeviceKind {
    /// Whether work with these needs runs on such a device.
    #[must_use]
    pub fn serves(self, needs: &Needs) -> bool {
        if needs.devices.is_empty() { self == Self::Cpu } else { needs.devices.contains(&self) }
    }
}
