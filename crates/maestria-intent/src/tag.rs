//! Which words of a request ask for which tool, whether or not they say so with a verb.
//!
//! A small transformer reads the words beside what the tools say of themselves, and gives every word a probability for every tool and for
//! none. It knows no tool: it was trained on requests to many, among them as many that are asked for as that are not.

mod arguments;
mod form;
mod network;
mod passage;
mod profile;
mod rows;
#[cfg(test)]
mod tests;

use std::sync::OnceLock;

use maestria_vocabulary::{Span, ToolSpec};
use ndarray::{Array2, Axis, concatenate, stack};

pub(crate) use self::{
    arguments::{Parameters, ReadClause, arguments},
    profile::Profile,
};
use self::{
    form::forms,
    network::{Block, Linear, Norm},
    passage::{FEATURES, Passage},
    rows::{softmax_rows, tanh_of_all},
};
use crate::{
    Result, StaticEmbedder,
    product::product,
    weights::{Weights, unusable},
};

/// Marks the words of requests with the tools they ask for.
///
/// `P(t | word) ∝ exp(hᵀ K u(t) / √d + f(x) + g(h)ᵀ x)` over the tools and "none", with `h` what the transformer makes of the word, `u(t)` a
/// projection of the tool's name, description and parameters, and `x` how alike word and tool are.
#[derive(Debug, Clone)]
pub(crate) struct Tagger {
    embedder: StaticEmbedder,
    word: Linear,
    surroundings: Linear,
    /// Of networks that see how words are written.
    form: Option<Linear>,
    blocks: Vec<Block>,
    norm: Norm,
    tool: Linear,
    tool_norm: Norm,
    key: Linear,
    hidden: Linear,
    alike: Linear,
    gate: Linear,
    none: Linear,
    begin: Linear,
}

/// A word of a request, and what it asks for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tagged {
    /// Where it stands: a run of characters without white space.
    pub(crate) span: Span,
    /// How likely it asks for none, then for each of the tools, in `[0, 1]`; their sum is one.
    pub(crate) asks: Vec<f32>,
    /// How likely a call's words begin with it, in `[0, 1]`.
    pub(crate) begins: f32,
}

impl Tagger {
    /// The tagger inside this crate. All of a process share its weights.
    ///
    /// # Errors
    /// None in a released crate, where a test loads it; [`Error`](crate::Error) if its file was damaged.
    pub(crate) fn embedded() -> Result<&'static Self> {
        static EMBEDDED: OnceLock<Tagger> = OnceLock::new();
        if let Some(known) = EMBEDDED.get() {
            return Ok(known);
        }
        let read = Self::from_bytes(include_bytes!("../model/tagger.safetensors"), StaticEmbedder::embedded()?)?;
        Ok(EMBEDDED.get_or_init(|| read))
    }

    /// A tagger from a weights file (safetensors: for every layer `weight` int8 `[out, in]`, `scale` and `bias`), over the vectors of
    /// `embedder`.
    pub(crate) fn from_bytes(file: &[u8], embedder: StaticEmbedder) -> Result<Self> {
        Self::sized(file, embedder, 0, 0)
    }

    /// The same for a network that reads `forms` numbers beside a word's vector, and `kinds` beside what a label says.
    fn sized(file: &[u8], embedder: StaticEmbedder, forms: usize, kinds: usize) -> Result<Self> {
        let file = Weights::open(file)?;
        let inputs = embedder.width();
        let word = Linear::read(&file, "inp")?;
        let width = word.outputs();
        let sized = |name: &str, inputs: usize, outputs: usize| Linear::sized(&file, name, inputs, outputs);
        let layers: usize = file.json("layers")?;
        if !(1..=8).contains(&layers) {
            return Err(unusable("layers", format!("there are {layers}, and it should be one to eight")));
        }
        let hidden = Linear::read(&file, "f1")?;
        Ok(Self {
            word: sized("inp", inputs, width)?,
            surroundings: sized("ctx", 2 * inputs, width)?,
            form: if forms > 0 { Some(sized("form", forms, width)?) } else { None },
            blocks: (0..layers).map(|at| Block::read(&file, &format!("blocks.{at}"), width)).collect::<Result<_>>()?,
            norm: Norm::read(&file, "norm", width)?,
            tool: sized("tool", 3 * inputs + kinds, width)?,
            tool_norm: Norm::read(&file, "tn", width)?,
            key: sized("key", width, width)?,
            alike: sized("f2", hidden.outputs(), 1)?,
            hidden: sized("f1", FEATURES, hidden.outputs())?,
            gate: sized("gate", width, FEATURES)?,
            none: sized("none", width, 1)?,
            begin: sized("begin", width, 1)?,
            embedder,
        })
    }

    /// A tool as words are compared with it.
    pub(crate) fn profile(&self, tool: &ToolSpec) -> Profile {
        let mut profile = Profile::of_tool(tool, &self.embedder);
        self.project(std::slice::from_mut(&mut profile));
        profile
    }

    /// The words of `text`, its first 256 word pieces, each with what it asks for of `tools`.
    pub(crate) fn tag(&self, text: &str, tools: &[&Profile]) -> Vec<Tagged> {
        let passage = Passage::of(text, &self.embedder);
        if tools.is_empty() || passage.chunks.is_empty() {
            return Vec::new();
        }
        self.read(passage, text).labelled(self, tools)
    }

    /// What the network makes of a passage, whatever the labels.
    fn read(&self, passage: Passage, text: &str) -> ReadPassage {
        let mut read = self.word.apply(passage.vectors.view()) + self.surroundings.apply(passage.surroundings.view());
        if let Some(form) = &self.form {
            read += &form.apply(forms(text, &passage.chunks).view());
        }
        for block in &self.blocks {
            read = block.apply(read);
        }
        let read = self.norm.apply(read);
        ReadPassage {
            keys: self.key.apply(read.view()),
            gates: self.gate.apply(read.view()),
            none: self.none.apply(read.view()),
            begins: self.begin.apply(read.view()).mapv(|score| 1.0 / (1.0 + (-score).exp())),
            passage,
        }
    }

    /// Sets what the network makes of labels.
    fn project(&self, labels: &mut [Profile]) {
        let said: Vec<f32> = labels.iter().flat_map(Profile::projected).copied().collect();
        let said = Array2::from_shape_vec((labels.len(), said.len() / labels.len().max(1)), said);
        let keys = self.tool_norm.apply(self.tool.apply(said.unwrap_or_default().view()));
        labels.iter_mut().zip(keys.rows()).for_each(|(label, key)| label.key = key.to_owned());
    }
}

/// What the network makes of the pieces of a passage, a row each.
struct ReadPassage {
    passage: Passage,
    keys: Array2<f32>,
    gates: Array2<f32>,
    none: Array2<f32>,
    begins: Array2<f32>,
}

impl ReadPassage {
    /// The words with what they ask for of `labels`.
    fn labelled(&self, tagger: &Tagger, labels: &[&Profile]) -> Vec<Tagged> {
        let mut scores = self.scores(tagger, labels);
        softmax_rows(&mut scores);
        by_word(&self.passage.chunks, &scores, &self.begins)
    }

    /// The scores of none and of every label, by piece.
    fn scores(&self, tagger: &Tagger, labels: &[&Profile]) -> Array2<f32> {
        let keys: Vec<_> = labels.iter().map(|label| label.key.view()).collect();
        let keys = stack(Axis(0), &keys).unwrap_or_default();
        let mut scores = product(self.keys.view(), keys.t()) / (keys.ncols() as f32).sqrt();
        let likeness = self.passage.likeness(labels);
        let mut hidden = tagger.hidden.apply(likeness.view());
        tanh_of_all(&mut hidden);
        let alike = tagger.alike.apply(hidden.view());
        for (((piece, _), score), (row, alike)) in
            scores.indexed_iter_mut().zip(likeness.rows().into_iter().zip(&alike))
        {
            *score += alike + row.dot(&self.gates.row(piece));
        }
        concatenate(Axis(1), &[self.none.view(), scores.view()]).unwrap_or_default()
    }
}

/// What the pieces say, by word: the mean of a word's pieces, and that a call begins with one if it does with any of them.
fn by_word(chunks: &[Span], asks: &Array2<f32>, begins: &Array2<f32>) -> Vec<Tagged> {
    let mut words: Vec<(Tagged, f32)> = Vec::new();
    for ((span, asks), begins) in chunks.iter().zip(asks.rows()).zip(begins) {
        match words.last_mut().filter(|(word, _)| word.span == *span) {
            Some((word, pieces)) => {
                *pieces += 1.0;
                word.asks.iter_mut().zip(asks).for_each(|(mean, ask)| *mean += (ask - *mean) / *pieces);
                word.begins = word.begins.max(*begins);
            }
            None => words.push((Tagged { span: *span, asks: asks.to_vec(), begins: *begins }, 1.0)),
        }
    }
    words.into_iter().map(|(word, _)| word).collect()
}
