//! One result in a few lines: what was saved, found, read or drawn, rather than all of it.

use std::fmt::Write;

use maestria::Content;
use maestria::StepResult;
use serde_json::Value;

use crate::tools::{Analysis, Table, grouped};

/// Most groups shown of a total.
const MOST_GROUPS: usize = 3;

/// A result as a person wants to see it.
pub(super) fn brief(result: &StepResult) -> String {
    match &result.content {
        Content::Json(value) => json(value),
        Content::Text(text) if is_drawing(text) => format!("a drawing of {} bytes", text.len()),
        _ => result.to_string(),
    }
}

/// Whether a text is a drawing in SVG.
pub(super) fn is_drawing(text: &str) -> bool {
    text.starts_with("<svg")
}

fn json(value: &Value) -> String {
    if let Some((path, bytes)) = value.get("saved").zip(value.get("bytes")) {
        return format!("saved {} ({bytes} bytes)", path.as_str().unwrap_or_default());
    }
    if let Ok(found) = serde_json::from_value::<Analysis>(value.clone()) {
        return analysis(&found);
    }
    if let Ok(table) = serde_json::from_value::<Table>(value.clone()) {
        return format!("{}: {} rows of {}", table.source, table.rows.len(), table.columns.join(", "));
    }
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}

fn analysis(found: &Analysis) -> String {
    let columns = found.numbers.len() + found.texts.len();
    let mut text = format!("{}: {} rows, {columns} columns", found.source, found.rows);
    for column in &found.numbers {
        let [sum, mean, least, most] = [column.sum, column.mean, column.least, column.most].map(grouped);
        let _ = write!(text, "\n{}: sum {sum}, mean {mean}, least {least}, most {most}", column.name);
    }
    for totals in &found.totals {
        let top: Vec<String> =
            totals.sums.iter().take(MOST_GROUPS).map(|(name, sum)| format!("{name} {}", grouped(*sum))).collect();
        let rest = totals.sums.len().saturating_sub(MOST_GROUPS);
        let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
        let _ = write!(text, "\n{} by {}: {}{rest}", totals.value, totals.group, top.join(", "));
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn results_are_told_in_a_few_lines() {
        let check = |content: Content, expected: &str| {
            assert_eq!(brief(&StepResult { step: "s1".parse().unwrap(), content }), expected);
        };
        check(Content::Text("Two words.".to_owned()), "Two words.");
        check(Content::Text("<svg></svg>".to_owned()), "a drawing of 11 bytes");
        check(Content::Json(json!({"saved": "a.svg", "bytes": 3})), "saved a.svg (3 bytes)");
        check(
            Content::Json(json!({"source": "t.csv", "columns": ["a", "b"], "rows": [["1", "2"]]})),
            "t.csv: 1 rows of a, b",
        );
        check(
            Content::Json(json!({
                "source": "t.csv",
                "rows": 4,
                "numbers": [{
                    "name": "profit", "missing": 0, "sum": 12345.0, "mean": 2.5, "median": 2.0,
                    "standard_deviation": 1.0, "least": -1.0, "most": 7.0, "outliers": 0,
                }],
                "texts": [{"name": "region", "missing": 0, "distinct": 4, "most_frequent": "N"}],
                "totals": [{"value": "profit", "group": "region", "sums": [["N", 4.0], ["E", 3.0], ["S", 2.0], ["W", 1.0]]}],
                "correlations": [],
            })),
            "t.csv: 4 rows, 2 columns\n\
             profit: sum 12,345, mean 2.50, least -1, most 7\n\
             profit by region: N 4, E 3, S 2 and 1 more",
        );
        check(Content::Json(json!([1])), "[\n  1\n]");
    }
}
