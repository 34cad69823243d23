//! The tools a plan may call, with their schemas compiled, and which results fit which parameters.

mod sound;

use std::{collections::BTreeMap, sync::Arc};

use jsonschema::Validator;
use maestria_vocabulary::{Arguments, ToolId, ToolSpec};
use serde_json::{Value, json};

pub use self::sound::SchemaProblem;

/// The tools of an application by name.
#[derive(Debug, Clone, Default)]
pub struct Catalog(BTreeMap<ToolId, Arc<Entry>>);

#[derive(Debug)]
struct Entry {
    spec: ToolSpec,
    /// Checks all arguments of a call.
    whole: Validator,
    /// Checks the arguments that are known when a call is planned: the same schema without what it requires.
    partial: Validator,
}

/// Why a tool is not taken into a catalog.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogError {
    /// Two tools have one name.
    #[error("two tools are called {tool}: give one of them another name")]
    Duplicate {
        /// The name.
        tool: ToolId,
    },
    /// There is no tool of this name.
    #[error("there is no tool {tool}")]
    Unknown {
        /// The name.
        tool: ToolId,
    },
    /// The schema of a tool's arguments is no JSON Schema, or refers to what is not there.
    #[error("the input of tool {tool} is not a JSON Schema that can be used: {problem}")]
    Schema {
        /// The tool.
        tool: ToolId,
        /// The compiler's words.
        problem: String,
    },
    /// The schema of a tool's arguments is one, and cannot be worked with: it has no bounds, or nothing satisfies it.
    #[error("the input of tool {tool} cannot be worked with")]
    Unsound {
        /// The tool.
        tool: ToolId,
        /// Why not.
        #[source]
        problem: SchemaProblem,
    },
    /// The schema of a tool's result is no JSON Schema, or cannot be worked with.
    #[error("the output of tool {tool} cannot be worked with: {problem}")]
    Output {
        /// The tool.
        tool: ToolId,
        /// Why not.
        problem: String,
    },
}

impl Catalog {
    /// A catalog of these tools.
    ///
    /// # Errors
    /// [`CatalogError`] of the first tool that cannot be taken.
    pub fn new(tools: impl IntoIterator<Item = ToolSpec>) -> Result<Self, CatalogError> {
        let mut catalog = Self::default();
        tools.into_iter().try_for_each(|tool| catalog.insert(tool))?;
        Ok(catalog)
    }

    /// Adds a tool and compiles its schema.
    ///
    /// # Errors
    /// [`CatalogError`]; the catalog is unchanged then.
    pub fn insert(&mut self, spec: ToolSpec) -> Result<(), CatalogError> {
        if self.0.contains_key(&spec.id) {
            return Err(CatalogError::Duplicate { tool: spec.id });
        }
        Self::check_bounds(&spec)?;
        let output = |problem: String| CatalogError::Output { tool: spec.id.clone(), problem };
        jsonschema::meta::validate(&spec.output).map_err(|error| output(error.to_string()))?;
        let compile = |schema: &Value| {
            let unusable = |problem: String| CatalogError::Schema { tool: spec.id.clone(), problem };
            jsonschema::validator_for(schema).map_err(|error| unusable(error.to_string()))
        };
        let mut without_required = spec.input.clone();
        if let Some(schema) = without_required.as_object_mut() {
            schema.remove("required");
        }
        let (whole, partial) = (compile(&spec.input)?, compile(&without_required)?);
        self.0.insert(spec.id.clone(), Arc::new(Entry { spec, whole, partial }));
        Ok(())
    }

    /// Checks what must hold of a tool's schemas before they may even be copied: their depth, their size, and that they end and are
    /// satisfied by something. [`insert`](Self::insert) checks it too.
    ///
    /// # Errors
    /// [`CatalogError::Unsound`] or [`CatalogError::Output`].
    pub fn check_bounds(spec: &ToolSpec) -> Result<(), CatalogError> {
        let unsound = |problem| CatalogError::Unsound { tool: spec.id.clone(), problem };
        sound::check_arguments(&spec.input).map_err(unsound)?;
        let output =
            |problem: SchemaProblem| CatalogError::Output { tool: spec.id.clone(), problem: problem.to_string() };
        sound::check(&spec.output).map_err(output)
    }

    /// Removes a tool.
    ///
    /// # Errors
    /// [`CatalogError::Unknown`] when there is none of this name.
    pub fn remove(&mut self, id: &ToolId) -> Result<(), CatalogError> {
        self.0.remove(id).map(drop).ok_or_else(|| CatalogError::Unknown { tool: id.clone() })
    }

    /// The tool of this name.
    #[must_use]
    pub fn get(&self, id: &ToolId) -> Option<&ToolSpec> {
        self.0.get(id).map(|entry| &entry.spec)
    }

    /// All tools, by name.
    pub fn iter(&self) -> impl Iterator<Item = &ToolSpec> {
        self.0.values().map(|entry| &entry.spec)
    }

    /// What is wrong with the arguments of a call, in the validator's words; nothing when they satisfy the tool's schema, or when there is
    /// no such tool.
    #[must_use]
    pub fn problem(&self, tool: &ToolId, arguments: &Arguments) -> Option<String> {
        let entry = self.0.get(tool)?;
        problem(&entry.whole, arguments)
    }

    /// The same for arguments of which some are not known yet.
    pub(crate) fn problem_so_far(&self, tool: &ToolId, arguments: &Arguments) -> Option<String> {
        let entry = self.0.get(tool)?;
        problem(&entry.partial, arguments)
    }
}

fn problem(validator: &Validator, arguments: &Arguments) -> Option<String> {
    let arguments = Value::Object(arguments.clone());
    let error = validator.validate(&arguments).err()?;
    let place = error.instance_path().to_string();
    Some(if place.is_empty() { error.to_string() } else { format!("{}: {error}", place.trim_start_matches('/')) })
}

/// The schema of what a model answers: text, or a file as a data URL.
pub(crate) fn answer_schema() -> Value {
    json!({"type": "string", "contentMediaType": "text/plain"})
}

/// Whether a result of schema `output` may be bound to a parameter of schema `input`.
///
/// - A parameter with a `title` takes results of the same title: it is the name of a type.
/// - A parameter with a `contentMediaType` takes texts of that media type; `*/*` and `text/*` stand for all, and for all that people can
///   read (`text/…`, JSON, SVG).
/// - Any other object, array, number or boolean takes results of the same `type` without a title.
/// - A plain string takes nothing by itself: a column name is not any text that came before.
pub(crate) fn fits(output: &Value, input: &Value) -> bool {
    let word = |schema: &Value, key: &str| schema.get(key).and_then(Value::as_str).map(str::to_owned);
    if let Some(title) = word(input, "title") {
        return word(output, "title") == Some(title);
    }
    if let Some(wanted) = word(input, "contentMediaType") {
        let given = word(output, "contentMediaType");
        return given.is_some_and(|given| media_type_fits(&given, &wanted));
    }
    let (given, wanted) = (word(output, "type"), word(input, "type"));
    word(output, "title").is_none() && wanted.is_some() && given == wanted && wanted.as_deref() != Some("string")
}

/// Whether nothing speaks against binding a result of schema `output` to a parameter of schema `input`, once the request itself says that
/// the one is for the other: the result fits, or is a text for a plain text or a number that is written out
/// for one, or its schema says nothing of its type.
pub(crate) fn agrees(output: &Value, input: &Value) -> bool {
    let word = |schema: &Value, key: &str| schema.get(key).and_then(Value::as_str).map(str::to_owned);
    let marked = |schema: &Value| ["title", "contentMediaType"].iter().any(|key| word(schema, key).is_some());
    let (given, wanted) = (word(output, "type"), word(input, "type"));
    let plain = matches!(given.as_deref(), Some("string" | "number" | "integer" | "boolean"));
    // The title of a plain value is a heading; that of any other names a type, which must be named again.
    let opaque = word(output, "contentMediaType").is_some() || word(output, "title").is_some() && !plain;
    let same = given.is_some() && given == wanted;
    let widens =
        given.as_deref() == Some("integer") && wanted.as_deref() == Some("number") || writes_out(output, input);
    let silent = given.is_none() && !marked(output);
    fits(output, input) || !marked(input) && (silent || !opaque && (same || widens))
}

/// Whether a number, a truth value, a record or a list of records is given for a plain text, so that it is written out: "message the amount to Ann",
/// "mail her the open invoices".
pub(crate) fn writes_out(output: &Value, input: &Value) -> bool {
    let kind = |schema: &Value| schema.get("type").and_then(Value::as_str).map(str::to_owned);
    let limited = ["format", "enum", "const", "pattern"].iter().any(|keyword| input.get(keyword).is_some());
    kind(input).as_deref() == Some("string")
        && !limited
        && match kind(output).as_deref() {
            Some("number" | "integer" | "boolean") => true,
            Some("array") => output.get("items").and_then(kind).as_deref() == Some("object"),
            Some("object") => output.get("properties").is_some(),
            _ => false,
        }
}

fn media_type_fits(given: &str, wanted: &str) -> bool {
    let readable = given.starts_with("text/") || given == "application/json" || given == "image/svg+xml";
    match wanted {
        "*/*" => true,
        "text/*" => readable,
        other => given == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_that_cannot_be_used_is_refused_when_the_tool_comes() {
        let tool = |input: Value| ToolSpec::new("t".parse().unwrap(), "").with_input(input);
        let check = |input: Value, good: bool| assert_eq!(Catalog::new([tool(input.clone())]).is_ok(), good, "{input}");
        check(
            json!({"type": "object", "properties": {"x": {"$ref": "#/$defs/n"}}, "$defs": {"n": {"type": "integer"}}}),
            true,
        );
        check(json!(true), true);
        check(json!({"type": "objekt"}), false);
        check(json!({"properties": {"x": {"$ref": "#/$defs/gone"}}}), false);
        check(json!({"properties": {"x": {"pattern": "("}}}), false);
        assert!(matches!(Catalog::new([tool(json!({})), tool(json!({}))]), Err(CatalogError::Duplicate { .. })));
    }

    #[test]
    fn arguments_are_checked_against_the_whole_schema() {
        let input =
            json!({"properties": {"n": {"$ref": "#/$defs/n"}}, "required": ["n"], "$defs": {"n": {"minimum": 1}}});
        let catalog = Catalog::new([ToolSpec::new("t".parse().unwrap(), "").with_input(input)]).unwrap();
        let problem = |arguments: Value| catalog.problem(&"t".parse().unwrap(), arguments.as_object().unwrap());
        assert_eq!(problem(json!({"n": 2})), None);
        assert_eq!(problem(json!({"n": 0})).as_deref(), Some("n: 0 is less than the minimum of 1"));
        assert_eq!(problem(json!({})).as_deref(), Some("\"n\" is a required property"));
    }

    #[test]
    fn results_fit_parameters_of_the_same_type() {
        let check = |output: Value, input: Value, expected: bool| {
            assert_eq!(fits(&output, &input), expected, "{output} {input}")
        };
        let svg = json!({"type": "string", "contentMediaType": "image/svg+xml"});
        check(json!({"type": "object", "title": "Table"}), json!({"type": "object", "title": "Table"}), true);
        check(json!({"type": "object", "title": "Analysis"}), json!({"type": "object", "title": "Table"}), false);
        check(json!({"type": "object", "title": "Table"}), json!({"type": "object"}), false);
        check(json!({"type": "number"}), json!({"type": "number"}), true);
        check(svg.clone(), json!({"type": "string", "contentMediaType": "*/*"}), true);
        check(svg.clone(), json!({"type": "string", "contentMediaType": "text/plain"}), false);
        check(svg, json!({"type": "string"}), false);
        check(json!({}), json!({}), false);
        check(answer_schema(), json!({"type": "string", "contentMediaType": "text/*"}), true);
    }

    #[test]
    fn what_the_request_binds_must_not_contradict_the_types() {
        let check = |output: Value, input: Value, expected: bool| {
            assert_eq!(agrees(&output, &input), expected, "{output} {input}")
        };
        let text = json!({"type": "string"});
        check(text.clone(), text.clone(), true);
        check(json!({"type": "string", "title": "Summary"}), text.clone(), true);
        check(json!({}), text.clone(), true);
        check(json!({"type": "integer"}), json!({"type": "number"}), true);
        // A number is written out, where any text will do.
        check(json!({"type": "number"}), text.clone(), true);
        check(json!({"type": "boolean"}), text.clone(), true);
        check(json!({"type": "number"}), json!({"type": "string", "format": "email"}), false);
        check(json!({"type": "number"}), json!({"type": "string", "enum": ["1"]}), false);
        check(json!({"type": "object"}), text.clone(), false);
        check(json!({"type": "string", "contentMediaType": "image/png"}), text, false);
        check(json!({}), json!({"type": "object", "title": "Table"}), false);
    }
}
