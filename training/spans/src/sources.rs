//! Requests with known values: of public sets, and of the project's own cases.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fs,
    path::{Path, PathBuf},
};

use jiff::{Timestamp, Zoned, fmt::temporal::Pieces};
use maestria::{Span, ToolSpec, delegator::read_functions, intent::Said};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::{
    Result,
    request::{Clauses, Request, place, places, places_of_number},
};

/// The sources.
pub(crate) const NAMES: [&str; 5] = ["seal_tools", "nestful", "snips", "own", "calls"];

/// The source of requests that call one tool several times.
const REPEATED: &str = "repeated";

/// Of SNIPS, one request in so many is read: its seven tools are not to outweigh the others.
const SNIPS_SHARE: usize = 6;

/// The requests of all sources. A fifth is held out: of public sets by a hash of the text, of the project's own cases the validation split.
pub(crate) fn all(data: &Path, cases: &Path) -> Result<Vec<Request>> {
    let clauses = &Clauses::new()?;
    let mut requests = seal_tools(clauses, &data.join("tools/seal_tools"))?;
    requests.extend(nestful(clauses, &data.join("tools/nestful"))?);
    requests.extend(snips(&data.join("intent/snips"))?);
    requests.extend(own(clauses, &cases.join("planning"))?);
    requests.extend(calls(clauses, &cases.join("calls"))?);
    requests.extend(repeated(&cases.join("planning/repeated"))?);
    Ok(requests)
}

fn seal_tools(clauses: &Clauses, folder: &Path) -> Result<Vec<Request>> {
    let tools = lines(&folder.join("tool.jsonl"))?.iter().map(seal_tool).collect::<Result<HashMap<_, _>>>()?;
    let mut requests = Vec::new();
    for query in lines(&folder.join("dev.jsonl"))? {
        let text = text(&query, "query")?;
        let calls = query.get("calling").and_then(Value::as_array).into_iter().flatten();
        for call in calls {
            let Some(tool) = tools.get(&self::text(call, "api")?) else { continue };
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

fn nestful(clauses: &Clauses, folder: &Path) -> Result<Vec<Request>> {
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
            let Some(tool) = tools.get(&self::text(call, "name")?) else { continue };
            requests.extend(request(clauses, NAMES[1], tool, &text, call.get("arguments"), is_held(&text))?);
        }
    }
    Ok(requests)
}

fn snips(folder: &Path) -> Result<Vec<Request>> {
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
        let values = tagged(&text, &self::text(line, "slots")?);
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

fn own(clauses: &Clauses, folder: &Path) -> Result<Vec<Request>> {
    let tools = read_functions(&fs::read_to_string(folder.join("tools.json"))?)?;
    let tools: HashMap<String, ToolSpec> = tools.into_iter().map(|tool| (tool.id.to_string(), tool)).collect();
    let mut requests = Vec::new();
    for family in
        files(&folder.join("workflows"))?.iter().map(|file| lines(file)).collect::<Result<Vec<_>>>()?.iter().flatten()
    {
        let split = split(&text(family, "family")?);
        if split == Split::Test {
            continue;
        }
        let now = moment(&text(family, "now")?)?;
        let steps = family.get("steps").and_then(Value::as_array).cloned().unwrap_or_default();
        for text in family.get("requests").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            for step in &steps {
                let Some(tool) = tools.get(&self::text(step, "tool")?) else { continue };
                let held = split == Split::Validation;
                let made = request(clauses, NAMES[3], tool, text, step.get("arguments"), held)?;
                requests.extend(made.map(|request| Request { now: Some(now.clone()), ..request }));
            }
        }
    }
    Ok(requests)
}

/// Requests to many different tools, of which a fifth is held out.
fn calls(clauses: &Clauses, folder: &Path) -> Result<Vec<Request>> {
    let mut requests = Vec::new();
    for line in files(folder)?.iter().map(|file| lines(file)).collect::<Result<Vec<_>>>()?.iter().flatten() {
        let tools = read_functions(&json!([line.get("tool")]).to_string())?;
        for tool in &tools {
            for request in line.get("requests").and_then(Value::as_array).into_iter().flatten() {
                let text = text(request, "text")?;
                let held = is_held(tool.id.as_str());
                let made = self::request(clauses, NAMES[4], tool, &text, request.get("arguments"), held)?;
                let said = request.get("said").and_then(Value::as_object).into_iter().flatten();
                let said: Vec<(String, Span)> = said
                    .flat_map(|(name, pieces)| items(pieces).iter().map(move |piece| (name, piece)))
                    .filter_map(|(name, piece)| Some((name.clone(), place(&text, piece.as_str()?)?)))
                    .collect();
                requests.extend(made.map(|request| Request { said, ..request }));
            }
        }
    }
    Ok(requests)
}

/// Requests that call one tool several times, which are of no use to a model that looks for one value: all that they say is in `others`.
fn repeated(folder: &Path) -> Result<Vec<Request>> {
    let mut requests = Vec::new();
    for file in files(folder)? {
        let held_out = file.file_stem().is_some_and(|name| name != "train");
        for line in lines(&file)? {
            let tools = read_functions(&line.get("tools").unwrap_or_default().to_string())?;
            for request in line.get("requests").and_then(Value::as_array).into_iter().flatten() {
                let text = text(request, "text")?;
                let calls = request.get("calls").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                requests.extend(tools.iter().filter_map(|tool| of_calls(tool, &text, calls, held_out)));
            }
        }
    }
    Ok(requests)
}

/// What the calls of `tool` take from a request; none if it is not called.
fn of_calls(tool: &ToolSpec, text: &str, calls: &[Value], held_out: bool) -> Option<Request> {
    let own = calls.iter().filter(|call| call.get("tool").and_then(Value::as_str) == Some(tool.id.as_str()));
    let said = own.filter_map(|call| call.get("said").or_else(|| call.get("arguments")).and_then(Value::as_object));
    let mut times: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (name, value) in said.flatten() {
        for item in items(value) {
            *times.entry((name.clone(), plain(item))).or_default() += 1;
        }
    }
    let placed = times.into_iter().flat_map(|((name, value), times)| {
        let number = value.parse().map_or_else(|_| Vec::new(), |number| places_of_number(text, number));
        let spans = if number.is_empty() { places(text, &value) } else { number };
        let mut spans: Vec<Option<Span>> = spans.into_iter().take(times).map(Some).collect();
        if spans.is_empty() {
            spans.push(None);
        }
        spans.into_iter().map(move |span| (name.clone(), span))
    });
    let others: Vec<(String, Option<Span>)> = placed.collect();
    let (within, text) = (Span { start: 0, end: text.len() }, text.to_owned());
    let request = Request {
        source: REPEATED,
        held_out,
        tool: tool.clone(),
        text,
        within,
        values: Vec::new(),
        now: None,
        others,
        said: Vec::new(),
    };
    (!request.others.is_empty()).then_some(request)
}

/// The files of a folder with JSON lines, in order.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let all: Vec<PathBuf> = fs::read_dir(folder)?.map(|file| Ok(file?.path())).collect::<Result<_>>()?;
    let mut files: Vec<PathBuf> =
        all.into_iter().filter(|path| path.extension().is_some_and(|end| end == "jsonl")).collect();
    files.sort();
    Ok(files)
}

/// A part of the project's own cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Split {
    Train,
    Validation,
    Test,
}

/// The split of a family, as `training/planning.py` has it.
fn split(family: &str) -> Split {
    match bucket(family) {
        0..3 => Split::Validation,
        3..6 => Split::Test,
        _ => Split::Train,
    }
}

/// A request with the values that stand in it; none if none does, or if one of them stands nowhere.
fn request(
    clauses: &Clauses,
    source: &'static str,
    tool: &ToolSpec,
    text: &str,
    arguments: Option<&Value>,
    held_out: bool,
) -> Result<Option<Request>> {
    let Some(arguments) = arguments.and_then(Value::as_object) else { return Ok(None) };
    let (mut values, mut places, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for (name, value) in arguments {
        match value {
            Value::String(value) if is_reference(value) => others.push((name.clone(), None)),
            Value::String(value) => match place(text, value) {
                Some(span) => {
                    places.push(span);
                    values.push((name.clone(), Said::At(span)));
                }
                None => values.push((name.clone(), Said::Value(json!(value)))),
            },
            Value::Array(items) => {
                if let Some(span) = items.first().and_then(Value::as_str).and_then(|first| place(text, first)) {
                    places.push(span);
                    values.push((name.clone(), Said::At(span)));
                }
                others.extend(items.iter().map(|item| (name.clone(), place(text, &plain(item)))));
            }
            Value::Number(value) => {
                places.extend(place(text, &value.to_string()));
                values.push((name.clone(), Said::Value(json!(value))));
            }
            _ => others.push((name.clone(), None)),
        }
    }
    let within = clauses.of(text, &places)?;
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

/// A moment with its offset, such as `2026-03-04T09:30:00+01:00`.
fn moment(text: &str) -> Result<Zoned> {
    let pieces = Pieces::parse(text)?;
    let offset = pieces.to_numeric_offset().ok_or_else(|| format!("{text} has no offset"))?;
    Ok(text.parse::<Timestamp>()?.to_zoned(offset.to_time_zone()))
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
