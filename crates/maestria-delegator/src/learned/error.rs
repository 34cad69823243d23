//! What a learned policy cannot learn from.

/// What a learned policy, a predictor of scores or an estimate cannot be made from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LearningError {
    /// A number is infinite or not a number.
    #[error("{what} has a value that is not finite; leave it out or say zero")]
    NotFinite {
        /// What has it.
        what: &'static str,
    },
    /// A number lies outside its range.
    #[error("{what} lies outside {range}")]
    OutOfRange {
        /// What was said.
        what: &'static str,
        /// What it may be.
        range: &'static str,
    },
    /// A vector has the wrong length.
    #[error(
        "{what} has {found} values where {expected} are known; use the embedder and settings that it was made with"
    )]
    WrongLength {
        /// Which vector.
        what: &'static str,
        /// Its length.
        found: usize,
        /// The length known.
        expected: usize,
    },
    /// What another policy learnt is of other features, or of embeddings that were reduced otherwise.
    #[error(
        "it was learnt from contexts of another kind: use the features and the projection that it was made with, or begin anew"
    )]
    OtherContext,
    /// A decision names a choice that is not among its alternatives.
    #[error("the decision chose number {chosen} of {alternatives} alternatives")]
    NoSuchChoice {
        /// The choice.
        chosen: usize,
        /// How many there are.
        alternatives: usize,
    },
    /// There is nothing to learn from.
    #[error("at least {needed} examples are needed, and there are {found}")]
    TooFew {
        /// How many there are.
        found: usize,
        /// How many are needed.
        needed: usize,
    },
}
