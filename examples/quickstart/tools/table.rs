//! Tables: read from CSV, and passed between tools as JSON.

use async_trait::async_trait;
use maestria::{Arguments, Content, Effect, InvalidId, Tool, ToolError, ToolSpec};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{disk, file, number};

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
        check_header(&columns).map_err(|problem| refuse(format!("{source} {problem}")))?;
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
            cell => number::parse(cell).map(Some),
        });
        let numbers: Option<Vec<Option<f64>>> = cells.collect();
        numbers.filter(|numbers| numbers.iter().any(Option::is_some))
    }

    /// The first cell of a column that is neither empty nor a number.
    pub(crate) fn not_a_number(&self, column: usize) -> Option<&str> {
        self.cells(column).find(|cell| !cell.is_empty() && number::parse(cell).is_none())
    }

    /// The column of this name; without one, whatever its case, its signs between words, and whether it ends with an s.
    pub(crate) fn column(&self, parameter: &str, name: &str) -> Result<usize, ToolError> {
        let plain = |name: &str| {
            let letters: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
            letters.strip_suffix('s').map(str::to_owned).unwrap_or(letters)
        };
        let exact = self.columns.iter().position(|column| column == name);
        let similar = || self.columns.iter().position(|column| plain(column) == plain(name));
        exact.or_else(similar).ok_or_else(|| ToolError::InvalidArgument {
            parameter: parameter.to_owned(),
            problem: format!("{} has no column \"{name}\"; it has {}", self.source, self.columns.join(", ")),
            options: self.columns.iter().map(|column| json!(column)).collect(),
        })
    }
}

/// Whether a header names columns that can be told apart.
fn check_header(columns: &[String]) -> Result<(), String> {
    if let [only] = columns {
        let separators = [(';', "semicolons"), ('\t', "tabs")];
        if let Some((_, name)) = separators.iter().find(|(separator, _)| only.contains(*separator)) {
            return Err(format!("seems to be separated by {name}: save it with commas"));
        }
    }
    for (i, name) in columns.iter().enumerate() {
        if let Some(first) = columns.iter().take(i).position(|other| other == name) {
            let (first, second) = (first + 1, i + 1);
            return Err(format!(
                "has the name \"{name}\" for columns {first} and {second}: name every column differently"
            ));
        }
    }
    Ok(())
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
        let table = disk::blocking(move || Table::parse(&file, &disk::read(&file)?)).await?;
        serde_json::to_value(table).map(Content::Json).map_err(|error| ToolError::failed("handing the table on", error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_no_table_say_what_to_do() {
        let check = |text: &str, part: &str| {
            let problem = Table::parse("t.csv", text).unwrap_err().to_string();
            assert!(problem.contains(part), "{text:?}: {problem}");
        };
        check("", "t.csv is empty");
        check("\n\r\n", "t.csv is empty");
        check("\u{feff}", "t.csv is empty");
        check("a,b\n", "has a header and no rows");
        check("a,b\n1\n", "line 2: 1 fields where the header has 2");
        check("a,b\n1,2,3\n", "line 2: 3 fields where the header has 2");
        check("a;b\n1,5;2,5\n", "seems to be separated by semicolons: save it with commas");
        check("a\tb\n1\t2\n", "seems to be separated by tabs");
        check("a,b,a\n1,2,3\n", "the name \"a\" for columns 1 and 3");
    }

    #[test]
    fn a_byte_order_mark_and_windows_lines_are_no_content() {
        let table = Table::parse("t.csv", "\u{feff}name,size\r\n\"a, b\",\"1,234\"\r\nc,\r\n").unwrap();
        assert_eq!(table.columns, ["name", "size"]);
        assert_eq!(table.rows, [["a, b", "1,234"], ["c", ""]]);
        assert_eq!(table.numbers(1), Some(vec![Some(1234.0), None]));
    }

    #[test]
    fn a_column_with_one_cell_that_is_no_number_is_not_numeric() {
        let table = Table::parse("t.csv", "size\n1\n\"1,5\"\n").unwrap();
        assert_eq!((table.numbers(0), table.not_a_number(0)), (None, Some("1,5")));
    }

    #[test]
    fn columns_are_found_by_their_name_and_else_by_a_similar_one() {
        let table = Table::parse("t.csv", "unit,units,Unit Price\n1,2,3\n").unwrap();
        let check =
            |name: &str, expected: Option<usize>| assert_eq!(table.column("value", name).ok(), expected, "{name}");
        check("unit", Some(0));
        check("units", Some(1));
        check("unit_prices", Some(2));
        check("price", None);
    }
}
