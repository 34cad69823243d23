//! What the words of a request are compared with: a tool's own words as vectors and as a set.

use std::collections::HashSet;

use maestria_vocabulary::ToolSpec;
use ndarray::{Array1, Array2};
use serde_json::Value;

use crate::{StaticEmbedder, words::identifier_words};

/// Bytes of a description, and of all that is said of parameters, that are read.
const MOST_READ: (usize, usize) = (600, 1_200);

/// Word pieces of a name that are compared one by one.
const MOST_PIECES: usize = 12;

/// A tool as it is compared with words. Vectors have unit length, or are zero of nothing.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    pub(super) name: Array1<f32>,
    pub(super) description: Array1<f32>,
    pub(super) parameters: Array1<f32>,
    /// Name and description as one text.
    pub(super) described: Array1<f32>,
    /// The pieces of the name, a row each.
    pub(super) name_pieces: Array2<f32>,
    pub(super) in_name: HashSet<u32>,
    pub(super) in_description: HashSet<u32>,
    pub(super) in_parameters: HashSet<u32>,
}

impl Profile {
    pub(super) fn of(spec: &ToolSpec, embedder: &StaticEmbedder) -> Self {
        let name = identifier_words(spec.id.as_str()).join(" ");
        let parameters = said_of_parameters(spec);
        let read = |text: &str, most: usize| embedder.ids(text.get(..text.floor_char_boundary(most)).unwrap_or(text));
        let (name, description) = (read(&name, MOST_READ.0), read(&spec.description, MOST_READ.0));
        let parameters = read(&parameters, MOST_READ.1);
        let sum = |pieces: &[u32]| embedder.total(pieces);
        let mut name_pieces = Array2::zeros((name.len().min(MOST_PIECES), embedder.width()));
        for (mut row, piece) in name_pieces.rows_mut().into_iter().zip(&name) {
            row.assign(&unit(sum(&[*piece])));
        }
        Self {
            described: unit(sum(&name) + sum(&description)),
            name: unit(sum(&name)),
            description: unit(sum(&description)),
            parameters: unit(sum(&parameters)),
            name_pieces,
            in_name: name.into_iter().collect(),
            in_description: description.into_iter().collect(),
            in_parameters: parameters.into_iter().collect(),
        }
    }
}

fn said_of_parameters(spec: &ToolSpec) -> String {
    let mut said = String::new();
    for (name, schema) in spec.parameters() {
        let text = schema.get("description").and_then(Value::as_str).unwrap_or_default();
        said.extend([". ", identifier_words(name).join(" ").as_str(), " ", text]);
        for option in schema.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            said.extend([" ", identifier_words(option).join(" ").as_str()]);
        }
        if said.len() > MOST_READ.1 {
            break;
        }
    }
    if said.is_empty() { ".".to_owned() } else { said }
}

/// A vector of length one in the same direction; zero of zero.
pub(super) fn unit(vector: Array1<f32>) -> Array1<f32> {
    let length = vector.dot(&vector).sqrt();
    if length > f32::EPSILON { vector / length } else { vector }
}
