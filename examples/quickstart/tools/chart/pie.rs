//! Pies: slices of a whole, named in a list beside them, where small slices do not crowd their names.

use plotters::{
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use super::{Chart, Drawing, SIZE};
use crate::tools::grouped;

/// One slice for every group. A whole has no negative part.
pub(super) fn slices(svg: &mut String, chart: &Chart) -> Drawing {
    let sizes: Vec<f64> = chart.groups.iter().map(|(_, sum)| *sum).collect();
    let whole: f64 = sizes.iter().sum();
    if sizes.iter().any(|size| *size < 0.0) || whole == 0.0 {
        return Err("a pie needs sums that are not negative and not all zero: ask for bars".into());
    }
    let root = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let area = root.titled(&chart.title, ("sans-serif", 24))?;
    let (round, list) = area.split_horizontally(420);
    let (width, height) = round.dim_in_pixel();
    let (center, radius) = ((width as i32 / 2, height as i32 / 2), f64::from(height) * 0.42);
    let colors: Vec<RGBColor> = (0..sizes.len()).map(|i| color(i, sizes.len())).collect();
    let unnamed = vec![""; sizes.len()];
    let mut pie = Pie::new(&center, &radius, &sizes, &colors, &unnamed);
    pie.start_angle(-90.0);
    pie.label_style(("sans-serif", 1).into_font().color(&TRANSPARENT));
    round.draw(&pie)?;
    let row = (height as i32 / sizes.len().max(1) as i32).min(28);
    let top = (height as i32 - row * sizes.len() as i32) / 2 + row / 2;
    let style = ("sans-serif", 15).into_font().color(&BLACK).pos(Pos::new(HPos::Left, VPos::Center));
    for (i, ((name, size), color)) in chart.groups.iter().zip(&colors).enumerate() {
        let y = top + row * i as i32;
        let text = format!("{name}: {} ({:.1} %)", grouped(*size), 100.0 * size / whole);
        list.draw(&Rectangle::new([(8, y - 6), (20, y + 6)], color.filled()))?;
        list.draw(&Text::new(text, (30, y), style.clone()))?;
    }
    root.present()?;
    Ok(())
}

/// One of `count` colors: once around the hues, light and dark by turns so that neighbours differ.
fn color(i: usize, count: usize) -> RGBColor {
    let lightness = if i.is_multiple_of(2) { 0.42 } else { 0.64 };
    let (red, green, blue) = HSLColor(i as f64 / count as f64, 0.6, lightness).to_rgba().rgb();
    RGBColor(red, green, blue)
}
