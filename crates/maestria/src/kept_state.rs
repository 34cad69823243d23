//! What an orchestrator keeps in its store, and how that goes.

use serde::Serialize;

/// What an [opened](crate::Builder::open) orchestrator took in from its store, what it wrote, and what failed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct KeptState {
    /// Records and profiles that were taken in.
    pub entries_restored: usize,
    /// Records and profiles of models or abilities that are not registered now. They stay in the store, and are taken in when their model
    /// is registered.
    pub entries_dormant: usize,
    /// Whether the learned policy goes on where it was.
    pub policy_restored: bool,
    /// What the store has and cannot be used, or could not be kept, and why.
    pub refused: Vec<String>,
    /// Records and profiles written.
    pub entries_written: u64,
    /// Decisions written.
    pub decisions_written: u64,
    /// Decisions that were given up because the store failed for too long. The policy has learnt from them.
    pub decisions_lost: u64,
    /// How often writing failed.
    pub failures: u64,
    /// Why, if the latest try failed. What was to be written still is, and is tried again.
    pub failed: Option<String>,
}
