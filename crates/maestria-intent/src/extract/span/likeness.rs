//! How alike pieces of a passage are to what parameters mean.

use std::cell::OnceCell;

use maestria_vocabulary::Span;
use ndarray::{Array1, Array2, ArrayView1, Axis};

use super::{
    super::{parameter::Parameter, passage::Passage},
    candidate::{Candidate, Pieces},
    token::{Class, Token},
};
use crate::{StaticEmbedder, product::product, select::rarity::weight};

/// Words before a piece whose meaning is looked at too.
const WORDS_BEFORE: usize = 4;

/// A sum shorter than this is what rounding left of nothing.
const SHORTEST: f32 = 1e-3;

/// Cosines of the runs of words of a passage with what the parameters of a tool mean, `[runs, parameters]`.
#[derive(Debug)]
pub(in super::super) struct Likeness {
    /// Of the run itself.
    pub(super) inside: Array2<f32>,
    /// Of the words before it.
    pub(super) before: Array2<f32>,
}

/// Sums of the vectors of the word pieces of a passage: up to each word, and with it, `[words, dimension]`.
#[derive(Debug, Default)]
pub(super) struct Sums {
    before: Array2<f32>,
    through: Array2<f32>,
    directions: OnceCell<Directions>,
}

/// Unit vectors of all runs, `[runs, dimension]`, and of the words before each word, `[words, dimension]`.
#[derive(Debug)]
struct Directions {
    inside: Array2<f32>,
    leading: Array2<f32>,
}

impl Sums {
    pub(super) fn of(passage: &Passage<'_>, tokens: &[Token]) -> Self {
        let Ok(embedder) = StaticEmbedder::embedded() else {
            return Self::default();
        };
        let mut sum = Array1::<f32>::zeros(embedder.width());
        let mut end = tokens.first().map_or(0, |first| first.start);
        let (mut before, mut through) = (Vec::new(), Vec::new());
        for token in tokens {
            sum += &embedder.sum(passage.at(Span { start: end, end: token.start }));
            before.push(sum.clone());
            sum += &embedder.sum(passage.at(Span { start: token.start, end: token.end }));
            through.push(sum.clone());
            end = token.end;
        }
        Self { before: rows(&before), through: rows(&through), directions: OnceCell::new() }
    }

    /// The unit vector of the words from `first` up to the one `behind`; zero for none.
    fn inside(&self, first: usize, behind: usize) -> Array1<f32> {
        if first >= behind || behind > self.through.nrows() {
            return Array1::zeros(self.through.ncols());
        }
        unit(&self.through.row(behind - 1) - &self.before.row(first))
    }

    /// The unit vector of the words before `first`.
    fn leading(&self, first: usize) -> Array1<f32> {
        if first >= self.before.nrows() {
            return Array1::zeros(self.before.ncols());
        }
        unit(&self.before.row(first) - &self.before.row(first.saturating_sub(WORDS_BEFORE)))
    }
}

impl Pieces {
    /// How alike every run is to each of `meanings`, `[parameters, dimension]` of length one.
    pub(in super::super) fn likeness(&self, meanings: &Array2<f32>) -> Likeness {
        let Directions { inside, leading } = self.directions();
        let firsts: Vec<usize> = self.runs.iter().map(|run| run.first).collect();
        let before = cosines(leading, meanings).select(Axis(0), &firsts);
        Likeness { inside: cosines(inside, meanings), before }
    }

    /// The unit vectors of the runs, computed when first asked for.
    fn directions(&self) -> &Directions {
        self.sums.directions.get_or_init(|| {
            let inside: Vec<_> = self.runs.iter().map(|run| self.sums.inside(run.first, run.behind)).collect();
            let leading: Vec<_> = (0..self.tokens.len()).map(|first| self.sums.leading(first)).collect();
            Directions { inside: rows(&inside), leading: rows(&leading) }
        })
    }

    /// How alike a piece that is no run is to each of `meanings`: itself, and the words before it.
    pub(super) fn likeness_of(&self, piece: &Candidate, meanings: &Array2<f32>) -> (Array1<f32>, Array1<f32>) {
        let of = |vector: Array1<f32>| {
            if vector.len() == meanings.ncols() { meanings.dot(&vector) } else { Array1::zeros(meanings.nrows()) }
        };
        (of(self.sums.inside(piece.first, piece.behind)), of(self.sums.leading(piece.first)))
    }
}

/// The unit vector of a text by the encoder inside this crate; zero for a text without words that it knows.
pub(in super::super) fn meaning(text: &str) -> Array1<f32> {
    StaticEmbedder::embedded().map(|embedder| unit(embedder.sum(text))).unwrap_or_default()
}

/// The word of a passage, or the two side by side, that mean most nearly what a unit vector does, with the cosine. Words that say little or
/// name the tool, and what has a form of its own, mean nothing here.
pub(in super::super) fn nearest(
    parameter: &Parameter<'_>,
    passage: &Passage<'_>,
    meaning: &Array1<f32>,
) -> Option<(Span, f32)> {
    let pieces = passage.pieces();
    let says = |token: &Token| {
        matches!(token.class, Class::Other | Class::Verb) && !parameter.tool.stems.contains(&token.stem)
    };
    let runs = pieces.runs.iter().enumerate().filter(|(_, run)| {
        let inside = pieces.tokens.get(run.first..run.behind).unwrap_or_default();
        inside.len() <= 2 && inside.iter().all(says) && inside.iter().any(|token| weight(&token.stem) >= LEAST_WEIGHT)
    });
    let inside = &pieces.directions().inside;
    if inside.ncols() != meaning.len() {
        return None;
    }
    runs.map(|(place, run)| (run.span, inside.row(place).dot(meaning))).max_by(|(_, a), (_, b)| a.total_cmp(b))
}

/// A word that says less means too much to be compared.
const LEAST_WEIGHT: f64 = 0.4;

fn unit(sum: Array1<f32>) -> Array1<f32> {
    let length = sum.dot(&sum).sqrt();
    if length > SHORTEST { sum / length } else { Array1::zeros(sum.len()) }
}

pub(in super::super) fn rows(rows: &[Array1<f32>]) -> Array2<f32> {
    let views: Vec<ArrayView1<'_, f32>> = rows.iter().map(|row| row.view()).collect();
    ndarray::stack(Axis(0), &views).unwrap_or_default()
}

/// Cosines of rows with rows; zero where they have not the same length.
fn cosines(rows: &Array2<f32>, meanings: &Array2<f32>) -> Array2<f32> {
    if rows.ncols() == meanings.ncols() {
        product(rows.view(), meanings.t())
    } else {
        Array2::zeros((rows.nrows(), meanings.nrows()))
    }
}
