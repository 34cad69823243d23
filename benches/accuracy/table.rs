//! One table of shares in percent, and notes below it.

use std::fmt;

/// What was measured.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<(String, String, f64)>,
    notes: Vec<String>,
}

impl Table {
    /// Adds a share in `[0, 1]`.
    pub(crate) fn add(&mut self, set: &str, measure: &str, share: f64) {
        eprintln!("{set}: {measure}: {:.1} %", 100.0 * share);
        self.rows.push((set.to_owned(), measure.to_owned(), share));
    }

    /// Adds a line below the table.
    pub(crate) fn note(&mut self, note: String) {
        self.notes.push(note);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| set | measure | % |\n|---|---|--:|")?;
        for (set, measure, share) in &self.rows {
            writeln!(f, "| {set} | {measure} | {:.1} |", 100.0 * share)?;
        }
        if !self.notes.is_empty() {
            writeln!(f)?;
        }
        self.notes.iter().try_for_each(|note| writeln!(f, "- {note}"))
    }
}
