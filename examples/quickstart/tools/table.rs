//! Tables: read from CSV, and passed between tools as JSON.

use async_trait::async_trait;
use maestria::{Arguments, Content, Effect, InvalidId, Tool, ToolError, ToolSpec};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::file;

/// A table as it travels along an edge of a plan.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Table {
    /// Where it came from.
    pub(crate) source: String,
    /// Names of its columns.
    pub(crate) columns: Vec<String>,
    /// Its rows, each with one cell per column.
    pub(crate) rows: Vec<Vec<String>>,
}

/// The JSON Schema by which plans know a table.
pub(crate) fn schema() -> Value {
    json!({"type": "object", "title": "Table"})
}

impl Table {
    /// Reads comma-separated values with a header.
    fn parse(source: &str, text: &str) -> Result<Self, ToolError> {
        let refuse = |problem: String| ToolError::InvalidInput { problem };
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header = reader.headers().map_err(|error| refuse(explain(source, &error)))?;
        let columns: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
        if columns.iter().all(String::is_empty) {
            return Err(refuse(format!("{source} is empty: it needs a header and at least one row")));
        }
        let rows: Result<Vec<Vec<String>>, csv::Error> =
            reader.records().map(|record| Ok(record?.iter().map(|cell| cell.trim().to_owned()).collect())).collect();
        let rows = rows.map_err(|error| refuse(explain(source, &error)))?;
        if rows.is_empty() {
            return Err(refuse(format!("{source} has a header and no rows")));
        }
        Ok(Self { source: source.to_owned(), columns, rows })
    }

    /// The cells of one column, in order.
    pub(crate) fn cells(&self, column: usize) -> impl Iterator<Item = &str> {
        self.rows.iter().filter_map(move |row| row.get(column)).map(String::as_str)
    }

    /// The numbers of a column, if all cells that are not empty are numbers.
    pub(crate) fn numbers(&self, column: usize) -> Option<Vec<Option<f64>>> {
        let cells = self.cells(column).map(|cell| match cell {
            "" => Some(None),
            cell => cell.replace(',', "").parse().ok().filter(|value: &f64| value.is_finite()).map(Some),
        });
        let numbers: Option<Vec<Option<f64>>> = cells.collect();
        numbers.filter(|numbers| numbers.iter().any(Option::is_some))
    }

    /// The column of this name, whatever its case and number.
    pub(crate) fn column(&self, parameter: &str, name: &str) -> Result<usize, ToolError> {
        let plain = |name: &str| {
            let letters: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
            letters.strip_suffix('s').map(str::to_owned).unwrap_or(letters)
        };
        self.columns.iter().position(|column| plain(column) == plain(name)).ok_or_else(|| ToolError::InvalidArgument {
            parameter: parameter.to_owned(),
            problem: format!("{} has no column \"{name}\"; it has {}", self.source, self.columns.join(", ")),
            options: self.columns.iter().map(|column| json!(column)).collect(),
        })
    }
}

/// What is wrong with a file of comma-separated values, where, and what to do.
fn explain(source: &str, error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let line = pos.as_ref().map_or(0, csv::Position::line);
            format!(
                "{source}, line {line}: {len} fields where the header has {expected_len}; mend the line, or quote fields that hold a comma"
            )
        }
        _ => format!("{source} is not a table of comma-separated values ({error})"),
    }
}

/// Reads a table from a file.
#[derive(Debug)]
pub(crate) struct ReadTable(ToolSpec);

impl ReadTable {
    pub(crate) fn new() -> Result<Self, InvalidId> {
        let spec = ToolSpec::new("read_table".parse()?, "Reads a table of comma-separated values")
            .with_input(json!({
                "type": "object",
                "properties": {"file": {"type": "string", "format": "path", "description": "CSV file to read"}},
                "required": ["file"],
            }))
            .with_output(schema())
            .with_effect(Effect::Pure);
        Ok(Self(spec))
    }
}

#[async_trait]
impl Tool for ReadTable {
    fn spec(&self) -> &ToolSpec {
        &self.0
    }

    async fn call(&self, arguments: Arguments) -> Result<Content, ToolError> {
        #[derive(Deserialize)]
        struct Parameters {
            file: String,
        }
        let Parameters { file } = file::parameters(arguments)?;
        let table = Table::parse(&file, &file::read(&file)?)?;
        serde_json::to_value(table).map(Content::Json).map_err(|error| ToolError::failed("handing the table on", error))
    }
}
