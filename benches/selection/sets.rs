//! Tools and wishes of the sets that selection is measured on.

use std::{collections::BTreeSet, fs, path::Path};

use maestria::{ToolSpec, delegator::read_functions};
use maestria_benches::split::bucket;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::Result;

/// Tools, and wishes over them.
#[derive(Debug)]
pub(crate) struct Set {
    pub(crate) tools: Vec<ToolSpec>,
    pub(crate) wishes: Vec<Wish>,
}

/// A wish and the names of the tools that it means; none if no tool serves it.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub(crate) text: String,
    pub(crate) meant: BTreeSet<String>,
}

impl Wish {
    pub(crate) fn means(&self, tool: &ToolSpec) -> bool {
        self.meant.contains(tool.id.as_str())
    }
}

#[derive(Debug, Deserialize)]
struct SealTool {
    api_name: String,
    api_description: String,
    parameters: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
struct SealQuery {
    query: String,
    calling: Vec<SealCall>,
}

#[derive(Debug, Deserialize)]
struct SealCall {
    api: String,
}

/// A part of Seal-Tools: `dev` or `test_in_domain`.
pub(crate) fn seal_tools(data: &Path, part: &str) -> Result<Set> {
    let folder = data.join("tools/seal_tools");
    let tools = lines(&folder.join("tool.jsonl"))?.into_iter().map(|tool: SealTool| {
        let properties = json!({"type": "object", "properties": tool.parameters});
        Ok(ToolSpec::new(tool.api_name.parse()?, tool.api_description).with_input(properties))
    });
    let wishes = lines(&folder.join(format!("{part}.jsonl")))?.into_iter().map(|query: SealQuery| Wish {
        text: query.query,
        meant: query.calling.into_iter().map(|call| call.api).collect(),
    });
    Ok(Set { tools: tools.collect::<Result<_>>()?, wishes: wishes.collect() })
}

#[derive(Debug, Deserialize)]
struct MetaToolQuery {
    query: String,
    tool: String,
}

/// MetaTool: one tool for every query. The merged descriptions come first, as they do in the paper.
pub(crate) fn metatool(data: &Path) -> Result<Set> {
    let folder = data.join("tools/metatool");
    let queries: Vec<MetaToolQuery> = lines(&folder.join("single.jsonl"))?;
    let (merged, single): (Map<String, Value>, Map<String, Value>) =
        (file(&folder.join("big_tool_des.json"))?, file(&folder.join("plugin_des.json"))?);
    let names: BTreeSet<&str> = queries.iter().map(|query| query.tool.as_str()).collect();
    let tools = names.into_iter().map(|name| {
        let description = merged.get(name).or_else(|| single.get(name)).and_then(Value::as_str).unwrap_or_default();
        Ok(ToolSpec::new(name.parse()?, description))
    });
    let tools = tools.collect::<Result<_>>()?;
    let wishes = queries.into_iter().map(|query| Wish { text: query.query, meant: BTreeSet::from([query.tool]) });
    Ok(Set { tools, wishes: wishes.collect() })
}

#[derive(Debug, Deserialize)]
struct OwnFamily {
    family: String,
    expected: BTreeSet<String>,
    requests: Vec<String>,
}

/// A split of this project's own cases: `train`, `validation` or `test`.
pub(crate) fn own(planning: &Path, split: &str) -> Result<Set> {
    let tools = read_functions(&fs::read_to_string(planning.join("tools.json"))?)?;
    let mut wishes = Vec::new();
    let mut files: Vec<_> = fs::read_dir(planning.join("selection"))?.collect::<Result<_, _>>()?;
    files.sort_by_key(fs::DirEntry::path);
    for path in files {
        for family in lines::<OwnFamily>(&path.path())?.into_iter().filter(|family| split_of(&family.family) == split) {
            let meant = family.expected;
            wishes.extend(family.requests.into_iter().map(|text| Wish { text, meant: meant.clone() }));
        }
    }
    Ok(Set { tools, wishes })
}

#[derive(Debug, Deserialize)]
struct Workflow {
    family: String,
    requests: Vec<String>,
    steps: Vec<WorkflowStep>,
}

#[derive(Debug, Deserialize)]
struct WorkflowStep {
    tool: String,
}

/// A split of this project's own workflows: what they ask for, of all their steps together.
pub(crate) fn workflows(planning: &Path, split: &str) -> Result<Set> {
    let tools = read_functions(&fs::read_to_string(planning.join("tools.json"))?)?;
    let mut wishes = Vec::new();
    for name in ["life", "mixed", "work"] {
        let families: Vec<Workflow> = lines(&planning.join(format!("workflows/{name}.jsonl")))?;
        for family in families.into_iter().filter(|family| split_of(&family.family) == split) {
            let meant: BTreeSet<String> = family.steps.into_iter().map(|step| step.tool).collect();
            wishes.extend(family.requests.into_iter().map(|text| Wish { text, meant: meant.clone() }));
        }
    }
    Ok(Set { tools, wishes })
}

/// The workflows of the products of a split, a set for each product.
pub(crate) fn products(planning: &Path, split: &str) -> Result<Vec<Set>> {
    let mut sets = Vec::new();
    for folder in fs::read_dir(planning.join("products").join(split))? {
        let folder = folder?.path();
        let tools = read_functions(&fs::read_to_string(folder.join("tools.json"))?)?;
        let wishes = lines::<Workflow>(&folder.join("cases.jsonl"))?.into_iter().flat_map(|family| {
            let meant: BTreeSet<String> = family.steps.into_iter().map(|step| step.tool).collect();
            family.requests.into_iter().map(move |text| Wish { text, meant: meant.clone() })
        });
        sets.push((folder, Set { tools, wishes: wishes.collect() }));
    }
    sets.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(sets.into_iter().map(|(_, set)| set).collect())
}

#[derive(Debug, Deserialize)]
struct Calls {
    tool: Value,
    requests: Vec<CallRequest>,
}

#[derive(Debug, Deserialize)]
struct CallRequest {
    text: String,
}

/// The requests of `calls` in `count` sets, each of which has its share of the tools. Every tool is in one of them.
pub(crate) fn calls(folder: &Path, count: usize) -> Result<Vec<Set>> {
    let mut calls: Vec<(ToolSpec, Vec<CallRequest>)> = Vec::new();
    for name in ["business", "leisure", "science", "services"] {
        for Calls { tool, requests } in lines::<Calls>(&folder.join(format!("{name}.jsonl")))? {
            calls.extend(read_functions(&tool.to_string())?.into_iter().next().map(|tool| (tool, requests)));
        }
    }
    calls.sort_by_key(|(tool, _)| Sha256::digest(tool.id.as_str()));
    let mut sets: Vec<Set> = (0..count).map(|_| Set { tools: Vec::new(), wishes: Vec::new() }).collect();
    for ((tool, requests), place) in calls.into_iter().zip((0..count).cycle()) {
        let Some(set) = sets.get_mut(place) else { continue };
        let meant = BTreeSet::from([tool.id.to_string()]);
        set.wishes.extend(requests.into_iter().map(|request| Wish { text: request.text, meant: meant.clone() }));
        if !set.tools.iter().any(|known| known.id == tool.id) {
            set.tools.push(tool);
        }
    }
    Ok(sets)
}

/// The split of a family, by a hash of its name: 70 % train, 15 % validation, 15 % test.
fn split_of(family: &str) -> &'static str {
    match bucket(family, 20) {
        0..3 => "validation",
        3..6 => "test",
        _ => "train",
    }
}

/// A part of the Berkeley function calling leaderboard: the tools and the text of every question.
pub(crate) fn bfcl(data: &Path, part: &str) -> Result<Vec<(Vec<ToolSpec>, String)>> {
    let questions: Vec<Value> = lines(&data.join(format!("tools/bfcl/{part}.jsonl")))?;
    let read = |question: &Value| {
        let text = question.pointer("/question/0/0/content").and_then(Value::as_str).unwrap_or_default();
        Ok((read_functions(&question["function"].to_string())?, text.to_owned()))
    };
    questions.iter().map(read).collect()
}

fn lines<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let parse = |line| serde_json::from_str(line).map_err(|error| format!("{}: {error}", path.display()).into());
    text.lines().filter(|line| !line.trim().is_empty()).map(parse).collect()
}

fn file<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(serde_json::from_str(&text)?)
}
