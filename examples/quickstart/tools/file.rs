//! Text files in and out.

use std::{fs, io, path::Path};

use async_trait::async_trait;
use maestria::{Arguments, Content, Effect, InvalidId, Tool, ToolError, ToolSpec, taxonomy};
use serde::Deserialize;
use serde_json::{Value, json};

/// Largest file read, in bytes.
const LARGEST: u64 = 64 << 20;

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
        read(&file).map(Content::Text)
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
        save(&path, &content)
    }
}

/// Arguments as a Rust type. They satisfy the schema, so that this fails only where the type is stricter than the schema.
pub(crate) fn parameters<T: for<'de> Deserialize<'de>>(arguments: Arguments) -> Result<T, ToolError> {
    serde_json::from_value(Value::Object(arguments)).map_err(|error| ToolError::failed("reading its arguments", error))
}

/// The text of a file of at most 64 MiB.
pub(crate) fn read(file: &str) -> Result<String, ToolError> {
    let refuse = |problem: String| ToolError::invalid_argument("file", problem);
    let metadata = fs::metadata(file).map_err(|error| refuse(missing(file, &error)))?;
    if metadata.is_dir() {
        return Err(refuse(format!("{file} is a folder: name a file in it")));
    }
    if metadata.len() > LARGEST {
        return Err(refuse(format!("{file} has {} bytes; at most {LARGEST} are read", metadata.len())));
    }
    fs::read_to_string(file).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => refuse(format!("{file} is not UTF-8 text: convert it first")),
        _ => refuse(missing(file, &error)),
    })
}

/// Says that a file cannot be read, and which one may have been meant.
fn missing(file: &str, error: &io::Error) -> String {
    if error.kind() != io::ErrorKind::NotFound {
        return format!("{file} cannot be read ({error})");
    }
    let path = Path::new(file);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Ok(entries) = fs::read_dir(folder) else {
        return format!("there is no folder {}, so no file {file}: check the path", folder.display());
    };
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    let wanted = path.extension();
    names.retain(|name| !name.starts_with('.') && Path::new(name).extension() == wanted);
    names.sort();
    names.truncate(5);
    if names.is_empty() {
        format!("there is no file {file}: check the path")
    } else {
        format!("there is no file {file}; {} has {}", folder.display(), names.join(", "))
    }
}

/// Writes a file, and says where and how much.
pub(crate) fn save(path: &str, text: &str) -> Result<Content, ToolError> {
    fs::write(path, text).map_err(|error| {
        ToolError::invalid_argument("path", format!("{path} cannot be written ({error}): name another place"))
    })?;
    Ok(Content::Json(json!({"saved": path, "bytes": text.len()})))
}
