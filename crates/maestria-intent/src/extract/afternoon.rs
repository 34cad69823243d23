//! Hours of which nobody says whether they are before noon or after it: "a meeting at 2".

use jiff::civil::Time;

use super::{moment::Moment, overlap, parameter::Parameter, passage::Passage, tense::HAPPENED};
use crate::words::Word;

/// The score of an hour of which it is not said in which half of the day it is.
pub(super) const GUESSED: f64 = 0.7;

/// The same hour of the afternoon, where nothing says which half of the day is meant and the other is out of the question: people meet at 2 after noon,
/// and what is to be done at 5 is done when the clock shows it next.
pub(super) fn afternoon(moment: &Moment, parameter: &Parameter<'_>, passage: &Passage<'_>) -> Option<Time> {
    const MEETINGS: &[&str] =
        &["event", "meeting", "appointment", "calendar", "interview", "visit", "lunch", "availability", "available"];
    const MEALS: &[&str] = &["table", "restaurant", "dinner", "reservation"];
    const WAKING: &[&str] = &["wake", "sunrise", "early", "hike", "run", "jog", "flight", "airport"];
    const HALVES: &[&str] = &["pm", "morning", "afternoon", "evening", "night", "tonight", "noon", "midnight"];
    const NIGHTLY: &[&str] = &["backup", "maintenance", "deploy", "job", "server", "service", "database", "cluster"];
    const NEAR: usize = 3;
    let time = moment.time.filter(|time| time.minute() == 0 || time.hour() > 0)?;
    let later = Time::new(time.hour().checked_add(12)?, time.minute(), 0, 0).ok()?;
    let about = |words: &[&str]| parameter.tool.is_about(words);
    let wakes = about(&["alarm", "wake"]) || passage.words.iter().any(|word| WAKING.contains(&&*word.lower()));
    // "From 2 to 4" is no time of the night, whatever is done.
    let latest = match (about(MEALS), about(MEETINGS)) {
        (true, _) => 9,
        (_, true) => 6,
        _ if is_pair(moment, passage) && !about(NIGHTLY) => 6,
        _ => 0,
    };
    // Who says "6:20" mostly means it.
    let latest = if time.minute() == 0 || latest > 6 { latest } else { latest.min(4) };
    // What begins at 22:00 ends at 2:00.
    let begin = moment.begun_by.and_then(|place| passage.moments.get(place)?.time);
    let is_of_day = [Some(time), begin].into_iter().flatten().all(|time| (1..=latest).contains(&time.hour()));
    let is_next = || {
        let has_been = passage.words.iter().any(|word| HAPPENED.contains(&&*word.lower())) || about(&["log", "record"]);
        let now = passage.now.filter(|_| !has_been).filter(|now| moment.date.is_none_or(|date| date == now.date()))?;
        Some((1..=7).contains(&time.hour()) && time <= now.time() && later > now.time())
    };
    // What was measured between 2 and 4 was so at night, too.
    if wakes
        || parameter.tool.is_pure() && !about(MEETINGS)
        || moment.is_duration
        || !(is_of_day || is_next() == Some(true))
    {
        return None;
    }
    let plain = |word: &Word<'_>| word.lower().replace('.', "");
    let half = |word: &str| {
        let half = word.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, ':' | '-' | '–'));
        HALVES.contains(&half) || half == "am" && half.len() < word.len()
    };
    let own = passage.words.iter().filter(|word| overlap(word.span, moment.span)).map(plain);
    let before = passage.words.iter().rev().filter(|word| word.span.end <= moment.span.start).map(plain);
    let mut behind = passage.words.iter().filter(|word| word.span.start >= moment.span.end).map(plain).peekable();
    // Who writes "05:00" means that.
    let is_written = |word: &str| word.starts_with('0') || word == "am";
    let is_told = behind.peek().is_some_and(|word| word == "am")
        || own.into_iter().any(|word| is_written(&word) || half(&word))
        || before.take(NEAR).chain(behind.take(2 * NEAR)).any(|word| half(&word));
    (!is_told).then_some(later)
}

/// Whether a moment is one of two ends of a stretch of time.
fn is_pair(moment: &Moment, passage: &Passage<'_>) -> bool {
    let begins = |end: &Moment| end.begun_by.and_then(|place| passage.moments.get(place));
    let ends = passage.moments.iter().filter(|end| end.time.is_some());
    moment.begun_by.is_some() || ends.filter_map(begins).any(|begin| begin.span == moment.span)
}

#[cfg(test)]
mod tests {
    use jiff::Zoned;
    use maestria_vocabulary::{Span, ToolSpec};
    use serde_json::{Value, json};

    use super::{Parameter, Passage};
    use crate::extract::{tool_words::ToolWords, when::readings};

    #[test]
    fn people_meet_after_noon_and_what_has_been_comes_next() {
        let now: Zoned = "2026-09-01T10:00:00+02:00[+02:00]".parse().unwrap();
        let check = |tool: &str, text: &str, expected: &str| {
            let spec = ToolSpec::new(tool.parse().unwrap(), "")
                .with_input(json!({"properties": {"at": {"type": "string", "format": "date-time"}}}));
            let passage = Passage::new(text, Span { start: 0, end: text.len() }, Some(&now));
            let words = ToolWords::new(&spec, &passage);
            let found = readings(&Parameter::all(&spec.input, &words)[0], &passage);
            let found: Vec<Value> = found.into_iter().map(|reading| reading.value).collect();
            assert_eq!(found.first(), Some(&json!(format!("2026-09-{expected}:00+02:00"))), "{tool}: {text}");
        };
        check("create_event", "tomorrow at 2", "02T14:00");
        check("create_event", "tomorrow at 9", "02T09:00");
        check("create_event", "tomorrow at 2 in the night", "02T02:00");
        check("create_event", "tomorrow at 02:00", "02T02:00");
        check("create_event", "tomorrow at 14:00", "02T14:00");
        check("book_table", "tomorrow at 8", "02T20:00");
        check("run_backup", "tomorrow at 2", "02T02:00");
        check("reserve_hall", "tomorrow from 2 to 3:30", "02T14:00");
        check("run_backup", "tomorrow from 2 to 3:30", "02T02:00");
        check("create_event", "tomorrow at 3 for 2 hours in room 007", "02T15:00");
        check("create_event", "tomorrow at 6:20", "02T06:20");
        check("run_backup", "today at 5", "01T17:00");
        check("run_backup", "at 5", "01T17:00");
        check("run_backup", "at 5 am", "02T05:00");
        check("run_backup", "at 11", "01T11:00");
        check("set_alarm", "at 6", "02T06:00");
    }
}
