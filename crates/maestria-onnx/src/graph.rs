//! One session: checked against what an encoder is when it is opened, and run by whoever holds it.

use std::iter;

use ndarray::{Array2, ArrayView, Dimension, Ix2, Ix3};
use ort::{
    session::{Session, SessionOutputs},
    value::{Outlet, TensorElementType, TensorRef, ValueType},
};

use crate::{
    Error, Result,
    pooling::{self, Row},
    shared::Runner,
    tokens::{Batch, Text},
};

const IDS: &str = "input_ids";
const MASK: &str = "attention_mask";
const TYPES: &str = "token_type_ids";
const EMBEDDING: &str = "embedding";
const HIDDEN: &str = "last_hidden_state";
const LOGITS: &str = "logits";

/// A graph from tokens to vectors.
#[derive(Debug)]
pub(crate) struct Graph {
    session: Session,
    padding: i64,
    dimension: usize,
    takes_types: bool,
    gives_embedding: bool,
    gives_logits: bool,
}

/// What a graph computed for a batch.
struct Outputs {
    /// One vector per text, `[texts, dimension]`.
    embedding: Array2<f32>,
    /// Scores per text, `[texts, labels]`.
    logits: Option<Array2<f32>>,
}

impl Graph {
    /// Checks the session and runs `trial` through it once.
    pub(crate) fn new(session: Session, padding: i64, trial: &Text) -> Result<Self> {
        let mut graph = Self::check(session, padding)?;
        graph.dimension = graph.compute(&Batch::of(&[trial], padding))?.embedding.ncols();
        Ok(graph)
    }

    /// Values per vector.
    pub(crate) fn dimension(&self) -> usize {
        self.dimension
    }

    /// Whether the graph gives scores.
    pub(crate) fn has_logits(&self) -> bool {
        self.gives_logits
    }

    /// The session, to be asked what it did.
    #[cfg(feature = "cuda")]
    pub(crate) fn session(&mut self) -> &mut Session {
        &mut self.session
    }

    fn compute(&mut self, batch: &Batch) -> Result<Outputs> {
        let outputs =
            feed(&mut self.session, self.takes_types, batch).map_err(|error| Error::Run { source: error.into() })?;
        let embedding = if self.gives_embedding {
            output::<Ix2>(&outputs, EMBEDDING, "float32 [texts, dimension]")?.to_owned()
        } else {
            let hidden = output::<Ix3>(&outputs, HIDDEN, "float32 [texts, tokens, dimension]")?;
            pooling::mean(hidden, &batch.mask)
        };
        let logits = self.gives_logits.then(|| output::<Ix2>(&outputs, LOGITS, "float32 [texts, labels]"));
        let logits = logits.transpose()?.map(|logits| logits.to_owned());
        let texts = batch.ids.nrows();
        for (name, rows) in iter::once((EMBEDDING, embedding.nrows())).chain(logits.iter().map(|l| (LOGITS, l.nrows())))
        {
            if rows != texts {
                return Err(shape(name, format!("{rows} rows for {texts} texts"), "one row per text"));
            }
        }
        Ok(Outputs { embedding, logits })
    }

    fn check(session: Session, padding: i64) -> Result<Self> {
        let (inputs, outputs) = (session.inputs(), session.outputs());
        for input in inputs {
            if ![IDS, MASK, TYPES].contains(&input.name()) {
                return Err(Error::UnknownInput { input: input.name().to_owned() });
            }
            expect(input, TensorElementType::Int64, 2, "int64 [texts, tokens]")?;
        }
        let has = |outlets: &[Outlet], name| outlets.iter().any(|outlet| outlet.name() == name);
        for input in [IDS, MASK] {
            if !has(inputs, input) {
                return Err(Error::Lacks { missing: input });
            }
        }
        if !has(outputs, EMBEDDING) && !has(outputs, HIDDEN) {
            return Err(Error::Lacks { missing: "output `embedding` or `last_hidden_state`" });
        }
        Ok(Self {
            takes_types: has(inputs, TYPES),
            gives_embedding: has(outputs, EMBEDDING),
            gives_logits: has(outputs, LOGITS),
            session,
            padding,
            dimension: 0,
        })
    }
}

impl Runner for Graph {
    fn run(&mut self, texts: &[&Text]) -> Result<Vec<Row>> {
        let Outputs { embedding, logits } = self.compute(&Batch::of(texts, self.padding))?;
        if embedding.ncols() != self.dimension {
            return Err(Error::Dimension { found: embedding.ncols(), expected: self.dimension });
        }
        let mut logits = logits.iter().flat_map(|logits| logits.rows());
        let rows = texts.iter().zip(embedding.rows()).map(|(text, row)| Row {
            embedding: if text.empty { vec![0.0; self.dimension] } else { row.to_vec() },
            logits: logits.next().map(|scores| scores.to_vec()),
        });
        Ok(rows.collect())
    }
}

fn feed<'s>(session: &'s mut Session, takes_types: bool, batch: &Batch) -> ort::Result<SessionOutputs<'s>> {
    let mut inputs = ort::inputs![
        IDS => TensorRef::from_array_view(&batch.ids)?,
        MASK => TensorRef::from_array_view(&batch.mask)?,
    ];
    if takes_types {
        inputs.extend(ort::inputs![TYPES => TensorRef::from_array_view(&batch.types)?]);
    }
    session.run(inputs)
}

fn expect(outlet: &Outlet, element: TensorElementType, rank: usize, expected: &'static str) -> Result<()> {
    match outlet.dtype() {
        ValueType::Tensor { ty, shape, .. } if *ty == element && shape.len() == rank => Ok(()),
        found => Err(shape(outlet.name(), found.to_string(), expected)),
    }
}

fn output<'o, D: Dimension>(
    outputs: &'o SessionOutputs<'_>,
    name: &'static str,
    expected: &'static str,
) -> Result<ArrayView<'o, f32, D>> {
    let value = outputs.get(name).ok_or(Error::Lacks { missing: name })?;
    let view = value.try_extract_array::<f32>().map_err(|_| shape(name, value.dtype().to_string(), expected))?;
    view.into_dimensionality().map_err(|_| shape(name, value.dtype().to_string(), expected))
}

fn shape(name: &str, found: String, expected: &'static str) -> Error {
    Error::Shape { name: name.to_owned(), found, expected }
}
