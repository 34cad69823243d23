//! The words of a request as vectors, each alone and with its neighbours, and how alike they are to tools.

use maestria_vocabulary::Span;
use ndarray::{Array1, Array2, Axis, concatenate, s};

use super::{
    form::runs,
    profile::{Profile, unit},
};
use crate::StaticEmbedder;

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
    /// The pieces' vectors as they are in the table.
    pub(super) vectors: Array2<f32>,
    alone: Array2<f32>,
    narrow: Array2<f32>,
    wide: Array2<f32>,
    whole: Array1<f32>,
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
        Self {
            alone: windows(&vectors, 0),
            narrow: windows(&vectors, REACH.0),
            wide: windows(&vectors, REACH.1),
            whole: unit(vectors.sum_axis(Axis(0))),
            chunks,
            pieces,
            vectors,
        }
    }

    /// What stands around every piece: narrow and wide side by side.
    pub(super) fn surroundings(&self) -> Array2<f32> {
        concatenate(Axis(1), &[self.narrow.view(), self.wide.view()]).unwrap_or_default()
    }

    /// How alike every piece is to every tool: one row for every piece and tool, tools of a piece side by side.
    pub(super) fn likeness(&self, tools: &[&Profile]) -> Array2<f32> {
        let matrix = |of: &dyn Fn(&Profile) -> &Array1<f32>| {
            let mut matrix = Array2::zeros((tools.len(), self.whole.len()));
            matrix.rows_mut().into_iter().zip(tools).for_each(|(mut row, tool)| row.assign(of(tool)));
            matrix.reversed_axes()
        };
        let described = matrix(&|tool| &tool.described);
        let parts = [
            (0, self.alone.dot(&described)),
            (1, self.narrow.dot(&described)),
            (2, self.wide.dot(&described)),
            (8, self.narrow.dot(&matrix(&|tool| &tool.name))),
            (9, self.wide.dot(&matrix(&|tool| &tool.context))),
            (10, self.wide.dot(&matrix(&|tool| &tool.description))),
        ];
        let whole = self.whole.dot(&described);
        let weights = self.vectors.map_axis(Axis(1), |vector| vector.dot(&vector).sqrt() / 4.0);
        let mut likeness = Array2::zeros((self.pieces.len() * tools.len(), FEATURES));
        for (place, tool) in tools.iter().enumerate() {
            let nearest = self.alone.dot(&tool.name_pieces.t());
            let mut rows = likeness.slice_mut(s![place..; tools.len(), ..]);
            for (at, mut row) in rows.rows_mut().into_iter().enumerate() {
                let (piece, weight) = (self.pieces.get(at).copied().unwrap_or_default(), weights.get(at));
                let weight = weight.copied().unwrap_or_default();
                let has = |pieces: &std::collections::HashSet<u32>| if pieces.contains(&piece) { weight } else { 0.0 };
                let best = nearest.row(at).fold(f32::NEG_INFINITY, |best, value| best.max(*value));
                let own = [
                    (3, whole.get(place).copied().unwrap_or_default()),
                    (4, if best.is_finite() { best } else { 0.0 }),
                    (5, has(&tool.in_name)),
                    (6, has(&tool.in_description)),
                    (7, has(&tool.in_context)),
                ];
                let matrices =
                    parts.iter().map(|(feature, part)| (*feature, part.get((at, place)).copied().unwrap_or_default()));
                for (feature, value) in own.into_iter().chain(matrices) {
                    if let Some(entry) = row.get_mut(feature) {
                        *entry = value;
                    }
                }
            }
        }
        likeness
    }
}

/// The direction of every row with `reach` rows before and behind it.
fn windows(vectors: &Array2<f32>, reach: usize) -> Array2<f32> {
    let mut windows = Array2::zeros(vectors.dim());
    for (at, mut window) in windows.rows_mut().into_iter().enumerate() {
        let around = vectors.slice(s![at.saturating_sub(reach)..(at + reach + 1).min(vectors.nrows()), ..]);
        window.assign(&unit(around.sum_axis(Axis(0))));
    }
    windows
}
