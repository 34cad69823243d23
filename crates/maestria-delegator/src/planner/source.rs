//! Where an argument comes from that the request does not give: the results of earlier steps, by type, by name, or by "it".

use maestria_vocabulary::{Clause, StepId, ToolMatch};
use serde_json::Value;

use super::Draft;
use crate::{
    Action, Step,
    catalog::{agrees, fits},
    check::result,
};

impl Draft<'_> {
    /// The latest step whose result fits a parameter.
    pub(super) fn earlier(&self, schema: &Value) -> Option<StepId> {
        let fitting = self.steps.iter().rev().find(|step| fits(&result(step, &self.steps, self.catalog), schema));
        fitting.map(|step| step.id.clone())
    }

    /// A field of the latest result that has one of the parameter's name and type: `flight_id` is `flight_id`, or the `id` of a tool that
    /// speaks of flights.
    pub(super) fn field(&mut self, parameter: &str, schema: &Value) -> Option<StepId> {
        let (input, field) = self.named_field(parameter, schema)?;
        self.select(input, field)
    }

    /// The tool that goes on with what came before, though its name alone does not say enough: "book it" after a search for flights is
    /// the tool that lacks the id of a flight.
    pub(super) fn continuing<'a>(&self, clause: &'a Clause) -> Option<&'a ToolMatch> {
        clause.tools.iter().filter(|_| clause.refers_back).find(|found| {
            let Some(spec) = self.catalog.get(&found.tool) else { return false };
            let mut lacking = spec.parameters().filter(|(name, _)| found.missing.iter().any(|q| q.parameter == *name));
            lacking.any(|(name, schema)| self.named_field(name, schema).is_some())
        })
    }

    fn named_field(&self, parameter: &str, schema: &Value) -> Option<(StepId, String)> {
        if !self.selects_fields {
            return None;
        }
        let mut calls = self.steps.iter().rev().filter_map(|step| match &step.action {
            Action::Call { tool, .. } => Some((step, tool.as_str())),
            _ => None,
        });
        calls.find_map(|(step, tool)| {
            let output = result(step, &self.steps, self.catalog);
            let fields = output.get("properties").and_then(Value::as_object)?;
            let named = |field: &str| {
                same_name(field, parameter)
                    || last_word(parameter) == field.to_lowercase() && shares_word(tool, parameter, field)
            };
            let (field, _) = fields.iter().find(|(field, output)| named(field) && agrees(output, schema))?;
            Some((step.id.clone(), field.clone()))
        })
    }

    /// What "it" is for the first parameter that the clause leaves open: the result before, or its only field of such a type.
    pub(super) fn referred(&mut self, clause: &Clause, schema: &Value, used: &mut bool) -> Option<StepId> {
        if !self.selects_fields || !clause.refers_back || *used {
            return None;
        }
        let step = self.steps.iter().rev().find(|step| matches!(step.action, Action::Call { .. }))?;
        let (id, output) = (step.id.clone(), result(step, &self.steps, self.catalog));
        let source = match output.get("properties").and_then(Value::as_object) {
            Some(fields) => {
                let mut fitting = fields.iter().filter(|(_, field)| agrees(field, schema));
                let (field, _) = fitting.next().filter(|_| fitting.next().is_none())?;
                self.select(id, field.clone())
            }
            None => agrees(&output, schema).then_some(id),
        };
        *used = source.is_some();
        source
    }

    fn select(&mut self, input: StepId, field: String) -> Option<StepId> {
        let id = StepId::new(format!("{input}.{field}")).ok()?;
        if self.steps.iter().all(|step| step.id != id) {
            self.steps.push(Step { id: id.clone(), action: Action::Select { input, field }, serves: None });
        }
        Some(id)
    }

    /// The steps that the request puts before a clause by "then", "after that" and the like: those of the clause before it.
    pub(super) fn stated_before(&self, clause: &Clause) -> Vec<StepId> {
        const ORDER: &[&str] = &["then", "afterwards", "after", "finally", "next", "once"];
        let served = self.steps.iter().rev().filter_map(|step| Some((step, step.serves?)));
        let mut before = served.filter(|(_, span)| span.end <= clause.span.start).peekable();
        let Some((_, latest)) = before.peek().copied() else { return Vec::new() };
        let gap = self.understanding.text.get(latest.end..clause.span.start).unwrap_or_default().to_lowercase();
        let ordered = gap.split(|c: char| !c.is_alphabetic()).any(|word| ORDER.contains(&word));
        before.take_while(|(_, span)| *span == latest && ordered).map(|(step, _)| step.id.clone()).collect()
    }
}

/// Whether two identifiers are the same words, whatever their case and separators.
fn same_name(a: &str, b: &str) -> bool {
    let plain =
        |name: &str| name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    plain(a) == plain(b)
}

fn last_word(name: &str) -> String {
    name.rsplit(['_', '-', '.', ' ']).next().unwrap_or(name).to_lowercase()
}

/// Whether a tool's name has a word of the parameter's besides the field's.
fn shares_word(tool: &str, parameter: &str, field: &str) -> bool {
    let tool = tool.to_lowercase();
    let words = parameter.split(['_', '-', '.', ' ']).map(str::to_lowercase);
    let mut others = words.filter(|word| *word != field.to_lowercase() && word.len() > 2);
    others.any(|word| tool.contains(word.trim_end_matches('s')))
}
