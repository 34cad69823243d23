//! Dates that are told from a stretch of time, from another date, or by the name of a day: "the end of the month", "a week from Tuesday",
//! "Christmas Eve".

use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};

use super::date::{Reckoning, date_of, day_number, month};
use crate::{
    extract::{number::quantities, unit},
    words::Word,
};

/// Days of every year by their names.
const NAMED: &[(&[&str], i8, i8)] = &[
    (&["new", "year's", "eve"], 12, 31),
    (&["new", "year’s", "eve"], 12, 31),
    (&["new", "year's", "day"], 1, 1),
    (&["new", "year’s", "day"], 1, 1),
    (&["valentine's", "day"], 2, 14),
    (&["valentine’s", "day"], 2, 14),
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
    let year =
        words.get(name.len()).and_then(|year| year.parse::<i16>().ok()).filter(|year| (1000..=9999).contains(year));
    match year {
        Some(year) => Some((Date::new(year, *month, *day).ok()?, name.len() + 1)),
        None => Some((reckoning.of_a_year(*month, *day)?, name.len())),
    }
}

/// A day of a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edge {
    First,
    Last,
    Day(i8),
}

/// "The end of the month", "the last day of June", "the first of next month", "month's end".
fn edge(words: &[&str], reckoning: Reckoning) -> Option<(Date, usize)> {
    let today = reckoning.today?;
    let article = usize::from(words.first() == Some(&"the"));
    let (edge, taken) = match words.get(article..)? {
        ["end", "of", ..] => (Edge::Last, 2),
        ["last", "day", "of", ..] => (Edge::Last, 3),
        ["beginning" | "start", "of", ..] => (Edge::First, 2),
        ["first", "day", "of", ..] => (Edge::First, 3),
        ["month's" | "month’s", "end", ..] => return Some((today.last_of_month(), article + 2)),
        ["year's" | "year’s", "end", ..] => return Some((Date::new(today.year(), 12, 31).ok()?, article + 2)),
        [day, "of", "the" | "this" | "next", "month", ..] => (Edge::Day(day_number(day)?), 2),
        _ => return None,
    };
    let from = article + taken;
    let (first, last, more) = stretch(words.get(from..)?, edge, reckoning)?;
    let date = match edge {
        Edge::First => first,
        Edge::Last => last,
        Edge::Day(day) => {
            let date = Date::new(first.year(), first.month(), day).ok()?;
            // "The fifth of the month" is the next one, unless what was is spoken of.
            let is_named = matches!(words.get(from), Some(&("this" | "next")));
            if date < today && !reckoning.past && !is_named {
                let next = first.checked_add(1.month()).ok()?;
                Date::new(next.year(), next.month(), day).ok()?
            } else {
                date
            }
        }
    };
    Some((date, from + more))
}

/// The first and the last day of the stretch at the beginning of `words`, and how many of them say it. A week begins on a Monday.
fn stretch(words: &[&str], edge: Edge, reckoning: Reckoning) -> Option<(Date, Date, usize)> {
    let today = reckoning.today?;
    if let Some(of) = words.first().and_then(|name| month(name)) {
        let year = words.get(1).and_then(|year| year.parse::<i16>().ok()).filter(|year| (1000..=9999).contains(year));
        let first = match year {
            Some(year) => Date::new(year, of, 1).ok()?,
            None => {
                let this = Date::new(today.year(), of, 1).ok()?;
                let asked = if edge == Edge::Last { this.last_of_month() } else { this };
                reckoning.nearest(this, asked)?
            }
        };
        return Some((first, first.last_of_month(), 1 + usize::from(year.is_some())));
    }
    let (moved, name, taken) = match words {
        [which @ ("the" | "this" | "next" | "last" | "coming"), name, ..] => {
            (i64::from(matches!(*which, "next" | "coming")) - i64::from(*which == "last"), *name, 2)
        }
        [name, ..] => (0, *name, 1),
        [] => return None,
    };
    let (first, last) = match name {
        "week" => {
            let days = i64::from(today.weekday().to_monday_zero_offset());
            let monday = today.checked_sub(days.days()).ok()?.checked_add((7 * moved).days()).ok()?;
            (monday, monday.nth_weekday(1, Weekday::Sunday).ok()?)
        }
        "month" => {
            let first = today.first_of_month().checked_add(moved.months()).ok()?;
            (first, first.last_of_month())
        }
        "quarter" => {
            let month = (today.month() - 1) / 3 * 3 + 1;
            let first = Date::new(today.year(), month, 1).ok()?.checked_add((3 * moved).months()).ok()?;
            (first, first.checked_add(2.months()).ok()?.last_of_month())
        }
        "year" => {
            let year = today.year().checked_add(i16::try_from(moved).ok()?)?;
            (Date::new(year, 1, 1).ok()?, Date::new(year, 12, 31).ok()?)
        }
        _ => return None,
    };
    Some((first, last, taken))
}

/// Most words before "from", "after" or "before".
const LONGEST: usize = 4;

/// "A week from Tuesday", "two days after March 3", "the day before Christmas".
fn from_another(words: &[&str], reckoning: Reckoning) -> Option<(Date, usize)> {
    let article = usize::from(matches!(words, ["the", "day" | "week", ..]));
    let link = words.iter().take(LONGEST).position(|word| matches!(*word, "from" | "after" | "before"))?;
    let said = words.get(article..link).filter(|said| !said.is_empty())?;
    let spoken: Vec<Word<'_>> =
        said.iter().map(|text| Word { text, span: maestria_vocabulary::Span { start: 0, end: text.len() } }).collect();
    let (count, name) = match (said, article) {
        ([name], 1) => (1.0, *name),
        (["a" | "one", name], 0) => (1.0, *name),
        ([.., name], 0) => {
            let number = quantities(&spoken).into_iter().next()?;
            (number.words == (0, said.len() - 1)).then_some((number.value, *name))?
        }
        _ => return None,
    };
    if count.fract() != 0.0 || count > 1e4 {
        return None;
    }
    let count = count as i64 * if words.get(link) == Some(&"before") { -1 } else { 1 };
    let behind = words.get(link + 1..)?;
    let (date, taken) = named(behind, reckoning).or_else(|| date_of(behind, reckoning))?;
    let date = match name {
        "month" | "months" => date.checked_add(count.months()).ok()?,
        "year" | "years" => date.checked_add(count.years()).ok()?,
        name => {
            let unit = unit::unit(name).filter(|unit| unit.dimension == unit::Dimension::Time)?;
            let days = unit.factor / 86_400.0;
            (days >= 1.0).then_some(())?;
            date.checked_add((count * days as i64).days()).ok()?
        }
    };
    Some((date, link + 1 + taken))
}
