//! Which part of a set of cases a family belongs to, told by a hash of its name, so that a new family moves no other.

use sha2::{Digest, Sha256};

/// The bucket, of `count`, of a family: the first four bytes of the SHA-256 of its name, modulo the count.
#[must_use]
pub fn bucket(family: &str, count: u32) -> u32 {
    let digest = Sha256::digest(family.as_bytes());
    digest.iter().take(4).fold(0_u32, |number, &byte| number << 8 | u32::from(byte)) % count.max(1)
}
