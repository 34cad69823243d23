//! One panel: the curve of each classifier on a set, and below it the texts in each bin.

use plotters::{
    coord::Shift,
    element::DashedPathElement,
    prelude::*,
    style::{
        FontTransform, RGBColor, ShapeStyle, TextStyle,
        text_anchor::{HPos, Pos, VPos},
    },
};

use super::Curve;
use maestria_benches::{
    Result,
    scores::{BINS, Bin, bins, ece},
    source::Column,
};

use crate::measure::Set;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Height of the upper part, in pixels.
const UPPER: u32 = 430;

/// Room for the numbers at the left, in pixels: the same in both parts, so that their bins stand below each other.
const LEFT: u32 = 62;

/// Room beside the axes, in pixels.
const MARGIN: u32 = 16;

/// Font sizes, in pixels.
const TITLE: u32 = 17;
const TEXT: u32 = 14;
const COUNT: u32 = 11;

/// How much of its bin a group of bars takes.
const BARS: f64 = 0.8;

/// What the panel of one set shows.
#[derive(Debug)]
pub(super) struct Panel {
    set: Set,
    series: Vec<Series>,
}

#[derive(Debug)]
struct Series {
    column: Column,
    ece: f64,
    bins: Vec<Bin>,
}

impl Panel {
    pub(super) fn new(set: Set, curves: &[Curve]) -> Self {
        let series =
            |curve: &Curve| Series { column: curve.column, ece: ece(&curve.claims), bins: bins(&curve.claims) };
        Self { set, series: curves.iter().filter(|curve| curve.set == set).map(series).collect() }
    }

    pub(super) fn draw(&self, area: &Area<'_>) -> Result {
        let (upper, lower) = area.split_vertically(UPPER);
        self.draw_accuracy(&upper)?;
        self.draw_counts(&lower)
    }

    fn title(&self) -> String {
        let errors: Vec<String> =
            self.series.iter().map(|series| format!("{:.1} % ({})", 100.0 * series.ece, series.column)).collect();
        format!("{}: ECE {}", self.set, errors.join(", "))
    }

    fn draw_accuracy(&self, area: &Area<'_>) -> Result {
        let mut chart = ChartBuilder::on(area)
            .caption(self.title(), ("sans-serif", TITLE))
            .margin(MARGIN)
            .x_label_area_size(24)
            .y_label_area_size(LEFT)
            .build_cartesian_2d(0.0..1.0, 0.0..1.0)?;
        chart
            .configure_mesh()
            .y_desc("accuracy")
            .label_style(("sans-serif", TEXT))
            .axis_desc_style(("sans-serif", TEXT))
            .x_labels(6)
            .y_labels(6)
            .x_label_formatter(&|value| format!("{value:.1}"))
            .y_label_formatter(&|value| format!("{value:.1}"))
            .bold_line_style(BLACK.mix(0.15))
            .light_line_style(TRANSPARENT)
            .draw()?;
        let ideal = RGBColor(110, 110, 110);
        chart
            .draw_series(DashedLineSeries::new([(0.0, 0.0), (1.0, 1.0)], 6, 4, ideal.stroke_width(1)))?
            .label("calibrated")
            .legend(move |(x, y)| DashedPathElement::new([(x, y), (x + 24, y)], 6, 4, ideal));
        for series in &self.series {
            let (style, stroke) = (filled(series.column), colour(series.column).stroke_width(2));
            let points = series.bins.iter().filter(|bin| bin.count > 0).map(|bin| (bin.confidence, bin.accuracy));
            chart
                .draw_series(LineSeries::new(points.clone(), stroke))?
                .label(series.column.to_string())
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 24, y)], stroke));
            match series.column {
                Column::Default => chart.draw_series(points.map(|point| Circle::new(point, 4, style)))?,
                Column::Accurate => chart.draw_series(points.map(|point| TriangleMarker::new(point, 5, style)))?,
            };
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .label_font(("sans-serif", TEXT))
            .background_style(WHITE)
            .border_style(BLACK.mix(0.3))
            .draw()?;
        Ok(())
    }

    fn draw_counts(&self, area: &Area<'_>) -> Result {
        let most = self.series.iter().flat_map(|series| &series.bins).map(|bin| bin.count).max().unwrap_or(1);
        // Half a text is the lowest mark, so that a bar of one text has a height; above the highest there is room for its number.
        let range = 0.5..most.max(10) as f64 * 15.0;
        let mut chart = ChartBuilder::on(area)
            .margin(MARGIN)
            .margin_top(0)
            .x_label_area_size(44)
            .y_label_area_size(LEFT)
            .build_cartesian_2d(0.0..1.0, range.log_scale())?;
        chart
            .configure_mesh()
            .x_desc("confidence")
            .y_desc("texts")
            .label_style(("sans-serif", TEXT))
            .axis_desc_style(("sans-serif", TEXT))
            .x_labels(6)
            .y_labels(4)
            .x_label_formatter(&|value| format!("{value:.1}"))
            .y_label_formatter(&|value| format!("{value:.0}"))
            .bold_line_style(BLACK.mix(0.15))
            .light_line_style(TRANSPARENT)
            .draw()?;
        let width = BARS / (BINS * self.series.len().max(1)) as f64;
        for (place, series) in self.series.iter().enumerate() {
            for (i, bin) in series.bins.iter().enumerate().filter(|(_, bin)| bin.count > 0) {
                let left = (i as f64 + (1.0 - BARS) / 2.0) / BINS as f64 + place as f64 * width;
                let top = bin.count as f64;
                let bar = Rectangle::new([(left, 0.5), (left + width, top)], filled(series.column));
                let number = Text::new(bin.count.to_string(), (left + width / 2.0, top * 1.25), self.count_style());
                chart.draw_series([bar])?;
                chart.draw_series([number])?;
            }
        }
        Ok(())
    }

    /// Numbers lie where one bar fills its bin, and stand where bars share it.
    fn count_style(&self) -> TextStyle<'static> {
        let font = ("sans-serif", COUNT).into_font();
        if self.series.len() > 1 {
            TextStyle::from(font.transform(FontTransform::Rotate270)).pos(Pos::new(HPos::Left, VPos::Center))
        } else {
            TextStyle::from(font).pos(Pos::new(HPos::Center, VPos::Bottom))
        }
    }
}

/// Blue and vermilion, which also those tell apart who do not see all colours (Okabe and Ito 2008).
fn colour(column: Column) -> RGBColor {
    match column {
        Column::Default => RGBColor(0, 114, 178),
        Column::Accurate => RGBColor(213, 94, 0),
    }
}

fn filled(column: Column) -> ShapeStyle {
    colour(column).filled()
}
