//! What was measured beside what is asked for, as two tables in Markdown.

use std::{fmt, path::Path};

use maestria_benches::Result;

use crate::{
    chart,
    fleet::Found,
    planted::Planted,
    streams::{Change, FALSE_ALARMS, Noticed, SOON, TASKS},
};

/// All figures.
#[derive(Debug, Default)]
pub(crate) struct Report {
    fleets: Vec<(Planted, Found)>,
    streams: Vec<(Change, Noticed)>,
}

impl Report {
    pub(crate) fn enter_fleet(&mut self, planted: Planted, found: Found) {
        self.fleets.push((planted, found));
    }

    /// Writes the chart of how soon changes are found.
    pub(crate) fn draw(&self, file: &Path) -> Result {
        chart::write(file, &self.streams)
    }

    pub(crate) fn enter_stream(&mut self, change: Change, noticed: Noticed) {
        self.streams.push((change, noticed));
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| fleet | judged | right, % | in the worst fleet | of the worst capability | sure, % | right of these, % | probes, mean | \
             most | intervals that hold, % | tokens of a model |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
        )?;
        for (planted, found) in &self.fleets {
            fleet_row(f, *planted, found)?;
        }
        writeln!(f, "| asked | | ≥ 90 | | | | ≥ 95 | | ≤ 20 | ≥ 95 | |\n")?;
        writeln!(
            f,
            "| success rate | streams | alarm without a change, % | found within {SOON} tasks, % | at all, % | tasks until found, median |\n\
             |---|--:|--:|--:|--:|--:|"
        )?;
        for (change, noticed) in &self.streams {
            stream_row(f, *change, noticed)?;
        }
        let percent = 100.0 * FALSE_ALARMS;
        writeln!(f, "| asked, of {TASKS} tasks and changes by 0.3 or more | | ≤ {percent} | ≥ 90 | | |")
    }
}

fn fleet_row(f: &mut fmt::Formatter<'_>, planted: Planted, found: &Found) -> fmt::Result {
    let judged = found.judgements().max(1) as f64;
    let worst_fleet = found.accuracies.iter().copied().fold(1.0, f64::min);
    let (what, worst) = found.worst().map_or((String::new(), 0.0), |(what, share)| (what.to_string(), share));
    let right_when_sure = found.sure_right as f64 / found.sure.max(1) as f64;
    writeln!(
        f,
        "| {planted} | {} | {} | {:.1} | {:.1} ({what}) | {:.1} | {} | {:.1} | {} | {} | {} |",
        found.judgements(),
        figure(found.accuracy(), planted.asked()),
        100.0 * worst_fleet,
        100.0 * worst,
        100.0 * found.sure as f64 / judged,
        figure(right_when_sure, planted.asked().map(|_| 0.95)),
        f64::from(found.probes) / judged,
        found.most_probes,
        figure(found.covered as f64 / judged, Some(0.95)),
        found.tokens / found.models.max(1) as u64,
    )
}

fn stream_row(f: &mut fmt::Formatter<'_>, change: Change, noticed: &Noticed) -> fmt::Result {
    let share = |count: u64| count as f64 / noticed.streams.max(1) as f64;
    let falsely = share(noticed.falsely);
    let star = if change.after.is_none() && falsely > FALSE_ALARMS { " *" } else { "" };
    let (soon, ever, median) = match change.after {
        None => ("".to_owned(), "".to_owned(), "".to_owned()),
        Some(_) => (
            figure(noticed.found_within(SOON), change.asked()),
            format!("{:.1}", 100.0 * share(noticed.delays.len() as u64)),
            noticed.delays.get(noticed.delays.len() / 2).map_or("–".to_owned(), u64::to_string),
        ),
    };
    writeln!(f, "| {change} | {} | {:.1}{star} | {soon} | {ever} | {median} |", noticed.streams, 100.0 * falsely)
}

/// A share in hundredths, with a star if it misses what is asked for.
fn figure(share: f64, at_least: Option<f64>) -> String {
    format!("{:.1}{}", 100.0 * share, if at_least.is_some_and(|asked| share < asked) { " *" } else { "" })
}
