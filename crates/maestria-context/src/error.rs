//! What this crate refuses.

use maestria_vocabulary::Tokens;

/// Why a value was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The room kept for the answer leaves none for the prompt.
    #[error("{reserve_output} kept for the answer leave nothing of a window of {window}")]
    NoRoom {
        /// The whole window.
        window: Tokens,
        /// What was to be kept for the answer.
        reserve_output: Tokens,
    },
}

/// What this crate gives back where it can refuse.
pub type Result<T, E = Error> = std::result::Result<T, E>;
