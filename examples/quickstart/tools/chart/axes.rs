//! Bars and lines: sums drawn upwards over the names of their groups.

use plotters::{
    chart::ChartContext,
    coord::types::RangedCoordf64,
    prelude::*,
    style::{
        FontTransform,
        text_anchor::{HPos, Pos, VPos},
    },
};

use super::{Chart, Drawing, Groups, SIZE, width};
use crate::tools::grouped;

/// Font size of names and numbers, in pixels; at least this far apart they can be read.
const FONT: u32 = 14;

/// How much of the room of its group a bar takes.
const BAR: f64 = 0.8;

/// Most points of a line that are marked.
const MOST_MARKS: usize = 60;

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type Plot<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// One bar for every group, with its sum where there is room for it.
pub(super) fn bars(svg: &mut String, chart: &Chart) -> Drawing {
    let root = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    let (mut plot, slot) = axes(&root, chart)?;
    let groups = &chart.groups;
    plot.draw_series(groups.iter().enumerate().map(|(i, (_, sum))| {
        let place = i as f64;
        Rectangle::new([(place - BAR / 2.0, 0.0), (place + BAR / 2.0, *sum)], full_palette::BLUE_500.filled())
    }))?;
    if groups.iter().all(|(_, sum)| width(&grouped(*sum), FONT) <= slot) {
        for (i, (_, sum)) in groups.iter().enumerate() {
            let (x, y) = plot.backend_coord(&(i as f64, *sum));
            let (side, distance) = if *sum < 0.0 { (VPos::Top, 4) } else { (VPos::Bottom, -2) };
            let style = font().pos(Pos::new(HPos::Center, side));
            root.draw(&Text::new(grouped(*sum), (x, y + distance), style))?;
        }
    }
    root.present()?;
    Ok(())
}

/// A line through the groups in their order.
pub(super) fn line(svg: &mut String, chart: &Chart) -> Drawing {
    let root = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    let (mut plot, _) = axes(&root, chart)?;
    let points = chart.groups.iter().enumerate().map(|(i, (_, sum))| (i as f64, *sum));
    plot.draw_series(LineSeries::new(points.clone(), BLUE.stroke_width(2)))?;
    if chart.groups.len() <= MOST_MARKS {
        plot.draw_series(points.map(|point| Circle::new(point, 4, BLUE.filled())))?;
    }
    root.present()?;
    Ok(())
}

/// The axes with everything written at them, and how many pixels wide each group is.
fn axes<'a, 'b>(root: &'a Area<'b>, chart: &Chart) -> Result<(Plot<'a, 'b>, u32), Box<dyn std::error::Error>> {
    root.fill(&WHITE)?;
    let groups = &chart.groups;
    let most = groups.iter().map(|(_, sum)| *sum).fold(0.0, f64::max);
    let least = groups.iter().map(|(_, sum)| *sum).fold(0.0, f64::min);
    let span = if most > least { most - least } else { 1.0 };
    let room = |edge: f64| if edge == 0.0 { 0.0 } else { span * 0.08 };
    let low = least - room(least);
    let high = if most > least { most + room(most) } else { 1.0 };
    let beside = width(&grouped(most), FONT).max(width(&grouped(least), FONT)) + 44;
    let slot = SIZE.0.saturating_sub(32 + beside) / groups.len().max(1) as u32;
    let widest = groups.iter().map(|(name, _)| width(name, FONT)).max().unwrap_or_default();
    let upright = widest <= slot;
    // Groups lie at 0, 1, 2 …, each in the middle of its slot.
    let mut plot = ChartBuilder::on(root)
        .caption(&chart.title, ("sans-serif", 24))
        .margin(16)
        .x_label_area_size(if upright { FONT } else { widest } + 36)
        .y_label_area_size(beside)
        .build_cartesian_2d(-0.5..groups.len() as f64 - 0.5, low..high)?;
    plot.configure_mesh()
        .disable_x_mesh()
        .light_line_style(WHITE.mix(0.0))
        .bold_line_style(BLACK.mix(0.12))
        .x_labels(0)
        .y_label_formatter(&|sum| grouped(*sum))
        .x_desc(&chart.group)
        .y_desc(&chart.value)
        .label_style(("sans-serif", FONT))
        .axis_desc_style(("sans-serif", 16))
        .draw()?;
    // Names lie flat where there is room for all of them; else they stand, as many as fit beside each other.
    let step = if upright { 1 } else { (FONT + 4).div_ceil(slot.max(1)) as usize };
    names(root, &plot, groups, low, step, upright)?;
    Ok((plot, slot))
}

/// Writes every `step`th name under its group.
fn names(root: &Area, plot: &Plot, groups: &Groups, low: f64, step: usize, upright: bool) -> Drawing {
    let style = if upright {
        font().pos(Pos::new(HPos::Center, VPos::Top))
    } else {
        font().transform(FontTransform::Rotate270).pos(Pos::new(HPos::Right, VPos::Center))
    };
    for (i, (name, _)) in groups.iter().enumerate().step_by(step) {
        let (x, y) = plot.backend_coord(&(i as f64, low));
        root.draw(&Text::new(name.clone(), (x, y + 8), style.clone()))?;
    }
    Ok(())
}

fn font() -> TextStyle<'static> {
    ("sans-serif", FONT).into_font().color(&BLACK.mix(0.85))
}
