//! Moments as a parameter wants them: a date, a time of day, or both.

use jiff::{
    Zoned,
    civil::{Date, DateTime, Time},
};
use maestria_vocabulary::Span;
use serde_json::{Value, json};

use super::{
    afternoon::{GUESSED, afternoon},
    moment::{Moment, lasting, passed},
    overlap,
    parameter::Parameter,
    passage::Passage,
    tense,
    value::Reading,
};
use crate::words::stem;

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

/// Words of parameters for the end of a stretch of time.
const ENDS: &[&str] =
    &["end", "to", "until", "before", "return", "checkout", "out", "due", "deadline", "dropoff", "inbound"];

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
    let ends = parameter.named(ENDS);
    let mut found = Vec::new();
    for (place, moment) in passage.moments.iter().enumerate() {
        let date = tense::date(moment, &passage.moments, parameter, passage);
        let moment = &Moment { date, ..moment.clone() };
        let is_both = shape(parameter, moment) == Shape::DateTime;
        if is_both && gives_its_day(place, &passage.moments) {
            continue;
        }
        let day = if is_both { day_of(place, &passage.moments) } else { None };
        let dated = day.map_or_else(|| moment.clone(), |day| Moment { date: Some(day), ..moment.clone() });
        let later = afternoon(&dated, parameter, passage);
        let is_guessed = later.is_some();
        let dated = later.map_or(dated.clone(), |time| Moment { time: Some(time), ..dated });
        let Some(value) = written(&dated, parameter, passage.now) else { continue };
        let opens_end = tense::is_end(&moment.opener);
        let opens_start =
            matches!(moment.opener.as_str(), "from" | "since" | "after" | "starting" | "on" | "leaving" | "between");
        let second = place > 0 || moment.opener == "and" && !passage.stretches.is_empty();
        // "Move it to Friday" ends nothing where nothing that has an end is asked for.
        let is_moved = moment.opener == "to" && place == 0 && !parameter.named(&["since", "after", "from"]);
        let is_moved = is_moved && parameter.tool.parameters_named(ENDS).next().is_none();
        let score = match (begins && !ends, ends && !begins) {
            (true, _) if opens_end && !is_moved => 0.4,
            (true, _) => 0.9 - 0.1 * f64::from(u8::from(second)),
            (_, true) if opens_end || second => 0.9,
            // "Due on the 18th" is no beginning.
            (_, true) if opens_start && (moment.opener != "on" || passage.moments.len() > 1) => 0.4,
            (_, true) => 0.6,
            _ => 0.85,
        };
        let [dated, timed] = moment.parts;
        let span = match shape(parameter, moment) {
            Shape::Date => dated,
            Shape::Time | Shape::Clock => timed,
            Shape::DateTime => moment.span,
        };
        let score = if is_beside_name(parameter, passage, moment.span) { NAMED.max(score) } else { score };
        let score = if is_guessed { score.min(GUESSED) } else { score };
        found.push(Reading { value, span, score });
    }
    // Two ends of a stretch of time are not told apart by less than this.
    found.retain(|reading| reading.score >= 0.5);
    let stretches = if begins == ends { Vec::new() } else { of_stretches(parameter, passage, begins) };
    found.retain(|reading| stretches.iter().all(|stretch| !overlap(stretch.span, reading.span)));
    found.extend(stretches);
    let lasts = parameter.named(&["until", "till", "expires", "expiry"]);
    let is_since = parameter.named(&["since", "after", "from", "start", "begin"]) && !ends;
    if found.is_empty() && (lasts || is_since) {
        let moment = if lasts { lasting(&passage.words, passage.now) } else { passed(&passage.words, passage.now) };
        let value = moment.as_ref().and_then(|moment| written(moment, parameter, passage.now));
        found.extend(moment.zip(value).map(|(moment, value)| Reading { value, span: moment.span, score: 0.9 }));
    }
    found
}

/// The score of a moment that stands behind the name of the parameter.
const NAMED: f64 = 0.96;

/// Whether a word of the parameter's name that says more than that it is a moment stands close before a moment: "woke up today at 6:45" of `woke_up`.
fn is_beside_name(parameter: &Parameter<'_>, passage: &Passage<'_>, span: Span) -> bool {
    const NEAR: usize = 4;
    const PLAIN: &[&str] = &[
        "time", "date", "day", "moment", "start", "starts", "end", "ends", "from", "to", "until", "since", "at", "on",
        "in", "out", "begin", "begins", "by", "due", "before", "after", "of", "for", "new", "up", "the",
    ];
    let is_shared = |word: &str| parameter.tool.parameters_named(&[word]).nth(1).is_some();
    let said = |word: &String| !PLAIN.contains(&word.as_str()) && !is_shared(word);
    let mut before = passage.words.iter().rev().filter(|word| word.span.end <= span.start).take(NEAR);
    let mut last = span.start;
    before.any(|word| {
        let gap = passage.text.get(word.span.end..last).unwrap_or_default();
        let is_close = last != usize::MAX && !gap.contains([',', ';', '.', '!', '?', '\n']);
        last = if is_close { word.span.start } else { usize::MAX };
        is_close && parameter.name_words.iter().filter(|name| said(name)).any(|name| stem(name) == stem(word.text))
    })
}

/// What the stretches of time are for a parameter that is the beginning or the end of one, of a tool that takes both: "last month".
fn of_stretches(parameter: &Parameter<'_>, passage: &Passage<'_>, begins: bool) -> Vec<Reading> {
    const BOTH: [&[&str]; 2] = [&["end", "to", "until", "before"], &["start", "from", "begin", "after", "since"]];
    let tool = parameter.tool;
    let [own, other] = if begins { [BOTH[1], BOTH[0]] } else { BOTH };
    let is_alike = |schema: &Value| schema.get("format") == parameter.schema.get("format");
    if !parameter.named(own) || !tool.parameters_named(other).any(is_alike) {
        return Vec::new();
    }
    let reading = |moment: &Moment| {
        let first = moment.begun_by.and_then(|place| passage.stretches.get(place)).unwrap_or(moment);
        // What is done at a time may be done at any within a stretch: "a meeting next week".
        let is_all = match shape(parameter, moment) {
            Shape::Date => {
                tool.is_pure() || matches!(first.opener.as_str(), "of" | "for" | "during" | "from" | "between")
            }
            Shape::DateTime => tool.is_pure(),
            Shape::Time | Shape::Clock => false,
        };
        let date = tense::date(moment, &passage.stretches, parameter, passage);
        let value = written(&Moment { date, ..moment.clone() }, parameter, passage.now).filter(|_| is_all)?;
        Some(Reading { value, span: moment.span, score: 0.9 })
    };
    let ends = passage.stretches.iter().filter(|moment| tense::is_end(&moment.opener) != begins);
    ends.filter_map(reading).collect()
}

/// The day of a time of day that is said apart from it, "on September 2, starting at 16:00": that of the end of what it begins, the last day
/// before it, or else the only one.
fn day_of(place: usize, moments: &[Moment]) -> Option<Date> {
    let moment = moments.get(place).filter(|moment| moment.date.is_none() && moment.time.is_some())?;
    // What ends later on the day on which it begins, or in the night behind it.
    if let Some(begin) = moment.begun_by.filter(|begin| *begin < place)
        && let Some(first) = moments.get(begin)
        && let Some(date) = first.date.or_else(|| day_of(begin, moments))
    {
        return if moment.time < first.time { date.tomorrow().ok() } else { Some(date) };
    }
    if let Some(end) = moments.iter().find(|end| end.begun_by == Some(place) && end.date.is_some()) {
        return end.date;
    }
    let (before, behind) = moments.split_at_checked(place)?;
    // "By Friday" and "to May 5" are ends of something, not the day on which it is.
    let is_end = |other: &&Moment| tense::is_end(&other.opener) || other.opener == "for";
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
        (Shape::Time, date, Some(time)) => {
            let day = date.or(now.map(Zoned::date)).unwrap_or_default();
            zoned(day.to_datetime(time), "%H:%M:%S", now)
        }
        (Shape::Clock, _, Some(time)) => time.strftime("%H:%M").to_string(),
        (Shape::DateTime, Some(date), time) => date_time(date, time, now),
        (Shape::DateTime, None, Some(time)) => {
            let now = now?;
            let today = now.date();
            let has_been = time <= now.time();
            let day = match moment.opener == "since" || parameter.named(&["since"]) {
                true if has_been => today,
                true => today.yesterday().ok()?,
                false if has_been => today.tomorrow().ok()?,
                false => today,
            };
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
        || parameter.describes("hh:mm") && parameter.describes("yyyy-mm-dd")
        || parameter.describes("iso 8601") && !parameter.describes("date")
        || parameter.named(&["datetime", "timestamp", "when"]);
    if says_both {
        return Shape::DateTime;
    }
    if parameter.named(&["time"]) && !parameter.named(&["date", "day"]) {
        let clock = parameter.describes("hh:mm") || moment.date.is_none() || !parameter.named(&["start", "end"]);
        return if clock { Shape::Clock } else { Shape::DateTime };
    }
    Shape::Date
}

/// A date in the order that the description writes out, ISO 8601 otherwise.
fn date_as(date: Date, parameter: &Parameter<'_>) -> String {
    let order = [
        ("mm/dd/yyyy", "%m/%d/%Y"),
        ("dd/mm/yyyy", "%d/%m/%Y"),
        ("dd.mm.yyyy", "%d.%m.%Y"),
        ("mm-dd-yyyy", "%m-%d-%Y"),
        ("dd-mm-yyyy", "%d-%m-%Y"),
    ];
    let named = order.iter().find(|(name, _)| parameter.describes(name));
    named.map_or_else(|| date.to_string(), |(_, format)| date.strftime(format).to_string())
}

/// A day without a time of day begins at midnight.
fn date_time(date: Date, time: Option<Time>, now: Option<&Zoned>) -> String {
    zoned(date.to_datetime(time.unwrap_or(Time::midnight())), "%Y-%m-%dT%H:%M:%S", now)
}

/// A time in this format, with the offset from UTC that it has where `now` is told: "+01:00".
fn zoned(at: DateTime, format: &str, now: Option<&Zoned>) -> String {
    let offset = now.and_then(|now| at.to_zoned(now.time_zone().clone()).ok());
    let offset = offset.map(|zoned| zoned.strftime("%:z").to_string()).unwrap_or_default();
    format!("{}{offset}", at.strftime(format))
}

#[cfg(test)]
mod tests {
    use maestria_vocabulary::{Effect, ToolSpec};

    use super::*;
    use crate::extract::{settle, tool_words::ToolWords};

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
        check("a lesson tomorow at 16:00", &["2026-09-02T16:00:00+02:00"]);
        check("Friday's lesson", &["2026-09-04T00:00:00+02:00"]);
        check("if it is dry on Friday, a lesson that day at 16:00", &["2026-09-04T16:00:00+02:00"]);
        check("a lesson on September 2", &["2026-09-02T00:00:00+02:00"]);
        check("a lesson at 16:00", &["2026-09-01T16:00:00+02:00"]);
        check("a reminder at 18:00 to mail the report until September 4", &["2026-09-01T18:00:00+02:00"]);
        check(
            "on September 2 a lesson at 16:00 and a walk at 18:00",
            &["2026-09-02T16:00:00+02:00", "2026-09-02T18:00:00+02:00"],
        );
    }

    #[test]
    fn two_moments_are_told_apart_by_what_is_said_of_them() {
        let now: Zoned = "2026-09-01T10:00:00+02:00[+02:00]".parse().unwrap();
        let moment = json!({"type": "string", "format": "date-time"});
        let check = |names: [&str; 2], text: &str, expected: [&str; 2]| {
            let spec = ToolSpec::new("log".parse().unwrap(), "")
                .with_input(json!({"properties": {names[0]: moment, names[1]: moment}}));
            let passage = Passage::new(text, Span { start: 0, end: text.len() }, Some(&now));
            let words = ToolWords::new(&spec, &passage);
            let found = settle(&Parameter::all(&spec.input, &words), &passage);
            let found: Vec<Value> = found.into_iter().map(|reading| reading.unwrap().value).collect();
            assert_eq!(found, expected, "{text}");
        };
        let slept = ["2026-08-31T23:10:00+02:00", "2026-09-01T06:45:00+02:00"];
        let names = ["went_to_bed", "woke_up"];
        check(names, "went to bed yesterday at 23:10, woke up today at 6:45", slept);
        check(names, "woke up today at 6:45, went to bed yesterday at 23:10", slept);
        let stay = ["2026-09-02T14:00:00+02:00", "2026-09-02T17:30:00+02:00"];
        check(["begins_at", "ends_at"], "book it for tomorrow, 14:00 until 17:30", stay);
        let night = ["2026-09-02T22:00:00+02:00", "2026-09-03T02:00:00+02:00"];
        check(["begins_at", "ends_at"], "book it tomorrow, 22:00 until 2:00", night);
    }

    #[test]
    fn what_lasts_ends_so_long_after_now() {
        let now: Zoned = "2026-09-01T10:00:00+02:00[+02:00]".parse().unwrap();
        let check = |name: &str, text: &str, expected: Option<&str>| {
            let spec = ToolSpec::new("block".parse().unwrap(), "")
                .with_input(json!({"properties": {name: {"type": "string", "format": "date-time"}}}))
                .with_effect(Effect::Irreversible);
            let passage = Passage::new(text, Span { start: 0, end: text.len() }, Some(&now));
            let words = ToolWords::new(&spec, &passage);
            let parameters = Parameter::all(&spec.input, &words);
            let found: Vec<Value> =
                readings(&parameters[0], &passage).into_iter().map(|reading| reading.value).collect();
            assert_eq!(found, expected.map(Value::from).into_iter().collect::<Vec<_>>(), "{text}");
        };
        check("until", "block it for the next two hours", Some("2026-09-01T12:00:00+02:00"));
        check("until", "block it for three days", Some("2026-09-04T10:00:00+02:00"));
        check("until", "block it for Ann", None);
        check("start", "block it for two hours", None);
        check("since", "since 3 am", Some("2026-09-01T03:00:00+02:00"));
        check("since", "since 11 pm", Some("2026-08-31T23:00:00+02:00"));
        check("since", "in the last half hour", Some("2026-09-01T09:30:00+02:00"));
        check("updated_after", "the past 20 minutes", Some("2026-09-01T09:40:00+02:00"));
        check("since", "the last two days", None);
        check("start", "move it to September 4 at 3 pm", Some("2026-09-04T15:00:00+02:00"));
    }

    #[test]
    fn a_time_has_the_offset_of_its_day() {
        let zone = jiff::tz::TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let now = jiff::civil::datetime(2026, 3, 4, 10, 30, 0, 0).to_zoned(zone).unwrap();
        let at = |month| date_time(Date::constant(2026, month, 10), None, Some(&now));
        assert_eq!([at(3), at(4)], ["2026-03-10T00:00:00+01:00", "2026-04-10T00:00:00+02:00"]);
    }

    #[test]
    fn what_is_looked_up_may_have_been() {
        let now: Zoned = "2026-03-04T10:30:00+01:00[+01:00]".parse().unwrap();
        let check = |tool: &str, parameters: [&str; 2], text: &str, expected: [Option<&str>; 2]| {
            let [first, last] = parameters;
            let day = json!({"type": "string", "format": "date"});
            let spec = ToolSpec::new(tool.parse().unwrap(), "")
                .with_input(json!({"properties": {first: day, last: day}}))
                .with_effect(if tool.starts_with("list") { Effect::Pure } else { Effect::Irreversible });
            let passage = Passage::new(text, Span { start: 0, end: text.len() }, Some(&now));
            let words = ToolWords::new(&spec, &passage);
            let all = Parameter::all(&spec.input, &words);
            let found = settle(&all, &passage).into_iter().map(|reading| reading.map(|reading| reading.value));
            let named = found.map(|value| value.and_then(|value| Some(value.as_str()?.to_owned())));
            assert_eq!(named.collect::<Vec<_>>(), expected.map(|day| day.map(str::to_owned)), "{tool}: {text}");
        };
        let search = |text: &str, expected| check("list_invoices", ["since", "until"], text, expected);
        search("between January 10 and February 3", [Some("2026-01-10"), Some("2026-02-03")]);
        search("between January 1 and 15", [Some("2026-01-01"), Some("2026-01-15")]);
        search("from the 12th onwards", [Some("2026-02-12"), None]);
        search("up to and including March 3", [None, Some("2026-03-03")]);
        search("from 20 February to 3 March", [Some("2026-02-20"), Some("2026-03-03")]);
        search("from the start of February until the end of February", [Some("2026-02-01"), Some("2026-02-28")]);
        search("from December 20 to January 10", [Some("2025-12-20"), Some("2026-01-10")]);
        search("of last month", [Some("2026-02-01"), Some("2026-02-28")]);
        search("of February", [Some("2026-02-01"), Some("2026-02-28")]);
        search("for this month", [Some("2026-03-01"), Some("2026-03-31")]);
        search("of the last 30 days", [Some("2026-02-02"), Some("2026-03-04")]);
        search("of 2025", [Some("2025-01-01"), Some("2025-12-31")]);
        search("since March", [Some("2026-03-01"), None]);
        search("April's invoices", [Some("2025-04-01"), Some("2025-04-30")]);
        search("the February invoices", [Some("2026-02-01"), Some("2026-02-28")]);
        search("the march of the penguins", [None, None]);
        search("this week's invoices", [Some("2026-03-02"), Some("2026-03-08")]);
        search("the last month's invoices", [Some("2026-02-01"), Some("2026-02-28")]);
        search("yesterday's invoices", [Some("2026-03-03"), Some("2026-03-03")]);
        search("of the past quarter", [Some("2025-10-01"), Some("2025-12-31")]);
        search("of the last quarter", [Some("2025-10-01"), Some("2025-12-31")]);
        search("of the last quarter of this year", [Some("2026-10-01"), Some("2026-12-31")]);
        search("of the first quarter of this year", [Some("2026-01-01"), Some("2026-03-31")]);
        search("from November to February", [Some("2025-11-01"), Some("2026-02-28")]);
        search("between May and the end of June", [Some("2025-05-01"), Some("2025-06-30")]);
        search("of March and April", [Some("2026-03-01"), Some("2026-04-30")]);
        search("of 2026 and 2025", [None, None]);
        search("of January, February and March", [None, None]);
        search("of November and December", [Some("2025-11-01"), Some("2025-12-31")]);
        search("of January and February", [Some("2026-01-01"), Some("2026-02-28")]);
        search("of 2024 and 2025", [Some("2024-01-01"), Some("2025-12-31")]);
        search("of the year 2025", [Some("2025-01-01"), Some("2025-12-31")]);
        search("from February on", [Some("2026-02-01"), None]);
        search("in the first half of 2025", [None, None]);
        search("of the second week of the month", [None, None]);
        search("late last year", [None, None]);
        search("for May Miller", [None, None]);
        search("to June Carter", [None, None]);
        search("for 2000 Watt Ltd", [None, None]);
        search("that may march on", [None, None]);
        search("from March 1-15", [None, None]);
        search("before February 20", [None, Some("2026-02-20")]);
        search("due in February", [Some("2026-02-01"), Some("2026-02-28")]);
        search("due by Friday", [None, Some("2026-03-06")]);
        search("until next Friday", [None, Some("2026-03-13")]);
        let plan = |text: &str, expected| check("request_leave", ["from_date", "to_date"], text, expected);
        plan("from 20 February to 3 March", [Some("2027-02-20"), Some("2027-03-03")]);
        plan("from 21 to 24 August", [Some("2026-08-21"), Some("2026-08-24")]);
        plan("for next week", [Some("2026-03-09"), Some("2026-03-15")]);
        plan("from April to June", [Some("2026-04-01"), Some("2026-06-30")]);
        let look = |text: &str, expected| check("list_logs", ["day", "other"], text, [Some(expected), None]);
        look("the logs of 3 March", "2026-03-03");
        look("the logs that were written on March 1", "2026-03-01");
        look("the logs of Friday", "2026-02-27");
        let period = |text: &str, expected| check("list_spending", ["from", "to"], text, expected);
        period("between 1 and 28 February", [Some("2026-02-01"), Some("2026-02-28")]);
        period("in January", [Some("2026-01-01"), Some("2026-01-31")]);
        period("from Friday to Sunday", [Some("2026-03-06"), Some("2026-03-08")]);
        let forecast = |text: &str, expected| check("list_games", ["day", "other"], text, [Some(expected), None]);
        check("list_games", ["day", "until"], "the games of last month", [None, None]);
        forecast("the games of March 3", "2026-03-03");
        forecast("the games of Friday", "2026-03-06");
        forecast("the games on March 1", "2026-03-01");
        forecast("the games on March 20", "2026-03-20");
        forecast("the games on January 2", "2027-01-02");
    }
}
