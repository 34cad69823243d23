//! Watching a measurement: an alert is raised when it stays too high, and cleared when it stays low again.

use std::{fmt, sync::Arc, time::Duration};

use maestria_vocabulary::Timestamp;

use crate::{Error, Result};

/// Where an alert is raised and where it is cleared. `clear_below < raise_above`: between the two, an alert stays as it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Threshold {
    raise_above: f64,
    clear_below: f64,
    hold: Duration,
}

impl Threshold {
    /// Share of a GPU's memory in use: raised above 90 %, cleared below 85 %, after 10 s.
    pub const GPU_MEMORY: Self = Self { raise_above: 0.90, clear_below: 0.85, hold: Duration::from_secs(10) };
    /// Latency of tasks in milliseconds: raised above 200, cleared below 160, after 10 s.
    pub const TASK_LATENCY: Self = Self { raise_above: 200.0, clear_below: 160.0, hold: Duration::from_secs(10) };
    /// Share of steps that fail: raised above 1 %, cleared below 0.5 %, after 10 s.
    pub const ERROR_RATE: Self = Self { raise_above: 0.01, clear_below: 0.005, hold: Duration::from_secs(10) };
    /// Share of its usual quality that a result lacks: raised above 5 %, cleared below 3 %, after 10 s.
    pub const QUALITY_DROP: Self = Self { raise_above: 0.05, clear_below: 0.03, hold: Duration::from_secs(10) };

    /// An alert raised above one value and cleared below a lower one, in the unit of the measurement, once that has held for `hold`.
    ///
    /// # Errors
    /// [`Error::NotFinite`] for NaN and the infinities; [`Error::NoHysteresis`] unless `clear_below < raise_above`.
    pub fn new(raise_above: f64, clear_below: f64, hold: Duration) -> Result<Self> {
        if let Some(value) = [raise_above, clear_below].into_iter().find(|value| !value.is_finite()) {
            return Err(Error::NotFinite { value });
        }
        if clear_below >= raise_above {
            return Err(Error::NoHysteresis { raise_above, clear_below });
        }
        Ok(Self { raise_above, clear_below, hold })
    }

    /// The measurement above which an alert is raised.
    #[must_use]
    pub const fn raise_above(self) -> f64 {
        self.raise_above
    }

    /// The measurement below which an alert is cleared.
    #[must_use]
    pub const fn clear_below(self) -> f64 {
        self.clear_below
    }

    /// How long either must hold.
    #[must_use]
    pub const fn hold(self) -> Duration {
        self.hold
    }
}

/// What happened to an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Change {
    /// The measurement has been too high for long enough.
    Raised,
    /// It has been low again for long enough.
    Cleared,
}

/// An alert, raised or cleared.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// What is watched.
    pub subject: Arc<str>,
    /// Whether it was raised or cleared.
    pub change: Change,
    /// The limit that was crossed.
    pub limit: f64,
    /// The latest measurement.
    pub value: f64,
    /// When the limit was first found to be crossed.
    pub since: Timestamp,
    /// When that had held for long enough.
    pub at: Timestamp,
}

impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let crossed = match self.change {
            Change::Raised => "rose above",
            Change::Cleared => "fell below",
        };
        write!(f, "{} {crossed} {}: {}", self.subject, self.limit, self.value)
    }
}

/// Watches one measurement.
///
/// # Invariants
/// Alerts are raised and cleared in turn, the first one is raised, and two of them are never closer together than the hold time of the
/// [`Threshold`]. The limit was crossed at every measurement from [`Alert::since`] to [`Alert::at`]; of what lies between two
/// measurements nothing is known, and a limit crossed at both counts as crossed all the while.
#[derive(Debug, Clone, PartialEq)]
pub struct Watch {
    subject: Arc<str>,
    threshold: Threshold,
    raised: bool,
    /// Since when the limit that would change `raised` has been crossed.
    crossed: Option<Timestamp>,
    latest: Option<Timestamp>,
}

impl Watch {
    /// Watches `subject`, a name for people, such as `memory of cuda:0`.
    pub fn new(subject: impl Into<Arc<str>>, threshold: Threshold) -> Self {
        Self { subject: subject.into(), threshold, raised: false, crossed: None, latest: None }
    }

    /// What is watched.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Whether the alert is raised and not yet cleared.
    #[must_use]
    pub const fn is_raised(&self) -> bool {
        self.raised
    }

    /// Takes a measurement in; gives the alert that it raises or clears.
    ///
    /// # Errors
    /// [`Error::NotFinite`] for NaN and the infinities; [`Error::OutOfOrder`] for a time before the latest.
    pub fn observe(&mut self, at: Timestamp, value: f64) -> Result<Option<Alert>> {
        Error::check(at, value, self.latest)?;
        self.latest = Some(at);

        let Threshold { raise_above, clear_below, hold } = self.threshold;
        let (is_crossed, limit, change) = if self.raised {
            (value < clear_below, clear_below, Change::Cleared)
        } else {
            (value > raise_above, raise_above, Change::Raised)
        };
        if !is_crossed {
            self.crossed = None;
            return Ok(None);
        }
        let since = *self.crossed.get_or_insert(at);
        if at - since < hold {
            return Ok(None);
        }
        self.raised = change == Change::Raised;
        self.crossed = None;
        Ok(Some(Alert { subject: Arc::clone(&self.subject), change, limit, value, since, at }))
    }
}
