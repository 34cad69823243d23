//! How soon changes are found: the share of streams that alarmed, against the tasks since the change.

use std::{fs, path::Path};

use maestria_benches::Result;
use plotters::prelude::*;

use crate::streams::{Change, Noticed, SOON};

/// Width and height, in pixels.
const SIZE: (u32, u32) = (760, 420);

/// Tasks after a change that are shown.
const SHOWN: u64 = 150;

/// Font size, in pixels.
const TEXT: u32 = 14;

/// Writes the chart of all changes.
pub(crate) fn write(file: &Path, streams: &[(Change, Noticed)]) -> Result {
    fs::write(file, svg(streams)?).map_err(|error| format!("{}: {error}", file.display()).into())
}

fn svg(streams: &[(Change, Noticed)]) -> Result<String> {
    let mut svg = String::new();
    let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .margin(16)
        .x_label_area_size(40)
        .y_label_area_size(52)
        .build_cartesian_2d(0..SHOWN, 0.0..1.0)?;
    chart
        .configure_mesh()
        .x_desc("tasks since the change of the success rate")
        .y_desc("share of streams that alarmed")
        .label_style(("sans-serif", TEXT))
        .axis_desc_style(("sans-serif", TEXT))
        .bold_line_style(BLACK.mix(0.15))
        .light_line_style(TRANSPARENT)
        .draw()?;
    chart.draw_series(LineSeries::new([(SOON, 0.0), (SOON, 1.0)], BLACK.mix(0.4)))?;
    for (i, (change, noticed)) in streams.iter().filter(|(change, _)| change.after.is_some()).enumerate() {
        let colour = Palette99::pick(i).to_rgba();
        chart
            .draw_series(LineSeries::new((0..=SHOWN).map(|tasks| (tasks, noticed.found_within(tasks))), &colour))?
            .label(change.to_string())
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerRight)
        .label_font(("sans-serif", TEXT))
        .background_style(WHITE)
        .border_style(BLACK.mix(0.3))
        .draw()?;
    root.present()?;
    drop(chart);
    drop(root);
    Ok(svg)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_names_its_changes() {
        let noticed = Noticed { streams: 2, delays: vec![20, 90], ..Noticed::default() };
        let svg = svg(&[(Change { before: 0.9, after: Some(0.6) }, noticed)]).unwrap();
        assert!(svg.contains("0.9 → 0.6") && svg.contains("tasks since the change"), "{svg}");
    }

    #[test]
    fn shares_are_counted_up_to_a_task() {
        let noticed = Noticed { streams: 4, delays: vec![20, 90], ..Noticed::default() };
        assert_eq!([19, 20, 100].map(|tasks| noticed.found_within(tasks)), [0.0, 0.25, 0.5]);
    }
}
