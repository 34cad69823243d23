//! What digits and numerals are worth: "1,250", "half a million", "two and a half".

use crate::{
    extract::unit::{Dimension, unit},
    words::Word,
};

/// The number at the beginning of `words`, and how many of them write it: "two hundred and fifty", "half a million", "3.5k", "a dozen".
pub(super) fn written(words: &[Word<'_>]) -> Option<(f64, usize)> {
    let lower: Vec<String> =
        words.iter().take(LONGEST).map(|word| word.text.trim_start_matches(CURRENCIES).to_lowercase()).collect();
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    // "140/night" is how much one costs.
    let each = lower.first().and_then(|word| word.split_once('/')).filter(|(_, each)| PER.contains(each));
    if let Some((number, _)) = each {
        return in_digits(number).map(|value| (value, 1));
    }
    if let Some((number, _)) = lower.first().and_then(|word| hyphenated(word)) {
        return number_word(number).map(|value| (value, 1));
    }
    // "half an hour" and "a week" leave the unit to be the word behind the number.
    let lasts = |word: &str| unit(word).is_some_and(|unit| unit.dimension == Dimension::Time && word.len() > 2);
    if let Some((part, taken)) = part_of_one(&lower) {
        let links = lower.iter().skip(taken).take_while(|word| matches!(**word, "of" | "a" | "an")).count();
        let whole = lower.get(taken + links).copied().unwrap_or_default();
        let of_scale = scale_of(whole).map(|scale| (part * scale, taken + links + 1));
        if let Some(found) = of_scale.or(lasts(whole).then_some((part, taken + links))) {
            return Some(found);
        }
    }
    if let Some(found) = in_groups(words) {
        return Some(found);
    }
    if let Some(scale) = words.first().and_then(|word| money_scale(word.text)) {
        return number_word(lower.first()?).map(|value| (value * scale, 1));
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

/// A part of one at the beginning of `lower`, and how many words say it: "a half", "three quarters".
fn part_of_one(lower: &[&str]) -> Option<(f64, usize)> {
    let article = usize::from(matches!(lower.first(), Some(&("a" | "one"))));
    match lower.get(article..)? {
        ["half" | "1/2" | "½", ..] => Some((0.5, article + 1)),
        ["quarter" | "1/4" | "¼", ..] => Some((0.25, article + 1)),
        ["three-quarters" | "3/4" | "¾", ..] => Some((0.75, article + 1)),
        ["three", "quarters", ..] if article == 0 => Some((0.75, 2)),
        _ => None,
    }
}

/// The part of one that is added to what stands before `lower`: "and a half".
pub(super) fn part_behind(lower: &[&str]) -> Option<(f64, usize)> {
    let rest = lower.strip_prefix(&["and"])?;
    let (part, taken) = part_of_one(rest)?;
    let is_of_another = matches!(rest.get(taken), Some(&("a" | "an" | "of" | "past" | "to")));
    (!is_of_another).then_some((part, taken + 1))
}

/// Digits in groups of three that stand apart, and how many words they are: "3 000 000", "1 250,50". Of groups of which the first has three
/// digits as well, one is of zeros, so that a list is none; a group alone is one of zeros too, or of an amount, for "12 500 g bags" has two
/// numbers.
fn in_groups(words: &[Word<'_>]) -> Option<(f64, usize)> {
    let first = words.first()?.text.trim_start_matches(CURRENCIES);
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_close = |pair: &[Word<'_>]| matches!(pair, [a, b] if a.span.end + 1 == b.span.start);
    let is_group = |word: &Word<'_>| word.text.split([',', '.']).next().is_some_and(|w| w.len() == 3 && is_digits(w));
    let pairs = words.windows(2).take(LONGEST);
    let taken = 1 + pairs.take_while(|pair| is_close(pair) && pair.iter().skip(1).all(is_group)).count();
    let groups = words.get(1..taken)?;
    let is_first = is_digits(first) && !first.starts_with('0');
    let has_zeros = groups.iter().any(|group| group.text == "000");
    let is_measured = words.get(taken).is_some_and(|next| unit(next.text).is_some());
    let is_amount =
        |group: &Word<'_>| group.text.len() > 3 || words.iter().take(1).any(|word| word.text.starts_with(MONEY));
    let is_sure = has_zeros && first.len() <= 3
        || first.len() < 3 && (groups.len() > 1 || !is_measured && groups.iter().all(is_amount));
    let goes_on = words.get(taken).is_some_and(|next| next.text.starts_with(|c: char| c.is_ascii_digit()));
    if groups.is_empty() || !is_first || !is_sure || goes_on {
        return None;
    }
    let joined: String = std::iter::once(first).chain(groups.iter().map(|group| group.text)).collect();
    number_word(&joined).map(|value| (value, taken))
}

/// The numerals and scales at the beginning of `lower`.
fn counted(lower: &[&str]) -> Option<(f64, usize)> {
    let mut taken = 0;
    let (mut total, mut current) = (0.0, None::<f64>);
    while let Some(&word) = lower.get(taken) {
        let part = current.and_then(|current| Some((current, part_behind(lower.get(taken..)?)?)));
        if let Some((value, (part, words))) = part {
            current = Some(value + part);
            taken += words;
            continue;
        }
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
            let rest = lower.get(1..).unwrap_or_default();
            if rest.first().is_none_or(|next| scale_of(next).is_none()) && part_behind(rest).is_none() {
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
pub(super) const CURRENCIES: [char; 5] = ['$', '€', '£', '¥', '#'];

/// Those of them that are of money.
pub(in crate::extract) const MONEY: [char; 4] = ['$', '€', '£', '¥'];

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

/// What an amount with a sign and a letter is multiplied by: "€1.5m" is no length.
pub(super) fn money_scale(word: &str) -> Option<f64> {
    word.starts_with(MONEY).then(|| attached_unit(word))?.and_then(|letters| match letters.as_str() {
        "k" => Some(1e3),
        "m" | "mn" => Some(1e6),
        "b" | "bn" => Some(1e9),
        _ => None,
    })
}

/// The letters written onto digits.
pub(super) fn attached_unit(word: &str) -> Option<String> {
    if let Some((_, unit)) = hyphenated(word) {
        return Some(lower_unit(unit));
    }
    let digits = word.trim_end_matches(char::is_alphabetic);
    let unit = word.get(digits.len()..)?;
    (!unit.is_empty() && digits.ends_with(|c: char| c.is_ascii_digit())).then(|| lower_unit(unit))
}

/// What something is counted by behind a stroke.
const PER: &[&str] = &["night", "day", "week", "month", "year", "hour", "person", "head", "piece", "item"];

/// A number and its unit, joined by a hyphen: "a 45-minute slot".
fn hyphenated(word: &str) -> Option<(&str, &str)> {
    let (number, name) = word.split_once('-')?;
    let is_number = number_word(number).is_some() && number.chars().all(char::is_alphanumeric);
    (is_number && name.len() > 2 && unit(&name.to_lowercase()).is_some()).then_some((number, name))
}

pub(super) fn unit_name(word: &Word<'_>) -> String {
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
/// "498,75", "1.250,50".
fn with_point(digits: &str) -> String {
    let plain = digits.replace('_', "");
    match plain.split_once(',') {
        Some((whole, part)) if matches!(part.len(), 1 | 2) && part.bytes().all(|byte| byte.is_ascii_digit()) => {
            let is_grouped = whole.split('.').skip(1).all(|group| group.len() == 3);
            format!("{}.{part}", if is_grouped { whole.replace('.', "") } else { whole.to_owned() })
        }
        _ => plain.replace(',', ""),
    }
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
        check("1.250,50", Some(1250.5));
        check("3.5,10", None);
        check("-2.5", Some(-2.5));
        check("20%", Some(20.0));
        check("640px", Some(640.0));
        check("sales", None);
        check("3rdparty", None);
        check("", None);
        check("-", None);
    }
}
