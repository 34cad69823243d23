//! Numbers as people write them: in digits, with separators, in words, with a unit behind them.

mod length;
mod written;

use maestria_vocabulary::Span;

pub(super) use self::written::MONEY;
pub use self::written::number_word;
use self::{
    length::{compact, with_parts},
    written::{CURRENCIES, attached_unit, money_scale, unit_name, written},
};
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
    /// From its first to its last word, the unit left out: of "1 minute 30 seconds" all but "seconds".
    pub(super) span: Span,
    /// Whether there is no numeral, only one unit of time: "the coming fortnight".
    pub(super) implied: bool,
    /// Places of its first word, and behind its last, among the words. A unit that stands apart is at the second.
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
        let (numbers, behind) = numbers_at(words, place);
        found.extend(numbers.into_iter().flatten());
        place = behind;
    }
    share_units(&mut found, words);
    found
}

/// The number that `words` begin with, and the place behind its numerals. Its unit may be that of a later one, which is not looked for.
pub(super) fn leading(words: &[Word<'_>]) -> Option<(f64, usize)> {
    let ([first, _], _) = numbers_at(words, 0);
    first.map(|first| (first.value, first.words.1))
}

/// The numbers that a place begins with, of which a size has two, and the place behind them.
fn numbers_at(words: &[Word<'_>], place: usize) -> ([Option<Quantity>; 2], usize) {
    let word = words.get(place).filter(|word| may_begin(word));
    if let Some(number) = word.and_then(|word| assigned(word, place)) {
        return ([Some(number), None], place + 1);
    }
    if let Some(pair) = word.and_then(|word| by(word, place)) {
        return (pair.map(Some), place + 1);
    }
    match word.and_then(|_| quantity(words, place)) {
        Some(number) => {
            let (number, behind) = with_parts(number, words);
            ([Some(number), None], behind)
        }
        None => ([None, None], place + 1),
    }
}

/// Whether a number may begin with a word. Most do not, and are not looked at more closely.
fn may_begin(word: &Word<'_>) -> bool {
    const FIRST: &[&str] =
        &["a", "an", "half", "quarter", "minus", "negative", "next", "past", "last", "coming", "following"];
    let is_other = |c: char| c.is_ascii_digit() || !c.is_ascii();
    word.text.contains(is_other) || {
        let lower = word.lower();
        let first = lower.split('-').next().unwrap_or_default();
        FIRST.contains(&first) || number_word(first).is_some()
    }
}

/// The number that begins at a place, without the parts that a length of time may have behind it.
fn quantity(words: &[Word<'_>], place: usize) -> Option<Quantity> {
    let rest = words.get(place..)?;
    let is_negative = usize::from(is_minus(words, place));
    let unsigned = rest.get(is_negative..)?;
    let Some((value, taken)) = written(unsigned) else {
        return compact(rest, place).or_else(|| whole_unit(rest, place));
    };
    let next = unsigned.get(taken).map(unit_name);
    let attached = unsigned.first().filter(|word| taken == 1 && money_scale(word.text).is_none());
    let attached = attached.and_then(|word| attached_unit(word.text));
    let behind = next.as_deref().is_some_and(|next| matches!(next, "percent" | "%" | "pct"));
    let (first, last) = (rest.first()?, unsigned.get(taken - 1)?);
    Some(Quantity {
        value: if is_negative == 1 { -value } else { value },
        percent: behind || last.text.ends_with('%'),
        unit: attached.or(next).filter(|unit| unit.chars().all(char::is_alphabetic)),
        symbol: unsigned.get(taken).map(|word| word.text.to_owned()),
        span: Span { start: first.span.end - first.text.trim_start_matches(CURRENCIES).len(), end: last.span.end },
        implied: false,
        words: (place, place + is_negative + taken),
    })
}

/// Whether a number below zero begins at a place, and none that is taken from another: "to minus 5 degrees".
fn is_minus(words: &[Word<'_>], place: usize) -> bool {
    const LEADS: &[&str] =
        &["to", "at", "of", "is", "was", "below", "above", "under", "over", "than", "between", "from"];
    let lower = |place: usize| words.get(place).map(Word::lower).unwrap_or_default();
    let is_led = place.checked_sub(1).is_none_or(|before| LEADS.contains(&lower(before).as_str()));
    matches!(lower(place).as_str(), "minus" | "negative") && is_led
}

/// Gives numbers without a unit that of the next to which they are joined: "5, 10 and 15 minutes", "5, 10, 15 minutes", but
/// not "8, 60 kg".
fn share_units(found: &mut [Quantity], words: &[Word<'_>]) {
    const JOINTS: &[&str] = &["and", "or", "to"];
    let mut is_shared = false;
    for place in (1..found.len()).rev() {
        let follows = |pair: &[Quantity]| matches!(pair, [a, b] if a.words.1 == b.words.0);
        let is_third = place.checked_sub(2).and_then(|first| found.get(first..place)).is_some_and(follows);
        let Some([before, behind]) = found.get_mut(place - 1..=place) else { continue };
        let gap = words.get(before.words.1..behind.words.0);
        let is_joined = gap.is_some_and(|gap| match gap {
            [] => is_shared || is_third,
            gap => gap.iter().all(|word| JOINTS.contains(&&*word.lower())),
        });
        let is_bare = before.unit.as_deref().is_none_or(|unit| JOINTS.contains(&unit)) && !before.percent;
        let is_measured = !behind.implied && behind.unit.as_deref().is_some_and(|name| unit(name).is_some());
        is_shared = is_joined && is_bare && is_measured;
        if is_shared {
            before.unit.clone_from(&behind.unit);
            before.symbol.clone_from(&behind.symbol);
        }
    }
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

/// The number that something is set to: "n=5".
fn assigned(word: &Word<'_>, place: usize) -> Option<Quantity> {
    let (_, number) = word.assignment()?;
    let span = Span { start: word.span.end - number.len(), end: word.span.end };
    let number = quantity(&[Word { text: number, span }], 0)?;
    Some(Quantity { words: (place, place + 1), ..number })
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

/// The first number that words write.
pub(crate) fn first_number(words: &[Word<'_>]) -> Option<f64> {
    quantities(words).first().map(|quantity| quantity.value)
}
#[cfg(test)]
mod tests {
    use super::*;

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
        check("a 45-minute slot, a two-hour walk", &[(45.0, Some("minute")), (2.0, Some("hour"))]);
        check("twenty-five minutes and 3.5 million", &[(25.0, Some("minutes")), (3_500_000.0, None)]);
        check("n=20, p=0.3, rate=-5% and lr=x", &[(20.0, None), (0.3, None), (-5.0, None)]);
        check("$1,250 at 20%", &[(1250.0, Some("at")), (20.0, None)]);
        check("two dozen replicas, half a dozen", &[(24.0, Some("replicas")), (6.0, None)]);
        check("a dozen eggs, 5k and 640px", &[(12.0, Some("eggs")), (5000.0, Some("k")), (640.0, Some("px"))]);
        check("3 000 000 euros and 1 250,50", &[(3_000_000.0, Some("euros")), (1250.5, None)]);
        check("€1 250 and 2 500,5", &[(1250.0, Some("and")), (2500.5, None)]);
        check("12 500 g bags, 2 500 gram", &[(12.0, None), (500.0, Some("g")), (2.0, None), (500.0, Some("gram"))]);
        check("12 100 euros, 10 000 m", &[(12.0, None), (100.0, Some("euros")), (10_000.0, Some("m"))]);
        check("100 200 300, 640, 480", &[(100.0, None), (200.0, None), (300.0, None), (640.0, None), (480.0, None)]);
        check("call 555 123 4567", &[(555.0, None), (123.0, None), (4567.0, None)]);
        check("over $15k in bills", &[(15_000.0, Some("in"))]);
        check("€1.5m at 5m, 1/2 a million", &[(1_500_000.0, Some("at")), (5.0, Some("m")), (500_000.0, None)]);
        check(
            "from minus 5 degrees to 7, 9 minus 2",
            &[(-5.0, Some("degrees")), (7.0, None), (9.0, Some("minus")), (2.0, None)],
        );
        check(
            "twenty one and a half degrees, 250 and three",
            &[(21.5, Some("degrees")), (250.0, Some("and")), (3.0, None)],
        );
        check("one and a half million of them, two and half of it", &[(1_500_000.0, Some("of")), (2.0, Some("and"))]);
        check("three quarters of an hour, a quarter of it", &[(0.75, Some("hour"))]);
        check("5, 10 and 15 minutes", &[5.0, 10.0, 15.0].map(|value| (value, Some("minutes"))));
        check("5, 10, 15 minutes", &[5.0, 10.0, 15.0].map(|value| (value, Some("minutes"))));
        check("8, 60 kg", &[(8.0, None), (60.0, Some("kg"))]);
        check("three, four and five", &[(3.0, Some("four")), (4.0, Some("and")), (5.0, None)]);
        check("the 3rd one of them", &[]);
        check("half an hour, a week", &[(0.5, Some("hour")), (1.0, Some("week"))]);
        check("the last half hour, the coming fortnight", &[(0.5, Some("hour")), (1.0, Some("fortnight"))]);
        check("50 mM of it in 3 mm", &[(50.0, Some("millimolar")), (3.0, Some("mm"))]);
        check("the last hours, the next one", &[(1.0, None)]);
        check("pages 3-7", &[]);
    }
}
