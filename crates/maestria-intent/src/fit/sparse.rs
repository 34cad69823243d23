//! The n-grams of many texts as a sparse matrix in compressed rows.

use ndarray::{Array2, ArrayView2, s};

use crate::ngrams::Ngrams;

/// `[texts, buckets]`, mostly zeros.
#[derive(Debug, Clone)]
pub(super) struct Sparse {
    buckets: usize,
    /// The features of every text: bucket and value.
    rows: Vec<Vec<(usize, f64)>>,
}

impl Sparse {
    /// The n-grams of `texts`, each `scale` times its weight; a matrix without columns for no buckets.
    pub(super) fn of(texts: &[&str], buckets: usize, scale: f32) -> Self {
        let row = |text: &&str| {
            if buckets == 0 {
                return Vec::new();
            }
            let weighed = |(bucket, weight)| (bucket, f64::from(weight * scale));
            let mut row: Vec<(usize, f64)> = Ngrams::of(text, buckets).iter().map(weighed).collect();
            row.sort_unstable_by_key(|(bucket, _)| *bucket);
            row.dedup_by(|(bucket, value), (kept, sum)| {
                let same = bucket == kept;
                *sum += if same { *value } else { 0.0 };
                same
            });
            row
        };
        Self { buckets, rows: texts.iter().map(row).collect() }
    }

    /// How many buckets there are.
    pub(super) fn buckets(&self) -> usize {
        self.buckets
    }

    /// The features of a text: bucket and value; none of a text that is not there.
    pub(super) fn row(&self, text: usize) -> &[(usize, f64)] {
        self.rows.get(text).map(Vec::as_slice).unwrap_or_default()
    }

    /// Multiplies every feature by how rare its bucket is, `ln(1 + n/d) / ln(1 + n)` for `d` of `n` texts, and returns those factors.
    pub(super) fn weigh_by_rarity(&mut self) -> Vec<f64> {
        let mut texts = vec![0.0_f64; self.buckets];
        for (bucket, _) in self.rows.iter().flatten() {
            if let Some(texts) = texts.get_mut(*bucket) {
                *texts += 1.0;
            }
        }
        let all = self.rows.len() as f64;
        let rarity = |texts: &f64| (all / texts.max(1.0)).ln_1p() / all.ln_1p();
        let rarities: Vec<f64> = texts.iter().map(rarity).collect();
        for (bucket, value) in self.rows.iter_mut().flatten() {
            *value *= rarities.get(*bucket).copied().unwrap_or_default();
        }
        rarities
    }

    /// Adds the product with `weights`, `[buckets, labels]`, to `scores`, `[texts, labels]`.
    pub(super) fn add_product(&self, weights: ArrayView2<'_, f64>, scores: &mut Array2<f64>) {
        for (features, mut scores) in self.rows.iter().zip(scores.outer_iter_mut()) {
            for &(bucket, value) in features {
                scores.scaled_add(value, &weights.slice(s![bucket, ..]));
            }
        }
    }

    /// The product of its transpose with `excess`, `[texts, labels]`: one row per bucket.
    pub(super) fn transposed_product(&self, excess: &Array2<f64>) -> Array2<f64> {
        let mut product = Array2::zeros((self.buckets, excess.ncols()));
        for (features, excess) in self.rows.iter().zip(excess.outer_iter()) {
            for &(bucket, value) in features {
                product.slice_mut(s![bucket, ..]).scaled_add(value, &excess);
            }
        }
        product
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn products_are_those_of_the_full_matrix() {
        let texts = ["a plot", "plot plot", ""];
        assert_eq!(Sparse::of(&texts, 0, 0.5).rows, vec![vec![]; 3], "no buckets, no features");
        let sparse = Sparse::of(&texts, 7, 0.5);
        let mut full = Array2::<f64>::zeros((3, 7));
        for (row, text) in texts.iter().enumerate() {
            for (bucket, weight) in Ngrams::of(text, 7).iter() {
                full[[row, bucket]] += f64::from(0.5 * weight);
            }
        }
        let weights = Array2::from_shape_fn((7, 2), |(i, j)| (i * 2 + j) as f64);
        let mut scores = Array2::zeros((3, 2));
        sparse.add_product(weights.view(), &mut scores);
        assert!((&scores - &full.dot(&weights)).iter().all(|gap| gap.abs() < 1e-4));

        let excess = array![[1.0, -1.0], [0.5, 0.25], [3.0, 4.0]];
        let product = sparse.transposed_product(&excess);
        assert!((&product - &full.t().dot(&excess)).iter().all(|gap| gap.abs() < 1e-4));
    }
}
