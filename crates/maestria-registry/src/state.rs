//! What a registry keeps between runs of an application: small versioned entries under readable keys, one per card, profile and record.

mod key;

use maestria_vocabulary::{Capability, ModelId};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{ModelCard, Record, Snapshot, snapshot::Difference};
pub(crate) use key::Key;

/// The version in which entries are written. Older ones are read.
const VERSION: u32 = 1;

/// One entry of a table, to be written or deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// `card/MODEL`, `profile/MODEL` or `record/MODEL/ABILITY`, where `/` and `%` within a name are `%2F` and `%25`.
    pub key: String,
    /// JSON with its version; nothing when the entry is to be deleted.
    pub value: Option<Vec<u8>>,
}

/// Why an entry was not restored. The others were.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// A later version of this crate wrote it: update the application, or delete the entry.
    #[error("the entry {key:?} is of version {version}, and at most version {VERSION} is understood")]
    NewerVersion {
        /// Its key.
        key: String,
        /// Its version.
        version: u32,
    },
    /// It is not what was written: restore it from a copy, or delete it.
    #[error("the entry {key:?} is damaged")]
    Damaged {
        /// Its key.
        key: String,
        /// Where reading failed.
        #[source]
        source: serde_json::Error,
    },
    /// It reads well and says what cannot be, such as a share above one.
    #[error("the entry {key:?} says what cannot be")]
    Unsound {
        /// Its key.
        key: String,
    },
    /// It is a card that a registry does not take.
    #[error("the entry {key:?} is refused")]
    Refused {
        /// Its key.
        key: String,
        /// Why.
        #[source]
        source: crate::Error,
    },
    /// It belongs to a model that is not registered, or to an ability that the model does not declare.
    #[error("the entry {key:?} belongs to no model or ability that is registered")]
    Orphaned {
        /// Its key.
        key: String,
    },
    /// No registry writes such a key.
    #[error("the entry {key:?} is none of a registry")]
    Foreign {
        /// The key.
        key: String,
    },
}

/// What was restored, and what was not.
#[derive(Debug, Default)]
pub struct Restored {
    /// Entries that were taken in.
    pub entries: usize,
    /// Why the others were not.
    pub refused: Vec<StateError>,
}

impl Snapshot {
    /// What is to be written so that a table that holds `earlier` holds this snapshot: one entry per card, profile and record that differs.
    /// The default snapshot stands for an empty table.
    ///
    /// Health is not kept: after a restart every circuit is closed, and nothing is known of residencies.
    #[must_use]
    pub fn entries_since(&self, earlier: &Self) -> Vec<Entry> {
        self.differences(earlier).into_iter().map(Entry::from).collect()
    }
}

impl From<Difference<'_>> for Entry {
    fn from(difference: Difference<'_>) -> Self {
        match difference {
            Difference::Card(id, card) => Self::new(Key::Card(id.clone()), card),
            Difference::Profile(id, profile) => Self::new(Key::Profile(id.clone()), profile),
            Difference::Record(id, capability, record) => {
                Self::new(Key::Record(id.clone(), capability.clone()), record)
            }
        }
    }
}

impl Entry {
    fn new<T: Serialize>(key: Key, content: Option<&T>) -> Self {
        // Writing to memory fails only for maps whose keys are no strings, and there are none.
        let write = |content| serde_json::to_vec(&Versioned { version: VERSION, content }).unwrap_or_default();
        Self { key: key.to_string(), value: content.map(write) }
    }
}

#[derive(Serialize, Deserialize)]
struct Versioned<T> {
    version: u32,
    content: T,
}

/// What an entry holds.
#[derive(Debug)]
pub(crate) enum Kept {
    Card(Box<ModelCard>),
    Profile(ModelId, Value),
    Record(ModelId, Capability, Box<Record>),
}

impl Kept {
    /// Reads an entry.
    pub(crate) fn read(key: &str, value: &[u8]) -> Result<Self, StateError> {
        match Key::parse(key) {
            None => Err(StateError::Foreign { key: key.to_owned() }),
            Some(Key::Card(id)) => {
                let card: ModelCard = content(key, value)?;
                if card.id != id {
                    return Err(StateError::Unsound { key: key.to_owned() });
                }
                card.validate().map_err(|source| StateError::Refused { key: key.to_owned(), source })?;
                Ok(Self::Card(Box::new(card)))
            }
            Some(Key::Profile(id)) => Ok(Self::Profile(id, content(key, value)?)),
            Some(Key::Record(id, capability)) => {
                let record: Record = content(key, value)?;
                if !record.is_sound() {
                    return Err(StateError::Unsound { key: key.to_owned() });
                }
                Ok(Self::Record(id, capability, Box::new(record)))
            }
        }
    }

    /// Cards come first, for the others belong to them.
    pub(crate) const fn order(&self) -> u8 {
        match self {
            Self::Card(_) => 0,
            Self::Profile(..) | Self::Record(..) => 1,
        }
    }
}

fn content<T: DeserializeOwned>(key: &str, value: &[u8]) -> Result<T, StateError> {
    #[derive(Deserialize)]
    struct Version {
        version: u32,
    }
    let damaged = |source| StateError::Damaged { key: key.to_owned(), source };
    // What a later version holds may look like nothing known.
    let Version { version } = serde_json::from_slice(value).map_err(damaged)?;
    if version > VERSION {
        return Err(StateError::NewerVersion { key: key.to_owned(), version });
    }
    Ok(serde_json::from_slice::<Versioned<T>>(value).map_err(damaged)?.content)
}
