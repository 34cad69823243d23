//! What the caller asked for that cannot be.

use maestria_vocabulary::Tokens;

/// What the caller asked for that cannot be.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The tokens expected do not fit the window required.
    #[error("a window of {window} is required for {expected}")]
    WindowTooSmall {
        /// The window required.
        window: Tokens,
        /// The tokens expected.
        expected: Tokens,
    },
    /// The step is given no time, which no model can meet.
    #[error("a latency of nothing is required")]
    NoTime,
}

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;
