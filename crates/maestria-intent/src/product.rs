//! Products of small matrices, by the widest instructions that the processor has.

use ndarray::{Array2, ArrayView2};

/// The matrix product `a · b`, `[rows of a, columns of b]`.
///
/// `ndarray` copies the right side for every product, which tells where the left one has few rows, and knows no AVX-512.
/// `cargo bench --bench plan` shows what a plan takes, `docs/measurements.md` what it took with `ndarray`.
///
/// # Panics
/// If `a` has not as many columns as `b` has rows.
pub(crate) fn product(a: ArrayView2<'_, f32>, b: ArrayView2<'_, f32>) -> Array2<f32> {
    let (rows, inner) = a.dim();
    let columns = b.ncols();
    assert_eq!(inner, b.nrows(), "a product of {:?} and {:?}", a.dim(), b.dim());
    let mut out = Array2::zeros((rows, columns));
    if out.is_empty() || inner == 0 {
        return out;
    }
    let ([out_down, out_right], [a_down, a_right], [b_down, b_right]) =
        (strides(&out.view()), strides(&a), strides(&b));
    let multiply = gemm_f32::gemm::f32::get_gemm_fn();
    // SAFETY: every pointer belongs to a matrix of the size and the strides that are given with it; `out` is not shared.
    #[expect(unsafe_code, reason = "the product takes pointers")]
    unsafe {
        // It writes columns, so that this is the product of the transposed matrices.
        multiply(
            columns,
            rows,
            inner,
            out.as_mut_ptr(),
            out_down,
            out_right,
            false,
            b.as_ptr(),
            b_down,
            b_right,
            a.as_ptr(),
            a_down,
            a_right,
            0.0,
            1.0,
            false,
            false,
            false,
            gemm_common::Parallelism::None,
        );
    }
    out
}

/// How far the next row and the next column are.
fn strides(of: &ArrayView2<'_, f32>) -> [isize; 2] {
    let strides = of.strides();
    [strides.first().copied().unwrap_or_default(), strides.get(1).copied().unwrap_or_default()]
}

#[cfg(test)]
mod tests {
    use ndarray::s;
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
            (a, b) in (0..40_usize, 0..70_usize, 0..40_usize).prop_flat_map(|(n, k, m)| (matrix(n, k), matrix(m, k))),
        ) {
            let is_alike = |ours: Array2<f32>, theirs: Array2<f32>| {
                ours.dim() == theirs.dim() && ours.iter().zip(&theirs).all(|(ours, theirs)| (ours - theirs).abs() < 1e-3)
            };
            prop_assert!(is_alike(product(a.view(), b.t()), a.dot(&b.t())));
            let standard = b.t().as_standard_layout().into_owned();
            prop_assert!(is_alike(product(a.view(), standard.view()), a.dot(&standard)));
            let (left, right) = (a.slice(s![.., ..a.ncols() / 2]), standard.slice(s![..a.ncols() / 2, ..]));
            prop_assert!(is_alike(product(left, right), left.dot(&right)));
        }
    }
}
