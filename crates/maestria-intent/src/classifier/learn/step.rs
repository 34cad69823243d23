//! How the logits of one text should change for its right label: the least change that suffices, as far as one correction may go.

use crate::calibration::energy;

/// What a correction asks of the logits of its text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Correction {
    /// Place of the right label.
    pub(super) right: usize,
    /// Place of *unknown*, whose logits are the reference and do not move.
    pub(super) unknown: Option<usize>,
    /// By how much the right logit shall lead.
    pub(super) margin: f32,
    /// The energy below which a text is unknown.
    pub(super) least_energy: f32,
}

impl Correction {
    /// The change per logit after which the right label leads every other by the margin and the energy does not refuse the text, with no
    /// logit and no difference of two moved by more than `most`. Zeros where that is so already.
    pub(super) fn steps(self, logits: &[f32], most: f32) -> Vec<f32> {
        let mut steps = lead(logits, self.right, self.margin);
        if let Some(&reference) = self.unknown.and_then(|unknown| steps.get(unknown)) {
            steps.iter_mut().for_each(|step| *step -= reference);
        }
        let moved: Vec<f32> = logits.iter().zip(&steps).map(|(logit, step)| logit + step).collect();
        let rise = self.rise(&moved);
        for (place, step) in steps.iter_mut().enumerate() {
            *step += if Some(place) == self.unknown { 0.0 } else { rise };
        }
        let (low, high) = steps.iter().fold((0.0_f32, 0.0_f32), |(low, high), &step| (low.min(step), high.max(step)));
        let share = if high - low > most { most / (high - low) } else { 1.0 };
        steps.into_iter().map(|step| step * share).collect()
    }

    /// The change that moves the right label alone, as far as it takes and by `least` at least.
    pub(super) fn lift(self, logits: &[f32], least: f32) -> Vec<f32> {
        let own = logits.get(self.right).copied().unwrap_or_default();
        let others = logits.iter().enumerate().filter(|(place, _)| *place != self.right).map(|(_, logit)| *logit);
        let best = others.fold(f32::NEG_INFINITY, f32::max);
        let lead = (best + self.margin - own).max(self.least_energy + self.margin - own).max(least);
        (0..logits.len()).map(|place| if place == self.right { lead } else { 0.0 }).collect()
    }

    /// By how much all logits but that of *unknown* have to rise for an energy that clears the threshold by the margin: they keep their
    /// order, so that the text becomes known and nothing else.
    fn rise(self, logits: &[f32]) -> f32 {
        let wanted = f64::from(self.least_energy + self.margin);
        if Some(self.right) == self.unknown || f64::from(energy(logits)) >= wanted {
            return 0.0;
        }
        let reference = self.unknown.and_then(|place| logits.get(place)).map_or(f32::NEG_INFINITY, |logit| *logit);
        let known =
            logits.iter().enumerate().filter(|(place, _)| Some(*place) != self.unknown).map(|(_, logit)| *logit);
        // The energy is below what is wanted, so the reference alone is too: the logarithm is of a share above zero.
        let wanted = wanted + (-(f64::from(reference) - wanted).exp()).ln_1p();
        let rise = wanted - f64::from(energy(&known.collect::<Vec<_>>()));
        if rise.is_finite() { rise as f32 } else { 0.0 }
    }
}

/// The change of least Euclidean length after which the logit at `right` leads every other by `margin`.
///
/// With `t` the right logit afterwards, every rival above `t − margin` comes down to it, and the right one goes up by the sum of what they
/// come down: `t` is the mean of the right logit and of `zᵣ + margin` over those rivals.
fn lead(logits: &[f32], right: usize, margin: f32) -> Vec<f32> {
    let own = logits.get(right).copied().unwrap_or_default();
    let rivals = logits.iter().enumerate().filter(|(place, _)| *place != right);
    let mut rivals: Vec<f32> = rivals.map(|(_, logit)| logit + margin).collect();
    rivals.sort_by(|a, b| b.total_cmp(a));
    let (mut level, mut sum, mut count) = (own, own, 1.0);
    for rival in rivals.into_iter().take_while(|rival| *rival > own) {
        if rival <= level {
            break;
        }
        sum += rival;
        count += 1.0;
        level = sum / count;
    }
    let step = |(place, logit): (usize, &f32)| {
        if place == right { level - own } else { (level - margin - logit).min(0.0) }
    };
    logits.iter().enumerate().map(step).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn correction(right: usize, unknown: Option<usize>, least_energy: f32) -> Correction {
        Correction { right, unknown, margin: 1.0, least_energy }
    }

    fn check(correction: Correction, logits: &[f32], expected: &[f32]) {
        let steps = correction.steps(logits, f32::INFINITY);
        for (step, expected) in steps.iter().zip(expected) {
            assert!((step - expected).abs() < 1e-4, "{correction:?} of {logits:?}: {steps:?}, not {expected}");
        }
    }

    #[test]
    fn the_least_change_is_shared_between_the_right_label_and_its_rivals() {
        let free = f32::NEG_INFINITY;
        check(correction(0, None, free), &[0.0, 3.0, -9.0], &[2.0, -2.0, 0.0]);
        check(correction(0, None, free), &[0.0, 2.0, 2.0], &[2.0, -1.0, -1.0]);
        check(correction(0, None, free), &[5.0, 4.0, -9.0], &[0.0, 0.0, 0.0]);
        // What *unknown* comes down by, the others go up.
        check(correction(0, Some(1), free), &[0.0, 3.0, -9.0], &[4.0, 0.0, 2.0]);
        check(correction(1, Some(1), free), &[3.0, 0.0, -9.0], &[-4.0, 0.0, -2.0]);
        // All rise to an energy of 6 plus the margin; a single one would be logit 7.
        check(correction(0, None, 6.0), &[1.0, -90.0], &[6.0, 6.0]);
    }

    proptest! {
        #[test]
        fn an_unbounded_step_makes_the_label_right_and_a_bounded_one_stays_within_it(
            logits in prop::collection::vec(-20.0_f32..20.0, 2..20),
            (right, unknown) in (any::<prop::sample::Index>(), prop::option::of(any::<prop::sample::Index>())),
            least_energy in -5.0_f32..10.0,
            most in 0.1_f32..10.0,
        ) {
            let (right, unknown) = (right.index(logits.len()), unknown.map(|unknown| unknown.index(logits.len())));
            let correction = correction(right, unknown, least_energy);
            let after = |most: f32| -> Vec<f32> {
                logits.iter().zip(correction.steps(&logits, most)).map(|(logit, step)| logit + step).collect()
            };
            let free = after(f32::INFINITY);
            for (place, logit) in free.iter().enumerate() {
                prop_assert!(place == right || free[right] >= logit + 1.0 - 1e-3, "{free:?}");
            }
            prop_assert!(Some(right) == unknown || energy(&free) >= least_energy + 1.0 - 1e-3);
            // A second correction finds nothing to do.
            prop_assert!(correction.steps(&free, most).iter().all(|step| step.abs() < 1e-2));
            let steps: Vec<f32> = after(most).iter().zip(&logits).map(|(after, before)| after - before).collect();
            for a in &steps {
                prop_assert!(a.abs() <= most + 1e-3 && steps.iter().all(|b| (a - b).abs() <= most + 1e-3));
            }
            prop_assert!(unknown.is_none_or(|unknown| steps[unknown] == 0.0));
        }
    }
}
