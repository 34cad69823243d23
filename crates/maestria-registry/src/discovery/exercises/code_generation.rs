//! The missing expression of a function, whose values are known; any expression that has them is right.

use super::{Difficulty, Draft, Draw};
use crate::discovery::grading::Expression;

pub(super) fn draft(draw: &mut Draw, difficulty: Difficulty) -> Draft {
    let (a, b, c) = (draw.between(2, 19), draw.between(2, 29), draw.between(1, 400));
    let (reference, f): (String, Box<dyn Fn(i64) -> i64>) = match difficulty {
        Difficulty::Easy => (format!("{a} * x + {c}"), Box::new(move |x| a * x + c)),
        Difficulty::Medium => (format!("x * x + {b} * x - {c}"), Box::new(move |x| x * x + b * x - c)),
        Difficulty::Hard => (format!("{a} * x * x - {b} * x + {c}"), Box::new(move |x| a * x * x - b * x + c)),
    };
    let what = match difficulty {
        Difficulty::Easy => "linear",
        _ => "quadratic",
    };
    let shown: Vec<String> = (0..4).map(|x| format!("assert f({x}) == {}", f(x))).collect();
    let question = format!(
        "Complete this Python function, which is {what} in x, so that all assertions hold. Reply only with the expression that stands \
         for ____.\n\n```python\ndef f(x):\n    return ____\n\n{}\n```",
        shown.join("\n")
    );
    // Beyond the points that are shown, so that a table of them is no answer.
    let points = [0, 1, 2, 3, 10, -7].map(|x| (x, f(x))).to_vec();
    Draft::ask(question, reference, Expression { points })
}
