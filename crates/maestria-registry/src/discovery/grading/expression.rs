//! An arithmetic expression in `x`, checked by its values: what a model writes is parsed and computed here, never run.

use crate::discovery::{Answer, Grade, Grader, Reason, text};

/// Right is an answer whose expression has the expected value at every point.
#[derive(Debug, Clone)]
pub(in crate::discovery) struct Expression {
    /// Values of `x`, and what the expression is there.
    pub(in crate::discovery) points: Vec<(i64, i64)>,
}

impl Grader for Expression {
    /// Every line that is an expression must be right: several tries are no answer.
    fn grade(&self, answer: &Answer) -> Grade {
        let Answer::Text(text) = answer else { return Grade::wrong(Reason::NotOfKind { expected: "text" }) };
        let text = text::without_fences(text).replace(['`', '$'], "").replace('−', "-").replace(['×', '·'], "*");
        let expressions: Vec<&str> = text.lines().filter_map(expression).collect();
        let right = |source: &&str| self.points.iter().all(|&(x, y)| value(source, x) == Some(y));
        match expressions.iter().filter(|source| right(source)).count() {
            _ if expressions.is_empty() => Grade::wrong(Reason::NotOfKind { expected: "an expression" }),
            0 => Grade::wrong(Reason::Differs { expected: "the values at all points".to_owned() }),
            count if count == expressions.len() => Grade::right(),
            _ => Grade::wrong(Reason::Undecided),
        }
    }
}

/// The part of a line that is an expression: after `return`, `:` or the last `=`, or all of it.
fn expression(line: &str) -> Option<&str> {
    let after = ["return", ":", "="].iter().filter_map(|mark| line.rfind(mark).map(|at| at + mark.len())).max();
    [after.and_then(|at| line.get(at..)), Some(line)]
        .into_iter()
        .flatten()
        .map(str::trim)
        .find(|source| value(source, 1).is_some())
}

/// The value of an expression of whole numbers, `x`, `+ - * // % **`, signs and brackets, by the rules of Python.
///
/// Nothing if it is none, is nested deeply, divides by zero, or leaves the range of 64 bits.
fn value(source: &str, x: i64) -> Option<i64> {
    let tokens = tokens(source)?;
    let mut parser = Parser { tokens: &tokens, x, depth: 0 };
    let value = parser.sum()?;
    parser.tokens.is_empty().then_some(value)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Number(i64),
    X,
    Plus,
    Minus,
    Times,
    Divide,
    Modulo,
    Power,
    Open,
    Close,
}

fn tokens(source: &str) -> Option<Vec<Token>> {
    let (mut tokens, mut letters) = (Vec::new(), source.trim_end_matches([';', '.', ',']).chars().peekable());
    while let Some(letter) = letters.next() {
        tokens.push(match letter {
            ' ' => continue,
            'x' | 'X' => Token::X,
            '+' => Token::Plus,
            '-' => Token::Minus,
            '*' if letters.next_if_eq(&'*').is_some() => Token::Power,
            '*' => Token::Times,
            '^' => Token::Power,
            '/' => letters.next_if_eq(&'/').map(|_| Token::Divide)?,
            '%' => Token::Modulo,
            '(' => Token::Open,
            ')' => Token::Close,
            '0'..='9' => {
                let mut digits = String::from(letter);
                while let Some(digit) = letters.next_if(char::is_ascii_digit) {
                    digits.push(digit);
                }
                Token::Number(digits.parse().ok()?)
            }
            _ => return None,
        });
    }
    Some(tokens)
}

struct Parser<'a> {
    tokens: &'a [Token],
    x: i64,
    depth: u32,
}

impl Parser<'_> {
    fn take(&mut self) -> Option<Token> {
        let (&first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    fn sum(&mut self) -> Option<i64> {
        let mut total = self.product()?;
        loop {
            total = match self.tokens.first() {
                Some(Token::Plus) => self.take().and_then(|_| total.checked_add(self.product()?))?,
                Some(Token::Minus) => self.take().and_then(|_| total.checked_sub(self.product()?))?,
                _ => return Some(total),
            };
        }
    }

    fn product(&mut self) -> Option<i64> {
        let mut total = self.factor()?;
        loop {
            total = match self.tokens.first() {
                Some(Token::Times) => self.take().and_then(|_| total.checked_mul(self.factor()?))?,
                Some(Token::Divide) => self.take().and_then(|_| floor_divide(total, self.factor()?))?,
                Some(Token::Modulo) => self.take().and_then(|_| {
                    let divisor = self.factor()?;
                    total.checked_sub(floor_divide(total, divisor)?.checked_mul(divisor)?)
                })?,
                _ => return Some(total),
            };
        }
    }

    fn factor(&mut self) -> Option<i64> {
        /// Signs and brackets in one another.
        const DEEPEST: u32 = 32;
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let base = match self.take()? {
            Token::Minus => self.factor().and_then(i64::checked_neg),
            Token::Plus => self.factor(),
            Token::Number(number) => Some(number),
            Token::X => Some(self.x),
            Token::Open => self.sum().filter(|_| self.take() == Some(Token::Close)),
            _ => None,
        };
        self.depth -= 1;
        base.and_then(|base| self.raised(base))
    }

    fn raised(&mut self, base: i64) -> Option<i64> {
        if self.tokens.first() != Some(&Token::Power) {
            return Some(base);
        }
        self.take()?;
        let exponent = self.factor()?;
        base.checked_pow(u32::try_from(exponent).ok()?)
    }
}

fn floor_divide(a: i64, b: i64) -> Option<i64> {
    let quotient = a.checked_div(b)?;
    Some(if a % b != 0 && (a < 0) != (b < 0) { quotient - 1 } else { quotient })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn expressions_are_computed_as_python_would() {
        let check = |source, expected| assert_eq!(value(source, 3), expected, "{source}");
        check("2*x + 1", Some(7));
        check("2 + 3 * (x - 1) ** 2", Some(14));
        check("-x % 2", Some(1));
        check("-7 // 2", Some(-4));
        check("x // 0", None);
        check("x ** 99", None);
        check("2 x", None);
        check("import os", None);
        check("(x", None);
        check("", None);
    }

    #[test]
    fn an_expression_is_judged_by_its_values() {
        let check = |answer: &str, right| {
            let grade = Expression { points: vec![(0, 1), (1, 3), (7, 15)] }.grade(&answer.into());
            assert_eq!(grade == Grade::right(), right, "{answer}: {}", grade.reason);
        };
        check("2*x + 1", true);
        check("x + x + 1.", true);
        check("```python\ndef f(x):\n    return 1 + 2 * x\n```", true);
        check("f(x) = 2·x + 1", true);
        check("The expression is: `2 * x + 1`", true);
        check("lambda x: 2*x+1", true);
        check("2*x + 2", false);
        check("2*x + 1\n2*x + 2", false);
        check("x", false);
        check("it doubles and adds one", false);
    }

    proptest! {
        #[test]
        fn any_text_has_a_value_or_none(source in "[x0-9+*/%()^ -]{0,200}", x: i64) {
            let _ = value(&source, x);
        }
    }
}
