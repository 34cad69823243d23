//! Dates that are told from a stretch of time, from another date, or by the name of a day: "the end of the month", "a week from Tuesday",
//! "Christmas Eve".

use jiff::civil::{Date, Weekday};

use super::{
    date::{Reckoning, date_of, day_number, weekday, year},
    length::length,
    stretch::stretch,
};

/// Days of every year by their names.
const NAMED: &[(&[&str], i8, i8)] = &[
    (&["new", "year's", "eve"], 12, 31),
    (&["new", "year's", "day"], 1, 1),
    (&["valentine's", "day"], 2, 14),
    (&["christmas", "eve"], 12, 24),
    (&["christmas", "day"], 12, 25),
    (&["christmas"], 12, 25),
    (&["boxing", "day"], 12, 26),
    (&["halloween"], 10, 31),
];

/// A date at the beginning of `words` that is told from a stretch of time or another date, and how many of them say it.
pub(super) fn told(words: &[&str], reckoning: Reckoning) -> Option<(Date, usize)> {
    named(words, reckoning).or_else(|| edge(words, reckoning)).or_else(|| from_another(words, reckoning))
}

fn named(words: &[&str], reckoning: Reckoning) -> Option<(Date, usize)> {
    let (name, month, day) = NAMED.iter().find(|(name, ..)| words.starts_with(name))?;
    match words.get(name.len()).and_then(|word| year(word)) {
        Some(year) => Some((Date::new(year, *month, *day).ok()?, name.len() + 1)),
        None => Some((reckoning.of_a_year(*month, *day)?, name.len())),
    }
}

/// A day of a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edge {
    First,
    Last,
    /// The day of a month that has this number.
    Day(i8),
    /// Of the days of a month with this name, the one with this number; counted from behind below zero.
    Nth(i8, Weekday),
}

/// "The end of the month", "the last day of June", "the first of next month", "the last Friday of the month", "month's end".
fn edge(words: &[&str], reckoning: Reckoning) -> Option<(Date, usize)> {
    let article = usize::from(words.first() == Some(&"the"));
    let number = |word: &str| if word == "last" { Some(-1) } else { day_number(word) };
    let (edge, taken) = match words.get(article..)? {
        ["month's" | "year's", "end", ..] => {
            let name = words.get(article)?.strip_suffix("'s")?;
            return Some((stretch(&[name], Some, reckoning)?.1, article + 2));
        }
        ["end", "of", ..] => (Edge::Last, 2),
        ["last", "day", "of", ..] => (Edge::Last, 3),
        ["beginning" | "start", "of", ..] => (Edge::First, 2),
        ["first", "day", "of", ..] => (Edge::First, 3),
        [which, day, "of", ..] if weekday(day).is_some() => (Edge::Nth(number(which)?, weekday(day)?), 3),
        ["last", "of", ..] => (Edge::Last, 2),
        [day, "of", "the" | "this" | "next" | "last", "month", ..] => (Edge::Day(day_number(day)?), 2),
        _ => return None,
    };
    let from = article + taken;
    let rest = words.get(from..)?;
    let (first, last, more) = stretch(rest, |first| edge.in_month(first), reckoning)?;
    let date = match edge {
        Edge::First => first,
        Edge::Last => last,
        // "The fifth of the month" is the next one, unless what was is spoken of.
        _ if rest.starts_with(&["the", "month"]) => reckoning.of_a_month(|first| edge.in_month(first))?,
        _ if first.last_of_month() == last => edge.in_month(first)?,
        _ => return None,
    };
    Some((date, from + more))
}

impl Edge {
    /// The day that it is in the month of `date`, if that has one.
    fn in_month(self, date: Date) -> Option<Date> {
        match self {
            Self::First => Some(date.first_of_month()),
            Self::Last => Some(date.last_of_month()),
            Self::Day(day) => Date::new(date.year(), date.month(), day).ok(),
            Self::Nth(number, day) => date.nth_weekday_of_month(number, day).ok(),
        }
    }
}

/// Most words before "from", "after" or "before".
const LONGEST: usize = 5;

/// "A week from Tuesday", "two days after March 3", "the day before Christmas".
fn from_another(words: &[&str], reckoning: Reckoning) -> Option<(Date, usize)> {
    let link = words.iter().take(LONGEST).position(|word| matches!(*word, "from" | "after" | "before"))?;
    let said = match words.get(..link)? {
        ["the", name @ ("day" | "week")] => length(&["a", name]),
        said => length(said).filter(|(_, taken)| *taken == link),
    };
    let (length, _) = said.filter(|(length, _)| length.of_days)?;
    let sign = if words.get(link) == Some(&"before") { -1 } else { 1 };
    let behind = words.get(link + 1..)?;
    let (date, more) =
        named(behind, reckoning).or_else(|| edge(behind, reckoning)).or_else(|| date_of(behind, reckoning))?;
    Some((date.checked_add(length.span * sign).ok()?, link + 1 + more))
}
