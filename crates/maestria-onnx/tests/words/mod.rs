//! A tokenizer of three words, and small graphs written out as ONNX files: a model is a protocol buffer, and a handful of its fields will
//! do (onnx.proto, IR version 8).

use std::path::{Path, PathBuf};

/// Knows `a`, `b` and `c` as 4, 5 and 6; pads to 128 and truncates to 3, which no encoder may heed.
pub(crate) const TOKENIZER: &[u8] = include_bytes!("tokenizer.json");

/// The vectors of the seven tokens; padding has the longest, to be noticed when it counts.
const TABLE: [[f32; 2]; 7] =
    [[90.0, 90.0], [0.0, 0.0], [0.0, 8.0], [0.0, 8.0], [3.0, 4.0], [-4.0, 3.0], [f32::NAN, 0.0]];

/// A graph that looks every token up in [`TABLE`]: its output is named `output`, and it takes these `inputs`.
pub(crate) fn look_up(folder: &Path, inputs: &[&str], output: &str) -> PathBuf {
    let nodes = [node("Gather", &["table", "input_ids"], output)];
    write(folder, &nodes, inputs, &[(output, 3)])
}

/// A graph that gives the sum over all tokens as `embedding`, and the same again as `logits`.
pub(crate) fn sum_up(folder: &Path) -> PathBuf {
    let nodes = [
        node("Gather", &["table", "input_ids"], "rows"),
        node("Cast", &["attention_mask"], "mask").then(attribute("to", 1)),
        node("Unsqueeze", &["mask", "last"], "column"),
        node("Mul", &["rows", "column"], "shown"),
        node("ReduceSum", &["shown", "tokens"], "embedding").then(attribute("keepdims", 0)),
        node("Identity", &["embedding"], "logits"),
    ];
    write(folder, &nodes, &["input_ids", "attention_mask"], &[("embedding", 2), ("logits", 2)])
}

fn write(folder: &Path, nodes: &[Field], inputs: &[&str], outputs: &[(&str, usize)]) -> PathBuf {
    let table: Vec<u8> = TABLE.iter().flatten().flat_map(|value| value.to_le_bytes()).collect();
    let mut graph = Field::default();
    for node in nodes {
        graph = graph.message(1, node);
    }
    graph = graph.bytes(2, b"words");
    graph = graph.message(5, &tensor("table", &[7, 2], 1, &table));
    graph = graph.message(5, &tensor("last", &[1], 7, &(-1_i64).to_le_bytes()));
    graph = graph.message(5, &tensor("tokens", &[1], 7, &1_i64.to_le_bytes()));
    for input in inputs {
        graph = graph.message(11, &value(input, 7, 2));
    }
    for (output, rank) in outputs {
        graph = graph.message(12, &value(output, 1, *rank));
    }
    let opset = Field::default().bytes(1, b"").number(2, 17);
    let model = Field::default().number(1, 8).message(7, &graph).message(8, &opset);
    let path = folder.join("words.onnx");
    std::fs::write(&path, model.0).unwrap();
    path
}

fn node(operation: &str, inputs: &[&str], output: &str) -> Field {
    let node = inputs.iter().fold(Field::default(), |node, input| node.bytes(1, input.as_bytes()));
    node.bytes(2, output.as_bytes()).bytes(4, operation.as_bytes())
}

/// An attribute of a node that is a number.
fn attribute(name: &str, value: u64) -> Field {
    const INT: u64 = 2;
    Field::default().message(5, &Field::default().bytes(1, name.as_bytes()).number(3, value).number(20, INT))
}

fn tensor(name: &str, shape: &[u64], element: u64, data: &[u8]) -> Field {
    let tensor = shape.iter().fold(Field::default(), |tensor, &size| tensor.number(1, size));
    tensor.number(2, element).bytes(8, name.as_bytes()).bytes(9, data)
}

/// An input or output whose sizes are all dynamic.
fn value(name: &str, element: u64, rank: usize) -> Field {
    let shape = (0..rank).fold(Field::default(), |shape, axis| {
        shape.message(1, &Field::default().bytes(2, format!("axis{axis}").as_bytes()))
    });
    let tensor = Field::default().number(1, element).message(2, &shape);
    Field::default().bytes(1, name.as_bytes()).message(2, &Field::default().message(1, &tensor))
}

/// Fields of a protocol buffer message, encoded.
#[derive(Default)]
struct Field(Vec<u8>);

impl Field {
    fn number(mut self, field: u64, value: u64) -> Self {
        self.varint(field << 3);
        self.varint(value);
        self
    }

    fn bytes(mut self, field: u64, bytes: &[u8]) -> Self {
        self.varint(field << 3 | 2);
        self.varint(bytes.len() as u64);
        self.0.extend(bytes);
        self
    }

    fn message(self, field: u64, message: &Field) -> Self {
        self.bytes(field, &message.0)
    }

    fn then(mut self, more: Field) -> Self {
        self.0.extend(more.0);
        self
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}
