//! The decision log: what the machine was told and what it decided, with the times, so that it can be run again and compared.

use maestria_vocabulary::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Decision, Event, Result, Scheduler, Settings};

/// What the lines of a log follow from, beside each other. It comes first in what is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Version of the format; 1 is the only one so far.
    pub version: u32,
    /// Settings of the machine.
    pub settings: Settings,
}

impl Header {
    /// The version of the format that is written.
    pub const VERSION: u32 = 1;

    /// The beginning of the log of a machine with these settings.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { version: Self::VERSION, settings }
    }
}

/// One line of a log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// The machine was told this, and took it or refused it.
    Told {
        /// When.
        at: Timestamp,
        /// What happened.
        event: Event,
        /// Whether it was no error.
        taken: bool,
    },
    /// The machine decided this when it was asked.
    Decided {
        /// When.
        at: Timestamp,
        /// What is to be done.
        decision: Decision,
    },
}

/// A scheduler that gives every line of its log to `sink`.
///
/// ```
/// use maestria_scheduler::{Header, Line, Recording, Rerun, Settings};
/// use maestria_vocabulary::Timestamp;
///
/// let mut lines: Vec<Line> = Vec::new();
/// let mut recording = Recording::new(Settings::default(), |line| lines.push(line));
/// recording.poll(Timestamp::ZERO);
///
/// let mut rerun = Rerun::new(&Header::new(Settings::default()))?;
/// for line in lines {
///     rerun.check(line)?;
/// }
/// # Ok::<(), maestria_scheduler::Divergence>(())
/// ```
#[derive(Debug)]
pub struct Recording<F> {
    scheduler: Scheduler,
    sink: F,
}

impl<F: FnMut(Line)> Recording<F> {
    /// A machine that knows no device and no job, and whose log begins here.
    pub fn new(settings: Settings, sink: F) -> Self {
        Self { scheduler: Scheduler::new(settings), sink }
    }

    /// As [`Scheduler::handle`].
    ///
    /// # Errors
    /// As there; what is refused is in the log too.
    pub fn handle(&mut self, event: Event, now: Timestamp) -> Result<()> {
        let result = self.scheduler.handle(event.clone(), now);
        (self.sink)(Line::Told { at: now, event, taken: result.is_ok() });
        result
    }

    /// As [`Scheduler::poll`].
    pub fn poll(&mut self, now: Timestamp) -> Decision {
        let decision = self.scheduler.poll(now);
        (self.sink)(Line::Decided { at: now, decision: decision.clone() });
        decision
    }

    /// The machine, to look at.
    #[must_use]
    pub fn scheduler(&self) -> &Scheduler {
        &self.scheduler
    }
}

/// A log that is run again, line by line.
#[derive(Debug)]
pub struct Rerun {
    scheduler: Scheduler,
    line: usize,
}

/// Where a log does not agree with what the machine does.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Divergence {
    /// The log is of a version that this crate does not read.
    #[error("version {version} of the log is not known; take a newer release of this crate")]
    Version {
        /// The version.
        version: u32,
    },
    /// The machine decides otherwise.
    #[error("line {line} decides {logged:?}, but the machine {decided:?}")]
    Decision {
        /// Number of the line after the header, from one.
        line: usize,
        /// What the log says.
        logged: Box<Decision>,
        /// What the machine says.
        decided: Box<Decision>,
    },
    /// The machine takes an event that it refused, or refuses one that it took.
    #[error("line {line} tells an event that was taken: {logged}, and now: {taken}")]
    Refusal {
        /// Number of the line after the header, from one.
        line: usize,
        /// Whether it was taken then.
        logged: bool,
        /// Whether it is now.
        taken: bool,
    },
}

impl Rerun {
    /// A machine as it was when the log began.
    ///
    /// # Errors
    /// [`Divergence::Version`] for a log of an unknown version.
    pub fn new(header: &Header) -> Result<Self, Divergence> {
        if header.version != Header::VERSION {
            return Err(Divergence::Version { version: header.version });
        }
        Ok(Self { scheduler: Scheduler::new(header.settings.clone()), line: 0 })
    }

    /// Does what the next line says, and compares.
    ///
    /// # Errors
    /// [`Divergence`] where the machine does something else; further lines mean nothing then.
    pub fn check(&mut self, line: Line) -> Result<(), Divergence> {
        self.line = self.line.saturating_add(1);
        match line {
            Line::Told { at, event, taken: logged } => {
                let taken = self.scheduler.handle(event, at).is_ok();
                if taken == logged { Ok(()) } else { Err(Divergence::Refusal { line: self.line, logged, taken }) }
            }
            Line::Decided { at, decision: logged } => {
                let decided = self.scheduler.poll(at);
                if decided == logged {
                    return Ok(());
                }
                let (logged, decided) = (Box::new(logged), Box::new(decided));
                Err(Divergence::Decision { line: self.line, logged, decided })
            }
        }
    }
}
