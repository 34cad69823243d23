//! Measurements that anyone can repeat: `cargo bench --package maestria-benches`, and what its commands `accuracy` and `planning` share.

pub mod source;

pub mod jsonl;
pub mod progress;
pub mod remembering;

pub mod cases;
pub mod fleet;
pub mod seal_tools;

pub mod scores;
pub mod split;
pub mod table;

/// Result of measuring; what goes wrong ends the command with its words.
pub type Result<T = (), E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

/// An error and what led to it.
#[must_use]
pub fn told(error: &dyn std::error::Error) -> String {
    std::iter::successors(error.source(), |error| error.source())
        .fold(error.to_string(), |told, cause| format!("{told}: {cause}"))
}
