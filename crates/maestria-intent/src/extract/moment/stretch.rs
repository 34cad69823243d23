//! Stretches of time: "last month", "February", "the first quarter of this year", "the last 30 days".

use jiff::{
    ToSpan, Zoned,
    civil::{Date, Time, Weekday},
};
use maestria_vocabulary::Span;

use super::{
    Moment,
    date::{Reckoning, day_number, may_end, month, weekday, whose, year},
    length::length,
    lowered,
};
use crate::{extract::overlap, words::Word};

/// Words that lead to a stretch: without one "may" and "march" are no months.
const OPENERS: &[&str] =
    &["of", "in", "for", "from", "since", "during", "between", "to", "until", "till", "through", "and"];

/// Words that say themselves that they begin a stretch.
const WHICH: &[&str] = &["this", "last", "past", "previous", "next", "coming", "current"];

/// Most words that say whose something is: "the last month's invoices".
const LONGEST_OWNER: usize = 3;

/// The ends of the stretches of time that `words` speak of, as moments. What is part of one of the `moments` is no stretch.
pub(in crate::extract) fn stretches(words: &[Word<'_>], now: Option<&Zoned>, moments: &[Moment]) -> Vec<Moment> {
    let lower = lowered(words);
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    let ahead = Reckoning::ahead(now);
    let mut found: Vec<Moment> = Vec::new();
    let mut open = None;
    let mut place = 0;
    while place < words.len() {
        let rest = lower.get(place..).unwrap_or_default();
        let opener = place.checked_sub(1).and_then(|before| lower.get(before)).copied().unwrap_or_default();
        // "The March report" is that of March, "the march" is none.
        let is_owner = matches!(opener, "the" | "our" | "my" | "your" | "their") && is_month_of(words, place);
        let opener = if is_owner { "of" } else { opener };
        let said = |taken: usize| words.get(place..place + taken);
        let is_free = |taken: usize| {
            let inside = |word: &Word<'_>| moments.iter().find(|moment| overlap(moment.span, word.span));
            said(taken).is_some_and(|said| said.iter().filter_map(inside).all(|moment| is_of(moment, said)))
        };
        let before = lower.get(..place).unwrap_or_default();
        let is_one = |taken: usize| {
            is_free(taken) && !narrows(before) && !words.get(place..).is_some_and(|words| is_name(words, taken))
        };
        let Some((first, last, taken)) = led_to(rest, opener, ahead).filter(|(.., taken)| is_one(*taken)) else {
            place += 1;
            continue;
        };
        let begins = match rest.get(taken..).unwrap_or_default() {
            _ if matches!(opener, "since" | "between") => true,
            ["to" | "until" | "till" | "through", ..] => opener == "from",
            ["on" | "onward" | "onwards", after @ ..] => opener == "from" && may_end(after),
            ["and", other @ ..] => {
                let other = led_to(other, "and", Reckoning { from: Some(first), ..ahead });
                opener != "and" && other.is_some_and(|(next, ..)| next > first)
            }
            _ => false,
        };
        let ends = matches!(opener, "to" | "until" | "till" | "through") || opener == "and" && open.is_some();
        if opener == "and" && !ends {
            // Of what is joined to a stretch that it does not end, no two days are the ends.
            found.truncate(found.len().saturating_sub(2));
            place += taken;
            continue;
        }
        let begun: Option<&Moment> = open.filter(|_| ends).and_then(|place: usize| found.get(place));
        let told = |begun: Option<Date>, past: bool| {
            let reckoning = Reckoning { from: begun.or(ahead.from), past: past && begun.is_none(), ..ahead };
            led_to(rest, opener, reckoning)
        };
        let last = begun.and_then(|begun| told(begun.date, false)).map_or(last, |(_, last, _)| last);
        let past = told(begun.and_then(|begun| begun.past), true);
        let before = place.checked_sub(1).and_then(|before| words.get(before));
        if let Some([head, tail]) = said(taken).and_then(|said| pieces(said, before, begins || ends)) {
            let moment = |date: Date, past: Option<Date>, span: Span| Moment {
                date: Some(date),
                time: None,
                span,
                parts: [span; 2],
                past,
                is_duration: false,
                opener: opener.to_owned(),
                begun_by: None,
            };
            if !ends {
                open = Some(found.len());
                found.push(moment(first, past.map(|(first, ..)| first), head));
            }
            if !begins {
                let moment = moment(last, past.map(|(_, last, _)| last), tail);
                let time = Time::new(23, 59, 59, 0).ok();
                found.push(Moment { time, opener: "to".to_owned(), begun_by: open.take(), ..moment });
            }
        }
        place += taken;
    }
    found
}

/// Whether a moment is said by just these words: "next week" may be a day or seven.
fn is_of(moment: &Moment, said: &[Word<'_>]) -> bool {
    let ends = [said.first().map(|word| word.span.start), said.last().map(|word| word.span.end)];
    ends == [Some(moment.span.start), Some(moment.span.end)]
}

/// Whether the words before a stretch say that but a part of it is meant: "the first half of 2025", "late last year".
fn narrows(before: &[&str]) -> bool {
    const PARTS: &[&str] = &[
        "half", "third", "quarter", "part", "rest", "middle", "mid", "day", "days", "week", "weeks", "weekend",
        "weekends", "months", "q1", "q2", "q3", "q4",
    ];
    match before.strip_suffix(&["the"]).unwrap_or(before) {
        [.., "mid" | "early" | "late"] => true,
        [.., part, "of"] => PARTS.contains(part),
        _ => false,
    }
}

/// Whether the name of a month stands before what it is the month of: "March report".
fn is_month_of(words: &[Word<'_>], place: usize) -> bool {
    let Some([name, next, ..]) = words.get(place..) else { return false };
    let is_clear = name.text.starts_with(char::is_uppercase) || !matches!(name.text, "may" | "march");
    let is_thing = next.text.chars().all(char::is_lowercase) && name.span.end + 1 == next.span.start;
    month(&name.lower()).is_some() && is_clear && is_thing
}

/// Whether the one word of a stretch is rather part of a name: "for May Miller".
fn is_name(words: &[Word<'_>], taken: usize) -> bool {
    let [word, next, ..] = words else { return false };
    let lower = next.lower();
    let is_capital =
        next.text.starts_with(char::is_uppercase) && next.text.chars().nth(1).is_some_and(char::is_lowercase);
    let is_time = month(&lower).is_some() || weekday(&lower).is_some();
    let is_owner = word.text.contains(['\'', '’']);
    taken == 1 && word.span.end + 1 == next.span.start && is_capital && !is_time && !is_owner
}

/// Where the two ends of a stretch stand: all of it for one alone, otherwise the last word of it, and what is before; the word in front, if
/// there is only one, or what makes it an owner.
fn pieces(said: &[Word<'_>], before: Option<&Word<'_>>, alone: bool) -> Option<[Span; 2]> {
    let (first, last) = (said.first()?.span, said.last()?);
    let whole = Span { start: first.start, end: last.span.end };
    let owner = last.text.len() - last.text.trim_end_matches('s').trim_end_matches(['\'', '’']).len();
    Some(match said {
        _ if alone => [whole; 2],
        [_] if owner > 1 => {
            let middle = whole.end - owner;
            [Span { end: middle, ..whole }, Span { start: middle, ..whole }]
        }
        [_] => [before?.span, whole],
        [.., before, last] => [Span { end: before.span.end, ..whole }, last.span],
        [] => return None,
    })
}

/// The first and the last day of the stretch at the beginning of `words` behind the word `opener`, and how many of them say it.
fn led_to(words: &[&str], opener: &str, reckoning: Reckoning) -> Option<(Date, Date, usize)> {
    let today = reckoning.today?;
    let article = usize::from(words.first() == Some(&"the"));
    let plain = words.get(article..)?;
    if let ["year", number, ..] = plain
        && year(number).is_some()
    {
        let (first, last, taken) = led_to(plain.get(1..)?, opener, reckoning)?;
        return Some((first, last, article + 1 + taken));
    }
    let which = *plain.first()?;
    let is_dated =
        || plain.get(1).is_some_and(|next| next.starts_with(|c: char| c.is_ascii_digit()) && year(next).is_none());
    let is_led = OPENERS.contains(&opener) || WHICH.contains(&which);
    if let Some(owner) = words.iter().take(LONGEST_OWNER).position(|word| word.ends_with("'s")) {
        let mut said = words.get(..=owner)?.to_vec();
        let name = said.last_mut()?;
        *name = name.strip_suffix("'s")?;
        return led_to(&said, "of", reckoning).filter(|(.., taken)| *taken == said.len());
    }
    let asked = |first: Date| side(first, reckoning);
    let rolling = match plain {
        ["past", name, ..] => length(&["a", name]).map(|(length, _)| (length, 2)),
        [] => None,
        [_, rest @ ..] => length(rest).map(|(length, taken)| (length, 1 + taken)),
    };
    let rolling = rolling.filter(|(length, _)| length.of_days && WHICH.contains(&which));
    if let Some((length, taken)) = rolling {
        let other = today.checked_add(length.span * if whose(which) > 0 { 1 } else { -1 }).ok()?;
        return Some((today.min(other), today.max(other), article + taken));
    }
    let numbered = match plain {
        ["last", "quarter", "of", ..] => Some(4),
        [number, "quarter", ..] => day_number(number).filter(|number| (1..=4).contains(number)),
        _ => None,
    };
    if let Some(number) = numbered {
        let rest = plain.get(2..)?;
        let of = usize::from(rest.first() == Some(&"of"));
        let (year, taken) = match rest.get(of..)?.first().and_then(|word| year(word)) {
            Some(year) => (Date::new(year, 1, 1).ok()?, of + 1),
            None if of == 1 => stretch(rest.get(1..)?, asked, reckoning).map(|(first, _, taken)| (first, 1 + taken))?,
            None => (today.first_of_year(), 0),
        };
        let first = year.checked_add((3 * i64::from(number - 1)).months()).ok()?;
        return Some((first, first.checked_add(2.months()).ok()?.last_of_month(), article + 2 + taken));
    }
    if let Some(year) = year(which).filter(|year| is_led && (1900..2100).contains(year)) {
        return Some((Date::new(year, 1, 1).ok()?, Date::new(year, 12, 31).ok()?, 1));
    }
    if let [day @ ("yesterday" | "today"), ..] = words {
        let day = if *day == "today" { today } else { today.yesterday().ok()? };
        return Some((day, day, 1)).filter(|_| is_led);
    }
    stretch(words, asked, reckoning)
        .filter(|(.., taken)| is_led && (*taken > 1 || month(which).is_some() && !is_dated()))
}

/// The day of a month on which depends whether it was or is to come: it has begun, or has not ended.
fn side(first: Date, reckoning: Reckoning) -> Option<Date> {
    Some(if reckoning.past { first } else { first.last_of_month() })
}

/// The first and the last day of the stretch at the beginning of `words`, and how many of them say it. A week begins on a Monday. Of months
/// without a year, it is the one whose day `asked`, told from its first, is ahead or behind.
pub(super) fn stretch(
    words: &[&str],
    asked: impl Fn(Date) -> Option<Date>,
    reckoning: Reckoning,
) -> Option<(Date, Date, usize)> {
    let today = reckoning.today?;
    let of_months =
        |first: Date, months: i64| Some((first, first.checked_add((months - 1).months()).ok()?.last_of_month()));
    if let Some(of) = words.first().and_then(|name| month(name)) {
        let said = words.get(1).and_then(|word| year(word));
        let first = match said {
            Some(year) => Date::new(year, of, 1).ok()?,
            None => {
                let this = Date::new(reckoning.from?.year(), of, 1).ok()?;
                reckoning.nearest(this, asked(this)?)?
            }
        };
        return Some((first, first.last_of_month(), 1 + usize::from(said.is_some())));
    }
    let (moved, name, taken) = match words {
        [which @ ("the" | "this" | "next" | "last" | "past" | "coming" | "current" | "previous"), name, ..] => {
            (whose(which), *name, 2)
        }
        [name, ..] => (0, *name, 1),
        [] => return None,
    };
    let (first, last) = match name {
        "week" | "weekend" => {
            let monday =
                today.tomorrow().ok()?.nth_weekday(-1, Weekday::Monday).ok()?.checked_add(moved.weeks()).ok()?;
            let first = if name == "week" { monday } else { monday.nth_weekday(1, Weekday::Saturday).ok()? };
            (first, monday.nth_weekday(1, Weekday::Sunday).ok()?)
        }
        "month" => of_months(today.first_of_month().checked_add(moved.months()).ok()?, 1)?,
        "quarter" => {
            let first = Date::new(today.year(), (today.month() - 1) / 3 * 3 + 1, 1).ok()?;
            of_months(first.checked_add((3 * moved).months()).ok()?, 3)?
        }
        "year" => of_months(today.first_of_year().checked_add(moved.years()).ok()?, 12)?,
        _ => return None,
    };
    Some((first, last, taken))
}
