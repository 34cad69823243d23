//! The default policy: what it decides in cases a person can check, and what holds in any case.
#![expect(clippy::unwrap_used, reason = "a test panics when it fails")]

mod cases;
mod fleet;
mod properties;
