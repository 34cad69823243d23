//! Currencies by their ISO 4217 code, their name or their sign: "EUR", "Moroccan dirham", "£25".

use std::sync::LazyLock;

use iso_currency::{Currency, IntoEnumIterator};
use maestria_vocabulary::Span;
use serde_json::json;

use super::{number::Quantity, parameter::Parameter, passage::Passage, value::Reading};
use crate::{
    select::rarity::weight,
    words::{Word, stem, words},
};

/// The names of all currencies, as stems, in the order of their codes.
static NAMES: LazyLock<Vec<(Vec<String>, &'static str)>> = LazyLock::new(|| {
    let named = Currency::iter().flat_map(|currency| {
        let plain: String = currency.name().to_lowercase().chars().map(plain).collect();
        let forms: Vec<String> = plain.split('/').map(str::to_owned).collect();
        forms
            .into_iter()
            .map(move |form| (words(&form).map(|word| stem(word.text)).collect::<Vec<_>>(), currency.code()))
    });
    named.filter(|(name, _)| !name.is_empty()).collect()
});

/// Words and signs that several currencies share, for the one that is traded most (Bank for International Settlements, Triennial Survey 2022),
/// and words of everyday speech.
const USUAL: &[(&str, &str)] = &[
    ("$", "USD"),
    ("dollar", "USD"),
    ("buck", "USD"),
    ("€", "EUR"),
    ("£", "GBP"),
    ("pound", "GBP"),
    ("sterling", "GBP"),
    ("quid", "GBP"),
    ("¥", "JPY"),
    ("franc", "CHF"),
    ("yuan", "CNY"),
    ("renminbi", "CNY"),
    ("rupee", "INR"),
    ("peso", "MXN"),
    ("won", "KRW"),
    ("real", "BRL"),
    ("rand", "ZAR"),
    ("ruble", "RUB"),
];

/// Words that mean something else where no amount and no preposition stands beside them.
const AMBIGUOUS: &[&str] = &["real", "won", "rand", "pound", "franc", "buck"];

/// Words that lead to the currency that is converted into.
const TARGETS: &[&str] = &["to", "into", "in", "as", "many", "much", "for"];

/// Where a currency is said.
#[derive(Debug, Clone, Copy)]
struct Mention {
    code: &'static str,
    span: Span,
    /// Whether it stands beside a number.
    counted: bool,
    /// Whether the word before leads to what is converted into, or from.
    is_target: bool,
    is_source: bool,
}

/// The currencies of the passage: of a parameter for what is converted from, the one beside the amount; of one for what is converted
/// into, the other.
pub(super) fn readings(parameter: &Parameter<'_>, passage: &Passage<'_>) -> Vec<Reading> {
    let target = parameter.named(&["to", "target", "destination", "quote"]);
    let source = parameter.named(&["from", "source", "base", "origin"]);
    let found = mentions(passage);
    let several = found.len() > 1;
    let led_to = found.iter().any(|mention| mention.is_target);
    let led_from = found.iter().any(|mention| mention.is_source || mention.counted);
    let scored = found.into_iter().map(|Mention { code, span, counted, is_target, is_source }| {
        let from = is_source || counted || several && !led_from && !is_target;
        let fits = match (source, target) {
            (true, false) => !is_target && (from || !several),
            (false, true) => is_target || several && !led_to && !from,
            _ => counted || !several,
        };
        Reading { value: json!(code), span, score: if fits { 0.93 } else { 0.6 } }
    });
    scored.collect()
}

/// Whether a text is the code of a currency.
pub(super) fn is_code(text: &str) -> bool {
    Currency::from_code(text).is_some()
}

/// Whether a word names a currency: "euros", "USD".
pub(super) fn is_name(word: &str) -> bool {
    let stem = stem(word);
    is_code(&word.to_uppercase())
        || USUAL.iter().any(|(name, _)| *name == stem)
        || NAMES.iter().any(|(name, _)| name.last() == Some(&stem))
}

fn mentions(passage: &Passage<'_>) -> Vec<Mention> {
    let mut found = Vec::new();
    let mut place = 0;
    while place < passage.words.len() {
        let Some((code, span, taken)) = mention(passage, place) else {
            place += 1;
            continue;
        };
        let beside = |number: &Quantity| {
            number.words.1 == place || number.words.0 == place + taken || number.words.0 == place && taken == 1
        };
        let before = passage.before(span.start);
        let (is_target, is_source) = (TARGETS.contains(&before.as_str()), before == "from");
        let counted = passage.numbers.iter().any(beside);
        let said = span.of(passage.text).unwrap_or_default().to_lowercase();
        place += taken;
        if counted || is_target || is_source || !AMBIGUOUS.contains(&said.as_str()) {
            found.push(Mention { code, span, counted, is_target, is_source });
        }
    }
    found
}

/// The currency that begins at a word, where it stands, and how many words say it.
fn mention(passage: &Passage<'_>, place: usize) -> Option<(&'static str, Span, usize)> {
    let rest = passage.words.get(place..)?;
    let first = rest.first()?;
    let stems: Vec<String> =
        rest.iter().take(4).map(|word| stem(&word.text.chars().map(plain).collect::<String>())).collect();
    let longest = NAMES.iter().filter(|(name, _)| stems.starts_with(name)).max_by_key(|(name, _)| name.len());
    if let Some((name, code)) = longest
        && let Some(last) = rest.get(name.len() - 1)
    {
        return Some((code, Span { start: first.span.start, end: last.span.end }, name.len()));
    }
    if let Some(code) = code(first, rest.get(1), passage, place) {
        return Some((code, first.span, 1));
    }
    let word = stems.first()?;
    let usual = |name: &str| USUAL.iter().find(|(known, _)| *known == name).map(|(_, code)| *code);
    if let Some(sign) = first.text.chars().next().filter(|sign| !sign.is_alphanumeric())
        && let Some(code) = usual(sign.encode_utf8(&mut [0; 4]))
    {
        let end = first.span.start + sign.len_utf8();
        return Some((code, Span { start: first.span.start, end }, 1));
    }
    let mut ending = NAMES.iter().filter(|(name, _)| name.last() == Some(word));
    let only = ending.next().filter(|_| ending.next().is_none()).map(|(_, code)| *code);
    usual(word).or(only.filter(|_| weight(word) > 0.5)).map(|code| (code, first.span, 1))
}

/// A code in capitals, or in small letters beside a number or a word that leads to one.
fn code(word: &Word<'_>, next: Option<&Word<'_>>, passage: &Passage<'_>, place: usize) -> Option<&'static str> {
    let known = Currency::from_code(&word.text.to_uppercase())?.code();
    let is_capital = word.text.chars().all(char::is_uppercase);
    let beside = passage.numbers.iter().any(|number| number.words.1 == place || number.words.0 == place + 1);
    let leads = TARGETS.contains(&passage.before(word.span.start).as_str())
        || next.is_some_and(|next| TARGETS.contains(&&*next.lower()));
    let is_rare = weight(&stem(word.text)) > 0.6;
    (is_capital || is_rare && (beside || leads)).then_some(known)
}

/// A letter of a currency's name without its accent.
fn plain(letter: char) -> char {
    match letter {
        'á' | 'ã' | 'ā' => 'a',
        'é' => 'e',
        'í' => 'i',
        'ó' => 'o',
        'ú' => 'u',
        'ñ' => 'n',
        'ł' => 'l',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn currencies_are_known_by_code_name_and_sign() {
        let check = |text: &str, expected: &[(&str, &str)]| {
            let passage = Passage::new(text, Span { start: 0, end: text.len() }, None);
            let found: Vec<_> =
                mentions(&passage).into_iter().map(|found| (found.span.of(text).unwrap(), found.code)).collect();
            assert_eq!(found, expected, "{text}");
        };
        check("3400 thb in eur", &[("thb", "THB"), ("eur", "EUR")]);
        check("put 2,750 Moroccan dirham into dollars", &[("Moroccan dirham", "MAD"), ("dollars", "USD")]);
        check("How many euros are 3,400 Thai baht?", &[("euros", "EUR"), ("Thai baht", "THB")]);
        check("£25 or 25 quid", &[("£", "GBP"), ("quid", "GBP")]);
        check("500 Icelandic krona", &[("Icelandic krona", "ISK")]);
        check("all of them try the top", &[]);
        check("300 SEK to Ola", &[("SEK", "SEK")]);
    }
}
