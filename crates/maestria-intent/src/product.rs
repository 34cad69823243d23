//! Products of small matrices, by the widest instructions that the processor has.

use ndarray::{Array2, ArrayView1, ArrayView2, ArrayViewMut2, Axis};

/// Rows of the left side that are multiplied at once: for more, `gemm` copies the right side first, eight times the rows of its innermost
/// loop (`DEFAULT_LHS_PACKING_THRESHOLD_SINGLE_THREAD`).
const ROWS: usize = 48;

/// Columns of a panel: as many as the innermost loop of `gemm` has with AVX-512, and several times those of others.
const COLUMNS: usize = 64;

/// The matrix product `a · b`, `[rows of a, columns of b]`.
///
/// `ndarray` copies the right side for every product, which tells where the left one has few rows, and knows no AVX-512.
/// `cargo bench --bench plan` shows what a plan takes, `docs/measurements.md` what it took with `ndarray`.
///
/// # Panics
/// If `a` has not as many columns as `b` has rows.
pub(crate) fn product(a: ArrayView2<'_, f32>, b: ArrayView2<'_, f32>) -> Array2<f32> {
    let mut out = Array2::zeros((a.nrows(), b.ncols()));
    add_product(a, b, out.view_mut());
    out
}

/// The right side of many products, in panels of columns whose rows lie one behind the other, as the innermost loop reads them.
#[derive(Debug, Clone)]
pub(crate) struct Panels {
    panels: Vec<Array2<f32>>,
    dim: (usize, usize),
}

impl Panels {
    pub(crate) fn new(matrix: ArrayView2<'_, f32>) -> Self {
        let panels = matrix.axis_chunks_iter(Axis(1), COLUMNS);
        Self { panels: panels.map(|panel| panel.as_standard_layout().into_owned()).collect(), dim: matrix.dim() }
    }

    /// Rows and columns.
    pub(crate) fn dim(&self) -> (usize, usize) {
        self.dim
    }

    /// The matrix product of `a` with these, added to `bias` in every row.
    ///
    /// # Panics
    /// If `a` has not as many columns as these have rows, or `bias` not as many values as these have columns.
    pub(crate) fn product(&self, a: ArrayView2<'_, f32>, bias: ArrayView1<'_, f32>) -> Array2<f32> {
        let mut out = Array2::zeros((a.nrows(), bias.len()));
        out += &bias;
        for (panel, columns) in self.panels.iter().zip(out.axis_chunks_iter_mut(Axis(1), COLUMNS)) {
            add_product(a, panel.view(), columns);
        }
        out
    }
}

/// Adds the matrix product `a · b` to `out`.
fn add_product(a: ArrayView2<'_, f32>, b: ArrayView2<'_, f32>, mut out: ArrayViewMut2<'_, f32>) {
    let (rows, inner) = a.dim();
    let columns = b.ncols();
    assert_eq!((inner, (rows, columns)), (b.nrows(), out.dim()), "a product of {:?} and {:?}", a.dim(), b.dim());
    if out.is_empty() || inner == 0 {
        return;
    }
    let ([out_down, out_right], [a_down, a_right], [b_down, b_right]) =
        (strides(&out.view()), strides(&a), strides(&b));
    let multiply = gemm_f32::gemm::f32::get_gemm_fn();
    for first in (0..rows).step_by(ROWS) {
        // SAFETY: every pointer belongs to a matrix of the size and the strides that are given with it, from its row `first` on, of which
        // there are as many as are given; `out` is not shared.
        #[expect(unsafe_code, reason = "the product takes pointers")]
        unsafe {
            // It writes columns, so that this is the product of the transposed matrices.
            multiply(
                columns,
                ROWS.min(rows - first),
                inner,
                out.as_mut_ptr().offset(first as isize * out_down),
                out_down,
                out_right,
                true,
                b.as_ptr(),
                b_down,
                b_right,
                a.as_ptr().offset(first as isize * a_down),
                a_down,
                a_right,
                1.0,
                1.0,
                false,
                false,
                false,
                gemm_common::Parallelism::None,
            );
        }
    }
}

/// How far the next row and the next column are.
fn strides(of: &ArrayView2<'_, f32>) -> [isize; 2] {
    let strides = of.strides();
    [strides.first().copied().unwrap_or_default(), strides.get(1).copied().unwrap_or_default()]
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, s};
    use proptest::prelude::*;

    use super::*;

    /// Any matrix of this size.
    fn matrix(rows: usize, columns: usize) -> impl Strategy<Value = Array2<f32>> {
        let values = prop::collection::vec(-4.0..4.0_f32, rows * columns);
        values.prop_map(move |values| Array2::from_shape_vec((rows, columns), values).unwrap())
    }

    proptest! {
        #[test]
        fn it_is_what_ndarray_gives_whatever_the_layout(
            (a, b) in (0..100_usize, 0..70_usize, 0..150_usize).prop_flat_map(|(n, k, m)| (matrix(n, k), matrix(m, k))),
        ) {
            let is_alike = |ours: Array2<f32>, theirs: Array2<f32>| {
                ours.dim() == theirs.dim() && ours.iter().zip(&theirs).all(|(ours, theirs)| (ours - theirs).abs() < 1e-3)
            };
            prop_assert!(is_alike(product(a.view(), b.t()), a.dot(&b.t())));
            let standard = b.t().as_standard_layout().into_owned();
            prop_assert!(is_alike(product(a.view(), standard.view()), a.dot(&standard)));
            let (left, right) = (a.slice(s![.., ..a.ncols() / 2]), standard.slice(s![..a.ncols() / 2, ..]));
            prop_assert!(is_alike(product(left, right), left.dot(&right)));
            let bias = Array1::from_elem(standard.ncols(), 0.5);
            prop_assert!(is_alike(Panels::new(b.t()).product(a.view(), bias.view()), a.dot(&standard) + 0.5));
        }
    }
}
