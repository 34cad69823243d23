//! The form in which texts and values are compared: without case and light punctuation, numbers by their value.

use serde_json::Value;

/// A text without case and without spaces and `,./-_*^`, its quotes alike, as the Berkeley function-calling leaderboard compares texts.
pub(crate) fn standardised(text: &str) -> String {
    let kept = text.chars().filter(|letter| !" ,./-_*^".contains(*letter));
    kept.map(|letter| if letter == '\'' { '"' } else { letter }).collect::<String>().to_lowercase()
}

/// A value as a text under which two that mean the same are equal: a number and a text that says it are one, and texts are
/// [`standardised`].
pub(crate) fn normalised(value: &Value) -> String {
    match value {
        Value::String(text) => match text.trim().parse::<f64>() {
            Ok(number) if number.is_finite() => number.to_string(),
            _ => standardised(text),
        },
        Value::Number(number) => number.as_f64().map_or_else(|| number.to_string(), |number| number.to_string()),
        Value::Array(elements) => {
            format!("[{}]", elements.iter().map(normalised).collect::<Vec<_>>().join(","))
        }
        Value::Object(fields) => {
            let mut fields: Vec<String> =
                fields.iter().map(|(name, value)| format!("{name}:{}", normalised(value))).collect();
            fields.sort();
            format!("{{{}}}", fields.join(","))
        }
        Value::Null | Value::Bool(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_that_differ_in_case_and_light_punctuation_are_the_same() {
        assert_eq!(standardised("April 1, 2024"), standardised("april 1,2024"));
        assert_eq!(standardised("x^2 - 'a'"), "x2\"a\"");
    }

    #[test]
    fn values_that_mean_the_same_are_the_same() {
        let check = |one: Value, other: Value, same: bool| {
            assert_eq!(normalised(&one) == normalised(&other), same, "{one} {other}");
        };
        check(json!("40.70"), json!(40.7), true);
        check(json!(3), json!(3.0), true);
        check(json!("New York"), json!("new-york"), true);
        check(json!(true), json!("True"), true);
        check(json!([1, "A"]), json!(["1", "a"]), true);
        check(json!({"a": 1, "b": 2}), json!({"b": 2.0, "a": 1.0}), true);
        check(json!("-5"), json!(5), false);
    }
}
