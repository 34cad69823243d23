//! Dates and times of day as people say them, told from a given now.

mod clock;
mod date;
mod ends;
mod lasting;
mod length;
mod period;
mod stretch;

use std::ops::Range;

use jiff::{
    Zoned,
    civil::{Date, Time},
};
use maestria_vocabulary::Span;

use self::{
    clock::{Half, hours, time},
    date::{BREAK, Reckoning, date, describes, may_end, month, weekday},
    ends::{ends_another, first_date, first_hour, first_time, last_time, within_a_word},
    length::length,
};
pub(super) use self::{
    lasting::{lasting, passed},
    stretch::stretches,
};
use super::overlap;
use crate::words::Word;

/// A date, a time of day, or both, and where the request says so.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Moment {
    pub(super) date: Option<Date>,
    pub(super) time: Option<Time>,
    pub(super) span: Span,
    /// Where in it the date stands, and where the time of day.
    pub(super) parts: [Span; 2],
    /// The date if what was is spoken of, as with "since March 4".
    pub(super) past: Option<Date>,
    /// Whether it is so long from now: "in two hours".
    pub(super) is_duration: bool,
    /// The word in front, in lower case: "from", "until", "returning"; empty at the beginning.
    pub(super) opener: String,
    /// The place among the moments of the one that begins what this one ends: "from March 4 to April 2".
    pub(super) begun_by: Option<usize>,
}

impl Moment {
    /// Its date, or that which was if it is nearer to now.
    pub(super) fn nearest(&self, now: Option<&Zoned>) -> Option<Date> {
        let far = |date: Date| now.and_then(|now| (date - now.date()).get_days().checked_abs());
        [self.past, self.date].into_iter().flatten().min_by_key(|date| far(*date))
    }
}

/// The moments that `words` speak of, in order. What depends on the time, such as "tomorrow", is only read when `now` is known. "That day" is the
/// last one before it, or that of `before`, which stands before the words.
pub(super) fn moments(words: &[Word<'_>], now: Option<&Zoned>, before: impl Fn() -> Option<Date>) -> Vec<Moment> {
    let lower = lowered(words);
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    let span = |range: Range<usize>| {
        let said = words.get(range)?;
        Some(Span { start: said.first()?.span.start, end: said.last()?.span.end })
    };
    let mut found: Vec<Moment> = Vec::new();
    let (mut place, mut behind) = (0, 0);
    while place < words.len() {
        let rest = lower.get(place..).unwrap_or_default();
        let opener = place.checked_sub(1).and_then(|before| lower.get(before)).copied().unwrap_or_default();
        let hours = hours(rest);
        if let Some((last, _)) = hours.last() {
            for (at, hour) in &hours {
                let first = if *at == 1 { 0 } else { *at };
                if let Some(span) = span(place + first..place + at + 1) {
                    let opener = if *at == 1 { opener } else { "at" };
                    found.push(Moment {
                        date: None,
                        time: Some(*hour),
                        span,
                        parts: [span; 2],
                        past: None,
                        is_duration: false,
                        opener: opener.to_owned(),
                        begun_by: None,
                    });
                }
            }
            place += last + 1;
            behind = place;
            continue;
        }
        let between = lower.get(behind..place).unwrap_or_default();
        let last = found.last().filter(|last| ends_another(between, &last.opener, rest));
        let ahead = Reckoning::ahead(now);
        let told = |past: bool| {
            let begun = last.and_then(|last| if past { last.past } else { last.date });
            let reckoning = Reckoning { from: begun.or(ahead.from), past: past && begun.is_none(), ..ahead };
            let first = || first_date(rest, reckoning).filter(|_| opener != "at");
            let hour = || first_time(rest).filter(|_| matches!(opener, "from" | "between"));
            let same_month =
                || day_of_same_month(rest, begun.filter(|_| last.is_some_and(|last| names_month(words, last))));
            let first = || first().or_else(same_month);
            let same = || {
                let taken = that_day(rest)?;
                Some((found.iter().rev().find_map(|moment| moment.nearest(now)).or_else(&before)?, taken))
            };
            let first = || first().or_else(same);
            let date = first().map(|(date, taken)| Told::at_once(Some(date), None, taken));
            let time = || hour().map(|(time, taken)| Told::at_once(None, Some(time), taken));
            // "Friday from 10 to 2": behind a day, what begins at a time ends at another.
            let begun = last.filter(|last| last.date.is_some()).and_then(|last| last.time);
            let end = || begun.and_then(|begun| last_time(rest, begun));
            let end = || end().map(|(time, taken)| Told::at_once(None, Some(time), taken));
            date.or_else(time).or_else(|| both(rest, now, reckoning)).or_else(end)
        };
        let Some(Told { date, time, dated, timed, taken }) = told(false) else {
            place += 1;
            continue;
        };
        let is_next =
            matches!(words.get(place + taken - 1..), Some([last, next, ..]) if last.span.end + 1 == next.span.start);
        if is_next && time.is_none() && describes(rest, taken, lower.get(..place).unwrap_or_default()) {
            place += taken;
            continue;
        }
        let part = |range: Range<usize>| span(place + range.start..place + range.end);
        if let Some(span) = span(place..place + taken) {
            let is_duration = matches!(rest.first(), Some(&("in" | "within"))) && later(rest, now).is_some();
            let begun_by = last.and_then(|_| found.len().checked_sub(1));
            let past = told(true).and_then(|told| told.date);
            let begins_at = time;
            let clock = time.and_then(|_| second_of_two(words.get(place + timed.start..place + timed.end)?));
            // What ends the whole is not what begins it, too.
            let until = |span: Span| match &clock {
                Some((_, second, first)) if second.end == span.end => Span { end: *first, ..span },
                _ => span,
            };
            let (whole, parts) = (until(span), [part(dated).unwrap_or(span), part(timed).unwrap_or(span)].map(until));
            let opener = opener.to_owned();
            found.push(Moment { date, time, span: whole, parts, past, is_duration, opener, begun_by });
            if let Some((time, span, _)) = clock {
                let begun_by = found.len().checked_sub(1);
                let opener = "to".to_owned();
                // "10 pm to 2 am" ends on the day after.
                let date = date.filter(|_| begins_at.is_none_or(|begins| begins < time));
                let time = Some(time);
                found.push(Moment { date, time, span, parts: [span; 2], past, is_duration, opener, begun_by });
            }
        }
        place += taken;
        behind = place;
    }
    found
}

/// The second of two times of day that are written as one, "14:00-15:30", "2-3 pm", where it stands, and where the first ends.
fn second_of_two(words: &[Word<'_>]) -> Option<(Time, Span, usize)> {
    let last = words.last()?;
    let place = words.iter().rposition(|word| word.text.contains(['-', '–']))?;
    let word = words.get(place)?;
    let (begin, end) = word.text.split_once(['-', '–'])?;
    let lower: Vec<String> = words.iter().skip(place).map(Word::lower).collect();
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    let told = within_a_word(&lower, true).map(|([_, end], _)| end);
    let written = || time(&[end], None, None).filter(|_| begin.contains(':') && end.contains(':'));
    let time = told.or_else(|| written().map(|(time, _)| time))?;
    Some((time, Span { start: word.span.end - end.len(), end: last.span.end }, word.span.start + begin.len()))
}

/// How many words at the beginning of `words` say "that day".
pub(super) fn that_day(words: &[&str]) -> Option<usize> {
    match words {
        ["that" | "the", "same", "day", ..] => Some(3),
        ["that" | "same", "day", ..] => Some(2),
        _ => None,
    }
}

/// A bare number that is a day of the month of the date before it: "between February 1 and 15".
fn day_of_same_month(words: &[&str], begun: Option<Date>) -> Option<(Date, usize)> {
    let begun = begun?;
    let [number, rest @ ..] = words else { return None };
    let day = number.parse::<i8>().ok().filter(|_| rest.first().is_none_or(|next| *next != "at") && may_end(rest))?;
    let date = Date::new(begun.year(), begun.month(), day).ok()?;
    (date > begun).then_some((date, 1))
}

/// Whether a moment is said with the name of a month.
fn names_month(words: &[Word<'_>], moment: &Moment) -> bool {
    let said = words.iter().filter(|word| overlap(word.span, moment.span));
    said.into_iter().any(|word| month(&word.lower()).is_some())
}

/// Words in lower case, with one sign for all apostrophes, days as such where things are called theirs: "tomorrow's weather", and a mark behind
/// the number of a day that has one.
fn lowered(words: &[Word<'_>]) -> Vec<String> {
    let plain = |word: &Word<'_>| {
        let lower = word.lower().replace('’', "'");
        let is_day = |word: &&str| matches!(*word, "today" | "tonight" | "tomorrow");
        let day = lower.strip_suffix("'s").filter(is_day).map(str::to_owned);
        day.or_else(|| misspelt(&lower).map(str::to_owned)).unwrap_or(lower)
    };
    let mut lower: Vec<String> = words.iter().map(plain).collect();
    // "Friday's lesson" is on that day, "apples from Tuesday's market" are of no day.
    for place in 0..lower.len() {
        let is_led = place.checked_sub(1).and_then(|before| lower.get(before)).is_some_and(|word| word == "from");
        let Some(word) = lower.get_mut(place).filter(|_| !is_led) else { continue };
        if let Some(day) = word.strip_suffix("'s").filter(|day| weekday(day).is_some()) {
            *word = day.to_owned();
        }
    }
    for (word, pair) in lower.iter_mut().zip(words.windows(2)) {
        let has_mark = matches!(pair, [word, next] if next.span.start > word.span.end + 1);
        if has_mark && word.starts_with(|c: char| c.is_ascii_digit()) && RANKS.iter().any(|rank| word.ends_with(rank)) {
            word.push(BREAK);
        }
    }
    lower
}

/// Whether a word names a month.
pub(crate) fn is_month(word: &str) -> bool {
    month(word).is_some()
}

/// The day that a word means which is often misspelt or shortened.
fn misspelt(word: &str) -> Option<&'static str> {
    match word {
        "tomorow" | "tommorow" | "tommorrow" | "tomorro" | "tomorrrow" | "tmrw" | "tmr" | "tmw" | "2moro" => {
            Some("tomorrow")
        }
        "tonite" | "2nite" => Some("tonight"),
        "yesteday" | "yesterdy" => Some("yesterday"),
        "wensday" | "wednsday" | "wendesday" => Some("wednesday"),
        "thurday" | "thusday" => Some("thursday"),
        "satuday" | "saterday" => Some("saturday"),
        _ => None,
    }
}

/// Ends of the numbers of days.
const RANKS: [&str; 4] = ["st", "nd", "rd", "th"];

/// What words say, and how many of them.
struct Told {
    date: Option<Date>,
    time: Option<Time>,
    /// The words of the date, and those of the time of day.
    dated: Range<usize>,
    timed: Range<usize>,
    taken: usize,
}

impl Told {
    /// What the same words say.
    fn at_once(date: Option<Date>, time: Option<Time>, taken: usize) -> Self {
        Self { date, time, dated: 0..taken, timed: 0..taken, taken }
    }
}

/// Words for a day behind which hours may be said without more.
const RELATIVE: &[&str] = &["today", "tonight", "tomorrow"];

/// A date with its time of day, in either order, or one of the two.
fn both(words: &[&str], now: Option<&Zoned>, reckoning: Reckoning) -> Option<Told> {
    const BETWEEN: &[&str] = &["at", "around", "from", "between", "morning", "afternoon", "evening", "night"];
    if let Some(told) = later(words, now) {
        return Some(told);
    }
    if let Some((date, taken)) = date(words, reckoning) {
        let behind = words.get(taken..)?;
        let links = behind.iter().take_while(|word| BETWEEN.contains(word)).count();
        let (links, rest) = behind.split_at_checked(links)?;
        let half = words.iter().take(taken + links.len()).find_map(|word| Half::of(word));
        let is_led = matches!(links.last(), Some(&("from" | "between")));
        let is_pair = || links.is_empty() && rest.get(1).is_none_or(|link| *link != "and");
        let first = first_time(rest).filter(|_| is_led || is_pair());
        let is_day = words.get(taken - 1).is_some_and(|day| weekday(day).is_some() || RELATIVE.contains(day));
        let first = first.or_else(|| within_a_word(rest, is_day).map(|([begin, _], taken)| (begin, taken)));
        let first = first.or_else(|| first_hour(rest).filter(|_| links.is_empty()));
        return Some(match first.or_else(|| time(rest, links.last().copied(), half)) {
            Some((time, more)) => {
                let date = night_of(date, time, words.first().copied());
                let at = taken + links.len();
                Told { date: Some(date), time: Some(time), dated: 0..taken, timed: at..at + more, taken: at + more }
            }
            None => Told::at_once(Some(date), None, taken),
        });
    }
    let at = usize::from(words.first() == Some(&"at"));
    let pair = || within_a_word(words.get(at..)?, false).map(|([begin, _], taken)| (begin, taken));
    let (time, taken) = pair().or_else(|| time(words.get(at..)?, Some("at").filter(|_| at == 1), None))?;
    let taken = taken + at;
    let dated = [&["on", "the"][..], &["on"], &[]].iter().find_map(|links| {
        let (date, more) = date(words.get(taken..)?.strip_prefix(*links)?, reckoning)?;
        Some((date, taken + links.len(), more))
    });
    Some(match dated {
        Some((date, at, more)) => {
            let date = night_of(date, time, words.get(at).copied());
            Told { date: Some(date), time: Some(time), dated: at..at + more, timed: 0..taken, taken: at + more }
        }
        None => Told::at_once(None, Some(time), taken),
    })
}

/// The date of a time of the night that begins on a day: "tonight at 3 am" is tomorrow.
fn night_of(date: Date, time: Time, said: Option<&str>) -> Date {
    const MORNING: i8 = 6;
    let is_after_midnight = said == Some("tonight") && time.hour() < MORNING;
    if is_after_midnight { date.tomorrow().unwrap_or(date) } else { date }
}

/// "In two hours", "three days ago", "a week from now".
fn later(words: &[&str], now: Option<&Zoned>) -> Option<Told> {
    let now = now?;
    let is_in = matches!(words.first(), Some(&("in" | "within")));
    let (length, taken) = length(words.get(usize::from(is_in)..)?)?;
    let end = taken + usize::from(is_in);
    let (end, sign) = match words.get(end..)? {
        ["ago", ..] => (end + 1, -1),
        ["from", "now" | "today", ..] => (end + 2, 1),
        _ if is_in => (end, 1),
        _ => return None,
    };
    let moved = now.checked_add(length.span * sign).ok()?;
    Some(Told::at_once(Some(moved.date()), (!length.of_days).then(|| moved.time()), end))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::words::words;

    /// A Wednesday.
    fn now() -> Zoned {
        "2026-03-04T10:30:00+01:00[+01:00]".parse().unwrap()
    }

    fn check(text: &str, expected: &[&str]) {
        let words: Vec<Word<'_>> = words(text).collect();
        let found: Vec<String> = moments(&words, Some(&now()), || None)
            .iter()
            .map(|m| {
                let parts = [m.date.map(|date| date.to_string()), m.time.map(|time| time.to_string())];
                format!("{} = {}", m.span.of(text).unwrap(), parts.into_iter().flatten().collect::<Vec<_>>().join(" "))
            })
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn moments_are_told_from_now() {
        check("tomorrow at 5pm", &["tomorrow at 5pm = 2026-03-05 17:00:00"]);
        check("at 9:15 on Friday", &["at 9:15 on Friday = 2026-03-06 09:15:00"]);
        check("next Monday", &["next Monday = 2026-03-09"]);
        check("next Friday at noon", &["next Friday at noon = 2026-03-13 12:00:00"]);
        check("tomorrow 6.30 in the morning", &["tomorrow 6.30 in the morning = 2026-03-05 06:30:00"]);
        check("tomorrow's weather in Rome", &["tomorrow's = 2026-03-05"]);
        check("on the 20th, two guests", &["the 20th = 2026-03-20"]);
        check("the 3rd draft", &[]);
        check("today 14:00-15:30", &["today 14:00 = 2026-03-04 14:00:00", "15:30 = 2026-03-04 15:30:00"]);
        check("14:00-15:30 on Friday", &["14:00-15:30 on Friday = 2026-03-06 14:00:00", "15:30 = 2026-03-06 15:30:00"]);
        check("between April 1 and 15", &["April 1 = 2026-04-01", "15 = 2026-04-15"]);
        check("between April 1 and 15 guests", &["April 1 = 2026-04-01"]);
        check("Ann's weather", &[]);
        check("tonight at 3 am", &["tonight at 3 am = 2026-03-05 03:00:00"]);
        check("tonight at 11 pm", &["tonight at 11 pm = 2026-03-04 23:00:00"]);
        check("on Tuesday at 11, half an hour", &["Tuesday at 11 = 2026-03-10 11:00:00"]);
        check("at 6.30 euros", &[]);
        check("in two hours", &["in two hours = 2026-03-04 12:30:00"]);
        check("in half an hour", &["in half an hour = 2026-03-04 11:00:00"]);
        check("3 days ago", &["3 days ago = 2026-03-01"]);
        check("from March 10 to 12 April 2027", &["March 10 = 2026-03-10", "12 April 2027 = 2027-04-12"]);
        check("on February 1st", &["February 1st = 2027-02-01"]);
        check("2026-12-24 or 24.12.2026", &["2026-12-24 = 2026-12-24", "24.12.2026 = 2026-12-24"]);
        check("the day after tomorrow at 8 p.m.", &["the day after tomorrow at 8 p.m = 2026-03-06 20:00:00"]);
        check("look at 5 apples for 3 days", &[]);
        check("call at 5 on Friday", &["at 5 on Friday = 2026-03-06 05:00:00"]);
        check("you may go", &[]);
        check(
            "Saturday at half past seven in the evening",
            &["Saturday at half past seven in the evening = 2026-03-07 19:30:00"],
        );
        check("tomorrow evening at quarter to eight", &["tomorrow evening at quarter to eight = 2026-03-05 19:45:00"]);
        check("at ten in the morning on the 28th", &["at ten in the morning on the 28th = 2026-03-28 10:00:00"]);
        check("at 8 tonight", &["at 8 tonight = 2026-03-04 20:00:00"]);
        check("22 October, quarter past eight", &["22 October, quarter past eight = 2026-10-22 08:15:00"]);
        check("sat 7:30pm", &["sat 7:30pm = 2026-03-07 19:30:00"]);
        check("Friday the 22nd of May", &["Friday the 22nd of May = 2026-05-22"]);
        check("on Monday, April third", &["Monday, April third = 2026-04-03"]);
        check("Saturday the 14th", &["Saturday the 14th = 2026-03-14"]);
        check("a random number from 1 to 10, 8 to 6, 2 to 1", &[]);
        check("at ten to six", &["at ten to six = 05:50:00"]);
        check("the pills at 8, 14 and 20", &["at 8 = 08:00:00", "14 = 14:00:00", "20 = 20:00:00"]);
        check("look at 8, 14 and 20 pictures", &[]);
        check("at 11 at night", &["at 11 at night = 23:00:00"]);
        check("the 3rd draft and the second half past", &[]);
        check("since seven this morning", &["seven this morning = 2026-03-04 07:00:00"]);
        check("by the end of the month", &["the end of the month = 2026-03-31"]);
        check("the end of February", &["the end of February = 2027-02-28"]);
        check("the last day of next month", &["the last day of next month = 2026-04-30"]);
        check("the first of next month", &["the first of next month = 2026-04-01"]);
        check("the 3rd of the month", &["the 3rd of the month = 2026-04-03"]);
        check("from the start of the week", &["the start of the week = 2026-03-02"]);
        check("by the end of the quarter", &["the end of the quarter = 2026-03-31"]);
        check("a week from Tuesday", &["a week from Tuesday = 2026-03-17"]);
        check("two days after March 9 at noon", &["two days after March 9 at noon = 2026-03-11 12:00:00"]);
        check("the day before Christmas", &["the day before Christmas = 2026-12-24"]);
        check("on New Year's Eve at 11pm", &["New Year's Eve at 11pm = 2026-12-31 23:00:00"]);
        check("two days before the end of the month", &["two days before the end of the month = 2026-03-29"]);
        check("the last Friday of the month", &["the last Friday of the month = 2026-03-27"]);
        check("the first Monday of next month", &["the first Monday of next month = 2026-04-06"]);
        check("on the 3rd of last month", &["the 3rd of last month = 2026-02-03"]);
        check("Monday week", &["Monday week = 2026-03-16"]);
        check("on Tuesday of next week", &["Tuesday of next week = 2026-03-10"]);
        check("tonight at half past eleven", &["tonight at half past eleven = 2026-03-04 23:30:00"]);
        check("at 05:00 tomorrow", &["at 05:00 tomorrow = 2026-03-05 05:00:00"]);
        check("in 1.5 years or in 3 weeks", &["in 3 weeks = 2026-03-25"]);
        check("in 500000 months, in 600000 fortnights, in 900000 years", &[]);
        check("three apples from Tuesday's market, the end of the road", &[]);
        check("the cat sat on one of the two mats, 20 to 30 times", &[]);
    }

    #[test]
    fn what_was_is_told_back_from_now() {
        let past = |text: &str, expected: &str| {
            let words: Vec<Word<'_>> = words(text).collect();
            let found = moments(&words, Some(&now()), || None);
            let past = found.first().and_then(|moment| moment.past).map(|date| date.to_string());
            assert_eq!(past.as_deref(), Some(expected), "{text}");
        };
        past("since December 1", "2025-12-01");
        past("since Friday", "2026-02-27");
        past("since the 14th", "2026-02-14");
        past("since yesterday", "2026-03-03");
        past("since the end of January", "2026-01-31");
        past("since May 5 2026", "2026-05-05");
        past("since this Monday", "2026-03-02");
        past("since the 20th of the month", "2026-02-20");
        past("since the first of last month", "2026-02-01");
    }

    #[test]
    fn the_ends_of_a_stretch_say_what_the_other_leaves_out() {
        check("from 21 to 24 August", &["21 = 2026-08-21", "24 August = 2026-08-24"]);
        check("12 and 13 February", &["12 = 2027-02-12", "13 February = 2027-02-13"]);
        check("from the first to the last of August", &["the first = 2026-08-01", "the last of August = 2026-08-31"]);
        check("Monday to Friday next week", &["Monday = 2026-03-09", "Friday next week = 2026-03-13"]);
        check("from December 20 to January 10", &["December 20 = 2026-12-20", "January 10 = 2027-01-10"]);
        check("from 20 February until 3 March", &["20 February = 2027-02-20", "3 March = 2027-03-03"]);
        check("arriving Friday week, leaving the Monday after", &["Friday week = 2026-03-13", "Monday = 2026-03-16"]);
        check("from two to four in the afternoon", &["two = 14:00:00", "four in the afternoon = 16:00:00"]);
        check("tomorrow from 9 to 5pm", &["tomorrow from 9 = 2026-03-05 09:00:00", "5pm = 17:00:00"]);
        check("tomorrow from 10 to 2", &["tomorrow from 10 = 2026-03-05 10:00:00", "2 = 14:00:00"]);
        check("Friday between 9 and 11", &["Friday between 9 = 2026-03-06 09:00:00"]);
        check("Friday between 2 and 4pm", &["Friday between 2 = 2026-03-06 14:00:00", "4pm = 16:00:00"]);
        check("tomorrow 2 to 3:30 pm", &["tomorrow 2 = 2026-03-05 14:00:00", "3:30 pm = 15:30:00"]);
        check("tomorrow 2-3:30pm", &["tomorrow 2 = 2026-03-05 14:00:00", "3:30pm = 2026-03-05 15:30:00"]);
        check("9-10 am on Friday", &["9-10 am on Friday = 2026-03-06 09:00:00", "10 am = 2026-03-06 10:00:00"]);
        check("Friday, twenty to nine", &["Friday, twenty to nine = 2026-03-06 08:40:00"]);
        check("Friday 9-5", &["Friday 9 = 2026-03-06 09:00:00", "5 = 2026-03-06 17:00:00"]);
        check("tomorrow 9am-5", &["tomorrow 9am = 2026-03-05 09:00:00", "5 = 2026-03-05 17:00:00"]);
        check("Friday 10pm-2am", &["Friday 10pm = 2026-03-06 22:00:00", "2am = 02:00:00"]);
        check("Friday 9-5 guests, tomorrow pages 2-3", &["Friday = 2026-03-06", "tomorrow = 2026-03-05"]);
        check("Friday 11 to 1", &["Friday 11 = 2026-03-06 11:00:00", "1 = 13:00:00"]);
        check("tomorrow noon to 1", &["tomorrow noon = 2026-03-05 12:00:00", "1 = 13:00:00"]);
        check("Friday 9 to 10 guests, pages 2-3 tomorrow", &["Friday = 2026-03-06", "tomorrow = 2026-03-05"]);
        check("at 8, 14 or 20", &[]);
        check("tomorrow at 8 or 9", &["tomorrow at 8 = 2026-03-05 08:00:00"]);
        check("on Monday send 3 to 5 people, on Friday 12 or 13", &["Monday = 2026-03-09", "Friday = 2026-03-06"]);
    }

    #[test]
    fn what_describes_a_thing_is_no_date() {
        check("book a Christmas dinner", &[]);
        check("prepare the end of month report tomorrow", &["tomorrow = 2026-03-05"]);
        check("tell him of the first of May parade", &[]);
        check("on Christmas call Ann", &["Christmas = 2026-12-25"]);
        check("by the end of the month call Ann", &["the end of the month = 2026-03-31"]);
    }

    #[test]
    fn days_are_those_of_the_calendar_whatever_the_clock_does() {
        let zone = jiff::tz::TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let now = jiff::civil::datetime(2026, 3, 28, 23, 30, 0, 0).to_zoned(zone).unwrap();
        let words: Vec<Word<'_>> = words("in 1 day").collect();
        assert_eq!(moments(&words, Some(&now), || None)[0].date.unwrap().to_string(), "2026-03-29");
    }

    #[test]
    fn without_a_now_only_full_dates_are_dates() {
        let words: Vec<Word<'_>> = words("tomorrow, March 4 2026 and Friday").collect();
        assert_eq!(moments(&words, None, || None).len(), 1);
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "(in|at|next|friday|march|31|[0-9]{1,9}|days|months|fortnights|half|an|hour|ago|9999|/|-|:|pm| |\\PC){0,30}") {
            let words: Vec<Word<'_>> = words(&text).collect();
            for moment in moments(&words, Some(&now()), || None) {
                prop_assert!(moment.span.of(&text).is_some());
            }
        }
    }
}
