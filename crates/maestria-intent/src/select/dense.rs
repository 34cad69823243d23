//! Vectors of tools side by side in one matrix, which is read from end to end for every wish.

use maestria_vocabulary::Embedding;
use ndarray::{ArrayView1, ArrayView2, Axis};

use crate::product::product;

/// Rows of one dimension, each of which belongs to a slot. A slot may have several.
#[derive(Debug, Clone, Default)]
pub(super) struct Dense {
    dimension: usize,
    /// Row by row.
    values: Vec<f32>,
    /// The slot of every row.
    owners: Vec<usize>,
}

impl Dense {
    pub(super) fn new(dimension: usize) -> Self {
        Self { dimension: dimension.max(1), ..Self::default() }
    }

    /// Adds a row; one of another dimension is left out.
    pub(super) fn push(&mut self, slot: usize, row: &Embedding) {
        if row.0.len() == self.dimension {
            self.values.extend_from_slice(&row.0);
            self.owners.push(slot);
        }
    }

    /// Removes the rows of a slot; the last rows take their places.
    pub(super) fn remove(&mut self, slot: usize) {
        while let Some(place) = self.owners.iter().position(|owner| *owner == slot) {
            let last = self.values.len() - self.dimension;
            self.values.copy_within(last.., place * self.dimension);
            self.values.truncate(last);
            self.owners.swap_remove(place);
        }
    }

    /// For every wish the largest cosine of the rows of every slot below `slots` with it; −1 for a slot without rows, and for a wish of another
    /// dimension. The rows are read once
    /// for all wishes, for reading them takes the time.
    pub(super) fn cosines(&self, wishes: &[&Embedding], slots: usize) -> Vec<Vec<f32>> {
        let mut best = vec![vec![-1.0; slots]; wishes.len()];
        let rows = ArrayView2::from_shape((self.owners.len(), self.dimension), &self.values);
        let Ok(rows) = rows else { return best };
        for (rows, owners) in rows.axis_chunks_iter(Axis(0), AT_ONCE).zip(self.owners.chunks(AT_ONCE)) {
            for (wish, best) in wishes.iter().zip(&mut best) {
                if wish.0.len() != self.dimension {
                    continue;
                }
                let wish = ArrayView1::from(&wish.0).insert_axis(Axis(1));
                for (&cosine, &owner) in product(rows, wish).iter().zip(owners) {
                    if let Some(best) = best.get_mut(owner) {
                        *best = cosine.max(*best);
                    }
                }
            }
        }
        best
    }
}

/// Rows that are compared with one wish after the other while they are near: of 256 values each they take 128 KiB.
const AT_ONCE: usize = 128;
