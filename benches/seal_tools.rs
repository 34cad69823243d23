//! Seal-Tools: tools of many fields, and queries with the calls that answer them, as its files have them.

use std::path::Path;

use maestria::{ToolSpec, delegator::read_functions};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{Result, jsonl};

/// The tools, and queries with the calls that answer them.
#[derive(Debug)]
pub struct SealTools {
    /// All tools.
    pub tools: Vec<ToolSpec>,
    /// The queries.
    pub queries: Vec<Query>,
}

/// A request, and the calls that answer it.
#[derive(Debug, Deserialize)]
pub struct Query {
    /// The request.
    pub query: String,
    /// The calls.
    pub calling: Vec<Calling>,
}

/// A call; its results go by names such as `API_call_0`, by which parameters of later calls refer to them.
#[derive(Debug, Deserialize)]
pub struct Calling {
    /// The tool.
    pub api: String,
    /// Its parameters.
    pub parameters: Map<String, Value>,
    /// The names of its results.
    #[serde(default)]
    pub responses: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Tool {
    api_name: String,
    api_description: String,
    parameters: Value,
    required: Value,
    responses: Value,
}

impl SealTools {
    /// Reads the tools of a folder, and the queries of a file in it.
    ///
    /// # Errors
    /// When a file cannot be read, or is not what it should be.
    pub fn read(folder: &Path, file: &str) -> Result<Self> {
        let tools: Vec<Tool> = jsonl::read(
            &folder.join("tool.jsonl"),
            "`api_name`, `api_description`, `parameters`, `required` and `responses`",
        )?;
        let queries = jsonl::read(&folder.join(file), "`query` and `calling`")?;
        let functions: Vec<Value> = tools.into_iter().map(Tool::into_function).collect();
        Ok(Self { tools: read_functions(&json!(functions).to_string())?, queries })
    }
}

impl Tool {
    /// The tool in the form of function calling.
    fn into_function(self) -> Value {
        json!({
            "name": self.api_name,
            "description": self.api_description,
            "parameters": {"type": "object", "properties": self.parameters, "required": self.required},
            "returns": {"type": "object", "properties": self.responses},
        })
    }
}
