//! Numbers as people write them: in digits, with separators, in words, with a unit behind them.

use maestria_vocabulary::Span;

use super::unit::{Dimension, unit};
use crate::words::Word;

/// A number of the request with what stands behind it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Quantity {
    /// Its value; of "20%" it is 20.
    pub(super) value: f64,
    /// Whether it is a share of a hundred.
    pub(super) percent: bool,
    /// The word behind it, in lower case, attached or apart: "640px", "three sentences".
    pub(super) unit: Option<String>,
    /// The same as it is written: "kWh".
    pub(super) symbol: Option<String>,
    /// From its first to its last word, the unit left out.
    pub(super) span: Span,
    /// Whether there is no numeral, only one unit of time: "the coming fortnight".
    pub(super) implied: bool,
    /// Places of its first word, and behind its last, among the words.
    pub(super) words: (usize, usize),
}

/// Where the numbers stand that `words` write, in order.
pub(crate) fn number_spans(words: &[Word<'_>]) -> Vec<Span> {
    quantities(words).into_iter().map(|number| number.span).collect()
}

/// The numbers that `words` write, in order.
pub(super) fn quantities(words: &[Word<'_>]) -> Vec<Quantity> {
    let mut found = Vec::new();
    let mut place = 0;
    while place < words.len() {
        let rest = words.get(place..).unwrap_or_default();
        if let Some(pair) = rest.first().and_then(|word| by(word, place)) {
            found.extend(pair);
            place += 1;
            continue;
        }
        let Some((value, taken)) = written(rest) else {
            found.extend(whole_unit(rest, place));
            place += 1;
            continue;
        };
        let next = rest.get(taken).map(unit_name);
        let symbol = rest.get(taken).map(|word| word.text.to_owned());
        let attached = rest.first().and_then(|word| attached_unit(word.text)).filter(|_| taken == 1);
        let ends = |word: &&Word<'_>| word.text.ends_with('%');
        let behind = next.as_deref().is_some_and(|next| matches!(next, "percent" | "%" | "pct"));
        if let (Some(first), Some(last)) = (rest.first(), rest.get(taken - 1)) {
            found.push(Quantity {
                value,
                percent: behind || Some(last).filter(ends).is_some(),
                unit: attached.or(next).filter(|unit| unit.chars().all(char::is_alphabetic)),
                span: Span {
                    start: first.span.end - first.text.trim_start_matches(CURRENCIES).len(),
                    end: last.span.end,
                },
                symbol,
                implied: false,
                words: (place, place + taken),
            });
        }
        place += taken;
    }
    found
}

/// One unit of time without a numeral: "the past hour", "the last half hour", "the coming fortnight".
fn whole_unit(words: &[Word<'_>], place: usize) -> Option<Quantity> {
    let lower: Vec<String> = words.iter().take(3).map(Word::lower).collect();
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    let (value, name, before) = match lower.as_slice() {
        ["next" | "past" | "last" | "coming" | "following", "half", name, ..] => (0.5, *name, 2),
        ["next" | "past" | "last" | "coming" | "following", name, ..] => (1.0, *name, 1),
        _ => return None,
    };
    unit(name).filter(|unit| unit.dimension == Dimension::Time && !name.ends_with('s') && name.len() > 2)?;
    let span = Span { start: words.first()?.span.start, end: words.get(before)?.span.end };
    let words = (place, place + before);
    Some(Quantity { value, percent: false, unit: Some(name.to_owned()), symbol: None, span, implied: true, words })
}

/// The two numbers of a size: "1200x400".
fn by(word: &Word<'_>, place: usize) -> Option<[Quantity; 2]> {
    let (width, height) = word.text.split_once(['x', '×', 'X'])?;
    let height = height.trim_end_matches(char::is_alphabetic);
    let digits = |side: &str| !side.is_empty() && side.len() <= 6 && side.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(width) || !digits(height) || width.starts_with('0') {
        return None;
    }
    let start = word.span.end - word.text.len();
    let second = start + word.text.find(['x', '×', 'X'])? + word.text.chars().find(|c| !c.is_ascii_digit())?.len_utf8();
    let side = |text: &str, start: usize| -> Option<Quantity> {
        let span = Span { start, end: start + text.len() };
        Some(Quantity {
            value: text.parse().ok()?,
            percent: false,
            unit: None,
            symbol: None,
            span,
            implied: false,
            words: (place, place + 1),
        })
    };
    Some([side(width, start)?, side(height, second)?])
}

/// The number at the beginning of `words`, and how many of them write it: "two hundred and fifty", "half a million", "3.5k", "a dozen".
fn written(words: &[Word<'_>]) -> Option<(f64, usize)> {
    let lower: Vec<String> =
        words.iter().take(LONGEST).map(|word| word.text.trim_start_matches(CURRENCIES).to_lowercase()).collect();
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    // "half an hour" and "a week" leave the unit to be the word behind the number.
    let lasts = |word: &str| unit(word).is_some_and(|unit| unit.dimension == Dimension::Time && word.len() > 2);
    if let ["half", "a" | "an", scale, ..] = lower.as_slice() {
        return scale_of(scale).map(|scale| (scale / 2.0, 3)).or(lasts(scale).then_some((0.5, 2)));
    }
    if let ["a" | "an", scale, ..] = lower.as_slice() {
        if scale_of(scale).is_some_and(|scale| scale >= 100.0) {
            let one = std::iter::once("one").chain(lower.iter().skip(1).copied()).collect::<Vec<_>>();
            return counted(&one);
        }
        let dozen = (*scale == "dozen").then_some(12.0);
        return dozen.map(|scale| (scale, 2)).or(lasts(scale).then_some((1.0, 1)));
    }
    if matches!(lower.as_slice(), ["one", "of" | "way" | "another" | "that", ..]) {
        return None;
    }
    counted(&lower)
}

/// The numerals and scales at the beginning of `lower`.
fn counted(lower: &[&str]) -> Option<(f64, usize)> {
    let mut taken = 0;
    let (mut total, mut current) = (0.0, None::<f64>);
    while let Some(&word) = lower.get(taken) {
        let joined = word == "and" && taken > 0 && current.is_some_and(|current| current >= 100.0);
        if joined && lower.get(taken + 1).is_some_and(|next| numeral(next).is_some()) {
            taken += 1;
        } else if let (Some(scale), Some(value)) = (scale_of(word), current) {
            if scale <= 100.0 {
                current = Some(value * scale);
            } else {
                total += value * scale;
                current = Some(0.0);
            }
            taken += 1;
        } else if let Some(value) = numeral(word) {
            let continues = current.is_none_or(|current| follows(total, current, value));
            if !continues {
                break;
            }
            current = Some(current.unwrap_or(0.0) + value);
            taken += 1;
        } else if let Some(value) = (taken == 0).then(|| in_digits(word)).flatten() {
            current = Some(value);
            taken = 1;
            if lower.get(1).is_none_or(|next| scale_of(next).is_none()) {
                break;
            }
        } else {
            break;
        }
    }
    current.map(|current| (total + current, taken))
}

/// Whether a numeral goes on with a number of which `current` was said since the last thousand: "twenty" with "five", "two hundred" with
/// "fifty", "three thousand" with "ten".
fn follows(total: f64, current: f64, value: f64) -> bool {
    let behind_scale = current == 0.0 && total > 0.0;
    let behind_hundred = current > 0.0 && current % 100.0 == 0.0 && value < 100.0;
    let behind_ten = (20.0..100.0).contains(&current) && current % 10.0 == 0.0 && value < 10.0;
    behind_scale || behind_hundred || behind_ten
}

/// Most words that write one number.
const LONGEST: usize = 12;

/// Signs that stand before an amount.
const CURRENCIES: [char; 5] = ['$', '€', '£', '¥', '#'];

fn scale_of(word: &str) -> Option<f64> {
    Some(match word {
        "dozen" => 12.0,
        "hundred" => 100.0,
        "thousand" => 1e3,
        "million" => 1e6,
        "billion" => 1e9,
        _ => return None,
    })
}

/// A numeral, also one joined by a hyphen: "twenty-five".
fn numeral(word: &str) -> Option<f64> {
    let plain = |word: &str| NUMERALS.iter().find(|(name, _)| *name == word).map(|(_, value)| *value);
    plain(word).or_else(|| {
        let (tens, ones) = word.split_once('-')?;
        Some(plain(tens)? + plain(ones)?)
    })
}

/// A number in digits; "5k" is five thousand, and "3rd" is a rank, no number.
fn in_digits(word: &str) -> Option<f64> {
    let unit = attached_unit(word);
    if matches!(unit.as_deref(), Some("st" | "nd" | "rd" | "th" | "am" | "pm" | "d")) {
        return None;
    }
    let value = number_word(word)?;
    Some(if unit.as_deref() == Some("k") { value * 1e3 } else { value })
}

/// The letters written onto digits.
fn attached_unit(word: &str) -> Option<String> {
    let digits = word.trim_end_matches(char::is_alphabetic);
    let unit = word.get(digits.len()..)?;
    (!unit.is_empty() && digits.ends_with(|c: char| c.is_ascii_digit())).then(|| lower_unit(unit))
}

fn unit_name(word: &Word<'_>) -> String {
    lower_unit(word.text)
}

/// A unit in lower case; of "mM" its name, since "mm" is another.
fn lower_unit(unit: &str) -> String {
    if unit == "mM" { "millimolar".to_owned() } else { unit.to_lowercase() }
}

/// The number that a word writes, in digits ("1,250", "3.5", "20%", "640px" without its unit) or as a numeral ("three", "dozen").
#[must_use]
pub fn number_word(word: &str) -> Option<f64> {
    let lower = word.to_lowercase();
    numeral(&lower).or_else(|| scale_of(&lower)).or_else(|| {
        let unsigned = lower.strip_prefix('-').unwrap_or(&lower);
        let digits = unsigned.trim_end_matches(|c: char| c.is_alphabetic() || matches!(c, '%' | '°'));
        let unit = unsigned.get(digits.len()..).unwrap_or_default();
        let plain = with_point(digits);
        let is_number = plain.starts_with(|c: char| c.is_ascii_digit()) && unit.chars().count() <= 3;
        let value: f64 = is_number.then(|| plain.parse().ok())??;
        Some(if lower.starts_with('-') { -value } else { value })
    })
}

/// Digits without marks between groups of three, with a point before what is less than one: a comma stands for it where no group follows,
/// "498,75".
fn with_point(digits: &str) -> String {
    let plain = digits.replace('_', "");
    match plain.split_once(',') {
        Some((whole, part)) if matches!(part.len(), 1 | 2) && part.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("{whole}.{part}")
        }
        _ => plain.replace(',', ""),
    }
}

/// The first number that words write.
pub(crate) fn first_number(words: &[Word<'_>]) -> Option<f64> {
    quantities(words).first().map(|quantity| quantity.value)
}

const NUMERALS: &[(&str, f64)] = &[
    ("zero", 0.0),
    ("one", 1.0),
    ("two", 2.0),
    ("three", 3.0),
    ("four", 4.0),
    ("five", 5.0),
    ("six", 6.0),
    ("seven", 7.0),
    ("eight", 8.0),
    ("nine", 9.0),
    ("ten", 10.0),
    ("eleven", 11.0),
    ("twelve", 12.0),
    ("dozen", 12.0),
    ("thirteen", 13.0),
    ("fourteen", 14.0),
    ("fifteen", 15.0),
    ("sixteen", 16.0),
    ("seventeen", 17.0),
    ("eighteen", 18.0),
    ("nineteen", 19.0),
    ("twenty", 20.0),
    ("thirty", 30.0),
    ("forty", 40.0),
    ("fifty", 50.0),
    ("sixty", 60.0),
    ("seventy", 70.0),
    ("eighty", 80.0),
    ("ninety", 90.0),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        let check = |word: &str, value: Option<f64>| assert_eq!(number_word(word), value, "{word}");
        check("3", Some(3.0));
        check("Three", Some(3.0));
        check("1,250", Some(1250.0));
        check("498,75", Some(498.75));
        check("1,250,000", Some(1_250_000.0));
        check("-2.5", Some(-2.5));
        check("20%", Some(20.0));
        check("640px", Some(640.0));
        check("sales", None);
        check("3rdparty", None);
        check("", None);
        check("-", None);
    }

    #[test]
    fn numbers_of_several_words_are_one_number() {
        let check = |text: &str, expected: &[(f64, Option<&str>)]| {
            let words: Vec<Word<'_>> = crate::words::words(text).collect();
            let found = quantities(&words);
            let found: Vec<_> = found.iter().map(|q| (q.value, q.unit.as_deref())).collect();
            assert_eq!(found, expected, "{text}");
        };
        check("half a million users", &[(500_000.0, Some("users"))]);
        check("two hundred and fifty", &[(250.0, None)]);
        check("twenty-five minutes and 3.5 million", &[(25.0, Some("minutes")), (3_500_000.0, None)]);
        check("$1,250 at 20%", &[(1250.0, Some("at")), (20.0, None)]);
        check("two dozen replicas, half a dozen", &[(24.0, Some("replicas")), (6.0, None)]);
        check("a dozen eggs, 5k and 640px", &[(12.0, Some("eggs")), (5000.0, Some("k")), (640.0, Some("px"))]);
        check("three, four and five", &[(3.0, Some("four")), (4.0, Some("and")), (5.0, None)]);
        check("the 3rd one of them", &[]);
        check("half an hour, a week", &[(0.5, Some("hour")), (1.0, Some("week"))]);
        check("the last half hour, the coming fortnight", &[(0.5, Some("hour")), (1.0, Some("fortnight"))]);
        check("50 mM of it in 3 mm", &[(50.0, Some("millimolar")), (3.0, Some("mm"))]);
        check("the last hours, the next one", &[(1.0, None)]);
    }
}
