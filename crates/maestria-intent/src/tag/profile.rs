//! What the words of a request are compared with: the words of a tool, or of a parameter of one, as vectors and as a set.

use maestria_vocabulary::ToolSpec;
use ndarray::{Array1, Array2};
use serde_json::Value;

use crate::{StaticEmbedder, words::identifier_words};

/// Bytes of a description, and of all that is said of parameters, that are read.
const MOST_READ: (usize, usize) = (600, 1_200);

/// Word pieces of a name that are compared one by one.
const MOST_PIECES: usize = 12;

/// The rows of what a label [says](Profile::said): name and description as one text, the name, what its parameters are or its tool, the
/// description; then each piece of the name.
pub(super) const DESCRIBED: usize = 0;
pub(super) const NAME: usize = 1;
pub(super) const CONTEXT: usize = 2;
pub(super) const DESCRIPTION: usize = 3;
pub(super) const PARTS: usize = 4;

/// A label as it is compared with words: a tool, or a parameter.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    /// What it says, `[PARTS + pieces of the name, dimension]`: vectors of unit length, or zero of nothing.
    pub(super) said: Array2<f32>,
    /// The pieces, in order.
    pub(super) in_name: Vec<u32>,
    pub(super) in_description: Vec<u32>,
    pub(super) in_context: Vec<u32>,
    /// Of what kind a parameter is; nothing of a tool.
    kinds: Vec<f32>,
    /// What the network makes of it.
    pub(super) key: Array1<f32>,
}

impl Profile {
    /// A tool: its name, its description, and what it says of its parameters.
    pub(super) fn of_tool(spec: &ToolSpec, embedder: &StaticEmbedder) -> Self {
        let name = identifier_words(spec.id.as_str()).join(" ");
        let context = said_of_parameters(spec);
        Self::new([(&name, MOST_READ.0), (&spec.description, MOST_READ.0), (&context, MOST_READ.1)], embedder)
    }

    /// A parameter: its name, its description with its options, and what its tool is.
    pub(super) fn of_parameter(name: &str, schema: &Value, tool: &ToolSpec, embedder: &StaticEmbedder) -> Self {
        let mut described = schema.get("description").and_then(Value::as_str).unwrap_or_default().to_owned();
        for option in options(schema) {
            described.extend([" ", identifier_words(option).join(" ").as_str()]);
        }
        let context = format!("{} {}", identifier_words(tool.id.as_str()).join(" "), tool.description);
        let name_words = identifier_words(name).join(" ");
        let texts = [(name_words.as_str(), MOST_READ.0), (&described, MOST_READ.0), (&context, MOST_READ.0)];
        Self { kinds: kinds(schema, tool.requires(name)), ..Self::new(texts, embedder) }
    }

    /// Name, description and context, each with the most bytes of it that are read.
    fn new(texts: [(&str, usize); 3], embedder: &StaticEmbedder) -> Self {
        let [name, description, context] =
            texts.map(|(text, most)| embedder.ids(text.get(..text.floor_char_boundary(most)).unwrap_or(text)));
        let sum = |pieces: &[u32]| embedder.total(pieces);
        let parts = [sum(&name) + sum(&description), sum(&name), sum(&context), sum(&description)];
        let pieces = name.iter().take(MOST_PIECES).map(|piece| sum(&[*piece]));
        let mut said = Array2::zeros((PARTS + name.len().min(MOST_PIECES), embedder.width()));
        for (mut row, vector) in said.rows_mut().into_iter().zip(parts.into_iter().chain(pieces)) {
            row.assign(&unit(vector));
        }
        let sorted = |mut pieces: Vec<u32>| {
            pieces.sort_unstable();
            pieces
        };
        Self {
            said,
            in_name: sorted(name),
            in_description: sorted(description),
            in_context: sorted(context),
            kinds: Vec::new(),
            key: Array1::default(0),
        }
    }

    /// All that is projected: the vectors of its texts, then its kind.
    pub(super) fn projected(&self) -> impl Iterator<Item = &f32> {
        let parts = [NAME, DESCRIPTION, CONTEXT].into_iter().filter_map(|part| self.said.rows().into_iter().nth(part));
        parts.flatten().chain(&self.kinds)
    }
}

/// The types of values, as JSON Schema names them.
const TYPES: [&str; 6] = ["string", "integer", "number", "boolean", "array", "object"];

/// Numbers that say of what kind a parameter is: one for each type, that it has options, that it is required.
pub(super) const KINDS: usize = TYPES.len() + 2;

fn kinds(schema: &Value, required: bool) -> Vec<f32> {
    let given = schema.get("type");
    let listed = given.and_then(Value::as_array);
    let first = listed.and_then(|types| types.iter().filter_map(Value::as_str).find(|name| *name != "null"));
    let given = given.and_then(Value::as_str).or(first);
    let types = TYPES.iter().map(|name| given == Some(name));
    types.chain([schema.get("enum").is_some(), required]).map(|is| if is { 1.0 } else { 0.0 }).collect()
}

fn options(schema: &Value) -> impl Iterator<Item = &str> {
    schema.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn said_of_parameters(spec: &ToolSpec) -> String {
    let mut said = String::new();
    for (name, schema) in spec.parameters() {
        let text = schema.get("description").and_then(Value::as_str).unwrap_or_default();
        said.extend([". ", identifier_words(name).join(" ").as_str(), " ", text]);
        for option in options(schema) {
            said.extend([" ", identifier_words(option).join(" ").as_str()]);
        }
        if said.len() > MOST_READ.1 {
            break;
        }
    }
    if said.is_empty() { ".".to_owned() } else { said }
}

/// A vector of length one in the same direction; zero of zero.
fn unit(vector: Array1<f32>) -> Array1<f32> {
    let length = vector.dot(&vector).sqrt();
    if length > f32::EPSILON { vector / length } else { vector }
}
