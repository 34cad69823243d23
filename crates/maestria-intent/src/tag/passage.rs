//! The words of a request as vectors, each alone and with its neighbours, and how alike they are to tools.

use maestria_vocabulary::Span;
use ndarray::{Array1, Array2, ArrayView1, Axis, Zip, concatenate, s};

use super::{
    form::runs,
    profile::{CONTEXT, DESCRIBED, DESCRIPTION, NAME, PARTS, Profile},
};
use crate::{StaticEmbedder, product::product};

/// Words on either side that are read with a word: a narrow and a wide window.
const REACH: (usize, usize) = (2, 5);

/// Numbers that compare a word with a tool.
pub(super) const FEATURES: usize = 11;

/// Most word pieces that are read; what comes after is material.
pub(super) const MOST_PIECES: usize = 256;

/// A request in word pieces.
pub(super) struct Passage {
    /// The run of characters without white space that every piece is part of.
    pub(super) chunks: Vec<Span>,
    pieces: Vec<u32>,
    /// The pieces' vectors as they are in the table, `[pieces, dimension]`.
    pub(super) vectors: Array2<f32>,
    /// What stands around every piece: the directions of the narrow and of the wide window, side by side.
    pub(super) surroundings: Array2<f32>,
    /// One over the lengths of the pieces, of the sums over their narrow and their wide windows, and of the sum of all.
    scales: Vec<[f32; 3]>,
    whole: f32,
}

impl Passage {
    /// A request in its runs of characters without white space.
    pub(super) fn of(text: &str, embedder: &StaticEmbedder) -> Self {
        Self::new(text, text.split_whitespace(), embedder)
    }

    /// A request in its runs of letters and digits, and of other characters.
    pub(super) fn in_runs(text: &str, embedder: &StaticEmbedder) -> Self {
        Self::new(text, runs(text), embedder)
    }

    fn new<'t>(text: &'t str, parts: impl Iterator<Item = &'t str>, embedder: &StaticEmbedder) -> Self {
        let (mut chunks, mut pieces) = (Vec::new(), Vec::new());
        for chunk in parts {
            let start = chunk.as_ptr() as usize - text.as_ptr() as usize;
            let ids = embedder.ids(chunk);
            chunks.extend(ids.iter().map(|_| Span { start, end: start + chunk.len() }));
            pieces.extend(ids);
            if pieces.len() >= MOST_PIECES {
                break;
            }
        }
        chunks.truncate(MOST_PIECES);
        pieces.truncate(MOST_PIECES);
        let mut vectors = Array2::zeros((pieces.len(), embedder.width()));
        for (mut row, piece) in vectors.rows_mut().into_iter().zip(&pieces) {
            row.assign(&embedder.total(&[*piece]));
        }
        let sums = running(&vectors);
        let mut surroundings = Array2::zeros((pieces.len(), 2 * embedder.width()));
        let mut scales = Vec::with_capacity(pieces.len());
        for (at, mut row) in surroundings.rows_mut().into_iter().enumerate() {
            let (mut narrow, mut wide) = row.view_mut().split_at(Axis(0), embedder.width());
            for (window, reach) in [(&mut narrow, REACH.0), (&mut wide, REACH.1)] {
                let (behind, first) = around(&sums, at, reach);
                Zip::from(window).and(behind).and(first).for_each(|sum, behind, first| *sum = behind - first);
            }
            let scale = [scale(vectors.row(at)), scale(narrow.view()), scale(wide.view())];
            let [_, of_narrow, of_wide] = scale;
            narrow *= of_narrow;
            wide *= of_wide;
            scales.push(scale);
        }
        let whole = scale(sums.row(pieces.len()));
        Self { chunks, pieces, vectors, surroundings, scales, whole }
    }

    /// How alike every piece is to every label: one row for every piece and label, labels of a piece side by side.
    ///
    /// All are cosines of sums of the pieces' vectors with what a label says, so that products of the vectors alone are added up.
    pub(super) fn likeness(&self, labels: &[&Profile]) -> Array2<f32> {
        let said: Vec<_> = labels.iter().map(|label| label.said.view()).collect();
        let products = product(self.vectors.view(), concatenate(Axis(0), &said).unwrap_or_default().t());
        let sums = running(&products);
        let all = sums.row(self.pieces.len());
        let mut likeness = Array2::zeros((self.pieces.len() * labels.len(), FEATURES));
        let mut rows = likeness.rows_mut().into_iter();
        for ((at, piece), [one, narrow, wide]) in self.pieces.iter().enumerate().zip(&self.scales) {
            let weight = 0.25 / one;
            let product = products.row(at);
            let (near, far) = (around(&sums, at, REACH.0), around(&sums, at, REACH.1));
            let mut first = 0;
            for (label, mut row) in labels.iter().zip(&mut rows) {
                let own = s![first..first + label.said.nrows()];
                first += label.said.nrows();
                let (product, all) = (product.slice(own), all.slice(own));
                let value = |of: &ArrayView1<'_, f32>, part: usize| of.get(part).copied().unwrap_or_default();
                let within = |(behind, first): &(ArrayView1<'_, f32>, ArrayView1<'_, f32>), part: usize| {
                    value(&behind.slice(own), part) - value(&first.slice(own), part)
                };
                let has = |pieces: &[u32]| if pieces.binary_search(piece).is_ok() { weight } else { 0.0 };
                let nearest = product.iter().skip(PARTS).copied().reduce(f32::max).unwrap_or_default();
                let features = [
                    one * value(&product, DESCRIBED),
                    narrow * within(&near, DESCRIBED),
                    wide * within(&far, DESCRIBED),
                    self.whole * value(&all, DESCRIBED),
                    one * nearest,
                    has(&label.in_name),
                    has(&label.in_description),
                    has(&label.in_context),
                    narrow * within(&near, NAME),
                    wide * within(&far, CONTEXT),
                    wide * within(&far, DESCRIPTION),
                ];
                row.iter_mut().zip(features).for_each(|(entry, feature)| *entry = feature);
            }
        }
        likeness
    }
}

/// The sums of the rows before every row, and of all: one row more.
fn running(rows: &Array2<f32>) -> Array2<f32> {
    let mut sums = Array2::zeros((rows.nrows() + 1, rows.ncols()));
    let mut sum = Array1::<f32>::zeros(rows.ncols());
    for (row, mut upto) in rows.rows().into_iter().zip(sums.rows_mut().into_iter().skip(1)) {
        sum += &row;
        upto.assign(&sum);
    }
    sums
}

/// The [running](running) sums behind and before a row with the `reach` rows before and behind it: their difference is the sum of these.
fn around(sums: &Array2<f32>, at: usize, reach: usize) -> (ArrayView1<'_, f32>, ArrayView1<'_, f32>) {
    (sums.row((at + reach + 1).min(sums.nrows() - 1)), sums.row(at.saturating_sub(reach)))
}

/// One over the length of a vector; one of none.
fn scale(vector: ArrayView1<'_, f32>) -> f32 {
    let length = vector.dot(&vector).sqrt();
    if length > f32::EPSILON { 1.0 / length } else { 1.0 }
}
