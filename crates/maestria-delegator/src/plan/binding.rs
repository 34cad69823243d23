//! Where an argument comes from.

use std::fmt;

use maestria_vocabulary::StepId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Where an argument comes from.
///
/// As JSON a value is itself, the result of a step is `{"$from": "s1"}`, the element at hand is `{"$from": "item"}`, with `field` for one
/// field of it, and several are an array of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Value", into = "Value")]
pub enum Binding {
    /// The result of an earlier step. A list gives its first element to a parameter that takes one thing.
    From {
        /// The step.
        step: StepId,
    },
    /// The element for which the step is done, or one field of it.
    Item {
        /// The field; the whole element without one.
        field: Option<String>,
    },
    /// Several, as one list.
    List(Vec<Binding>),
    /// A value known from the start.
    Value(Value),
}

/// The name that stands for the element for which a step is done.
pub(crate) const ITEM: &str = "item";

impl Binding {
    /// The steps whose results it takes.
    pub(crate) fn steps(&self) -> Box<dyn Iterator<Item = &StepId> + '_> {
        match self {
            Self::From { step } => Box::new(std::iter::once(step)),
            Self::List(elements) => Box::new(elements.iter().flat_map(Self::steps)),
            Self::Item { .. } | Self::Value(_) => Box::new(std::iter::empty()),
        }
    }
}

impl From<Value> for Binding {
    fn from(value: Value) -> Self {
        match value {
            Value::Object(object) => reference(&object).unwrap_or(Self::Value(Value::Object(object))),
            Value::Array(elements) => {
                let refers = |value: &Value| value.as_object().is_some_and(|object| reference(object).is_some());
                if elements.iter().any(refers) {
                    Self::List(elements.into_iter().map(Self::from).collect())
                } else {
                    Self::Value(Value::Array(elements))
                }
            }
            other => Self::Value(other),
        }
    }
}

/// What `{"$from": …}` stands for; nothing where it names no step.
fn reference(object: &Map<String, Value>) -> Option<Binding> {
    let from = object.get("$from")?.as_str()?;
    let field = object.get("field").and_then(Value::as_str).map(str::to_owned);
    match (from, field, object.len()) {
        (ITEM, field @ Some(_), 2) => Some(Binding::Item { field }),
        (ITEM, None, 1) => Some(Binding::Item { field: None }),
        (step, None, 1) => Some(Binding::From { step: StepId::new(step).ok()? }),
        _ => None,
    }
}

impl From<Binding> for Value {
    fn from(binding: Binding) -> Self {
        match binding {
            Binding::From { step } => json!({"$from": step}),
            Binding::Item { field: Some(field) } => json!({"$from": ITEM, "field": field}),
            Binding::Item { field: None } => json!({"$from": ITEM}),
            Binding::List(elements) => elements.into_iter().map(Self::from).collect(),
            Binding::Value(value) => value,
        }
    }
}

impl fmt::Display for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::From { step } => step.fmt(f),
            Self::Item { field: Some(field) } => write!(f, "{field} of the element"),
            Self::Item { field: None } => f.write_str("the element"),
            Self::List(elements) => {
                f.write_str("[")?;
                for (i, element) in elements.iter().enumerate() {
                    write!(f, "{}{element}", if i > 0 { ", " } else { "" })?;
                }
                f.write_str("]")
            }
            Self::Value(value) => value.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bindings_come_back_from_json_as_they_were() {
        let step = || Binding::From { step: "s1".parse().unwrap() };
        let bindings = [
            step(),
            Binding::Item { field: None },
            Binding::Item { field: Some("url".into()) },
            Binding::List(vec![step(), Binding::Value(json!("a"))]),
            Binding::Value(json!(["a", 1])),
            Binding::Value(json!({"$from": 1})),
        ];
        for binding in bindings {
            let text = serde_json::to_string(&binding).unwrap();
            assert_eq!(serde_json::from_str::<Binding>(&text).unwrap(), binding, "{text}");
        }
    }
}
