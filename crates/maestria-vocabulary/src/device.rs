//! Devices, what they have, and what work needs of them.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{Bytes, ModelId, Probability};

/// Where work runs: a unit such as `cpu` or `cuda:0` on a node, or what answers for a remote model.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DeviceId {
    /// The machine; `local` is this one, and `remote` stands for any that models are asked on.
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

    /// What answers for a remote model, wherever that is. Each such model has its own, so that a slow server keeps none but its own waiting.
    #[must_use]
    pub fn remote(model: &ModelId) -> Self {
        Self { node: REMOTE.into(), unit: model.as_str().into() }
    }

    /// Whether this is what [answers](Self::remote) for that model.
    #[must_use]
    pub fn answers_for(&self, model: &ModelId) -> bool {
        &*self.node == REMOTE && *self.unit == *model.as_str()
    }
}

const REMOTE: &str = "remote";

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
    /// Another machine that answers for a model: nothing of it is measured, and nothing is loaded there.
    Remote,
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
    /// Kinds of device it runs on, best first; empty means a processor. Where [`DeviceKind::Remote`] is first, another
    /// machine does the work, and the rest is without meaning; behind others it is without meaning itself.
    #[serde(default)]
    pub devices: Vec<DeviceKind>,
}

impl Needs {
    /// What a remote model takes of this machine: nothing, but a request to the machine that answers for it.
    #[must_use]
    pub fn remote() -> Self {
        Self { memory: Bytes::ZERO, devices: vec![DeviceKind::Remote] }
    }

    /// Whether another machine does the work.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        self.devices.first() == Some(&DeviceKind::Remote)
    }
}

impl DeviceKind {
    /// Whether work with these needs runs on such a device.
    #[must_use]
    pub fn serves(self, needs: &Needs) -> bool {
        if needs.devices.is_empty() { self == Self::Cpu } else { needs.devices.contains(&self) }
    }
}
