//! How well a field of a result suits a parameter: by type, by format, by name, and by what names commonly mean.

use serde_json::Value;

use crate::{catalog::writes_out, check::feeds};

/// What a suiting name counts, beside which chance is out of the question.
pub(super) const NAMED: f64 = 2.5;

/// What is enough where the request itself says that the one is for the other.
pub(super) const POSSIBLE: f64 = 0.5;

/// What one text counts for another, by what their names commonly mean.
pub(super) const TEXT: f64 = 1.5;

/// What one moment counts for another.
pub(super) const MOMENT: f64 = 1.3;

/// A parameter that wants something.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) name: &'a str,
    pub(super) schema: &'a Value,
}

/// A field that a tool gives; without a name, the whole result.
#[derive(Debug, Clone, Copy)]
pub(super) struct Given<'a> {
    pub(super) tool: &'a str,
    pub(super) field: Option<&'a str>,
    pub(super) schema: &'a Value,
}

/// How well `given` suits `wanted`: 0.5 where only the type speaks for it, 2.5 and more where a name or a format does too. Nothing where
/// the types or the formats speak against it. Set by hand.
pub(super) fn affinity(given: Given<'_>, wanted: Wanted<'_>) -> Option<f64> {
    // One address will do for a list of them.
    let element = crate::check::element(wanted.schema).filter(|_| is_list(wanted.schema));
    if !feeds(given.schema, wanted.schema) && !element.is_some_and(|element| feeds(given.schema, &element)) {
        return None;
    }
    if given.field.is_some_and(|field| is_identifier(field) && !takes_identifier(wanted.name, field)) {
        return None;
    }
    let (gives, takes) = (innermost(given.schema), innermost(wanted.schema));
    let format = |schema: &Value| schema.get("format").and_then(Value::as_str).map(str::to_owned);
    let options = takes.get("enum").is_some() && takes.get("enum") != gives.get("enum");
    let by_format = match (format(gives), format(takes)) {
        // Many a tool knows some moment; few know an address.
        (given, Some(wanted)) if given.as_deref() == Some(&wanted) && is_moment(&wanted) => 0.8,
        (given, Some(wanted)) if given.as_deref() == Some(&wanted) => 3.0,
        (_, Some(_)) => return None,
        _ if options => return None,
        (Some(_), None) => 0.0,
        (None, None) => 0.3,
    };
    // What gives nothing but a text gives a text.
    let is_whole_text = given.schema.get("type").and_then(Value::as_str) == Some("string") && is_text(wanted.name);
    let whole = if is_whole_text { 1.0 } else { 0.0 };
    let by_name = given.field.map_or(whole, |field| named(given.tool, field, wanted.name));
    if writes_out(gives, takes) {
        // A number is part of what is said, and no name, place or word to look for.
        return is_text(wanted.name).then_some(POSSIBLE + by_name);
    }
    Some(POSSIBLE + by_format + by_name)
}

/// Whether a name is that of a number by which something is found: nobody sends, reads or visits it.
pub(super) fn is_identifier(name: &str) -> bool {
    name.ends_with("Id")
        || name.ends_with("ID")
        || name.ends_with("Ids")
        || matches!(words(name).last(), Some("id" | "ids"))
}

/// Whether a parameter takes such a number: it is one itself, or is named for the same thing, `order` for `order_id`.
fn takes_identifier(parameter: &str, field: &str) -> bool {
    let parameter_words = || words(parameter).map(str::to_lowercase);
    is_identifier(parameter) || words(field).any(|word| parameter_words().any(|other| other == word.to_lowercase()))
}

fn is_moment(format: &str) -> bool {
    matches!(format, "date" | "date-time" | "time")
}

/// Whether a parameter takes what a person does not know by heart but a tool finds: an address or a file, or the name or number of what the
/// tool looks for.
pub(super) fn is_looked_up(tool: &str, wanted: Wanted<'_>) -> bool {
    let format = innermost(wanted.schema).get("format").and_then(Value::as_str);
    let address = matches!(format, Some("email" | "path" | "uri"));
    address || format.is_none() && shares_word(tool, &wanted.name.to_lowercase(), "")
}

/// Whether a name is one of a text.
pub(super) fn is_text(name: &str) -> bool {
    const TEXTS: &[&str] =
        &["text", "body", "content", "message", "summary", "translation", "transcript", "log", "answer", "prompt"];
    let name = name.to_lowercase();
    words(&name).any(|word| TEXTS.contains(&word))
}

/// What names say: the same words, the last word and the subject of the tool, or two names for one kind of text.
fn named(tool: &str, field: &str, parameter: &str) -> f64 {
    let (field, parameter) = (field.to_lowercase(), parameter.to_lowercase());
    if plain(&field) == plain(&parameter) {
        4.0
    } else if words(&parameter).last() == Some(&field) && shares_word(tool, &parameter, &field) {
        3.0
    } else if words(&parameter).last() == words(&field).last() && words(&field).count() == 1 {
        1.5
    } else if shares_word(tool, &parameter, &field) && field == "name" {
        NAMED
    } else if is_text(&field) && is_text(&parameter) {
        1.0
    } else {
        0.0
    }
}

fn is_list(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("array")
}

/// The schema of the elements of a list, else the schema itself.
fn innermost(schema: &Value) -> &Value {
    match schema.get("items") {
        Some(items) if is_list(schema) => innermost(items),
        _ => schema,
    }
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// The words of a name in lower case.
pub(super) fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(['_', '-', '.', ' ']).filter(|word| !word.is_empty())
}

/// Whether a tool's name has a word of the parameter's besides the field's.
fn shares_word(tool: &str, parameter: &str, field: &str) -> bool {
    let tool = tool.to_lowercase();
    words(parameter)
        .filter(|word| *word != field && word.len() > 2)
        .any(|word| tool.contains(word.trim_end_matches('s')))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn formats_and_names_tell_fields_apart() {
        let check = |tool: &str, field: &str, output: Value, name: &str, input: Value, expected: Option<bool>| {
            let given = Given { tool, field: Some(field), schema: &output };
            let found = affinity(given, Wanted { name, schema: &input }).map(|score| score >= NAMED);
            assert_eq!(found, expected, "{field} for {name}");
        };
        let (text, path) = (json!({"type": "string"}), json!({"type": "string", "format": "path"}));
        let paths = json!({"type": "array", "items": path});
        check("search_flights", "flight_id", text.clone(), "flight_id", text.clone(), Some(true));
        check("search_flights", "id", text.clone(), "flight_id", text.clone(), Some(true));
        check("find_restaurant", "name", text.clone(), "restaurant", text.clone(), Some(true));
        check("draw_chart", "image", path.clone(), "file", path.clone(), Some(true));
        check("read_file", "text", text.clone(), "file", path.clone(), None);
        check("list_files", "file", paths.clone(), "image", path.clone(), Some(true));
        check("draw_chart", "image", path, "attachments", paths, Some(true));
        check("transfer", "transfer_id", text.clone(), "text", text.clone(), None);
        check("place_order", "order_id", text.clone(), "order", text.clone(), Some(false));
        check("read_file", "size", json!({"type": "integer"}), "text", text.clone(), Some(false));
        check("read_file", "size", json!({"type": "integer"}), "recipient", text.clone(), None);
        check("get_weather", "note", text.clone(), "mode", json!({"enum": ["car"], "type": "string"}), None);
        check("detect_language", "language", text.clone(), "recipient", text, Some(false));
    }
}
