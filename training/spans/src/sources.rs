//! Requests with known values: of public sets, and of the project's own cases.

mod own;
mod public;
mod repeated;

use std::{fs, path::Path};

use maestria::{Span, ToolSpec, intent::Said};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub(crate) use self::public::snips_whole;
use self::{
    own::{calls, own, products},
    public::{nestful, seal_tools, snips},
    repeated::repeated,
};
use crate::{
    Result,
    request::{Clauses, Request, place},
};

/// The sources.
pub(crate) const NAMES: [&str; 6] = ["seal_tools", "nestful", "snips", "own", "calls", "products"];

/// The requests of all sources. A fifth is held out: of public sets by a hash of the text, of the project's own cases the validation split.
pub(crate) fn all(data: &Path, cases: &Path) -> Result<Vec<Request>> {
    let clauses = &Clauses::new()?;
    let mut requests = seal_tools(clauses, &data.join("tools/seal_tools"))?;
    requests.extend(nestful(clauses, &data.join("tools/nestful"))?);
    requests.extend(snips(&data.join("intent/snips"))?);
    requests.extend(own(clauses, &cases.join("planning"))?);
    requests.extend(calls(clauses, &cases.join("calls"))?);
    requests.extend(products(clauses, &cases.join("planning/products"))?);
    requests.extend(repeated(&cases.join("planning/repeated"))?);
    Ok(requests)
}

/// A request with the values that stand in it, in the clause that has most of them; none if none does.
fn request(
    clauses: &Clauses,
    source: &'static str,
    tool: &ToolSpec,
    text: &str,
    arguments: Option<&Value>,
    held_out: bool,
) -> Result<Option<Request>> {
    let place = |value: &str| place(text, value);
    let within = |places: &[Span]| clauses.of(text, places);
    request_within(source, tool, text, arguments, held_out, place, within)
}

/// The same with what says where a value stands, and in which words what stands at some places is said.
fn request_within(
    source: &'static str,
    tool: &ToolSpec,
    text: &str,
    arguments: Option<&Value>,
    held_out: bool,
    place: impl Fn(&str) -> Option<Span>,
    within: impl Fn(&[Span]) -> Result<Span>,
) -> Result<Option<Request>> {
    let Some(arguments) = arguments.and_then(Value::as_object) else { return Ok(None) };
    let (mut values, mut places, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for (name, value) in arguments {
        match value {
            Value::String(value) if is_reference(value) => others.push((name.clone(), None)),
            Value::String(value) => match place(value) {
                Some(span) => {
                    places.push(span);
                    values.push((name.clone(), Said::At(span)));
                }
                None => values.push((name.clone(), Said::Value(json!(value)))),
            },
            Value::Array(items) => {
                if let Some(span) = items.first().and_then(Value::as_str).and_then(&place) {
                    places.push(span);
                    values.push((name.clone(), Said::At(span)));
                }
                others.extend(items.iter().map(|item| (name.clone(), place(&plain(item)))));
            }
            Value::Number(value) => {
                places.extend(place(&value.to_string()));
                values.push((name.clone(), Said::Value(json!(value))));
            }
            // What an earlier call gives is not said.
            Value::Object(value) if value.contains_key("$from") => {}
            _ => others.push((name.clone(), None)),
        }
    }
    let within = within(&places)?;
    values.retain(|(_, said)| match said {
        Said::At(span) => within.start <= span.start && span.end <= within.end,
        Said::Value(_) => true,
    });
    Ok((!values.is_empty()).then(|| Request {
        source,
        held_out,
        tool: tool.clone(),
        text: text.to_owned(),
        within,
        values,
        now: None,
        others,
        said: Vec::new(),
    }))
}

fn lines(path: &Path) -> Result<Vec<Value>> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    text.lines().filter(|line| !line.trim().is_empty()).map(|line| Ok(serde_json::from_str(line)?)).collect()
}

fn array(path: &Path) -> Result<Vec<Value>> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(serde_json::from_str(&text)?)
}

fn text(value: &Value, key: &str) -> Result<String> {
    let text = value.get(key).and_then(Value::as_str).ok_or_else(|| format!("no text {key:?} in {value}"))?;
    Ok(text.to_owned())
}

/// The elements of a list, or the one value.
fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice)
}

/// A value as it may stand in a text.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Whether a value stands for the result of an earlier call.
fn is_reference(value: &str) -> bool {
    value.contains("$var") || value.starts_with("API_call_")
}

/// One of twenty, by a hash of a text.
fn bucket(text: &str) -> u32 {
    let hash = Sha256::digest(text.as_bytes());
    let first: [u8; 4] = hash.iter().take(4).copied().collect::<Vec<_>>().try_into().unwrap_or_default();
    u32::from_be_bytes(first) % 20
}

/// Whether a request is among the fifth that is held out, by a hash of its text.
fn is_held(text: &str) -> bool {
    bucket(text) < 4
}
