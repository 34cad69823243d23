//! What a tool says of itself: the texts that are embedded, and the stems that are looked up.

use std::collections::BTreeMap;

use maestria_vocabulary::ToolSpec;
use serde_json::Value;

use super::{
    kind::{Form, required_forms},
    rarity::weight,
};
use crate::words::{identifier_words, stem};

/// A tool as it is indexed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Document {
    /// Name and description.
    pub(super) described: String,
    /// Those, and the names, descriptions and options of the parameters.
    pub(super) full: String,
    /// How often every stem of `full` occurs.
    pub(super) counts: BTreeMap<String, u32>,
    /// The stems of the name, each once, with how much it says.
    pub(super) name: Vec<(String, f64)>,
    /// The stems of the description, likewise.
    pub(super) description: Vec<(String, f64)>,
    /// How its required parameters have to look.
    pub(super) forms: Vec<Form>,
}

impl Document {
    pub(super) fn of(spec: &ToolSpec) -> Self {
        let name = identifier_words(spec.id.as_str());
        let described = format!("{}: {}", name.join(" "), spec.description);
        let mut full = described.clone();
        for (parameter, schema) in spec.parameters() {
            let text = schema.get("description").and_then(Value::as_str).unwrap_or_default();
            full = format!("{full}. {} {text}", identifier_words(parameter).join(" "));
            for option in schema.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
                full = format!("{full} {}", identifier_words(option).join(" "));
            }
        }
        let mut counts = BTreeMap::new();
        for stem in stems(&full) {
            *counts.entry(stem).or_default() += 1;
        }
        let name = weighed(distinct(name.iter().map(|word| stem(word))));
        let description = weighed(distinct(stems(&spec.description)));
        Self { name, description, forms: required_forms(spec), described, full, counts }
    }
}

/// The stems of a text: of its runs of letters and digits.
pub(super) fn stems(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(stem)
}

/// Every stem once, in order.
pub(super) fn distinct(stems: impl Iterator<Item = String>) -> Vec<String> {
    let mut stems: Vec<String> = stems.collect();
    stems.sort_unstable();
    stems.dedup();
    stems
}

/// Every stem with how much it says.
pub(super) fn weighed(stems: Vec<String>) -> Vec<(String, f64)> {
    let weighed = |stem: String| {
        let weight = weight(&stem);
        (stem, weight)
    };
    stems.into_iter().map(weighed).collect()
}
