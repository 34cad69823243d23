//! Findings from a table: what its columns hold, what stands out, what goes together.

use std::collections::BTreeMap;

use async_trait::async_trait;
use maestria::{Arguments, Content, Effect, InvalidId, Tool, ToolError, ToolSpec, taxonomy};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    file,
    table::{Table, schema},
};

/// Most values of a text column for its rows to be summed by them.
const MOST_GROUPS: usize = 20;

/// What was found in a table.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Analysis {
    pub(crate) source: String,
    pub(crate) rows: usize,
    pub(crate) numbers: Vec<NumberColumn>,
    pub(crate) texts: Vec<TextColumn>,
    /// Sums of the last numeric column by the values of a text column, largest first.
    pub(crate) totals: Vec<Totals>,
    /// Pairs of numeric columns with their Pearson correlation, strongest first.
    pub(crate) correlations: Vec<(String, String, f64)>,
}

/// A column of numbers.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct NumberColumn {
    pub(crate) name: String,
    pub(crate) missing: usize,
    pub(crate) sum: f64,
    pub(crate) mean: f64,
    pub(crate) median: f64,
    pub(crate) standard_deviation: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
    /// Values further than 1.5 interquartile ranges outside the quartiles (Tukey's fences).
    pub(crate) outliers: usize,
}

/// A column of texts.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct TextColumn {
    pub(crate) name: String,
    pub(crate) missing: usize,
    pub(crate) distinct: usize,
    pub(crate) most_frequent: String,
}

/// A numeric column summed by the values of a text column.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Totals {
    pub(crate) value: String,
    pub(crate) group: String,
    pub(crate) sums: Vec<(String, f64)>,
}

impl Analysis {
    fn of(table: &Table) -> Self {
        let parsed: Vec<Option<Vec<Option<f64>>>> = (0..table.columns.len()).map(|i| table.numbers(i)).collect();
        let columns = || table.columns.iter().zip(&parsed);
        let numeric: Vec<(&String, &Vec<Option<f64>>)> =
            columns().filter_map(|(name, numbers)| Some((name, numbers.as_ref()?))).collect();
        let texts: Vec<(usize, &String)> = columns()
            .enumerate()
            .filter(|(_, (_, numbers))| numbers.is_none())
            .map(|(i, (name, _))| (i, name))
            .collect();
        let mut correlations: Vec<(String, String, f64)> = Vec::new();
        for (i, (a, x)) in numeric.iter().enumerate() {
            for (b, y) in numeric.iter().skip(i + 1) {
                correlations.extend(correlation(x, y).map(|r| ((*a).clone(), (*b).clone(), r)));
            }
        }
        correlations.sort_by(|(.., a), (.., b)| b.abs().total_cmp(&a.abs()));
        let totals = numeric.last().map(|(value, numbers)| {
            texts.iter().filter_map(|&(column, group)| totals(table, column, group, value, numbers)).collect()
        });
        Self {
            source: table.source.clone(),
            rows: table.rows.len(),
            numbers: numeric.iter().filter_map(|(name, numbers)| NumberColumn::of(name, numbers)).collect(),
            texts: texts.iter().map(|&(column, name)| TextColumn::of(table, column, name)).collect(),
            totals: totals.unwrap_or_default(),
            correlations,
        }
    }
}

impl NumberColumn {
    fn of(name: &str, numbers: &[Option<f64>]) -> Option<Self> {
        let mut values: Vec<f64> = numbers.iter().copied().flatten().collect();
        values.sort_by(f64::total_cmp);
        let (least, most) = (*values.first()?, *values.last()?);
        let count = values.len() as f64;
        let sum: f64 = values.iter().sum();
        let mean = sum / count;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
        let (lower, upper) = (quantile(&values, 0.25), quantile(&values, 0.75));
        let fence = 1.5 * (upper - lower);
        Some(Self {
            name: name.to_owned(),
            missing: numbers.len() - values.len(),
            sum,
            mean,
            median: quantile(&values, 0.5),
            standard_deviation: variance.sqrt(),
            least,
            most,
            outliers: values.iter().filter(|&&value| value < lower - fence || value > upper + fence).count(),
        })
    }
}

impl TextColumn {
    fn of(table: &Table, column: usize, name: &str) -> Self {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for cell in table.cells(column).filter(|cell| !cell.is_empty()) {
            *counts.entry(cell).or_default() += 1;
        }
        let most_frequent = counts.iter().max_by_key(|(_, count)| **count).map(|(cell, _)| (*cell).to_owned());
        Self {
            name: name.to_owned(),
            missing: table.cells(column).filter(|cell| cell.is_empty()).count(),
            distinct: counts.len(),
            most_frequent: most_frequent.unwrap_or_default(),
        }
    }
}

/// Quantile of sorted values by linear interpolation.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * sorted.len().saturating_sub(1) as f64;
    let at = |place: f64| sorted.get(place as usize).copied().unwrap_or(f64::NAN);
    at(place.floor()) + (at(place.ceil()) - at(place.floor())) * place.fract()
}

/// Pearson's correlation over the rows where both have a value; nothing when one does not vary.
fn correlation(x: &[Option<f64>], y: &[Option<f64>]) -> Option<f64> {
    let pairs: Vec<(f64, f64)> = x.iter().zip(y).filter_map(|(x, y)| Some(((*x)?, (*y)?))).collect();
    let count = pairs.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / count;
    let (mx, my) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let products = pairs.iter().fold((0.0, 0.0, 0.0), |(xy, xx, yy), (x, y)| {
        (xy + (x - mx) * (y - my), xx + (x - mx).powi(2), yy + (y - my).powi(2))
    });
    let r = products.0 / (products.1.sqrt() * products.2.sqrt());
    r.is_finite().then_some(r)
}

/// The sums of `numbers` by the cells of a text column, if there are few enough of those.
fn totals(table: &Table, column: usize, group: &str, value: &str, numbers: &[Option<f64>]) -> Option<Totals> {
    let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
    for (cell, number) in table.cells(column).zip(numbers) {
        *sums.entry(cell).or_default() += number.unwrap_or(0.0);
    }
    let mut sums: Vec<(String, f64)> = sums.into_iter().map(|(cell, sum)| (cell.to_owned(), sum)).collect();
    sums.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    (2..=MOST_GROUPS).contains(&sums.len()).then(|| Totals { value: value.to_owned(), group: group.to_owned(), sums })
}

/// Computes what a table holds.
#[derive(Debug)]
pub(crate) struct AnalyzeTable(ToolSpec);

impl AnalyzeTable {
    pub(crate) fn new() -> Result<Self, InvalidId> {
        let spec = ToolSpec::new(
            "analyze_table".parse()?,
            "Analyzes a table: statistics, totals, outliers and correlations of its columns",
        )
        .with_input(json!({"type": "object", "properties": {"table": schema()}, "required": ["table"]}))
        .with_output(json!({"type": "object", "title": "Analysis"}))
        .with_serves([taxonomy::data_analysis()])
        .with_effect(Effect::Pure);
        Ok(Self(spec))
    }
}

#[async_trait]
impl Tool for AnalyzeTable {
    fn spec(&self) -> &ToolSpec {
        &self.0
    }

    async fn call(&self, arguments: Arguments) -> Result<Content, ToolError> {
        #[derive(Deserialize)]
        struct Parameters {
            table: Table,
        }
        let Parameters { table } = file::parameters(arguments)?;
        let analysis = serde_json::to_value(Analysis::of(&table));
        analysis.map(Content::Json).map_err(|error| ToolError::failed("handing the analysis on", error))
    }
}
