//! One figure of every classifier beside what is asked for, as a line of a table or of JSON.

use serde_json::{Value, json};

use super::{Asked, Measure};
use crate::source::Column;

/// A figure of every classifier, in the unit in which it is shown.
#[derive(Debug)]
pub(super) struct Row<M: Measure> {
    pub(super) set: M::Set,
    pub(super) measure: M,
    /// Texts that were measured; none for what is not measured on texts.
    texts: usize,
    default: Option<f64>,
    accurate: Option<f64>,
}

impl<M: Measure> Row<M> {
    pub(super) fn new(set: M::Set, texts: usize, measure: M) -> Self {
        Self { set, measure, texts, default: None, accurate: None }
    }

    /// Enters the figure of a classifier.
    #[must_use]
    pub(super) fn with(mut self, column: Column, figure: f64) -> Self {
        self.enter(column, figure);
        self
    }

    /// Enters the figure of a classifier.
    pub(super) fn enter(&mut self, column: Column, figure: f64) {
        match column {
            Column::Default => self.default = Some(figure),
            Column::Accurate => self.accurate = Some(figure),
        }
    }

    pub(super) fn is_of_accurate(&self) -> bool {
        self.accurate.is_some()
    }

    pub(super) fn has_published(&self) -> bool {
        self.measure.published(self.set).is_some()
    }

    /// The row as cells of a table, with one column of figures or with both, and with what is published or without.
    pub(super) fn cells(&self, both: bool, published: bool) -> Vec<String> {
        let asked = self.measure.asked(self.set);
        let set = if self.texts == 0 { self.set.to_string() } else { format!("{} ({})", self.set, self.texts) };
        let mut cells =
            vec![set, self.measure.to_string(), self.figure(self.default, asked.map(|asked| asked.default))];
        if both {
            cells.push(self.figure(self.accurate, asked.and_then(|asked| asked.accurate)));
        }
        cells.push(asked.map(|asked| self.asked(asked, both)).unwrap_or_default());
        if published {
            cells.push(self.measure.published(self.set).unwrap_or_default().to_owned());
        }
        cells
    }

    /// The row as a JSON object: `set`, `texts`, `measure`, and in the unit that `measure` names `default`, `accurate`, `asked`, which
    /// is `null` or says `at_least` or `at_most` of each classifier, and `published` where there is anything.
    pub(super) fn json(&self) -> Value {
        let bound = if self.measure.is_cost() { "at_most" } else { "at_least" };
        let asked = self.measure.asked(self.set);
        let asked = asked.map(|Asked { default, accurate }| json!({bound: {"default": default, "accurate": accurate}}));
        let (set, measure) = (self.set.to_string(), self.measure.to_string());
        let mut row = json!({
            "set": set, "texts": self.texts, "measure": measure,
            "default": self.default, "accurate": self.accurate, "asked": asked,
        });
        if let (Some(published), Some(row)) = (self.measure.published(self.set), row.as_object_mut()) {
            row.insert("published".to_owned(), published.into());
        }
        row
    }

    /// A figure, with a star if it misses what is asked for.
    fn figure(&self, figure: Option<f64>, asked: Option<f64>) -> String {
        let Some(figure) = figure else { return "–".to_owned() };
        let misses = |asked| if self.measure.is_cost() { figure > asked } else { figure < asked };
        format!("{figure:.*}{}", self.measure.unit().digits(), if asked.is_some_and(misses) { " *" } else { "" })
    }

    fn asked(&self, Asked { default, accurate }: Asked, both: bool) -> String {
        let sign = if self.measure.is_cost() { '≤' } else { '≥' };
        match accurate {
            _ if !both => format!("{sign} {default}"),
            Some(accurate) => format!("{sign} {default} / {accurate}"),
            None => format!("{sign} {default} / –"),
        }
    }
}
