//! Figures of several classifiers beside what is asked for, as a table or as JSON lines.

mod row;

use std::fmt;

use self::row::Row;
use crate::source::Column;

/// What a figure says. Together with what it is measured on it names a row.
pub trait Measure: Copy + PartialEq + fmt::Debug + fmt::Display {
    /// What a figure is measured on.
    type Set: Copy + PartialEq + fmt::Debug + fmt::Display;

    /// Its unit.
    fn unit(self) -> Unit;

    /// Whether less is better, so that what is asked for is an upper bound.
    fn is_cost(self) -> bool {
        false
    }

    /// What is asked for on a set.
    fn asked(self, set: Self::Set) -> Option<Asked>;

    /// What is published of large language models on a set: their names and figures.
    fn published(self, _set: Self::Set) -> Option<&'static str> {
        None
    }
}

/// The unit of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A share in `[0, 1]`, shown in hundredths.
    Percent,
    /// A share in `[0, 1]`, shown as it is.
    Share,
    /// A mean number of labels.
    Labels,
    /// 10⁶ bytes.
    Megabytes,
}

/// What is asked for, in the unit in which a figure is shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Asked {
    /// Of the default classifier.
    pub default: f64,
    /// Of the accurate one, if anything.
    pub accurate: Option<f64>,
}

/// Every figure, in rows of a set and a measure with a column for every classifier.
#[derive(Debug)]
pub struct Table<M: Measure> {
    rows: Vec<Row<M>>,
}

impl<M: Measure> Table<M> {
    /// Enters a figure, a share in `[0, 1]` or bytes, that was measured on so many texts of a set, and tells it on standard error.
    pub fn enter(&mut self, column: Column, set: M::Set, texts: usize, measure: M, value: f64) {
        let unit = measure.unit();
        let figure = value * unit.scale();
        eprintln!("{column}: {set}: {measure}: {figure:.*}", unit.digits());
        match self.rows.iter_mut().find(|row| row.set == set && row.measure == measure) {
            Some(row) => row.enter(column, figure),
            None => self.rows.push(Row::new(set, texts, measure).with(column, figure)),
        }
    }

    /// One object a line and measure.
    #[must_use]
    pub fn json_lines(&self) -> String {
        self.rows.iter().map(|row| format!("{}\n", row.json())).collect()
    }
}

impl<M: Measure> Default for Table<M> {
    fn default() -> Self {
        Self { rows: Vec::new() }
    }
}

impl<M: Measure> fmt::Display for Table<M> {
    /// As Markdown. There is a column of the accurate classifier if any figure is of it, and one of what is published if anything is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let accurate = self.rows.iter().any(Row::is_of_accurate);
        let published = self.rows.iter().any(Row::has_published);
        let (second, line) = if accurate { (" accurate |", "--:|") } else { ("", "") };
        let (last, last_line) = if published { (" published |", "---|") } else { ("", "") };
        writeln!(f, "| set (texts) | measure | default |{second} asked |{last}\n|---|---|--:|{line}--:|{last_line}")?;
        for row in &self.rows {
            writeln!(f, "| {} |", row.cells(accurate, published).join(" | "))?;
        }
        Ok(())
    }
}

impl Unit {
    /// What a value is multiplied by before it is shown.
    fn scale(self) -> f64 {
        match self {
            Self::Percent => 100.0,
            Self::Share | Self::Labels => 1.0,
            Self::Megabytes => 1e-6,
        }
    }

    /// Digits behind the decimal point.
    fn digits(self) -> usize {
        if self == Self::Share { 3 } else { 1 }
    }
}
