//! Stretches of time: "last month", "February", "the first quarter of this year".

use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};

use super::date::{Reckoning, month, whose, year};

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
        [which @ ("the" | "this" | "next" | "last" | "coming" | "current" | "previous"), name, ..] => {
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
