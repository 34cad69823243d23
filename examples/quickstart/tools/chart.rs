//! Charts of a table, as SVG.

use std::collections::BTreeMap;

use async_trait::async_trait;
use maestria::{Arguments, Content, Effect, InvalidId, Tool, ToolError, ToolSpec, taxonomy};
use plotters::prelude::*;
use serde::Deserialize;
use serde_json::json;

use super::{
    file,
    table::{Table, schema},
};

/// Draws a chart of a table.
#[derive(Debug)]
pub(crate) struct DrawChart(ToolSpec);

/// Most groups a chart shows; the smaller ones are put together.
const MOST_GROUPS: usize = 24;

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    #[default]
    Bar,
    Line,
    Pie,
}

#[derive(Debug, Deserialize)]
struct Parameters {
    table: Table,
    #[serde(default)]
    kind: Kind,
    value: String,
    group: Option<String>,
    title: Option<String>,
}

impl DrawChart {
    pub(crate) fn new() -> Result<Self, InvalidId> {
        let spec = ToolSpec::new("draw_chart".parse()?, "Draws a chart, plot or graph of the columns of a table")
            .with_input(json!({
                "type": "object",
                "properties": {
                    "table": schema(),
                    "kind": {"enum": ["bar", "line", "pie"], "default": "bar", "description": "Kind of chart"},
                    "value": {"type": "string", "description": "Column whose values are drawn"},
                    "group": {"type": "string", "description": "Column by which values are grouped"},
                    "title": {"type": "string", "description": "Heading of the chart"},
                },
                "required": ["table", "value"],
            }))
            .with_output(json!({"type": "string", "contentMediaType": "image/svg+xml"}))
            .with_serves([taxonomy::data_visualization()])
            .with_effect(Effect::Pure);
        Ok(Self(spec))
    }
}

#[async_trait]
impl Tool for DrawChart {
    fn spec(&self) -> &ToolSpec {
        &self.0
    }

    async fn call(&self, arguments: Arguments) -> Result<Content, ToolError> {
        let parameters: Parameters = file::parameters(arguments)?;
        let (groups, group_name) = totals(&parameters)?;
        let title = parameters.title.clone().unwrap_or_else(|| format!("{} by {group_name}", parameters.value));
        let mut svg = String::new();
        let drawn = match parameters.kind {
            Kind::Pie => pie(&mut svg, &title, &groups),
            kind => axes(&mut svg, &title, &parameters.value, &group_name, &groups, matches!(kind, Kind::Line)),
        };
        drawn.map_err(|error| ToolError::InvalidInput { problem: format!("the chart cannot be drawn: {error}") })?;
        Ok(Content::Text(svg))
    }
}

/// The sum of the value column per group, and the name of the column that groups: the one asked for, else the first that is not numeric.
fn totals(parameters: &Parameters) -> Result<(Vec<(String, f64)>, String), ToolError> {
    let table = &parameters.table;
    let value = table.column("value", &parameters.value)?;
    let numbers = table.numbers(value).ok_or_else(|| ToolError::InvalidArgument {
        parameter: "value".to_owned(),
        problem: format!("the column \"{}\" of {} is not numeric", parameters.value, table.source),
        options: (0..table.columns.len())
            .filter(|&column| table.numbers(column).is_some())
            .filter_map(|column| table.columns.get(column).map(|name| json!(name)))
            .collect(),
    })?;
    let group = match &parameters.group {
        Some(name) => table.column("group", name)?,
        None => (0..table.columns.len()).find(|&column| table.numbers(column).is_none()).unwrap_or(value),
    };
    let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
    for (name, number) in table.cells(group).zip(&numbers) {
        *sums.entry(name).or_default() += number.unwrap_or(0.0);
    }
    let mut groups: Vec<(String, f64)> = sums.into_iter().map(|(name, sum)| (name.to_owned(), sum)).collect();
    if groups.len() > MOST_GROUPS {
        groups.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        let rest = groups.split_off(MOST_GROUPS - 1);
        groups.push((format!("{} others", rest.len()), rest.iter().map(|(_, sum)| sum).sum()));
    }
    let name = table.columns.get(group).cloned().unwrap_or_default();
    Ok((groups, name))
}

type Drawing = Result<(), Box<dyn std::error::Error>>;

/// Bars, or a line with points, over named groups.
fn axes(svg: &mut String, title: &str, value: &str, group: &str, groups: &[(String, f64)], line: bool) -> Drawing {
    let most = groups.iter().map(|(_, sum)| *sum).fold(0.0, f64::max);
    let least = groups.iter().map(|(_, sum)| *sum).fold(0.0, f64::min);
    let margin = (most - least).max(1.0) * 0.08;
    let root = SVGBackend::with_string(svg, (800, 500)).into_drawing_area();
    root.fill(&WHITE)?;
    let x = (0..groups.len() as i32 - 1).into_segmented();
    let y = (if least < 0.0 { least - margin } else { 0.0 })..(most + margin);
    let mut chart = ChartBuilder::on(&root)
        .caption(title, ("sans-serif", 24))
        .margin(16)
        .x_label_area_size(56)
        .y_label_area_size(84)
        .build_cartesian_2d(x, y)?;
    let name = |place: &SegmentValue<i32>| match place {
        SegmentValue::CenterOf(i) => groups.get(*i as usize).map(|(name, _)| name.clone()).unwrap_or_default(),
        _ => String::new(),
    };
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(WHITE.mix(0.0))
        .bold_line_style(BLACK.mix(0.12))
        .x_labels(groups.len().min(MOST_GROUPS))
        .x_label_formatter(&name)
        .y_label_formatter(&|sum| grouped(*sum))
        .x_desc(group)
        .y_desc(value)
        .label_style(("sans-serif", 14))
        .axis_desc_style(("sans-serif", 16))
        .draw()?;
    let points = groups.iter().enumerate().map(|(i, (_, sum))| (SegmentValue::CenterOf(i as i32), *sum));
    if line {
        chart.draw_series(LineSeries::new(points.clone(), BLUE.stroke_width(2)))?;
        chart.draw_series(points.map(|point| Circle::new(point, 4, BLUE.filled())))?;
    } else {
        let bars = groups.iter().enumerate().map(|(i, (_, sum))| {
            let (left, right) = (SegmentValue::Exact(i as i32), SegmentValue::Exact(i as i32 + 1));
            let mut bar = Rectangle::new([(left, 0.0), (right, *sum)], full_palette::BLUE_500.filled());
            bar.set_margin(0, 0, 12, 12);
            bar
        });
        chart.draw_series(bars)?;
        let style = ("sans-serif", 14).into_font().color(&BLACK.mix(0.75));
        let style = style.pos(plotters::style::text_anchor::Pos::new(
            plotters::style::text_anchor::HPos::Center,
            plotters::style::text_anchor::VPos::Bottom,
        ));
        chart.draw_series(points.map(|(x, sum)| Text::new(grouped(sum), (x, sum + margin * 0.15), style.clone())))?;
    }
    root.present()?;
    Ok(())
}

/// Slices of a whole; a whole has no negative part.
fn pie(svg: &mut String, title: &str, groups: &[(String, f64)]) -> Drawing {
    if groups.iter().any(|(_, sum)| *sum < 0.0) || groups.iter().all(|(_, sum)| *sum == 0.0) {
        return Err("a pie needs sums that are not negative and not all zero: ask for bars".into());
    }
    let root = SVGBackend::with_string(svg, (800, 500)).into_drawing_area();
    root.fill(&WHITE)?;
    let area = root.titled(title, ("sans-serif", 24))?;
    let sizes: Vec<f64> = groups.iter().map(|(_, sum)| *sum).collect();
    let names: Vec<String> = groups.iter().map(|(name, _)| name.clone()).collect();
    let colors: Vec<RGBColor> =
        (0..groups.len()).map(|i| Palette99::pick(i).to_rgba().rgb()).map(|(r, g, b)| RGBColor(r, g, b)).collect();
    let (width, height) = area.dim_in_pixel();
    let center = (width as i32 / 2, height as i32 / 2);
    let radius = f64::from(height) * 0.38;
    let mut pie = Pie::new(&center, &radius, &sizes, &colors, &names);
    pie.label_style(("sans-serif", 16).into_font().color(&BLACK));
    pie.percentages(("sans-serif", 14).into_font().color(&WHITE));
    area.draw(&pie)?;
    root.present()?;
    Ok(())
}

/// A number with its thousands apart, without decimals when it is large.
pub(super) fn grouped(value: f64) -> String {
    let text =
        if value.abs() >= 1000.0 || value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.2}") };
    let (whole, rest) = text.split_once('.').map_or((text.as_str(), None), |(whole, rest)| (whole, Some(rest)));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut out = sign.to_owned();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    rest.map_or(out.clone(), |rest| format!("{out}.{rest}"))
}
