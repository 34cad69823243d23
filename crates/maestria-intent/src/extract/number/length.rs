//! Lengths of time of several parts: "an hour and a half", "1 minute 30 seconds", "1h30m".

use super::{
    Quantity, quantity,
    written::{attached_unit, part_behind},
};
use crate::{
    extract::unit::{Unit, time_unit},
    words::Word,
};

/// A length of time with the parts behind it, in the unit of the last, and the place behind them; other numbers stay as they are.
pub(super) fn with_parts(whole: Quantity, words: &[Word<'_>]) -> (Quantity, usize) {
    let behind = whole.words.1;
    let is_unit = |word: &&Word<'_>| whole.unit == Some(word.lower());
    let Some(unit) = unit_of(&whole) else { return (whole, behind) };
    let behind_unit = behind + usize::from(words.get(behind).filter(is_unit).is_some());
    let rest: Vec<String> = words.iter().skip(behind_unit).take(4).map(Word::lower).collect();
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    if let Some((part, taken)) = part_behind(&rest)
        && let Some(last) = words.get(behind_unit + taken - 1)
    {
        let mut whole = Quantity { value: whole.value + part, ..whole };
        whole.span.end = last.span.end;
        return (whole, behind_unit + taken);
    }
    let joint = usize::from(rest.first() == Some(&"and"));
    let smaller = (joint == 1 || is_close(words, behind_unit)).then(|| quantity(words, behind_unit + joint)).flatten();
    let smaller = smaller.map(|part| if unit.factor == HOUR && is_bare(&part, words) { minutes(part) } else { part });
    let smaller = smaller.filter(|part| unit_of(part).is_some_and(|part| part.factor < unit.factor) && !part.implied);
    let Some(smaller) = smaller else { return (whole, behind) };
    let (mut last, behind) = with_parts(smaller, words);
    // Behind hours "m" is no metre.
    if last.unit.as_deref() == Some("m") {
        last = minutes(last);
    }
    last.value += unit_of(&last).map_or(0.0, |last| whole.value * unit.factor / last.factor);
    last.span.start = whole.span.start;
    last.words.0 = whole.words.0;
    (last, behind)
}

/// Seconds of an hour.
const HOUR: f64 = 3600.0;

/// Whether a number may be the minutes of an hour though nothing says what it counts: "an hour and 20, please".
fn is_bare(part: &Quantity, words: &[Word<'_>]) -> bool {
    const ENDS: &[&str] = &["for", "from", "in", "of", "on", "please", "to", "until", "with"];
    let behind = part.words.1;
    let ends = words.get(behind).is_none_or(|next| ENDS.contains(&&*next.lower())) || !is_close(words, behind);
    // Letters written onto the digits are a unit, if not one of time.
    let digits = words.get(behind - 1).is_some_and(|word| attached_unit(word.text).is_none());
    ends && digits && !part.percent && (1.0..60.0).contains(&part.value) && part.value.fract() == 0.0
}

/// The number as one of minutes.
fn minutes(part: Quantity) -> Quantity {
    Quantity { unit: Some("minutes".to_owned()), ..part }
}

fn unit_of(number: &Quantity) -> Option<Unit> {
    time_unit(number.unit.as_deref()?)
}

/// Whether no mark stands before the word of a place.
fn is_close(words: &[Word<'_>], place: usize) -> bool {
    let before = place.checked_sub(1).and_then(|before| words.get(before));
    before.zip(words.get(place)).is_some_and(|(before, word)| word.span.start <= before.span.end + 1)
}

/// A length of time in one word: "1h30m", "2m30s", "1h30".
pub(super) fn compact(words: &[Word<'_>], place: usize) -> Option<Quantity> {
    let word = words.first()?;
    let mut rest = word.text;
    let mut seconds = 0.0;
    let mut units: Vec<Unit> = Vec::new();
    while !rest.is_empty() {
        let behind = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let after = behind.trim_start_matches(char::is_alphabetic);
        let number: f64 = rest.strip_suffix(behind)?.parse().ok()?;
        let name = behind.strip_suffix(after)?;
        // What has no name is the smaller of "1h30".
        let unit = time_unit(if name.is_empty() && !units.is_empty() { "m" } else { name })?;
        if units.last().is_some_and(|last| last.factor <= unit.factor) {
            return None;
        }
        seconds += number * unit.factor;
        units.push(unit);
        rest = after;
    }
    (units.len() > 1).then(|| Quantity {
        value: seconds,
        percent: false,
        unit: Some("seconds".to_owned()),
        symbol: None,
        span: word.span,
        implied: false,
        words: (place, place + 1),
    })
}

#[cfg(test)]
mod tests {
    use super::super::quantities;

    fn check(text: &str, expected: &[(f64, Option<&str>)]) {
        let words: Vec<_> = crate::words::words(text).collect();
        let found = quantities(&words);
        let found: Vec<_> = found.iter().map(|number| (number.value, number.unit.as_deref())).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn a_length_of_time_has_several_parts() {
        check("for two and a half minutes", &[(2.5, Some("minutes"))]);
        check("for 2 minutes and 15 seconds", &[(135.0, Some("seconds"))]);
        check("1 hour 2 minutes 3 seconds", &[(3723.0, Some("seconds"))]);
        check("an hour and a half, please", &[(1.5, Some("hour"))]);
        check("for an hour and 20", &[(80.0, Some("minutes"))]);
        check("for 2 hours and five, please", &[(125.0, Some("minutes"))]);
        check("1 hour 20 for the eggs", &[(80.0, Some("minutes"))]);
        check("10 km, 1h 5m", &[(10.0, Some("km")), (65.0, Some("minutes"))]);
        check("the past hour and a half", &[(1.5, Some("hour"))]);
        check("the last hour and 20 minutes", &[(80.0, Some("minutes"))]);
        check(
            "1h 30m or 1h30m or 1h30",
            &[(90.0, Some("minutes")), (5400.0, Some("seconds")), (5400.0, Some("seconds"))],
        );
    }

    #[test]
    fn what_is_no_smaller_part_is_another_number() {
        check("1 hour, 30 minutes", &[(1.0, Some("hour")), (30.0, Some("minutes"))]);
        check("5 minutes and 2 hours", &[(5.0, Some("minutes")), (2.0, Some("hours"))]);
        check("2 hours and 3 apples", &[(2.0, Some("hours")), (3.0, Some("apples"))]);
        check("an hour and 20 squats", &[(1.0, Some("hour")), (20.0, Some("squats"))]);
        check("an hour and 5km", &[(1.0, Some("hour")), (5.0, Some("km"))]);
        check("an hour and 90", &[(1.0, Some("hour")), (90.0, None)]);
        check("room 3b12, 1x2y3", &[]);
    }
}
