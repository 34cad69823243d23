//! How far a measurement is, told on standard error while one waits.

use std::{
    io::Write,
    time::{Duration, Instant},
};

/// Time between two words on how far it is.
const EVERY: Duration = Duration::from_secs(2);

/// Goes through `items`, and tells now and then how many `what` of them are done.
pub fn told<'a, T>(items: &'a [T], what: &'a str) -> impl Iterator<Item = &'a T> {
    let mut last = Instant::now();
    items.iter().enumerate().map(move |(i, item)| {
        if last.elapsed() > EVERY {
            // Whether anyone reads it makes no difference.
            let _ = writeln!(std::io::stderr(), "  {i} of {} {what}", items.len());
            last = Instant::now();
        }
        item
    })
}
