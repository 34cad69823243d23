//! Streams of outcomes that change or not, and when that is noticed.

use std::fmt;

use maestria::{
    Probability,
    registry::{discovery::Draw, drift::Drift},
};

/// Outcomes of a stream.
pub(crate) const TASKS: u64 = 1_000;

/// Outcomes after a change within which it is to be found.
pub(crate) const SOON: u64 = 50;

/// Share of streams without a change that may alarm.
pub(crate) const FALSE_ALARMS: f64 = 0.05;

/// The success rate of a stream, and the one after the change; none where it stays.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Change {
    pub(crate) before: f64,
    pub(crate) after: Option<f64>,
}

impl Change {
    pub(crate) const ALL: [Self; 19] = [
        Self { before: 0.99, after: None },
        Self { before: 0.95, after: None },
        Self { before: 0.9, after: None },
        Self { before: 0.8, after: None },
        Self { before: 0.7, after: None },
        Self { before: 0.5, after: None },
        Self { before: 0.2, after: None },
        Self { before: 0.95, after: Some(0.85) },
        Self { before: 0.95, after: Some(0.75) },
        Self { before: 0.95, after: Some(0.65) },
        Self { before: 0.95, after: Some(0.55) },
        Self { before: 0.9, after: Some(0.7) },
        Self { before: 0.9, after: Some(0.6) },
        Self { before: 0.9, after: Some(0.5) },
        Self { before: 0.8, after: Some(0.5) },
        Self { before: 0.8, after: Some(0.4) },
        Self { before: 0.8, after: Some(0.3) },
        Self { before: 0.6, after: Some(0.2) },
        Self { before: 0.3, after: Some(0.8) },
    ];

    /// What is asked of the share that is found soon: all changes by three tenths or more.
    pub(crate) fn asked(self) -> Option<f64> {
        self.after.filter(|after| (self.before - after).abs() > 0.299).map(|_| 0.9)
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.after {
            Some(after) => write!(f, "{} → {after}", self.before),
            None => write!(f, "{}, no change", self.before),
        }
    }
}

/// What was noticed in streams of a kind.
#[derive(Debug, Clone, Default)]
pub(crate) struct Noticed {
    pub(crate) streams: u64,
    /// Those that alarmed without a change, or before it.
    pub(crate) falsely: u64,
    /// Outcomes from the change to the alarm, where it came after the change.
    pub(crate) delays: Vec<u64>,
}

impl Noticed {
    /// Share of streams that alarmed at most so many outcomes after the change, and not before it.
    pub(crate) fn found_within(&self, tasks: u64) -> f64 {
        let found = self.delays.iter().filter(|delay| **delay <= tasks).count();
        found as f64 / self.streams.max(1) as f64
    }
}

/// Watches so many streams. A change comes after 200 to 800 outcomes.
pub(crate) fn watch(change: Change, streams: u64, seed: u64) -> Noticed {
    let mut noticed = Noticed { streams, ..Noticed::default() };
    let mut draw = Draw::new(seed ^ 0x5eed);
    for _ in 0..streams {
        let turn = change.after.map_or(TASKS, |_| u64::try_from(draw.between(200, 800)).unwrap_or(TASKS));
        let mut drift = Drift::new(Probability::saturating(FALSE_ALARMS), TASKS);
        let mut success =
            |task| draw.chance(if task < turn { change.before } else { change.after.unwrap_or(change.before) });
        match (0..TASKS).find(|task| drift.observe(success(*task)).is_some()) {
            Some(alarm) if alarm < turn => noticed.falsely += 1,
            Some(alarm) => {
                // The outcome that alarms is one of those that it took.
                noticed.delays.push(alarm - turn + 1);
            }
            None => {}
        }
    }
    noticed.delays.sort_unstable();
    noticed
}
