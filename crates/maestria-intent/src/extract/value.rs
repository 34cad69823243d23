//! One parameter's value: what pieces of the request it could be, each as a value of the schema's type.

use maestria_vocabulary::Span;
use serde_json::{Map, Number, Value, json};

use super::{
    currency,
    list::list,
    number::Quantity,
    overlap,
    parameter::{Kind, Parameter},
    passage::Passage,
    settle,
    span::{meaning, nearest},
    text,
    unit::{self, converted},
    when,
};
use crate::words::{Word, identifier_words, stem};

/// A value, where it stands, and how sure that is, in `[0, 1]`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reading {
    pub(super) value: Value,
    pub(super) span: Span,
    pub(super) score: f64,
}

/// What `parameter` could be.
pub(super) fn readings(parameter: &Parameter<'_>, passage: &Passage<'_>) -> Vec<Reading> {
    match (passage.model, parameter.kind()) {
        (Some(model), kind) if kind.is_judged() => model.judged(parameter, passage, proposed(parameter, passage)),
        _ => proposed(parameter, passage),
    }
}

/// What rules propose for `parameter`; for a text, what a model does, if there is one.
pub(super) fn proposed(parameter: &Parameter<'_>, passage: &Passage<'_>) -> Vec<Reading> {
    match parameter.kind() {
        Kind::Option => option(parameter, passage).into_iter().collect(),
        Kind::Path => paths(parameter, passage),
        Kind::Number { whole } => numbers(parameter, passage, whole),
        Kind::Boolean => boolean(parameter, passage).into_iter().collect(),
        Kind::Moment => when::readings(parameter, passage),
        Kind::Email => words(parameter, passage, |word| word.is_email()),
        Kind::Link => words(parameter, passage, |word| word.is_link()),
        Kind::Currency => currency::readings(parameter, passage),
        Kind::Text => {
            let addresses = parameter.named(&["to", "recipient", "receiver", "contact", "attendee", "cc", "bcc"]);
            let addresses = if addresses { words(parameter, passage, |word| word.is_email()) } else { Vec::new() };
            let texts = match passage.model {
                Some(model) => model.readings(parameter, passage),
                None => text::readings(parameter, passage),
            };
            texts.into_iter().chain(addresses).collect()
        }
        Kind::List => list(parameter, passage),
        Kind::Object => object(parameter, passage).into_iter().collect(),
        Kind::Other => Vec::new(),
    }
}

/// The only option whose words the request names.
fn option(parameter: &Parameter<'_>, passage: &Passage<'_>) -> Option<Reading> {
    let mut named = options(parameter, passage);
    // An option inside the name of another is not meant: "premium economy" is not "economy".
    let longer = named.clone();
    named.retain(|a| {
        !longer.iter().any(|b| {
            b.value != a.value && overlap(a.span, b.span) && b.span.end - b.span.start > a.span.end - a.span.start
        })
    });
    match named.as_slice() {
        [only] => Some(only.clone()),
        [] => meant(parameter, passage),
        several => side(parameter, passage, several),
    }
}

/// The option that a word of the request means, if it means no other about as much: "turn" of `rotate`.
fn meant(parameter: &Parameter<'_>, passage: &Passage<'_>) -> Option<Reading> {
    const LEAD: f32 = 0.1;
    let least = if parameter.required { 0.35 } else { 0.55 };
    let mut found: Vec<(Span, f32, &Value)> = parameter
        .options()
        .iter()
        .take(MOST_OPTIONS)
        .filter_map(|option| {
            let name = identifier_words(option.as_str()?).join(" ");
            nearest(parameter, passage, &meaning(&name)).map(|(span, alike)| (span, alike, option))
        })
        .collect();
    found.sort_by(|(_, a, _), (_, b, _)| b.total_cmp(a));
    let (span, alike, option) = *found.first()?;
    let next = found.get(1).map_or(0.0, |(_, alike, _)| *alike);
    let sure = alike >= least && alike - next >= LEAD;
    sure.then(|| Reading { value: option.clone(), span, score: 0.5 + f64::from(alike) / 3.0 })
}

/// Most options that are compared by meaning.
const MOST_OPTIONS: usize = 32;

/// Of several options the one on the parameter's side: "from USD to EUR" has one of either.
fn side(parameter: &Parameter<'_>, passage: &Passage<'_>, several: &[Reading]) -> Option<Reading> {
    let (source, target) =
        (parameter.named(&["from", "source", "origin", "base"]), parameter.named(&["to", "target", "destination"]));
    let is_target = |reading: &&Reading| matches!(&*passage.before(reading.span.start), "to" | "into" | "in" | "as");
    let mut fitting = several.iter().filter(|reading| source != target && is_target(reading) == target);
    fitting.next().filter(|_| fitting.next().is_none()).cloned()
}

/// Every option whose words the request names, in the order of the request.
pub(super) fn options(parameter: &Parameter<'_>, passage: &Passage<'_>) -> Vec<Reading> {
    let named = parameter.options().iter().filter_map(|option| {
        let name: Vec<String> = match option {
            Value::String(name) => identifier_words(name).iter().map(|word| stem(word)).collect(),
            other => vec![other.to_string()],
        };
        let exact = find(passage, &name, |word, name| stem(word) == *name).map(|span| (span, 0.92));
        let (span, score) =
            exact.or_else(|| find(passage, &name, |word, name| related(word, name)).map(|span| (span, 0.8)))?;
        Some(Reading { value: option.clone(), span, score })
    });
    let mut named: Vec<Reading> = named.collect();
    named.sort_by_key(|reading| reading.span.start);
    named
}

/// Whether a word is another form of a name: "urgently" of "urgent".
fn related(word: &str, name: &str) -> bool {
    let word = word.to_lowercase();
    let (short, long) = if word.len() < name.len() { (word.as_str(), name) } else { (name, word.as_str()) };
    short.len() >= 4 && long.len() - short.len() <= 3 && long.starts_with(short)
}

/// Where the words `name` stand side by side.
fn find(passage: &Passage<'_>, name: &[String], same: impl Fn(&str, &String) -> bool) -> Option<Span> {
    let mut windows = (!name.is_empty()).then(|| passage.words.windows(name.len()))?;
    let place = windows.find(|window| window.iter().zip(name).all(|(word, name)| same(word.text, name)))?;
    Some(Span { start: place.first()?.span.start, end: place.last()?.span.end })
}

/// The paths whose preposition fits what the parameter is for: reading or writing.
fn paths(parameter: &Parameter<'_>, passage: &Passage<'_>) -> Vec<Reading> {
    let writes = parameter.mentions(&[
        "write",
        "written",
        "save",
        "saved",
        "output",
        "destination",
        "target",
        "store",
        "result",
    ]);
    let mut found = Vec::new();
    for phrase in &passage.phrases {
        let is_target = matches!(phrase.opener.as_str(), "as" | "to" | "into" | "called" | "named");
        let named = phrase.paths(passage.text).into_iter().filter(|_| is_target == writes);
        found.extend(named.map(|path| Reading { value: json!(path.text), span: path.span, score: 0.95 }));
    }
    found
}

/// The numbers of the passage: surest beside a word of the parameter's name, or in a unit that it is measured in. A required number may
/// be any, in order.
fn numbers(parameter: &Parameter<'_>, passage: &Passage<'_>, whole: bool) -> Vec<Reading> {
    let wanted = || parameter.name_words.iter().chain(&parameter.described).filter_map(|word| unit::unit(word));
    let bound = Bound::of(parameter);
    let mut found = side_of_a_pair(parameter, passage).into_iter().collect::<Vec<_>>();
    for (place, number) in passage.numbers.iter().enumerate() {
        let (value, measured) =
            number.unit.as_deref().map_or((number.value, false), |said| converted(number.value, said, wanted()));
        let share = number.percent && !whole && !parameter.mentions(&["percent", "percentage"]);
        let value = if share { value / 100.0 } else { value };
        let (first, behind) = number.words;
        let said = bound.and_then(|_| Bound::said(passage, number));
        if said.is_some() && said != bound {
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
        let attached = number.unit.as_ref().is_some_and(|unit| {
            parameter.name_stems.contains(&stem(unit)) || parameter.described.contains(&stem(unit))
        });
        let by_name = near(&|word| parameter.name_stems.contains(word) && !LINKS.contains(&word.as_str()));
        let by_description = near(&|word| parameter.described.contains(word) && !LINKS.contains(&word.as_str()));
        let score = match (by_name, by_description) {
            (Some(far), _) => 0.92 - far,
            _ if measured => 0.88,
            _ if attached => 0.85,
            _ if bound.is_some() && said == bound => 0.82,
            (_, Some(far)) => 0.8 - far,
            _ if counts_like(parameter, passage, number) => 0.75,
            _ if parameter.tool.has_one_number() && is_set(passage, number) => 0.7,
            _ if parameter.required => 0.55 - 0.01 * place.min(20) as f64,
            _ => continue,
        };
        let value = if whole { whole_number(value) } else { decimal(value) };
        found.extend(value.map(|value| Reading { value: Value::Number(value), span: number.span, score }));
    }
    found
}

/// What a number bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound {
    Upper,
    Lower,
}

impl Bound {
    /// What the name of a parameter says that it bounds.
    fn of(parameter: &Parameter<'_>) -> Option<Self> {
        const UPPER: &[&str] = &["max", "maximum", "most", "limit", "budget", "upper", "ceiling", "highest"];
        const LOWER: &[&str] = &["min", "minimum", "least", "lower", "floor", "lowest"];
        let lower = parameter.named(LOWER).then_some(Self::Lower);
        lower.or_else(|| parameter.named(UPPER).then_some(Self::Upper))
    }

    /// What the words around a number say that it bounds: "no more than 30", "4 stars or better".
    fn said(passage: &Passage<'_>, number: &Quantity) -> Option<Self> {
        let (first, behind) = number.words;
        let before = passage.words.get(first.saturating_sub(3)..first).unwrap_or_default();
        let before = before.iter().map(Word::lower).collect::<Vec<_>>().join(" ");
        let led = BOUNDS
            .iter()
            .find(|(phrase, _)| before.strip_suffix(phrase).is_some_and(|rest| rest.is_empty() || rest.ends_with(' ')));
        if let Some((_, bound)) = led {
            return Some(*bound);
        }
        let after: Vec<String> = passage.words.iter().skip(behind).take(4).map(Word::lower).collect();
        after.windows(2).find_map(|pair| match pair {
            [or, word] if or == "or" => match word.as_str() {
                "less" | "under" | "below" | "cheaper" | "fewer" => Some(Self::Upper),
                "more" | "better" | "higher" | "above" | "over" => Some(Self::Lower),
                _ => None,
            },
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

/// Whether what a number counts means about what the parameter says: "two first class seats" of `passengers`.
fn counts_like(parameter: &Parameter<'_>, passage: &Passage<'_>, number: &Quantity) -> bool {
    const ALIKE: f32 = 0.33;
    const ENDS: &[&str] = &["of", "in", "to", "for", "at", "and", "from", "on", "with", "by", "a", "the", "per"];
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

/// Whether the request names the parameter, and not after "no" or "without".
fn boolean(parameter: &Parameter<'_>, passage: &Passage<'_>) -> Option<Reading> {
    const FRAMES: &[&str] = &[
        "is", "has", "include", "enable", "should", "with", "use", "show", "flag", "allow", "be", "want", "needs",
        "only", "now",
    ];
    let content = parameter.name_words.iter().filter(|word| !FRAMES.contains(&word.as_str()));
    let name: Vec<String> = content.map(|word| stem(word)).collect();
    let span = find(passage, &name, |word, name| stem(word) == *name || related(word, name))
        .or_else(|| means(parameter, passage))?;
    let before = passage.words.iter().rev().filter(|word| word.span.end <= span.start).map(Word::lower);
    let mut before = before.skip_while(|word| {
        matches!(word.as_str(), "a" | "an" | "the" | "any" | "do") || FRAMES.contains(&word.as_str()) && word != "with"
    });
    let negated = before.next().is_some_and(|word| {
        matches!(word.as_str(), "no" | "without" | "not" | "don't" | "don’t" | "disable" | "skip" | "exclude" | "non")
    });
    Some(Reading { value: Value::Bool(!negated), span, score: 0.85 })
}

/// The word, or the two side by side, that mean most nearly what the parameter's name says, if they do.
fn means(parameter: &Parameter<'_>, passage: &Passage<'_>) -> Option<Span> {
    const ALIKE: f32 = 0.5;
    let name = meaning(&parameter.name_words.join(" "));
    nearest(parameter, passage, &name).filter(|(_, alike)| *alike >= ALIKE).map(|(span, _)| span)
}

/// The words of a certain form, such as e-mail addresses; the surest is the one whose preposition says "to".
fn words(parameter: &Parameter<'_>, passage: &Passage<'_>, is: impl Fn(&Word<'_>) -> bool) -> Vec<Reading> {
    let sender = parameter.named(&["from", "sender"]);
    let found = passage.words.iter().filter(|word| is(word)).map(|word| {
        let from = matches!(passage.before(word.span.start).as_str(), "from");
        Reading { value: json!(word.text), span: word.span, score: if from == sender { 0.95 } else { 0.6 } }
    });
    found.collect()
}

/// An object whose properties the request names; none when it lacks one that is required.
fn object(parameter: &Parameter<'_>, passage: &Passage<'_>) -> Option<Reading> {
    if !is_shallow(parameter.schema) {
        return None;
    }
    let properties = Parameter::all(parameter.schema, parameter.tool);
    let found = settle(&properties, passage);
    let mut object = Map::new();
    let mut hull: Option<Span> = None;
    let mut score: f64 = 1.0;
    for (property, reading) in properties.iter().zip(found) {
        match reading {
            Some(reading) => {
                hull = Some(hull.map_or(reading.span, |hull| Span {
                    start: hull.start.min(reading.span.start),
                    end: hull.end.max(reading.span.end),
                }));
                score = score.min(reading.score);
                object.insert(property.name.to_owned(), reading.value);
            }
            None if property.required => return None,
            None => {}
        }
    }
    Some(Reading { value: Value::Object(object), span: hull?, score: score * 0.9 })
}

/// Most values in the schema of a nested object that is read, and most levels of them. Each level is read within the one around it.
const LARGEST_OBJECT: usize = 1_024;
const MOST_LEVELS: usize = 32;

fn is_shallow(schema: &Value) -> bool {
    let mut open = vec![(schema, 1)];
    let mut values = 0;
    while let Some((value, level)) = open.pop() {
        values += 1;
        if level > MOST_LEVELS || values > LARGEST_OBJECT {
            return false;
        }
        match value {
            Value::Array(elements) => open.extend(elements.iter().map(|element| (element, level + 1))),
            Value::Object(fields) => open.extend(fields.values().map(|field| (field, level + 1))),
            _ => {}
        }
    }
    true
}
