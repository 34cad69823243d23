//! Sums, differences and products, bare or as a short story.

use super::{
    Difficulty, Draft, Draw,
    vocabulary::{NAMES, THINGS},
};
use crate::discovery::grading::Number;

pub(super) fn draft(draw: &mut Draw, difficulty: Difficulty) -> Draft {
    let (question, result) = match difficulty {
        Difficulty::Easy => sum(draw),
        Difficulty::Medium => story(draw),
        Difficulty::Hard => product(draw),
    };
    Draft::ask(format!("{question} Reply with the number only."), result.to_string(), Number::exactly(result))
}

fn sum(draw: &mut Draw) -> (String, i64) {
    let (a, b) = (draw.between(120, 899), draw.between(12, 98));
    if draw.chance(0.5) { (format!("What is {a} + {b}?"), a + b) } else { (format!("What is {a} - {b}?"), a - b) }
}

fn story(draw: &mut Draw) -> (String, i64) {
    let (name, thing) = (draw.pick(&NAMES), draw.pick(&THINGS));
    let (boxes, each, broken) = (draw.between(12, 29), draw.between(6, 19), draw.between(3, 11));
    let question = format!(
        "{name} unpacks {boxes} boxes. Each holds {each} {thing}s, and {broken} of all of them are broken. How many are whole?"
    );
    (question, boxes * each - broken)
}

fn product(draw: &mut Draw) -> (String, i64) {
    let (a, b, c, d) = (draw.between(23, 97), draw.between(12, 49), draw.between(11, 39), draw.between(3, 9));
    (format!("What is {a} * {b} - {c} * {d}?"), a * b - c * d)
}
