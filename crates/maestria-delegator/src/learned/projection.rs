//! Embeddings in few numbers.

use serde::{Deserialize, Serialize};

use super::{draw::mixed, error::LearningError};
use crate::cholesky::dot;

/// How an embedding becomes a few numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Projection {
    /// Onto directions of random signs, `±1/√k`, which keep distances in the mean (Achlioptas, 2003). Nothing is stored.
    Random {
        /// How many numbers `k`.
        dimensions: usize,
        /// Which signs.
        seed: u64,
    },
    /// Onto directions fitted to embeddings.
    Fitted(Directions),
}

/// Directions fitted to embeddings; made by [`Projection::fit`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Directions {
    mean: Vec<f64>,
    rows: Vec<Vec<f64>>,
}

/// Rounds of subspace iteration: each multiplies the error of a direction by the ratio of the variances it is confused with.
const ROUNDS: usize = 15;

impl Projection {
    /// Onto the directions in which embeddings vary most (their principal components, by subspace iteration), scaled so that what is
    /// projected is of length one in the mean.
    ///
    /// # Errors
    /// [`LearningError::TooFew`] unless there are more embeddings than dimensions, [`LearningError::WrongLength`] when they differ in length.
    pub fn fit(embeddings: &[&[f32]], dimensions: usize) -> Result<Self, LearningError> {
        let (found, needed) = (embeddings.len(), dimensions + 1);
        let size = embeddings.first().map_or(0, |first| first.len());
        if found < needed || size < dimensions {
            return Err(LearningError::TooFew { found: found.min(size), needed });
        }
        if let Some(other) = embeddings.iter().find(|embedding| embedding.len() != size) {
            let what = "an embedding";
            return Err(LearningError::WrongLength { what, found: other.len(), expected: size });
        }
        if !embeddings.iter().copied().flatten().all(|value| value.is_finite()) {
            return Err(LearningError::NotFinite { what: "an embedding" });
        }
        let mut mean = vec![0.0; size];
        for embedding in embeddings {
            mean.iter_mut().zip(*embedding).for_each(|(mean, value)| *mean += f64::from(*value) / found as f64);
        }
        let centred: Vec<Vec<f64>> = embeddings.iter().map(|embedding| centre(embedding, &mean)).collect();
        let mut rows = orthonormal((0..dimensions).map(|row| signs(0, row, size).collect()).collect());
        for _ in 0..ROUNDS {
            let mut images = vec![vec![0.0; size]; dimensions];
            for embedding in &centred {
                for (row, image) in rows.iter().zip(&mut images) {
                    let length = dot(row, embedding);
                    image.iter_mut().zip(embedding).for_each(|(image, value)| *image += length * value);
                }
            }
            rows = orthonormal(images);
        }
        let squares: f64 = centred.iter().flat_map(|one| rows.iter().map(|row| dot(row, one).powi(2))).sum();
        let scale = if squares > 0.0 { (found as f64 / squares).sqrt() } else { 1.0 };
        rows.iter_mut().flatten().for_each(|value| *value *= scale);
        Ok(Self::Fitted(Directions { mean, rows }))
    }

    /// How many numbers an embedding becomes.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        match self {
            Self::Random { dimensions, .. } => *dimensions,
            Self::Fitted(directions) => directions.rows.len(),
        }
    }

    /// The embedding in few numbers; an empty one becomes zeros.
    ///
    /// # Errors
    /// [`LearningError::WrongLength`] when directions were fitted to embeddings of another length.
    pub fn project(&self, embedding: &[f32]) -> Result<Vec<f64>, LearningError> {
        if embedding.is_empty() {
            return Ok(vec![0.0; self.dimensions()]);
        }
        match self {
            Self::Random { dimensions, seed } => {
                let scale = 1.0 / (*dimensions as f64).sqrt();
                let along = |row| -> f64 {
                    signs(*seed, row, embedding.len())
                        .zip(embedding)
                        .map(|(sign, value)| sign * f64::from(*value))
                        .sum()
                };
                Ok((0..*dimensions).map(|row| scale * along(row)).collect())
            }
            Self::Fitted(Directions { mean, rows }) => {
                if embedding.len() != mean.len() {
                    let (what, found, expected) = ("the embedding", embedding.len(), mean.len());
                    return Err(LearningError::WrongLength { what, found, expected });
                }
                let centred = centre(embedding, mean);
                Ok(rows.iter().map(|row| dot(row, &centred)).collect())
            }
        }
    }

    pub(crate) fn is_sound(&self) -> bool {
        match self {
            Self::Random { .. } => true,
            Self::Fitted(Directions { mean, rows }) => {
                rows.iter().all(|row| row.len() == mean.len())
                    && rows.iter().chain([mean]).flatten().all(|value| value.is_finite())
            }
        }
    }
}

fn centre(embedding: &[f32], mean: &[f64]) -> Vec<f64> {
    embedding.iter().zip(mean).map(|(value, mean)| f64::from(*value) - mean).collect()
}

/// `±1`, by seed, row and column.
fn signs(seed: u64, row: usize, size: usize) -> impl Iterator<Item = f64> {
    let start = mixed(seed ^ mixed(row as u64));
    (0..size as u64).map(move |column| if mixed(start.wrapping_add(column)) & 1 == 0 { 1.0 } else { -1.0 })
}

/// The rows, made orthonormal by Gram and Schmidt; one that adds no direction becomes zeros.
fn orthonormal(rows: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let mut done: Vec<Vec<f64>> = Vec::with_capacity(rows.len());
    for mut row in rows {
        let before = dot(&row, &row);
        for _ in 0..2 {
            for other in &done {
                let along = dot(&row, other);
                row.iter_mut().zip(other).for_each(|(value, other)| *value -= along * other);
            }
        }
        let square = dot(&row, &row);
        let scale = if square > 1e-18 * before { 1.0 / square.sqrt() } else { 0.0 };
        row.iter_mut().for_each(|value| *value *= scale);
        done.push(row);
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Context;

    #[test]
    fn fitted_directions_are_those_of_most_variance() {
        let points: Vec<Vec<f32>> = (0..200_u64)
            .map(|n| {
                let value = |salt: u64| (mixed(n ^ (salt << 32)) % 1000) as f32 / 500.0 - 1.0;
                vec![0.01 * value(1), value(2), 0.5 * value(3), 0.01 * value(4), 3.0]
            })
            .collect();
        let views: Vec<&[f32]> = points.iter().map(Vec::as_slice).collect();
        let projection = Projection::fit(&views, 2).unwrap();
        let length = |point: &[f32]| projection.project(point).unwrap().iter().map(|value| value * value).sum::<f64>();
        let mean: f64 = views.iter().map(|point| length(point)).sum::<f64>() / 200.0;
        assert!((mean - 1.0).abs() < 1e-9, "{mean}");
        assert!(length(&[0.0, 1.0, 0.0, 0.0, 3.0]) > 50.0 * length(&[1.0, 0.0, 0.0, 1.0, 3.0]));
    }

    #[test]
    fn random_directions_keep_lengths_roughly() {
        let projection = Projection::Random { dimensions: 64, seed: 7 };
        let embedding = [0.1_f32; 100];
        let square: f64 = projection.project(&embedding).unwrap().iter().map(|value| value * value).sum();
        assert!((0.6..1.5).contains(&square), "{square}");
        assert_eq!(projection.project(&[]).unwrap(), vec![0.0; 64]);
    }

    #[test]
    fn what_is_not_finite_or_of_another_length_is_refused() {
        assert!(Context::new(vec![f32::NAN], Vec::new()).is_err());
        assert!(Context::new(Vec::new(), vec![f64::INFINITY]).is_err());
        let one: &[f32] = &[1.0, 0.0];
        assert!(matches!(Projection::fit(&[one], 1), Err(LearningError::TooFew { found: 1, needed: 2 })));
        let fitted = Projection::fit(&[one, &[0.0, 1.0]], 1).unwrap();
        assert!(fitted.project(&[1.0]).is_err());
    }
}
