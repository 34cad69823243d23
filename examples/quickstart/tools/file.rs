//! Text files in and out.

use async_trait::async_trait;
use maestria::{Arguments, Content, Effect, InvalidId, Tool, ToolError, ToolSpec, taxonomy};
use serde::Deserialize;
use serde_json::{Value, json};

use super::disk;

/// Reads a text file.
#[derive(Debug)]
pub(crate) struct ReadText(ToolSpec);

impl ReadText {
    pub(crate) fn new() -> Result<Self, InvalidId> {
        let spec = ToolSpec::new("read_text".parse()?, "Reads the text of a file")
            .with_input(json!({
                "type": "object",
                "properties": {"file": {"type": "string", "format": "path", "description": "File to read"}},
                "required": ["file"],
            }))
            .with_output(json!({"type": "string", "contentMediaType": "text/plain"}))
            .with_serves([taxonomy::document_question()])
            .with_effect(Effect::Pure);
        Ok(Self(spec))
    }
}

#[async_trait]
impl Tool for ReadText {
    fn spec(&self) -> &ToolSpec {
        &self.0
    }

    async fn call(&self, arguments: Arguments) -> Result<Content, ToolError> {
        #[derive(Deserialize)]
        struct Parameters {
            file: String,
        }
        let Parameters { file } = parameters(arguments)?;
        disk::blocking(move || disk::read(&file).map(Content::Text)).await
    }
}

/// Writes a text into a file.
#[derive(Debug)]
pub(crate) struct SaveFile(ToolSpec);

impl SaveFile {
    pub(crate) fn new() -> Result<Self, InvalidId> {
        let spec = ToolSpec::new("save_file".parse()?, "Saves a result as a file: store, export, write to disk")
            .with_input(json!({
                "type": "object",
                "properties": {
                    "content": {"type": "string", "contentMediaType": "*/*", "description": "What to save"},
                    "path": {"type": "string", "format": "path", "description": "File to write"},
                },
                "required": ["content", "path"],
            }))
            .with_output(json!({"type": "object", "title": "SavedFile"}))
            .with_examples(["save it as result.svg", "export this to notes.md", "store the output in out.txt"])
            .with_effect(Effect::Idempotent);
        Ok(Self(spec))
    }
}

#[async_trait]
impl Tool for SaveFile {
    fn spec(&self) -> &ToolSpec {
        &self.0
    }

    async fn call(&self, arguments: Arguments) -> Result<Content, ToolError> {
        #[derive(Deserialize)]
        struct Parameters {
            content: String,
            path: String,
        }
        let Parameters { content, path } = parameters(arguments)?;
        disk::blocking(move || disk::save("path", &path, &content)).await
    }
}

/// Arguments as a Rust type. They satisfy the schema, so that this fails only where the type is stricter than the schema.
pub(crate) fn parameters<T: for<'de> Deserialize<'de>>(arguments: Arguments) -> Result<T, ToolError> {
    serde_json::from_value(Value::Object(arguments)).map_err(|error| ToolError::failed("reading its arguments", error))
}
