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

    /// The largest cosine of the rows of every slot below `slots` with `wish`; −1 for a slot without rows.
    pub(super) fn cosines(&self, wish: &Embedding, slots: usize) -> Vec<f32> {
        let mut best = vec![-1.0; slots];
        if wish.0.len() != self.dimension {
            return best;
        }
        let shape = (self.owners.len(), self.dimension);
        let Ok(rows) = ArrayView2::from_shape(shape, &self.values) else { return best };
        let wish = ArrayView1::from(&wish.0).insert_axis(Axis(1));
        for (&cosine, &owner) in product(rows, wish).iter().zip(&self.owners) {
            if let Some(best) = best.get_mut(owner) {
                *best = cosine.max(*best);
            }
        }
        best
    }
}
