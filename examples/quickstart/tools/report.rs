//! A report of an analysis, in Markdown.

use std::fmt::Write;

use async_trait::async_trait;
use maestria::{Arguments, Content, Effect, InvalidId, Tool, ToolError, ToolSpec};
use serde::Deserialize;
use serde_json::json;

use super::{
    analysis::{Analysis, Totals},
    disk, file,
    number::grouped,
};

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
        disk::blocking(move || disk::save("output", &output, &text)).await
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
            writeln!(
                out,
                "- By {}, **{}** has the largest {} with {}{}, {} the smallest with {}.",
                plain(&totals.group),
                plain(best),
                plain(&totals.value),
                grouped(*most),
                share(totals, *most),
                plain(worst),
                grouped(*least),
            )?;
        }
    }
    for (a, b, r) in analysis.correlations.iter().filter(|(.., r)| r.abs() >= 0.3).take(3) {
        let direction = if *r > 0.0 { "rises with" } else { "falls as" };
        let rest = if *r > 0.0 { "" } else { " rises" };
        writeln!(out, "- {} {direction} {}{rest} (correlation {r:.2}).", plain(a), plain(b))?;
    }
    for column in analysis.numbers.iter().filter(|column| column.outliers > 0) {
        writeln!(out, "- Values of {} far outside the usual range: {}.", plain(&column.name), column.outliers)?;
    }
    let missing = analysis
        .numbers
        .iter()
        .map(|c| (&c.name, c.missing))
        .chain(analysis.texts.iter().map(|c| (&c.name, c.missing)));
    for (name, missing) in missing.filter(|(_, missing)| *missing > 0) {
        writeln!(out, "- Rows without {}: {missing}.", plain(name))?;
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
            writeln!(out, "| {} | {} |", plain(&c.name), cells.join(" | "))?;
        }
    }
    if !analysis.texts.is_empty() {
        writeln!(out, "\n## Texts\n\n| column | different values | most frequent |\n|---|--:|---|")?;
        for c in &analysis.texts {
            writeln!(out, "| {} | {} | {} |", plain(&c.name), c.distinct, plain(&c.most_frequent))?;
        }
    }
    for totals in &analysis.totals {
        let (value, group) = (plain(&totals.value), plain(&totals.group));
        writeln!(out, "\n## {value} by {group}\n\n| {group} | {value} |\n|---|--:|")?;
        for (name, sum) in &totals.sums {
            writeln!(out, "| {} | {} |", plain(name), grouped(*sum))?;
        }
    }
    Ok(out)
}

/// How much of the whole the largest sum is. Only what is nowhere negative has shares.
fn share(totals: &Totals, most: f64) -> String {
    let all: f64 = totals.sums.iter().map(|(_, sum)| sum).sum();
    if all <= 0.0 || totals.sums.iter().any(|(_, sum)| *sum < 0.0) {
        return String::new();
    }
    format!(" ({:.0} % of {})", 100.0 * most / all, grouped(all))
}

/// A name as it may stand in a Markdown table: on one line, and without a bar of its own.
fn plain(name: &str) -> String {
    if name.is_empty() { "(none)".to_owned() } else { name.replace(['\n', '\r'], " ").replace('|', "\\|") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(sums: &[(&str, f64)]) -> String {
        let sums = sums.iter().map(|(name, sum)| ((*name).to_owned(), *sum)).collect();
        let totals = vec![Totals { value: "profit".to_owned(), group: "region".to_owned(), sums }];
        let analysis = Analysis {
            source: "t.csv".to_owned(),
            rows: 2,
            numbers: Vec::new(),
            texts: Vec::new(),
            totals,
            correlations: Vec::new(),
        };
        render("Report", &analysis).unwrap()
    }

    #[test]
    fn only_what_is_nowhere_negative_has_shares() {
        let check = |sums: &[(&str, f64)], expected: &str| {
            let report = report(sums);
            assert!(report.contains(expected), "{expected}: {report}");
        };
        check(&[("North", 3.0), ("South", 1.0)], "largest profit with 3 (75 % of 4), South");
        check(&[("North", 5.0), ("South", -5.0)], "largest profit with 5, South the smallest with -5.");
        check(&[("North", 5.0), ("South", -1.0)], "largest profit with 5, South the smallest with -1.");
        check(&[("North", 0.0), ("South", 0.0)], "largest profit with 0, South the smallest with 0.");
    }

    #[test]
    fn names_cannot_break_a_table() {
        assert!(report(&[("a|b\nc", 1.0), ("", 0.0)]).contains("| a\\|b c | 1 |\n| (none) | 0 |"));
    }
}
