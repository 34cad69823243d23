//! The only clock: wall time at the start, and the runtime's own time from there, so that it never jumps and tests can pause it.

use std::time::{Duration, SystemTime};

use maestria_vocabulary::Timestamp;
use tokio::time::Instant;

/// A clock whose epoch is the Unix epoch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    origin: Instant,
    started: Duration,
}

impl Clock {
    pub(crate) fn start() -> Self {
        let started = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self { origin: Instant::now(), started }
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_epoch(self.started.saturating_add(self.origin.elapsed()))
    }

    /// The instant of a point in time; the origin for one that lies before it, the far future for one beyond what an instant can hold.
    pub(crate) fn instant(&self, at: Timestamp) -> Instant {
        const FAR: Duration = Duration::from_secs(60 * 60 * 24 * 365);
        let after = at.since_epoch().saturating_sub(self.started);
        self.origin.checked_add(after).unwrap_or_else(|| Instant::now() + FAR)
    }
}
