//! Whether calls are those that are expected, decided as the leaderboard's own checker decides it for Python.
//!
//! Source: `ast_checker.py` of the Berkeley function-calling leaderboard (Patil et al. 2025), `parallel_function_checker_no_order`; with one
//! call it is the same as the checkers of the other categories.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::standard::standardised;

/// A call that is expected: the function, and for every parameter the values that are right; `""` among them means that it may be absent.
pub(super) type Expected = BTreeMap<String, BTreeMap<String, Vec<Value>>>;

/// A function that is offered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Function<'a> {
    name: &'a str,
    parameters: &'a Map<String, Value>,
    schema: &'a Value,
}

/// A call that was made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call<'a> {
    function: &'a str,
    arguments: &'a Map<String, Value>,
}

/// The types that are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Null,
    Bool,
    Integer,
    Float,
    Text,
    List,
    Dict,
}

impl<'a> Function<'a> {
    /// Reads a function in the leaderboard's form.
    pub(super) fn of(function: &'a Value) -> Option<Self> {
        let schema = function.get("parameters")?;
        Some(Self { name: function.get("name")?.as_str()?, parameters: schema.get("properties")?.as_object()?, schema })
    }

    fn required(&self) -> impl Iterator<Item = &'a str> {
        let names = self.schema.get("required").and_then(Value::as_array);
        names.into_iter().flatten().filter_map(Value::as_str)
    }
}

impl<'a> Call<'a> {
    /// Reads a call from a step of a plan.
    pub(super) fn of(step: &'a Value) -> Option<Self> {
        Some(Self { function: step.get("tool")?.as_str()?, arguments: step.get("arguments")?.as_object()? })
    }
}

/// Whether there are as many calls as expected, and every expected call is matched by one of them in whatever order.
pub(super) fn agree(functions: &[Function<'_>], expected: &[Expected], calls: &[Call<'_>]) -> bool {
    let mut left = calls.to_vec();
    let mut take = |expected: &Expected| {
        let place = left.iter().position(|call| agrees(functions, expected, call));
        place.map(|place| left.remove(place)).is_some()
    };
    expected.len() == calls.len() && expected.iter().all(&mut take)
}

fn agrees(functions: &[Function<'_>], expected: &Expected, call: &Call<'_>) -> bool {
    let Some((name, answers)) = expected.iter().next() else { return false };
    let Some(function) = functions.iter().find(|function| function.name == name) else { return false };
    let given = call.arguments;
    call.function == name
        && function.required().all(|parameter| given.contains_key(parameter))
        && given.iter().all(|(parameter, value)| {
            let schema = function.parameters.get(parameter);
            schema.zip(answers.get(parameter)).is_some_and(|(schema, answers)| is_answer(schema, answers, value))
        })
        && answers.iter().all(|(parameter, answers)| given.contains_key(parameter) || may_be_absent(answers))
}

/// Whether a value is one of the answers, in the type that the schema asks for or in that of the answers.
fn is_answer(schema: &Value, answers: &[Value], value: &Value) -> bool {
    let expected = schema.get("type").and_then(Value::as_str).and_then(kind_named);
    let inner = schema.pointer("/items/type").and_then(Value::as_str).and_then(kind_named);
    let inner = inner.filter(|_| expected == Some(Kind::List));
    let widened = expected == Some(Kind::Float) && kind(value) == Kind::Integer;
    let of_answers = answers.iter().find(|answer| !is_empty_text(answer)).map(kind);

    let typed = widened || Some(kind(value)) == expected;
    if typed && inner.is_some_and(|inner| !elements_fit(inner, answers, value)) && Some(kind(value)) != of_answers {
        return false;
    }
    if !typed && Some(kind(value)) != of_answers {
        return false;
    }
    // Answers of another type than the schema's stand for a variable, which is compared as it is.
    let literal = typed && (of_answers.is_none() || of_answers == expected);
    match (expected, value) {
        (Some(Kind::Dict), Value::Object(value)) if literal => answers.iter().any(|answer| is_dict(answer, value)),
        (Some(Kind::List), Value::Array(values)) if literal && inner == Some(Kind::Dict) => {
            answers.iter().any(|answer| is_list_of_dicts(answer, values))
        }
        (Some(Kind::Text), Value::String(_)) | (Some(Kind::List), Value::Array(_)) if literal => {
            answers.iter().any(|answer| same_standardised(answer, value))
        }
        _ => answers.iter().any(|answer| same(answer, value)),
    }
}

/// Whether the elements of a list have the type that the schema gives them, or that of some answer's elements.
fn elements_fit(inner: Kind, answers: &[Value], value: &Value) -> bool {
    let fits = |answer: &Value| {
        let Value::Array(elements) = answer else { return true };
        let of_answer = elements.iter().find(|element| !is_empty_text(element)).map(kind);
        let values = value.as_array().map(Vec::as_slice).unwrap_or_default();
        values.iter().all(|value| kind(value) == inner || Some(kind(value)) == of_answer)
    };
    answers.iter().any(fits)
}

/// Whether a dictionary has the keys of an answer, each with one of its values.
fn is_dict(answer: &Value, value: &Map<String, Value>) -> bool {
    let Value::Object(answer) = answer else { return false };
    let answers = |key: &String| answer.get(key).and_then(Value::as_array);
    let right = |(key, value): (&String, &Value)| {
        answers(key).is_some_and(|answers| answers.iter().any(|answer| same_text(answer, value)))
    };
    value.iter().all(right)
        && answer
            .keys()
            .all(|key| value.contains_key(key) || answers(key).is_some_and(|answers| may_be_absent(answers)))
}

fn is_list_of_dicts(answer: &Value, values: &[Value]) -> bool {
    let answers = answer.as_array().map(Vec::as_slice).unwrap_or_default();
    let pairs = || answers.iter().zip(values);
    answers.len() == values.len()
        && pairs().all(|(answer, value)| value.as_object().is_some_and(|value| is_dict(answer, value)))
}

/// Whether two texts, or two lists with their texts, are the same once standardised.
fn same_standardised(answer: &Value, value: &Value) -> bool {
    match (answer, value) {
        (Value::Array(answers), Value::Array(values)) => {
            answers.len() == values.len() && answers.iter().zip(values).all(|(answer, value)| same_text(answer, value))
        }
        (Value::String(answer), Value::Array(values)) => answer.is_empty() && values.is_empty(),
        _ => same_text(answer, value),
    }
}

fn same_text(answer: &Value, value: &Value) -> bool {
    match (answer, value) {
        (Value::String(answer), Value::String(value)) => standardised(answer) == standardised(value),
        _ => same(answer, value),
    }
}

/// Whether two values are equal, 5 and 5.0 among them.
fn same(answer: &Value, value: &Value) -> bool {
    match (answer, value) {
        (Value::Number(answer), Value::Number(value)) => answer.as_f64() == value.as_f64(),
        (Value::Array(answers), Value::Array(values)) => {
            answers.len() == values.len() && answers.iter().zip(values).all(|(answer, value)| same(answer, value))
        }
        (Value::Object(answers), Value::Object(values)) => {
            answers.len() == values.len()
                && answers.iter().all(|(key, answer)| values.get(key).is_some_and(|value| same(answer, value)))
        }
        _ => answer == value,
    }
}

fn may_be_absent(answers: &[Value]) -> bool {
    answers.iter().any(is_empty_text)
}

fn is_empty_text(value: &Value) -> bool {
    value.as_str() == Some("")
}

fn kind(value: &Value) -> Kind {
    match value {
        Value::Null => Kind::Null,
        Value::Bool(_) => Kind::Bool,
        Value::Number(number) if number.is_f64() => Kind::Float,
        Value::Number(_) => Kind::Integer,
        Value::String(_) => Kind::Text,
        Value::Array(_) => Kind::List,
        Value::Object(_) => Kind::Dict,
    }
}

/// The type of a name in the leaderboard's schemas.
fn kind_named(name: &str) -> Option<Kind> {
    Some(match name {
        "string" | "any" => Kind::Text,
        "integer" => Kind::Integer,
        "float" => Kind::Float,
        "boolean" => Kind::Bool,
        "array" | "tuple" => Kind::List,
        "dict" => Kind::Dict,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check_value(schema: Value, answers: Value, value: Value, right: bool) {
        let found = is_answer(&schema, answers.as_array().unwrap(), &value);
        assert_eq!(found, right, "{schema} {answers} {value}");
    }

    fn check(expected: Value, calls: Value, right: bool) {
        let functions = json!([
            {"name": "f", "parameters": {"properties": {"n": {"type": "integer"}, "unit": {"type": "string"}}, "required": ["n"]}},
            {"name": "g", "parameters": {"properties": {}}},
        ]);
        let functions: Vec<_> = functions.as_array().unwrap().iter().map(|f| Function::of(f).unwrap()).collect();
        let answers: Vec<Expected> = serde_json::from_value(expected.clone()).unwrap();
        let made: Vec<_> = calls.as_array().unwrap().iter().map(|call| Call::of(call).unwrap()).collect();
        assert_eq!(agree(&functions, &answers, &made), right, "{expected} {calls}");
    }

    #[test]
    fn calls_agree_in_any_order_and_in_number() {
        let call = |n: i64| json!({"tool": "f", "arguments": {"n": n}});
        let three_and_four = json!([{"f": {"n": [3]}}, {"f": {"n": [4]}}]);
        check(three_and_four.clone(), json!([call(4), call(3)]), true);
        check(three_and_four.clone(), json!([call(3), call(3)]), false);
        check(three_and_four, json!([call(3)]), false);
        check(json!([{"g": {}}]), json!([{"tool": "g", "arguments": {}}]), true);
        check(json!([{"g": {}}]), json!([{"tool": "f", "arguments": {"n": 1}}]), false);
        check(json!([]), json!([]), true);
    }

    #[test]
    fn a_parameter_may_be_absent_only_where_the_answers_say_so() {
        let call = |arguments: Value| json!([{"tool": "f", "arguments": arguments}]);
        let optional = json!([{"f": {"n": [3], "unit": ["cm", ""]}}]);
        check(optional.clone(), call(json!({"n": 3})), true);
        check(optional.clone(), call(json!({"n": 3, "unit": "CM"})), true);
        check(optional.clone(), call(json!({"n": 3, "unit": "m"})), false);
        check(optional, call(json!({"unit": "cm"})), false);
        check(json!([{"f": {"n": [3], "unit": ["cm"]}}]), call(json!({"n": 3})), false);
        check(json!([{"f": {"n": [3]}}]), call(json!({"n": 3, "unit": "cm"})), false);
    }

    #[test]
    fn values_are_of_the_type_of_the_schema_or_of_the_answers() {
        check_value(json!({"type": "integer"}), json!([5]), json!(5), true);
        check_value(json!({"type": "integer"}), json!([5]), json!(5.0), false);
        check_value(json!({"type": "float"}), json!([5.0]), json!(5), true);
        check_value(json!({"type": "integer"}), json!([5]), json!("5"), false);
        check_value(json!({"type": "integer"}), json!(["x"]), json!("x"), true);
        check_value(json!({"type": "any"}), json!([5]), json!(5), true);
        check_value(json!({"type": "boolean"}), json!([true]), json!(true), true);
    }

    #[test]
    fn texts_are_compared_without_case_and_light_punctuation() {
        check_value(json!({"type": "string"}), json!(["New York, NY"]), json!("new york NY"), true);
        check_value(json!({"type": "string"}), json!(["Boston", ""]), json!("Bosto"), false);
        let list = json!({"type": "array", "items": {"type": "string"}});
        check_value(list.clone(), json!([["a-b", "C"]]), json!(["ab", "c"]), true);
        check_value(list.clone(), json!([["a", "b"]]), json!(["b", "a"]), false);
        check_value(list, json!([["a"], ""]), json!([]), true);
    }

    #[test]
    fn lists_have_elements_of_one_type() {
        let floats = json!({"type": "array", "items": {"type": "float"}});
        check_value(floats.clone(), json!([[1.5, 2.5]]), json!([1.5, 2.5]), true);
        check_value(floats.clone(), json!([[1, 2]]), json!([1, 2]), true);
        check_value(floats, json!([[1.5, 2.5]]), json!(["1.5", "2.5"]), false);
        let nested = json!({"type": "array", "items": {"type": "array", "items": {"type": "integer"}}});
        check_value(nested, json!([[[1, 2], [3, 4]]]), json!([[1, 2], [3, 4]]), true);
    }

    #[test]
    fn dictionaries_have_the_keys_of_an_answer() {
        let schema = json!({"type": "dict", "properties": {}});
        let answers = json!([{"min": [3], "unit": ["C", ""]}]);
        check_value(schema.clone(), answers.clone(), json!({"min": 3}), true);
        check_value(schema.clone(), answers.clone(), json!({"min": 3, "unit": "c"}), true);
        check_value(schema.clone(), answers.clone(), json!({"unit": "c"}), false);
        check_value(schema, answers, json!({"min": 3, "max": 4}), false);
        let list = json!({"type": "array", "items": {"type": "dict"}});
        check_value(list.clone(), json!([[{"a": [1]}, {"a": [2]}]]), json!([{"a": 1}, {"a": 2}]), true);
        check_value(list, json!([[{"a": [1]}]]), json!([{"a": 1}, {"a": 2}]), false);
    }
}
