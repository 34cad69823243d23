//! Moments as a parameter wants them: a date, a time of day, or both.

use jiff::{
    Zoned,
    civil::{Date, Time},
    tz::TimeZone,
};
use serde_json::{Value, json};

use super::{moment::Moment, parameter::Parameter, passage::Passage, value::Reading};

/// How a moment is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Date,
    DateTime,
    /// With the offset, as JSON Schema's `format: "time"` asks for.
    Time,
    /// Hours and minutes.
    Clock,
}

/// What each moment of the passage would be as the value of `parameter`.
pub(super) fn readings(parameter: &Parameter<'_>, passage: &Passage<'_>) -> Vec<Reading> {
    let begins = parameter.named(&[
        "start",
        "from",
        "begin",
        "after",
        "since",
        "departure",
        "depart",
        "checkin",
        "in",
        "pickup",
        "outbound",
    ]);
    let ends = parameter
        .named(&["end", "to", "until", "before", "return", "checkout", "out", "due", "deadline", "dropoff", "inbound"]);
    let mut found = Vec::new();
    for (place, moment) in passage.moments.iter().enumerate() {
        let was = moment.opener == "since" || parameter.named(&["since"]);
        let moment = &Moment { date: moment.past.filter(|_| was).or(moment.date), ..moment.clone() };
        let is_both = shape(parameter, moment) == Shape::DateTime;
        if is_both && gives_its_day(place, &passage.moments) {
            continue;
        }
        let day = if is_both { day_of(place, &passage.moments) } else { None };
        let dated = day.map(|day| Moment { date: Some(day), ..moment.clone() });
        let Some(value) = written(dated.as_ref().unwrap_or(moment), parameter, passage.now) else { continue };
        let opens_end =
            matches!(moment.opener.as_str(), "to" | "until" | "till" | "by" | "before" | "returning" | "-" | "through");
        let opens_start =
            matches!(moment.opener.as_str(), "from" | "since" | "after" | "starting" | "on" | "leaving" | "between");
        let second = place > 0;
        let score = match (begins && !ends, ends && !begins) {
            (true, _) if opens_end => 0.4,
            (true, _) => 0.9 - 0.1 * f64::from(u8::from(second)),
            (_, true) if opens_end || second => 0.9,
            // "Due on the 18th" is no beginning.
            (_, true) if opens_start && (moment.opener != "on" || passage.moments.len() > 1) => 0.4,
            (_, true) => 0.6,
            _ => 0.85,
        };
        found.push(Reading { value, span: moment.span, score });
    }
    // Two ends of a stretch of time are not told apart by less than this.
    found.retain(|reading| reading.score >= 0.5);
    found
}

/// The day of a time of day that is said apart from it, "on September 2, starting at 16:00": the last day before it, or else the only one.
fn day_of(place: usize, moments: &[Moment]) -> Option<Date> {
    let moment = moments.get(place).filter(|moment| moment.date.is_none() && moment.time.is_some())?;
    let (before, behind) = moments.split_at_checked(place)?;
    // "By Friday" and "to May 5" are ends of something, not the day on which it is.
    let is_end = |other: &&Moment| {
        matches!(other.opener.as_str(), "by" | "until" | "till" | "before" | "to" | "through" | "-" | "–" | "for")
    };
    let day = |other: &Moment| other.date.filter(|_| other.span != moment.span);
    if let Some(day) = before.iter().rev().filter(|other| !is_end(other)).find_map(day) {
        return Some(day);
    }
    let mut days = behind.iter().filter(|other| !is_end(other)).filter_map(day);
    days.next().filter(|_| days.next().is_none())
}

/// Whether a moment is but the day of a time of day that is said apart from it.
fn gives_its_day(place: usize, moments: &[Moment]) -> bool {
    let Some(Moment { date: Some(date), time: None, .. }) = moments.get(place) else { return false };
    (0..moments.len()).any(|other| day_of(other, moments) == Some(*date))
}

fn written(moment: &Moment, parameter: &Parameter<'_>, now: Option<&Zoned>) -> Option<Value> {
    let text = match (shape(parameter, moment), moment.date, moment.time) {
        (Shape::Date, Some(date), _) => date_as(date, parameter),
        (Shape::Time, _, Some(time)) => match now {
            Some(now) => format!("{}{}", time.strftime("%H:%M:%S"), offset(now)),
            None => time.strftime("%H:%M:%S").to_string(),
        },
        (Shape::Clock, _, Some(time)) => time.strftime("%H:%M").to_string(),
        (Shape::DateTime, Some(date), time) => date_time(date, time, now),
        (Shape::DateTime, None, Some(time)) => {
            let now = now?;
            let today = now.date();
            let day = if time <= now.time() { today.tomorrow().ok()? } else { today };
            date_time(day, Some(time), Some(now))
        }
        _ => return None,
    };
    Some(json!(text))
}

fn shape(parameter: &Parameter<'_>, moment: &Moment) -> Shape {
    match parameter.schema.get("format").and_then(Value::as_str) {
        Some("date") => return Shape::Date,
        Some("date-time") => return Shape::DateTime,
        Some("time") => return Shape::Time,
        _ => {}
    }
    let says_both = parameter.describes("date and time")
        || parameter.describes("datetime")
        || parameter.describes("date-time")
        || parameter.describes("HH:MM") && parameter.describes("YYYY-MM-DD")
        || parameter.describes("ISO 8601") && !parameter.describes("date")
        || parameter.named(&["datetime", "timestamp", "when"]);
    if says_both {
        return Shape::DateTime;
    }
    if parameter.named(&["time"]) && !parameter.named(&["date", "day"]) {
        let clock = parameter.describes("HH:MM") || moment.date.is_none() || !parameter.named(&["start", "end"]);
        return if clock { Shape::Clock } else { Shape::DateTime };
    }
    Shape::Date
}

/// A date in the order that the description writes out, ISO 8601 otherwise.
fn date_as(date: Date, parameter: &Parameter<'_>) -> String {
    let order = [
        ("MM/DD/YYYY", "%m/%d/%Y"),
        ("DD/MM/YYYY", "%d/%m/%Y"),
        ("DD.MM.YYYY", "%d.%m.%Y"),
        ("MM-DD-YYYY", "%m-%d-%Y"),
        ("DD-MM-YYYY", "%d-%m-%Y"),
    ];
    let named = order.iter().find(|(name, _)| parameter.describes(name));
    named.map_or_else(|| date.to_string(), |(_, format)| date.strftime(format).to_string())
}

/// A day without a time of day begins at midnight.
fn date_time(date: Date, time: Option<Time>, now: Option<&Zoned>) -> String {
    let at = date.to_datetime(time.unwrap_or(Time::midnight()));
    match now {
        Some(now) => format!("{}{}", at.strftime("%Y-%m-%dT%H:%M:%S"), offset(now)),
        None => at.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
    }
}

/// The offset of a time from UTC: "+01:00".
fn offset(now: &Zoned) -> String {
    if *now.time_zone() == TimeZone::UTC { "+00:00".to_owned() } else { now.strftime("%:z").to_string() }
}

#[cfg(test)]
mod tests {
    use maestria_vocabulary::{Span, ToolSpec};

    use super::*;
    use crate::extract::tool_words::ToolWords;

    #[test]
    fn a_time_of_day_takes_the_day_that_is_said_apart_from_it() {
        let now: Zoned = "2026-09-01T10:00:00+02:00[+02:00]".parse().unwrap();
        let spec = ToolSpec::new("create_event".parse().unwrap(), "").with_input(json!({
            "properties": {"start": {"type": "string", "format": "date-time", "description": "When it begins"}},
        }));
        let check = |text: &str, expected: &[&str]| {
            let passage = Passage::new(text, Span { start: 0, end: text.len() }, Some(&now));
            let words = ToolWords::new(&spec, &passage);
            let parameters = Parameter::all(&spec.input, &words);
            let found: Vec<Value> =
                readings(&parameters[0], &passage).into_iter().map(|reading| reading.value).collect();
            assert_eq!(found, expected, "{text}");
        };
        check("a lesson on September 2, starting at 16:00", &["2026-09-02T16:00:00+02:00"]);
        check("at 16:00, a lesson in the town hall, September 2", &["2026-09-02T16:00:00+02:00"]);
        check("a lesson on September 2", &["2026-09-02T00:00:00+02:00"]);
        check("a lesson at 16:00", &["2026-09-01T16:00:00+02:00"]);
        check("a reminder at 18:00 to mail the report until September 4", &["2026-09-01T18:00:00+02:00"]);
        check(
            "on September 2 a lesson at 16:00 and a walk at 18:00",
            &["2026-09-02T16:00:00+02:00", "2026-09-02T18:00:00+02:00"],
        );
    }
}
