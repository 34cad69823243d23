//! What was measured, and what was wrong: a table, or JSON lines, and a file of wrong cases for whoever wants to know why.

use std::{
    fmt,
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use maestria_benches::{Result, source::Column, table::Table};
use serde_json::{Value, json};

use crate::measure::{Measure, Set};

/// Every figure, and where wrong cases go.
#[derive(Debug)]
pub(crate) struct Report {
    table: Table<Measure>,
    failures: Option<BufWriter<File>>,
}

/// The report's part on one classifier and set.
#[derive(Debug)]
pub(crate) struct Sheet<'a> {
    report: &'a mut Report,
    column: Column,
    set: Set,
    texts: usize,
}

impl Report {
    /// An empty report that writes wrong cases to a file, if one is given.
    pub(crate) fn new(failures: Option<&Path>) -> Result<Self> {
        let create = |file: &Path| File::create(file).map_err(|error| format!("{}: {error}", file.display()));
        Ok(Self { table: Table::default(), failures: failures.map(create).transpose()?.map(BufWriter::new) })
    }

    /// The part on a classifier and a set of so many texts.
    pub(crate) fn sheet(&mut self, column: Column, set: Set, texts: usize) -> Sheet<'_> {
        Sheet { report: self, column, set, texts }
    }

    /// One object a line and measure.
    pub(crate) fn json_lines(&self) -> String {
        self.table.json_lines()
    }

    /// Writes what is still to be written.
    pub(crate) fn close(self) -> Result {
        Ok(self.failures.map_or(Ok(()), |mut failures| failures.flush())?)
    }
}

impl Sheet<'_> {
    /// Adds a figure: a share in `[0, 1]`.
    pub(crate) fn add(&mut self, measure: Measure, value: f64) {
        self.report.table.enter(self.column, self.set, self.texts, measure, value);
    }

    /// Notes a wrong case.
    pub(crate) fn wrong(&mut self, measure: Measure, request: &str, expected: &Value, given: &Value) -> Result {
        let Some(failures) = &mut self.report.failures else { return Ok(()) };
        let (set, measure, column) = (self.set.to_string(), measure.to_string(), self.column.to_string());
        let case = json!({
            "set": set, "measure": measure, "column": column, "request": request, "expected": expected, "given": given,
        });
        Ok(writeln!(failures, "{case}")?)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.table.fmt(f)
    }
}
