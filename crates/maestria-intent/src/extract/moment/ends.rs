//! The two ends of a stretch of time, where the one says what the other leaves out: "from 21 to 24 August", "from two to four in the afternoon".

use jiff::{
    ToSpan,
    civil::{Date, Time},
};

use super::{
    clock::{Half, count, half_behind, measures, time},
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

/// Two times of day in one word, "2-3:30pm", "9-10" before "am", "9am-5", "10pm-2am": where the one begins and the other ends, and how many words say it.
/// Two bare hours, "9-5", are such only behind a day, which is `led`.
pub(super) fn within_a_word(words: &[&str], led: bool) -> Option<([Time; 2], usize)> {
    let (first, last) = words.first()?.split_once(['-', '–'])?;
    let is_told = |word: &str| word.ends_with("am") || word.ends_with("pm");
    let is_hour =
        |word: &str| count(word).is_some_and(|hour| hour <= 24) && word.bytes().all(|byte| byte.is_ascii_digit());
    let next = words.get(1).copied();
    let half = next.filter(|half| matches!(half.replace('.', "").as_str(), "am" | "pm")).filter(|_| !is_told(last));
    let own = || time(&[first], None, None).map(|(time, _)| time);
    if is_told(last) || half.is_some() {
        let rest: Vec<&str> = [last].into_iter().chain(half).collect();
        let (end, taken) = time(&rest, Some("to"), None)?;
        let pair: Vec<&str> = [first, "to"].into_iter().chain(rest.iter().copied()).collect();
        let begin = own().or_else(|| first_time(&pair).map(|(time, _)| time).filter(|begin| *begin < end))?;
        return Some(([begin, end], taken));
    }
    let is_measured = next.is_some_and(measures);
    if is_measured || !is_hour(last) || !(is_told(first) || led && is_hour(first)) {
        return None;
    }
    let (begin, _) = time(&[first], Some("from"), None)?;
    let (end, _) = last_time(&[last], begin)?;
    Some(([begin, end], 1))
}

/// The first of two bare hours behind a day, "Friday 9 to 10", and how many words say it.
pub(super) fn first_hour(words: &[&str]) -> Option<(Time, usize)> {
    let [first, link, last, rest @ ..] = words else { return None };
    let is_linked = LINKS.contains(link) && *link != "and";
    let is_digits = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    // "Twenty to nine" is one time.
    let is_pair = is_linked && is_digits(first) && is_digits(last);
    let begin = count(first).filter(|_| count(last).is_some())?;
    let is_measured = rest.first().is_some_and(|word| measures(word));
    (is_pair && !is_measured).then(|| Some((Time::new(begin, 0, 0, 0).ok()?, 1)))?
}

/// The time of day at the beginning of `words` at which something ends that begins at `begun`, "from 10 | to 2", and how many words say it.
pub(super) fn last_time(words: &[&str], begun: Time) -> Option<(Time, usize)> {
    let (end, taken) = time(words, Some("to"), None)?;
    if end > begun {
        return Some((end, taken));
    }
    let later = Time::new(end.hour().checked_add(12).filter(|_| end.hour() > 0)?, end.minute(), 0, 0).ok()?;
    (later > begun).then_some((later, taken))
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
