//! Requests of the project's own cases: workflows, products and calls.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use jiff::{Timestamp, Zoned, fmt::temporal::Pieces};
use maestria::{Span, ToolSpec, delegator::read_functions};
use serde_json::{Value, json};

use super::{NAMES, bucket, is_held, items, lines, request, request_within, text};
use crate::{
    Result,
    request::{Clauses, Request, place, places},
};

pub(super) fn own(clauses: &Clauses, folder: &Path) -> Result<Vec<Request>> {
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
                let Some(tool) = tools.get(&super::text(step, "tool")?) else { continue };
                let held = split == Split::Validation;
                let made = request(clauses, NAMES[3], tool, text, step.get("arguments"), held)?;
                requests.extend(made.map(|request| Request { now: Some(now.clone()), ..request }));
            }
        }
    }
    Ok(requests)
}

/// Workflows of products, whose words are marked with the step that they ask for.
pub(super) fn products(clauses: &Clauses, folder: &Path) -> Result<Vec<Request>> {
    let mut requests = Vec::new();
    for (split, held_out) in [("train", false), ("validation", true)] {
        for product in folders(&folder.join(split))? {
            let tools = read_functions(&fs::read_to_string(product.join("tools.json"))?)?;
            let tools: HashMap<&str, &ToolSpec> = tools.iter().map(|tool| (tool.id.as_str(), tool)).collect();
            for family in lines(&product.join("cases.jsonl"))? {
                let now = moment(&text(&family, "now")?)?;
                let steps = family.get("steps").map(items).unwrap_or_default();
                let wordings = family.get("requests").map(items).unwrap_or_default();
                let pieces = family.get("pieces").map(items).unwrap_or_default();
                for (wording, pieces) in wordings.iter().zip(pieces) {
                    let wording = wording.as_str().unwrap_or_default();
                    for (step, span) in steps.iter().zip(extents(pieces, steps.len())?) {
                        let Some(tool) = tools.get(text(step, "tool")?.as_str()) else { continue };
                        let inside = |span: &Span, part: &Span| span.start <= part.start && part.end <= span.end;
                        let place = |value: &str| {
                            let found = places(wording, value);
                            found.iter().find(|part| inside(&span, part)).or(found.first()).copied()
                        };
                        let whole = |places: &[Span]| {
                            let is_whole = places.iter().all(|part| inside(&span, part));
                            if is_whole { Ok(span) } else { clauses.of(wording, places) }
                        };
                        let arguments = step.get("arguments");
                        let made = request_within(NAMES[5], tool, wording, arguments, held_out, place, whole)?;
                        requests.extend(made.map(|request| Request { now: Some(now.clone()), ..request }));
                    }
                }
            }
        }
    }
    Ok(requests)
}

/// From the first to the last word that asks for each of so many steps.
fn extents(pieces: &Value, steps: usize) -> Result<Vec<Span>> {
    let mut extents: Vec<Option<Span>> = vec![None; steps];
    let mut start = 0;
    for piece in items(pieces) {
        let (Some(text), step) = (piece.get(0).and_then(Value::as_str), piece.get(1).and_then(Value::as_u64)) else {
            return Err(format!("{piece} is no piece of a request").into());
        };
        let end = start + text.len();
        if let Some(extent) = step.and_then(|step| extents.get_mut(usize::try_from(step).ok()?)) {
            *extent = Some(Span { start: extent.map_or(start, |extent| extent.start), end });
        }
        start = end;
    }
    extents.into_iter().map(|extent| extent.ok_or_else(|| "no words ask for a step".into())).collect()
}

/// Requests to many different tools, of which a fifth is held out.
pub(super) fn calls(clauses: &Clauses, folder: &Path) -> Result<Vec<Request>> {
    let mut requests = Vec::new();
    for line in files(folder)?.iter().map(|file| lines(file)).collect::<Result<Vec<_>>>()?.iter().flatten() {
        let tools = read_functions(&json!([line.get("tool")]).to_string())?;
        for tool in &tools {
            for request in line.get("requests").and_then(Value::as_array).into_iter().flatten() {
                let text = text(request, "text")?;
                let held = is_held(tool.id.as_str());
                let made = super::request(clauses, NAMES[4], tool, &text, request.get("arguments"), held)?;
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

/// The files of a folder with JSON lines, in order.
pub(super) fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = folders(folder)?;
    files.retain(|path| path.extension().is_some_and(|end| end == "jsonl"));
    Ok(files)
}

/// What is in a folder, in order.
fn folders(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut all: Vec<PathBuf> = fs::read_dir(folder)?.map(|file| Ok(file?.path())).collect::<Result<_>>()?;
    all.sort();
    Ok(all)
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

/// A moment with its offset, such as `2026-03-04T09:30:00+01:00`.
fn moment(text: &str) -> Result<Zoned> {
    let pieces = Pieces::parse(text)?;
    let offset = pieces.to_numeric_offset().ok_or_else(|| format!("{text} has no offset"))?;
    Ok(text.parse::<Timestamp>()?.to_zoned(offset.to_time_zone()))
}
