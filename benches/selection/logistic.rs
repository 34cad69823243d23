//! Logistic regression, for the handful of weights that join evidence to a probability.

#![allow(clippy::indexing_slicing, reason = "a program that fits: places are of the same matrix")]

/// Numbers with the constant one behind them, and whether they belong to what was meant.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<const SIZE: usize> {
    pub(crate) values: [f64; SIZE],
    pub(crate) meant: bool,
}

impl<const SIZE: usize> Row<SIZE> {
    pub(crate) fn new(values: &[f64], meant: bool) -> Self {
        let mut row = [1.0; SIZE];
        for (value, known) in row.iter_mut().zip(values) {
            *value = *known;
        }
        Self { values: row, meant }
    }
}

/// Prints the weights, and what they come to on rows learnt from and not learnt from.
pub(crate) fn print<const SIZE: usize>(names: &[&str], seen: &[Row<SIZE>], unseen: &[Row<SIZE>]) {
    let weights = logistic(seen);
    for (name, weight) in names.iter().chain(&["constant"]).zip(weights) {
        println!("{weight:9.3}  {name}");
    }
    for (name, rows) in [("seen", seen), ("unseen", unseen)] {
        let n = rows.len() as f64;
        let right = rows.iter().filter(|row| (probability(&weights, &row.values) >= 0.5) == row.meant).count() as f64;
        let loss: f64 = rows.iter().map(|row| loss(probability(&weights, &row.values), row.meant)).sum();
        println!("{name}: {} tools, {:.3} right, cross-entropy {:.3}", rows.len(), right / n, loss / n);
    }
    let shown: Vec<String> = weights.iter().map(|weight| format!("{weight:.3}")).collect();
    println!("[{}]", shown.join(", "));
}

fn probability<const SIZE: usize>(weights: &[f64; SIZE], values: &[f64; SIZE]) -> f64 {
    1.0 / (1.0 + (-dot(weights, values)).exp())
}

fn loss(probability: f64, meant: bool) -> f64 {
    -(if meant { probability } else { 1.0 - probability }).max(1e-12).ln()
}

/// Logistic regression with a weak penalty, by Newton's method: `w ← w − H⁻¹ g`.
pub(crate) fn logistic<const SIZE: usize>(rows: &[Row<SIZE>]) -> [f64; SIZE] {
    const PENALTY: f64 = 0.1;
    let mut weights = [0.0; SIZE];
    for _ in 0..20 {
        let (mut gradient, mut hessian) = (weights.map(|weight| PENALTY * weight), [[0.0; SIZE]; SIZE]);
        for Row { values, meant } in rows {
            let p = probability(&weights, values);
            for ((slope, line), value) in gradient.iter_mut().zip(&mut hessian).zip(values) {
                *slope += (p - f64::from(*meant)) * value;
                for (cell, other) in line.iter_mut().zip(values) {
                    *cell += p * (1.0 - p) * value * other;
                }
            }
        }
        for (weight, step) in weights.iter_mut().zip(solve(&hessian, PENALTY, gradient)) {
            *weight -= step;
        }
    }
    weights
}

/// Solves `(M + λI) x = r` for a positive semidefinite `M`, by conjugate gradients.
fn solve<const SIZE: usize>(matrix: &[[f64; SIZE]; SIZE], ridge: f64, right: [f64; SIZE]) -> [f64; SIZE] {
    let (mut solution, mut residual, mut direction) = ([0.0; SIZE], right, right);
    for _ in 0..10 * SIZE {
        let before = dot(&residual, &residual);
        if before <= f64::MIN_POSITIVE {
            break;
        }
        let mut image = direction.map(|value| ridge * value);
        for (value, line) in image.iter_mut().zip(matrix) {
            *value += dot(line, &direction);
        }
        let length = before / dot(&direction, &image);
        for ((x, r), (d, i)) in solution.iter_mut().zip(&mut residual).zip(direction.iter().zip(&image)) {
            *x += length * d;
            *r -= length * i;
        }
        let turn = dot(&residual, &residual) / before;
        for (d, r) in direction.iter_mut().zip(&residual) {
            *d = r + turn * *d;
        }
    }
    solution
}

fn dot<const SIZE: usize>(a: &[f64; SIZE], b: &[f64; SIZE]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
