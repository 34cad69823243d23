//! A chart of the reports: the share of jobs that waited longer than a time, or of plans that are further from their bound.

use plotters::prelude::*;

use crate::{Result, report::Report};

const SIZE: (u32, u32) = (900, 520);
/// Points of a line.
const POINTS: usize = 400;

/// The chart as SVG.
pub(crate) fn draw(reports: &[Report]) -> Result<String> {
    let plans = reports.iter().all(|report| report.waits.is_empty());
    let lines: Vec<(&str, Vec<f64>)> = reports
        .iter()
        .map(|report| {
            let mut values: Vec<f64> = if plans {
                report.ratios.clone()
            } else {
                // What starts at once has its place on a logarithmic axis, too.
                report.waits.iter().map(|wait| wait.as_secs_f64().max(0.1)).collect()
            };
            values.sort_by(f64::total_cmp);
            (report.policy.as_str(), values)
        })
        .collect();
    let (low, high) = if plans { (1.0, 1.05) } else { (0.1, 1.0) };
    let longest = lines.iter().filter_map(|(_, values)| values.last()).copied().fold(high, f64::max);
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        root.fill(&WHITE)?;
        let mut builder = ChartBuilder::on(&root);
        builder.margin(16).x_label_area_size(44).y_label_area_size(56);
        let mut chart = builder.build_cartesian_2d((low..longest * 1.05).log_scale(), 0.0..1.0)?;
        let x = if plans { "makespan ÷ lower bound" } else { "wait, s (0.1: at once)" };
        let y = if plans { "share of plans beyond" } else { "share of jobs that wait longer" };
        chart.configure_mesh().light_line_style(WHITE).x_desc(x).y_desc(y).draw()?;
        for (place, (name, values)) in lines.iter().enumerate() {
            let color = Palette99::pick(place).to_rgba();
            let line = LineSeries::new(tail(values, low), color.stroke_width(2));
            chart
                .draw_series(line)?
                .label(*name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], color.stroke_width(2)));
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperRight)
            .border_style(BLACK.mix(0.3))
            .draw()?;
        root.present()?;
    }
    Ok(svg)
}

/// For some of sorted values, the share of all that is larger.
fn tail(sorted: &[f64], low: f64) -> Vec<(f64, f64)> {
    let step = (sorted.len() / POINTS).max(1);
    let share = |place: usize| 1.0 - (place + 1) as f64 / sorted.len() as f64;
    let mut points = vec![(low, 1.0)];
    points.extend(sorted.iter().enumerate().step_by(step).map(|(place, &value)| (value.max(low), share(place))));
    points.extend(sorted.last().map(|&value| (value.max(low), 0.0)));
    points
}
