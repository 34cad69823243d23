//! Charts of a table, as SVG.

mod axes;
mod pie;

use std::collections::BTreeMap;

use async_trait::async_trait;
use maestria::{Arguments, Content, Effect, InvalidId, Tool, ToolError, ToolSpec, taxonomy};
use serde::Deserialize;
use serde_json::json;

use super::{
    file, number,
    table::{Table, schema},
};

/// Draws a chart of a table.
#[derive(Debug)]
pub(crate) struct DrawChart(ToolSpec);

/// Most groups that bars or slices show; the smaller ones are put together.
const MOST_GROUPS: usize = 24;

/// Most characters of a name in a chart, and of its title.
const LONGEST_NAME: usize = 24;
const LONGEST_TITLE: usize = 60;

/// Width and height of a chart, in pixels.
const SIZE: (u32, u32) = (800, 500);

/// Names with their sums, as they are drawn.
type Groups = [(String, f64)];

/// The end of an attempt to draw.
type Drawing = Result<(), Box<dyn std::error::Error>>;

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    #[default]
    Bar,
    Line,
    Pie,
}

/// What a chart tells: sums of a column by the names of another, and its heading.
#[derive(Debug)]
struct Chart {
    title: String,
    value: String,
    group: String,
    groups: Vec<(String, f64)>,
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
        draw(&file::parameters(arguments)?)
    }
}

fn draw(parameters: &Parameters) -> Result<Content, ToolError> {
    let chart = Chart::of(parameters)?;
    let mut svg = String::new();
    let drawn = match parameters.kind {
        Kind::Bar => axes::bars(&mut svg, &chart),
        Kind::Line => axes::line(&mut svg, &chart),
        Kind::Pie => pie::slices(&mut svg, &chart),
    };
    drawn.map_err(|error| ToolError::InvalidInput { problem: format!("the chart cannot be drawn: {error}") })?;
    Ok(Content::Text(svg))
}

impl Chart {
    /// Sums the value column by the column asked for, else by the first that is not numeric.
    fn of(parameters: &Parameters) -> Result<Self, ToolError> {
        let table = &parameters.table;
        let numeric = |&column: &usize| table.numbers(column).is_some();
        let columns = || 0..table.columns.len();
        let value = table.column("value", &parameters.value)?;
        let numbers = table.numbers(value).ok_or_else(|| ToolError::InvalidArgument {
            parameter: "value".to_owned(),
            problem: format!(
                "the column \"{}\" of {} is not numeric: it holds \"{}\"",
                parameters.value,
                table.source,
                table.not_a_number(value).unwrap_or_default()
            ),
            options: columns().filter(numeric).filter_map(|i| table.columns.get(i).map(|name| json!(name))).collect(),
        })?;
        let group = match &parameters.group {
            Some(name) => table.column("group", name)?,
            None => columns().find(|column| !numeric(column)).unwrap_or(value),
        };
        let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
        for (name, number) in table.cells(group).zip(&numbers) {
            *sums.entry(name).or_default() += number.unwrap_or(0.0);
        }
        let mut sums: Vec<(&str, f64)> = sums.into_iter().collect();
        if numeric(&group) {
            let place = |name: &str| number::parse(name).unwrap_or(f64::INFINITY);
            sums.sort_by(|(a, _), (b, _)| place(a).total_cmp(&place(b)));
        }
        let mut groups: Vec<(String, f64)> =
            sums.into_iter().map(|(name, sum)| (shown(name, LONGEST_NAME), sum)).collect();
        // A line is read along its order, which putting groups together would destroy.
        if groups.len() > MOST_GROUPS && !matches!(parameters.kind, Kind::Line) {
            groups.sort_by(|(_, a), (_, b)| b.total_cmp(a));
            let rest = groups.split_off(MOST_GROUPS - 1);
            groups.push((format!("{} others", rest.len()), rest.iter().map(|(_, sum)| sum).sum()));
        }
        let name = |column: usize| table.columns.get(column).map(String::as_str).unwrap_or_default();
        let title = parameters.title.clone().unwrap_or_else(|| format!("{} by {}", name(value), name(group)));
        Ok(Self {
            title: shown(&title, LONGEST_TITLE),
            value: shown(name(value), LONGEST_NAME),
            group: shown(name(group), LONGEST_NAME),
            groups,
        })
    }
}

/// A text as it may stand in a chart: on one line, without signs that XML forbids, and not too long.
fn shown(text: &str, longest: usize) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match line.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default().trim_end()),
        None if line.trim().is_empty() => "(none)".to_owned(),
        None => line,
    }
}

/// About how wide a text is at a font size, both in pixels.
fn width(text: &str, size: u32) -> u32 {
    // Letters of other scripts than Latin may be as wide as they are high; SVG text is set at 1/1.24 of a plotters size.
    let halves: u32 = text.chars().map(|c| if c < '\u{250}' { 1 } else { 2 }).sum();
    halves * size / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(kind: &str, rows: &[(String, f64)]) -> Parameters {
        let rows: Vec<[String; 2]> = rows.iter().map(|(name, value)| [name.clone(), value.to_string()]).collect();
        let table = json!({"source": "t.csv", "columns": ["name", "value"], "rows": rows});
        serde_json::from_value(json!({"table": table, "kind": kind, "value": "value", "group": "name"})).unwrap()
    }

    fn svg(kind: &str, rows: &[(String, f64)]) -> Result<String, String> {
        let Content::Text(svg) = draw(&parameters(kind, rows)).map_err(|error| error.to_string())? else { panic!() };
        Ok(svg)
    }

    fn named(count: usize, value: impl Fn(usize) -> f64) -> Vec<(String, f64)> {
        (0..count).map(|i| (format!("group {i:03}"), value(i))).collect()
    }

    #[test]
    fn every_kind_draws_one_group_and_many() {
        for kind in ["bar", "line", "pie"] {
            for count in [1, 2, 4, 24, 25, 300] {
                let svg = svg(kind, &named(count, |i| i as f64 + 1.0)).unwrap();
                assert!(
                    svg.starts_with("<svg") && svg.contains("group") && !svg.contains("width=\"0\""),
                    "{kind} of {count}"
                );
            }
        }
    }

    #[test]
    fn any_number_can_be_drawn_along_axes() {
        for kind in ["bar", "line"] {
            for values in [[0.0, 0.0], [-5.0, 5.0], [-1.0, -2.0], [1e-30, 2e-30], [1e99, -1e99], [1e15, 1e15 + 1.0]] {
                let svg = svg(kind, &named(2, |i| values[i % 2])).unwrap();
                assert!(!svg.contains("NaN"), "{kind} of {values:?}");
            }
        }
    }

    #[test]
    fn a_pie_of_nothing_or_less_is_refused() {
        for values in [[0.0, 0.0], [3.0, -1.0]] {
            let problem = svg("pie", &named(2, |i| values[i % 2])).unwrap_err();
            assert!(problem.contains("ask for bars"), "{problem}");
        }
    }

    #[test]
    fn small_groups_are_put_together_except_along_a_line() {
        let rows = named(30, |i| i as f64);
        let bars = Chart::of(&parameters("bar", &rows)).unwrap().groups;
        assert_eq!((bars.len(), bars.last().unwrap().clone()), (24, ("7 others".to_owned(), 21.0)));
        assert_eq!(Chart::of(&parameters("line", &rows)).unwrap().groups, rows);
    }

    #[test]
    fn groups_that_are_numbers_stand_in_their_order() {
        let rows = ["10", "9", "-1"].map(|name| (name.to_owned(), 1.0));
        let names: Vec<String> =
            Chart::of(&parameters("bar", &rows)).unwrap().groups.into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["-1", "9", "10"]);
    }

    #[test]
    fn names_are_made_fit_to_be_shown() {
        let check = |name: &str, expected: &str| assert_eq!(shown(name, 5), expected);
        check("North", "North");
        check("Northern", "North…");
        check("a\u{1}\nb", "a  b");
        check("", "(none)");
    }
}
