//! WorFBench: does a plan call the tools that the nodes of the workflow stand for?
//!
//! Of its parts those are measured that offer tools: ToolAlpaca and ToolBench. Their nodes are sentences, of which one in twenty-five names
//! its tool; of the others it is found by their words (see [`Attribution`]), rightly about 17 times of 20 where it was looked up by hand. So
//! no plan can reach 100 %.

mod attribution;
mod literal;

use std::path::Path;

use maestria::{ToolPlan, ToolSpec, delegator::read_functions};
use maestria_benches::{Result, jsonl, progress, scores::Agreement};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use self::attribution::Attribution;
use crate::{
    measure::{Measure, Set},
    report::Report,
    subject::Subject,
};

/// The two parts.
#[derive(Debug)]
pub(crate) struct WorFBench(Vec<(Set, Vec<Workflow>)>);

/// A task, the tools that are offered, and the sentences of its workflow's nodes.
#[derive(Debug)]
struct Workflow {
    task: String,
    tools: Vec<ToolSpec>,
    nodes: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Item {
    id: String,
    conversations: Vec<Message>,
}

#[derive(Debug, Deserialize)]
struct Message {
    role: String,
    content: String,
}

impl WorFBench {
    /// Reads the two parts of a folder.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let read = |(set, file)| {
            let items: Vec<Item> = jsonl::document(&folder.join(file))?;
            Ok((set, items.iter().map(|item| Workflow::read(item, file)).collect::<Result<_>>()?))
        };
        let parts = [(Set::ToolAlpaca, "toolalpaca.json"), (Set::ToolBench, "toolbench.json")];
        parts.into_iter().map(read).collect::<Result<_>>().map(Self)
    }
}

impl Workflow {
    fn read(item: &Item, file: &str) -> Result<Self> {
        let said = |role: &str| {
            let message = item.conversations.iter().find(|message| message.role == role);
            message.map(|message| message.content.as_str()).ok_or_else(|| format!("{file}: {} has no {role}", item.id))
        };
        let (user, assistant) = (said("user")?, said("assistant")?);
        let (task, tools) = user
            .split_once("\nThe api list you can use: ")
            .or_else(|| user.split_once("\napi_list:"))
            .ok_or_else(|| format!("{file}: {} offers no tools", item.id))?;
        let listed = literal::read(tools).and_then(|tools| tools.as_array().cloned());
        let listed = listed.ok_or_else(|| format!("{file}: the tools of {} cannot be read", item.id))?;
        // The last of ToolBench's tools says that the work is done.
        let functions = listed.iter().filter(|tool| tool.get("name") != Some(&json!("Finish"))).map(function);
        let tools = read_functions(&Value::Array(functions.collect()).to_string())
            .map_err(|error| format!("{file}: {}: {error}", item.id))?;
        Ok(Self { task: task.trim_start_matches("Task:").trim().to_owned(), tools, nodes: nodes(assistant) })
    }
}

/// A tool in the form of function calling. ToolAlpaca writes a parameter as "Required. string. What it is", ToolBench wraps descriptions in a
/// sentence of its own.
fn function(tool: &Value) -> Value {
    // What is no object is refused by its reader.
    let Value::Object(mut function) = tool.clone() else { return tool.clone() };
    let description = tool.get("description").and_then(Value::as_str).unwrap_or_default();
    let description = description
        .split_once("The description of this function is: ")
        .map_or(description, |(_, own)| own.trim_matches('"'));
    let written = tool.get("parameters").and_then(Value::as_object).filter(|schema| !schema.contains_key("properties"));
    if let Some(written) = written {
        let (mut properties, mut required) = (Map::new(), Vec::new());
        for (name, said) in written {
            let said = said.as_str().unwrap_or_default();
            let rest = said.strip_prefix("Required. ");
            required.extend(rest.map(|_| json!(name)));
            let (kind, description) = rest.unwrap_or(said).split_once(". ").unwrap_or(("", said));
            let kind = kind.split(['(', ' ']).next().unwrap_or_default().to_lowercase();
            let known = ["string", "integer", "number", "float", "boolean", "array", "object"].contains(&kind.as_str());
            let kind = if known { kind } else { "any".to_owned() };
            properties.insert(name.clone(), json!({"type": kind, "description": description}));
        }
        let schema = json!({"type": "object", "properties": properties, "required": required});
        function.insert("parameters".to_owned(), schema);
    }
    function.insert("description".to_owned(), json!(description));
    Value::Object(function)
}

/// The sentences of the nodes, which are numbered lines before the edges.
fn nodes(workflow: &str) -> Vec<String> {
    let nodes = workflow.split("Edge").next().unwrap_or_default();
    let node = |line: &str| {
        let (number, sentence) = line.trim().split_once([':', '.'])?;
        number.parse::<usize>().is_ok().then(|| sentence.trim().to_owned())
    };
    nodes.lines().filter_map(node).collect()
}

/// Measures both parts: the mean of the F1 of every workflow's tools.
pub(crate) fn measure(subject: &Subject, WorFBench(parts): &WorFBench, report: &mut Report) -> Result {
    for (set, workflows) in parts {
        let attribution = Attribution::of(workflows.iter().flat_map(|workflow| &workflow.tools));
        let mut sheet = report.sheet(subject.column, *set, workflows.len());
        let mut sum = 0.0;
        for Workflow { task, tools, nodes } in progress::told(workflows, "workflows") {
            let planned = subject.planner(tools.iter().cloned()).and_then(|planner| Ok(planner.plan(task, None)?));
            let given =
                planned.map_or_else(|error| json!({"error": error.to_string()}), |plan| ToolPlan::to_json(&plan));
            let steps = given.get("steps").and_then(Value::as_array).into_iter().flatten();
            let called = steps.filter_map(|step| step.get("tool")?.as_str());
            let expected: Vec<&str> = nodes.iter().filter_map(|node| attribution.tool(node, tools)).collect();
            let f1 = Agreement::of(expected.iter().copied(), called).f1();
            sum += f1;
            if f1 < 1.0 {
                let expected: Vec<Value> =
                    nodes.iter().zip(&expected).map(|(node, tool)| json!({"node": node, "tool": tool})).collect();
                sheet.wrong(Measure::NodeF1, task, &json!(expected), &given)?;
            }
        }
        sheet.add(Measure::NodeF1, sum / workflows.len().max(1) as f64);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_the_numbered_lines_before_the_edges() {
        let workflow = "Node:\n1: Find the hotel.\n2. Book it: tonight.\nGraph:\nEdge: (START,1) (1,2) (2,END)";
        assert_eq!(nodes(workflow), ["Find the hotel.", "Book it: tonight."]);
    }

    #[test]
    fn both_ways_of_writing_parameters_become_schemas() {
        let alpaca = json!({"name": "f", "description": "Does.", "parameters": {
            "a": "Required. string. The first.", "b": "integer. How many.", "c": "Array of strings."}});
        let expected = json!({"type": "object", "required": ["a"], "properties": {
            "a": {"type": "string", "description": "The first."}, "b": {"type": "integer", "description": "How many."},
            "c": {"type": "any", "description": "Array of strings."}}});
        assert_eq!(function(&alpaca)["parameters"], expected);

        let bench = json!({"name": "f", "description": "You can use this.The description of this function is: \"Does.\"",
            "parameters": {"type": "object", "properties": {}}});
        assert_eq!(function(&bench)["description"], "Does.");
    }
}
