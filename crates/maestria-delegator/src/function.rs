//! Tools in the form in which function calling describes them: read from a file as people have it, told from real ones.

use maestria_vocabulary::{Effect, InvalidId, ToolId, ToolSpec};
use serde_json::{Map, Value, json};

/// Why a description of tools cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FunctionError {
    /// The text is neither JSON nor JSON lines.
    #[error("line {line} is not JSON: give an array of tools, one tool, or one tool a line")]
    Json {
        /// The line, from one.
        line: usize,
        /// What the parser says.
        #[source]
        source: serde_json::Error,
    },
    /// A tool is not an object.
    #[error("tool {place} is {found}: give an object with `name`, `description` and `parameters`")]
    NotAnObject {
        /// Its place, from one.
        place: usize,
        /// What stands there.
        found: &'static str,
    },
    /// A tool has no name.
    #[error("tool {place} has no `name`: give it one")]
    Unnamed {
        /// Its place, from one.
        place: usize,
    },
    /// A name cannot be one.
    #[error("the name of tool {place} cannot be used")]
    Name {
        /// Its place, from one.
        place: usize,
        /// Why not.
        #[source]
        source: InvalidId,
    },
    /// The effect of a tool is none of those there are.
    #[error("the effect of tool {tool} is {effect}: give pure, idempotent, compensable or irreversible")]
    Effect {
        /// The tool.
        tool: ToolId,
        /// What was given.
        effect: Value,
    },
}

/// Reads tools from a JSON array, a single JSON object, an object that has them under `tools` or `functions`, or JSON lines. Every tool is
/// an object with `name`, `description` and `parameters` (JSON Schema), by itself or under `function`; `returns` (JSON Schema of the
/// result), `effect` and `examples` are optional. Where no effect is given, it is what the name [suggests](Effect::suggested).
///
/// Names of types that are not JSON Schema's are understood: `dict`, `float`, `tuple`, `str` and others that data sets use.
///
/// ```
/// let tools = maestria_delegator::read_functions(r#"{"name": "math.add", "parameters": {"type": "dict", "properties": {"a": {"type": "float"}}}}"#)?;
/// assert_eq!(tools[0].id.as_str(), "math.add");
/// assert_eq!(tools[0].input["properties"]["a"]["type"], "number");
/// # Ok::<(), maestria_delegator::FunctionError>(())
/// ```
///
/// # Errors
/// [`FunctionError`] of the first tool that cannot be read. Whether its schemas can be used is checked by [`Catalog`](crate::Catalog).
pub fn read_functions(text: &str) -> Result<Vec<ToolSpec>, FunctionError> {
    let values = match serde_json::from_str(text) {
        Ok(Value::Array(tools)) => tools,
        Ok(Value::Object(mut object)) => match object.remove("tools").or_else(|| object.remove("functions")) {
            Some(Value::Array(tools)) => tools,
            Some(other) => vec![other],
            None => vec![Value::Object(object)],
        },
        Ok(other) => vec![other],
        Err(_) => lines(text)?,
    };
    values.into_iter().enumerate().map(|(i, value)| tool(i + 1, value)).collect()
}

fn lines(text: &str) -> Result<Vec<Value>, FunctionError> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(i, line)| serde_json::from_str(line).map_err(|source| FunctionError::Json { line: i + 1, source }))
        .collect()
}

fn tool(place: usize, value: Value) -> Result<ToolSpec, FunctionError> {
    let found = kind(&value);
    let Value::Object(mut object) = value else { return Err(FunctionError::NotAnObject { place, found }) };
    let outer = object.clone();
    if let Some(Value::Object(function)) = object.remove("function") {
        object = function;
    }
    let name = object.get("name").and_then(Value::as_str).ok_or(FunctionError::Unnamed { place })?;
    let id = ToolId::new(name).map_err(|source| FunctionError::Name { place, source })?;
    let field = |name: &str| object.get(name).or_else(|| outer.get(name)).filter(|value| !value.is_null());
    let description = field("description").and_then(Value::as_str).unwrap_or_default();
    let effect = match field("effect") {
        None => Effect::suggested(name),
        Some(effect) => serde_json::from_value(effect.clone())
            .map_err(|_| FunctionError::Effect { tool: id.clone(), effect: effect.clone() })?,
    };
    let examples = field("examples").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let returns = field("returns").cloned().map_or_else(|| json!({}), usual);
    Ok(ToolSpec::new(id, description)
        .with_input(arguments(field("parameters").cloned()))
        .with_output(returns)
        .with_effect(effect)
        .with_examples(examples))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// The schema of the arguments; without one, or without `properties`, the tool takes none.
fn arguments(schema: Option<Value>) -> Value {
    let Some(Value::Object(mut schema)) = schema.map(usual) else { return json!({"type": "object", "properties": {}}) };
    schema.entry("type").or_insert_with(|| json!("object"));
    schema.entry("properties").or_insert_with(|| json!({}));
    Value::Object(schema)
}

/// A schema with the usual names of types. What is no JSON Schema is put right: `required: true` of a property becomes a name in the list of
/// its object, and a single value under `examples` a list.
fn usual(schema: Value) -> Value {
    let Value::Object(schema) = schema else { return schema };
    let mut usual_schema = Map::new();
    let mut required: Vec<Value> = Vec::new();
    for (key, value) in schema {
        let value = match (key.as_str(), value) {
            ("type", Value::String(name)) => match type_name(&name) {
                Some(name) => Value::from(name),
                None => continue,
            },
            ("type", Value::Array(names)) => {
                let known = names.iter().filter_map(Value::as_str).filter_map(type_name);
                known.map(Value::from).collect()
            }
            ("properties", Value::Object(properties)) => {
                let marked = properties.iter().filter(|(_, property)| property.get("required") == Some(&json!(true)));
                required.extend(marked.map(|(name, _)| Value::from(name.as_str())));
                properties.into_iter().map(|(name, property)| (name, usual(property))).collect()
            }
            ("items" | "additionalProperties" | "not", inner) => usual(inner),
            ("anyOf" | "oneOf" | "allOf", Value::Array(inner)) => inner.into_iter().map(usual).collect(),
            ("required", Value::Bool(_)) | ("optional", _) => continue,
            ("examples", example) if !example.is_array() => Value::Array(vec![example]),
            ("required", Value::Array(names)) => {
                required.extend(names);
                continue;
            }
            (_, value) => value,
        };
        usual_schema.insert(key, value);
    }
    let mut seen: Vec<Value> = Vec::new();
    required.retain(|name| {
        !seen.contains(name) && {
            seen.push(name.clone());
            true
        }
    });
    if !required.is_empty() {
        usual_schema.insert("required".to_owned(), Value::Array(required));
    }
    Value::Object(usual_schema)
}

/// JSON Schema's name of a type; none for one that stands for any.
fn type_name(name: &str) -> Option<&str> {
    Some(match name.to_lowercase().as_str() {
        "dict" | "map" | "hashmap" | "object" => "object",
        "float" | "double" | "decimal" | "number" => "number",
        "int" | "long" | "integer" => "integer",
        "tuple" | "list" | "set" | "array" | "arraylist" => "array",
        "str" | "char" | "string" => "string",
        "bool" | "boolean" => "boolean",
        "null" | "none" => "null",
        "any" => return None,
        _ => return Some(name),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Catalog;

    fn check(text: &str, expected: Result<&[&str], &str>) {
        let read = read_functions(text).map_err(|error| error.to_string());
        let names = read.as_ref().map(|tools| tools.iter().map(|tool| tool.id.as_str()).collect::<Vec<_>>());
        assert_eq!(names.as_deref().map_err(|error| error.as_str()), expected, "{text}");
    }

    #[test]
    fn tools_come_in_several_forms() {
        check(r#"[{"name": "a"}, {"type": "function", "function": {"name": "b.c"}}]"#, Ok(&["a", "b.c"]));
        check(r#"{"name": "a"}"#, Ok(&["a"]));
        check(r#"{"tools": [{"name": "a"}]}"#, Ok(&["a"]));
        check("{\"name\": \"a\"}\n\n{\"name\": \"b\"}\n", Ok(&["a", "b"]));
        check("", Ok(&[]));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        check("[1]", Err("tool 1 is a number: give an object with `name`, `description` and `parameters`"));
        check(r#"[{"name": "a"}, {"description": "b"}]"#, Err("tool 2 has no `name`: give it one"));
        check("{\"name\": \"a\"}\n{", Err("line 2 is not JSON: give an array of tools, one tool, or one tool a line"));
        check(
            r#"{"name": "a", "effect": "big"}"#,
            Err("the effect of tool a is \"big\": give pure, idempotent, compensable or irreversible"),
        );
        check(r#"{"name": " "}"#, Err("the name of tool 1 cannot be used"));
    }

    #[test]
    fn schemas_of_real_files_become_json_schemas() {
        let text = r#"{"name": "t", "parameters": {"type": "dict", "properties": {
            "point": {"type": "tuple", "items": {"type": "float"}, "required": true},
            "any": {"type": "any", "optional": true, "examples": "a, b"}, "maybe": {"type": ["str", "null"]}}, "required": ["maybe"]}}"#;
        let [tool] = read_functions(text).unwrap().try_into().unwrap();
        let expected = json!({"type": "object", "required": ["point", "maybe"], "properties": {
            "point": {"type": "array", "items": {"type": "number"}}, "any": {"examples": ["a, b"]}, "maybe": {"type": ["string", "null"]}}});
        assert_eq!(tool.input, expected);
        assert!(Catalog::new([tool]).is_ok());
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "(\\{|\\}|\\[|\\]|\"name\"|\"a\"|:|,|\"parameters\"|\"type\"|\\PC){0,30}") {
            let _ = read_functions(&text);
        }
    }
}
