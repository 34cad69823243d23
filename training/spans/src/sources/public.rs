//! Requests of public sets: Seal-Tools, NESTFUL, SNIPS.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

use maestria::{Span, ToolSpec, intent::Said};
use serde_json::{Map, Value, json};

use super::{NAMES, array, is_held, lines, request, text};
use crate::{
    Result,
    request::{Clauses, Request},
};

/// Of SNIPS, one request in so many is read: its seven tools are not to outweigh the others.
const SNIPS_SHARE: usize = 6;

pub(super) fn seal_tools(clauses: &Clauses, folder: &Path) -> Result<Vec<Request>> {
    let tools = lines(&folder.join("tool.jsonl"))?.iter().map(seal_tool).collect::<Result<HashMap<_, _>>>()?;
    let mut requests = Vec::new();
    for query in lines(&folder.join("dev.jsonl"))? {
        let text = text(&query, "query")?;
        let calls = query.get("calling").and_then(Value::as_array).into_iter().flatten();
        for call in calls {
            let Some(tool) = tools.get(&super::text(call, "api")?) else { continue };
            requests.extend(request(clauses, NAMES[0], tool, &text, call.get("parameters"), is_held(&text))?);
        }
    }
    Ok(requests)
}

fn seal_tool(tool: &Value) -> Result<(String, ToolSpec)> {
    let name = text(tool, "api_name")?;
    let properties: Map<String, Value> = tool
        .get("parameters")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(name, parameter)| {
            let kind = match parameter.get("type").and_then(Value::as_str) {
                Some("int") => "integer",
                Some("float") => "number",
                Some("bool") => "boolean",
                _ => "string",
            };
            (name.clone(), json!({"type": kind, "description": parameter.get("description")}))
        })
        .collect();
    let spec = ToolSpec::new(name.parse()?, text(tool, "api_description")?)
        .with_input(json!({"type": "object", "properties": properties, "required": tool.get("required")}));
    Ok((name, spec))
}

pub(super) fn nestful(clauses: &Clauses, folder: &Path) -> Result<Vec<Request>> {
    let mut tools = HashMap::new();
    for tool in array(&folder.join("glaive-spec.json"))? {
        let name = text(&tool, "name")?;
        let parameters = tool.get("query_parameters").and_then(Value::as_object).cloned().unwrap_or_default();
        let required: Vec<&String> = parameters
            .iter()
            .filter(|(_, parameter)| parameter.get("required").and_then(Value::as_bool) == Some(true))
            .map(|(name, _)| name)
            .collect();
        let mut properties = parameters.clone();
        properties
            .values_mut()
            .filter_map(Value::as_object_mut)
            .for_each(|parameter| drop(parameter.remove("required")));
        let Ok(id) = name.parse() else { continue };
        let spec = ToolSpec::new(id, text(&tool, "description")?)
            .with_input(json!({"type": "object", "properties": properties, "required": required}));
        tools.insert(name, spec);
    }
    let mut requests = Vec::new();
    for case in array(&folder.join("glaive-data.json"))? {
        let text = text(&case, "input")?;
        for call in case.get("output").and_then(Value::as_array).into_iter().flatten() {
            let Some(tool) = tools.get(&super::text(call, "name")?) else { continue };
            requests.extend(request(clauses, NAMES[1], tool, &text, call.get("arguments"), is_held(&text))?);
        }
    }
    Ok(requests)
}

pub(super) fn snips(folder: &Path) -> Result<Vec<Request>> {
    let lines = lines(&folder.join("train.jsonl"))?;
    slots(lines.iter().step_by(SNIPS_SHARE), is_held)
}

/// SNIPS whole: its training part, at most `most` queries of every intent, and its validation part, which is held out.
pub(crate) fn snips_whole(folder: &Path, most: usize) -> Result<Vec<Request>> {
    let mut count: HashMap<String, usize> = HashMap::new();
    let held = lines(&folder.join("valid.jsonl"))?;
    let held_texts: HashSet<String> = held.iter().map(|line| text(line, "text")).collect::<Result<_>>()?;
    let mut train = lines(&folder.join("train.jsonl"))?;
    train.retain(|line| text(line, "text").is_ok_and(|text| !held_texts.contains(&text)));
    train.retain(|line| {
        let count = count.entry(text(line, "label").unwrap_or_default()).or_default();
        *count += 1;
        *count <= most
    });
    slots(train.iter().chain(&held), |text| held_texts.contains(text))
}

/// Requests of which every slot is a parameter of the intent, without a description.
fn slots<'a>(lines: impl Iterator<Item = &'a Value>, is_held: impl Fn(&str) -> bool) -> Result<Vec<Request>> {
    let mut slots: HashMap<String, Vec<String>> = HashMap::new();
    let mut marked = Vec::new();
    for line in lines {
        let (label, text) = (text(line, "label")?, text(line, "text")?);
        let values = tagged(&text, &super::text(line, "slots")?);
        let known = slots.entry(label.clone()).or_default();
        known.extend(values.iter().map(|(name, _)| name.clone()));
        known.sort();
        known.dedup();
        marked.push((label, text, values));
    }
    let mut requests = Vec::new();
    for (label, text, values) in marked {
        let properties: Map<String, Value> =
            slots.get(&label).into_iter().flatten().map(|name| (name.clone(), json!({"type": "string"}))).collect();
        let tool = ToolSpec::new(label.parse()?, "").with_input(json!({"type": "object", "properties": properties}));
        let within = Span { start: 0, end: text.len() };
        let values = values.into_iter().map(|(name, span)| (name, Said::At(span))).collect();
        requests.push(Request {
            source: NAMES[2],
            held_out: is_held(&text),
            tool,
            text,
            within,
            values,
            now: None,
            others: Vec::new(),
            said: Vec::new(),
        });
    }
    Ok(requests)
}

/// The values of a text whose words have tags `B-name`, `I-name` or `O`.
fn tagged(text: &str, tags: &str) -> Vec<(String, Span)> {
    let mut values: Vec<(String, Span)> = Vec::new();
    for (word, tag) in text.split_whitespace().zip(tags.split_whitespace()) {
        let start = word.as_ptr() as usize - text.as_ptr() as usize;
        let end = start + word.len();
        match tag.split_once('-') {
            Some(("B", name)) => values.push((name.to_owned(), Span { start, end })),
            Some(("I", _)) => values.iter_mut().next_back().into_iter().for_each(|(_, span)| span.end = end),
            _ => {}
        }
    }
    values
}
