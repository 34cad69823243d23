//! The two ends of a stretch of time, where the one says what the other leaves out: "from 21 to 24 August", "from two to four in the afternoon".

use jiff::{
    ToSpan,
    civil::{Date, Time},
};

use super::{
    clock::{Half, count, half_behind, time},
    date::{Reckoning, date, day_number, may_end, month, weekday},
};

/// Words between the two ends.
const LINKS: &[&str] = &["to", "until", "till", "through", "-", "–", "and"];

/// Whether a date is told from the one before it: the words `between` lead from the beginning of something, which has this `opener`, to its
/// end, or the date itself says so, "the Monday after".
pub(super) fn ends_another(between: &[&str], opener: &str, words: &[&str]) -> bool {
    const ALONG: &[&str] = &["and", "on", "the", "up", "check", "checking", "coming", "going", "then"];
    let leads = |word: &&str| match *word {
        "and" => opener == "between",
        word => LINKS.contains(&word) || matches!(word, "returning" | "leaving" | "back" | "out"),
    };
    let is_after =
        || matches!(words, [day, "after" | "following", rest @ ..] if weekday(day).is_some() && may_end(rest));
    between.last() == Some(&"the") && is_after()
        || between.iter().any(&leads) && between.iter().all(|word| leads(word) || ALONG.contains(word))
}

/// A date at the beginning of `words` whose month or week the other end says: "21 to 24 August", "Monday to Friday next week"; and how many
/// words say it.
pub(super) fn first_date(words: &[&str], reckoning: Reckoning) -> Option<(Date, usize)> {
    let article = usize::from(words.first() == Some(&"the"));
    let [first, link, rest @ ..] = words.get(article..)? else { return None };
    let is_first = LINKS.contains(link) && (day_number(first).is_some() || weekday(first).is_some());
    let rest = Some(rest).filter(|_| is_first)?;
    let plain = rest.strip_prefix(&["the"]).unwrap_or(rest);
    let found = |words| date(words, reckoning).map(|(date, taken)| (date, words.get(..taken).unwrap_or_default()));
    let (other, said) = found(rest).or_else(|| found(plain))?;
    let date = match (day_number(first), weekday(first)) {
        (Some(day), _) if said.iter().any(|word| month(word).is_some()) => {
            Date::new(other.year(), other.month(), day).ok()?
        }
        (_, Some(day)) if said.len() > 1 && said.last() == Some(&"week") => {
            let days = day.to_monday_zero_offset() - other.weekday().to_monday_zero_offset();
            other.checked_add(i64::from(days).days()).ok()?
        }
        _ => return None,
    };
    (date < other).then_some((date, article + 1))
}

/// A time of day at the beginning of `words` whose half of the day the other end says: "2 to 4pm", "two to four in the afternoon"; and how
/// many words say it.
pub(super) fn first_time(words: &[&str]) -> Option<(Time, usize)> {
    let [first, link, rest @ ..] = words else { return None };
    let hour = count(first).filter(|hour| LINKS.contains(link) && *hour <= 12)?;
    let (other, taken) = time(rest, Some(*link), None)?;
    let names_half = |word: &&str| Half::of(word).is_some() || word.ends_with("am") || word.ends_with("pm");
    let is_half_told = rest.get(..taken)?.iter().any(names_half);
    if !is_half_told && half_behind(rest.get(taken..)?).0.is_none() {
        return None;
    }
    let hours = [hour % 12 + 12, hour % 12].into_iter().filter_map(|hour| Time::new(hour, 0, 0, 0).ok());
    Some((hours.filter(|time| *time < other).max()?, 1))
}
