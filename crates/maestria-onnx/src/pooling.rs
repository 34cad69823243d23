//! From what a graph computes to unit vectors.

use maestria_vocabulary::Embedding;
use ndarray::{Array2, ArrayView3, Axis};

use crate::{Error, Result};

/// What a graph computed for a text.
#[derive(Debug)]
pub(crate) struct Row {
    /// Its vector, of any length; zeros for a text without a token of its own.
    pub(crate) embedding: Vec<f32>,
    /// Its scores, of a graph that has them.
    pub(crate) logits: Option<Vec<f32>>,
}

/// The mean over the tokens of each text: `e[b] = Σₙ m[b, n] · h[b, n] / max(1, Σₙ m[b, n])`, with the vectors `h` of the tokens and the
/// mask `m` (Reimers and Gurevych, Sentence-BERT, 2019).
pub(crate) fn mean(hidden: ArrayView3<'_, f32>, mask: &Array2<i64>) -> Array2<f32> {
    let (texts, _, dimension) = hidden.dim();
    let mut means = Array2::zeros((texts, dimension));
    for ((mut mean, tokens), mask) in means.rows_mut().into_iter().zip(hidden.axis_iter(Axis(0))).zip(mask.rows()) {
        let mut count = 0.0_f32;
        for (token, _) in tokens.rows().into_iter().zip(mask).filter(|(_, shown)| **shown != 0) {
            mean += &token;
            count += 1.0;
        }
        mean /= count.max(1.0);
    }
    means
}

/// `v / ‖v‖`, or zeros for a vector without a direction.
pub(crate) fn unit(vector: &[f32]) -> Result<Embedding> {
    /// Below this a length is rounding error.
    const NO_LENGTH: f64 = 1e-12;
    finite("embedding", vector)?;
    // In double precision the squares of no finite f32 overflow.
    let length = vector.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt();
    if length < NO_LENGTH {
        return Ok(Embedding(vec![0.0; vector.len()]));
    }
    Ok(Embedding(vector.iter().map(|&value| (f64::from(value) / length) as f32).collect()))
}

/// Refuses values that are infinite or not a number.
pub(crate) fn finite(output: &'static str, values: &[f32]) -> Result<()> {
    if values.iter().all(|value| value.is_finite()) { Ok(()) } else { Err(Error::NotFinite { output }) }
}

#[cfg(test)]
mod tests {
    use ndarray::{arr2, arr3};

    use super::*;

    #[test]
    fn tokens_beyond_the_end_of_a_text_do_not_count() {
        let hidden = arr3(&[[[1.0, 2.0], [3.0, 6.0], [9.0, 9.0]], [[5.0, 5.0], [f32::NAN, 0.0], [0.0, 0.0]]]);
        let mask = arr2(&[[1, 1, 0], [1, 0, 0]]);
        assert_eq!(mean(hidden.view(), &mask), arr2(&[[2.0, 4.0], [5.0, 5.0]]));
    }

    #[test]
    fn a_text_without_tokens_has_no_direction() {
        let mean = mean(arr3(&[[[7.0, 7.0]]]).view(), &arr2(&[[0]]));
        assert_eq!(unit(&mean.row(0).to_vec()).unwrap(), Embedding(vec![0.0, 0.0]));
    }

    #[test]
    fn vectors_have_length_one_at_every_scale() {
        for scale in [f32::MIN_POSITIVE * 1e30, 1.0, f32::MAX / 8.0] {
            let Embedding(unit) = unit(&[3.0 * scale, -4.0 * scale]).unwrap();
            assert!((unit[0] - 0.6).abs() < 1e-6 && (unit[1] + 0.8).abs() < 1e-6, "{scale}: {unit:?}");
        }
    }

    #[test]
    fn what_is_not_a_number_is_an_error_and_no_vector() {
        for value in [f32::NAN, f32::INFINITY] {
            assert!(matches!(unit(&[1.0, value]), Err(Error::NotFinite { output: "embedding" })));
        }
    }
}
