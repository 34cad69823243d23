//! On what it depends whether a step is done.

use std::fmt;

use maestria_vocabulary::{Comparison, StepId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A comparison of an earlier step's result with a value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Guard {
    /// The step whose result is looked at.
    pub step: StepId,
    /// The field that is compared; the whole result without one. Of a list it is that of the first element.
    pub field: Option<String>,
    /// How it is compared.
    pub op: Comparison,
    /// With what.
    pub value: Value,
}

impl Guard {
    /// Whether it holds for the result of its step. What is not there holds for nothing but [`Comparison::NotEqual`].
    ///
    /// Numbers compare as 64-bit floating point; any two texts compare letter by letter, which orders dates of ISO 8601 in time, but for
    /// [`Comparison::Contains`], which takes no account of upper and lower case.
    #[must_use]
    pub fn holds(&self, result: &Value) -> bool {
        let element = match result {
            Value::Array(elements) if self.field.is_some() => elements.first().unwrap_or(&Value::Null),
            whole => whole,
        };
        let found = match &self.field {
            Some(field) => element.get(field).unwrap_or(&Value::Null),
            None => element,
        };
        let order = || match (found, &self.value) {
            (Value::Number(a), Value::Number(b)) => a.as_f64()?.partial_cmp(&b.as_f64()?),
            (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
            _ => None,
        };
        let equal = || found == &self.value || order().is_some_and(std::cmp::Ordering::is_eq);
        match self.op {
            Comparison::Equal => equal(),
            Comparison::NotEqual => !equal(),
            Comparison::Greater => order().is_some_and(std::cmp::Ordering::is_gt),
            Comparison::Less => order().is_some_and(std::cmp::Ordering::is_lt),
            Comparison::Contains => match (found, &self.value) {
                (Value::String(text), Value::String(part)) => text.to_lowercase().contains(&part.to_lowercase()),
                (Value::Array(elements), part) => elements.contains(part),
                _ => false,
            },
        }
    }
}

impl fmt::Display for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(field) => write!(f, "{field} of {} {} {}", self.step, self.op, self.value),
            None => write!(f, "{} {} {}", self.step, self.op, self.value),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_guard_looks_at_one_field_of_a_result() {
        let check = |field: Option<&str>, op, value: Value, result: Value, expected: bool| {
            let guard = Guard { step: "s1".parse().unwrap(), field: field.map(str::to_owned), op, value };
            assert_eq!(guard.holds(&result), expected, "{guard} in {result}");
        };
        check(Some("n"), Comparison::Greater, json!(5), json!({"n": 5.5}), true);
        check(Some("n"), Comparison::Greater, json!(5), json!({"n": 5}), false);
        check(Some("n"), Comparison::Less, json!(5), json!({}), false);
        check(Some("n"), Comparison::Equal, json!(5), json!({"n": 5.0}), true);
        check(Some("sky"), Comparison::NotEqual, json!("rain"), json!({"sky": "snow"}), true);
        check(Some("price"), Comparison::Less, json!(100), json!([{"price": 90}, {"price": 200}]), true);
        check(Some("price"), Comparison::Less, json!(100), json!([]), false);
        check(None, Comparison::Contains, json!("error"), json!("an ERROR"), true);
        check(None, Comparison::Contains, json!("a"), json!(["b"]), false);
        check(Some("day"), Comparison::Less, json!("2026-03-04"), json!({"day": "2026-03-03"}), true);
    }
}
