//! Keys of tables: short strings of bytes, sorted as such.

use std::{fmt, str::FromStr, sync::Arc};

/// A string of bytes that cannot be a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key has 1 to {} bytes, this one has {len}", Key::MAX_LEN)]
pub struct InvalidKey {
    /// Length found, in bytes.
    pub len: usize,
}

/// A key of a table: 1 to 1,024 bytes, sorted byte by byte.
///
/// Keys of several parts, such as a tenant and a number, are made by [`of_parts`](Self::of_parts), so that one tenant's prefix never
/// reaches another tenant's keys:
///
/// ```
/// use maestria_vocabulary::store::Key;
///
/// let ann = Key::of_parts(["ann"])?;
/// assert!(Key::of_parts(["ann", "7"])?.as_bytes().starts_with(ann.as_bytes()));
/// assert!(!Key::of_parts(["anna", "7"])?.as_bytes().starts_with(ann.as_bytes()));
/// # Ok::<(), maestria_vocabulary::store::InvalidKey>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(Arc<[u8]>);

impl Key {
    /// Longest key, in bytes.
    pub const MAX_LEN: usize = 1024;

    /// A key of these bytes.
    ///
    /// # Errors
    /// [`InvalidKey`] when there are none, or more than [`MAX_LEN`](Self::MAX_LEN).
    pub fn new(bytes: impl AsRef<[u8]>) -> Result<Self, InvalidKey> {
        let bytes = bytes.as_ref();
        match bytes.len() {
            1..=Self::MAX_LEN => Ok(Self(bytes.into())),
            len => Err(InvalidKey { len }),
        }
    }

    /// A key of several parts of any bytes. It sorts by the first part, then by the second, and so on, and begins with the key of its
    /// first parts, and with that of no others.
    ///
    /// Each part is followed by the bytes 0, 1; a zero within a part becomes 0, 255.
    ///
    /// # Errors
    /// [`InvalidKey`] when there is no part, or the whole is longer than [`MAX_LEN`](Self::MAX_LEN).
    pub fn of_parts<P: AsRef<[u8]>>(parts: impl IntoIterator<Item = P>) -> Result<Self, InvalidKey> {
        let mut bytes = Vec::new();
        for part in parts {
            for &byte in part.as_ref() {
                bytes.push(byte);
                if byte == 0 {
                    bytes.push(255);
                }
            }
            bytes.extend([0, 1]);
        }
        Self::new(bytes)
    }

    /// Its bytes; as a prefix of a [`Scan`](super::Scan), all keys that begin with it.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl FromStr for Key {
    type Err = InvalidKey;
    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        Self::new(text)
    }
}

impl AsRef<[u8]> for Key {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.escape_ascii().fmt(f)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    #[test]
    fn keys_are_bounded() {
        let check = |len: usize, good: bool| {
            assert_eq!(
                Key::new(vec![7; len]),
                if good { Ok(Key(vec![7; len].into())) } else { Err(InvalidKey { len }) }
            )
        };
        check(0, false);
        check(1, true);
        check(1024, true);
        check(1025, false);
        assert_eq!(Key::of_parts([""; 0]), Err(InvalidKey { len: 0 }));
    }

    #[test]
    fn a_key_reads_as_text_where_it_is_one() {
        assert_eq!(format!("{:?}", Key::of_parts(["ann", "7"]).unwrap()), r"Key(ann\x00\x017\x00\x01)");
    }

    fn parts() -> impl Strategy<Value = Vec<Vec<u8>>> {
        vec(vec(prop_oneof![Just(0), Just(1), Just(255), any::<u8>()], 0..4), 1..4)
    }

    proptest! {
        #[test]
        fn parts_sort_as_lists_and_begin_with_their_first_parts_alone(a in parts(), b in parts()) {
            let (one, other) = (Key::of_parts(&a).unwrap(), Key::of_parts(&b).unwrap());
            prop_assert_eq!(one.cmp(&other), a.cmp(&b));
            prop_assert_eq!(other.as_bytes().starts_with(one.as_bytes()), b.starts_with(&a));
        }
    }
}
