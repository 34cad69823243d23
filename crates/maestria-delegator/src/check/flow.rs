//! Which types flow along the edges of a plan: what a step gives, and whether that can be taken, compared, or gone through.

use std::collections::BTreeSet;

use maestria_vocabulary::{Comparison, StepId};
use serde_json::{Value, json};

use crate::{
    Action, Binding, Catalog, Guard, PlanError, Step,
    catalog::{agrees, answer_schema},
};

/// The schema of the result of a step among `steps`.
pub(crate) fn result(step: &Step, steps: &[Step], catalog: &Catalog) -> Value {
    let once = match &step.action {
        Action::Call { tool, .. } => catalog.get(tool).map(|tool| tool.output.clone()).unwrap_or_default(),
        Action::Select { input, field } => {
            // Fields are taken of the results of calls, not of fields: no chain of them can be a circle.
            let call = steps.iter().find(|step| step.id == *input && matches!(step.action, Action::Call { .. }));
            let whole = call.map(|step| result(step, &[], catalog)).unwrap_or_default();
            field_of(&whole, field).unwrap_or_default()
        }
        Action::Ask { .. } | Action::Synthesize { .. } => answer_schema(),
    };
    if step.each.is_some() { json!({"type": "array", "items": once}) } else { once }
}

/// The schema of the elements of a list; nothing for what is no list. What says nothing of itself may be one.
pub(crate) fn element(list: &Value) -> Option<Value> {
    match word(list, "type") {
        Some("array") => Some(list.get("items").cloned().unwrap_or_default()),
        None if list.get("properties").is_none() => Some(Value::default()),
        _ => None,
    }
}

/// The schema of a field of a result; of a list, the list of that field of every element. Nothing when there is no such field. Fields of
/// what says nothing of its fields may be anything.
pub(crate) fn field_of(whole: &Value, field: &str) -> Option<Value> {
    if word(whole, "type") == Some("array") {
        let items = field_of(whole.get("items").unwrap_or(&Value::Null), field)?;
        return Some(json!({"type": "array", "items": items}));
    }
    match (whole.get("properties").and_then(Value::as_object), word(whole, "type")) {
        (Some(properties), _) => properties.get(field).cloned(),
        (None, None | Some("object")) => Some(Value::default()),
        (None, Some(_)) => None,
    }
}

/// Whether a result of schema `output` may be bound to a parameter of schema `input`: it agrees, or it is a list whose first element does.
pub(crate) fn feeds(output: &Value, input: &Value) -> bool {
    let first = || (word(output, "type") == Some("array")).then(|| output.get("items")).flatten();
    agrees(output, input) || first().is_some_and(|items| feeds(items, input))
}

/// The parameters that take one thing and are given what is a list, or a list of such.
pub(crate) fn first_of(steps: &[Step], catalog: &Catalog) -> BTreeSet<(StepId, String)> {
    let mut found = BTreeSet::new();
    for step in steps {
        let Action::Call { tool, arguments } = &step.action else { continue };
        let Some(spec) = catalog.get(tool) else { continue };
        for (parameter, schema) in spec.parameters() {
            let inner;
            let (bindings, schema) = match arguments.get(parameter) {
                Some(Binding::List(elements)) => {
                    inner = element(schema).unwrap_or_default();
                    (elements.as_slice(), &inner)
                }
                Some(one) => (std::slice::from_ref(one), schema),
                None => continue,
            };
            let gives = |binding: &Binding| match binding {
                Binding::From { step: input } => {
                    let input = steps.iter().find(|step| step.id == *input)?;
                    Some(result(input, steps, catalog))
                }
                _ => None,
            };
            if bindings.iter().filter_map(gives).any(|output| !agrees(&output, schema)) {
                found.insert((step.id.clone(), parameter.to_owned()));
            }
        }
    }
    found
}

/// The parameters that take a text and are given what an earlier step gives.
pub(crate) fn texts_of(steps: &[Step], catalog: &Catalog) -> BTreeSet<(StepId, String)> {
    let calls = steps.iter().filter_map(|step| match &step.action {
        Action::Call { tool, arguments } => Some((step, catalog.get(tool)?, arguments)),
        _ => None,
    });
    let takes_text = |schema: &Value| {
        word(schema, "type") == Some("string")
            || element(schema).is_some_and(|items| word(&items, "type") == Some("string"))
    };
    let given = calls.flat_map(|(step, spec, arguments)| {
        let bound = spec.parameters().filter(move |(name, schema)| {
            takes_text(schema) && !matches!(arguments.get(*name), None | Some(Binding::Value(_)))
        });
        bound.map(move |(name, _)| (step.id.clone(), name.to_owned()))
    });
    given.collect()
}

/// What a step may take from.
pub(super) struct Sources<'a> {
    /// The schema of what a step gives.
    pub(super) output: &'a dyn Fn(&StepId) -> Value,
    /// The schema of the element for which the step is done.
    pub(super) element: Option<Value>,
}

impl Sources<'_> {
    /// Whether `parameter` of `schema` may be given `binding`.
    pub(super) fn check(
        &self,
        step: &StepId,
        parameter: &str,
        binding: &Binding,
        schema: &Value,
    ) -> Result<(), PlanError> {
        let mismatch = |input: &StepId| PlanError::TypeMismatch {
            step: step.clone(),
            parameter: parameter.to_owned(),
            input: input.clone(),
        };
        match binding {
            Binding::From { step: input } if feeds(&(self.output)(input), schema) => Ok(()),
            Binding::From { step: input } => Err(mismatch(input)),
            Binding::Item { field } => {
                let no_element = || PlanError::NoElement { step: step.clone(), parameter: parameter.to_owned() };
                let element = self.element.as_ref().ok_or_else(no_element)?;
                let output = match field {
                    Some(field) => field_of(element, field).ok_or_else(|| mismatch(step))?,
                    None => element.clone(),
                };
                if feeds(&output, schema) { Ok(()) } else { Err(mismatch(step)) }
            }
            Binding::List(elements) => {
                let inner = element(schema).ok_or_else(|| mismatch(step))?;
                elements.iter().try_for_each(|element| self.check(step, parameter, element, &inner))
            }
            // Values are checked together, by the schema of all arguments.
            Binding::Value(_) => Ok(()),
        }
    }
}

/// Checks that what `step` is done for is a list; gives the schema of its elements.
pub(super) fn check_each(step: &Step, output: &impl Fn(&StepId) -> Value) -> Result<Option<Value>, PlanError> {
    let Some(list) = &step.each else { return Ok(None) };
    if !matches!(step.action, Action::Call { .. }) {
        return Err(PlanError::NotRepeatable { step: step.id.clone() });
    }
    let not_a_list = || PlanError::NotAList { step: step.id.clone(), input: list.clone() };
    element(&output(list)).ok_or_else(not_a_list).map(Some)
}

/// Checks that the result of `input` has `field`.
pub(super) fn check_field(step: &StepId, input: &StepId, field: &str, output: &Value) -> Result<(), PlanError> {
    let unknown = || PlanError::UnknownField { step: step.clone(), input: input.clone(), field: field.to_owned() };
    field_of(output, field).map(drop).ok_or_else(unknown)
}

/// Checks that what `step` depends on can be told.
pub(super) fn check_guard(step: &Step, output: &impl Fn(&StepId) -> Value) -> Result<(), PlanError> {
    let Some(guard) = &step.when else { return Ok(()) };
    let whole = output(&guard.step);
    let compared = match &guard.field {
        Some(field) => {
            check_field(&step.id, &guard.step, field, &whole)?;
            let looked_at = if word(&whole, "type") == Some("array") { element(&whole) } else { Some(whole) };
            looked_at.and_then(|one| field_of(&one, field)).unwrap_or_default()
        }
        None => whole,
    };
    let incomparable = || PlanError::Incomparable { step: step.id.clone(), guard: guard.clone() };
    if comparable(guard, &compared) { Ok(()) } else { Err(incomparable()) }
}

/// Whether a guard can compare what has the schema `compared`.
fn comparable(guard: &Guard, compared: &Value) -> bool {
    let kind = word(compared, "type");
    let among = compared.get("enum").and_then(Value::as_array).is_none_or(|options| options.contains(&guard.value));
    let same = match kind {
        None => true,
        Some("number" | "integer") => guard.value.is_number(),
        Some("string") => guard.value.is_string(),
        Some("boolean") => guard.value.is_boolean(),
        Some("array") => guard.value.is_array(),
        Some("object") => guard.value.is_object(),
        Some(_) => guard.value.is_null(),
    };
    match guard.op {
        Comparison::Equal | Comparison::NotEqual => same && among,
        Comparison::Greater | Comparison::Less => same && matches!(guard.value, Value::Number(_) | Value::String(_)),
        Comparison::Contains => match kind {
            Some("string") => guard.value.is_string(),
            Some("array") | None => true,
            Some(_) => false,
        },
    }
}

fn word<'a>(schema: &'a Value, key: &str) -> Option<&'a str> {
    schema.get(key).and_then(Value::as_str)
}
