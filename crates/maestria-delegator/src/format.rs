//! The version that opens everything this crate stores.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// A stored format: written as its number, and refused when what is read is newer than this library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Format<const VERSION: u32>;

impl<const VERSION: u32> Serialize for Format<VERSION> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(VERSION)
    }
}

impl<'de, const VERSION: u32> Deserialize<'de> for Format<VERSION> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u32::deserialize(deserializer)? {
            found if (1..=VERSION).contains(&found) => Ok(Self),
            found => Err(D::Error::custom(format!(
                "version {found} is not known; this library reads versions 1 to {VERSION}"
            ))),
        }
    }
}
