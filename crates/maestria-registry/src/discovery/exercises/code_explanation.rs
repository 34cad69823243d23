//! What a small program prints; that is computed here.

use super::{Difficulty, Draft, Draw};
use crate::discovery::grading::Number;

pub(super) fn draft(draw: &mut Draw, difficulty: Difficulty) -> Draft {
    let (program, printed) = match difficulty {
        Difficulty::Easy => selection(draw),
        Difficulty::Medium => accumulation(draw),
        Difficulty::Hard => iteration(draw),
    };
    let question =
        format!("What does this Python program print? Reply with the output only.\n\n```python\n{program}\n```");
    Draft::ask(question, printed.to_string(), Number::exactly(printed))
}

/// A sum of the elements beyond a bound.
fn selection(draw: &mut Draw) -> (String, i64) {
    let numbers: Vec<i64> = (0..6).map(|_| draw.between(11, 60)).collect();
    let bound = draw.between(20, 30);
    let printed = numbers.iter().filter(|&&number| number > bound).sum::<i64>() + 100;
    let program = format!("numbers = {numbers:?}\nprint(100 + sum(n for n in numbers if n > {bound}))");
    (program, printed)
}

/// A loop with a condition.
fn accumulation(draw: &mut Draw) -> (String, i64) {
    let (start, end, step, factor) =
        (draw.between(50, 99), draw.between(7, 12), draw.between(2, 4), draw.between(3, 9));
    let mut total = start;
    for i in 1..=end {
        total += if i % step == 0 { i * factor } else { -1 };
    }
    let program = format!(
        "total = {start}\nfor i in range(1, {after}):\n    if i % {step} == 0:\n        total += i * {factor}\n    else:\n        total -= 1\nprint(total)",
        after = end + 1
    );
    (program, total)
}

/// A loop that ends by what it computes.
fn iteration(draw: &mut Draw) -> (String, i64) {
    let (start, bound, add) = (draw.between(3, 40), draw.between(400, 900), draw.between(3, 15));
    let (mut value, mut steps) = (start, 0);
    while value < bound {
        value = if value % 2 == 0 { value + value / 2 } else { value * 2 + add };
        steps += 1;
    }
    let program = format!(
        "value = {start}\nsteps = 0\nwhile value < {bound}:\n    if value % 2 == 0:\n        value = value + value // 2\n    else:\n        value = value * 2 + {add}\n    steps += 1\nprint(value * 10 + steps)"
    );
    (program, value * 10 + steps)
}
