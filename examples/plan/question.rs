//! One line of input: a request, and when it was made.

use jiff::{Zoned, fmt::temporal::Pieces, tz::TimeZone};
use serde::Deserialize;

use crate::Result;

/// A request, and when it was made.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) request: String,
    pub(crate) now: Option<Zoned>,
}

#[derive(Debug, Deserialize)]
struct Line {
    request: String,
    now: Option<String>,
}

impl Asked {
    /// Reads a line.
    pub(crate) fn read(line: &str) -> Result<Self> {
        let line: Line = serde_json::from_str(line)
            .map_err(|error| format!("not an object with `request` and an optional `now`: {error}"))?;
        let now = line.now.as_deref().map(zoned).transpose()?;
        Ok(Self { request: line.request, now })
    }
}

/// A time with its offset, such as `2026-03-04T10:00:00+01:00`.
fn zoned(text: &str) -> Result<Zoned> {
    let wrong = || format!("`now` is {text:?}: give a time with its offset, such as 2026-03-04T10:00:00+01:00");
    let pieces = Pieces::parse(text).map_err(|error| format!("{}: {error}", wrong()))?;
    let zone = match pieces.to_numeric_offset() {
        Some(offset) => TimeZone::fixed(offset),
        None if text.ends_with(['Z', 'z']) => TimeZone::UTC,
        None => return Err(wrong().into()),
    };
    let time = pieces.time().ok_or_else(wrong)?;
    Ok(pieces.date().to_datetime(time).to_zoned(zone)?)
}
