//! What the machine is doing, and when to shout.
//!
//! A watch raises an alert when a measurement stays too high, and clears it when it stays low again:
//!
//! ```
//! use std::time::Duration;
//!
//! use maestria_monitor::{Change, Threshold, Watch};
//! use maestria_vocabulary::Timestamp;
//!
//! let at = |second| Timestamp::from_epoch(Duration::from_secs(second));
//! let mut watch = Watch::new("memory of cuda:0", Threshold::GPU_MEMORY);
//!
//! assert_eq!(watch.observe(at(0), 0.95)?, None, "a peak is not yet an alert");
//! let alert = watch.observe(at(10), 0.93)?.expect("too much for ten seconds");
//! assert_eq!((alert.change, alert.since), (Change::Raised, at(0)));
//! assert_eq!(alert.to_string(), "memory of cuda:0 rose above 0.9: 0.93");
//!
//! assert_eq!(watch.observe(at(20), 0.88)?, None, "lower, but not low");
//! assert_eq!(watch.observe(at(30), 0.60)?, None);
//! let alert = watch.observe(at(40), 0.55)?.expect("low for ten seconds");
//! assert_eq!(alert.change, Change::Cleared);
//! # Ok::<(), maestria_monitor::Error>(())
//! ```

mod probe;
mod series;
mod watch;

mod error;

pub use error::{Error, Result};
#[cfg(feature = "nvml")]
pub use probe::NvmlProbe;
pub use probe::{Absent, Probe, Probes, Sample, SystemProbe};
pub use series::{Point, Series, Stretch};
pub use watch::{Alert, Change, Threshold, Watch};
