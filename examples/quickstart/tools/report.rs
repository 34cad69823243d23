//! A report of an analysis, in Markdown.

use std::fmt::Write;

use async_trait::async_trait;
use maestria::{Arguments, Content, Effect, InvalidId, Tool, ToolError, ToolSpec};
use serde::Deserialize;
use serde_json::json;

use super::{analysis::Analysis, chart::grouped, file};

/// Writes the findings of an analysis into a Markdown file.
#[derive(Debug)]
pub(crate) struct WriteReport(ToolSpec);

#[derive(Debug, Deserialize)]
struct Parameters {
    analysis: Analysis,
    title: Option<String>,
    #[serde(default = "default_output")]
    output: String,
}

fn default_output() -> String {
    "report.md".to_owned()
}

impl WriteReport {
    pub(crate) fn new() -> Result<Self, InvalidId> {
        let spec = ToolSpec::new("write_report".parse()?, "Writes a report of the findings of an analysis")
            .with_input(json!({
                "type": "object",
                "properties": {
                    "analysis": {"type": "object", "title": "Analysis"},
                    "title": {"type": "string", "description": "Heading of the report"},
                    "output": {"type": "string", "format": "path", "default": default_output(), "description": "File to write"},
                },
                "required": ["analysis"],
            }))
            .with_output(json!({"type": "object", "title": "SavedFile"}))
            .with_examples(["write a report", "and create a report of it", "put the findings into report.md"])
            .with_effect(Effect::Idempotent);
        Ok(Self(spec))
    }
}

#[async_trait]
impl Tool for WriteReport {
    fn spec(&self) -> &ToolSpec {
        &self.0
    }

    async fn call(&self, arguments: Arguments) -> Result<Content, ToolError> {
        let Parameters { analysis, title, output } = file::parameters(arguments)?;
        let title = title.unwrap_or_else(|| format!("Report on {}", analysis.source));
        let text = render(&title, &analysis).map_err(|error| ToolError::failed("writing the report", error))?;
        file::save(&output, &text)
    }
}

fn render(title: &str, analysis: &Analysis) -> Result<String, std::fmt::Error> {
    let mut out = format!("# {title}\n\n");
    let columns = analysis.numbers.len() + analysis.texts.len();
    writeln!(out, "{} has {} rows and {columns} columns.\n", analysis.source, grouped(analysis.rows as f64))?;
    writeln!(out, "## What stands out\n")?;
    let before = out.len();
    for totals in &analysis.totals {
        if let (Some((best, most)), Some((worst, least))) = (totals.sums.first(), totals.sums.last()) {
            let all: f64 = totals.sums.iter().map(|(_, sum)| sum).sum();
            writeln!(
                out,
                "- By {}, **{best}** has the largest {} with {} ({:.0} % of {}), {worst} the smallest with {}.",
                totals.group,
                totals.value,
                grouped(*most),
                100.0 * most / all,
                grouped(all),
                grouped(*least),
            )?;
        }
    }
    for (a, b, r) in analysis.correlations.iter().filter(|(.., r)| r.abs() >= 0.3).take(3) {
        let direction = if *r > 0.0 { "rises with" } else { "falls as" };
        let rest = if *r > 0.0 { "" } else { " rises" };
        writeln!(out, "- {a} {direction} {b}{rest} (correlation {r:.2}).")?;
    }
    for column in analysis.numbers.iter().filter(|column| column.outliers > 0) {
        writeln!(out, "- Values of {} far outside the usual range: {}.", column.name, column.outliers)?;
    }
    let missing = analysis
        .numbers
        .iter()
        .map(|c| (&c.name, c.missing))
        .chain(analysis.texts.iter().map(|c| (&c.name, c.missing)));
    for (name, missing) in missing.filter(|(_, missing)| *missing > 0) {
        writeln!(out, "- Rows without {name}: {missing}.")?;
    }
    if out.len() == before {
        writeln!(out, "Nothing: no groups to compare, no outliers, no missing values.")?;
    }
    if !analysis.numbers.is_empty() {
        writeln!(
            out,
            "\n## Numbers\n\n| column | sum | mean | median | standard deviation | least | most |\n|---|--:|--:|--:|--:|--:|--:|"
        )?;
        for c in &analysis.numbers {
            let cells = [c.sum, c.mean, c.median, c.standard_deviation, c.least, c.most].map(grouped);
            writeln!(out, "| {} | {} |", c.name, cells.join(" | "))?;
        }
    }
    if !analysis.texts.is_empty() {
        writeln!(out, "\n## Texts\n\n| column | different values | most frequent |\n|---|--:|---|")?;
        for c in &analysis.texts {
            writeln!(out, "| {} | {} | {} |", c.name, c.distinct, c.most_frequent)?;
        }
    }
    for totals in &analysis.totals {
        writeln!(
            out,
            "\n## {} by {}\n\n| {} | {} |\n|---|--:|",
            totals.value, totals.group, totals.group, totals.value
        )?;
        for (name, sum) in &totals.sums {
            writeln!(out, "| {name} | {} |", grouped(*sum))?;
        }
    }
    Ok(out)
}
