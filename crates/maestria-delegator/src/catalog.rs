//! The tools a plan may call, and which results fit which parameters.

use std::collections::BTreeMap;

use maestria_vocabulary::{ToolId, ToolSpec};
use serde_json::{Value, json};

/// The tools of an application by name.
#[derive(Debug, Clone, Default)]
pub struct Catalog(BTreeMap<ToolId, ToolSpec>);

impl Catalog {
    /// Adds a tool, and gives back the one of the same name that it replaces.
    pub fn insert(&mut self, tool: ToolSpec) -> Option<ToolSpec> {
        self.0.insert(tool.id.clone(), tool)
    }

    /// The tool of this name.
    #[must_use]
    pub fn get(&self, id: &ToolId) -> Option<&ToolSpec> {
        self.0.get(id)
    }

    /// All tools, by name.
    pub fn iter(&self) -> impl Iterator<Item = &ToolSpec> {
        self.0.values()
    }
}

impl FromIterator<ToolSpec> for Catalog {
    fn from_iter<I: IntoIterator<Item = ToolSpec>>(tools: I) -> Self {
        Self(tools.into_iter().map(|tool| (tool.id.clone(), tool)).collect())
    }
}

/// The schema of what a model answers.
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
}
