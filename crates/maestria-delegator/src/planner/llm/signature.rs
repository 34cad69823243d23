//! A tool in one line, as a language model reads it: in full, or short.

use std::collections::HashSet;

use maestria_vocabulary::{Effect, ToolSpec};
use serde_json::Value;

use super::prompt::shortened;

/// How deep types are written out.
const DEPTH: usize = 3;

/// Most types of one tool that are written out. A tool of more is not one that a model is told of.
const MOST_TYPES: usize = 256;

/// Letters of a short description.
const SHORT: usize = 80;

/// All of a tool: its parameters with their types and descriptions, its result, its description. Nothing for one that is too large.
pub(super) fn full(tool: &ToolSpec) -> Option<String> {
    let mut line = format!("{}: {}", head(tool, false)?, flat(&tool.description));
    for (name, schema) in tool.parameters() {
        if let Some(text) = schema.get("description").and_then(Value::as_str).filter(|text| !text.trim().is_empty()) {
            line = format!("{line}; {name}: {}", flat(text));
        }
    }
    Some(line)
}

/// What is needed to call a tool: its required parameters with their types, its result, the beginning of its description. Nothing for one
/// that is too large even so.
pub(super) fn short(tool: &ToolSpec) -> Option<String> {
    Some(format!("{}: {}", head(tool, true)?, shortened(&flat(&tool.description), SHORT)))
}

fn head(tool: &ToolSpec, required_only: bool) -> Option<String> {
    let parameters = Pen::new(&tool.input).fields(&tool.input, DEPTH, required_only)?;
    let result = Pen::new(&tool.output).kind(&tool.output, DEPTH)?;
    let changes = if tool.effect == Effect::Pure { "" } else { " [changes]" };
    let gives = if result == ANY { String::new() } else { format!(" -> {result}") };
    Some(format!("- {}({parameters}){gives}{changes}", flat(tool.id.as_str())))
}

/// What a schema says nothing of.
const ANY: &str = "any";

/// Writes the types of one schema.
struct Pen<'a> {
    /// What references point into.
    root: &'a Value,
    /// Types that may still be written.
    left: usize,
}

impl<'a> Pen<'a> {
    fn new(root: &'a Value) -> Self {
        Self { root, left: MOST_TYPES }
    }

    /// The properties of an object, those that may be left out with a question mark.
    fn fields(&mut self, object: &Value, depth: usize, required_only: bool) -> Option<String> {
        let required = object.get("required").and_then(Value::as_array).into_iter().flatten();
        let required: HashSet<&str> = required.filter_map(Value::as_str).collect();
        let mut written = Vec::new();
        for (name, schema) in object.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let optional = if required.contains(name.as_str()) { "" } else { "?" };
            if !required_only || optional.is_empty() {
                written.push(format!("{}{optional}: {}", flat(name), self.kind(schema, depth)?));
            }
        }
        Some(written.join(", "))
    }

    /// The type that a schema asks for.
    fn kind(&mut self, schema: &Value, depth: usize) -> Option<String> {
        self.left = self.left.checked_sub(1)?;
        let word = |key: &str| schema.get(key).and_then(Value::as_str);
        let Some(depth) = depth.checked_sub(1) else { return Some(ANY.to_owned()) };
        if let Some(pointer) = word("$ref").and_then(|to| to.strip_prefix('#')) {
            let target = self.root.pointer(pointer);
            return target.map_or_else(|| Some(ANY.to_owned()), |target| self.kind(target, depth));
        }
        if let Some(options) = schema.get("enum").and_then(Value::as_array) {
            self.left = self.left.checked_sub(options.len())?;
            return Some(options.iter().map(Value::to_string).collect::<Vec<_>>().join("|"));
        }
        let listed = schema.get("type").and_then(Value::as_array);
        let listed = listed.and_then(|types| types.iter().filter_map(Value::as_str).find(|name| *name != "null"));
        Some(match word("type").or(listed) {
            Some("array") => match schema.get("items") {
                Some(items) => format!("[{}]", self.kind(items, depth)?),
                None => format!("[{ANY}]"),
            },
            Some("object") | None if schema.get("properties").is_some() => {
                format!("{{{}}}", self.fields(schema, depth, false)?)
            }
            // The title of anything but a plain value is the name of its type.
            other @ (Some("object") | None) => flat(word("title").or(other).unwrap_or(ANY)),
            Some("string") => match word("format").or_else(|| word("contentMediaType")) {
                Some(format) => format!("string({})", flat(format)),
                None => "string".to_owned(),
            },
            Some(number @ ("integer" | "number")) => match (schema.get("minimum"), schema.get("maximum")) {
                (None, None) => number.to_owned(),
                (least, most) => {
                    let limit = |limit: Option<&Value>| limit.map(Value::to_string).unwrap_or_default();
                    format!("{number} {}..{}", limit(least), limit(most))
                }
            },
            Some(other) => flat(other),
        })
    }
}

/// The text on one line: a tool takes one, whatever it says of itself.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_tool_is_written_on_one_line() {
        let check = |input: Value, output: Value, in_full: &str, in_short: &str| {
            let tool = ToolSpec::new("t".parse().unwrap(), "Does\nthings").with_input(input).with_output(output);
            assert_eq!(full(&tool).as_deref(), Some(in_full));
            assert_eq!(short(&tool).as_deref(), Some(in_short));
        };
        check(json!({}), json!({}), "- t() [changes]: Does things", "- t() [changes]: Does things");
        check(
            json!({"properties": {
                "city": {"type": "string", "description": "Where"},
                "days": {"type": "integer", "minimum": 1, "maximum": 16},
                "unit": {"enum": ["C", "F"]},
                "when": {"type": ["string", "null"], "format": "date"},
            }, "required": ["city"]}),
            json!({"type": "array", "items": {"properties": {"url": {"type": "string"}}}}),
            r#"- t(city: string, days?: integer 1..16, unit?: "C"|"F", when?: string(date)) -> [{url?: string}] [changes]: Does things; city: Where"#,
            "- t(city: string) -> [{url?: string}] [changes]: Does things",
        );
        check(
            json!({"properties": {"tree": {"$ref": "#/$defs/tree"}, "table": {"type": "object", "title": "Table"}},
                "$defs": {"tree": {"type": "object", "properties": {"left": {"$ref": "#/$defs/tree"}}}}}),
            json!({"type": "string"}),
            "- t(table?: Table, tree?: {left?: any}) -> string [changes]: Does things",
            "- t() -> string [changes]: Does things",
        );
    }

    #[test]
    fn a_tool_of_too_many_types_is_not_written_at_all() {
        let itself = json!({"$ref": "#"});
        let many =
            |count: usize| (0..count).map(|n| (format!("p{n}"), itself.clone())).collect::<serde_json::Map<_, _>>();
        let tool = |input: Value| ToolSpec::new("t".parse().unwrap(), "").with_input(input);
        assert!(full(&tool(json!({"properties": many(3)}))).is_some());
        assert_eq!(full(&tool(json!({"properties": many(10_000)}))), None);
        assert!(short(&tool(json!({"properties": many(10_000)}))).is_some());
        assert_eq!(full(&tool(json!({"properties": {"x": {"enum": (0..1_000).collect::<Vec<_>>()}}}))), None);
    }
}
