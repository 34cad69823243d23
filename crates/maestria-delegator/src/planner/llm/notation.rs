//! The notation in which a language model writes a plan, and the steps it stands for. It is that of a plan as JSON elsewhere.

use std::collections::BTreeMap;

use maestria_vocabulary::{Capability, StepId, ToolId};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{AnswerError, Brief};
use crate::{Action, Binding, Guard, Step};

/// The name that stands for the material of the request.
pub(super) const MATERIAL: &str = "material";

/// An answer as it is written.
#[derive(Debug, Deserialize)]
pub(super) struct Written {
    steps: Vec<WrittenStep>,
    #[serde(default)]
    pub(super) missing: Vec<WrittenQuestion>,
}

#[derive(Debug, Deserialize)]
struct WrittenStep {
    id: StepId,
    #[serde(default)]
    tool: Option<ToolId>,
    #[serde(default)]
    arguments: Option<Map<String, Value>>,
    #[serde(default)]
    ask: Option<String>,
    #[serde(default)]
    requires: Option<Capability>,
    #[serde(default)]
    inputs: Option<Vec<StepId>>,
    #[serde(default)]
    after: Option<Vec<StepId>>,
    #[serde(default)]
    when: Option<Guard>,
    #[serde(default)]
    each: Option<StepId>,
}

/// What the model wants to know.
#[derive(Debug, Deserialize)]
pub(super) struct WrittenQuestion {
    pub(super) tool: ToolId,
    pub(super) parameter: String,
    #[serde(default)]
    pub(super) question: Option<String>,
}

/// The JSON Schema of an answer that may call `tools` and ask models for `abilities`.
pub(super) fn schema(tools: &[&ToolId], abilities: &[Capability]) -> Value {
    let (text, texts) = (json!({"type": "string"}), json!({"type": "array", "items": {"type": "string"}}));
    let mut step = json!({
        "id": text, "tool": {"enum": tools}, "arguments": {"type": "object"},
        "after": texts, "when": {"type": "object"}, "each": text,
    });
    if let Some(step) = step.as_object_mut().filter(|_| !abilities.is_empty()) {
        step.extend([
            ("ask".to_owned(), text.clone()),
            ("requires".to_owned(), json!({"enum": abilities})),
            ("inputs".to_owned(), texts),
        ]);
    }
    let question = json!({"type": "object", "properties": {"tool": text, "parameter": text, "question": text}});
    json!({"type": "object", "required": ["steps"], "properties": {
        "steps": {"type": "array", "items": {"type": "object", "properties": step, "required": ["id"]}},
        "missing": {"type": "array", "items": question},
    }})
}

impl Written {
    /// Reads an answer that is JSON.
    pub(super) fn of(answer: Value) -> Result<Self, AnswerError> {
        serde_json::from_value(answer).map_err(|error| AnswerError::NotAPlan { problem: error.to_string() })
    }

    /// The steps that it stands for, and what is wrong with the way they are written.
    pub(super) fn steps(&mut self, brief: &Brief) -> (Vec<Step>, Vec<AnswerError>) {
        let (mut steps, mut problems) = (Vec::new(), Vec::new());
        for written in std::mem::take(&mut self.steps) {
            let WrittenStep { id, tool, arguments, ask, requires, inputs, after, when, each } = written;
            let action = match (tool, ask) {
                (Some(tool), None) => {
                    let mut reader = Reader { step: &id, brief, selects: &mut steps, problems: &mut problems };
                    let arguments = reader.arguments(&tool, arguments.unwrap_or_default());
                    Action::Call { tool, arguments }
                }
                (None, Some(instruction)) => match requires {
                    Some(requires) if brief.abilities.contains(&requires) => {
                        Action::Ask { instruction, requires, inputs: inputs.unwrap_or_default() }
                    }
                    Some(ability) => {
                        problems.push(AnswerError::UnknownAbility { step: id, ability });
                        continue;
                    }
                    None => {
                        problems.push(AnswerError::Undecided { step: id });
                        continue;
                    }
                },
                _ => {
                    problems.push(AnswerError::Undecided { step: id });
                    continue;
                }
            };
            let step = Step::new(id, action).with_after(after.unwrap_or_default());
            steps.push(Step { when, each, ..step });
        }
        (steps, problems)
    }
}

/// What reads the arguments of one step.
struct Reader<'a> {
    step: &'a StepId,
    brief: &'a Brief,
    /// The steps so far: what takes a field of a result is a step of its own.
    selects: &'a mut Vec<Step>,
    problems: &'a mut Vec<AnswerError>,
}

impl Reader<'_> {
    fn arguments(&mut self, tool: &ToolId, written: Map<String, Value>) -> BTreeMap<String, Binding> {
        let read = written.into_iter().map(|(name, value)| {
            let binding = self.binding(&name, value);
            (name, binding)
        });
        let mut arguments: BTreeMap<String, Binding> = read.collect();
        // What the person said is not the model's to change.
        let presets = self.brief.presets.iter().filter(|preset| preset.tool == *tool);
        arguments.extend(presets.map(|preset| (preset.parameter.clone(), Binding::Value(preset.value.clone()))));
        arguments
    }

    fn binding(&mut self, parameter: &str, value: Value) -> Binding {
        match value {
            Value::Object(object) => self.reference(parameter, object),
            Value::Array(elements) if elements.iter().any(is_reference) => {
                Binding::List(elements.into_iter().map(|element| self.binding(parameter, element)).collect())
            }
            other => self.plain(parameter, other),
        }
    }

    fn reference(&mut self, parameter: &str, object: Map<String, Value>) -> Binding {
        let material = || Some(Binding::Value(Value::from(self.brief.material.as_deref()?)));
        match (object.get("$from").and_then(Value::as_str), object.get("field").and_then(Value::as_str)) {
            (None, _) => self.plain(parameter, Value::Object(object)),
            (Some(MATERIAL), None) => material().unwrap_or_else(|| Binding::from(Value::Object(object))),
            (Some(from), Some(field)) if from != crate::plan::ITEM => match self.select(from, field) {
                Some(binding) => binding,
                None => self.plain(parameter, Value::Object(object)),
            },
            (Some(_), _) => match Binding::from(Value::Object(object)) {
                Binding::Value(value) => self.plain(parameter, value),
                binding => binding,
            },
        }
    }

    /// A value that is what it says; a reference within would be passed on as it is written.
    fn plain(&mut self, parameter: &str, value: Value) -> Binding {
        if has_reference(&value) {
            let (step, parameter) = (self.step.clone(), parameter.to_owned());
            self.problems.push(AnswerError::InnerReference { step, parameter });
        }
        Binding::Value(value)
    }

    fn select(&mut self, input: &str, field: &str) -> Option<Binding> {
        let (input, id) = (StepId::new(input).ok()?, StepId::new(format!("{input}.{field}")).ok()?);
        if self.selects.iter().all(|step| step.id != id) {
            self.selects.push(Step::new(id.clone(), Action::Select { input, field: field.to_owned() }));
        }
        Some(Binding::From { step: id })
    }
}

fn is_reference(value: &Value) -> bool {
    value.get("$from").is_some()
}

fn has_reference(value: &Value) -> bool {
    match value {
        Value::Array(elements) => elements.iter().any(has_reference),
        Value::Object(fields) => fields.contains_key("$from") || fields.values().any(has_reference),
        _ => false,
    }
}
