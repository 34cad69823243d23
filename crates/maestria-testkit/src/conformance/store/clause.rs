//! The clauses of a store's contract.

use std::fmt;

/// A clause of the contract of [`Store`](maestria_vocabulary::Store).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreClause {
    /// What was never written to reads as empty.
    StartsEmpty,
    /// A value is read as it was put, with the version of its commit; one that was removed is gone.
    GivesBack,
    /// Any key of 1 to 1,024 bytes, any name and any value up to 16 MiB can be used; none is mixed up with another.
    TakesAll,
    /// Versions grow with every commit, removal and putting again included.
    VersionsGrow,
    /// A change is made exactly if its key is as expected; a conflict tells what was found.
    Expects,
    /// A scan gives every key with the prefix once, in order.
    ScansInOrder,
    /// Pages keep to their bounds and say whether there is more.
    Pages,
    /// Records stand at consecutive positions from zero on, as they were appended.
    Appends,
    /// Truncating removes the records before a position and no others, and moves none.
    Truncates,
    /// A batch is applied as a whole or not at all.
    AllOrNothing,
    /// Batches of several tasks apply one after the other.
    OneAfterTheOther,
    /// A dropped call leaves the store usable, and its batch applied as a whole or not at all.
    SurvivesDroppedCalls,
}

impl fmt::Display for StoreClause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::StartsEmpty => "what was never written to reads as empty",
            Self::GivesBack => "a value is read as it was put, and a removed one is gone",
            Self::TakesAll => "every name, key and value within the bounds can be used and none is mixed up",
            Self::VersionsGrow => "versions grow with every commit",
            Self::Expects => "a change is made exactly if its key is as expected",
            Self::ScansInOrder => "a scan gives every key with the prefix once, in order",
            Self::Pages => "pages keep to their bounds and say whether there is more",
            Self::Appends => "records stand at consecutive positions as they were appended",
            Self::Truncates => "truncating removes the records before a position and no others",
            Self::AllOrNothing => "a batch is applied as a whole or not at all",
            Self::OneAfterTheOther => "batches of several tasks apply one after the other",
            Self::SurvivesDroppedCalls => "a dropped call leaves the store usable and nothing half done",
        })
    }
}
