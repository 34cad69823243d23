//! How far a model was brought into service, as whoever brings it there reports.

use maestria_vocabulary::Timestamp;
use serde::{Deserialize, Serialize};

/// How far a model was brought into service, and since when.
///
/// ```text
/// Unreported, Absent ─LoadStarted─▶ Loading ─Loaded─▶ Warming ─Warmed─▶ Ready
///      ▲                              │                  │                │
///      └────────────────Gone──────────┴──────────────────┴────────────────┘
/// ```
///
/// A model is ready only when it was warmed up after every load: the first call of many engines compiles kernels or fills caches, and is no
/// measure of the others. Which memory a model holds is the scheduler's to know; this is what the application reports to whoever reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Residency {
    /// Nobody reports of it; it is taken to be ready.
    #[default]
    Unreported,
    /// It is not in service.
    Absent {
        /// Since when.
        since: Timestamp,
    },
    /// It is being loaded.
    Loading {
        /// Since when.
        since: Timestamp,
    },
    /// It is loaded, and takes its first calls, which nobody waits for.
    Warming {
        /// Since when.
        since: Timestamp,
    },
    /// It is in service.
    Ready {
        /// Since when.
        since: Timestamp,
    },
}

/// What happened to a model on its way into service or out of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResidencyEvent {
    /// It began to load.
    LoadStarted,
    /// It is loaded, and begins to be warmed up.
    Loaded,
    /// It was warmed up, or needs no warming up.
    Warmed,
    /// It left, or could not be loaded.
    Gone,
}

impl Residency {
    /// Whether calls that someone waits for may go to it.
    #[must_use]
    pub const fn is_ready(self) -> bool {
        matches!(self, Self::Unreported | Self::Ready { .. })
    }

    /// The state after an event; nothing where the event cannot follow.
    #[must_use]
    pub const fn after(self, event: ResidencyEvent, now: Timestamp) -> Option<Self> {
        match (self, event) {
            (Self::Unreported | Self::Absent { .. }, ResidencyEvent::LoadStarted) => Some(Self::Loading { since: now }),
            (Self::Loading { .. }, ResidencyEvent::Loaded) => Some(Self::Warming { since: now }),
            (Self::Warming { .. }, ResidencyEvent::Warmed) => Some(Self::Ready { since: now }),
            (Self::Absent { .. }, ResidencyEvent::Gone) => None,
            (_, ResidencyEvent::Gone) => Some(Self::Absent { since: now }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_model_is_ready_only_after_it_was_loaded_and_warmed_up(
            events in prop::collection::vec(
                prop::sample::select(vec![
                    ResidencyEvent::LoadStarted, ResidencyEvent::Loaded, ResidencyEvent::Warmed, ResidencyEvent::Gone,
                ]),
                0..40,
            ),
        ) {
            let (mut residency, mut accepted) = (Residency::default(), Vec::new());
            for event in events {
                if let Some(next) = residency.after(event, Timestamp::ZERO) {
                    residency = next;
                    accepted.push(event);
                }
                let whole = accepted.ends_with(&[ResidencyEvent::LoadStarted, ResidencyEvent::Loaded, ResidencyEvent::Warmed]);
                prop_assert_eq!(residency.is_ready(), whole || accepted.is_empty());
            }
        }
    }
}
