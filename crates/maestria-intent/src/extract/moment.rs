//! Dates and times of day as people say them, told from a given now.

use jiff::{
    SignedDuration, ToSpan, Zoned,
    civil::{Date, Time, Weekday},
};
use maestria_vocabulary::Span;

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
    /// The word in front, in lower case: "from", "until", "returning"; empty at the beginning.
    pub(super) opener: String,
}

/// Most words of a date or a time.
const LONGEST: usize = 7;

/// The moments that `words` speak of, in order. What depends on the time, such as "tomorrow", is only read when `now` is known.
pub(super) fn moments(words: &[Word<'_>], now: Option<&Zoned>) -> Vec<Moment> {
    let lower: Vec<String> = words.iter().map(Word::lower).collect();
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    let mut found = Vec::new();
    let mut place = 0;
    while place < words.len() {
        let rest = lower.get(place..).unwrap_or_default();
        let Some((date, time, taken)) = both(rest, now) else {
            place += 1;
            continue;
        };
        let opener = place.checked_sub(1).and_then(|before| lower.get(before)).copied().unwrap_or_default();
        if let (Some(first), Some(last)) = (words.get(place), words.get(place + taken - 1)) {
            let span = Span { start: first.span.start, end: last.span.end };
            found.push(Moment { date, time, span, opener: opener.to_owned() });
        }
        place += taken;
    }
    found
}

type Found = (Option<Date>, Option<Time>, usize);

/// A date with its time of day, in either order, or one of the two.
fn both(words: &[&str], now: Option<&Zoned>) -> Option<Found> {
    if let Some(found) = later(words, now) {
        return Some(found);
    }
    let behind = |taken: usize, links: &[&str]| {
        let rest = words.get(taken..).unwrap_or_default();
        let links = rest.iter().take_while(|word| links.contains(word)).count();
        (rest.get(links..).unwrap_or_default().to_vec(), taken + links)
    };
    if let Some((date, taken)) = date(words, now) {
        let (rest, skipped) = behind(taken, &["at", "around", "from", "morning", "afternoon", "evening"]);
        let at = rest.len() < words.len() - taken;
        return Some(match time(&rest, at) {
            Some((time, more)) => (Some(date), Some(time), skipped + more),
            None => (Some(date), None, taken),
        });
    }
    let at = words.first().is_some_and(|word| *word == "at");
    let start = usize::from(at);
    let (time, taken) = time(words.get(start..)?, at)?;
    let taken = taken + start;
    let (rest, skipped) = behind(taken, &["on", "the"]);
    Some(match date(&rest, now) {
        Some((date, more)) => (Some(date), Some(time), skipped + more),
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

/// A date at the beginning of `words`, and how many of them say it.
fn date(words: &[&str], now: Option<&Zoned>) -> Option<(Date, usize)> {
    let first = *words.first()?;
    if let Some(date) = in_digits(first) {
        return Some((date, 1));
    }
    let today = now.map(Zoned::date);
    let ahead = |days: i64| today.and_then(|today| today.checked_add(days.days()).ok());
    match words {
        ["the", "day", "after", "tomorrow", ..] => return Some((ahead(2)?, 4)),
        ["day", "after", "tomorrow", ..] => return Some((ahead(2)?, 3)),
        ["today" | "tonight", ..] => return Some((today?, 1)),
        ["tomorrow", ..] => return Some((ahead(1)?, 1)),
        ["yesterday", ..] => return Some((ahead(-1)?, 1)),
        ["next", "week", ..] => return Some((ahead(7)?, 2)),
        ["next", "month", ..] => return Some((today?.checked_add(1.month()).ok()?, 2)),
        [which @ ("next" | "this" | "last" | "coming"), day, ..] => {
            if let Some(day) = weekday(day) {
                return Some((named_day(today?, day, which)?, 2));
            }
        }
        [day, ..] => {
            if let Some(day) = weekday(day) {
                return Some((named_day(today?, day, "")?, 1));
            }
        }
        [] => {}
    }
    in_words(words, today)
}

/// The day of a week: "next" is in the week that begins on the Monday after today, "last" before today, otherwise the first after today.
fn named_day(today: Date, day: Weekday, which: &str) -> Option<Date> {
    match which {
        "last" => today.nth_weekday(-1, day).ok(),
        "next" => {
            let monday = today.nth_weekday(1, Weekday::Monday).ok()?;
            let days = i64::from(day.to_monday_zero_offset());
            monday.checked_add(days.days()).ok()
        }
        _ => today.nth_weekday(1, day).ok(),
    }
}

/// "March 4, 2026", "4th of March"; without a year, the next such day from today on.
fn in_words(words: &[&str], today: Option<Date>) -> Option<(Date, usize)> {
    let (month, day, taken) = match words {
        [name, number, ..] if month(name).is_some() && day_number(number).is_some() => {
            (month(name)?, day_number(number)?, 2)
        }
        [number, "of", name, ..] if month(name).is_some() => (month(name)?, day_number(number)?, 3),
        [number, name, ..] => (month(name)?, day_number(number)?, 2),
        _ => return None,
    };
    let year = words.get(taken).filter(|year| year.len() == 4).and_then(|year| year.parse::<i16>().ok());
    match year {
        Some(year) => Some((Date::new(year, month, day).ok()?, taken + 1)),
        None => {
            let today = today?;
            let this = Date::new(today.year(), month, day).ok()?;
            let date = if this < today { Date::new(today.year() + 1, month, day).ok()? } else { this };
            Some((date, taken))
        }
    }
}

fn day_number(word: &str) -> Option<i8> {
    let digits = word.trim_end_matches(char::is_alphabetic);
    let rank = word.get(digits.len()..)?;
    let day = digits.parse().ok().filter(|day| (1..=31).contains(day))?;
    matches!(rank, "" | "st" | "nd" | "rd" | "th").then_some(day)
}

/// `2026-03-04`, `03/04/2026` (month first, as in the United States, unless it cannot be), `04.03.2026` (day first).
fn in_digits(word: &str) -> Option<Date> {
    let separator = ['-', '/', '.'].into_iter().find(|separator| word.matches(*separator).count() == 2)?;
    let parts: Vec<&str> = word.split(separator).collect();
    let [a, b, c] = parts.as_slice() else { return None };
    if a.len() == 4 {
        return Date::new(a.parse().ok()?, b.parse().ok()?, c.parse().ok()?).ok();
    }
    let (a, b, year): (i8, i8, i16) = (a.parse().ok()?, b.parse().ok()?, c.parse().ok().filter(|_| c.len() == 4)?);
    let day_first = separator == '.' || a > 12;
    let (month, day) = if day_first { (b, a) } else { (a, b) };
    Date::new(year, month, day).ok()
}

/// A time of day at the beginning of `words`, and how many of them say it. A bare number is one only behind "at".
fn time(words: &[&str], at: bool) -> Option<(Time, usize)> {
    let first = *words.first()?;
    match first {
        "noon" | "midday" => return Some((Time::midnight().checked_add(12.hours()).ok()?, 1)),
        "midnight" => return Some((Time::midnight(), 1)),
        _ => {}
    }
    let compact = first.replace('.', "");
    let (digits, attached) = match compact.strip_suffix("am").or(compact.strip_suffix("pm")) {
        Some(digits) => (digits.to_owned(), compact.get(digits.len()..).map(str::to_owned)),
        None => (first.to_owned(), None),
    };
    let next = words.get(1).map(|word| word.replace('.', "")).filter(|word| matches!(word.as_str(), "am" | "pm"));
    let half = attached.clone().or(next.clone());
    let (hour, minute) = match digits.split_once(':') {
        Some((hour, minute)) => (hour.parse::<i8>().ok()?, minute.get(..2)?.parse::<i8>().ok()?),
        None => (digits.parse::<i8>().ok()?, 0),
    };
    let clock = words.get(1).is_some_and(|word| matches!(*word, "o'clock" | "o’clock"));
    const BEHIND: &[&str] = &["on", "in", "for", "with", "and", "to", "until", "today", "tomorrow", "this", "next"];
    let measures = words.get(1).is_some_and(|word| !BEHIND.contains(word) && weekday(word).is_none());
    if half.is_none() && !clock && !digits.contains(':') && (!at || measures) {
        return None;
    }
    let hour = match half.as_deref() {
        Some("pm") if hour < 12 => hour + 12,
        Some("am") if hour == 12 => 0,
        _ => hour,
    };
    let taken = 1 + usize::from(attached.is_none() && next.is_some() || clock);
    Some((Time::new(hour, minute, 0, 0).ok()?, taken))
}

fn weekday(word: &str) -> Option<Weekday> {
    Some(match word {
        "monday" | "mon" => Weekday::Monday,
        "tuesday" | "tue" | "tues" => Weekday::Tuesday,
        "wednesday" | "wed" => Weekday::Wednesday,
        "thursday" | "thu" | "thurs" => Weekday::Thursday,
        "friday" | "fri" => Weekday::Friday,
        "saturday" => Weekday::Saturday,
        "sunday" => Weekday::Sunday,
        _ => return None,
    })
}

fn month(word: &str) -> Option<i8> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let place = MONTHS
        .iter()
        .position(|month| *month == word || word.len() >= 3 && (word.len() <= 4) && month.starts_with(word))?;
    i8::try_from(place + 1).ok()
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
