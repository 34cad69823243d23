//! Times of day as people say them.

use jiff::civil::Time;

use super::date::weekday;

/// Half of the day that a word names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    Morning,
    Afternoon,
    Night,
}

impl Half {
    /// Of "morning", "afternoon", "evening" and "night".
    pub(super) fn of(word: &str) -> Option<Self> {
        match word {
            "am" | "morning" => Some(Self::Morning),
            "pm" | "afternoon" | "evening" => Some(Self::Afternoon),
            "night" | "tonight" => Some(Self::Night),
            _ => None,
        }
    }

    fn hour(self, hour: i8) -> i8 {
        match (self, hour) {
            (Self::Night, 0..6) => hour,
            (Self::Afternoon | Self::Night, hour) if hour < 12 => hour + 12,
            (Self::Morning | Self::Night, 12) => 0,
            (_, hour) => hour,
        }
    }
}

/// A time of day at the beginning of `words`, and how many of them say it. A bare number is one only behind an `opener` such as "at". `half`
/// is what was said before: "tomorrow evening at seven".
pub(super) fn time(words: &[&str], opener: Option<&str>, half: Option<Half>) -> Option<(Time, usize)> {
    match *words.first()? {
        "noon" | "midday" => return Some((Time::constant(12, 0, 0, 0), 1)),
        "midnight" => return Some((Time::midnight(), 1)),
        _ => {}
    }
    let Clock { hour, minute, half: own, taken } =
        spoken(words, opener).or_else(|| written(words, opener.is_some() || half.is_some()))?;
    let (behind, more) = if own.is_some() { (own, 0) } else { half_behind(words.get(taken..).unwrap_or_default()) };
    let half = behind.or(half);
    let hour = half.map_or(hour, |half| half.hour(hour));
    Some((Time::new(hour, minute, 0, 0).ok()?, taken + more))
}

/// What the words of a time say.
struct Clock {
    hour: i8,
    minute: i8,
    half: Option<Half>,
    taken: usize,
}

/// "Half past seven", "quarter to nine", "ten minutes past six", "twenty to nine"; "ten to six" only behind an `opener` such as "at", since
/// numbers and hours from ten to six are said alike.
fn spoken(words: &[&str], opener: Option<&str>) -> Option<Clock> {
    let article = usize::from(words.first() == Some(&"a"));
    let (minutes, rest) = match words.get(article..)? {
        ["half", rest @ ..] => (30, rest),
        ["quarter", rest @ ..] => (15, rest),
        [number, rest @ ..] => (count(number).filter(|minutes| *minutes < 30)?, rest),
        [] => return None,
    };
    let named = usize::from(matches!(rest.first(), Some(&("minutes" | "minute"))));
    let is_number = !matches!(words.get(article), Some(&("half" | "quarter")));
    let is_clear = opener.is_none() && matches!(words.get(article), Some(&("twenty" | "twenty-five")));
    if is_number && named == 0 && !is_clear && matches!(opener, None | Some("from" | "between")) {
        return None;
    }
    let (past, hour) = match rest.get(named..)? {
        ["past" | "after", hour, ..] => (true, hour),
        ["to" | "before" | "till", hour, ..] => (false, hour),
        _ => return None,
    };
    let hour = count(hour).filter(|hour| (1..=12).contains(hour))?;
    let (hour, minute) = if past { (hour, minutes) } else { ((hour + 23) % 24, 60 - minutes) };
    Some(Clock { hour, minute, half: None, taken: article + named + 3 })
}

/// The hours of an enumeration at the beginning of `words`, each with the place of its word: "at 8, 14 and 20". Fewer than two are none,
/// and neither is a choice, "at 8, 14 or 20".
pub(super) fn hours(words: &[&str]) -> Vec<(usize, Time)> {
    let mut hours = Vec::new();
    if words.first() != Some(&"at") {
        return hours;
    }
    let mut behind = 1;
    for (place, word) in words.iter().enumerate().skip(1) {
        let hour = count(word).and_then(|hour| Time::new(hour, 0, 0, 0).ok());
        match hour {
            Some(hour) => {
                hours.push((place, hour));
                behind = place + 1;
            }
            None if matches!(*word, "and" | "&") => {}
            None => break,
        }
    }
    if hours.len() < 2 || words.get(behind).is_some_and(|word| *word == "or" || measures(word)) {
        Vec::new()
    } else {
        hours
    }
}

/// Whether a word behind a bare number says what it counts, so that it is no time.
pub(super) fn measures(word: &str) -> bool {
    const BEHIND: &[&str] = &[
        "on", "in", "for", "with", "and", "or", "to", "until", "today", "tomorrow", "tonight", "this", "next", "at",
        "sharp", "half", "a", "an", "please", "called", "titled",
    ];
    !BEHIND.contains(&word) && weekday(word).is_none()
}

/// "7", "seven", "7:30", "7pm", "7 p.m.", "7 o'clock".
fn written(words: &[&str], at: bool) -> Option<Clock> {
    let first = *words.first()?;
    let compact = first.replace('.', "");
    let (digits, attached) = match compact.strip_suffix("am").or(compact.strip_suffix("pm")) {
        Some(digits) if !digits.is_empty() => (digits.to_owned(), compact.get(digits.len()..).and_then(Half::of)),
        _ => (first.to_owned(), None),
    };
    let next = words.get(1).map(|word| word.replace('.', "")).filter(|word| matches!(word.as_str(), "am" | "pm"));
    let next = next.as_deref().and_then(Half::of);
    let of_day = half_behind(words.get(1..).unwrap_or_default()).0.is_some();
    let is_dotted = (next.is_some() || of_day)
        && first.split_once('.').is_some_and(|(hour, minute)| {
            let is_number = |part: &str| part.len() <= 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            is_number(hour) && minute.len() == 2 && is_number(minute)
        });
    let digits = if is_dotted { first.replace('.', ":") } else { digits };
    let (hour, minute) = match digits.split_once(':') {
        Some((hour, minute)) => (hour.parse::<i8>().ok()?, minute.get(..2)?.parse::<i8>().ok()?),
        None => (count(&digits)?, 0),
    };
    let clock = words.get(1).is_some_and(|word| *word == "o'clock");
    let measures = words.get(1).is_some_and(|word| measures(word));
    if attached.or(next).is_none() && !clock && !digits.contains(':') && !of_day && (!at || measures) {
        return None;
    }
    let taken = 1 + usize::from(attached.is_none() && next.is_some() || clock);
    Some(Clock { hour, minute, half: attached.or(next), taken })
}

/// "In the evening", "at night", "tonight", "this morning" behind a time, and how many words say it.
pub(super) fn half_behind(words: &[&str]) -> (Option<Half>, usize) {
    match words {
        ["in", "the", part, ..] => (Half::of(part), 3 * usize::from(Half::of(part).is_some())),
        ["at", "night", ..] => (Some(Half::Night), 2),
        // What names the day too is left to be read as a date.
        ["tonight", ..] | ["this" | "tomorrow", "night", ..] => (Some(Half::Night), 0),
        ["this" | "tomorrow", "evening" | "afternoon", ..] => (Some(Half::Afternoon), 0),
        ["this" | "tomorrow", "morning", ..] => (Some(Half::Morning), 0),
        _ => (None, 0),
    }
}

/// A whole number up to 59, in digits or in a word.
pub(super) fn count(word: &str) -> Option<i8> {
    const WORDS: [&str; 13] =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    let known = match word {
        "twenty" => Some(20),
        "twenty-five" => Some(25),
        word => WORDS.iter().position(|known| *known == word).and_then(|place| i8::try_from(place).ok()),
    };
    known.or_else(|| word.parse().ok()).filter(|count| (0..60).contains(count))
}
