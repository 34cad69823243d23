//! Tools: what they take, what they give, and what calling them does to the world.

use std::{fmt::Debug, ops::Range};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{Bytes, Content, Label, ToolId, Workload, joined};

/// Named arguments of one call, satisfying the tool's input schema.
pub type Arguments = Map<String, Value>;

/// What calling a tool does to the world. Only a pure tool is called to prepare what a request did not ask for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Nothing: the call may be repeated and its result cached.
    Pure,
    /// Doing it twice is doing it once: the call may be repeated.
    Idempotent,
    /// It can be undone by another call.
    Compensable,
    /// It cannot be undone: never repeated when its outcome is unknown. The default of a specification that does not say.
    #[default]
    Irreversible,
}

impl Effect {
    /// The effect that a tool's name suggests where none is stated: pure if the name, or the last part of a dotted one, begins with a verb that
    /// only reads or reckons, such as "get", "list" or "calculate", and no word of it says that something is changed too; irreversible otherwise.
    ///
    /// ```
    /// # use maestria_vocabulary::Effect;
    /// assert_eq!(Effect::suggested("getWeather"), Effect::Pure);
    /// assert_eq!(Effect::suggested("orders.list_open"), Effect::Pure);
    /// assert_eq!(Effect::suggested("getaway"), Effect::Irreversible);
    /// assert_eq!(Effect::suggested("get_messages_and_alerts"), Effect::Pure);
    /// assert_eq!(Effect::suggested("get_or_create_customer"), Effect::Irreversible);
    /// ```
    #[must_use]
    pub fn suggested(name: &str) -> Self {
        const READING: &[&str] = &[
            "get",
            "list",
            "search",
            "find",
            "fetch",
            "show",
            "lookup",
            "look",
            "describe",
            "count",
            "calculate",
            "calc",
            "compute",
            "convert",
            "estimate",
            "compare",
            "solve",
            "predict",
            "analyze",
            "analyse",
            "evaluate",
            "determine",
            "identify",
            "recommend",
            "detect",
            "classify",
            "is",
            "has",
        ];
        // Of "get_or_create" and "find_and_replace", the second.
        const CHANGING: &[&str] = &[
            "create", "add", "delete", "replace", "remove", "update", "send", "set", "write", "post", "book", "edit",
            "cancel", "save", "fix", "apply",
        ];
        const SHOWN: &[&str] = &["notification", "alert", "message", "toast"];
        let last = name.rsplit(['.', '/']).next().unwrap_or(name);
        let mut words: Vec<String> = Vec::new();
        let mut before = ' ';
        for c in last.chars() {
            match words.last_mut().filter(|_| before.is_alphanumeric() && !(before.is_lowercase() && c.is_uppercase()))
            {
                Some(word) if c.is_alphanumeric() => word.extend(c.to_lowercase()),
                _ if c.is_alphanumeric() => words.push(c.to_lowercase().collect()),
                _ => {}
            }
            before = c;
        }
        let is_in = |list: &[&str], word: &String| list.contains(&word.as_str());
        let reads = words.first().is_some_and(|first| is_in(READING, first));
        let also = words.windows(2).any(|pair| match pair {
            [joint, verb] => matches!(joint.as_str(), "and" | "or") && is_in(CHANGING, verb),
            _ => false,
        });
        // Who shows a message puts it before somebody, and who converts a lead makes it another thing.
        let acts = match words.first().map(String::as_str) {
            Some("show") => words.iter().any(|word| is_in(SHOWN, word)),
            Some("convert") => words.iter().any(|word| word == "lead"),
            _ => false,
        };
        if reads && !also && !acts { Self::Pure } else { Self::Irreversible }
    }
}

/// What a tool is, in the terms that choosing it and calling it need.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolSpec {
    /// Its name, unique among the tools of an application.
    pub id: ToolId,
    /// What it does, in a sentence; selection reads it.
    pub description: String,
    /// JSON Schema of its arguments: an object with one property per parameter.
    pub input: Value,
    /// JSON Schema of its result. Its `title` names the type along the edges of a plan.
    pub output: Value,
    /// What calling it does to the world.
    #[serde(default)]
    pub effect: Effect,
    /// Intents it serves; empty when its description alone shall decide.
    #[serde(default)]
    pub serves: Vec<Label>,
    /// Requests that it would serve, in a user's words; they sharpen selection.
    #[serde(default)]
    pub examples: Vec<String>,
}

impl ToolSpec {
    /// A tool without parameters, of any result, whose effect is taken to be irreversible.
    pub fn new(id: ToolId, description: impl Into<String>) -> Self {
        Self {
            id,
            description: description.into(),
            input: json!({"type": "object", "properties": {}}),
            output: json!({}),
            effect: Effect::default(),
            serves: Vec::new(),
            examples: Vec::new(),
        }
    }

    /// Sets the JSON Schema of the arguments.
    #[must_use]
    pub fn with_input(self, input: Value) -> Self {
        Self { input, ..self }
    }

    /// Sets the JSON Schema of the result.
    #[must_use]
    pub fn with_output(self, output: Value) -> Self {
        Self { output, ..self }
    }

    /// Says what calling it does to the world.
    #[must_use]
    pub fn with_effect(self, effect: Effect) -> Self {
        Self { effect, ..self }
    }

    /// Names the intents it serves.
    #[must_use]
    pub fn with_serves(self, serves: impl IntoIterator<Item = Label>) -> Self {
        Self { serves: serves.into_iter().collect(), ..self }
    }

    /// Gives example requests.
    #[must_use]
    pub fn with_examples(self, examples: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { examples: examples.into_iter().map(Into::into).collect(), ..self }
    }

    /// Its parameters with their schemas, in the order of the schema; none when the schema has no `properties`.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, &Value)> {
        let properties = self.input.get("properties").and_then(Value::as_object);
        properties.into_iter().flatten().map(|(name, schema)| (name.as_str(), schema))
    }

    /// The schema of this parameter, if the tool has it.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&Value> {
        self.input.get("properties")?.get(name)
    }

    /// Whether a call must give this parameter.
    #[must_use]
    pub fn requires(&self, parameter: &str) -> bool {
        let required = self.input.get("required").and_then(Value::as_array);
        required.is_some_and(|names| names.iter().any(|name| name == parameter))
    }
}

/// Something that acts: a function of the application, or a client of one elsewhere.
///
/// # Contract
/// `call` may be called by several tasks at once, with arguments that satisfy `spec().input`. Dropping the future stops the call as far
/// as its effect allows. `spec` is the same at every call.
///
/// A tool whose [`workload`](Self::workload) has several units implements [`call_part`](Self::call_part) too: the parts of a call, one after
/// the other and [joined](Self::join), give what the whole call gives. Parts are made when there is too little memory for the whole, or after a
/// [`ToolError::OutOfMemory`].
#[async_trait]
pub trait Tool: Debug + Send + Sync {
    /// What it is.
    fn spec(&self) -> &ToolSpec;

    /// Calls it.
    ///
    /// # Errors
    /// [`ToolError`], whose text is shown to the person who asked.
    async fn call(&self, arguments: Arguments) -> Result<Content, ToolError>;

    /// What a call with these arguments takes of memory, and how it can be done in parts. It is asked when all arguments are known, and answers at
    /// once. The tool that was asked does all parts, even if another takes its name meanwhile.
    fn workload(&self, arguments: &Arguments) -> Workload {
        let _ = arguments;
        Workload::default()
    }

    /// Does these units of a call, counted from zero.
    ///
    /// # Errors
    /// [`ToolError`], as [`call`](Self::call).
    async fn call_part(&self, arguments: Arguments, units: Range<u32>) -> Result<Content, ToolError> {
        let _ = arguments;
        let problem = format!("{} does no part of a call, so not units {units:?}", self.spec().id);
        Err(ToolError::InvalidInput { problem })
    }

    /// Makes one result of those of all parts, which are in the order of their units.
    ///
    /// # Errors
    /// [`ToolError`] when they do not go together.
    fn join(&self, parts: Vec<Content>) -> Result<Content, ToolError> {
        Ok(joined(parts))
    }
}

/// Why a tool gave no result. The text is for the person who asked: it names what was wrong and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ToolError {
    /// An argument satisfies its schema but cannot be used.
    #[error("{problem}")]
    InvalidArgument {
        /// The parameter.
        parameter: String,
        /// What is wrong with which value, and what would be right.
        problem: String,
        /// Values that would do, best first.
        options: Vec<Value>,
    },
    /// What the tool works on is not as it must be.
    #[error("{problem}")]
    InvalidInput {
        /// What is wrong, where, and what to do.
        problem: String,
    },
    /// There was too little memory. Nothing was done of the call, or of the part of it: it is done in smaller parts, if it has several
    /// and is not one of the calls for the elements of a list.
    #[error("the tool needs {needed} of memory")]
    OutOfMemory {
        /// Memory that it would have taken.
        needed: Bytes,
    },
    /// The tool broke, or something it needs did.
    #[error("the tool failed while {doing}")]
    Failed {
        /// What it was doing.
        doing: String,
        /// What went wrong below.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl ToolError {
    /// An [`InvalidArgument`](Self::InvalidArgument) without suggestions.
    pub fn invalid_argument(parameter: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::InvalidArgument { parameter: parameter.into(), problem: problem.into(), options: Vec::new() }
    }

    /// A [`Failed`](Self::Failed) with its cause.
    pub fn failed(doing: impl Into<String>, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Failed { doing: doing.into(), source: Box::new(source) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spec_without_properties_has_no_parameters() {
        let spec = ToolSpec::new("t".parse().unwrap(), "does").with_input(json!("not a schema"));
        assert_eq!(spec.parameters().count(), 0);
        assert!(!spec.requires("x"));
    }

    #[test]
    fn an_effect_that_is_not_stated_is_the_most_dangerous_one() {
        let spec: ToolSpec =
            serde_json::from_value(json!({"id": "t", "description": "", "input": {}, "output": {}})).unwrap();
        assert_eq!(spec.effect, Effect::Irreversible);
    }
}
