//! Number parameters: which of the numbers of the request is the value, in the unit and on the side of a bound that the parameter asks for.

use maestria_vocabulary::Span;
use serde_json::{Number, Value};

use super::{
    currency,
    number::Quantity,
    parameter::Parameter,
    passage::Passage,
    span::{meaning, odds_at},
    unit::{self, Measured, converted},
    value::Reading,
};
use crate::words::{Word, stem};

/// The numbers of the passage: surest beside a word of the parameter's name, or in a unit that it is measured in. A required number may
/// be any, in order.
pub(super) fn numbers(parameter: &Parameter<'_>, passage: &Passage<'_>, whole: bool) -> Vec<Reading> {
    let bound = Bound::of(parameter);
    let units: Vec<_> = parameter.units().collect();
    let pair = side_of_a_pair(parameter, passage).or_else(|| end_of_a_range(parameter, passage));
    let mut found = pair.into_iter().collect::<Vec<_>>();
    for (place, number) in passage.numbers.iter().enumerate() {
        let said = number.unit.as_deref().map_or(Measured::Unknown, |said| converted(number.value, said, &units));
        let (value, measured) = match said {
            Measured::In(value) => (value, true),
            Measured::Unknown => (number.value, false),
            Measured::Other => continue,
        };
        if number.implied && !measured {
            continue;
        }
        let share = number.percent && !whole && !parameter.mentions(&["percent", "percentage"]);
        let value = if share { value / 100.0 } else { value };
        let (first, behind) = number.words;
        if is_change_of_another(parameter, passage, number) || number.percent && is_amount(parameter) {
            continue;
        }
        let said = bound.and_then(|_| Bound::said(passage, number));
        if said.is_some() && said != bound {
            continue;
        }
        // "Base 5 and height 10" has no height of 5, but "7 km, 35 minutes" has a duration of 35.
        let before = place.checked_sub(1).and_then(|before| passage.numbers.get(before));
        let measured_before = before.and_then(|before| before.unit.as_deref()).and_then(unit::unit).is_some();
        // "2 500 gram packs" are two.
        let is_size = !measured && before.is_some_and(|before| before.span.end + 1 == number.span.start);
        if is_size && passage.measure(number.span).is_some() {
            continue;
        }
        let set = passage.words.get(first).and_then(Word::assignment).map(|(name, _)| name);
        if set.is_some_and(|name| name != parameter.name && parameter.tool.place(name).is_some()) {
            continue;
        }
        let is_unit = measured_before && before.is_some_and(|before| before.words.1 + 1 == first);
        // "A 10% tip, 2 people" does not say two of the tip.
        let stands_beside = |word: &&Word<'_>| {
            passage.text.get(word.span.end..number.span.start).is_some_and(|gap| !gap.contains([',', ';', '.', '\n']))
        };
        let owner = first.checked_sub(1).and_then(|before| passage.words.get(before)).filter(stands_beside);
        let owner = owner.map(|word| stem(word.text));
        let is_other = |owner: &String| !LINKS.contains(&owner.as_str()) && !parameter.name_stems.contains(owner);
        if !is_unit && owner.filter(is_other).is_some_and(|owner| parameter.tool.has_number_named(&owner)) {
            continue;
        }
        // The 8 of "squats, 8, 60 kg" is no weight.
        let next = passage.numbers.get(place + 1).filter(|next| !measured && next.words.0 == behind);
        if next.and_then(|next| passage.measure(next.span)).is_some_and(|next| units.contains(&next)) {
            continue;
        }
        let near = |stems: &dyn Fn(&String) -> bool| {
            let before = passage.words.iter().take(first).rev().take(3).position(|word| stems(&stem(word.text)));
            let after = passage.words.iter().skip(behind).take(2).position(|word| stems(&stem(word.text)));
            match (before, after) {
                (_, Some(0)) | (Some(0), _) => Some(0.0),
                (Some(distance), _) => Some(0.02 * distance as f64),
                (_, Some(_)) => Some(0.05),
                _ => None,
            }
        };
        let attached =
            number.unit.as_ref().is_some_and(|unit| parameter.is_named(unit) || parameter.is_described(unit));
        // "Of 50 mM" for `target_mM`.
        let suffix = parameter.name.rsplit('_').next().filter(|suffix| suffix.len() < parameter.name.len());
        let attached = attached || suffix.is_some_and(|suffix| number.symbol.as_deref() == Some(suffix));
        let by_name = near(&|word| parameter.name_stems.contains(word) && !LINKS.contains(&word.as_str()));
        let by_description = near(&|word| parameter.described.contains(word) && !LINKS.contains(&word.as_str()));
        let score = match (by_name, by_description) {
            _ if set == Some(parameter.name) => 0.95,
            (Some(far), _) => 0.92 - far,
            _ if measured => 0.88,
            _ if attached => 0.85,
            _ if bound.is_some() && said == bound && is_only_bound(parameter, number) => SURE,
            _ if bound.is_some() && said == bound => 0.82,
            (_, Some(far)) => 0.8 - far,
            _ if is_how_many(parameter, passage, number) => 0.78,
            _ if counts_like(parameter, passage, number) => 0.75,
            _ if parameter.tool.has_one_number() && is_set(passage, number) => 0.7,
            _ if odds_at(parameter, passage, number.span).is_some_and(|odds| odds > 0.0) => 0.75,
            _ if parameter.required => 0.55 - 0.01 * place.min(20) as f64,
            _ => continue,
        };
        let value = if whole { whole_number(value) } else { decimal(value) };
        found.extend(value.map(|value| Reading { value: Value::Number(value), span: number.span, score }));
    }
    found
}

/// Whether a parameter is named for an amount, of which a share is none: "refund 50% of order 1182" does not refund 0.50.
fn is_amount(parameter: &Parameter<'_>) -> bool {
    const AMOUNTS: &[&str] = &["amount", "price", "total", "sum", "cost", "quantity", "count", "balance", "fee"];
    const SHARES: &[&str] = &["percent", "percentage", "share", "fraction", "ratio", "rate"];
    parameter.name_words.last().is_some_and(|last| AMOUNTS.contains(&last.as_str())) && !parameter.mentions(SHARES)
}

/// Whether a number says by how much something is changed, where a parameter takes what it becomes: "scale checkout up by 2".
pub(super) fn is_change_of_another(parameter: &Parameter<'_>, passage: &Passage<'_>, number: &Quantity) -> bool {
    const CHANGING: &[&str] =
        &["scale", "increase", "raise", "bump", "boost", "reduce", "lower", "decrease", "cut", "drop", "shrink"];
    const CHANGES: &[&str] = &[
        "by",
        "delta",
        "increment",
        "change",
        "percent",
        "percentage",
        "step",
        "steps",
        "factor",
        "extra",
        "additional",
        "increase",
        "decrease",
        "adjustment",
        "offset",
        "ratio",
        "reduction",
        "add",
        "cut",
    ];
    let before = passage.words.get(..number.words.0).unwrap_or_default();
    let is_by = before.last().is_some_and(|word| word.lower() == "by");
    is_by && before.iter().any(|word| CHANGING.contains(&word.lower().as_str())) && !parameter.mentions(CHANGES)
}

/// What a number bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound {
    Upper,
    Lower,
}

/// Words of parameters that bound from above, and from below.
const UPPER: &[&str] = &["max", "maximum", "most", "limit", "budget", "upper", "ceiling", "highest"];
const LOWER: &[&str] = &["min", "minimum", "least", "lower", "floor", "lowest"];

/// The score of a number that is said to bound what only one parameter bounds.
const SURE: f64 = 0.88;

/// Whether a number that is said to be a bound on the side of `parameter` can be for no other: of what is counted for a parameter that counts,
/// "at most five results", else for one that does not.
fn is_only_bound(parameter: &Parameter<'_>, number: &Quantity) -> bool {
    let side = if parameter.named(LOWER) { LOWER } else { UPPER };
    let counts = |name: &[String]| name.iter().any(|word| COUNTS.contains(&word.as_str()));
    let is_plain = |unit: &str| ENDS.contains(&unit) || MORE.contains(&unit) || currency::is_name(unit);
    let is_counted = number.unit.as_deref().is_some_and(|unit| !is_plain(unit) && unit::unit(unit).is_none());
    counts(&parameter.name_words) == is_counted
        && parameter.tool.numbers_named(side).filter(|name| counts(name) == is_counted).count() == 1
}

/// Words of parameters that say how many results there shall be.
const COUNTS: &[&str] =
    &["limit", "top", "count", "results", "items", "entries", "rows", "hits", "size", "page", "n", "articles"];

/// Whether a number says of how many results the request speaks, for a parameter that limits them: "list 10 paid orders", "the last five".
fn is_how_many(parameter: &Parameter<'_>, passage: &Passage<'_>, number: &Quantity) -> bool {
    const ASKING: &[&str] = &["list", "show", "get", "find", "give", "fetch", "me", "search"];
    const FIRST: &[&str] = &["top", "first", "last", "latest", "newest", "best", "recent"];
    let is_limit =
        parameter.named(&["limit"]) || parameter.named(&["max", "most", "maximum"]) && parameter.named(COUNTS);
    let before = number.words.0.checked_sub(1).and_then(|place| passage.words.get(place)).map(Word::lower);
    let is_led = before.as_deref().is_some_and(|word| ASKING.contains(&word) || FIRST.contains(&word));
    let unit = number.unit.as_deref();
    // "Top 5" counts whatever follows, "five hits" what is found.
    let is_ranked = before.as_deref() == Some("top") && unit.is_none_or(|unit| unit::unit(unit).is_none());
    let is_result = unit.is_some_and(|unit| matches!(unit, "hits" | "results" | "matches" | "entries"));
    is_limit
        && !number.percent
        && (is_ranked
            || is_result
            || is_led && unit.is_some_and(|unit| unit::unit(unit).is_none() && !ENDS.contains(&unit)))
}

/// Words behind a number that name nothing counted.
const MORE: &[&str] =
    &["or", "at", "each", "apiece", "max", "min", "maximum", "minimum", "tops", "upwards", "please", "so"];

impl Bound {
    /// What the name of a parameter says that it bounds.
    fn of(parameter: &Parameter<'_>) -> Option<Self> {
        let lower = parameter.named(LOWER).then_some(Self::Lower);
        lower.or_else(|| parameter.named(UPPER).then_some(Self::Upper))
    }

    fn opposite(self) -> Self {
        if self == Self::Upper { Self::Lower } else { Self::Upper }
    }

    /// What the words around a number say that it bounds: "no more than 30", "4 stars or better".
    fn said(passage: &Passage<'_>, number: &Quantity) -> Option<Self> {
        let (first, behind) = number.words;
        let before = passage.words.get(first.saturating_sub(3)..first).unwrap_or_default();
        let before = before.iter().map(Word::lower).collect::<Vec<_>>().join(" ");
        let led = BOUNDS.iter().find_map(|(phrase, bound)| {
            let rest = before.strip_suffix(phrase).filter(|rest| rest.is_empty() || rest.ends_with(' '))?;
            let is_denied =
                matches!(rest.split_whitespace().next_back(), Some("nothing" | "none" | "never" | "nowhere"));
            Some(if is_denied { bound.opposite() } else { *bound })
        });
        if led.is_some() {
            return led;
        }
        // "Five years or more", "5+ years", "£5 at most", but not "5, at most 10".
        if passage.at(number.span).ends_with('+') {
            return Some(Self::Lower);
        }
        let end = passage.text.get(number.span.end..).unwrap_or_default();
        let clause = end.find([',', ';', '.', '!', '?', '\n']).unwrap_or(end.len());
        let after = passage.words.iter().skip(behind).take(4);
        let after = after.take_while(|word| word.span.start < number.span.end + clause);
        let after: Vec<String> = after.map(Word::lower).collect();
        let pair = after.windows(2).find_map(|pair| match pair {
            [or, word] if or == "or" => match word.as_str() {
                "less" | "under" | "below" | "cheaper" | "fewer" | "lower" => Some(Self::Upper),
                "more" | "better" | "higher" | "above" | "over" | "greater" => Some(Self::Lower),
                _ => None,
            },
            [at, most] if at == "at" && most == "most" => Some(Self::Upper),
            [at, least] if at == "at" && least == "least" => Some(Self::Lower),
            [and, up] if and == "and" && matches!(up.as_str(), "up" | "above" | "over") => Some(Self::Lower),
            _ => None,
        });
        pair.or_else(|| match after.first()?.as_str() {
            "max" | "maximum" | "tops" => Some(Self::Upper),
            "min" | "minimum" | "upwards" => Some(Self::Lower),
            _ => None,
        })
    }
}

/// What leads to a bound, the longer before the shorter.
const BOUNDS: &[(&str, Bound)] = &[
    ("no more than", Bound::Upper),
    ("not more than", Bound::Upper),
    ("no less than", Bound::Lower),
    ("not less than", Bound::Lower),
    ("no fewer than", Bound::Lower),
    ("not under", Bound::Lower),
    ("not below", Bound::Lower),
    ("not over", Bound::Upper),
    ("not above", Bound::Upper),
    ("less than", Bound::Upper),
    ("fewer than", Bound::Upper),
    ("cheaper than", Bound::Upper),
    ("more than", Bound::Lower),
    ("at most", Bound::Upper),
    ("at least", Bound::Lower),
    ("up to", Bound::Upper),
    ("under", Bound::Upper),
    ("below", Bound::Upper),
    ("within", Bound::Upper),
    ("max", Bound::Upper),
    ("maximum", Bound::Upper),
    ("above", Bound::Lower),
    ("over", Bound::Lower),
    ("min", Bound::Lower),
    ("minimum", Bound::Lower),
];

/// Words before which what is counted ends.
const ENDS: &[&str] = &["of", "in", "to", "for", "at", "and", "from", "on", "with", "by", "a", "the", "per"];

/// Whether what a number counts means about what the parameter says: "two first class seats" of `passengers`.
fn counts_like(parameter: &Parameter<'_>, passage: &Passage<'_>, number: &Quantity) -> bool {
    const ALIKE: f32 = 0.33;
    if number.unit.as_deref().is_none_or(|unit| unit::unit(unit).is_some()) {
        return false;
    }
    let said = meaning(&format!("{}: {}", parameter.name_words.join(" "), parameter.description()));
    let counted = passage.words.iter().skip(number.words.1).map(Word::lower);
    let counted = counted.take_while(|word| !ENDS.contains(&word.as_str())).take(3);
    counted.map(|word| meaning(&word)).any(|counted| counted.len() == said.len() && counted.dot(&said) >= ALIKE)
}

/// Whether something is set to a bare number: "at 30", "to 40".
fn is_set(passage: &Passage<'_>, number: &Quantity) -> bool {
    let before = number.words.0.checked_sub(1).and_then(|place| passage.words.get(place)).map(Word::lower);
    let next = passage.words.get(number.words.1).map(Word::lower);
    let bare = next.is_none_or(|next| matches!(next.as_str(), "and" | "then" | "please" | "percent" | "degrees"));
    bare && matches!(before.as_deref(), Some("to" | "at"))
}

/// One of two numbers that say a width and a height: "413 by 531", "1200 x 400".
fn side_of_a_pair(parameter: &Parameter<'_>, passage: &Passage<'_>) -> Option<Reading> {
    let second = parameter.named(&["height"]);
    if !second && !parameter.named(&["width"]) {
        return None;
    }
    let pair = passage.numbers.windows(2).find(|pair| {
        let [first, second] = pair else { return false };
        let gap = passage.text.get(first.span.end..second.span.start).unwrap_or_default();
        matches!(gap.trim(), "by" | "x" | "×" | "X")
    })?;
    let number = if second { pair.last() } else { pair.first() }?;
    Some(Reading { value: Value::Number(decimal(number.value)?), span: number.span, score: 0.9 })
}

/// The first or the last of what a range names: the 3 of "pages 3 to 7" and of "rows 3-7" for `first_page`. A thing is named before it, or a
/// unit behind it, and there is but one range.
fn end_of_a_range(parameter: &Parameter<'_>, passage: &Passage<'_>) -> Option<Reading> {
    const FIRST: &[&str] = &["first", "from", "start", "begin", "lower"];
    const LAST: &[&str] = &["last", "to", "end", "until", "upper"];
    let is_last = parameter.named(LAST);
    if is_last == parameter.named(FIRST) {
        return None;
    }
    let is_led = |start: usize| {
        let before = passage.before(start);
        matches!(before.as_str(), "from" | "between") || before.len() > 2 && before.ends_with('s')
    };
    let said = passage.numbers.windows(2).filter_map(|pair| {
        let [first, last] = pair else { return None };
        let gap = passage.text.get(first.span.end..last.span.start)?.trim();
        let is_measured = last.unit.as_deref().is_some_and(|unit| unit::unit(unit).is_some());
        let links = matches!(gap, "to" | "-" | "–" | "through" | "until" | "till")
            || gap == "and" && passage.before(first.span.start) == "between";
        let is_share = (first.percent || last.percent) && !parameter.mentions(&["percent", "percentage"]);
        let is_plain = !is_share && (is_measured || last.percent || is_led(first.span.start));
        (links && is_plain).then_some([(first.value, first.span), (last.value, last.span)])
    });
    let written = passage.words.iter().filter_map(|word| {
        let (first, last) = word.text.split_once(['-', '–'])?;
        let number =
            |side: &str| side.parse::<u16>().ok().filter(|_| !side.starts_with('0') || side == "0").map(f64::from);
        let middle = word.span.start + first.len();
        let ends = [
            (number(first)?, Span { end: middle, ..word.span }),
            (number(last)?, Span { start: word.span.end - last.len(), ..word.span }),
        ];
        is_led(word.span.start).then_some(ends)
    });
    let mut ranges = said.chain(written).filter(|[(first, _), (last, _)]| first < last);
    let [first, last] = ranges.next().filter(|_| ranges.next().is_none())?;
    let (value, span) = if is_last { last } else { first };
    Some(Reading { value: Value::Number(whole_number(value)?), span, score: 0.96 })
}

/// Words of a description that say nothing of what is counted.
const LINKS: &[&str] = &[
    "the", "a", "an", "of", "in", "to", "for", "and", "or", "is", "by", "with", "at", "from", "on", "as", "be", "that",
    "number",
];

/// The largest whole number up to which all are exact in 64-bit floating point: 2⁵³.
const EXACT: f64 = 9_007_199_254_740_992.0;

fn whole_number(value: f64) -> Option<Number> {
    (value.fract() == 0.0 && value.abs() <= EXACT).then(|| Number::from(value as i64))
}

/// A number without a fraction is written without one.
fn decimal(value: f64) -> Option<Number> {
    whole_number(value).or_else(|| Number::from_f64(value))
}
