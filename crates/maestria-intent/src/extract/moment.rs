//! Dates and times of day as people say them, told from a given now.

mod clock;
mod date;
mod period;

use jiff::{
    SignedDuration, ToSpan, Zoned,
    civil::{Date, Time},
};
use maestria_vocabulary::Span;

use self::{
    clock::{Half, hours, time},
    date::{Reckoning, date},
};
use crate::{
    extract::{number::quantities, unit},
    words::Word,
};

/// A date, a time of day, or both, and where the request says so.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Moment {
    pub(super) date: Option<Date>,
    pub(super) time: Option<Time>,
    pub(super) span: Span,
    /// The date if what was is spoken of, as with "since March 4".
    pub(super) past: Option<Date>,
    /// Whether it is so long from now: "in two hours".
    pub(super) is_duration: bool,
    /// The word in front, in lower case: "from", "until", "returning"; empty at the beginning.
    pub(super) opener: String,
}

/// Most words of a date or a time.
const LONGEST: usize = 8;

/// The moments that `words` speak of, in order. What depends on the time, such as "tomorrow", is only read when `now` is known.
pub(super) fn moments(words: &[Word<'_>], now: Option<&Zoned>) -> Vec<Moment> {
    let lower: Vec<String> = words.iter().map(Word::lower).collect();
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    let mut found = Vec::new();
    let mut place = 0;
    while place < words.len() {
        let rest = lower.get(place..).unwrap_or_default();
        let opener = place.checked_sub(1).and_then(|before| lower.get(before)).copied().unwrap_or_default();
        let hours = hours(rest);
        if let Some((last, _)) = hours.last() {
            for (at, hour) in &hours {
                let first = if *at == 1 { 0 } else { *at };
                if let (Some(first), Some(last)) = (words.get(place + first), words.get(place + at)) {
                    let span = Span { start: first.span.start, end: last.span.end };
                    let opener = if *at == 1 { opener } else { "at" };
                    found.push(Moment {
                        date: None,
                        time: Some(*hour),
                        span,
                        past: None,
                        is_duration: false,
                        opener: opener.to_owned(),
                    });
                }
            }
            place += last + 1;
            continue;
        }
        let Some((date, time, taken)) = both(rest, now, Reckoning::ahead(now)) else {
            place += 1;
            continue;
        };
        if let (Some(first), Some(last)) = (words.get(place), words.get(place + taken - 1)) {
            let span = Span { start: first.span.start, end: last.span.end };
            let behind = both(rest, now, Reckoning { past: true, ..Reckoning::ahead(now) });
            let past = behind.and_then(|(date, ..)| date);
            let is_duration = matches!(rest.first(), Some(&("in" | "within"))) && later(rest, now).is_some();
            found.push(Moment { date, time, span, past, is_duration, opener: opener.to_owned() });
        }
        place += taken;
    }
    found
}

type Found = (Option<Date>, Option<Time>, usize);

/// A date with its time of day, in either order, or one of the two.
fn both(words: &[&str], now: Option<&Zoned>, reckoning: Reckoning) -> Option<Found> {
    if let Some(found) = later(words, now) {
        return Some(found);
    }
    let behind = |taken: usize, links: &[&str]| {
        let rest = words.get(taken..).unwrap_or_default();
        let links = rest.iter().take_while(|word| links.contains(word)).count();
        (rest.get(links..).unwrap_or_default().to_vec(), taken + links)
    };
    if let Some((date, taken)) = date(words, reckoning) {
        let (rest, skipped) = behind(taken, &["at", "around", "from", "morning", "afternoon", "evening", "night"]);
        let at = rest.len() < words.len() - taken;
        let half = words.get(..skipped).unwrap_or_default().iter().find_map(|word| Half::of(word));
        return Some(match time(&rest, at, half) {
            Some((time, more)) => (Some(date), Some(time), skipped + more),
            None => (Some(date), None, taken),
        });
    }
    let at = words.first().is_some_and(|word| *word == "at");
    let start = usize::from(at);
    let (time, taken) = time(words.get(start..)?, at, None)?;
    let taken = taken + start;
    let dated = [["on", "on"], ["on", "the"]].iter().find_map(|links| {
        let (rest, skipped) = behind(taken, links);
        date(&rest, reckoning).map(|(date, more)| (date, skipped + more))
    });
    Some(match dated {
        Some((date, taken)) => (Some(date), Some(time), taken),
        None => (None, Some(time), taken),
    })
}

/// "in two hours", "three days ago", "a week from now".
fn later(words: &[&str], now: Option<&Zoned>) -> Option<Found> {
    let now = now?;
    let is_in = words.first() == Some(&"in") || words.first() == Some(&"within");
    let start = usize::from(is_in);
    let spoken: Vec<Word<'_>> = words
        .iter()
        .skip(start)
        .take(LONGEST)
        .map(|text| Word { text, span: Span { start: 0, end: text.len() } })
        .collect();
    let (value, taken) = match words.get(start..)? {
        ["half", "an", "hour", ..] => (0.5, 2),
        ["a" | "an", ..] => (1.0, 1),
        _ => quantities(&spoken).first().filter(|q| q.words.0 == 0).map(|q| (q.value, q.words.1))?,
    };
    let name = words.get(start + taken)?;
    let mut end = start + taken + 1;
    let sign = match words.get(end..) {
        Some(["ago", ..]) => (end += 1, -1.0).1,
        Some(["from", "now" | "today", ..]) => (end += 2, 1.0).1,
        _ if is_in => 1.0,
        _ => return None,
    };
    let whole = (value * sign) as i64;
    let moved = match *name {
        "month" | "months" => now.checked_add(whole.months()).ok()?,
        "year" | "years" => now.checked_add(whole.years()).ok()?,
        name => {
            let unit = unit::unit(name).filter(|unit| unit.dimension == unit::Dimension::Time)?;
            let seconds = SignedDuration::try_from_secs_f64(value * sign * unit.factor).ok()?;
            now.checked_add(seconds).ok()?
        }
    };
    let days = matches!(*name, "day" | "days" | "week" | "weeks" | "month" | "months" | "year" | "years");
    Some((Some(moved.date()), (!days).then(|| moved.time()), end))
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
        let found: Vec<String> = moments(&words, Some(&now()))
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
        check("three apples from Tuesday's market, the end of the road", &[]);
        check("the cat sat on one of the two mats, 20 to 30 times", &[]);
    }

    #[test]
    fn what_was_is_told_back_from_now() {
        let past = |text: &str, expected: &str| {
            let words: Vec<Word<'_>> = words(text).collect();
            let found = moments(&words, Some(&now()));
            let past = found.first().and_then(|moment| moment.past).map(|date| date.to_string());
            assert_eq!(past.as_deref(), Some(expected), "{text}");
        };
        past("since December 1", "2025-12-01");
        past("since Friday", "2026-02-27");
        past("since the 14th", "2026-02-14");
        past("since yesterday", "2026-03-03");
        past("since the end of January", "2026-01-31");
        past("since May 5 2026", "2026-05-05");
    }

    #[test]
    fn without_a_now_only_full_dates_are_dates() {
        let words: Vec<Word<'_>> = words("tomorrow, March 4 2026 and Friday").collect();
        assert_eq!(moments(&words, None).len(), 1);
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "(in|at|next|friday|march|31|[0-9]{1,9}|days|half|an|hour|ago|9999|/|-|:|pm| |\\PC){0,30}") {
            let words: Vec<Word<'_>> = words(&text).collect();
            for moment in moments(&words, Some(&now())) {
                prop_assert!(moment.span.of(&text).is_some());
            }
        }
    }
}
