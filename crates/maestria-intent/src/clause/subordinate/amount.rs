//! What a premise compares with a number, and how.

use maestria_vocabulary::Comparison;
use serde_json::Number;

use crate::{
    extract::{first_number, number_word},
    words::{Word, words},
};

/// The amount that words compare something with.
pub(super) fn amount(words_of: &str) -> Option<(Comparison, Number)> {
    let all: Vec<Word<'_>> = words(words_of).collect();
    let compares = all.iter().enumerate().find_map(|(place, word)| {
        compared(&word.lower(), all.get(place + 1).map(Word::lower).as_deref()).map(|op| (op, place))
    });
    let (op, place) = compares?;
    let behind = all.get(place..)?;
    let value = first_number(behind).or_else(|| behind.iter().find_map(number))?;
    let whole = value.fract() == 0.0 && value.abs() < 9e15;
    Some((op, if whole { Number::from(value as i64) } else { Number::from_f64(value)? }))
}

pub(super) fn compared(word: &str, next: Option<&str>) -> Option<Comparison> {
    const MORE: &[&str] = &["over", "above", "exceeds", "exceed", "exceeding", "exceeded", ">", "beyond", "past"];
    const LESS: &[&str] = &["under", "below", "beneath", "<"];
    // Verbs that are no comparison without a number behind them: "it has passed 100".
    const PASSES: &[&str] = &["passes", "passed", "beats", "tops", "topped"];
    const MORE_THAN: &[&str] = &[
        "more", "greater", "higher", "longer", "larger", "bigger", "hotter", "warmer", "stronger", "faster", "older",
        "deeper", "heavier", "wider", "taller", "louder", "brighter", "steeper",
    ];
    const LESS_THAN: &[&str] = &[
        "less",
        "fewer",
        "lower",
        "shorter",
        "smaller",
        "colder",
        "cooler",
        "cheaper",
        "slower",
        "worse",
        "lighter",
        "nearer",
        "closer",
        "younger",
        "weaker",
        "shallower",
        "narrower",
        "thinner",
        "calmer",
        "quieter",
    ];
    let than = next == Some("than");
    let counts =
        || next.is_some_and(|next| next.starts_with(|c: char| c.is_ascii_digit()) || number_word(next).is_some());
    if MORE.contains(&word) || than && MORE_THAN.contains(&word) || PASSES.contains(&word) && counts() {
        Some(Comparison::Greater)
    } else if LESS.contains(&word) || than && LESS_THAN.contains(&word) {
        Some(Comparison::Less)
    } else if matches!(word, "equals" | "equal") && counts() {
        Some(Comparison::Equal)
    } else {
        None
    }
}

fn number(word: &Word<'_>) -> Option<f64> {
    number_word(word.text.trim_start_matches(['$', '€', '£']).trim_end_matches(['°', '$', '€', '£']))
}
