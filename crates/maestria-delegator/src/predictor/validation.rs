//! Which kernel, and how strong a penalty: by cross-validation among the requests learnt from.

use super::{
    Kernel,
    fit::{Group, among, mean, moments, similarities, solve},
    kernel::Point,
};
use crate::cholesky::{Symmetric, dot};

/// Parts that requests are held out in.
const PARTS: usize = 4;
/// Landmarks that are enough to choose by.
const LANDMARKS: usize = 300;
/// Penalties `λ` to choose from.
const PENALTIES: [f64; 4] = [0.5, 1.5, 4.0, 12.0];

/// The kernel and penalty with the least squared error on requests held out. Requests are dealt to the parts in turn.
pub(super) fn choose(points: &[Point], landmarks: &[Point], groups: &[Group]) -> (Kernel, f64) {
    let landmarks = landmarks.get(..LANDMARKS).unwrap_or(landmarks);
    let mut best = (f64::INFINITY, Kernel::Both, 4.0);
    for kernel in Kernel::ALL {
        let (rows, among) = (similarities(kernel, points, landmarks), among(kernel, landmarks));
        let mut errors = [0.0; PENALTIES.len()];
        for group in groups {
            for part in 0..PARTS {
                held_out(group, part, &rows, &among, &mut errors);
            }
        }
        for (error, penalty) in errors.into_iter().zip(PENALTIES) {
            if error < best.0 {
                best = (error, kernel, penalty);
            }
        }
    }
    (best.1, best.2)
}

/// Adds the squared errors on one part, of what is learnt from the others.
fn held_out(group: &Group, part: usize, rows: &[Vec<f64>], among: &Symmetric, errors: &mut [f64]) {
    let size = rows.first().map_or(0, Vec::len);
    let kept = |held: bool| group.rows.iter().enumerate().filter(move |(place, _)| (place % PARTS == part) == held);
    let seen: Vec<&Vec<f64>> = kept(false).filter_map(|(_, &row)| rows.get(row)).collect();
    let unseen: Vec<&Vec<f64>> = kept(true).filter_map(|(_, &row)| rows.get(row)).collect();
    let mut squares = Symmetric::zero(size);
    seen.iter().for_each(|row| squares.add_square(row));
    let scores = |held: bool, all: &[f64]| -> Vec<f64> {
        let scores = all.iter().enumerate().filter(|(place, _)| (place % PARTS == part) == held);
        scores.map(|(_, score)| *score).collect()
    };
    let of_models: Vec<_> = group.scores.iter().map(|all| (scores(false, all), scores(true, all))).collect();
    for (error, penalty) in errors.iter_mut().zip(PENALTIES) {
        let moments = of_models.iter().map(|(known, _)| moments(seen.iter().copied().zip(known), mean(known), size));
        let solved = solve(&squares, among, penalty, moments);
        for ((known, unknown), weights) in of_models.iter().zip(solved) {
            let mean = mean(known);
            let wrong = unseen.iter().zip(unknown).map(|(row, score)| (mean + dot(&weights, row) - score).powi(2));
            *error += wrong.sum::<f64>();
        }
    }
}
