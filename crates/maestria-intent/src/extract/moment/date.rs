//! Dates as people say them.

use jiff::{
    ToSpan, Zoned,
    civil::{Date, Weekday},
};

use super::period::told;

/// The days of a month in words.
const ORDINALS: [&str; 31] = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
    "twenty-first",
    "twenty-second",
    "twenty-third",
    "twenty-fourth",
    "twenty-fifth",
    "twenty-sixth",
    "twenty-seventh",
    "twenty-eighth",
    "twenty-ninth",
    "thirtieth",
    "thirty-first",
];

/// From when days are told, and whether those are meant that were rather than those to come: "since March 4".
#[derive(Debug, Clone, Copy)]
pub(super) struct Reckoning {
    pub(super) today: Option<Date>,
    /// From when days are told that come again, such as Fridays: from today, or from the day on which begins what they end.
    pub(super) from: Option<Date>,
    pub(super) past: bool,
}

impl Reckoning {
    /// Days to come.
    pub(super) fn ahead(now: Option<&Zoned>) -> Self {
        let today = now.map(Zoned::date);
        Self { today, from: today, past: false }
    }

    /// A day that every year has: the next from then on, or the last up to then.
    pub(super) fn of_a_year(self, month: i8, day: i8) -> Option<Date> {
        let this = Date::new(self.from?.year(), month, day).ok()?;
        self.nearest(this, this)
    }

    /// `date` of this year, or of the one in which `asked`, which moves with it, is ahead of then, or behind it.
    pub(super) fn nearest(self, date: Date, asked: Date) -> Option<Date> {
        let from = self.from?;
        let years: i64 = match (self.past, asked < from, asked > from) {
            (false, true, _) => 1,
            (true, _, true) => -1,
            _ => 0,
        };
        date.checked_add(years.years()).ok()
    }

    /// The first month from then on, or the last up to then, whose `day` there is, and lies on that side of it.
    pub(super) fn of_a_month(self, day: impl Fn(Date) -> Option<Date>) -> Option<Date> {
        const MOST: i64 = 12;
        let (from, step) = (self.from?, if self.past { -1 } else { 1 });
        let months = (0..MOST).filter_map(|months| from.first_of_month().checked_add((step * months).months()).ok());
        months.filter_map(day).find(|date| if self.past { *date <= from } else { *date >= from })
    }
}

/// A date at the beginning of `words`, and how many of them say it.
pub(super) fn date(words: &[&str], reckoning: Reckoning) -> Option<(Date, usize)> {
    told(words, reckoning).or_else(|| date_of(words, reckoning))
}

/// The same of dates that are told from no other.
pub(super) fn date_of(words: &[&str], reckoning: Reckoning) -> Option<(Date, usize)> {
    let first = *words.first()?;
    if let Some(date) = in_digits(first) {
        return Some((date, 1));
    }
    let Reckoning { today, .. } = reckoning;
    let ahead = |days: i64| today.and_then(|today| today.checked_add(days.days()).ok());
    match words {
        ["the", "day", "after", "tomorrow", ..] => return Some((ahead(2)?, 4)),
        ["day", "after", "tomorrow", ..] => return Some((ahead(2)?, 3)),
        ["today" | "tonight", ..] => return Some((today?, 1)),
        ["this", "morning" | "afternoon" | "evening", ..] => return Some((today?, 2)),
        ["tomorrow", ..] => return Some((ahead(1)?, 1)),
        ["yesterday", ..] => return Some((ahead(-1)?, 1)),
        ["next", "week", ..] => return Some((ahead(7)?, 2)),
        ["next", "month", ..] => return Some((today?.checked_add(1.month()).ok()?, 2)),
        [which @ ("this" | "the" | "next"), "weekend", ..] => {
            return Some((named_day(reckoning, Weekday::Saturday, which)?, 2));
        }
        ["the", number, rest @ ..] if number.ends_with(BREAK) || may_end(rest) => {
            if let Some(date) = numbered_day(reckoning, number) {
                return Some((date, 2));
            }
        }
        [which @ ("next" | "this" | "last" | "coming"), day, ..] if weekday(day).is_some() => {
            return Some((named_day(reckoning, weekday(day)?, which)?, 2));
        }
        [day, rest @ ..] => {
            if let Some(day) = weekday(day).or_else(|| short_weekday(day).filter(|_| begins_time(rest))) {
                return day_and_date(day, rest, reckoning);
            }
        }
        [] => {}
    }
    in_words(words, reckoning)
}

/// A weekday with the date that may follow it, "Friday the 22nd of May", or by itself.
fn day_and_date(day: Weekday, rest: &[&str], reckoning: Reckoning) -> Option<(Date, usize)> {
    let article = usize::from(rest.first() == Some(&"the"));
    let behind = rest.get(article..).unwrap_or_default();
    if let Some((date, taken)) = in_words(behind, reckoning) {
        return Some((date, 1 + article + taken));
    }
    if let [number, after @ ..] = behind
        && article == 1
        && (number.ends_with(BREAK) || may_end(after))
        && let Some(date) = numbered_day(reckoning, number)
    {
        return Some((date, 3));
    }
    let of = usize::from(rest.first() == Some(&"of"));
    match rest.get(of..) {
        Some([which @ ("this" | "next" | "last"), "week", ..]) => Some((day_of_week(reckoning, day, which)?, 3 + of)),
        Some(["week", ..]) if of == 0 => Some((named_day(reckoning, day, "")?.checked_add(1.week()).ok()?, 2)),
        _ => Some((named_day(reckoning, day, "")?, 1)),
    }
}

/// What stands behind the number of a day where a mark does: "the 14th, two guests".
pub(super) const BREAK: char = ',';

/// "The 14th": the next such day from then on, or the last up to then.
fn numbered_day(reckoning: Reckoning, word: &str) -> Option<Date> {
    let word = word.trim_end_matches(BREAK);
    let day = day_number(word).filter(|_| word.parse::<i8>().is_err())?;
    reckoning.of_a_month(|first| Date::new(first.year(), first.month(), day).ok())
}

/// Whether a day of the month may stand before these words, rather than a thing that is counted: "the 3rd draft".
pub(super) fn may_end(rest: &[&str]) -> bool {
    const BEHIND: &[&str] = &[
        "at", "to", "until", "till", "in", "for", "and", "or", "from", "with", "through", "if", "please", "by",
        "around", "onwards", "onward", "on", "but", "then", "so", "because", "thanks", "latest",
    ];
    rest.first().is_none_or(|word| BEHIND.contains(word)) || begins_time(rest)
}

/// Whether a date of `taken` words rather describes the thing behind it: "a Christmas dinner", "the end of month report". What leads to a day,
/// `before`, says that it is none.
pub(super) fn describes(words: &[&str], taken: usize, before: &[&str]) -> bool {
    const TO_A_DAY: &[&str] = &[
        "on", "by", "until", "till", "before", "since", "from", "after", "through", "to", "between", "at", "starting",
        "ending", "due", "and", "or",
    ];
    let (said, behind) = words.split_at_checked(taken).unwrap_or_default();
    let is_edge = || match said.strip_prefix(&["the"]).unwrap_or(said) {
        ["end" | "beginning" | "start" | "last", ..] => said.contains(&"of"),
        [first, "of", ..] => ORDINALS.contains(first),
        _ => false,
    };
    let before = before.strip_suffix(&["the"]).unwrap_or(before);
    let leads = before.last().is_none_or(|word| TO_A_DAY.contains(word));
    !leads && !may_end(behind) && (matches!(said, ["christmas" | "halloween"]) || is_edge())
}

/// Whether the next word is a time of day.
fn begins_time(rest: &[&str]) -> bool {
    rest.first().is_some_and(|word| word.starts_with(|c: char| c.is_ascii_digit()) || *word == "at")
}

/// The day of a week: "next" is in the week that begins on the Monday after today, "last" before today, otherwise the first after today.
fn named_day(reckoning: Reckoning, day: Weekday, which: &str) -> Option<Date> {
    let today = reckoning.today?;
    let of_this_week = || day_of_week(reckoning, day, "this").filter(|day| reckoning.past && *day <= today);
    match which {
        "" | "the" => reckoning.from?.nth_weekday(if reckoning.past { -1 } else { 1 }, day).ok(),
        "last" => today.nth_weekday(-1, day).ok(),
        "next" => day_of_week(reckoning, day, which),
        "this" => of_this_week().or_else(|| today.nth_weekday(1, day).ok()),
        _ => today.nth_weekday(1, day).ok(),
    }
}

/// The day of this week, the next or the last. A week begins on a Monday.
fn day_of_week(reckoning: Reckoning, day: Weekday, which: &str) -> Option<Date> {
    let monday = reckoning.today?.tomorrow().ok()?.nth_weekday(-1, Weekday::Monday).ok()?;
    let days = i64::from(day.to_monday_zero_offset()) + 7 * whose(which);
    monday.checked_add(days.days()).ok()
}

/// By how many of its kind a stretch of time is moved: "next" by one.
pub(super) fn whose(which: &str) -> i64 {
    match which {
        "next" | "coming" => 1,
        "last" | "past" | "previous" => -1,
        _ => 0,
    }
}

/// "March 4, 2026", "4th of March"; without a year, the next such day from today on.
fn in_words(words: &[&str], reckoning: Reckoning) -> Option<(Date, usize)> {
    let (month, day, taken) = match words {
        [name, number, ..] if month(name).is_some() && day_number(number).is_some() => {
            (month(name)?, day_number(number)?, 2)
        }
        [number, "of", name, ..] if month(name).is_some() => (month(name)?, day_number(number)?, 3),
        [number, name, ..] => (month(name)?, day_number(number)?, 2),
        _ => return None,
    };
    match words.get(taken).and_then(|word| year(word)) {
        Some(year) => Some((Date::new(year, month, day).ok()?, taken + 1)),
        None => Some((reckoning.of_a_year(month, day)?, taken)),
    }
}

/// A year of four digits.
pub(super) fn year(word: &str) -> Option<i16> {
    word.parse().ok().filter(|year| word.len() == 4 && (1000..=9999).contains(year))
}

/// The number of a day in a month, or of another thing in its order: "4", "4th", "fourth".
pub(super) fn day_number(word: &str) -> Option<i8> {
    let word = word.trim_end_matches(BREAK);
    if let Some(place) = ORDINALS.iter().position(|ordinal| *ordinal == word) {
        return i8::try_from(place + 1).ok();
    }
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

pub(super) fn weekday(word: &str) -> Option<Weekday> {
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

/// Names of days that are words of another meaning too.
fn short_weekday(word: &str) -> Option<Weekday> {
    match word {
        "sat" => Some(Weekday::Saturday),
        "sun" => Some(Weekday::Sunday),
        _ => None,
    }
}

pub(super) fn month(word: &str) -> Option<i8> {
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
