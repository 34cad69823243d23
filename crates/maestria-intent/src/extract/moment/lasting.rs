//! Moments that a length of time reaches from now: "for two hours", "in the last half hour".

use jiff::Zoned;
use maestria_vocabulary::Span;

use super::{Moment, length::length, lowered};
use crate::words::Word;

/// The moment up to which something lasts that begins now: "for two hours", "for the next three days", but not where it is told of something
/// that was, or begins later.
pub(in crate::extract) fn lasting(words: &[Word<'_>], now: Option<&Zoned>) -> Option<Moment> {
    const TELLS: &[&str] = &[
        "was", "were", "been", "had", "has", "have", "i've", "because", "since", "starting", "from", "after", "made",
        "used",
    ];
    let lower = lowered(words);
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    let place = lower.iter().position(|word| *word == "for")?;
    if lower.iter().any(|word| TELLS.contains(word)) {
        return None;
    }
    let rest = lower.get(place + 1..)?;
    let links = rest.iter().take_while(|word| matches!(**word, "the" | "next" | "another" | "about")).count();
    let (length, taken) = length(rest.get(links..)?)?;
    let moved = now?.checked_add(length.span).ok()?;
    reached(words.get(place + 1 + links..=place + links + taken)?, &moved, "for")
}

/// The moment since which something is looked at that has gone on until now: "in the last half hour", "the past 30 minutes".
pub(in crate::extract) fn passed(words: &[Word<'_>], now: Option<&Zoned>) -> Option<Moment> {
    let lower = lowered(words);
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    let (place, length, taken) = lower.iter().enumerate().find_map(|(place, word)| {
        let rest = lower.get(place + 1..).filter(|_| matches!(*word, "last" | "past" | "previous"))?;
        let (length, taken) = match rest {
            ["half", "hour", ..] => length(&["half", "an", "hour"]).map(|(length, _)| (length, 2))?,
            ["hour" | "minute", ..] => length(&["an", rest.first()?]).map(|(length, _)| (length, 1))?,
            _ => length(rest)?,
        };
        Some((place, length, taken)).filter(|_| !length.of_days)
    })?;
    let moved = now?.checked_sub(length.span).ok()?;
    reached(words.get(place..=place + taken)?, &moved, "since")
}

/// The moment at which a length of time ends or began that these words say.
fn reached(words: &[Word<'_>], moved: &Zoned, opener: &str) -> Option<Moment> {
    let span = Span { start: words.first()?.span.start, end: words.last()?.span.end };
    Some(Moment {
        date: Some(moved.date()),
        time: Some(moved.time()),
        span,
        parts: [span; 2],
        past: None,
        is_duration: true,
        opener: opener.to_owned(),
        begun_by: None,
    })
}
