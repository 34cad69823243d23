//! One number, however it is said.

use crate::discovery::{Answer, Grade, Grader, Reason, text};

/// Right is an answer whose number is the expected one.
///
/// Its number is the only one that it names, else the one that follows the last "answer", "result", "=" or the like. Commas may part
/// thousands.
#[derive(Debug, Clone, Copy)]
pub struct Number {
    expected: f64,
    tolerance: f64,
}

impl Number {
    /// Exactly this whole number, which is below 2⁵³.
    #[must_use]
    pub const fn exactly(expected: i64) -> Self {
        Self { expected: expected as f64, tolerance: 0.0 }
    }

    /// This number, or one that differs by no more than the tolerance.
    #[must_use]
    pub const fn near(expected: f64, tolerance: f64) -> Self {
        Self { expected, tolerance }
    }
}

impl Grader for Number {
    fn grade(&self, answer: &Answer) -> Grade {
        let Answer::Text(text) = answer else { return Grade::wrong(Reason::NotOfKind { expected: "text" }) };
        let said = match only(text) {
            Said::Several => concluded(text),
            alone => alone,
        };
        match said {
            Said::One(number) if (number - self.expected).abs() <= self.tolerance => Grade::right(),
            Said::One(_) => Grade::wrong(Reason::Differs { expected: self.expected.to_string() }),
            Said::Several => Grade::wrong(Reason::Undecided),
            Said::None => Grade::wrong(Reason::NotOfKind { expected: "a number" }),
        }
    }
}

enum Said {
    None,
    One(f64),
    Several,
}

/// The number of a text that names one.
fn only(text: &str) -> Said {
    let numbers = numbers(text);
    match numbers.split_first() {
        None => Said::None,
        Some((&first, rest)) if rest.iter().all(|&number| number == first) => Said::One(first),
        Some(_) => Said::Several,
    }
}

/// The number that a text of several numbers ends up with: what was last announced may be explained, but not be one of several.
fn concluded(text: &str) -> Said {
    let Some(conclusion) = text::conclusions(text).into_iter().rfind(|conclusion| !numbers(conclusion).is_empty())
    else {
        return Said::Several;
    };
    // A comma without a space parts thousands.
    let hedged = [" or ", ", ", "/", ";"].iter().any(|mark| conclusion.contains(mark));
    match only(conclusion) {
        Said::Several if hedged => Said::Several,
        Said::Several => numbers(conclusion).first().map_or(Said::None, |&first| Said::One(first)),
        alone => alone,
    }
}

/// All numbers of a text. A minus sign belongs to a number unless a digit or a letter comes before it.
fn numbers(text: &str) -> Vec<f64> {
    let text: Vec<char> = text.chars().map(|letter| if letter == '−' { '-' } else { letter }).collect();
    let at = |i: usize| text.get(i).copied().unwrap_or(' ');
    let (mut found, mut i) = (Vec::new(), 0);
    while i < text.len() {
        if !at(i).is_ascii_digit() {
            i += 1;
            continue;
        }
        let before = |back: usize| i.checked_sub(back).map_or(' ', at);
        let is_negative = before(1) == '-' && !before(2).is_alphanumeric() && before(2) != ')';
        let in_word = before(1).is_alphabetic();
        let mut digits = String::from(if is_negative { "-" } else { "" });
        while at(i).is_ascii_digit() || matches!(at(i), '.' | ',') && at(i + 1).is_ascii_digit() {
            if at(i) != ',' {
                digits.push(at(i));
            } else if !(1..=3).all(|ahead| at(i + ahead).is_ascii_digit()) || at(i + 4).is_ascii_digit() {
                // It parts two numbers.
                break;
            }
            i += 1;
        }
        if !in_word && let Ok(number) = digits.parse() {
            found.push(number);
        }
        i += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_an_answer_is_found() {
        let check = |answer: &str, right| {
            let grade = Number::exactly(-1234).grade(&answer.into());
            assert_eq!(grade.score.get(), if right { 1.0 } else { 0.0 }, "{answer}: {}", grade.reason);
        };
        check("-1234", true);
        check("−1,234.", true);
        check("-1234.0", true);
        check("$$\\boxed{-1234}$$", true);
        check("It prints -1234, that is: -1234", true);
        check("6 * 7 = 42, so the result is -1234", true);
        check("The answer is -1234 because 6 minus 1240 gives that", true);
        check("6 - 1240\n= -1234", true);
        check("1234", false);
        check("-1234 or 7", false);
        check("answer: -1234 or -1233", false);
        check("the answer is -1234, 7", false);
        check("-1232 -1233 -1234 -1235", false);
        check("no idea", false);
        check("v-1234x1234", false);
        check("-12345", false);
    }

    #[test]
    fn a_tolerance_is_for_what_was_rounded() {
        let check = |answer: &str, right| {
            assert_eq!(Number::near(2.65, 0.005).grade(&answer.into()) == Grade::right(), right, "{answer}");
        };
        check("2.646", true);
        check("2.7", false);
    }
}
