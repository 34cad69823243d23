//! Tables with named columns, and errors that say where a value is wrong.

use std::{io::Read, time::Duration};

use jiff::civil::DateTime;

use super::Fault;

/// A CSV file whose columns are found by name.
pub(super) struct Table<R> {
    reader: csv::Reader<R>,
    places: Vec<usize>,
    names: &'static [&'static str],
}

/// A line of it, with the columns in the order in which they were asked for.
pub(super) struct Row {
    pub(super) line: u64,
    values: Vec<String>,
    names: &'static [&'static str],
}

impl<R: Read> Table<R> {
    pub(super) fn new(text: R, names: &'static [&'static str]) -> Result<Self, Fault> {
        let mut reader = csv::ReaderBuilder::new().from_reader(text);
        let header = reader.headers().map_err(fault)?.clone();
        let place = |name: &&'static str| {
            let found = header.iter().position(|column| column.trim() == *name);
            found.ok_or_else(|| Fault { line: 1, problem: format!("there is no column `{name}`") })
        };
        let places = names.iter().map(place).collect::<Result<_, _>>()?;
        Ok(Self { reader, places, names })
    }

    pub(super) fn rows(self) -> impl Iterator<Item = Result<Row, Fault>> {
        let Self { reader, places, names } = self;
        reader.into_records().map(move |record| {
            let record = record.map_err(fault)?;
            let line = record.position().map_or(0, csv::Position::line);
            let value = |&place: &usize| record.get(place).unwrap_or_default().trim().to_owned();
            Ok(Row { line, values: places.iter().map(value).collect(), names })
        })
    }
}

impl Row {
    pub(super) fn text(&self, column: usize) -> &str {
        self.values.get(column).map_or("", String::as_str)
    }

    pub(super) fn seconds(&self, column: usize) -> Result<Duration, Fault> {
        let value = self.text(column).parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        value.filter(|&value| value < LONGEST).ok_or_else(|| self.fault(column, "a number of seconds"))
    }

    pub(super) fn count(&self, column: usize) -> Result<u32, Fault> {
        self.text(column).parse().map_err(|_| self.fault(column, "a count"))
    }

    pub(super) fn moment(&self, column: usize) -> Result<DateTime, Fault> {
        self.text(column).parse().map_err(|_| self.fault(column, "a date and time"))
    }

    fn fault(&self, column: usize, wanted: &str) -> Fault {
        let name = self.names.get(column).unwrap_or(&"");
        Fault { line: self.line, problem: format!("column `{name}`: \"{}\" is not {wanted}", self.text(column)) }
    }
}

/// Longest time that anything in a trace may take: a century, so that sums cannot overflow.
pub(super) const LONGEST: Duration = Duration::from_secs(100 * 366 * 24 * 3600);

/// Moments as durations since the first of them.
pub(super) fn since_first(moments: &[DateTime]) -> Vec<Duration> {
    let Some(first) = moments.iter().min() else { return Vec::new() };
    moments.iter().map(|moment| moment.duration_since(*first).try_into().unwrap_or_default()).collect()
}

/// Stretches or squeezes the gaps between arrivals so that the work takes this share of what the seats can do until the last arrival.
pub(super) fn scale(arrivals: &mut [Duration], work: Duration, seats: usize, load: f64) {
    let span = arrivals.iter().max().copied().unwrap_or_default();
    if span.is_zero() {
        return;
    }
    let factor = work.as_secs_f64() / (seats as f64 * span.as_secs_f64() * load);
    for arrival in arrivals {
        *arrival = Duration::try_from_secs_f64(arrival.as_secs_f64() * factor).unwrap_or(LONGEST).min(LONGEST);
    }
}

fn fault(error: csv::Error) -> Fault {
    let line = error.position().map_or(0, csv::Position::line);
    Fault { line, problem: error.to_string() }
}
