//! What tools without side effects read from the files and pages that a request names.

use std::collections::BTreeMap;

use maestria_vocabulary::{Effect, Span, StepId, ToolMatch, ToolSpec};
use serde_json::{Value, json};

use super::{
    affinity::Wanted,
    draft::{Draft, only_requirement},
    media::suits,
    nouns::takes_file,
    place::best_field,
};
use crate::{Action, Binding, Catalog, catalog::fits};

impl Draft<'_> {
    pub(super) fn read_path(
        &mut self,
        paths: &mut impl Iterator<Item = Span>,
        found: &ToolMatch,
        wanted: Wanted<'_>,
    ) -> Option<Binding> {
        let mut paths = paths.peekable();
        let path = *paths.peek()?;
        if let Some(step) = self.made_from(path, wanted.schema) {
            return Some(Binding::From { step });
        }
        if !self.selects_fields {
            return None;
        }
        let name = path.of(&self.understanding.text)?;
        self.read(name, found, wanted)
    }

    /// The step that makes what fits a parameter out of a file, after those that it needs: tools without side effects, each of which requires
    /// one thing, the first a path.
    pub(super) fn made_from(&mut self, path: Span, schema: &Value) -> Option<StepId> {
        let mut chain = chain(self.catalog, schema, LONGEST_CHAIN)?;
        let file = path.of(&self.understanding.text)?;
        let mut binding = Binding::Value(json!(file));
        let mut last = None;
        while let Some((tool, parameter)) = chain.pop() {
            let action =
                Action::Call { tool: tool.id.clone(), arguments: BTreeMap::from([(parameter.to_owned(), binding)]) };
            let same = self.steps.iter().find(|step| step.action == action).map(|step| step.id.clone());
            let step = same.or_else(|| self.push(action, None))?;
            binding = Binding::From { step: step.clone() };
            last = Some(step);
        }
        last
    }

    /// What a file or a page gives that `text` names, read by a tool without side effects: for a parameter that takes no file itself.
    pub(super) fn read(&mut self, text: &str, except: &ToolMatch, wanted: Wanted<'_>) -> Option<Binding> {
        let kind = source_kind(text)?;
        if wanted.schema.get("format").is_some() || wanted.schema.get("type") != Some(&Value::from("string")) {
            return None;
        }
        let readers = self.catalog.iter().filter(|tool| tool.effect == Effect::Pure && tool.id != except.tool);
        let rated = readers.filter_map(|tool| {
            let (parameter, schema) = only_requirement(tool)?;
            let takes = schema.get("format").and_then(Value::as_str) == Some(kind);
            let (_, score) = best_field(tool.id.as_str(), &tool.output, wanted).filter(|_| takes)?;
            let suits = if kind == "path" { suits(tool, parameter, text) } else { 1 };
            (suits > 0).then_some((suits, score, tool, parameter))
        });
        let (_, _, tool, parameter) = rated.max_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)))?;
        let arguments = [(parameter.to_owned(), Binding::Value(Value::from(text)))].into();
        let step = self.push(Action::Call { tool: tool.id.clone(), arguments }, None)?;
        let place = self.place(&step, wanted)?;
        self.bind(place, wanted)
    }
}

/// Most tools that stand between a file and what is needed of it.
pub(super) const LONGEST_CHAIN: usize = 3;

/// The shortest chain of at most `longest` tools that makes what fits `schema` out of a path, last tool first, each with its parameter.
pub(in crate::planner) fn chain<'a>(
    catalog: &'a Catalog,
    schema: &Value,
    longest: usize,
) -> Option<Vec<(&'a ToolSpec, &'a str)>> {
    let makers = catalog.iter().filter(|tool| tool.effect == Effect::Pure && fits(&tool.output, schema));
    let chains = makers.filter_map(|tool| {
        let (parameter, input) = only_requirement(tool)?;
        let mut made = vec![(tool, parameter)];
        if input.get("format").and_then(Value::as_str) != Some("path") {
            made.extend(chain(catalog, input, longest.checked_sub(1).filter(|rest| *rest > 0)?)?);
        }
        Some(made)
    });
    chains.min_by_key(Vec::len)
}

/// The format of what a text names, if it is nothing but a name: `path` or `uri`.
pub(super) fn source_kind(text: &str) -> Option<&'static str> {
    let text = text.trim();
    if text.contains(char::is_whitespace) {
        return None;
    }
    if text.starts_with("http://") || text.starts_with("https://") {
        return Some("uri");
    }
    let (stem, extension) = text.rsplit_once('.')?;
    let named = (1..=5).contains(&extension.len()) && extension.chars().all(|c| c.is_ascii_alphanumeric());
    (named
        && stem.chars().any(char::is_alphanumeric)
        && extension.chars().any(|c| c.is_ascii_alphabetic())
        && !text.contains('@'))
    .then_some("path")
}

/// Whether a text parameter takes the name of a file, and not what is in it.
pub(super) fn takes_name_of_file(parameter: &str, schema: &Value) -> bool {
    let description = schema.get("description").and_then(Value::as_str).unwrap_or_default().to_lowercase();
    takes_file(parameter) || description.contains("file name")
}
