//! Arguments put together from the results of earlier steps.

use std::collections::BTreeMap;

use maestria_delegator::Binding;
use maestria_vocabulary::{Arguments, StepId};
use serde_json::Value;

/// Why a step cannot be done with what there is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unready {
    /// The plan has no such step.
    #[error("the plan has no step {0}")]
    NoStep(StepId),
    /// What it needs is not there.
    #[error("step {0} has no result yet")]
    NoResult(StepId),
    /// A list that something is to be taken from is empty.
    #[error("step {0} found nothing to go on with")]
    Nothing(StepId),
    /// An element is asked for where there is none.
    #[error("there is no element to take from")]
    NoElement,
    /// What a step is to be done for is no list.
    #[error("the result of {list} is no list, for each element of which {step} is done")]
    NoList {
        /// What is no list.
        list: StepId,
        /// The step.
        step: StepId,
    },
    /// The candidate is of another kind than the action.
    #[error("{executor} cannot do {action}")]
    NotAble {
        /// The candidate.
        executor: String,
        /// The action.
        action: String,
    },
}

/// The arguments of a call. `element` is the one it is done for; `results` gives what a step gave; `takes_first` tells the parameters that
/// take one thing, and are given the first of a list, and `takes_text` those for which numbers are written out.
pub(super) fn arguments(
    bindings: &BTreeMap<String, Binding>,
    element: Option<&Value>,
    results: &dyn Fn(&StepId) -> Result<Value, Unready>,
    takes_first: &dyn Fn(&str) -> bool,
    takes_text: &dyn Fn(&str) -> bool,
) -> Result<Arguments, Unready> {
    let mut bound = Arguments::new();
    for (parameter, binding) in bindings {
        let value = bind(binding, element, results, takes_first(parameter))?;
        bound.insert(parameter.clone(), if takes_text(parameter) { written(value) } else { value });
    }
    Ok(bound)
}

/// The value with numbers and truth values written out, also in a list; a record and a list of records as JSON.
fn written(value: Value) -> Value {
    match value {
        Value::Number(number) => Value::String(number.to_string()),
        Value::Bool(truth) => Value::String(truth.to_string()),
        Value::Array(elements) if elements.iter().any(Value::is_object) => {
            Value::String(Value::Array(elements).to_string())
        }
        Value::Array(elements) => elements.into_iter().map(written).collect(),
        record @ Value::Object(_) => Value::String(record.to_string()),
        other => other,
    }
}

fn bind(
    binding: &Binding,
    item: Option<&Value>,
    results: &dyn Fn(&StepId) -> Result<Value, Unready>,
    first: bool,
) -> Result<Value, Unready> {
    match binding {
        Binding::Value(value) => Ok(value.clone()),
        Binding::From { step } => match results(step)? {
            Value::Array(elements) if first => {
                elements.into_iter().next().ok_or_else(|| Unready::Nothing(step.clone()))
            }
            whole => Ok(whole),
        },
        Binding::Item { field: name } => {
            let element = item.ok_or(Unready::NoElement)?;
            Ok(name.as_ref().map_or_else(|| element.clone(), |name| field(element.clone(), name)))
        }
        Binding::List(bindings) => bindings.iter().map(|binding| bind(binding, item, results, first)).collect(),
    }
}

/// One field of a result; of a list, that field of every element. What is not there is null.
pub(super) fn field(result: Value, name: &str) -> Value {
    match result {
        Value::Array(elements) => elements.into_iter().map(|element| field(element, name)).collect(),
        Value::Object(mut fields) => fields.remove(name).unwrap_or_default(),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn arguments_are_put_together_from_results_and_elements() {
        let check = |binding: Value, first: bool, expected: Result<Value, &str>| {
            let bindings = BTreeMap::from([("x".to_owned(), Binding::from(binding))]);
            let results = |step: &StepId| match step.as_str() {
                "s1" => Ok(json!(["a", "b"])),
                "s2" => Ok(json!([])),
                _ => Err(Unready::NoResult(step.clone())),
            };
            let bound = arguments(&bindings, Some(&json!({"n": 1})), &results, &|_| first, &|_| false);
            let found = bound.map(|mut bound| bound.remove("x").unwrap());
            assert_eq!(found.map_err(|error| error.to_string()), expected.map_err(str::to_owned));
        };
        check(json!("v"), false, Ok(json!("v")));
        check(json!({"$from": "s1"}), false, Ok(json!(["a", "b"])));
        check(json!({"$from": "s1"}), true, Ok(json!("a")));
        check(json!([{"$from": "s1"}, "c"]), true, Ok(json!(["a", "c"])));
        check(json!({"$from": "item", "field": "n"}), false, Ok(json!(1)));
        check(json!({"$from": "item", "field": "m"}), false, Ok(Value::Null));
        check(json!({"$from": "s2"}), true, Err("step s2 found nothing to go on with"));
        check(json!({"$from": "s9"}), false, Err("step s9 has no result yet"));
    }

    #[test]
    fn numbers_are_written_out_where_a_text_is_taken() {
        let bindings = BTreeMap::from([("x".to_owned(), Binding::from(json!([{"$from": "item", "field": "n"}, "a"])))]);
        let results = |step: &StepId| Err(Unready::NoResult(step.clone()));
        let element = json!({"n": 1.5});
        let bound = arguments(&bindings, Some(&element), &results, &|_| false, &|_| true);
        assert_eq!(bound.unwrap()["x"], json!(["1.5", "a"]));
        let whole = BTreeMap::from([("x".to_owned(), Binding::from(json!({"$from": "s1"})))]);
        let records = |_: &StepId| Ok(json!([{"n": 1}, {"n": 2}]));
        let bound = arguments(&whole, None, &records, &|_| false, &|_| true);
        assert_eq!(bound.unwrap()["x"], json!(r#"[{"n":1},{"n":2}]"#));
        let record = |_: &StepId| Ok(json!({"n": 1}));
        let bound = arguments(&whole, None, &record, &|_| false, &|_| true);
        assert_eq!(bound.unwrap()["x"], json!(r#"{"n":1}"#));
    }
}
