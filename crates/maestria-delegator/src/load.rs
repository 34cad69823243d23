//! What the devices are doing now, as plain values that the caller fills in.

use std::{collections::BTreeSet, time::Duration};

use maestria_vocabulary::{Bytes, DeviceId, DeviceKind, ModelId, Timestamp};

/// What one device is doing now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceLoad {
    /// Which device.
    pub id: DeviceId,
    /// What kind of unit.
    pub kind: DeviceKind,
    /// Memory that models may take there at most.
    pub memory: Bytes,
    /// Memory that no model holds.
    pub free: Bytes,
    /// Time until work that arrives now would start.
    pub queue_wait: Duration,
}

/// What all devices are doing now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Load {
    /// The moment, by which the evidence of records has faded and circuits are open or not; at the epoch nothing has faded.
    pub at: Timestamp,
    /// The devices; where two would serve equally well, the earlier one is taken.
    pub devices: Vec<DeviceLoad>,
    /// Which models are in the memory of which devices.
    pub resident: BTreeSet<(ModelId, DeviceId)>,
}
