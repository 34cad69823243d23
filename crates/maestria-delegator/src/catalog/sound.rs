//! Whether a schema can be worked with: of a bounded size, without references that run in a circle, and satisfied by something.

use std::collections::HashMap;

use petgraph::{algo::toposort, graph::DiGraph};
use serde_json::{Map, Value};

/// Most levels of a schema: as many as JSON readers take.
const MOST_LEVELS: usize = 128;

/// Most values in a schema, the names of its keywords not counted.
const MOST_VALUES: usize = 100_000;

/// Most properties of one object: reading a request for each of them must stay a matter of milliseconds.
const MOST_PROPERTIES: usize = 1_000;

/// Why a schema cannot be worked with. A place is a JSON Pointer (RFC 6901) into the schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaProblem {
    /// It is nested too deeply.
    #[error("it has more than {most} levels")]
    TooDeep {
        /// The most it may have.
        most: usize,
    },
    /// It has too many parts.
    #[error("it has more than {most} values")]
    TooLarge {
        /// The most it may have.
        most: usize,
    },
    /// An object has too many properties.
    #[error("{place} has {count} properties, more than {most}")]
    TooManyProperties {
        /// Where.
        place: String,
        /// How many it has.
        count: usize,
        /// The most it may have.
        most: usize,
    },
    /// It refers to itself before it says anything of a value.
    #[error("{place} refers to itself without end")]
    Circular {
        /// Where.
        place: String,
    },
    /// A lower limit lies above the upper one.
    #[error("{least} of {place} is more than {most}, so that nothing satisfies it")]
    EmptyRange {
        /// Where.
        place: String,
        /// The keyword of the lower limit.
        least: &'static str,
        /// The keyword of the upper limit.
        most: &'static str,
    },
    /// No option is of the type.
    #[error("no option of {place} is of its type")]
    NoOption {
        /// Where.
        place: String,
    },
    /// It requires what it does not describe, so that nobody can tell what to give.
    #[error("{place} requires {property}, which it does not describe")]
    NoSuchProperty {
        /// Where.
        place: String,
        /// The property.
        property: String,
    },
    /// It allows no object, which arguments always are.
    #[error("it allows no object, which arguments always are")]
    NoObject,
}

/// A schema within a schema.
struct Part<'a> {
    schema: &'a Value,
    place: String,
    /// Whether every value must satisfy it, rather than one of several, or none.
    binding: bool,
}

/// Checks that the schema of arguments can be worked with.
pub(super) fn check_arguments(root: &Value) -> Result<(), SchemaProblem> {
    check(root)?;
    let empty = Value::Object(Map::new());
    let options = root.get("enum").and_then(Value::as_array).map(Vec::as_slice);
    let mut fixed = options.unwrap_or_default().iter().chain(root.get("const")).peekable();
    let excluded = fixed.peek().is_some() && !fixed.any(Value::is_object);
    if root == &Value::Bool(false) || excluded || !is_of_type(&empty, root.get("type")) {
        return Err(SchemaProblem::NoObject);
    }
    Ok(())
}

/// Checks that a schema can be worked with. Nothing in here calls itself, whatever the schema is.
pub(super) fn check(root: &Value) -> Result<(), SchemaProblem> {
    measure(root)?;
    let parts = parts(root)?;
    for part in parts.iter().filter(|part| part.binding) {
        contradiction(part).map_or(Ok(()), Err)?;
    }
    circle(root, &parts).map_or(Ok(()), Err)
}

/// Checks its size.
fn measure(root: &Value) -> Result<(), SchemaProblem> {
    let mut open = vec![(root, 1)];
    let mut values = 0;
    while let Some((value, level)) = open.pop() {
        values += 1;
        if level > MOST_LEVELS {
            return Err(SchemaProblem::TooDeep { most: MOST_LEVELS });
        }
        if values > MOST_VALUES {
            return Err(SchemaProblem::TooLarge { most: MOST_VALUES });
        }
        match value {
            Value::Array(elements) => open.extend(elements.iter().map(|element| (element, level + 1))),
            Value::Object(fields) => open.extend(fields.values().map(|field| (field, level + 1))),
            _ => {}
        }
    }
    Ok(())
}

/// Keywords of one schema that says something of a part of the value.
const INNER: &[&str] = &[
    "items",
    "additionalProperties",
    "additionalItems",
    "contains",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
];
/// Keywords of several such, by name.
const NAMED: &[&str] = &["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"];
/// Keywords of schemas, or lists of them, that speak of the same value.
const SAME: &[&str] = &["allOf", "anyOf", "oneOf", "not", "if", "then", "else"];

/// All schemas within a schema, itself first.
fn parts(root: &Value) -> Result<Vec<Part<'_>>, SchemaProblem> {
    let mut parts = vec![Part { schema: root, place: "/".to_owned(), binding: true }];
    let mut next = 0;
    while let Some(part) = parts.get(next) {
        next += 1;
        let mut inner = Vec::new();
        let Value::Object(fields) = part.schema else { continue };
        for (keyword, value) in fields {
            let place = |name: &str| match part.place.as_str() {
                "/" => format!("/{keyword}{name}"),
                place => format!("{place}/{keyword}{name}"),
            };
            let keyword = keyword.as_str();
            let binding = part.binding && !(SAME.contains(&keyword) && keyword != "allOf");
            match value {
                Value::Object(named) if NAMED.contains(&keyword) => {
                    if named.len() > MOST_PROPERTIES {
                        let (place, count, most) = (part.place.clone(), named.len(), MOST_PROPERTIES);
                        return Err(SchemaProblem::TooManyProperties { place, count, most });
                    }
                    let named = named.iter().map(|(name, schema)| {
                        let name = name.replace('~', "~0").replace('/', "~1");
                        Part { schema, place: place(&format!("/{name}")), binding }
                    });
                    inner.extend(named);
                }
                Value::Array(schemas) if SAME.contains(&keyword) || matches!(keyword, "items" | "prefixItems") => {
                    let numbered = schemas.iter().enumerate();
                    inner.extend(numbered.map(|(n, schema)| Part { schema, place: place(&format!("/{n}")), binding }));
                }
                schema if SAME.contains(&keyword) || INNER.contains(&keyword) => {
                    inner.push(Part { schema, place: place(""), binding });
                }
                _ => {}
            }
        }
        parts.extend(inner);
    }
    Ok(parts)
}

/// What of a schema contradicts itself.
fn contradiction(part: &Part<'_>) -> Option<SchemaProblem> {
    let Part { schema, place, .. } = part;
    let number = |keyword: &str| schema.get(keyword).and_then(Value::as_f64);
    let ranges = [
        ("minimum", "maximum"),
        ("minimum", "exclusiveMaximum"),
        ("exclusiveMinimum", "maximum"),
        ("exclusiveMinimum", "exclusiveMaximum"),
        ("minLength", "maxLength"),
        ("minItems", "maxItems"),
        ("minProperties", "maxProperties"),
    ];
    let empty = |(least, most): &(&str, &str)| {
        let strict = least.starts_with("excl") || most.starts_with("excl");
        let limits = number(least).zip(number(most));
        limits.is_some_and(|(least, most)| least > most || strict && least >= most)
    };
    if let Some((least, most)) = ranges.into_iter().find(empty) {
        return Some(SchemaProblem::EmptyRange { place: place.clone(), least, most });
    }
    let options = schema.get("enum").and_then(Value::as_array);
    if options.is_some_and(|options| !options.iter().any(|option| is_of_type(option, schema.get("type")))) {
        return Some(SchemaProblem::NoOption { place: place.clone() });
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    let described = |name: &str| properties.is_some_and(|properties| properties.contains_key(name));
    // What only names what it requires adds to a schema beside it; an open object takes what it does not describe.
    let open = schema.get("patternProperties").is_some()
        || schema.get("additionalProperties").is_some_and(|more| more != false);
    let mut required = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let lacking = required.find(|name| properties.is_some() && !open && !described(name));
    lacking.map(|name| SchemaProblem::NoSuchProperty { place: place.clone(), property: name.to_owned() })
}

/// Whether a value is of a type, or of one of several; of anything where there is none.
fn is_of_type(value: &Value, kind: Option<&Value>) -> bool {
    let is = |name: &str| match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "number" => value.is_number(),
        // 2.0 is an integer too.
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        _ => true,
    };
    match kind {
        Some(Value::String(name)) => is(name),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).any(is),
        _ => true,
    }
}

/// A schema that leads to itself through references and combinations alone: no value would ever be told right or wrong.
fn circle(root: &Value, parts: &[Part<'_>]) -> Option<SchemaProblem> {
    let mut graph: DiGraph<&str, ()> = DiGraph::new();
    let nodes: HashMap<*const Value, _> =
        parts.iter().map(|part| (std::ptr::from_ref(part.schema), graph.add_node(&part.place))).collect();
    let anchors: HashMap<&str, &Value> = parts
        .iter()
        .flat_map(|part| ["$anchor", "$dynamicAnchor"].map(|keyword| (part.schema.get(keyword), part.schema)))
        .filter_map(|(anchor, schema)| Some((anchor?.as_str()?, schema)))
        .collect();
    for part in parts {
        let references =
            ["$ref", "$dynamicRef", "$recursiveRef"].into_iter().filter_map(|keyword| part.schema.get(keyword));
        let referred = references.filter_map(Value::as_str).filter_map(|to| match to.strip_prefix('#')? {
            "" => Some(root),
            anchor if !anchor.starts_with('/') => anchors.get(anchor).copied(),
            pointer => root.pointer(pointer),
        });
        let combined = SAME.iter().filter_map(|keyword| part.schema.get(keyword)).flat_map(|value| match value {
            Value::Array(schemas) => schemas.iter().collect(),
            schema => vec![schema],
        });
        let Some(from) = nodes.get(&std::ptr::from_ref(part.schema)) else { continue };
        for to in referred.chain(combined).filter_map(|target| nodes.get(&std::ptr::from_ref(target))) {
            graph.add_edge(*from, *to, ());
        }
    }
    let cycle = toposort(&graph, None).err()?;
    let place = graph.node_weight(cycle.node_id()).copied().unwrap_or_default();
    Some(SchemaProblem::Circular { place: place.to_owned() })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fails(schema: &Value, expected: &str) {
        let shown = schema.to_string();
        let problem = check(schema).map_err(|problem| problem.to_string());
        assert_eq!(problem, Err(expected.to_owned()), "{}", shown.get(..200).unwrap_or(&shown));
    }

    #[test]
    fn usual_schemas_are_sound() {
        let tree = json!({"properties": {"left": {"$ref": "#"}, "right": {"$ref": "#/$defs/leaf"}}, "$defs": {"leaf": {"type": "string"}}});
        let open = json!({"properties": {}, "additionalProperties": true, "required": ["any"]});
        let either = json!({"properties": {"a": {}, "b": {}}, "anyOf": [{"required": ["a"]}, {"required": ["b"]}]});
        let not = json!({"properties": {"a": {"not": {"minimum": 2, "maximum": 1}}}});
        let mixed = json!({"properties": {"a": {"type": ["integer", "null"], "enum": [1, "2", null]}}});
        let point = json!({"minimum": 1, "maximum": 1, "minLength": 0, "maxLength": 0});
        for schema in [tree, open, either, not, mixed, point, json!({}), json!(true)] {
            assert_eq!(check(&schema), Ok(()), "{schema}");
        }
    }

    #[test]
    fn a_schema_that_nothing_satisfies_is_named() {
        for no_object in
            [json!(false), json!({"type": ["string", "null"]}), json!({"const": null}), json!({"enum": [1, "x"]})]
        {
            assert_eq!(check_arguments(&no_object), Err(SchemaProblem::NoObject), "{no_object}");
        }
        let range = "minimum of /properties/n is more than maximum, so that nothing satisfies it";
        fails(&json!({"properties": {"n": {"minimum": 2, "maximum": 1}}}), range);
        let strict = "exclusiveMinimum of / is more than maximum, so that nothing satisfies it";
        fails(&json!({"exclusiveMinimum": 1, "maximum": 1}), strict);
        fails(
            &json!({"properties": {"a/b": {"type": "integer", "enum": ["x"]}}}),
            "no option of /properties/a~1b is of its type",
        );
        fails(&json!({"allOf": [{"enum": []}]}), "no option of /allOf/0 is of its type");
        fails(&json!({"properties": {}, "required": ["x"]}), "/ requires x, which it does not describe");
    }

    #[test]
    fn a_schema_without_end_or_of_no_bounds_is_named() {
        fails(&json!({"$ref": "#"}), "/ refers to itself without end");
        fails(
            &json!({"properties": {"x": {"anyOf": [{"$ref": "#/properties/x"}]}}}),
            "/properties/x/anyOf/0 refers to itself without end",
        );
        fails(
            &json!({"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}}),
            "/$defs/b refers to itself without end",
        );
        fails(&json!({"$anchor": "me", "allOf": [{"$ref": "#me"}]}), "/allOf/0 refers to itself without end");
        let many: serde_json::Map<String, Value> = (0..10_000).map(|n| (format!("p{n}"), json!({}))).collect();
        fails(&json!({"properties": many}), "/ has 10000 properties, more than 1000");
        fails(&json!({"enum": (0..200_000).collect::<Vec<_>>()}), "it has more than 100000 values");
        let deep = (0..1_000).fold(json!({}), |inner, _| json!({"properties": {"x": inner}}));
        fails(&deep, "it has more than 128 levels");
    }
}
