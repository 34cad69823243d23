//! What is wrong with a fleet's file, and where.

use std::fmt;

/// What is wrong with a fleet's file, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct FleetError {
    /// The line, from one; the last line of a model in JSON where its fields do not agree.
    pub line: usize,
    /// The model, by its id, or by its place in the list where it has none; absent where the file itself is wrong.
    pub model: Option<String>,
    /// The field, with those around it: `price.input`; absent where the model itself is wrong.
    pub field: Option<String>,
    /// What is wrong there.
    pub problem: String,
}

impl fmt::Display for FleetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if let Some(model) = &self.model {
            write!(f, ", model {model}")?;
        }
        if let Some(field) = &self.field {
            write!(f, ", {field}")?;
        }
        write!(f, ": {}", self.problem)
    }
}

impl FleetError {
    pub(super) fn of_toml(text: &str, error: &toml::de::Error, path: &str) -> Self {
        let start = error.span().map_or(0, |span| span.start);
        let line = text.bytes().take(start).filter(|byte| *byte == b'\n').count() + 1;
        let ids = toml::from_str::<toml::Table>(text).map(|table| id(&table, path));
        Self::new(line, error.message(), path, ids.ok().flatten())
    }

    pub(super) fn of_json(text: &str, error: &serde_json::Error, path: &str) -> Self {
        let message = error.to_string();
        let problem = message.rsplit_once(" at line ").map_or(message.as_str(), |(problem, _)| problem);
        let id = || {
            let file: serde_json::Value = serde_json::from_str(text).ok()?;
            Some(file.get("model")?.get(place(path)?)?.get("id")?.as_str()?.to_owned())
        };
        Self::new(error.line(), problem, path, id())
    }

    fn new(line: usize, problem: &str, path: &str, id: Option<String>) -> Self {
        let model = place(path).map(|place| id.unwrap_or_else(|| format!("number {}", place + 1)));
        let field = match &model {
            Some(_) => path.split_once("].").map(|(_, field)| field),
            None => Some(path).filter(|path| !path.is_empty() && *path != "."),
        };
        Self { line, model, field: field.map(str::to_owned), problem: problem.to_owned() }
    }
}

/// The place in the list of models that a path such as `model[2].window` leads to.
fn place(path: &str) -> Option<usize> {
    path.strip_prefix("model[")?.split_once(']')?.0.parse().ok()
}

fn id(table: &toml::Table, path: &str) -> Option<String> {
    Some(table.get("model")?.get(place(path)?)?.get("id")?.as_str()?.to_owned())
}
