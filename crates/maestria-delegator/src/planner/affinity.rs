//! How well a field of a result suits a parameter: by type, by format, by name, and by what names commonly mean.

use serde_json::Value;

use super::{
    mention::same,
    nouns::{ends_in, gives_address, is_written, takes_person, takes_present_file},
};
use crate::{catalog::writes_out, check::feeds};

/// What a suiting name counts, beside which chance is out of the question.
pub(super) const NAMED: f64 = 2.5;

/// What is enough where the request itself says that the one is for the other.
pub(super) const POSSIBLE: f64 = 0.5;

/// What the same name counts.
pub(super) const SAME_NAME: f64 = 4.0;

/// What one text counts for another, by what their names commonly mean.
pub(super) const TEXT: f64 = 1.5;

/// What one moment counts for another.
pub(super) const MOMENT: f64 = 1.3;

/// A parameter that wants something.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// The tool that takes it.
    pub(super) tool: &'a str,
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
    // Nothing is found by what is only said of it.
    if is_identifier(wanted.name) && given.field.is_some_and(|field| !names_thing(field, wanted.name)) {
        return None;
    }
    if given.field.is_some_and(|field| is_of_another(given.tool, field, wanted)) {
        return None;
    }
    if given.field.is_some_and(|field| is_past(field) && takes_future(wanted.name) || !suits_code(field, wanted.name)) {
        return None;
    }
    let (gives, takes) = (innermost(given.schema), innermost(wanted.schema));
    let format = |schema: &Value| schema.get("format").and_then(Value::as_str).map(str::to_owned);
    let options = takes.get("enum").is_some() && takes.get("enum") != gives.get("enum");
    let named_for = |format: &str| given.field.is_some_and(|field| is_named_for(field, format));
    let by_format = match (format(gives), format(takes)) {
        // Many a tool knows some moment; few know an address.
        (given, Some(wanted)) if given.as_deref() == Some(&wanted) && is_moment(&wanted) => 0.8,
        (given, Some(wanted)) if given.as_deref() == Some(&wanted) => 3.0,
        (None, Some(wanted)) if named_for(&wanted) => 3.0,
        (_, Some(_)) => return None,
        _ if options => return None,
        (Some(_), None) => 0.0,
        (None, None) => 0.3,
    };
    // What gives nothing but a text gives a text.
    let is_whole_text = given.schema.get("type").and_then(Value::as_str) == Some("string") && is_text(wanted.name);
    let whole = if is_whole_text { 1.0 } else { 0.0 };
    let by_name = given.field.map_or(whole, |field| named(given.tool, field, wanted));
    let by_description = given.field.map_or(0.0, |field| described(field, wanted));
    if writes_out(gives, takes) {
        // A number is part of what is said, and no name, place or word to look for.
        return is_text(wanted.name).then_some(POSSIBLE + by_name);
    }
    // A description tells apart what names allow, and makes nothing likely by itself.
    let score = POSSIBLE + by_format + by_name;
    let most = if score < NAMED { NAMED - 0.1 } else { f64::INFINITY };
    Some((score + by_description).min(most))
}

/// Whether a name is that of a number by which something is found: nobody sends, reads or visits it.
pub(super) fn is_identifier(name: &str) -> bool {
    name.ends_with("Id")
        || name.ends_with("ID")
        || name.ends_with("Ids")
        || matches!(words(name).last().as_deref(), Some("id" | "ids"))
}

/// Whether a field may be what a thing is found by: a number, a code, or what the parameter is named for.
fn names_thing(field: &str, parameter: &str) -> bool {
    const NAMES: &[&str] = &[
        "id",
        "ids",
        "no",
        "number",
        "ref",
        "reference",
        "code",
        "key",
        "sku",
        "isbn",
        "uuid",
        "slug",
        "name",
        "handle",
        "url",
        "path",
    ];
    let is_alike = |word: &String| words(parameter).any(|other| same(word, &other));
    is_identifier(field) || ends_in(field, NAMES) || words(field).any(|word| is_alike(&word))
}

/// Whether a field may be a code of the kind that a parameter is named for: an address is no IBAN.
fn suits_code(field: &str, parameter: &str) -> bool {
    const CODES: &[&str] = &["iban", "bic", "isbn", "sku", "vat", "plate", "version", "code"];
    let is_alike = |word: &String| words(parameter).any(|other| same(word, &other));
    !ends_in(parameter, CODES) || words(field).any(|word| is_alike(&word))
}

/// Whether a field is named for when something happened: `created_at`, `sent_on`.
fn is_past(field: &str) -> bool {
    const COMING: &[&str] = &["expected", "estimated", "scheduled", "planned", "promised", "needed"];
    let mut last = words(field).collect::<Vec<_>>().into_iter().rev();
    let is_when = last.next().is_some_and(|word| matches!(word.as_str(), "at" | "on" | "since"));
    let happened = |word: &String| {
        word.ends_with("ed") && !COMING.contains(&word.as_str()) || matches!(word.as_str(), "sent" | "made" | "seen")
    };
    is_when && last.next().is_some_and(|word| happened(&word))
}

/// Whether a parameter takes a moment that is still to come.
fn takes_future(parameter: &str) -> bool {
    const COMING: &[&str] = &["until", "till", "deadline", "due", "remind", "snooze", "expires", "expiry"];
    words(parameter).any(|word| COMING.contains(&word.as_str()))
}

/// Whose or what number is that of nothing else.
const PERSONS: &[&str] = &[
    "customer", "user", "member", "client", "supplier", "vendor", "employee", "contact", "patient", "guest", "owner",
    "author", "assignee", "reporter", "person", "company", "account", "tracking", "phone",
];

/// Whether a field is the number of one thing and a parameter that of another: a `note_id` is no `document_id`.
fn is_of_another(giving: &str, field: &str, wanted: Wanted<'_>) -> bool {
    let owners = |name: &str| {
        let mut owners: Vec<String> = words(name).collect();
        owners.pop();
        owners
    };
    let (gives, takes) = (owners(field), owners(wanted.name));
    let is_named = is_called(field) && is_identifier(wanted.name) && !gives.is_empty() && !takes.is_empty();
    // The `confirmation_id` of an order may be that of the order, but that of its customer is not.
    let is_person = gives.iter().any(|owner| PERSONS.contains(&owner.as_str()));
    is_named
        && !gives.iter().any(|owner| takes.contains(owner))
        && (is_person || !words(giving).any(|noun| takes.contains(&noun)))
}

/// Whether a parameter takes such a number: it is one itself, or is named for the same thing, `order` for `order_id`.
fn takes_identifier(parameter: &str, field: &str) -> bool {
    is_identifier(parameter) || words(field).any(|word| words(parameter).any(|other| other == word))
}

/// Whether a field without a format is named for what has one: many a tool says of its `url` only that it is a text.
fn is_named_for(field: &str, format: &str) -> bool {
    let last = words(field).last().unwrap_or_default();
    match format {
        "uri" | "url" => matches!(last.as_str(), "url" | "link" | "uri" | "href" | "permalink"),
        "email" => matches!(last.as_str(), "email" | "mail"),
        _ => false,
    }
}

fn is_moment(format: &str) -> bool {
    matches!(format, "date" | "date-time" | "time")
}

/// Whether a parameter takes what a person does not know by heart but a tool finds: an address or a file, or the name or number of what the
/// tool looks for.
pub(super) fn is_looked_up(tool: &str, wanted: Wanted<'_>) -> bool {
    let format = innermost(wanted.schema).get("format").and_then(Value::as_str);
    let address = matches!(format, Some("email" | "path" | "uri"));
    address || format.is_none() && shares_word(tool, wanted.name, "")
}

/// Whether a name is that of a number by which a thing is called: `order_id`, `tracking_number`.
pub(super) fn is_called(name: &str) -> bool {
    const REFERENCES: &[&str] = &["no", "number", "ref", "reference", "code", "key"];
    is_identifier(name) || words(name).last().is_some_and(|last| REFERENCES.contains(&last.as_str()))
}

/// Whether a name is one of a text.
pub(super) fn is_text(name: &str) -> bool {
    const TEXTS: &[&str] =
        &["text", "body", "content", "message", "summary", "translation", "transcript", "log", "answer", "prompt"];
    words(name).any(|word| TEXTS.contains(&word.as_str()))
}

/// Whether a name is one of a number that is found out.
fn is_figure(name: &str) -> bool {
    matches!(name, "value" | "amount" | "total" | "result")
}

/// What names say: the same words, the last word and the subject of the tool, a number of what is wanted, where somebody is reached, or two
/// names for one kind of text.
fn named(tool: &str, field: &str, wanted: Wanted<'_>) -> f64 {
    let (gives, takes): (Vec<String>, Vec<String>) = (words(field).collect(), words(wanted.name).collect());
    let is_subject = || shares_word(tool, wanted.name, &field.to_lowercase());
    if same_name(field, wanted.name) {
        SAME_NAME
    } else if gives.len() == 1 && takes.last() == gives.first() && is_subject() {
        3.0
    } else if is_identifier(field) && gives.split_last().is_some_and(|(_, owner)| owner == takes.as_slice()) {
        2.8
    } else if reaches(&gives, wanted) || is_file(&gives) && (is_attached(&takes) || takes_a_file(wanted)) {
        2.7
    } else if gives.len() == 1 && takes.last() == gives.first() || takes.len() == 1 && gives.last() == takes.first() {
        1.5
    } else if is_subject() && field == "name" {
        NAMED
    } else if (is_text(field) || is_figure(field)) && is_text(wanted.name) {
        1.0
    } else {
        0.0
    }
}

/// Whether a parameter is named or described for a file that there is.
fn takes_a_file(wanted: Wanted<'_>) -> bool {
    let description = wanted.schema.get("description").and_then(Value::as_str).unwrap_or_default().to_lowercase();
    let first = description.split(|c: char| !c.is_alphanumeric()).find(|word| !matches!(*word, "the" | "a" | "full"));
    takes_present_file(wanted.name) || !is_written(wanted.name) && matches!(first, Some("file" | "path"))
}

/// What it counts that a parameter is described by the last word of a field's name: "name of the restaurant", "ticker symbol".
fn described(field: &str, wanted: Wanted<'_>) -> f64 {
    const DESCRIBED: f64 = 0.5;
    let description = wanted.schema.get("description").and_then(Value::as_str).unwrap_or_default().to_lowercase();
    let Some(last) = words(field).last().filter(|_| !is_text(field) && !gives_address(field)) else { return 0.0 };
    let is_last = |word: &str| word == last || word.strip_suffix('s') == Some(&last);
    if description.split(|c: char| !c.is_alphanumeric()).any(is_last) { DESCRIBED } else { 0.0 }
}

/// Whether a field is a file, or where one is found.
pub(super) fn is_file(gives: &[String]) -> bool {
    gives.last().is_some_and(|word| matches!(word.as_str(), "file" | "path" | "pdf" | "url" | "document" | "image"))
}

/// Whether a parameter takes what is sent along.
pub(super) fn is_attached(takes: &[String]) -> bool {
    takes.iter().any(|word| matches!(word.as_str(), "attach" | "attachment" | "attachments" | "attached" | "enclosure"))
}

/// Whether a field tells where somebody is reached to whom the tool that takes it writes or speaks: `customer_email` for the `to` of a mail.
fn reaches(gives: &[String], wanted: Wanted<'_>) -> bool {
    const WAYS: &[(&[&str], &[&str])] = &[
        (
            &["email", "mail", "emails"],
            &["mail", "email", "letter", "write", "compose", "notice", "message", "invite", "event", "meeting"],
        ),
        (&["phone", "mobile", "tel", "telephone"], &["sms", "text", "call", "dial", "phone", "ring", "message"]),
    ];
    takes_person(wanted.name)
        && WAYS.iter().any(|(fields, tools)| {
            gives.last().is_some_and(|word| fields.contains(&word.as_str()))
                && words(wanted.tool).any(|word| tools.contains(&word.as_str()))
        })
}

/// Whether two names have the same words.
pub(super) fn same_name(one: &str, other: &str) -> bool {
    words(one).eq(words(other))
}

/// Whether a schema is one of a list.
pub(super) fn is_list(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("array")
}

/// The schema of the elements of a list, else the schema itself.
fn innermost(schema: &Value) -> &Value {
    match schema.get("items") {
        Some(items) if is_list(schema) => innermost(items),
        _ => schema,
    }
}

/// The words of a name in lower case: "orderNo" and "order_no" have two.
pub(super) fn words(name: &str) -> impl Iterator<Item = String> {
    let parts = name.split(['_', '-', '.', ' ']);
    let humps = parts.flat_map(|part| {
        let mut bounds = vec![0];
        let pairs = part.char_indices().zip(part.chars().skip(1));
        bounds.extend(pairs.filter_map(|((at, left), right)| {
            (left.is_lowercase() && right.is_uppercase()).then_some(at + left.len_utf8())
        }));
        bounds.push(part.len());
        let hump = |pair: &[usize]| Some(part.get(*pair.first()?..*pair.last()?)?.to_lowercase());
        bounds.windows(2).filter_map(hump).collect::<Vec<_>>()
    });
    humps.filter(|word| !word.is_empty())
}

/// Whether a tool's name has a word of the parameter's besides the field's.
fn shares_word(tool: &str, parameter: &str, field: &str) -> bool {
    let tool = tool.to_lowercase();
    words(parameter)
        .filter(|word| word != field && word.len() > 2)
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
            let found = affinity(given, Wanted { tool: "take", name, schema: &input }).map(|score| score >= NAMED);
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
        check("place_order", "order_id", text.clone(), "order", text.clone(), Some(true));
        check("open_case", "customer_email", text.clone(), "to", text.clone(), Some(false));
        check("read_file", "size", json!({"type": "integer"}), "text", text.clone(), Some(false));
        check("read_file", "size", json!({"type": "integer"}), "recipient", text.clone(), None);
        let moment = json!({"type": "string", "format": "date-time"});
        check("list_alerts", "fired_at", moment.clone(), "until", moment.clone(), None);
        check("list_alerts", "ends_at", moment.clone(), "until", moment, Some(false));
        let address = json!({"type": "string", "format": "email"});
        check("list_invoices", "customer_email", address.clone(), "iban", text.clone(), None);
        check("list_bills", "supplier_iban", text.clone(), "iban", text.clone(), Some(false));
        check("get_weather", "note", text.clone(), "mode", json!({"enum": ["car"], "type": "string"}), None);
        check("detect_language", "language", text.clone(), "recipient", text, Some(false));
    }
}
