//! Other names of options: of languages by their codes, of what descriptions explain, and of what has two usual names.

use isolang::Language;
use serde_json::Value;

use super::parameter::Parameter;
use crate::words::{stem, words};

/// Names that mean the same in statistics, in measuring, and in lists and schedules.
const SAME: &[&[&str]] = &[
    &["mean", "average", "avg"],
    &["max", "maximum", "highest", "largest", "biggest"],
    &["min", "minimum", "lowest", "smallest"],
    &["sum", "total"],
    &["count", "number of", "how many"],
    &["asc", "ascending"],
    &["desc", "descending"],
    &["metric", "celsius"],
    &["imperial", "fahrenheit"],
    &["high", "urgent", "important"],
    &["hourly", "every hour"],
    &["daily", "every day"],
    &["weekly", "every week"],
    &["monthly", "every month"],
    &["yearly", "annually", "every year"],
    &["sms", "text message"],
    &["production", "prod"],
    &["development", "dev"],
    &["staging", "stg"],
    &["critical", "crit"],
    &["administrator", "admin"],
];

/// Words between an option and what a description says that it is.
const LINKS: &[&str] = &["is", "are", "means", "for", "works", "on", "in", "=", "a", "an", "the", "to"];

/// Other names of an option, each as the stems of its words.
pub(super) fn aliases(parameter: &Parameter<'_>, option: &str) -> Vec<Vec<String>> {
    let lower = option.to_lowercase();
    let is_offered = |name: &str| {
        parameter.options().iter().any(|option| option.as_str().is_some_and(|o| o.eq_ignore_ascii_case(name)))
    };
    // "urgent" is "high" only where it is not offered beside it.
    let group = SAME.iter().filter(|names| names.contains(&lower.as_str()));
    let same = group.filter(|names| names.iter().filter(|name| is_offered(name)).count() == 1).copied().flatten();
    let same = same.filter(|name| **name != lower).map(|name| stems(name));
    let language = takes_language(parameter).then(|| only_language(parameter, option)).flatten();
    let name = |language: Language| language.to_name().split([';', '(']).next().unwrap_or_default();
    let language = language.map(|language| stems(name(language).trim_start_matches("Modern ")));
    same.chain(language).chain(explained(parameter, &lower)).filter(|name| !name.is_empty()).collect()
}

/// Whether the options of a parameter are codes of languages.
fn takes_language(parameter: &Parameter<'_>) -> bool {
    let mut codes = parameter.options().iter().filter_map(Value::as_str).filter(|option| *option != "auto");
    parameter.mentions(&["language", "lang", "locale"]) && codes.all(|code| language(code).is_some())
}

/// The language of an option, where no other is the same in another region.
fn only_language(parameter: &Parameter<'_>, option: &str) -> Option<Language> {
    let own = language(option)?;
    let same = parameter.options().iter().filter_map(Value::as_str).filter(|option| language(option) == Some(own));
    (same.count() == 1).then_some(own)
}

/// The language of a code of ISO 639, perhaps with a region behind it: "de", "deu", "de-CH".
fn language(code: &str) -> Option<Language> {
    let code = code.split(['-', '_']).next()?.to_lowercase();
    Language::from_639_1(&code).or_else(|| Language::from_639_3(&code))
}

/// What the description says that an option is, word by word: "Celsius" of "metric is Celsius, imperial is Fahrenheit".
fn explained(parameter: &Parameter<'_>, option: &str) -> Vec<Vec<String>> {
    let description = parameter.description().to_lowercase();
    let options: Vec<String> = parameter.options().iter().filter_map(Value::as_str).map(str::to_lowercase).collect();
    let mut found = Vec::new();
    for part in description.split([',', ';', ':', '(', ')']).filter(|part| options.len() > 1 && !part.is_empty()) {
        let said: Vec<String> = words(part).map(|word| word.lower()).collect();
        let [first, link, rest @ ..] = said.as_slice() else { continue };
        let is_other = |word: &&String| options.contains(word);
        if first != option
            || !matches!(link.as_str(), "is" | "means" | "=" | "works")
            || rest.iter().any(|word| is_other(&word))
        {
            continue;
        }
        let telling = rest.iter().filter(|word| !LINKS.contains(&word.as_str()));
        found.extend(telling.map(|word| vec![stem(word)]));
    }
    found
}

fn stems(name: &str) -> Vec<String> {
    words(name).map(|word| stem(word.text)).collect()
}
