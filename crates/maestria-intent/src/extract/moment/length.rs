//! Lengths of time as people say them: "two days", "a week", "half an hour".

use jiff::{SignedDuration, Span};

use crate::{
    extract::{number::leading, unit},
    words::Word,
};

/// Most words that say a number.
const LONGEST: usize = 8;

/// A length of time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Length {
    pub(super) span: Span,
    /// Whether it is counted in days or more, so that it leads to a day rather than to a time of day.
    pub(super) of_days: bool,
}

impl Length {
    /// So many of a unit of this name: days and what is made of them as the calendar counts them, whatever the clock does meanwhile.
    fn of(count: f64, name: &str) -> Option<Self> {
        const DAY: f64 = 86_400.0;
        let whole = (count.fract() == 0.0 && count.abs() < 1e6).then_some(count as i64);
        let calendar = |span: Span| Some(Self { span, of_days: true });
        match name {
            "month" | "months" => return calendar(Span::new().try_months(whole?).ok()?),
            "year" | "years" => return calendar(Span::new().try_years(whole?).ok()?),
            _ => {}
        }
        let unit = unit::unit(name).filter(|unit| unit.dimension == unit::Dimension::Time)?;
        let of_days = unit.factor >= DAY;
        match whole.filter(|_| of_days) {
            Some(whole) => calendar(Span::new().try_days(whole.checked_mul((unit.factor / DAY) as i64)?).ok()?),
            None => {
                let seconds = SignedDuration::try_from_secs_f64(count * unit.factor).ok()?;
                Some(Self { span: Span::try_from(seconds).ok()?, of_days })
            }
        }
    }
}

/// A length of time at the beginning of `words`, and how many of them say it.
pub(super) fn length(words: &[&str]) -> Option<(Length, usize)> {
    let (count, taken) = match words {
        ["half", "an", "hour" | "hour's", ..] => (0.5, 2),
        ["a" | "an", ..] => (1.0, 1),
        _ => {
            let spoken: Vec<Word<'_>> = words.iter().take(LONGEST).map(|text| word(text)).collect();
            leading(&spoken)?
        }
    };
    Some((Length::of(count, words.get(taken)?)?, taken + 1))
}

fn word(text: &str) -> Word<'_> {
    Word { text, span: maestria_vocabulary::Span { start: 0, end: text.len() } }
}
