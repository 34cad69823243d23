//! One sentence in a long text, among others that are like it: a needle in a haystack.

use maestria_vocabulary::Tokens;

use super::{
    Difficulty, Draft, Draw,
    vocabulary::{CITIES, COLOURS, DAYS, NAMES, THINGS},
};
use crate::discovery::grading::Number;

/// Longest text that is made, in tokens.
const LONGEST: u64 = 2_000_000;

pub(super) fn draft(draw: &mut Draw, difficulty: Difficulty, tokens: Tokens) -> Draft {
    /// Bytes of a token, as in [`Probe::new`](crate::discovery::Probe::new).
    const BYTES: u64 = 4;
    let length = usize::try_from(tokens.0.min(LONGEST) * BYTES).unwrap_or(usize::MAX);
    let lures = match difficulty {
        Difficulty::Easy => 1,
        Difficulty::Medium => 4,
        Difficulty::Hard => 9,
    };
    let things = draw.some(lures + 1, &THINGS);
    let colour = draw.pick(&COLOURS);
    let mut codes: Vec<i64> = Vec::new();
    while codes.len() < things.len() {
        let code = draw.between(100_000, 999_999);
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    let mut sentences = Vec::new();
    let mut written = 0;
    while written < length {
        let sentence = filler(draw);
        written += sentence.len() + 1;
        sentences.push(sentence);
    }
    for (thing, code) in things.iter().zip(&codes) {
        let at = draw.between(0, i64::try_from(sentences.len()).unwrap_or(i64::MAX));
        let at = usize::try_from(at).unwrap_or(0).min(sentences.len());
        sentences.insert(at, format!("The code of the {colour} {thing} is {code}."));
    }
    let (thing, code) = (things.first().copied().unwrap_or_default(), codes.first().copied().unwrap_or_default());
    let question = format!(
        "Read this text.\n\n{}\n\nWhat is the code of the {colour} {thing}? Reply with the code only.",
        sentences.join(" ")
    );
    Draft::ask(question, code.to_string(), Number::exactly(code))
}

fn filler(draw: &mut Draw) -> String {
    let (name, city, day, thing) = (draw.pick(&NAMES), draw.pick(&CITIES), draw.pick(&DAYS), draw.pick(&THINGS));
    let number = draw.between(2, 60);
    match draw.between(0, 4) {
        0 => format!("On {day}, {name} took the train to {city} and came back {number} minutes late."),
        1 => format!("{name} had promised to bring a {thing}, but nobody in {city} had asked for one."),
        2 => format!("The shop in {city} has sold {number} of them since {day}, which surprised {name}."),
        3 => format!("It rained in {city} all {day}, and {name} stayed in to repair the {thing}."),
        _ => format!("There are {number} houses in the street where {name} left the {thing} last {day}."),
    }
}
