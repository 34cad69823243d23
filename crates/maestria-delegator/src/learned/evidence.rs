//! What rewards say of one model: a ridge regression that forgets.

use serde::{Deserialize, Serialize};

use crate::cholesky::{Symmetric, dot};

/// Discounted sums of what was seen: `S = Σ γᵃ x·xᵀ` and `v = Σ γᵃ (r − prior)·x`, `a` being how many rewards came since.
///
/// The estimate of a reward is `prior + xᵀθ` with `θ = (S + λI)⁻¹ v`, and its width `√(xᵀ (S + λI)⁻¹ x)`: ridge regression around the prior
/// (Abbasi-Yadkori et al., 2011) with discounted evidence (Russac et al., 2019). The sums are kept, not an inverse, so that errors of
/// rounding fade with the evidence instead of adding up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Evidence {
    squares: Symmetric,
    moments: Vec<f64>,
    /// Rewards that its fleet had had when the sums were last brought up to date.
    pub(crate) at: u64,
}

/// What is expected beyond the prior, and how uncertain that is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Expectation {
    pub(crate) residual: f64,
    pub(crate) width: f64,
}

impl Evidence {
    pub(crate) fn none(size: usize, now: u64) -> Self {
        Self { squares: Symmetric::zero(size), moments: vec![0.0; size], at: now }
    }

    pub(crate) fn is_sound(&self, size: usize) -> bool {
        self.squares.is_sound(size) && self.moments.len() == size && self.moments.iter().all(|value| value.is_finite())
    }

    pub(crate) fn learn(&mut self, x: &[f64], residual: f64, now: u64, discount: f64) {
        let faded = fade(discount, now.saturating_sub(self.at));
        self.squares.scale(faded);
        self.squares.add_square(x);
        for (moment, x) in self.moments.iter_mut().zip(x) {
            *moment = faded * *moment + residual * x;
        }
        self.at = now;
    }

    /// Changes the reward that was learnt for `x` when there had been `at` rewards.
    pub(crate) fn revise(&mut self, x: &[f64], change: f64, at: u64, discount: f64) {
        let faded = fade(discount, self.at.saturating_sub(at));
        self.moments.iter_mut().zip(x).for_each(|(moment, x)| *moment += faded * change * x);
    }

    /// The expectation for `x`; that of no evidence when the sums cannot be solved.
    pub(crate) fn expect(&self, x: &[f64], now: u64, discount: f64, ridge: f64) -> Expectation {
        let faded = fade(discount, now.saturating_sub(self.at));
        let Some(factor) = self.squares.factorise(faded, ridge) else { return Expectation::of_nothing(x, ridge) };
        let (x, moments) = (factor.forward(x), factor.forward(&self.moments));
        Expectation { residual: faded * dot(&x, &moments), width: dot(&x, &x).sqrt() }
    }
}

impl Expectation {
    /// The prior alone.
    pub(crate) fn of_nothing(x: &[f64], ridge: f64) -> Self {
        Self { residual: 0.0, width: (dot(x, x) / ridge).sqrt() }
    }
}

fn fade(discount: f64, rewards: u64) -> f64 {
    discount.powf(rewards as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DISCOUNT: f64 = 0.99;

    fn taught(rewards: impl IntoIterator<Item = ([f64; 2], f64)>) -> (Evidence, u64) {
        let (mut evidence, mut now) = (Evidence::none(2, 0), 0);
        for (x, residual) in rewards {
            now += 1;
            evidence.learn(&x, residual, now, DISCOUNT);
        }
        (evidence, now)
    }

    #[test]
    fn evidence_narrows_and_time_widens_again() {
        let x = [1.0, 0.0];
        let (evidence, now) = taught([(x, 0.5); 200]);
        let expected = evidence.expect(&x, now, DISCOUNT, 1.0);
        assert!((expected.residual - 0.5).abs() < 0.01 && expected.width < 0.11, "{expected:?}");
        let later = evidence.expect(&x, now + 2_000, DISCOUNT, 1.0);
        assert!(later.residual.abs() < 1e-6 && (later.width - 1.0).abs() < 1e-6, "{later:?}");
        assert_eq!(Evidence::none(2, 0).expect(&x, 9, DISCOUNT, 1.0), Expectation::of_nothing(&x, 1.0));
    }

    #[test]
    fn a_million_rewards_leave_the_sums_sound() {
        let rewards = (0..1_000_000_u32).map(|n| ([1.0, f64::from(n % 7) / 7.0], if n % 7 > 3 { 1.0 } else { -1.0 }));
        let (evidence, now) = taught(rewards);
        assert!(evidence.is_sound(2));
        let at = |x| evidence.expect(&[1.0, x], now, DISCOUNT, 1.0);
        assert!(at(0.9).residual > 0.5 && at(0.0).residual < -0.5 && at(0.5).width < 0.2);
    }
}
