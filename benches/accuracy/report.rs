//! What was measured, as a table with a column per classifier or as JSON lines.

use std::fmt;

use maestria_benches::{scores::Claim, source::Column, table::Table};

use crate::{
    confusions::Confusions,
    diagram::Curve,
    measure::{Measure, Set},
};

/// Every figure, and what else is shown.
#[derive(Debug, Default)]
pub(crate) struct Report {
    table: Table<Measure>,
    curves: Vec<Curve>,
    confusions: Vec<(Column, Set, Confusions)>,
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
    /// The part on a classifier and a set of so many texts.
    pub(crate) fn sheet(&mut self, column: Column, set: Set, texts: usize) -> Sheet<'_> {
        Sheet { report: self, column, set, texts }
    }

    pub(crate) fn curves(&self) -> &[Curve] {
        &self.curves
    }

    /// One object a line and measure.
    pub(crate) fn json_lines(&self) -> String {
        self.table.json_lines()
    }
}

impl Sheet<'_> {
    /// Adds a figure: a share in `[0, 1]`, or bytes.
    pub(crate) fn add(&mut self, measure: Measure, value: f64) {
        self.report.table.enter(self.column, self.set, self.texts, measure, value);
    }

    /// Adds claims, for the diagram.
    pub(crate) fn curve(&mut self, claims: Vec<Claim>) {
        self.report.curves.push(Curve { set: self.set, column: self.column, claims });
    }

    /// Adds what was taken for what.
    pub(crate) fn confusions(&mut self, confusions: Confusions) {
        self.report.confusions.push((self.column, self.set, confusions));
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.table.fmt(f)?;
        for (column, set, confusions) in &self.confusions {
            writeln!(f, "\nMost frequent confusions, {column}, {set}:\n")?;
            for confusion in confusions.iter() {
                writeln!(f, "- {} taken for {}: {}", confusion.label, confusion.taken_for, confusion.count)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn columns_meet_in_a_row_and_a_star_marks_what_misses() {
        let mut report = Report::default();
        report.sheet(Column::Default, Set::Snips, 700).add(Measure::AccuracyFitted, 0.97);
        let one = "| SNIPS, validation (700) | accuracy, fitted on train, % | 97.0 * | ≥ 98 |\n";
        assert!(report.to_string().ends_with(one), "{report}");

        report.sheet(Column::Accurate, Set::Snips, 700).add(Measure::AccuracyFitted, 0.99);
        let both = "| SNIPS, validation (700) | accuracy, fitted on train, % | 97.0 * | 99.0 | ≥ 98 / 98.5 |\n";
        assert!(report.to_string().ends_with(both), "{report}");

        let line: serde_json::Value = serde_json::from_str(&report.json_lines()).unwrap();
        assert_eq!(line["default"], 97.0);
        assert_eq!(line["asked"], json!({"at_least": {"default": 98.0, "accurate": 98.5}}));
    }

    #[test]
    fn a_cost_is_to_stay_below_what_is_asked_for() {
        let mut report = Report::default();
        report.sheet(Column::Default, Set::Process, 0).add(Measure::Memory, 41e6);
        report.sheet(Column::Accurate, Set::Process, 0).add(Measure::Memory, 90e6);
        let row = "| process | memory of a loaded classifier, MB | 41.0 * | 90.0 | ≤ 40 / – |\n";
        assert!(report.to_string().ends_with(row), "{report}");
    }
}
